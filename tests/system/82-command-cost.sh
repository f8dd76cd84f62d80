#!/bin/bash
# What the command gate adds to systemctl, whole runs of an administrator's on a real systemd: pairs of blocks, with the
# daemon and without. ROUNDS=500 by hand, on a machine that does nothing else.
# alone: it measures
# shellcheck source-path=SCRIPTDIR source=people.sh
. "$(dirname "$0")/people.sh"
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

: "${ROUNDS:=40}" "${PAIRS:=3}"

prepare() {
	people_prepare "$1"
	printf '[Unit]\nStartLimitIntervalSec=0\n[Service]\nType=oneshot\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n' \
		>"$1/usr/lib/systemd/system/work.service"
	cat >"$1/srv/time" <<-'END'
		#!/bin/bash
		# time ROUNDS COMMAND...: microseconds of each run.
		for ((i = 0; i < $1; i++)); do
			from=${EPOCHREALTIME/./}
			"${@:2}" >/dev/null 2>&1
			echo $((${EPOCHREALTIME/./} - from))
		done
	END
	chmod +x "$1/srv/time"
}

runs() { session_of root "/srv/time $ROUNDS systemctl $1" >>"$figures/$2.${1%% *}"; }
quantile() { sort -n "$1" | awk -v q="$2" '{ v[NR] = $1 } END { print v[int((NR - 1) * q) + 1] }'; } # FILE 0..1
refuse_enabling() { ! as service "systemctl enable work.service"; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

# compare VERB: ratio of the medians; twice the time would be another thing than a look at the arguments.
compare() {
	local with without
	with=$(quantile "$figures/with.$1" 0.5) without=$(quantile "$figures/without.$1" 0.5)
	expect "systemctl $1: $with us at the median, $without us without the gate, ratio $(ratio "$with" "$without"); p99 $(
		quantile "$figures/with.$1" 0.99) and $(quantile "$figures/without.$1" 0.99) us" test "$with" -lt $((2 * without))
}

for mode in $(modes enforce); do
	boot "$mode" || continue
	figures=$work/figures
	mkdir "$figures"
	expect "logins" people_log_in
	for ((pair = 0; pair < PAIRS; pair++)); do
		expect "commands are gated, pair $pair" refuse_enabling
		for what in 'is-active work.service' 'restart work.service'; do runs "$what" with; done
		expect "the daemon is stopped, pair $pair" session_of root "unitward stop"
		for what in 'is-active work.service' 'restart work.service'; do runs "$what" without; done
		expect "the daemon runs again, pair $pair" session_of root "systemctl start unitward"
	done
	for what in is-active restart; do compare "$what"; done
	halt
done
