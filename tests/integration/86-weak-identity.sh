#!/bin/bash
# File systems that the kernel does not tell apart by their numbers, statfs(2): btrfs subvolumes, an overlay of several file
# systems as systemd-sysext merges. Everything in them is guarded, and they keep nothing else from being guarded.
# everywhere: subvolumes are btrfs's; the overlay lies over each
# filesystems: ext4 tmpfs btrfs
. "${0%/*}/lib.sh"

printf '6.8\n%s\n' "$(uname -r)" | sort -VC || skip_all 'before Linux 6.8 the kernel does not mark them: unitward doctor says so'

# into_subvolume DIRECTORY: what is there lies in a subvolume of its own.
into_subvolume() {
	mv "$1" "$1.before" && btrfs -q subvolume create "$1" && cp -a "$1.before/." "$1" && rm -r "$1.before"
}
if [ "$FILESYSTEM" = btrfs ]; then
	for directory in etc home run; do into_subvolume "$SCRATCH/$directory" || bail_out 'cannot make subvolumes'; done
	check 'the kernel tells subvolumes from their file system' 'it does not' \
		test "$(stat -f -c %i "$SCRATCH/etc")" != "$(stat -f -c %i "$SCRATCH/usr")"
fi

# Before the start, like an extension that is merged at boot; afterwards a mount is the mount gate's.
merge() {
	mkdir -p "$WORK/extension/lib/systemd/system" "$WORK/plain"
	mount -t tmpfs tmpfs "$WORK/extension" && mkdir -p "$WORK/extension/lib/systemd/system" &&
		unit extended.service >"$WORK/extension/lib/systemd/system/extended.service" &&
		mount -t tmpfs tmpfs "$WORK/plain" && cp -a "$SCRATCH/usr/." "$WORK/plain" &&
		mount -t overlay -o "ro,lowerdir=$WORK/extension:$WORK/plain" overlay "$SCRATCH/usr"
}
merge || skip_all 'cannot mount an overlay'
check 'the overlay has no identity' "$(stat -f -c %i "$SCRATCH/usr")" test "$(stat -f -c %i "$SCRATCH/usr")" = 0

# plant_beside DIRECTORY: where a rename gets from to there. Sets planted.
plant_beside() {
	local top=${1#"$SCRATCH/"}
	evil planted.timer
	cp "$planted" "$SCRATCH/${top%%/*}/planted.timer" && planted=$SCRATCH/${top%%/*}/planted.timer
}

try_all() { # WHEN
	local where
	for where in "$UNITS" "$RUN/system" "$ALICE"; do
		denied "$1: create in ${where#"$SCRATCH/"}" create "$where/evil-$1.timer" attack create "$where/evil-$1.timer"
		plant_beside "$where"
		quarantined "$1: arrival in ${where#"$SCRATCH/"}" 'rename|create' "$where/moved-$1.timer" \
			attack rename "$planted" "$where/moved-$1.timer"
		check_does_not_load "$1: arrival in ${where#"$SCRATCH/"}" "$where/moved-$1.timer"
	done
	permitted "$1: create" create "$UNITS/shipped-$1.timer" attack create "$UNITS/shipped-$1.timer"
}

nothing_unguarded() { ! unitward status | grep 'is not protected'; }

start_daemon
check_status 'all of it is guarded' 0 nothing_unguarded
try_all first
check_loads 'what an extension brought is there' "$VENDOR/extended.service"
if watched; then
	kill -KILL "$(pgrep -P "$daemon")"
	within 5 unitward status >/dev/null
	check_status 'after a takeover: all of it is guarded' 0 nothing_unguarded
	try_all second
	stop_daemon
	start_daemon
	check_status 'after a restart: all of it is guarded' 0 nothing_unguarded
	try_all third
fi
check_kept ''
