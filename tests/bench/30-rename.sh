#!/bin/bash
# A unit is moved in: until it is gone from the directory and in quarantine, beside a loop that is told of it and moves it on.
# limit: 120
. "${0%/*}/lib.sh"
: "${ROUNDS:=300}"

mkdir -p "$OUTSIDE/from" "$FLOOR" "$OUTSIDE/aside"
start_floor arrivals "$FLOOR" "$OUTSIDE/aside"
start_daemon
settled

one() { # PLACEMENT RUN
	measured arrivals "$ROUNDS" "$OUTSIDE/from" "$UNITS" "$FLOOR" || return
	both "rename.$1.p50" "$p50" us
	both "rename.$1.p99" "$p99" us
	value "rename.$1.longest-1-in-100" "${p99%/*}" us
	rm -f "$OUTSIDE/aside"/*
}
both_placements each_run one
within 20 has_written
about rename "of $((2 * RUNS * ROUNDS)) that were moved in, in quarantine are $(find "$STATE/quarantine" -name content | wc -l)"
stop_floor
stop_daemon
