#!/bin/bash
# One machine, from its first boot without unitward to the words of the rescue on the kernel's command line. Each boot shows all
# that it can: booting is what takes time here. Rows of the table: attacks, planted, doctor, clock, memory, boot.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

system=$release-vm
units=/etc/systemd/system vendor=/usr/lib/systemd/system
known_there='units vendor'

row() { scenario=vm-$1; }

# --- what is in the machine ------------------------------------------------------------------

touches() { # MARKER
	printf '[Service]\nType=oneshot\nExecStart=/usr/bin/touch /run/marker-%s\n' "$1"
}

wants() { # ROOT UNIT
	mkdir -p "$1/etc/systemd/system/multi-user.target.wants"
	ln -s "../$2" "$1/etc/systemd/system/multi-user.target.wants/$2"
}

prepare() { # ROOT
	local name
	for name in appended edited dropped extended emptied removed; do touches "good-$name" >"$1/$units/$name.service"; done
	for name in masked tampered; do touches "good-$name" >"$1/$vendor/$name.service"; done
	mkdir -p "$1/usr/local/lib/systemd/system" "$1/etc/systemd/system-generators" "$1/srv/stage/mount"
	touches good-parent >"$1/usr/local/lib/systemd/system/parent.service"
	wants "$1" extended.service
	wants "$1" tampered.service
	copy_tests "$1/opt/unitward"
	make_package "$1/srv/good.deb"
	[ "$mode" != absent ] || plant_offline "$1"
}

# What tests/integration needs, with the libraries that this release lacks.
copy_tests() { # DIRECTORY
	local path
	mkdir -p "$1"/{lib,tests,build/tests}
	cp -r "$top/tests/integration" "$1/tests"
	cp "$top"/build/{unitward,unitwardd} "$1/build"
	find "$top/build/tests" -maxdepth 1 -type f -perm /1 ! -name 'test_*' -exec cp {} "$1/build/tests" \;
	ldd "$top/build/unitwardd" | while read -r _ _ path _; do
		[ ! -e "$path" ] || [ -e "$root/usr/lib/${path#*/lib/}" ] || cp -L "$path" "$1/lib"
	done
}

make_package() { # FILE
	local tree=$work/package
	mkdir -p "$tree/DEBIAN" "$tree/$vendor"
	printf 'Package: good\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: a unit\n' \
		>"$tree/DEBIAN/control"
	touches good-package >"$tree/$vendor/package.service"
	dpkg-deb --root-owner-group --build "$tree" "$1" >/dev/null
}

markers() { (cd /run && ls -d marker-*) 2>/dev/null; }
has() { grep -qxF "marker-$1" <<<"$seen"; }
lacks() { ! has "$1"; }

# --- attacks ---------------------------------------------------------------------------------

# Whatever is refused, the next one is tried.
attack_all() {
	local name
	rm -f /run/marker-*
	for name in rename link symlink mount; do touches "evil-$name" >"/srv/stage/$name.service"; done
	mv /srv/stage/mount.service /srv/stage/mount/evil-mount.service
	touches evil-create >$units/evil-create.service
	touches evil-append >>$units/appended.service
	sed -i s/good-edited/evil-edit/ $units/edited.service
	mv /srv/stage/rename.service $units/evil-rename.service
	ln /srv/stage/link.service $units/evil-link.service
	ln -s /srv/stage/symlink.service $units/evil-symlink.service
	mkdir $units/dropped.service.d
	printf '[Service]\nExecStartPre=/usr/bin/touch /run/marker-evil-drop-in\n' >$units/dropped.service.d/evil.conf
	ln -s /dev/null $units/masked.service
	/opt/unitward/build/tests/attack truncate $units/emptied.service
	rm $units/removed.service
	mv /usr/local/lib/systemd /usr/local/lib/away
	printf '#!/bin/sh\ntouch /run/marker-evil-generator\n' >/etc/systemd/system-generators/evil
	chmod +x /etc/systemd/system-generators/evil
	systemd-run --quiet --on-active=1ms --timer-property=AccuracySec=1ms touch /run/marker-evil-transient
}

# Somebody, unaware, reloads and starts it all.
use_all() {
	sleep 2
	systemctl daemon-reload
	systemctl start evil-create appended edited evil-rename evil-link evil-symlink dropped masked emptied removed parent
	mount --bind /srv/stage/mount $units
	systemctl daemon-reload
	systemctl start evil-mount
	! mountpoint -q $units || umount $units
	touch /run/marker-tried
	markers
} 2>/dev/null

evil="create append edit rename link symlink drop-in generator transient mount"
good="masked emptied removed parent"
paths="$units/evil-create.service $units/appended.service $units/evil-rename.service $units/evil-link.service
	$units/evil-symlink.service $units/dropped.service.d $units/masked.service $units/emptied.service
	$units/removed.service /usr/local/lib/systemd/system /etc/systemd/system-generators/evil"

