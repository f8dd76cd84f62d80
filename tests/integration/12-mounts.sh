#!/bin/bash
# A12: nothing in the directory is changed; something is mounted over it, over one file in it, or over what it lies in.
# everywhere: btrfs and overlays have devices of their own making
. "${0%/*}/lib.sh"

readonly LAYERS=$WORK/overlay SYSTEMD=$SCRATCH/etc/systemd EVIL=$UNITS/evil.service

may_mount='{ id = "packages-mount"; actor = "packages"; on = "mount"; then = "allow"; }'
sed -i "s/^rules = (/&\n        $may_mount,/" "$POLICY"
start_daemon

knows_who() { unitward status --json | jq -e '[.. | objects | .mount_events? // empty] | any' >/dev/null; }
! watched || knows_who && known=1 || known=

# planted DIRECTORY: what is mounted: a directory like the one that is covered, with other things in it.
planted() {
	mkdir -p "$OUTSIDE/$1/system"
	printf '[Service]\nExecStart=/bin/sh -c id\n# planted\n' | tee "$OUTSIDE/$1/evil.service" >"$OUTSIDE/$1/system/evil.service"
}

# uncover TARGET: where nobody guards, as it was before.
uncover() { while mountpoint -q "$1"; do umount --lazy "$1"; done; }

mount_recorded() {
	operation=mount path=$2 verdict=$3
	if [ -n "$known" ]; then
		recorded "$1" "$IS_DECIDED and $IS_BY_ACTOR and .unitward.mount_type != null"
	else
		recorded "$1" "$IS_DECIDED and .unitward.mount_type != null"
	fi
}

# hides NAME TARGET COMMAND...: mounts over TARGET what hides authorised units. It is away again at once.
hides() {
	local name=$1 target=$2 before
	shift 2
	before=$(state_of "$SYSTEMD")
	try "$@" || { skip "$name" "$FILESYSTEM: $said"; return; }
	it_is_put_right "$name" "$SYSTEMD" "$before"
	check_does_not_load "$name: what was planted does not load" "$EVIL"
	if enforcing; then
		check "$name: is detached" 'it is still mounted' within 2 eval "! mountpoint -q '$target'"
		check_loads "$name: the authorised unit loads" "$UNITS/authorised.service"
	fi
	mount_recorded "$name" "$target" deny
	uncover "$target"
	! enforcing || check_state "$name: nothing has changed below it" "$SYSTEMD" "$before"
}

planted over
hides 'bind mount' "$UNITS" mounter bind "$OUTSIDE/over/system" "$UNITS"
hides 'tmpfs' "$UNITS" mounter tmpfs "$UNITS"
hides 'bind mount over the parent' "$SYSTEMD" mounter bind "$OUTSIDE/over" "$SYSTEMD"
hides 'tmpfs two directories above' "$SCRATCH/etc" mounter tmpfs "$SCRATCH/etc"
hides 'bind mount over one unit' "$UNITS/authorised.service" mounter bind "$OUTSIDE/over/evil.service" "$UNITS/authorised.service"
hides 'tmpfs over a drop-in directory' "$UNITS/authorised.service.d" mounter tmpfs "$UNITS/authorised.service.d"

if watched; then
	kill -KILL "$(guard)"
	hides 'bind mount while the guard is dead' "$UNITS" mounter bind "$OUTSIDE/over/system" "$UNITS"
fi

many_times() { for ((i = 0; i < 100; i++)); do mount --bind "$OUTSIDE/over/system" "$UNITS" || return; done; }
before=$(state_of "$UNITS")
many_times
if enforcing; then
	check '100 mounts, one upon the other: all are detached' "$(findmnt -n "$UNITS")" within 2 eval '! mountpoint -q "$UNITS"'
	check_state '100 mounts, one upon the other: undone' "$UNITS" "$before"
fi
uncover "$UNITS"

check_marked 'after all that' "$UNITS"
denied 'after all that, create' create "$UNITS/evil.timer" attack create "$UNITS/evil.timer"
enforcing || rm -f "$UNITS/evil.timer"
permitted 'after all that, create' create "$UNITS/good.timer" attack create "$UNITS/good.timer"

# ---- overlays ----

mkdir "$LAYERS" && mount -t tmpfs tmpfs "$LAYERS" && mkdir "$LAYERS/lower"
is_mounted() { mountpoint -q "$1"; }

# It hides nothing. But what it is made of can be changed beneath it.
cp "$OUTSIDE/over/evil.service" "$LAYERS/lower"
hides 'overlay that adds a unit' "$UNITS" mounter overlay "$LAYERS" "$UNITS"

