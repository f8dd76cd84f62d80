#!/bin/bash
# A protected unit is opened for writing, by somebody who may and by somebody who may not: all that is known of him is gathered,
# and who may not is recorded. Beside a responder that only answers, in the same run, open by open.
# limit: 150
. "${0%/*}/lib.sh"
: "${ROUNDS:=2000}"

units_in "$VENDOR" 100
units_in "$FLOOR" 100
start_floor opens "$FLOOR"
start_daemon
settled
guard=$(guard)

# allowed and denied: the first by what the package manager runs. What follows the answer counts too, until it is done.
one() { # PLACEMENT KIND RUN
	local before=$(cpu_usec "$guard") verdict_before=$(verdict_usec "$guard") by=()
	[ "$2" = denied ] || by=(fake_dpkg run)
	measured "${by[@]}" opens pair "$2" "$ROUNDS" "$VENDOR" "$FLOOR" || return
	within 20 has_written
	both "write.$2.$1.p50" "$p50" us
	both "write.$2.$1.p99" "$p99" us
	value "write.$2.$1.verdict-cpu" "$(each_event $(($(verdict_usec "$guard") - verdict_before)) "$ROUNDS")" us
	value "write.$2.$1.cpu" "$(each_event $(($(cpu_usec "$guard") - before)) "$ROUNDS")" us
}
kinds() { # PLACEMENT RUN
	one "$1" allowed "$2" && one "$1" denied "$2"
}
both_placements each_run kinds
stop_floor
stop_daemon
