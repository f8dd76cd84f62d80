#!/bin/bash
# The first start after a boot: what lies where a reboot empties is taken as it is, what outlives the boot is not.
# modes: audit enforce
# filesystems: ext4
. "${0%/*}/lib.sh"

CONTROL=$SCRATCH/etc/systemd/system.control

plant() {
	unit planted >"$CONTROL/planted.service"
	mkdir "$CONTROL/authorised.service.d"
	printf '[Service]\nExecStartPre=/bin/true\n' >"$CONTROL/authorised.service.d/planted.conf"
	unit session >"$RUN/transient/session.service"
}

is_there() { [ -e "$1" ]; }
is_gone() { [ ! -e "$1" ]; }
# As what was changed while nobody watched.
reported() { [ "$(jq -r 'select(.unitward.kind == "gap").file.path' "$LOG" | grep -cFx -- "$1")" = 1 ]; }

mkdir "$CONTROL" "$RUN/transient"
start_daemon
stop_daemon
plant
echo 'another boot' >"$STATE/boot-id"
start_daemon

for path in "$CONTROL/planted.service" "$CONTROL/authorised.service.d"; do
	check "${path##*/} in system.control: is recorded" 'it is not' within 3 reported "$path"
	if enforcing; then
		check "${path##*/} in system.control: is undone" 'it is still there' within 3 is_gone "$path"
	else
		check "${path##*/} in system.control: stays in audit mode" 'it is gone' is_there "$path"
	fi
done
check 'a transient unit of this boot stays' 'it is gone' is_there "$RUN/transient/session.service"
check_loads 'a transient unit of this boot' "$RUN/transient/session.service"
check_does_not_load 'a planted unit in system.control' "$CONTROL/planted.service"

stop_daemon
finish
