#!/bin/bash
# A ledger of two thousand entries is imported while managers load units and dpkg installs them: nothing that is
# authorised is denied meanwhile, and who imports gets his answer.
# filesystems: ext4
# modes: enforce
. "${0%/*}/lib.sh"

readonly MANY=2000

for ((i = 0; i < MANY; i++)); do
	printf '[Unit]\nDescription=%d\n\n[Service]\nExecStart=/bin/true\n' "$i" >"$VENDOR/unit-$i.service"
done
# On a crowded machine a manager's deadline may pass: that is not what is tried here.
write_policy 'manager_deadline_ms = 1000;' 'other_deadline_ms = 10000;'
start_daemon
text=$WORK/ledger.text
timeout 30 "$BUILD/unitward" --socket "$RUNTIME/control" ledger export "$text" >/dev/null

# What dpkg has just put there is the hardest: the manager's load waits until it is settled.
load_meanwhile() {
	local n=0
	while [ ! -e "$WORK/imported" ]; do
		fake_manager load "$VENDOR/unit-$((RANDOM * 32768 % MANY)).service" >/dev/null || echo 'denied: what was there'
		unit new | fake_dpkg unpack "$UNITS/new-$((n % 50)).service" || echo 'dpkg was refused'
		fake_manager load "$UNITS/new-$((n % 50)).service" >/dev/null || echo 'denied: what dpkg put there'
		n=$((n + 1))
	done
	echo "$n" >"$WORK/loaded"
}

# import NAME FILE
import() {
	local loader
	rm -f "$WORK/imported"
	load_meanwhile >"$WORK/denied" 2>&1 &
	loader=$!
	said=$(timeout 60 "$PROGRAMS/operator" run timeout 60 "$BUILD/unitward" --socket "$RUNTIME/control" ledger import --merge --yes "$2" 2>&1)
	status=$?
	touch "$WORK/imported"
	wait $loader
	check "$1: is imported" "exit status $status: $said" test $status = 0
	check "$1: loads meanwhile ($(<"$WORK/loaded"))" "$(sort "$WORK/denied" | uniq -c | tr '\n' ' ')" test ! -s "$WORK/denied"
}

signed() { sha256sum <"$1" | sed 's/ .*//; s/^/sha256 /' >>"$1"; }

import 'what is there already' "$text"
check_said 'what is there already: nothing changes' ' 0 new, 0 changed'
grep -v '^sha256 ' "$text" | sed "/unit-[0-9]*[.]service/s/^file\t0644/file\t0640/" >"$WORK/stricter"
signed "$WORK/stricter"
import 'other modes for all' "$WORK/stricter"
check_said 'other modes for all: they change' " $MANY changed"
check 'other modes for all: on the disk' "$(stat -c %a "$VENDOR/unit-17.service")" \
	test "$(stat -c %a "$VENDOR/unit-17.service")" = 640

finish
