#!/bin/bash
# What others make units or commands of: /etc/fstab, crontabs, bus services, udev rules, autostart, quadlets. Their presets are
# off as shipped; here a policy has them, lets packages, administrators and the programs that own these places in, and nobody else.
# shellcheck source-path=SCRIPTDIR source=people.sh
. "$(dirname "$0")/people.sh"
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=attempts.sh
. "$here/attempts.sh"

attempts=(
	"fstab /etc/fstab /usr/bin/bash"
	"cron-d /etc/cron.d/evil /usr/bin/bash"
	"cron-daily /etc/cron.daily/evil"
	"crontab /var/spool/cron/crontabs/root"
	"bus /usr/share/dbus-1/system-services/org.evil.Bus.service /usr/bin/bash"
	"autostart /etc/xdg/autostart/evil-everybody.desktop /usr/bin/bash"
	"own-autostart /home/admin/.config/autostart*"
	"udev /etc/udev/rules.d/99-evil.rules /usr/bin/bash"
	"quadlet /etc/containers/systemd*"
)

policy() {
	cat <<-'END'
		zones: {
		  fstab: { preset = "fstab"; };
		  cron: { preset = "cron"; };
		  bus: { preset = "dbus-services"; };
		  udev: { preset = "udev"; };
		  autostart: { preset = "autostart"; };
		  quadlet: { preset = "quadlet"; };
		};
		actors: { crontab: { exe = [ "/usr/bin/crontab" ]; }; };
		rules = (
		  { id = "inputs-of-packages"; actor = "packages";
		    zone = [ "fstab", "cron", "bus", "udev", "autostart", "quadlet" ]; then = "allow"; },
		  { id = "inputs-of-administrators"; actor = [ "approvers", "root-sessions" ];
		    zone = [ "fstab", "cron", "bus", "udev", "autostart", "quadlet" ]; then = "allow"; },
		  { id = "crontab-writes-crontabs"; actor = "crontab"; zone = "cron"; then = "allow"; }
		);
	END
}

prepare() { # ROOT
	people_prepare "$1"
	[ "$mode" = absent ] || policy >"$1/etc/unitward/policy.d/60-inputs.conf"
	mkdir -p "$1"/etc/{xdg/autostart,udev/rules.d,containers/systemd} "$1/usr/share/dbus-1/system-services" "$1/srv/stage/mount"
	touch "$1/etc/fstab" "$1/srv/stage/mount/evil"
	echo '@reboot root touch /srv/marker/good-job' >"$1/etc/cron.d/good"
	desktop_entry true >"$1/etc/xdg/autostart/good.desktop"
	install -d -o 1000 -g 1000 "$1/home/admin/.config"
	make_package "$1/srv/debs/inputs.deb"
}

# One file for each of these places.
make_package() { # FILE
	local tree=$work/tree
	mkdir -p "$tree/DEBIAN" "$tree"/etc/{cron.d,cron.daily,xdg/autostart} "$tree/usr/share/dbus-1/system-services" \
		"$tree/usr/lib/udev/rules.d"
	printf 'Package: inputs\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@localhost>\nDescription: inputs\n' \
		>"$tree/DEBIAN/control"
	echo '0 0 1 1 * root true' >"$tree/etc/cron.d/inputs"
	echo '#!/bin/true' >"$tree/etc/cron.daily/inputs"
	bus_service org.inputs true >"$tree/usr/share/dbus-1/system-services/org.inputs.service"
	desktop_entry true >"$tree/etc/xdg/autostart/inputs.desktop"
	echo '# nothing' >"$tree/usr/lib/udev/rules.d/99-inputs.rules"
	dpkg-deb -Znone --root-owner-group --build "$tree" "$1" >/dev/null
}

bus_service() { printf '[D-BUS Service]\nName=%s\nExec=/usr/bin/%s\nUser=root\n' "$1" "$2"; } # NAME COMMAND
desktop_entry() { printf '[Desktop Entry]\nType=Application\nName=Something\nExec=%s\n' "$1"; } # COMMAND

# --- attacks ---------------------------------------------------------------------------------

attack_fstab() { echo '/srv/stage/mount /mnt none bind 0 0' >>/etc/fstab; }
trigger_fstab() { systemctl start mnt.mount; }
effect_fstab() { [ -e "/proc/$leader/root/mnt/evil" ]; }

