#!/bin/bash
# Packages with units come and go by apt as if unitward were not there.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

apt() {
	LIMIT=120 in_container env DEBIAN_FRONTEND=noninteractive apt-get --quiet --yes "$@"
}

# What there is but for unitward's own files. (Opens directories; files it only looks at.)
unit_files() {
	find /etc/systemd/ /usr/lib/systemd/ -printf '%p %y %m %u:%g %s %l\n' | grep -v unitward | sort
}

# The same as without the daemon, where that was seen before.
same_files() { # STEP
	in_container unit_files >"$work/$mode.$1" || return
	[ ! -e "$work/absent.$1" ] || diff "$work/absent.$1" "$work/$mode.$1"
}

enabled_and_running() {
	in_container test -L /etc/systemd/system/multi-user.target.wants/cron.service &&
		in_container systemctl is-enabled cron.service &&
		in_container systemctl is-active cron.service
}

for mode in $(modes absent audit enforce); do
	boot "$mode" || continue
	expect "files before" same_files before
	expect "apt-get install cron" apt install cron
	expect "cron is enabled and running" enabled_and_running
	expect "files after install" same_files install
	expect "apt-get remove cron" apt remove cron
	refuse "cron no longer runs" inactive in_container systemctl is-active cron.service
	expect "files after remove" same_files remove
	expect "apt-get install cron again" apt install cron
	expect "cron is enabled and running again" enabled_and_running
	expect "apt-get purge cron" apt purge cron
	expect "files after purge" same_files purge
	if [ "$mode" != absent ]; then
		expect "nothing denied" nothing_denied
		expect "nothing in quarantine" nothing_in_quarantine
	fi
	halt
done
