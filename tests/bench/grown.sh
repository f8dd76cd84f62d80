# Sourced after lib.sh, for daemons beside each other that have $least or more of $what ($many): the same opens, one after the other.
# shellcheck shell=bash disable=SC2154,SC2034

vendor() { echo "$SCRATCH/with-$1${VENDOR#"$SCRATCH"}"; } # HOW-MANY

open_pair() { # HOW-MANY KIND RUN
	measured opens pair "$2" "$ROUNDS" "$(vendor "$1")" "$(vendor "$least")" || return
	both "$what.$1.$2.$placement.p50" "$p50" us
	both "$what.$1.$2.$placement.p99" "$p99" us
}

# A denial in both: what is compared is the second directory's too.
open_pairs() { # PLACEMENT
	local n
	placement=$1
	for n in $many; do
		each_run open_pair "$n" read
		each_run open_pair "$n" refused
	done
}

compare_grown() {
	local n
	daemon=${another[with-$least]}
	others=$(for n in $many; do guard_of "${another[with-$n]}"; done)
	both_placements open_pairs
	daemon=''
	for n in $least $many; do stop_another "with-$n"; done
}