# Jobs of a boot, which cron takes its next start for when this file is gone.
restart_cron() { rm -f /run/crond.reboot && systemctl restart cron.service; }
attack_cron-d() { echo '@reboot root touch /srv/marker/evil-cron-d' >/etc/cron.d/evil; }
trigger_cron-d() { restart_cron; }
attack_crontab() { # not by crontab(1)
	echo '@reboot touch /srv/marker/evil-crontab' >/srv/stage/crontab && chgrp crontab /srv/stage/crontab &&
		chmod 600 /srv/stage/crontab && mv /srv/stage/crontab /var/spool/cron/crontabs/root
}
trigger_crontab() { restart_cron; }
attack_cron-daily() {
	printf '#!/bin/sh\ntouch /srv/marker/evil-cron-daily\n' >/srv/stage/daily && chmod +x /srv/stage/daily &&
		mv /srv/stage/daily /etc/cron.daily/evil
}
trigger_cron-daily() { run-parts /etc/cron.daily; }

attack_bus() { bus_service org.evil.Bus 'touch /srv/marker/evil-bus' >/usr/share/dbus-1/system-services/org.evil.Bus.service; }
trigger_bus() {
	gdbus call --system --dest org.freedesktop.DBus --object-path /org/freedesktop/DBus \
		--method org.freedesktop.DBus.StartServiceByName org.evil.Bus 0
}

attack_autostart() { desktop_entry 'touch /srv/marker/evil-autostart' >/etc/xdg/autostart/evil-everybody.desktop; }
attack_own-autostart() {
	export -f desktop_entry
	as_user bash -c 'mkdir -p ~/.config/autostart && sleep 0.5 &&
		desktop_entry "touch /srv/marker/evil-own-autostart" >~/.config/autostart/evil-own.desktop'
}
as_user() {
	setpriv --reuid=1000 --regid=1000 --clear-groups env HOME=/home/admin XDG_RUNTIME_DIR=/run/user/1000 "$@"
}
log_in_to_desktop() { as_user systemctl --user daemon-reload; as_user systemctl --user start "app-evil\\x2d$1@autostart.service"; }
trigger_autostart() { log_in_to_desktop everybody; }
trigger_own-autostart() { log_in_to_desktop own; }

# Without udevd (it is for machines: tests/vm) and podman it is the file that counts.
attack_udev() { echo 'KERNEL=="null", TAG+="systemd", ENV{SYSTEMD_WANTS}="evil.service"' >/etc/udev/rules.d/99-evil.rules; }
trigger_udev() { true; }
effect_udev() { [ -s "$root/etc/udev/rules.d/99-evil.rules" ]; }
attack_quadlet() { printf '[Container]\nImage=evil\n' >/etc/containers/systemd/evil.container; }
trigger_quadlet() { true; }
effect_quadlet() { [ -s "$root/etc/containers/systemd/evil.container" ]; }

# --- what goes on ----------------------------------------------------------------------------

there() { [ -e "$root$1" ]; }
gone() { ! there "$1"; }

work_goes_on() {
	local path
	expect "everybody logs in" people_log_in
	start_users_manager
	expect "a package brings what it has for all of them" as operator "dpkg --install /srv/debs/inputs.deb"
	expect "an administrator's crontab" as operator "echo '0 0 1 1 * true' | crontab -"
	expect "it is there" there /var/spool/cron/crontabs/root
	expect "he removes it" as operator "crontab -r"
	expect "he edits /etc/fstab" as operator "sed -i '1i # his' /etc/fstab"
	expect "he has an entry for cron" as operator "echo '0 0 1 1 * root true' >/etc/cron.d/his; sleep 0.5"
	expect "cron runs what it had" await 5 marked good-job
	for path in /etc/cron.d/his /etc/cron.d/inputs /etc/cron.daily/inputs /etc/xdg/autostart/inputs.desktop \
		/usr/share/dbus-1/system-services/org.inputs.service /usr/lib/udev/rules.d/99-inputs.rules; do
		expect "$path stays" there "$path"
	done
	expect "the package goes" as operator "dpkg --purge inputs"
	expect "with all that it has brought" gone /usr/lib/udev/rules.d/99-inputs.rules
	[ "$mode" = absent ] || expect "nothing was denied" nothing_denied
}

try_in_modes work_goes_on
