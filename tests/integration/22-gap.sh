#!/bin/bash
# What happened while nobody watched is found at the next start; what was there at the first is authorised.
# everywhere: devices in /proc/PID/map_files are not stat's on btrfs
# modes: audit enforce
. "${0%/*}/lib.sh"

start_daemon
for file in "$UNITS/authorised.service" "$VENDOR/vendor.service" "$SCRATCH/etc/systemd/user/authorised.service.d/hardening.conf"; do
	check_loads "baseline: ${file#"$SCRATCH/"} loads" "$file"
done
permitted 'before the gap' create "$UNITS/good.timer" attack create "$UNITS/good.timer"

# gap NAME END-THE-DAEMON
gap() {
	local name=$1 before
	evil evil.service
	before=$(state_of "$UNITS")
	"$2"
	mv "$planted" "$UNITS/evil.service"
	mkdir "$UNITS/vendor.service.d" && echo '# planted' >"$UNITS/vendor.service.d/evil.conf"
	echo '# planted' >>"$UNITS/authorised.timer"
	rm "$UNITS/removed.service"
	chmod 0777 "$UNITS/authorised.service"
	start_daemon
	if enforcing; then
		within 2 state_is "$UNITS" "$before"
		check_state "$name: undone, seen after $elapsed ms" "$UNITS" "$before"
		evidence "$name: unit" "$UNITS/evil.service" '# planted'
		evidence "$name: tampered unit" "$UNITS/authorised.timer" '# planted'
	fi
	check_does_not_load "$name: planted unit does not load" "$UNITS/evil.service"
	check_does_not_load "$name: planted drop-in does not load" "$UNITS/vendor.service.d/evil.conf"
	path=$UNITS/evil.service
	recorded "$name" "$IS_OF_PATH"
	recorded "$name: as such" '[.. | strings] | any(test("^gap$"))'
	enforcing || rm -r "$UNITS/vendor.service.d"
}

die() {
	kill -KILL -- "-$daemon"
	within 2 daemon_is_gone
	daemon=
}

gap 'stopped' stop_daemon
enforcing && gap 'killed' die

finish
