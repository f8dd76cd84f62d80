#!/bin/bash
# The table of faults: descriptors run out, the kernel's limits are reached, file systems become read-only, and the wall
# clock. What cannot be watched is refused or said; nobody who should be asked gets through unasked.
# filesystems: ext4
# modes: enforce
. "${0%/*}/lib.sh"

status_says() { unitward status 2>&1 | grep -q "$1"; }
count_records() { jq -s "map(select($1)) | length" "$LOG" 2>/dev/null; }

# ---- descriptors: fewer than openers that wait ----

signal_all() { kill "-$1" -- "-$daemon"; }

mkdir "$OUTSIDE/stage"
evil evil.service
mv "$planted" "$OUTSIDE/stage/evil.service"
start_daemon
limit=$(spare_descriptors 25)
for pid in $(pgrep -s "$daemon"); do prlimit --nofile="$limit": --pid "$pid"; done

# Nobody reads the queue until so many wait there that their events take more descriptors than there are. (Less than the
# deadman: another guard would take over, and raise the limit for itself.)
signal_all STOP
openers 100 "$PROGRAMS/attack" create "$UNITS/many.service" >"$WORK/created" &
many=$!
mv "$OUTSIDE/stage/evil.service" "$UNITS/evil.service"
timeout 20 "$PROGRAMS/fake_manager" load "$UNITS/evil.service" >/dev/null 2>&1 &
manager=$!
openers 50 cat "$UNITS/authorised.service" >"$WORK/read" &
readers=$!
sleep 0.2
signal_all CONT
wait $manager
status=$?
check 'no descriptors: what was planted never loads' "exit status $status" test $status != 0
wait $many
check 'no descriptors: nobody who is not asked about is let through' "$(<"$WORK/created") were" test "$(<"$WORK/created")" = 0
wait $readers
check 'no descriptors: all who may read do' "$(<"$WORK/read") of 50" test "$(<"$WORK/read")" = 50
check 'no descriptors: what was planted is gone' "$(ls "$UNITS")" within 20 state_is "$UNITS/evil.service" absent
check 'no descriptors: nobody is left waiting' "$(blocked_openers)" within 10 test -z "$(blocked_openers)"
check 'no descriptors: the daemon lives' "$(tail -n 1 "$ERRORS")" daemon_runs
for pid in $(pgrep -s "$daemon"); do prlimit --nofile=4096: --pid "$pid"; done

# None at all: the kernel denies what it cannot ask about, and that is said.
for pid in $(pgrep -s "$daemon"); do prlimit --nofile=3: --pid "$pid"; done
check 'not one descriptor: the kernel denies' "$(openers 20 cat "$UNITS/authorised.service") read it" \
	test "$(openers 20 cat "$UNITS/authorised.service")" = 0
for pid in $(pgrep -s "$daemon"); do prlimit --nofile=4096: --pid "$pid"; done
check 'not one descriptor: status says so afterwards' "$(unitward status)" within 5 status_says 'raise LimitNOFILE'
denied 'descriptors again: create' create "$UNITS/evil.timer" attack create "$UNITS/evil.timer"
check_loads 'descriptors again: an authorised unit loads' "$UNITS/authorised.service"
echo "# descriptors: $(unitward status --json | jq -c .queue)"

# ---- file systems that become read-only ----

# As a damaged disk does it: the file system refuses every write from one moment to the next.
mount_state() { mount -o loop,errors=remount-ro "$WORK/disk" "$STATE"; }
break_state() { echo 1 >"/sys/fs/ext4/$(basename "$(findmnt -n -o SOURCE "$STATE")")/trigger_fs_error"; }
ledger_has() { [ -n "$(sqlite3 -readonly "$STATE/ledger.db" "SELECT 1 FROM entry WHERE path = CAST('$1' AS BLOB)")" ]; }

stop_daemon
truncate -s 64M "$WORK/disk"
if mkfs.ext4 -q "$WORK/disk" && mount_state; then
	start_daemon
	break_state
	check_status 'state on a broken disk: it is read-only' 1 touch "$STATE/file"
	denied 'state on a broken disk: create' create "$UNITS/evil.timer" attack create "$UNITS/evil.timer"
	evil evil.service
	mv "$planted" "$UNITS/evil.service"
	check_does_not_load 'state on a broken disk: what was planted never loads' "$UNITS/evil.service"
	check_loads 'state on a broken disk: an authorised unit loads' "$UNITS/authorised.service"
	unit new.service >"$WORK/unit"
	try fake_dpkg unpack "$UNITS/new.service" <"$WORK/unit"
	check 'state on a broken disk: what is allowed is installed' "it said: $said" test $status = 0
	check_loads 'state on a broken disk: and loads' "$UNITS/new.service"
	check 'state on a broken disk: status says so' "$(unitward status)" within 5 status_says 'ledger cannot be written'
	kill -KILL -- "-$daemon"
	wait "$daemon" 2>/dev/null
	within 5 umount "$STATE" 2>/dev/null
	e2fsck -fy "$WORK/disk" >/dev/null 2>&1
	mount_state
	start_daemon
	check 'the disk repaired: what was planted is gone' "$(ls "$UNITS")" within 10 state_is "$UNITS/evil.service" absent
	check_loads 'the disk repaired: what was allowed loads' "$UNITS/new.service"
	check 'the disk repaired: what was allowed is in the ledger' 'it is not' within 10 ledger_has "$UNITS/new.service"
	keep "$UNITS/new.service"
else
	skip 'state on a broken disk' 'no ext4 on a loop device here'
fi

# ---- the wall clock: nothing waits by it ----

clocks() { cat /proc/[0-9]*/fdinfo/* 2>/dev/null | sed -n 's/^clockid: //p' | sort -u; }
check 'no timer goes by the wall clock' "timers of clocks $(clocks | tr '\n' ' ')" eval 'clocks | grep -q . && ! clocks | grep -qx 0'
stop_daemon

# ---- the kernel's limits ----

said=$(timeout -k 1 20 "$BUILD/tests/exhaust" 4242 "${DAEMON[@]}" 2>&1)
status=$?
check 'no fanotify groups left: does not start' "exit status $status: $said" test $status = 1
check_said 'no fanotify groups left: says which limit' 'max_user_groups'

start_daemon
denied 'for everybody else it is not: create' create "$UNITS/evil.timer" attack create "$UNITS/evil.timer"
finish
umount --lazy "$STATE"