attacks() {
	local name seen path
	row attacks
	in_container attack_all >"$work/attacks" 2>&1
	seen=$(in_container use_all)
	expect "all of it is tried" has tried
	for name in $evil; do
		if [ "$mode" = enforce ]; then expect "$name: no effect" lacks "evil-$name"; else expect "$name: runs" has "evil-$name"; fi
	done
	for name in $good; do
		if [ "$mode" = enforce ]; then expect "$name: runs all the same" has "good-$name"; else expect "$name: runs no more" lacks "good-$name"; fi
	done
	[ "$mode" != absent ] || return 0
	in_container unitward events --json >"$work/events"
	for path in $paths; do expect "recorded: $path" is_recorded "$path"; done
	if [ "$mode" = audit ]; then
		for name in create rename link symlink; do expect "$name: one alert" is_alerted "evil-$name.service"; done
	fi
	expect "recorded: a mount over $units" is_recorded $units 'rule != null' # by whom, these kernels do not tell
	expect "Linux audit has a denial" audit_has modify $units/appended.service
	expect "the relay serves it, and none is lost" in_container audit_is_served
	expect "auditd is stopped, its backlog full: the daemon records all the same" in_container records_without_auditd
}

# Of auditd, in its own file. Nobody logged in who did it.
audit_has() { # OPERATION PATH
	local result=success enforced=no
	[ "$mode" != enforce ] || result=failed enforced=yes
	in_container ausearch --input-logs --raw -m TRUSTED_APP >"$work/audit" 2>&1
	grep -E "op=$1 kind=access verdict=deny enforced=$enforced rule=\"[a-z-]+\" technique=T1543.002 unit=\"${2##*/}\" actor-pid=[0-9]+ \
actor-exe=\"/usr/bin/bash\" .* actor-uid=0 actor-auid=-1 path=\"$2\" exe=\"/usr/lib/unitward/unitward-audit\" .* res=$result'" "$work/audit"
}

# The kernel has the relay wait then.
records_without_auditd() {
	local i before after
	before=$(appends)
	auditctl -b 2 >/dev/null && kill -STOP "$(pidof auditd)" || return
	for i in {1..50}; do echo "# $i" >>$units/appended.service; done 2>/dev/null
	for i in {1..100}; do
		after=$(appends)
		[ "$after" -lt $((before + 50)) ] || break
		sleep 0.1
	done
	kill -CONT "$(pidof auditd)"
	auditctl -b 8192 >/dev/null
	[ "$after" -ge $((before + 50)) ]
}
appends() { unitward events --json | jq -s --arg path $units/appended.service 'map(select(.file.path == $path)) | length'; }

audit_is_served() {
	systemctl --quiet is-active unitward-audit.service &&
		unitward status --json | jq -e '.sent.linux_audit | .sent > 0 and .lost == 0' >/dev/null
}

is_recorded() { # PATH [WHAT]
	jq -es --arg path "$1" --arg mode "$mode" "$record_fields"'any(.[]; path == $path and mode == $mode
		and verdict != "allow" and '"${2:-complete}"')' "$work/events" >/dev/null
}

# By the kernel's connector here, and of programs that end at once.
is_alerted() { # UNIT
	jq -es --arg unit "$1" '[.[] | select(.unitward.kind == "alert" and .unitward.target_unit == $unit and
		.process.parent.pid == 1 and .process.pid > 1 and any(.unitward.changes[]; .by != null))] | length == 1' "$work/events" >/dev/null
}

# --- what is allowed beside ------------------------------------------------------------------

installs_package() {
	dpkg -i /srv/good.deb >/dev/null && systemctl daemon-reload && systemctl start package && [ -e /run/marker-good-package ]
}

# --- planted while it is off -----------------------------------------------------------------

plant_offline() { # ROOT
	touches evil-planted >"$1/$units/planted.service"
	wants "$1" planted.service
	mkdir -p "$1/$units/extended.service.d"
	printf '[Service]\nExecStartPre=/usr/bin/touch /run/marker-evil-extended\n' >"$1/$units/extended.service.d/planted.conf"
	echo 'ExecStartPost=/usr/bin/touch /run/marker-evil-tampered' >>"$1/$vendor/tampered.service"
	printf '#!/bin/sh\ntouch /run/marker-evil-at-boot\n' >"$1/etc/systemd/system-generators/planted"
	chmod +x "$1/etc/systemd/system-generators/planted"
}

planted="planted extended tampered"
planted_paths="$units/planted.service $units/multi-user.target.wants/planted.service $units/extended.service.d/planted.conf
	$vendor/tampered.service /etc/systemd/system-generators/planted"

planted_runs() {
	local name seen
	row planted
	seen=$(in_container markers)
	for name in $planted at-boot; do expect "$name: runs" has "evil-$name"; done
}

# A generator is only reported: it runs beside unitward's own.
planted_does_not_run() {
	local name seen
	row planted
	seen=$(in_container markers)
	for name in $planted; do expect "$name: does not run" lacks "evil-$name"; done
	expect "extended: what was authorised runs" has good-extended
	expect "systemd does not know it" in_container is_unknown planted.service
	planted_is_reported
}

is_unknown() { # UNIT
	case $(systemctl show -P LoadState "$1") in
	masked | not-found) return 0 ;;
	esac
	return 1
}

