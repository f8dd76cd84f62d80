#!/bin/bash
# Started in a mount namespace of its own, as a service manager that confines it does: the guard joins PID 1's, and takes
# off what is mounted there. It does not start where it cannot.
# filesystems: ext4
# modes: enforce
. "${0%/*}/lib.sh"

elsewhere=(unshare --mount --propagation private)
namespace_of() { readlink "/proc/$1/ns/mnt"; }
is_at_home() { test "$(namespace_of "$1")" = "$(namespace_of 1)"; }
is_mounted() { mountpoint -q "$UNITS"; }
is_not_mounted() { ! is_mounted; }
finding_is() { unitward doctor --json | jq -e --arg level "$1" 'any(.[]; (.what | test("mount namespace")) and .level == $level)'; }

# ---- told to ----

launcher=("${elsewhere[@]}") more_options=(--host-mounts)
start_daemon
check 'the supervisor stays where it was started' "$(namespace_of "$daemon")" eval '! is_at_home "$daemon"'
check 'the guard is where PID 1 is' "$(namespace_of "$(guard)")" is_at_home "$(guard)"
check 'doctor: that is as it should be' "$(unitward doctor)" finding_is ok
denied 'create' create "$UNITS/evil.timer" attack create "$UNITS/evil.timer"
permitted 'create' create "$UNITS/new.timer" attack create "$UNITS/new.timer"
try mounter tmpfs "$UNITS"
check 'a mount: is taken off' 'it is still there' within 2 is_not_mounted

guard=$(guard)
kill -KILL "$guard"
is_another() { next=$(unitward status --json 2>/dev/null | jq .pid) && [ -n "$next" ] && [ "$next" != "$guard" ]; }
check 'another guard' 'it does not answer' within 10 is_another
check 'the next guard is where PID 1 is' "$(namespace_of "$next")" is_at_home "$next"
try mounter tmpfs "$UNITS"
check 'a mount after that: is taken off' 'it is still there' within 2 is_not_mounted
stop_daemon

# ---- where it is started ----

launcher=()
start_daemon
check 'started where PID 1 is: nothing to do' "$(namespace_of "$daemon")" is_at_home "$daemon"
try mounter tmpfs "$UNITS"
check 'started where PID 1 is: a mount is taken off' 'it is still there' within 2 is_not_mounted
stop_daemon

# ---- not told to ----

launcher=("${elsewhere[@]}") more_options=()
start_daemon
check 'not told to: the guard stays there' "$(namespace_of "$(guard)")" eval '! is_at_home "$(guard)"'
check 'not told to: doctor says it' "$(unitward doctor)" finding_is fail
try mounter tmpfs "$UNITS"
sleep 0.5
check 'not told to: a mount stays, which is why' 'it is gone' is_mounted
umount "$UNITS"
stop_daemon

# ---- where it cannot ----

# lacking CAPABILITY: refuses to start, and says what it needs.
lacking() {
	check_status "without $1: does not start" 4 timeout -k 1 20 "${elsewhere[@]}" setpriv --bounding-set="-$1" "${DAEMON[@]}" --host-mounts
	check_said "without $1: says what to do" 'mount namespace of PID 1: .*CAP_SYS_CHROOT .*--host-mounts'
}
lacking sys_chroot
lacking sys_ptrace

launcher=() more_options=()
start_daemon
denied 'after all that, create' create "$UNITS/evil.timer" attack create "$UNITS/evil.timer"
finish