# As systemd-sysext mounts an extension.
hides 'overlay that is only read' "$UNITS" mount -t overlay -o "ro,lowerdir=$LAYERS/lower:$UNITS" overlay "$UNITS"

if try fake_dpkg run mounter overlay "$LAYERS" "$UNITS" && [ -n "${known-1}" ]; then
	sleep 0.2
	check 'overlay by the package manager: stays' "it said: $said" is_mounted "$UNITS"
	path=$UNITS operation=mount verdict=allow
	recorded 'overlay by the package manager' "$IS_DECIDED and .rule.name == \"packages-mount\""
	for ((i = 0; i < 20; i++)); do
		loads "$UNITS/authorised.service" || break
		fake_manager list "$UNITS" >"$WORK/list" || break
	done
	check 'overlay by the package manager: the authorised unit loads' "in round $i" test $i = 20
	if watched; then
		kill -KILL "$(guard)"
		for ((i = 0; i < 20; i++)); do
			loads "$UNITS/authorised.service" || break
			fake_manager list "$UNITS" >"$WORK/list" || break
		done
		check 'overlay, after the guard was killed: the authorised unit loads' "in round $i" test $i = 20
	fi
	uncover "$UNITS"
	sleep 0.2
	denied 'after the overlay, create' create "$UNITS/evil.timer" attack create "$UNITS/evil.timer"
	enforcing || rm -f "$UNITS/evil.timer"
	check_loads 'after the overlay: the authorised unit loads' "$UNITS/authorised.service"
else
	skip 'overlay by the package manager' "$FILESYSTEM: $said"
	uncover "$UNITS"
fi

# ---- what hides nothing stays ----

# A copy of the directory, only read, with a link more: no manager would ask before following it.
cp -a "$UNITS" "$OUTSIDE/copy" && ln -s /dev/null "$OUTSIDE/copy/vendor.service"
mount --bind "$OUTSIDE/copy" "$OUTSIDE/copy" && mount -o remount,bind,ro "$OUTSIDE/copy"
mount --bind "$OUTSIDE/copy" "$UNITS"
if enforcing; then
	check 'copy with a link: is detached' 'it is still mounted' within 2 eval '! is_mounted "$UNITS"'
	check_state 'copy with a link: the link is gone' "$UNITS/vendor.service" absent
	path=$UNITS operation=mount verdict=deny
	recorded 'copy with a link' "$IS_DECIDED"
fi
uncover "$UNITS"
uncover "$OUTSIDE/copy"

# Over itself, read-only: the same directory. And what is mounted elsewhere is it, too.
mount --bind "$UNITS" "$UNITS" && mount -o remount,bind,ro "$UNITS"
mkdir "$OUTSIDE/elsewhere" && mount --bind "$UNITS" "$OUTSIDE/elsewhere" && mount -o remount,bind,rw "$OUTSIDE/elsewhere"
check_loads 'bind mount of itself, read-only: the authorised unit loads' "$UNITS/authorised.service"
check 'bind mount of itself, read-only: stays' 'it is not mounted' is_mounted "$UNITS"
denied 'through a mount elsewhere, create' create "$UNITS/evil.timer" attack create "$OUTSIDE/elsewhere/evil.timer"
enforcing || rm -f "$OUTSIDE/elsewhere/evil.timer"
uncover "$OUTSIDE/elsewhere"
uncover "$UNITS"

# In a mount namespace of its own, nobody else sees it.
try unshare --mount --propagation private mounter bind "$OUTSIDE/over/system" "$UNITS"
check_loads 'in another mount namespace: the authorised unit loads here' "$UNITS/authorised.service"
check 'in another mount namespace: nothing is planted here' "$EVIL" test ! -e "$EVIL"

# ---- who may ----

if [ -n "$known" ] || ! watched; then
	try fake_dpkg run mounter tmpfs "$UNITS/authorised.service.d"
	check 'mounted by the package manager: done' "it said: $said" test $status = 0
	sleep 0.2
	check 'mounted by the package manager: stays' 'it is not mounted' is_mounted "$UNITS/authorised.service.d"
	path=$UNITS/authorised.service.d operation=mount verdict=allow
	recorded 'mounted by the package manager' "$IS_DECIDED and .rule.name == \"packages-mount\""
	uncover "$UNITS/authorised.service.d"
else
	skip 'mounted by the package manager' 'this kernel does not tell who mounts'
fi

# ---- kept, by the policy ----

