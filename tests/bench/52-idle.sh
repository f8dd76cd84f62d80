#!/bin/bash
# How often an idle daemon wakes up: all threads of all its processes. A service has a watchdog, of thirty seconds.
# limit: 170
inside=initial
. "${0%/*}/lib.sh"
: "${TIME:=20}"

start_daemon
settled
sleep 3

# Each thread's name, and how often it has gone to sleep.
sleeps() {
	local task
	for task in $(pgrep -g "$daemon" | sed 's|.*|/proc/&/task|' | xargs -I {} find {} -mindepth 1 -maxdepth 1); do
		awk -v name="${task#/proc/}" '$1 == "Name:" { name = $2 "." name } $1 == "voluntary_ctxt_switches:" { print name, $2 }' "$task/status"
	done | sort
}
one() {
	sleeps >"$WORK/before"
	local cpu=$(cpu_usec "$(guard)")
	sleep "$TIME"
	sleeps >"$WORK/after"
	join "$WORK/before" "$WORK/after" | awk '$3 > $2 { printf "about idle %s woke up %d times\n", $1, $3 - $2 }'
	value idle "$(join "$WORK/before" "$WORK/after" | awk -v seconds="$TIME" '{ n += $3 - $2 } END { printf "%.2f\n", n * 60 / seconds }')" '/min'
	value idle.cpu "$(awk -v usec=$(($(cpu_usec "$(guard)") - cpu)) -v seconds="$TIME" 'BEGIN { printf "%.1f\n", usec / seconds }')" 'us/s'
}
each_run one
stop_daemon
