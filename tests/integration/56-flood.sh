#!/bin/bash
# A15: very many files at once in one protected directory: memory stays bounded, the daemon and the load gate answer
# meanwhile, no planted file loads, and afterwards all of them are gone, or still there and denied. FILES=100000
# TIMEOUT=900 for the large one.
# filesystems: ext4 tmpfs
# anywhere: very many events
# modes: audit enforce
. "${0%/*}/lib.sh"

: "${FILES:=5000}"
readonly MEMORY_MAX=$((FILES > 20000 ? 384 : 160)) # MiB

memory_most() { # of guard and supervisor, MiB
	local pid total=0 most
	for pid in $(pgrep -s "$daemon"); do
		most=$(awk '/^VmHWM/ { print $2 }' "/proc/$pid/status" 2>/dev/null)
		total=$((total + ${most:-0}))
	done
	echo $((total / 1024))
}
queue_of() { unitward status --json | jq ".queue.$1"; }
left() { find "$UNITS" -maxdepth 1 -name 'flood-*' | wc -l; }
log_rests() { # nothing more is written
	local size
	size=$(stat -c %s "$LOG")
	sleep 0.5
	[ "$(stat -c %s "$LOG")" = "$size" ]
}
is_settled() { [ "$(queue_of unsettled)" = 0 ]; }
fewer_left() { [ "$(left)" -le "$1" ]; }

mkdir "$OUTSIDE/files"
(cd "$OUTSIDE/files" && seq "$FILES" | split -l 1 -a 6 -d --additional-suffix=.service - flood-)
start_daemon
authorised=$(find "$RUN/system" "$VENDOR" -maxdepth 1 -type f | wc -l)

find "$OUTSIDE/files" -name 'flood-*' -print0 | xargs -0 mv -t "$UNITS" &
attacker=$!
asked=0 slowest=0 rounds=0 units=0 most=0
while kill -0 $attacker 2>/dev/null || ! is_settled; do
	started=${EPOCHREALTIME/./}
	if unitward status --json >"$WORK/status"; then asked=$((asked + 1)); fi
	took=$(((${EPOCHREALTIME/./} - started) / 1000))
	slowest=$((took > slowest ? took : slowest))
	said=$(fake_manager race 5 "$RUN/system" "$VENDOR")
	# shellcheck disable=SC2001
	for word in $said; do
		case $word in
		max=*) most=$((${word#max=} > most ? ${word#max=} : most)) ;;
		units=*) units=$((units + ${word#units=})) ;;
		rounds=*) rounds=$((rounds + ${word#rounds=})) ;;
		esac
	done
	if enforcing; then
		victim=$(find "$UNITS" -maxdepth 1 -name 'flood-*' -print -quit)
		if [ -n "$victim" ] && loads "$victim"; then not_ok 'a planted file never loads' "$victim did"; fi
	fi
	[ $SECONDS -lt "${TIMEOUT:-100}" ] || break
done
wait $attacker

check 'status answers meanwhile' "$(tail -n 1 "$ERRORS")" test "$asked" -gt 0
check "a manager's opens are answered meanwhile: the slowest after $((most / 1000)) ms" 'more than 1 s' test "$most" -lt 1000000
check 'every authorised unit loads meanwhile' "$units of $((rounds * authorised))" test "$units" = $((rounds * authorised))
check 'all is settled' "$(queue_of unsettled) changes are not" within 30 is_settled
check 'all is recorded' "$(queue_of records) records wait" within 60 log_rests
echo "# $FILES files: status $asked times, after $slowest ms at most; $(memory_most) MiB; $(unitward status --json | jq -c .queue)"
has_sanitizers || check "memory stays below $MEMORY_MAX MiB" "it was $(memory_most)" test "$(memory_most)" -lt $MEMORY_MAX

if enforcing; then
	# What the quarantine had no room for stays where it is and may not be loaded.
	[ "$FILES" -gt 10000 ] || check 'all are gone' "$(left) are there" within 20 fewer_left 0
	for victim in $(find "$UNITS" -maxdepth 1 -name 'flood-*' | shuf -n 20 2>/dev/null); do
		check_does_not_load "${victim##*/} never loads" "$victim"
	done
	evidence_or_left=$(($(unitward status --json | jq .quarantine.count) + $(left)))
	check 'all of them are in quarantine, or denied' "$evidence_or_left of $FILES" test $evidence_or_left -ge "$FILES"
else
	check 'all are there' "$(left)" test "$(left)" = "$FILES"
fi
recorded 'the first of them' '(.file.path // "") | test("/flood-0")'

rm -rf "$OUTSIDE/files"
denied 'afterwards: create' create "$UNITS/evil.timer" attack create "$UNITS/evil.timer"
finish
