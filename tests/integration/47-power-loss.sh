#!/bin/bash
# The power fails at random moments: what had not reached the disk is gone, in the order in which the file system has
# it. The ledger opens each time, is what is on the disk after the start, and nothing that was in it is lost.
# ROUNDS=100 for the long run.
# filesystems: ext4
# modes: enforce
. "${0%/*}/lib.sh"

: "${ROUNDS:=20}"
if has_sanitizers; then ROUNDS=4; fi

. "${0%/*}/ledger.sh"
hire_clerk

# The units are on a disk that keeps everything: what the ledger lacks then is undone, and what it has must be there.
mkdir "$STATE"
truncate -s 64M "$WORK/disk"
mkfs.ext4 -q "$WORK/disk" 2>/dev/null || skip_all 'no mkfs.ext4'
mount_disk() { mount -o loop "$WORK/disk" "$STATE"; }
mount_disk 2>/dev/null || skip_all 'cannot mount ext4 on a loop device'

cut_power() {
	clerk cut "$STATE" || { umount --lazy "$STATE"; skip_all 'the file system cannot be shut down'; }
}

# round NUMBER: in each second one the clerk has stopped and all is in the ledger, so nothing at all may be lost.
round() {
	local quiet=$(($1 % 2))
	if [ $quiet = 1 ]; then
		within 3 ledger_is_disk || { why="ledger and disk differ: $(head -n 5 "$WORK/difference")"; return 1; }
		cut_power
		kill -KILL -- "-$daemon"
	else
		limit 15 fake_dpkg run clerk work "$UNITS" "$JOURNAL" "$daemon" $((RANDOM * 3 + 100000)) "$PROGRAMS/clerk_manager" \
			>"$WORK/done" 2>&1 &
		worker=$!
		sleep "0.0$((RANDOM % 90 + 10))"
		cut_power
		wait $worker || { why="the work failed: $(<"$WORK/done")"; return 1; }
	fi
	within 2 daemon_is_gone
	wait "$daemon" 2>/dev/null
	daemon=
	umount "$STATE" && mount_disk || { why='cannot mount again'; return 1; }
	rm -f "$RUNTIME"/{pending*,notes} # a reboot empties /run
	start_daemon
	if grep -q 'made anew\|damaged' "$ERRORS"; then
		why="the ledger did not open: $(grep -m 1 'made anew\|damaged' "$ERRORS")"
		return 1
	fi
	if ! why=$(clerk verify "$UNITS" "$JOURNAL") && [ $quiet = 1 ]; then
		why="what was in the ledger is lost: $why"
		return 1
	fi
	within 3 ledger_is_disk || { why="ledger and disk differ: $(head -n 5 "$WORK/difference")"; return 1; }
}

start_daemon
survived=0 started=${EPOCHREALTIME/./}
for ((n = 1; n <= ROUNDS; n++)); do
	round $n || break
	survived=$n
done
check "$survived of $ROUNDS power failures, $(((${EPOCHREALTIME/./} - started) / 1000000)) s" "round $n: $why" \
	test "$survived" = "$ROUNDS"
check_loads 'what was authorised at first loads' "$UNITS/authorised.service"

finish
umount --lazy "$STATE"
