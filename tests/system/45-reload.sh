#!/bin/bash
# What administrators and systemd do all day goes on as before, a reboot included.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# Something for a generator to do.
prepare() {
	echo 'tmpfs /mnt tmpfs noauto 0 0' >>"$1/etc/fstab"
}

generated() {
	local path
	find /run/systemd/generator* \( -type l -o -type f \) | grep -v unitward | sort |
		while read -r path; do
			echo "$path $(readlink "$path" || md5sum <"$path")"
		done
}

failed_units() {
	systemctl list-units --failed --plain --no-legend
}

# The same as without the daemon, where that was seen before.
same() { # WHAT
	in_container "$1" >"$work/$mode.$1" || return
	[ ! -e "$work/absent.$1" ] || diff "$work/absent.$1" "$work/$mode.$1"
}

reload_often() {
	local _
	for _ in 1 2 3 4 5 6 7 8 9 10; do systemctl daemon-reload || return; done
}

all_is_well() { # WHEN
	expect "$1: generators' output" same generated
	expect "$1: no more failed units" same failed_units
	expect "$1: list-timers" in_container systemctl list-timers --all
	expect "$1: status" in_container systemctl status dbus.service
	[ "$mode" != absent ] || return 0
	expect "$1: nothing denied" nothing_denied
	expect "$1: nothing in quarantine" nothing_in_quarantine
}

for mode in $(modes absent audit enforce); do
	boot "$mode" || continue
	all_is_well "after boot"
	expect "ten reloads" as_admin reload_often
	expect "start a mount" as_admin systemctl start mnt.mount
	expect "restart a service" as_admin systemctl restart systemd-logind.service
	all_is_well "after reloads"
	halt
	start || continue
	all_is_well "after a reboot"
	halt
done
