#!/bin/bash
# The boot gate costs a stock system nothing, also when its snapshot is lost or its package's units are only just
# there; and it can be switched off.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

units=etc/systemd/system
snapshot=etc/unitward/boot.snapshot

evil_unit() { # ROOT
	printf '[Service]\nType=oneshot\nExecStart=/usr/bin/touch /srv/marker/evil\n' >"$1/$units/evil.service"
	mkdir -p "$1/$units/multi-user.target.wants"
	ln -s ../evil.service "$1/$units/multi-user.target.wants/evil.service"
}

without_daemon() {
	rm "$root/$units/sysinit.target.wants/unitward.service"
}

ran() { [ -e "$root/srv/marker/evil" ]; }
did_not_run() { ! ran; }

# Names and states, but for what is unitward's, what comes and goes by itself, and what is done once after an upgrade.
all_units() {
	systemctl list-units --all --plain --no-legend --full |
		awk '$1 !~ /unitward|\.scope$|\.device$|^run-|^session|^user|^systemd-update-done/ { print $1, $2, $3 }' | sort
	systemctl list-units --failed --plain --no-legend
}

same_units() { # WHEN
	in_container all_units >"$work/$mode.$1" || return
	[ ! -e "$work/absent.units" ] || diff "$work/absent.units" "$work/$mode.$1"
}

early() { find /run/systemd/generator.early -mindepth 1 -printf '%P ' 2>/dev/null || true; } # it may be gone: empty
nothing_masked() {
	local masks
	masks=$(in_container early) || return
	[ -z "$masks" ] || { echo "masked: $masks"; return 1; }
}

# damaged HOW SETTING: the next boot, with that policy and without the daemon.
boot_damaged() {
	halt
	rm -f "$root/srv/marker/evil"
	printf 'X' >>"$root/$snapshot"
	echo "$1" >"$root/etc/unitward/policy.d/70-damage.conf"
	unguarded=1 start
}

# A package of one unit; installs and reloads at once.
make_package() { # NUMBER
	local dir=/srv/stage/pkg$1
	mkdir -p "$dir/DEBIAN" "$dir/usr/lib/systemd/system"
	printf '[Service]\nType=oneshot\nExecStart=/bin/true\n' >"$dir/usr/lib/systemd/system/quick$1.service"
	printf 'Package: quick%s\nVersion: 1\nArchitecture: all\nMaintainer: Nobody <nobody@example.org>\nDescription: quick\n' \
		"$1" >"$dir/DEBIAN/control"
	printf '#!/bin/sh\nsystemctl daemon-reload && systemctl start quick%s.service\n' "$1" >"$dir/DEBIAN/postinst"
	chmod 755 "$dir/DEBIAN/postinst"
	dpkg-deb -Znone --build "$dir" "/srv/stage/quick$1.deb" >/dev/null
}

fifty_packages() {
	local number
	for number in $(seq 50); do
		make_package "$number" && dpkg -i "/srv/stage/quick$number.deb" >/dev/null || return
		[ "$(systemctl show -P LoadState "quick$number.service")" = loaded ] ||
			{ systemctl show -p LoadState "quick$number.service"; return 1; }
	done
}

install_fifty() { LIMIT=180 in_container fifty_packages; }
purge_fifty() { LIMIT=60 in_container bash -c 'dpkg --purge $(seq -f quick%g 50)' >/dev/null; }

for mode in $(modes absent enforce); do
	boot "$mode" || continue
	if [ "$mode" = absent ]; then
		expect "units" same_units units
		halt
		continue
	fi
	expect "there is a snapshot" await 5 test -s "$root/$snapshot"
	expect "installed, reloaded and started in a moment, fifty times" install_fifty
	expect "nothing masked while the daemon runs" nothing_masked
	expect "the snapshot follows within two seconds" await 2 grep -q quick50.service "$root/$snapshot"
	expect "removed again" purge_fifty
	halt
	without_daemon
	unguarded=1 start || continue
	expect "without the daemon: the same units" same_units units
	expect "without the daemon: nothing masked" nothing_masked
	halt
	evil_unit "$root"
	boot_damaged 'boot_gate: { on_damage = "nothing"; };'
	expect "a damaged snapshot: the boot goes on, and what was planted runs" await 5 ran
	boot_damaged 'boot_gate: { on_damage = "mask-unowned"; };'
	expect "a damaged snapshot, mask-unowned: what no package owns does not run" did_not_run
	expect "a damaged snapshot, mask-unowned: cron and the like go on" in_container systemctl is-active dbus.service
	in_container systemctl daemon-reload
	expect "after a reload as well" did_not_run
	halt
done
