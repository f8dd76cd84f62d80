#!/bin/bash
# Eight openers at once: how many opens are answered in a second, beside a responder that only answers.
# limit: 90
. "${0%/*}/lib.sh"
: "${ROUNDS:=2500}" "${OPENERS:=8}"

units_in "$VENDOR" 100
units_in "$FLOOR" 100
start_floor opens "$FLOOR"
start_daemon
settled

one() {
	measured opens many "$OPENERS" "$ROUNDS" "$VENDOR" "$FLOOR" || return
	both openers "$per_second" '/s'
}
other_way_round() {
	measured opens many "$OPENERS" "$ROUNDS" "$FLOOR" "$VENDOR" || return
	pair openers "${per_second#*/}" "${per_second%/*}" '/s'
}
in_turn() { if (($1 % 2)); then one; else other_way_round; fi; }
RUNS=$((RUNS > 2 ? RUNS * 2 : RUNS)) each_run in_turn
stop_floor
stop_daemon
