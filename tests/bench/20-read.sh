#!/bin/bash
# A protected unit is read: beside a responder that only answers, in the same run, open by open.
# limit: 120
. "${0%/*}/lib.sh"
: "${ROUNDS:=4000}"

units_in "$VENDOR" 100
units_in "$FLOOR" 100
start_floor opens "$FLOOR"
start_daemon
settled
guard=$(guard)

one() { # free|one RUN
	local before=$(cpu_usec "$guard") floor_before=$(cpu_usec "$floor")
	measured opens pair read "$ROUNDS" "$VENDOR" "$FLOOR" || return
	both "read.$1.p50" "$p50" us
	both "read.$1.p99" "$p99" us
	value "read.$1.cpu" "$(each_event $(($(cpu_usec "$guard") - before)) "$ROUNDS")" us
	value "read.$1.floor-cpu" "$(each_event $(($(cpu_usec "$floor") - floor_before)) "$ROUNDS")" us
}
both_placements each_run one
stop_floor
stop_daemon
