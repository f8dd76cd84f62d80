#!/bin/bash
# What goes on as before while commands are gated: logins, sessions, what everybody may look at, systemd's own upgrade,
# and the init scripts behind a permitted systemctl.
# releases: bookworm trixie
# shellcheck source-path=SCRIPTDIR source=people.sh
. "$(dirname "$0")/people.sh"
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

units=/etc/systemd/system

put_unit() { # ROOT NAME
	printf '[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n' \
		>"$1/usr/lib/systemd/system/$2.service"
}

# A unit with an init script of its name, as packages have it.
put_init_script() { # ROOT NAME
	put_unit "$1" "$2"
	cat >"$1/etc/init.d/$2" <<-END
		#!/bin/sh
		### BEGIN INIT INFO
		# Provides: $2
		# Required-Start: \$remote_fs
		# Required-Stop: \$remote_fs
		# Default-Start: 2 3 4 5
		# Default-Stop: 0 1 6
		# Short-Description: nothing
		### END INIT INFO
	END
	chmod +x "$1/etc/init.d/$2"
	chroot "$1" update-rc.d "$2" defaults
	ln -s "/lib/systemd/system/$2.service" "$1$units/multi-user.target.wants/"
}

prepare() {
	local each
	people_prepare "$1"
	for each in first second third; do put_unit "$1" "$each"; done
	put_init_script "$1" oldie >/dev/null 2>&1
}

session_count() { in_container loginctl list-sessions --no-legend | grep -w "$1" | grep -cvw manager; }
has_sessions() { [ "$(session_count "$1")" -ge "$2" ]; }
has_no_session() { [ "$(session_count "$1")" = 0 ]; }
log_out() { in_container ssh -o "ControlPath=/run/$1.ssh" -O exit "$1@127.0.0.1"; }
is_enabled() { [ -L "$root$units/multi-user.target.wants/$1.service" ]; }
starts_at_boot() { compgen -G "$root/etc/rc?.d/S??$1" >/dev/null; }
does_not() { ! "$@"; }
inode_of() { stat -c %i "$root$1"; }

refuses_services() { # NAME
	as service "systemctl enable $1"
	sleep 0.5 # till it is settled
	does_not is_enabled "$1"
}

for mode in $(modes audit enforce); do
	boot "$mode" || continue
	expect "everybody logs in" people_log_in
	for who in service outside operator root intruder user admin; do
		expect "$who: systemctl status" as "$who" "systemctl status agent.service"
		expect "$who: systemctl list-units" as "$who" "systemctl list-units --all"
	done
	expect "su -" as intruder "su - nina -c 'systemctl --user is-system-running; id -un' | grep -x nina"
	expect "a user's manager runs" as user "systemctl --user list-units"
	expect "a user's scope" as user "systemd-run --user --scope true"
	expect "an administrator's scope" as operator "systemd-run --scope true"
	expect "sessions are told of" has_sessions nina 1
	expect "logout" log_out nina
	expect "the session ends" await 10 has_no_session nina
	expect "another login" people_log_in
	expect "nothing denied" nothing_denied

	expect "systemctl disable of a unit with an init script" as operator "systemctl disable oldie"
	expect "it is disabled" does_not is_enabled oldie
	expect "its init script is disabled" await 3 does_not starts_at_boot oldie
	expect "systemctl enable of it" as operator "systemctl enable oldie"
	expect "it is enabled" is_enabled oldie
	expect "its init script is enabled" await 3 starts_at_boot oldie
	expect "both stay" sleep 0.5
	expect "still enabled" is_enabled oldie
	expect "its init script too" starts_at_boot oldie
	expect "nothing denied" nothing_denied

	before=$(inode_of /usr/bin/systemctl)
	expect "systemd is installed anew" eval 'LIMIT=120 as operator "apt-get -q -y --reinstall install systemd"'
	expect "systemctl is another file" test "$(inode_of /usr/bin/systemctl)" != "$before"
	expect "nothing denied" nothing_denied
	expect "nothing in quarantine" nothing_in_quarantine
	sleep 2.5 # nothing that was permitted is remembered
	[ "$mode" != enforce ] || expect "the new systemctl is gated" refuses_services first
	expect "an administrator uses it" as operator "systemctl enable second"
	expect "he does" eval 'sleep 0.5; is_enabled second'
	expect "everybody looks" as user "systemctl status second.service; [ \$? = 3 ]"
	halt
done
