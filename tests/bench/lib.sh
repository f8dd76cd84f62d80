# Sourced by the sections: an integration test's scratch file system, policy and daemon, and lines of what was measured.
# shellcheck shell=bash disable=SC2154
#
#   pair FIGURE SUBJECT REFERENCE UNIT    one run: what is measured, and what it is compared with
#   value FIGURE VALUE UNIT               one run of what is compared with nothing
#   about FIGURE WORD...                  what has to be known with it
#   skip FIGURE - WHY
#
# `report` makes tables of these; the figures are those of `goals`. A section is sourced with inside=initial when it needs the
# initial PID namespace; otherwise nothing of it outlives it.

if [ "${inside-}" = initial ]; then
	. "${BASH_SOURCE%/*}/../integration/initial.sh"
else
	. "${BASH_SOURCE%/*}/../integration/lib.sh"
fi
. "${BASH_SOURCE%/*}/../integration/measure.sh"

: "${RUNS:=5}"
readonly FLOOR=$OUTSIDE/floor # not protected: others answer there

install -m 0755 "$BUILD"/tests/bench/{floor,opens,arrivals,listing,digests} "$PROGRAMS" || bail_out 'run make benches first'

pair() { echo "pair $*"; }
value() { echo "value $*"; }
about() { echo "about $*"; }
progress() { echo "    $*" >&2; }

# each_run COMMAND...: so many times, with their number as the last word.
each_run() {
	local run
	for ((run = 1; run <= RUNS; run++)); do
		progress "run $run of $RUNS: ${*: -1}"
		"$@" "$run" || bail_out "$*: $(tail -n 1 "$WORK/errors" 2>/dev/null)"
	done
}

# both FIGURE "a/b" UNIT: as the programs print them.
both() { pair "$1" "${2%/*}" "${2#*/}" "$3"; }

# measured COMMAND...: sets the variables that it prints.
measured() {
	local said
	said=$("$@" 2>"$WORK/errors") || return
	# shellcheck disable=SC2163,SC2086
	declare -g $said
}

# Whoever answers without thinking, for DIRECTORY...; its process is $floor.
floor=''
start_floor() { # opens|arrivals DIRECTORY...
	floor "$@" >"$WORK/floor" 2>"$WORK/errors" &
	floor=$!
	within 5 grep -q ready "$WORK/floor" || bail_out "floor: $(<"$WORK/errors")"
}
stop_floor() {
	kill "$floor" && wait "$floor"
	floor=''
} 2>/dev/null

# settled: what a start leaves to do is done.
settled() { within 60 is_at_rest "$(guard)"; }

# both_placements COMMAND...: with "free", as the scheduler places everybody, and with "one", all on one processor.
both_placements() {
	local all one
	all=$(processors_of $$) one=$(first_processor)
	"$@" free
	# shellcheck disable=SC2046
	pin "$one" $(guard) ${floor:+"$floor"} ${others-} $$
	"$@" one
	# shellcheck disable=SC2046
	pin "$all" $(guard) ${floor:+"$floor"} ${others-} $$
}

# verdict_usec GUARD: what the thread that decides has used.
verdict_usec() {
	local task
	for task in "/proc/$1/task"/*; do
		[ "$(<"$task/comm")" != verdicts ] || awk '{ printf "%d\n", $1 / 1000 }' "$task/schedstat"
	done
}
each_event() { awk -v usec="$1" -v n="$2" 'BEGIN { printf "%.2f\n", usec / n }'; }
