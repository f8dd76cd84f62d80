#!/bin/bash
# Planted while the daemon is not there, and it does not start either: nothing of it runs at boot or after a reload.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

units=etc/systemd/system
vendor=usr/lib/systemd/system
home=home/admin/.config/systemd/user

touches() { # MARKER [SETTING...]: a unit
	printf '[Service]\nType=oneshot\nExecStart=/usr/bin/touch /srv/marker/%s\n' "$1"
	printf '%s\n' "${@:2}"
}

wants() { # DIRECTORY TARGET UNIT
	mkdir -p "$1/$2.wants"
	ln -s "../$3" "$1/$2.wants/$3"
}

# What is authorised by the baseline.
prepare() {
	local name
	chmod 1777 "$1/srv/marker"
	mkdir -p "$1/var/lib/systemd/linger"
	touch "$1/var/lib/systemd/linger/admin"
	for name in good overridden masked tampered controlled extended; do
		touches "$name" >"$1/$vendor/$name.service"
		wants "$1/$vendor" multi-user.target "$name.service"
	done
	touches idle >"$1/$vendor/idle.service"
	touches other >"$1/$vendor/other.service"
}

good="good overridden masked tampered"

plant_units() { # ROOT
	local etc=$1/$units control=$1/etc/systemd/system.control
	touches evil-unit >"$etc/evil-unit.service"
	wants "$etc" multi-user.target evil-unit.service
	touches evil-timed >"$etc/evil-timed.service"
	printf '[Timer]\nOnBootSec=1ms\nAccuracySec=1ms\n' >"$etc/evil-timed.timer"
	wants "$etc" timers.target evil-timed.timer
	mkdir -p "$etc/extended.service.d" "$control/controlled.service.d"
	printf '[Service]\nExecStartPre=/usr/bin/touch /srv/marker/evil-drop-in\n' >"$etc/extended.service.d/evil.conf"
	wants "$etc" multi-user.target idle.service
	ln -s /usr/lib/systemd/system/other.service "$etc/evil-alias.service"
	wants "$etc" multi-user.target evil-alias.service
	touches evil-override >"$etc/overridden.service"
	ln -s /dev/null "$etc/masked.service"
	echo 'ExecStartPost=/usr/bin/touch /srv/marker/evil-tampered' >>"$1/$vendor/tampered.service"
	touches evil-control >"$control/evil-control.service"
	wants "$control" multi-user.target evil-control.service
	printf '[Service]\nExecStartPre=/usr/bin/touch /srv/marker/evil-controlled\n' \
		>"$control/controlled.service.d/evil.conf"
}

plant_user_unit() { # ROOT
	mkdir -p "$1/$home"
	touches evil-user >"$1/$home/evil-user.service"
	wants "$1/$home" default.target evil-user.service
	chown -R 1000:1000 "$1/home/admin"
}

evil="evil-unit evil-timed evil-drop-in evil-override evil-tampered evil-control evil-controlled evil-user idle other"
listed="$units/evil-unit.service $units/multi-user.target.wants/evil-unit.service $units/evil-timed.timer
	$units/extended.service.d/evil.conf $units/multi-user.target.wants/idle.service $units/evil-alias.service
	$units/overridden.service $units/masked.service $vendor/tampered.service
	etc/systemd/system.control/evil-control.service etc/systemd/system.control/controlled.service.d/evil.conf"

# The link that enables unitward is the policy's exception; without it nothing but the generator is left.
without_daemon() { # ROOT
	rm "$1/$units/sysinit.target.wants/unitward.service"
}

marked() { # NAME
	[ -e "$root/srv/marker/$1" ]
}

unmarked() { ! marked "$1"; }

check_markers() { # WHEN
	local name
	for name in $good; do
		[ "$mode" != enforce ] && [ "$name" != good ] || expect "$1: $name runs" await 5 marked "$name"
	done
	for name in $evil; do
		if [ "$mode" = enforce ]; then
			expect "$1: $name does not run" unmarked "$name"
		else
			expect "$1: $name runs" await 5 marked "$name"
		fi
	done
}

start_all() {
	local name
	systemctl daemon-reload
	for name in evil-unit.service evil-timed.timer extended.service overridden.service tampered.service \
		evil-control.service controlled.service evil-alias.service; do
		systemctl start "$name" 2>/dev/null
	done
	sleep 1
}

said() { # the boot gate's report, wherever the container's log is
	cat "$build/log/$scenario-$release-$mode.log" <(in_container journalctl --quiet --no-pager) 2>/dev/null
}

lists() { # PATH
	said | grep -F unitward-generator | grep -qF -- "/$1 "
}

for mode in $(modes absent audit enforce); do
	boot "$mode" || continue
	expect "the baseline: good runs" await 5 marked good
	[ "$mode" = absent ] || expect "there is a snapshot" await 5 test -s "$root/etc/unitward/boot.snapshot"
	halt
	rm -f "$root"/srv/marker/*
	plant_units "$root"
	plant_user_unit "$root"
	[ "$mode" = absent ] || without_daemon "$root"
	unguarded=1 start || continue
	check_markers "at boot"
	in_container start_all
	if [ "$mode" = enforce ]; then
		for name in $evil; do expect "after a reload: $name does not run" unmarked "$name"; done
		refuse "systemd says masked" masked in_container systemctl start evil-unit.service
	fi
	[ "$mode" = absent ] || for path in $listed; do expect "reported: $path" lists "$path"; done
	halt
done
