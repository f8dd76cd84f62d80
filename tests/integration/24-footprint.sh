#!/bin/bash
# What the daemon costs with a thousand units, and what it leaves alone.
# filesystems: ext4 tmpfs xfs
# modes: enforce
. "${0%/*}/lib.sh"
measures

processes() { pgrep -g "$daemon"; }

# ticks: of all its processes, in user and kernel mode.
ticks() { for pid in $(processes); do sed 's/.*) //' "/proc/$pid/stat"; done | awk '{ sum += $12 + $13 } END { print sum }'; }
is_idle_for() { local before; before=$(ticks); sleep "$1"; [ "$(ticks)" = "$before" ]; }
resident() { for pid in $(processes); do cat "/proc/$pid/smaps_rollup"; done | awk '/^Pss:/ { sum += $2 } END { print sum }'; }
fanotify_marks() { for pid in $(processes); do cat "/proc/$pid/fdinfo"/*; done 2>/dev/null | grep '^fanotify'; }

# mark_of PATH: how the kernel shows a mark on it.
mark_of() {
	local major minor inode
	read -r major minor inode < <(stat -c '%Hd %Ld %i' "$1")
	printf 'fanotify ino:%x sdev:%x ' "$inode" $((major << 20 | minor))
}

has_mark() { grep -qE "$1" <<<"$marks"; }
has_no_mark() { ! has_mark "$1"; }

for ((i = 0; i < 1000; i++)); do
	unit "$i" >"$VENDOR/unit-$i.service"
done
write_policy 'detection: { enabled = false; };' # without it: 79-starts
start_daemon
sleep 1

if has_sanitizers; then
	skip 'memory' 'the build has sanitizers'
else
	kilobytes=$(resident)
	check "memory with 1,000 units: $kilobytes KiB" 'more than 12 MiB' test "$kilobytes" -lt $((12 * 1024))
fi
# The baseline goes to disk first; and what others on this machine run may wake it now and then.
check 'idle for 5 s: no tick' "never in 30 s: $(ticks) ticks since its start" within 30 is_idle_for 5

marks=$(fanotify_marks)
check 'a protected directory is marked' "$marks" has_mark "$(mark_of "$UNITS")"
check 'a unit is marked' "$marks" has_mark "$(mark_of "$VENDOR/unit-1.service")"
check 'what is not protected is not marked' "$marks" has_no_mark "$(mark_of "$OUTSIDE")"
check 'no mount and no file system is marked' "$marks" has_no_mark '^fanotify (mnt_id|sdev):'

denied 'create' create "$UNITS/evil.timer" attack create "$UNITS/evil.timer"
permitted 'create' create "$UNITS/good.timer" attack create "$UNITS/good.timer"

finish
