#!/bin/bash
# Nothing is written into a unit: links (an alias, a dependency, a unit in /dev/shm), drop-ins of every kind, directories
# that were not there.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=attempts.sh
. "$here/attempts.sh"

units=/etc/systemd/system
attempts=(
	"shm $units/evil-shm.service"
	"alias $units/evil-alias.service"
	"wants $units/victim-wants.service.wants*"
	"requires $units/victim-requires.service.requires*"
	"linked-drop-ins $units/victim-linked-drop-ins.service.d"
	"drop-in $units/victim-drop-in.service.d*"
	"moved $units/victim-moved.service.d"
	"prefix $units/victim-prefix-.service.d*"
	"template $units/victim-template@.service.d*"
	"control /etc/systemd/system.control/victim-control.service.d*"
	"run /run/systemd/system/victim-run.service.d*"
	"vendor /usr/lib/systemd/system/victim-vendor.service.d*"
	"attached /etc/systemd/system.attached/evil-attached.service"
	"local /usr/local/lib/systemd/system/evil-local.service"
	"type $units/service.d*"
)
[ "$release" = bookworm ] || attempts+=("upholds $units/victim-upholds.service.upholds*") # its systemd has no such directories

attack_shm() { evil shm >/dev/shm/evil-shm.service && ln -s /dev/shm/evil-shm.service /etc/systemd/system/; }
attack_alias() { ln -s /usr/lib/systemd/system/idle-alias.service /etc/systemd/system/evil-alias.service; }
depend() { # WORD: the victim on what is there and idle
	mkdir "/etc/systemd/system/victim-$1.service.$1" &&
		ln -s "/usr/lib/systemd/system/idle-$1.service" "/etc/systemd/system/victim-$1.service.$1/"
}
attack_wants() { depend wants; }
attack_requires() { depend requires; }
attack_upholds() { depend upholds; }
attack_linked-drop-ins() {
	evil_drop_in linked-drop-ins /srv/stage/drop-ins &&
		ln -s /srv/stage/drop-ins /etc/systemd/system/victim-linked-drop-ins.service.d
}
attack_drop-in() { evil_drop_in drop-in /etc/systemd/system/victim-drop-in.service.d; }
attack_moved() { evil_drop_in moved /srv/stage/moved && mv /srv/stage/moved /etc/systemd/system/victim-moved.service.d; }
attack_prefix() { evil_drop_in prefix /etc/systemd/system/victim-prefix-.service.d; }
trigger_prefix() { systemctl restart victim-prefix-one.service; }
attack_template() { evil_drop_in template /etc/systemd/system/victim-template@.service.d; }
trigger_template() { systemctl restart victim-template@one.service; }
attack_control() { evil_drop_in control /etc/systemd/system.control/victim-control.service.d; }
attack_run() { evil_drop_in run /run/systemd/system/victim-run.service.d; }
attack_vendor() { evil_drop_in vendor /usr/lib/systemd/system/victim-vendor.service.d; }
attack_attached() { mkdir -p /etc/systemd/system.attached && evil attached >/etc/systemd/system.attached/evil-attached.service; }
attack_local() { mkdir -p /usr/local/lib/systemd/system && evil local >/usr/local/lib/systemd/system/evil-local.service; }
attack_type() { evil_drop_in type /etc/systemd/system/service.d; } # for every service there is
trigger_type() { systemctl restart victim-vendor.service; }

prepare() { # ROOT
	local name vendor=$1/usr/lib/systemd/system
	for name in wants requires upholds linked-drop-ins drop-in moved prefix-one template@ control run vendor; do
		victim "$1" $name
	done
	for name in alias wants requires upholds; do evil $name >"$vendor/idle-$name.service"; done
	# An upholder has to go on.
	service /usr/bin/true RemainAfterExit=yes >"$vendor/victim-upholds.service"
}

try_in_modes
