#!/bin/bash
# Programs that systemd runs to make units, what they make them of, and what else tells systemd how to be.
# releases: bookworm trixie
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=attempts.sh
. "$here/attempts.sh"

attempts=(
	"etc /etc/systemd/system-generators*"
	"run /run/systemd/system-generators*"
	"local /usr/local/lib/systemd/system-generators*"
	"vendor /usr/lib/systemd/system-generators/evil-vendor /usr/bin/bash"
	"moved /usr/lib/systemd/system-generators/evil-moved"
	"linked /usr/lib/systemd/system-generators/evil-linked"
	"environment /etc/systemd/system-environment-generators*"
	"rc-local /etc/rc.local /usr/bin/bash"
	"rc-link /etc/rc2.d/S01idle"
	"preset /etc/systemd/system-preset*"
	"configuration /etc/systemd/system.conf.d*"
	"shutdown /usr/lib/systemd/system-shutdown/evil /usr/bin/bash"
	"sleep /usr/lib/systemd/system-sleep/evil /usr/bin/bash"
)

evil_generator() { # NAME FILE
	mkdir -p "${2%/*}" && cat >"$2" <<-END
		#!/bin/sh
		printf '[Service]\nType=oneshot\nExecStart=/usr/bin/touch /srv/marker/evil-$1\n' >"\$1/evil-$1.service"
	END
	chmod +x "$2"
}
attack_etc() { evil_generator etc /etc/systemd/system-generators/evil-etc; }
attack_run() { evil_generator run /run/systemd/system-generators/evil-run; }
attack_local() { evil_generator local /usr/local/lib/systemd/system-generators/evil-local; }
attack_vendor() { evil_generator vendor /usr/lib/systemd/system-generators/evil-vendor; }
attack_moved() { evil_generator moved /srv/stage/evil-moved && mv /srv/stage/evil-moved /usr/lib/systemd/system-generators/; }
attack_linked() { evil_generator linked /srv/stage/evil-linked && ln -s /srv/stage/evil-linked /usr/lib/systemd/system-generators/; }

# A service that does as the manager's environment says.
attack_environment() {
	mkdir -p /etc/systemd/system-environment-generators
	printf '#!/bin/sh\necho EVIL=evil-environment\n' >/etc/systemd/system-environment-generators/evil &&
		chmod +x /etc/systemd/system-environment-generators/evil
}

attack_rc-local() {
	printf '#!/bin/sh\ntouch /srv/marker/evil-rc-local\n' >/etc/rc.local && chmod +x /etc/rc.local
}
trigger_rc-local() { systemctl start rc-local.service; }
# A script that is there and not for boot, for boot.
attack_rc-link() { ln -s ../init.d/idle /etc/rc2.d/S01idle; }
trigger_rc-link() { true; }
effect_rc-link() { in_container find /run/systemd/generator.late -name idle.service -path '*.wants/*' | grep -q .; }

# What a package's scripts do with a unit when it is installed.
attack_preset() {
	mkdir -p /etc/systemd/system-preset && echo 'enable idle-preset.service' >/etc/systemd/system-preset/00-evil.preset
}
trigger_preset() { systemctl preset idle-preset.service; }
effect_preset() { [ -L "$root/etc/systemd/system/multi-user.target.wants/idle-preset.service" ]; }

# Another search path for units, once systemd begins anew.
attack_configuration() {
	mkdir -p /etc/systemd/system.conf.d /srv/stage/units && evil configuration >/srv/stage/units/evil-configuration.service
	printf '[Manager]\nManagerEnvironment=SYSTEMD_UNIT_PATH=/srv/stage/units:\n' >/etc/systemd/system.conf.d/evil.conf
}
trigger_configuration() { systemctl daemon-reexec; systemctl start evil-configuration.service; }

attack_shutdown() {
	printf '#!/bin/sh\ntouch /srv/marker/evil-shutdown\n' >/usr/lib/systemd/system-shutdown/evil
	chmod +x /usr/lib/systemd/system-shutdown/evil
}
trigger_shutdown() { true; }
effect_shutdown() { [ "$mode" != enforce ] || [ -e "$root/usr/lib/systemd/system-shutdown/evil" ]; } # it runs later

attack_sleep() {
	printf '#!/bin/sh\ntouch "/srv/marker/evil-sleep-$1"\n' >/usr/lib/systemd/system-sleep/evil
	chmod +x /usr/lib/systemd/system-sleep/evil
}
# systemd-sleep as it is, told by a directory of files that the kernel could: nothing sleeps, the hooks run before and after.
trigger_sleep() {
	mount -o remount,rw /sys && mkdir -p /sys/power && mount -t tmpfs power /sys/power && cd /sys/power && echo 'freeze mem' >state && echo '[s2idle]' >mem_sleep &&
		/usr/lib/systemd/systemd-sleep suspend
	umount -l /sys/power
}
effect_sleep() { # both, or in enforce mode either
	if [ "$mode" = enforce ]; then
		marked evil-sleep-pre || marked evil-sleep-post
	else
		marked evil-sleep-pre && marked evil-sleep-post
	fi
}

prepare() { # ROOT
	mkdir -p "$1"/usr/lib/systemd/system-{shutdown,sleep}
	service "/bin/sh -c 'touch /srv/marker/good-environment /srv/marker/\$\$EVIL'" >"$1/usr/lib/systemd/system/victim-environment.service"
	service /bin/true '[Install]' WantedBy=multi-user.target >"$1/usr/lib/systemd/system/idle-preset.service"
	printf '#!/bin/sh\n### BEGIN INIT INFO\n# Provides: idle\n# Default-Start: 2 3 4 5\n### END INIT INFO\n' >"$1/etc/init.d/idle"
	chmod +x "$1/etc/init.d/idle"
}

ran_at_the_end() { [ -e "$root/srv/marker/evil-shutdown" ]; }
did_not_run() { ! ran_at_the_end; }

for mode in $(modes absent audit enforce); do
	boot "$mode" || continue
	try_attempts
	all_is_as_it_should_be
	halt
	if [ "$mode" = enforce ]; then
		expect "shutdown: it does not run" did_not_run
	else
		expect "shutdown: it runs" ran_at_the_end
	fi
done
