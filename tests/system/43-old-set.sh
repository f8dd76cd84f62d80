#!/bin/bash
# A machine with older packages, systemd's and sshd's among them, is brought up to date as its administrators and its own
# services do it: unattended-upgrades, needrestart, apt full-upgrade, dpkg-reconfigure, purging and installing. With the
# policy as it is shipped, enforced; nothing is denied, and the ledger follows the disk, over a reboot too.
# shellcheck source-path=SCRIPTDIR source=people.sh
. "$(dirname "$0")/people.sh"
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# What is installed and offered in an older version, as PACKAGE=VERSION.
oldest() {
	local package is version
	dpkg-query -W -f '${Package} ${Version}\n' | while read -r package is; do
		version=$(apt-cache madison "$package" | tail -n 1 | cut -d'|' -f2 | tr -d ' ')
		[ -z "$version" ] || ! dpkg --compare-versions "$version" lt "$is" || echo "$package=$version"
	done
}

make_older() {
	oldest >/srv/older
	# shellcheck disable=SC2046
	[ ! -s /srv/older ] || DEBIAN_FRONTEND=noninteractive apt-get -qq -y --allow-downgrades install $(cat /srv/older)
}

still_older() { # PACKAGE... : which of them
	local package
	for package; do
		! grep -qx "$package=$(dpkg-query -W -f '${Version}' "$package" 2>/dev/null)" /srv/older || echo "$package"
	done
}
none_is_older() { # PACKAGE... ; all of them when none is named
	local older
	[ $# -gt 0 ] || set -- $(cut -d= -f1 /srv/older)
	older=$(still_older "$@")
	[ -z "$older" ] || { echo "as old as before: ${older//$'\n'/ }"; return 1; }
}
some_are_older() { [ -n "$(still_older "$@")" ]; }

prepare() { # ROOT
	people_prepare "$1"
	declare -f >"$1/srv/functions"
	chroot "$1" bash -c '. /srv/functions; make_older' >"$work/older.log" 2>&1 ||
		not_ok "older packages" "$(tail -n 1 "$work/older.log")"
	echo "# older: $(tr '\n' ' ' <"$1/srv/older")"
	# As Debian's archive says of itself, so that unattended-upgrades takes from it; but not systemd.
	(cd "$1/srv/debs" && apt-ftparchive -o APT::FTPArchive::Release::Origin=Debian -o APT::FTPArchive::Release::Label=Debian \
		-o "APT::FTPArchive::Release::Codename=$release" release . >../Release && mv ../Release .)
	printf '%s\n' 'APT::Periodic::Unattended-Upgrade "always";' \
		'Unattended-Upgrade::Package-Blacklist { "systemd"; "libsystemd"; "libudev"; "libpam-systemd"; };' \
		>"$1/etc/apt/apt.conf.d/99tests"
	chroot "$1" apt-get -qq update
}

apt() { as operator "DEBIAN_FRONTEND=noninteractive apt-get --quiet --yes -o Dpkg::Options::=--force-confold $*"; }
reconfigure() { as operator "dpkg-reconfigure --frontend noninteractive $*"; }

nothing_differs() {
	local said
	said=$(in_container unitward diff 2>&1) || { echo "${said//$'\n'/; }"; return 1; }
}

goes_on() { # AFTER
	expect "$1: nothing denied" nothing_denied
	expect "$1: nothing in quarantine" nothing_in_quarantine
	expect "$1: the disk is as the ledger says" await 5 nothing_differs
}

# What is authorised, and in which contents; what generators make is made anew.
authorised() {
	copy_ledger && sqlite3 "$work/ledger.db" "SELECT path, kind, hex(digest), target FROM entry
		WHERE CAST(path AS TEXT) NOT LIKE '/run/%'
		AND CAST(path AS TEXT) NOT LIKE '/var/lib/unitward/golden/%' ORDER BY path" >"$work/$1"
}
same_ledger() { authorised after && diff "$work/before" "$work/after"; }
last_upgraded() { in_container cat /var/log/unattended-upgrades/unattended-upgrades.log | tail -n 3 | tr '\n' ';'; }

[ -x "$(command -v sqlite3)" ] || skip_all "needs sqlite3"
[ -x "$(command -v apt-ftparchive)" ] || skip_all "needs apt-ftparchive"
export LIMIT=240
for mode in $(modes enforce); do
	boot "$mode" || continue
	expect "everybody logs in" people_log_in
	goes_on "the first boot"
	expect "apt install unattended-upgrades" apt install unattended-upgrades
	goes_on "apt install"

	if in_container some_are_older sudo openssh-server; then
		expect "unattended-upgrades runs" in_container systemctl start apt-daily-upgrade.service
		expect "it has upgraded sudo and sshd" in_container none_is_older sudo openssh-server || echo "# $(last_upgraded)"
		goes_on "unattended-upgrades"
	else
		skip "unattended-upgrades runs" "there is no older sudo or sshd to be had for $release"
	fi

	expect "apt install needrestart" apt install needrestart
	expect "apt full-upgrade, with needrestart" apt full-upgrade
	expect "all is new" in_container none_is_older
	expect "needrestart restarts what it finds" in_container needrestart -r a
	goes_on "apt full-upgrade"

	for package in openssh-server cron unattended-upgrades; do
		expect "dpkg-reconfigure $package" reconfigure "$package"
	done
	expect "systemd is reconfigured" reconfigure systemd
	goes_on "dpkg-reconfigure"

	expect "apt purge" apt purge cron openssh-server unattended-upgrades needrestart
	refuse "cron is gone" "could not be found|inactive|not found" in_container systemctl status cron.service
	goes_on "apt purge"
	expect "apt install" apt install cron openssh-server unattended-upgrades
	for unit in cron ssh unattended-upgrades; do
		expect "$unit runs" in_container systemctl is-active $unit.service
		expect "$unit is enabled" in_container systemctl is-enabled $unit.service
	done
	goes_on "apt install"

	expect "the ledger" authorised before
	halt
	start || continue
	for unit in cron ssh unattended-upgrades; do
		expect "after a reboot: $unit runs" await 10 in_container systemctl is-active $unit.service
	done
	expect "after a reboot: everybody logs in" people_log_in
	expect "after a reboot: a user's manager runs" as user "systemctl --user is-active default.target"
	expect "after a reboot: the same ledger" same_ledger
	goes_on "after a reboot"
	halt
done
