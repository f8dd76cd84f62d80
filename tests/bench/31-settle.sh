#!/bin/bash
# A manager lists a directory of a thousand units in which nothing has changed; and all of it is looked at again, because
# something was mounted there. Beside the least that anybody does who compares: readdir(3), and statx(2) of each name.
# limit: 120
. "${0%/*}/lib.sh"
: "${ROUNDS:=200}" "${MANY:=1000}"

units_in "$VENDOR" "$MANY"
units_in "$FLOOR" "$MANY"
sed -i "s|^\\( *manager: .*exe = \\[ \\)|\\1\"$PROGRAMS/listing\", |" "$POLICY"
start_daemon
settled

lists() { # RUN
	measured listing "$ROUNDS" "$VENDOR" "$FLOOR" || return
	both settle.list.p50 "$p50" us
	both settle.list.p99 "$p99" us
}

# One name was touched: it is that name which is settled while the manager waits.
touched() { # RUN
	local i
	for ((i = 0; i < 10; i++)); do
		touch -a "$VENDOR/unit-$i.service"
		measured listing 1 "$VENDOR" "$FLOOR" || return
		both settle.touched "$p50" us
	done
}

look_usec() { measured digests look "$FLOOR" && echo "$usec"; }
was_at_work() { [ "$(cpu_usec "$guard")" -gt $((before + 500)) ]; }
whole() { # RUN
	local before
	guard=$(guard)
	before=$(cpu_usec "$guard")
	mount --bind "$VENDOR" "$VENDOR" && within 5 was_at_work && within 20 is_at_rest "$guard"
	pair settle.whole "$(($(cpu_usec "$guard") - before))" "$(look_usec)" us
	umount "$VENDOR"
	within 20 is_at_rest "$guard"
}
each_run lists
each_run touched
each_run whole
stop_daemon
