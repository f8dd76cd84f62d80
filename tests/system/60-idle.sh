#!/bin/bash
# With a thousand units more to guard, an idle daemon costs no time and little memory.
# alone: it measures
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

prepare() {
	local number
	for number in $(seq 1000); do
		printf '[Service]\nExecStart=/bin/true %d\n' "$number" \
			>"$1/usr/lib/systemd/system/extra-$number.service"
	done
}

# Clock ticks of user and system time, of all its processes.
ticks() {
	local pid
	for pid in $(daemon_pids); do sed 's/.*) //' "/proc/$pid/stat"; done |
		awk '{ sum += $12 + $13 } END { if (!NR) exit 1; print sum }'
}

# In KiB, of all its processes; what they share, of libc and of each other, counts once.
resident() {
	local pid
	for pid in $(daemon_pids); do cat "/proc/$pid/smaps_rollup"; done |
		awk '/^Pss:/ { sum += $2 } END { if (!NR) exit 1; print sum }'
}

# One tick is allowed for a watchdog's ping.
idle() {
	local before after
	before=$(ticks) || return
	sleep 5
	after=$(ticks) || return
	echo "$((after - before)) ticks in 5 s"
	[ $((after - before)) -le 1 ]
}

small() {
	local size
	size=$(resident) || return
	echo "$size KiB resident in $(daemon_pids | wc -l) processes"
	[ "$size" -lt $((12 * 1024)) ]
}

for mode in $(modes absent enforce); do
	boot "$mode" || continue
	expect "units are known" in_container systemctl cat extra-1000.service
	if [ "$mode" = enforce ]; then
		sleep 3
		expect "idle" idle
		if [ -n "${INSTRUMENTED:-}" ]; then skip "small" "the programs are instrumented"; else expect "small" small; fi
	fi
	halt
done
