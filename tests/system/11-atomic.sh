#!/bin/bash
# The published emulations of T1053.006 and T1543.002, as a shell of root's does them that no administrator has logged into.
# releases: bookworm trixie
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=attempts.sh
. "$here/attempts.sh"

units=/etc/systemd/system
attempts=(
	"timer $units/evil-timer.timer /usr/bin/bash"
	"stages $units/evil-stages.service /usr/bin/bash"
	"sysv /etc/init.d/evil-sysv /usr/bin/bash"
	"calendar /usr/bin/systemd-run /usr/bin/bash"
	"user-calendar /usr/bin/systemd-run /usr/bin/env"
)

# T1053.006: a service and its timer, then start, enable and reload.
attack_timer() {
	service "/bin/sh -c 'touch /srv/marker/evil-timer'" >/etc/systemd/system/evil-timer.service
	cat >/etc/systemd/system/evil-timer.timer <<-END
		[Unit]
		Description=Does something now and then
		[Timer]
		OnCalendar=*:*:*
		AccuracySec=100ms
		[Install]
		WantedBy=timers.target
	END
	systemctl start evil-timer.timer
	systemctl enable evil-timer.timer
	systemctl daemon-reload
}
trigger_timer() { systemctl start evil-timer.timer; }

# T1543.002: a service that does something before, while and after it starts.
attack_stages() {
	cat >/etc/systemd/system/evil-stages.service <<-END
		[Unit]
		Description=Does something three times
		[Service]
		Type=simple
		ExecStartPre=/usr/bin/touch /srv/marker/evil-stages-pre
		ExecStart=/usr/bin/touch /srv/marker/evil-stages-start
		ExecStartPost=/usr/bin/touch /srv/marker/evil-stages-post
		ExecReload=/usr/bin/touch /srv/marker/evil-stages-reload
		[Install]
		WantedBy=default.target
	END
	systemctl daemon-reload
	systemctl enable evil-stages.service
	systemctl start evil-stages.service
}
effect_stages() { # all of it, or in enforce mode any of it
	if [ "$mode" = enforce ]; then
		marked evil-stages-pre || marked evil-stages-start || marked evil-stages-post
	else
		marked evil-stages-pre && marked evil-stages-start && marked evil-stages-post
	fi
}

# T1543.002: the same with a script for System V's init, which systemd makes a unit of.
attack_sysv() {
	cat >/etc/init.d/evil-sysv <<-END
		#!/bin/sh
		### BEGIN INIT INFO
		# Provides: evil-sysv
		# Required-Start: \$all
		# Required-Stop:
		# Default-Start: 2 3 4 5
		# Default-Stop: 0 1 6
		# Short-Description: Does something
		### END INIT INFO
		touch /srv/marker/evil-sysv
	END
	chmod +x /etc/init.d/evil-sysv
	update-rc.d evil-sysv defaults
}

# T1053.006: without any file of the attacker's own.
attack_calendar() {
	systemd-run --unit=evil-calendar --on-calendar='*:*:*' --timer-property=AccuracySec=100ms \
		/bin/sh -c 'touch /srv/marker/evil-calendar'
}
attack_user-calendar() {
	setpriv --reuid=1000 --regid=1000 --clear-groups env HOME=/home/admin XDG_RUNTIME_DIR=/run/user/1000 \
		systemd-run --user --unit=evil-user --on-calendar='*:*:*' --timer-property=AccuracySec=100ms \
		/bin/sh -c 'touch /srv/marker/evil-user-calendar'
}
trigger_calendar() { true; } # it needs nobody
trigger_user-calendar() { true; }

prepare() { chmod 1777 "$1/srv/marker"; }

enabled() { # LINK : is it there, whatever it leads to?
	[ -L "$root$1" ]
}
not_enabled() { ! enabled "$1"; }

for mode in $(modes absent audit enforce); do
	boot "$mode" || continue
	start_users_manager
	try_attempts
	for link in $units/timers.target.wants/evil-timer.timer $units/default.target.wants/evil-stages.service \
		/etc/rc2.d/S01evil-sysv; do
		if [ "$mode" = enforce ]; then
			expect "$link is not there" not_enabled "$link"
		else
			expect "$link is there" enabled "$link"
		fi
	done
	all_is_as_it_should_be
	halt
done
