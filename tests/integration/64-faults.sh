#!/bin/bash
# The table of faults: the supervisor is stopped, the guard is what the kernel kills for memory, a protected directory
# becomes read-only before what was planted there is undone.
# filesystems: ext4
# modes: enforce
. "${0%/*}/lib.sh"

: "${STOPS:=20}"
is_another_guard() { [ -n "$(guard)" ] && [ "$(guard)" != "$1" ]; }
is_over() { ! kill -0 "$1" 2>/dev/null; }

# ---- the supervisor is stopped: the guard goes on deciding ----

start_daemon
before=$(state_of "$UNITS/authorised.service")
evil stopped.service
why=
for ((n = 0; n < STOPS && ${#why} == 0; n++)); do
	kill -STOP "$daemon"
	! timeout 5 attack write "$UNITS/authorised.service" >/dev/null || why='a stranger wrote a unit'
	! timeout 5 attack create "$UNITS/stopped.timer" >/dev/null || why='a stranger made a unit'
	cp "$planted" "$planted.$n" && mv "$planted.$n" "$UNITS/stopped.service"
	timeout 5 fake_manager load "$UNITS/authorised.service" >/dev/null || why='an authorised unit did not load'
	! timeout 5 fake_manager load "$UNITS/stopped.service" >/dev/null || why='what was planted was loaded'
	within 5 state_is "$UNITS/stopped.service" absent || why='what was planted is there'
	kill -CONT "$daemon"
done
check "supervisor stopped $n times: the guard decides as ever, nothing planted is ever loaded" "$why" test -z "$why"
check_state 'supervisor stopped: without effect' "$UNITS/authorised.service" "$before"

# The limit: while it is stopped nobody takes the place of a guard that dies. Openers wait; they are not let through.
first=$(guard)
other=$(state_of "$UNITS/authorised.timer")
kill -STOP "$daemon"
kill -KILL "$first"
# Another unit than the manager's: nobody but a guard can tell who waits to write from who writes, so that the supervisor, which
# answers where no guard is there in time, would refuse a manager what somebody waits to write.
attack write "$UNITS/authorised.timer" >"$WORK/said" &
writer=$!
fake_manager load "$UNITS/authorised.service" >"$WORK/loaded" &
manager=$!
sleep 1
check 'supervisor stopped, guard killed: a writer waits, and is never let through' "$(<"$WORK/said")" kill -0 $writer
check 'supervisor stopped, guard killed: a manager waits' "$(<"$WORK/loaded")" kill -0 $manager
kill -CONT "$daemon"
check 'the supervisor goes on: there is another guard' "still $first" within 10 is_another_guard "$first"
within 10 is_over $writer
within 10 is_over $manager
wait $writer
status=$?
check 'the supervisor goes on: the writer is refused' "$(<"$WORK/said")" test $status = 1
wait $manager
status=$?
check 'the supervisor goes on: the manager loads' "$(<"$WORK/loaded")" test $status = 0
check_state 'the supervisor goes on: without effect' "$UNITS/authorised.timer" "$other"
stop_daemon

# ---- out of memory: the kernel kills the guard ----

# A cgroup below our own, so that whatever bounds us bounds it. Of version 2 only where processes may stay beside it.
memory_cgroup() {
	local own root
	own=$(sed -n 's/^[0-9]*:memory://p' /proc/self/cgroup)
	root=$(findmnt -n -t cgroup -o TARGET,OPTIONS | awk '$2 ~ /(^|,)memory(,|$)/ { print $1; exit }')
	if [ -n "$own" ] && [ -n "$root" ]; then
		limit_file=memory.limit_in_bytes
	else
		own=$(sed -n 's/^0:://p' /proc/self/cgroup) root=$(findmnt -n -t cgroup2 -o TARGET | head -n 1)
		limit_file=memory.max
	fi
	cgroup=$root$own/unitward-test.$$
	trap 'clean_up; rmdir "$cgroup" 2>/dev/null' EXIT
	mkdir "$cgroup" 2>/dev/null && [ -e "$cgroup/$limit_file" ]
}
in_cgroup() { sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$cgroup" "$@"; }
kills() { cat "$cgroup"/memory.{oom_control,events} 2>/dev/null | sed -n 's/^oom_kill //p'; }

if has_sanitizers; then
	skip 'out of memory' 'the build has sanitizers, and their shadow memory'
elif ! memory_cgroup || ! echo 64M >"$cgroup/$limit_file"; then
	rmdir "$cgroup" 2>/dev/null
	skip 'out of memory' 'cannot make a cgroup of the memory controller here'
else
	start_daemon
	for pid in $(pgrep -s "$daemon"); do echo "$pid" >"$cgroup/cgroup.procs"; done
	first=$(guard)
	echo 1000 >"/proc/$first/oom_score_adj"
	fake_manager race 100000 "$UNITS" >"$WORK/race" &
	manager=$!
	in_cgroup timeout 10 sh -c 'head -c 200M /dev/zero | tail' >/dev/null 2>&1
	check 'out of memory: there is another guard' "still $first; the kernel killed $(kills)" within 10 is_another_guard "$first"
	check 'out of memory: it was the kernel' "$(kills) killed" test "$(kills)" -gt 1
	denied 'out of memory: create' create "$UNITS/evil.timer" attack create "$UNITS/evil.timer"
	check_loads 'out of memory: an authorised unit loads' "$UNITS/authorised.service"
	kill -TERM $manager
	wait $manager
	echo "# out of memory: a manager: $(<"$WORK/race")"
	check 'out of memory: the supervisor lives' "$(tail -n 1 "$ERRORS")" daemon_runs
	stop_daemon
	check 'out of memory: the cgroup is gone' "$(cat "$cgroup/cgroup.procs" 2>&1)" within 5 rmdir "$cgroup"
fi

# ---- a protected directory becomes read-only ----

DISK=$WORK/disk
truncate -s 64M "$DISK.image"
mkdir "$DISK"
if mkfs.ext4 -q "$DISK.image" && mount -o loop "$DISK.image" "$DISK"; then
	mkdir "$DISK"/{units,stage}
	cp -a "$UNITS/." "$DISK/units/"
	printf '[Service]\nExecStart=/bin/sh -c id\n# planted\n' >"$DISK/stage/evil.service"
	unit fresh >"$DISK/stage/fresh.service"
	mount --bind "$DISK/units" "$UNITS"
	start_daemon
	# Nobody sees it before it can be undone no more.
	kill -STOP -- "-$daemon"
	mv "$DISK/stage/evil.service" "$DISK/units/"
	mount -o remount,ro "$DISK"
	kill -CONT -- "-$daemon"
	check_does_not_load 'read-only directory: what was planted never loads' "$UNITS/evil.service"
	check_loads 'read-only directory: an authorised unit loads' "$UNITS/authorised.service"
	check_status 'read-only directory: nobody writes there' 1 attack write "$UNITS/authorised.service"
	check 'read-only directory: a manager lists it' "$(fake_manager list "$UNITS" 2>&1)" \
		eval 'fake_manager list "$UNITS" | grep -qx authorised.service'
	operation='.*' path="$UNITS/evil.service" verdict='deny|quarantine'
	recorded 'read-only directory' "$IS_OF_PATH"
	said=$(unitward status)
	echo "# read-only directory: $said"
	mount -o remount,rw "$DISK"
	check 'it can be written again: what was planted goes' "$(ls "$UNITS")" within 30 state_is "$UNITS/evil.service" absent
	check_does_not_load 'it can be written again: what was planted never loads' "$UNITS/evil.service"
	denied 'it can be written again: create' create "$UNITS/evil.timer" attack create "$UNITS/evil.timer"
	check_loads 'it can be written again: an authorised unit loads' "$UNITS/authorised.service"
	stop_daemon
	umount "$UNITS" "$DISK"
else
	skip 'read-only directory' 'no ext4 on a loop device here'
fi
finish
