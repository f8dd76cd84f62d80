#!/bin/bash
# kill -9 at random moments, again and again, while an allowed actor works and an attacker plants; while the daemon is
# down, what was authorised is tampered with. After each start the ledger is what was completed before, and so is the
# disk. ROUNDS=300 for the long run.
# filesystems: ext4 tmpfs
# anywhere: a process that dies
# modes: enforce
. "${0%/*}/lib.sh"

: "${ROUNDS:=40}"
if has_sanitizers; then ROUNDS=10; fi

. "${0%/*}/ledger.sh"
hire_clerk

die_gone() {
	within 2 daemon_is_gone
	wait "$daemon" 2>/dev/null
	daemon=
}

# round NUMBER: 0 when all is well.
round() {
	local usec=$((RANDOM % 60000 + 500))
	clerk vandal "$UNITS" "$OUTSIDE" &
	vandal=$!
	if ! done=$(limit 15 fake_dpkg run clerk work "$UNITS" "$JOURNAL" "$daemon" $usec "$PROGRAMS/clerk_manager" 2>&1); then
		why="the work failed: $done"
		return 1
	fi
	changes=$((changes + done))
	die_gone
	kill -KILL $vandal
	wait $vandal 2>/dev/null
	clerk tamper "$UNITS"
	start_daemon
	if ! why=$(clerk verify "$UNITS" "$JOURNAL"); then
		why="what was completed: $why"
		return 1
	fi
	if ! within 3 ledger_is_disk; then
		why="ledger and disk differ: $(head -n 5 "$WORK/difference")"
		return 1
	fi
	if why=$(ledger_lines | grep -E 'evil|stage'); then
		why="authorised: $why"
		return 1
	fi
}

mkdir -p "$OUTSIDE"
start_daemon
changes=0 survived=0 started=${EPOCHREALTIME/./}
for ((n = 1; n <= ROUNDS; n++)); do
	round || break
	survived=$n
done
check "$survived of $ROUNDS times kill -9, $changes changes, $(((${EPOCHREALTIME/./} - started) / 1000000)) s" \
	"round $n: $why" test "$survived" = "$ROUNDS"
check 'some of the changes were completed' "only $changes" test "$changes" -ge "$ROUNDS"
check 'what was planted is in quarantine' 'nothing is' test -n "$(ls "$STATE/quarantine")"

finish