if watched; then
	sed -i '1i refused_mounts = "keep";' "$POLICY"
	check_status 'refused_mounts: the policy is taken' 0 unitward reload
	before=$(state_of "$UNITS/authorised.service")
	planted kept
	try mounter bind "$OUTSIDE/kept/system" "$UNITS"
	if enforcing; then
		check 'kept: the authorised unit comes back in it' "$(ls "$UNITS")" within 2 state_is "$UNITS/authorised.service" "$before"
		check_state 'kept: what was planted is gone' "$EVIL" absent
		check 'kept: stays' 'it is not mounted' is_mounted "$UNITS"
		evidence 'kept' "$EVIL" '# planted'
	fi
	mount_recorded 'kept' "$UNITS" deny
	check_does_not_load 'kept: what was planted does not load' "$EVIL"
	uncover "$UNITS"
	sed -i '/^refused_mounts/d' "$POLICY"
	check_status 'refused_mounts: the policy is taken back' 0 unitward reload
	check_loads 'after it: the authorised unit loads' "$UNITS/authorised.service"
fi

# ---- against a manager's load ----

# race SOURCE TARGET DIRECTORY...: bound and unmounted in a tight loop, while a manager reads the directories and loads what
# is in them. Sets what it counted, and result.
race() {
	local attacker
	mounter race "$1" "$2" >"$WORK/mounted" &
	attacker=$!
	said=$(fake_manager race 500 "${@:3}")
	[[ $said = rounds=* ]] || bail_out "listing and loading: $said"
	# shellcheck disable=SC2086
	declare -g $said # rounds= units= files= links= empty=
	kill -TERM $attacker
	wait $attacker
	status=$?
	check "the attacker was at it all the time, on $2" "exit status $status: $(<"$WORK/mounted")" test $status = 0
	result="in $rounds rounds, $(<"$WORK/mounted")"
	uncover "$2"
}

# holds_out NAME LIMIT
holds_out() {
	if enforcing; then
		check "$1: planted loaded $files times, $result" "more than $2" test "$files" -le "$2"
	else
		check "$1: loaded $files times, $result" 'the race proves nothing' test "$files" -gt 0
	fi
}

if ! has_sanitizers && [ "$MODE" != audit ]; then
	mkdir "$OUTSIDE/race"
	printf '[Service]\nExecStart=/bin/sh\n# planted as a file\n' >"$OUTSIDE/race/planted.service"
	race "$OUTSIDE/race" "$UNITS" "$UNITS" "$RUN/system" "$VENDOR"
	holds_out 'a mount over one of three directories' 1
	printf '[Service]\nExecStart=/bin/sh\n# planted as a file\n' >"$OUTSIDE/race/other.service"
	race "$OUTSIDE/race/other.service" "$UNITS/authorised.service" "$UNITS"
	holds_out 'a mount over one file' 5
	check_loads 'after the races: the authorised unit loads' "$UNITS/authorised.service"
fi

# ---- times ----

# milliseconds: that the daemon has run until now.
milliseconds() {
	local pid
	for pid in $(pgrep -g "$daemon"); do sed 's/.*) //' "/proc/$pid/stat"; done |
		awk -v tick="$(getconf CLK_TCK)" '{ sum += $12 + $13 } END { print sum * 1000 / tick }'
}

# timed NAME ROUNDS: how long a bind mount over the units stays. On a machine of its own that is far below 50 ms.
timed() {
	said=$(mounter time "$OUTSIDE/over/system" "$UNITS" "$2")
	check "$1: $said us" "it said: $said" said_matches '^median='
	said_matches '^median=' || return
	# shellcheck disable=SC2086
	declare -g $said # median= longest=
	check "$1: half of them are gone within 1 s" "$median us" test "$median" -lt 1000000
}

# unrelated N: what others mount and unmount costs the daemon.
unrelated() {
	local others before=$(milliseconds) n
	mounter race "$OUTSIDE/many" "$OUTSIDE/many/0" >"$WORK/many" &
	others=$!
	timed "time until a bind mount is gone, of $1 mounts, while others mount" 20
	sleep 1
	kill -TERM $others
	wait $others
	n=$(sed 's/.*=//' "$WORK/many")
	before=$(($(milliseconds) - before))
	check "of $1 mounts, $n mounted by others cost $before ms: less than 10 ms each" 'more' test $before -lt $((n * 10))
}

if enforcing && ! has_sanitizers; then
	timed 'time until a bind mount is gone' 50
	mkdir "$OUTSIDE/many" && mount -t tmpfs tmpfs "$OUTSIDE/many" && mkdir "$OUTSIDE/many/0"
	unrelated 'a few'
	rmdir "$OUTSIDE/many/0"
	mounter many "$OUTSIDE/many" 10000
	unrelated 10000
	umount --lazy "$OUTSIDE/many"
	check_loads 'after many mounts: the authorised unit loads' "$UNITS/authorised.service"
fi

finish