planted_is_reported() {
	local path
	in_container journalctl --boot -t unitward-generator -o cat --no-pager >"$work/gate"
	for path in $planted_paths; do expect "reported: $path" grep -qF "$path" "$work/gate"; done
}

# --- doctor ----------------------------------------------------------------------------------

doctor_on() { # FILESYSTEM
	cd /opt/unitward && LD_LIBRARY_PATH=/opt/unitward/lib FILESYSTEM=$1 MODE=enforce BUILD=build timeout 250 tests/integration/78-doctor.sh
}

# Its own results are ours.
doctor() {
	local filesystem line filesystems=(ext4 overlay)
	[ -z "${ALL-}" ] || filesystems=(ext4 xfs btrfs overlay tmpfs)
	row doctor
	for filesystem in "${filesystems[@]}"; do
		LIMIT=300 in_container doctor_on $filesystem >"$work/doctor" 2>&1
		grep -qE '^(ok|not ok|skip) ' "$work/doctor" || not_ok "$filesystem" "$(tail -n 1 "$work/doctor")"
		while read -r line; do
			case $line in
			"ok "*) ok "$filesystem: ${line#ok }" ;;
			"not ok "*) not_ok "$filesystem: ${line#not ok }" ;;
			"skip "*) skip "$filesystem: ${line#skip }" ;;
			esac
		done <"$work/doctor"
	done
}

# --- the clock, memory -----------------------------------------------------------------------

turn_clock() { # SECONDS
	date -s "@$(($(date +%s) + $1))" >/dev/null
}

is_refused() { ! touch "$1" 2>/dev/null && [ ! -e "$1" ]; }

enforces() { unitward status --json | jq -e '.mode_ruling.mode == "enforce"' >/dev/null; }

day=86400
clock() {
	row clock
	expect "a trial of ten minutes" as_login unitward audit
	expect "begins" as_login unitward enforce --for 10m
	expect "a day back" in_container turn_clock -$day
	expect "root is refused" in_container is_refused $units/back.timer
	expect "a package is installed" in_container installs_package
	expect "two days forward" in_container turn_clock $((2 * day))
	expect "the trial goes on" in_container enforces
	expect "root is refused, again" in_container is_refused $units/forward.timer
	expect "nothing is to be settled" in_container unitward diff
	expect "back to now" in_container turn_clock -$day
	expect "is confirmed" as_login unitward confirm
	in_container unitward events --json >"$work/events"
	expect "both are recorded" eval "is_recorded $units/back.timer && is_recorded $units/forward.timer"
}

fill_memory() { # until the kernel ends it
	! perl -e '$all = "x" x (1 << 30)'
}

daemons() { pgrep -x unitwardd | sort; }

memory() {
	local before
	row memory
	before=$(in_container daemons)
	expect "somebody takes all there is" in_container fill_memory
	expect "the daemon is the same" test "$(in_container daemons)" = "$before"
	expect "root is refused" in_container is_refused $units/memory.timer
}

# --- times -----------------------------------------------------------------------------------

when() { # UNIT PROPERTY : microseconds
	systemctl show -P "$2" "$1"
}

is_before_sysinit() {
	local up
	up=$(when unitward.service ActiveEnterTimestampMonotonic)
	[ "$up" -gt 0 ] && [ "$up" -le "$(when sysinit.target ActiveEnterTimestampMonotonic)" ]
}

starts_are_told_by() { unitward status | grep "seen by $1,"; }

# The words on the kernel's command line are systemd's to read, whatever the kernel: one release shows what they do.
has_time_for_words() { [ -n "${ALL-}" ] || [ "$release" = bookworm ]; }

# --- its days --------------------------------------------------------------------------------

if [ -n "$(modes absent)" ] && boot absent; then
	planted_runs
	attacks
	reload_without=$(in_container reload_time)
	doctor
	halt
fi

if [ -n "$(modes enforce)" ] && boot enforce; then
	row boot
	expect "is up before sysinit.target is reached" in_container is_before_sysinit
	expect "doctor finds nothing that fails" in_container unitward doctor
	expect "what managers start is told by the kernel's connector" in_container starts_are_told_by connector
	attacks
	clock
	memory
	row boot
	reload_with=$(in_container reload_time)
	expect "daemon-reload took $reload_with us, without unitward ${reload_without:-?} us" test -n "$reload_with"
	halt
	open_disks && plant_offline "$root"
	if start; then
		planted_does_not_run
		expect "the package's unit is there" in_container systemctl start package
		with=$(in_container userspace_time)
		halt
	fi
	open_disks && plant_offline "$root" 2>/dev/null
	mode=audit
	if has_time_for_words && [ -n "$(modes audit)" ] && start unitward.mode=audit; then
		planted_runs
		planted_is_reported
		attacks
		halt
	fi
	mode=off
	if has_time_for_words && unguarded=1 start unitward.mode=off; then
		planted_runs
		expect "the daemon is skipped" in_container eval '! systemctl is-active unitward.service'
		row boot
		without=$(in_container userspace_time)
		# The first had to undo what was planted; cost.sh compares like with like.
		expect "the boot took $with us, without unitward $without us" test "$with" -lt $((without * 3))
		halt
	fi
fi
