#!/bin/bash
# Units are brought by a mount, or with the directory that they are in. Who mounted is not known: the kernel tells only that
# it has been done.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=attempts.sh
. "$here/attempts.sh"

attempts=(
	"bind /usr/lib/systemd/system/victim-bind.service -"
	"tmpfs /etc/systemd/system.control* -"
	"overlay /etc/systemd/system.attached -"
	"rebuilt /usr/local/lib/systemd/system*"
	"parent /usr/local/share/systemd*"
)

attack_bind() {
	evil bind >/srv/stage/bind
	mount --bind /srv/stage/bind /usr/lib/systemd/system/victim-bind.service
}
attack_tmpfs() { # over a directory, with the unit in it before
	mkdir -p /srv/stage/tmpfs && mount -t tmpfs evil /srv/stage/tmpfs && evil tmpfs >/srv/stage/tmpfs/evil-tmpfs.service
	mount --bind /srv/stage/tmpfs /etc/systemd/system.control
}
attack_overlay() {
	mount -t tmpfs evil /srv/stage/overlay && mkdir -p /srv/stage/overlay/{upper,work} &&
		evil overlay >/srv/stage/overlay/upper/evil-overlay.service
	mount -t overlay -o lowerdir=/etc/systemd/system.attached,upperdir=/srv/stage/overlay/upper,workdir=/srv/stage/overlay/work \
		evil /etc/systemd/system.attached
}
attack_rebuilt() { # the same name, another directory
	rm -r /usr/local/lib/systemd/system && mkdir /usr/local/lib/systemd/system &&
		evil rebuilt >/usr/local/lib/systemd/system/evil-rebuilt.service
}
# One above: a user's manager looks there.
attack_parent() {
	mkdir -p /srv/stage/share/user && evil parent >/srv/stage/share/user/evil-parent.service
	mv /usr/local/share/systemd /srv/stage/old && mv /srv/stage/share /usr/local/share/systemd
}
trigger_parent() { user_manager daemon-reload; user_manager start evil-parent.service; }

user_manager() {
	setpriv --reuid=1000 --regid=1000 --clear-groups env HOME=/home/admin XDG_RUNTIME_DIR=/run/user/1000 \
		systemctl --user "$@"
}

prepare() { # ROOT
	victim "$1" bind
	mkdir -p "$1"/etc/systemd/system.{control,attached} "$1/usr/local/lib/systemd/system" "$1/usr/local/share/systemd/user" \
		"$1/srv/stage/overlay"
	chmod 1777 "$1/srv/marker"
}

try_in_modes start_users_manager
