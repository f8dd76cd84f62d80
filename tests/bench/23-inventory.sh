#!/bin/bash
# What a decision costs with ten and a hundred thousand names in the inventory: beside a daemon with a hundred, open by open.
# limit: 175
. "${0%/*}/lib.sh"
: "${ROUNDS:=2000}" "${MANY:=10000 100000}"

vendor() { echo "$SCRATCH/with-$1${VENDOR#"$SCRATCH"}"; }
for n in 100 $MANY; do
	progress "a first start with $n entries"
	units_in "$(vendor "$n")" "$n"
	patience=100 start_another "with-$n" "$SCRATCH/with-$n"
done
for n in 100 $MANY; do within 60 is_at_rest "$(guard_of "${another[with-$n]}")"; done

one() { # ENTRIES KIND RUN
	measured opens pair "$2" "$ROUNDS" "$(vendor "$1")" "$(vendor 100)" || return
	both "inventory.$1.$2.$placement.p50" "$p50" us
	both "inventory.$1.$2.$placement.p99" "$p99" us
}
all() { # PLACEMENT
	local n
	placement=$1
	for n in $MANY; do
		each_run one "$n" read
		each_run one "$n" refused
	done
}
daemon=${another[with-100]}
others=$(for n in $MANY; do guard_of "${another[with-$n]}"; done)
both_placements all
daemon=''
for n in 100 $MANY; do stop_another "with-$n"; done
