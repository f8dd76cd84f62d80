#!/bin/bash
# How often an idle daemon wakes up: all threads of all its processes. For the watchdog supervisor, housekeeper and the thread
# that decides look every ten seconds whether the others do; that is counted apart.
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
	local woken watchdog=$((TIME / 10 * 3))
	woken=$(join "$WORK/before" "$WORK/after" | awk '{ n += $3 - $2 } END { print n + 0 }')
	((watchdog <= woken)) || watchdog=$woken
	value idle $(((woken - watchdog) * 60 / TIME)) '/min'
	value idle.watchdog $((watchdog * 60 / TIME)) '/min'
	value idle.cpu "$(awk -v usec=$(($(cpu_usec "$(guard)") - cpu)) -v seconds="$TIME" 'BEGIN { printf "%.1f\n", usec / seconds }')" 'us/s'
}
each_run one
stop_daemon
