#!/bin/bash
# Whoever opens something is asked about before he sleeps, and only who sleeps can be looked at. Others keep the one
# processor busy that he and the guard have, so that it takes him long: he is waited for, and decided as anybody. TRIES=100
# for the long run.
# filesystems: ext4 tmpfs
# anywhere: who opens, not what
# modes: enforce
. "${0%/*}/lib.sh"
measures

: "${TRIES:=${ALL:+10}}" "${TRIES:=4}"

start_daemon
processor=$(taskset -pc $$ | sed 's/.*[ ,-]//')
for pid in $(pgrep -s "$daemon"); do
	taskset -acp "$processor" "$pid" >"$WORK/pinned" || bail_out "the guard cannot be pinned: $(<"$WORK/pinned")"
done
spinners=()
for _ in 1 2 3; do
	taskset -c "$processor" sh -c 'while :; do :; done' &
	spinners+=($!)
done
slowly() { nice -n 19 taskset -c "$processor" "$@"; }

before=$(state_of "$UNITS/authorised.service")
opened=0 others=0 unread=0
for ((n = 0; n < TRIES; n++)); do
	! slowly attack rdonly-trunc "$UNITS/authorised.service" >"$WORK/said" 2>&1 || opened=$((opened + 1))
	grep -q 'EPERM' "$WORK/said" || others=$((others + 1))
	slowly cat "$UNITS/authorised.service" >"$WORK/read" 2>&1 || unread=$((unread + 1))
done
kill "${spinners[@]}"
check 'truncating by a slow opener is never let through' "$opened of $TRIES were" test $opened = 0
check 'it is refused' "$others of $TRIES ended otherwise: $(<"$WORK/said")" test $others = 0
check 'a slow reader reads' "$unread of $TRIES did not: $(<"$WORK/read")" test $unread = 0
check_state 'the unit is as it was' "$UNITS/authorised.service" "$before"
check 'nobody is left waiting' "$(blocked_openers)" within 10 test -z "$(blocked_openers)"
denied 'afterwards: create' create "$UNITS/evil.timer" attack create "$UNITS/evil.timer"
finish
