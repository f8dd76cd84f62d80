# Sourced by what measures: many units, what a process has used, a second daemon to compare with.
# shellcheck shell=bash disable=SC2154,SC2034

# units_in DIRECTORY COUNT [BYTES]: each of them says something else, and has at least so many bytes.
units_in() {
	mkdir -p "$1"
	awk -v directory="$1" -v count="$2" -v bytes="${3:-0}" 'BEGIN {
		while (length(more) < bytes) more = more "# one line of the documentation that most units have\n"
		for (i = 0; i < count; i++) {
			unit = directory "/unit-" i ".service"
			printf "[Unit]\nDescription=%d\n%s\n[Service]\nExecStart=/bin/true\n", i, more >unit
			close(unit)
		}
	}'
}

# Of a process, in all its threads: by the clock's ticks, and by the scheduler's own count of those that still are there.
cpu_ms() { sed 's/.*) //' "/proc/$1/stat" | awk -v hertz="$(getconf CLK_TCK)" '{ print ($12 + $13) * 1000 / hertz }'; }
cpu_usec() { cat "/proc/$1/task"/*/schedstat | awk '{ sum += $1 } END { printf "%d\n", sum / 1000 }'; }
own_kib() { awk '/^Private_Dirty:/ { print $2 }' "/proc/$1/smaps_rollup"; }
is_at_rest() { local before; before=$(cpu_ms "$1"); sleep 0.5; [ "$(cpu_ms "$1")" = "$before" ]; }

median() { sort -n "$1" | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }

# exec_loop N: microseconds of so many programs that a shell runs.
exec_loop() {
	bash -c 'from=${EPOCHREALTIME/./}
		for ((i = 0; i < $1; i++)); do /bin/true; done
		echo $((${EPOCHREALTIME/./} - from))' bash "$1"
}

# start_another NAME TREE: a further daemon, for units in a tree of their own; its supervisor is ${another[NAME]}. Its policy is
# $WORK/NAME.conf, if that is there.
declare -A another=()
start_another() {
	[ -e "$WORK/$1.conf" ] || SCRATCH=$2 POLICY=$WORK/$1.conf write_policy
	setsid "$BUILD/unitwardd" --policy "$WORK/$1.conf" --state "$WORK/$1-state" --runtime "$WORK/$1-runtime" \
		--no-log --foreground >"$WORK/$1.err" 2>&1 &
	another[$1]=$!
	within "${patience:-20}" grep -q '^unitward: ready' "$WORK/$1.err" || bail_out "the daemon $1: $(tail -n 1 "$WORK/$1.err")"
}

stop_another() {
	kill -TERM "${another[$1]}"
	wait "${another[$1]}"
	unset "another[$1]"
}

# All on one processor: what a wake-up on another one costs says nothing about a decision.
first_processor() { taskset --pid --cpu-list $$ | sed 's/.*: //; s/[-,].*//'; }
processors_of() { taskset --pid --cpu-list "$1" | sed 's/.*: //'; }
pin() { # PROCESSORS PID...
	local pid
	for pid in "${@:2}"; do taskset --all-tasks --pid --cpu-list "$1" "$pid" >/dev/null; done
}
