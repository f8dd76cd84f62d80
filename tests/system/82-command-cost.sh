#!/bin/bash
# What the command gate adds to systemctl, whole runs of an administrator's on a real systemd: in turn with a copy that is not
# gated, under the same daemon; and without a daemon, which is the other gates' cost too: PID 1 reads the unit for each run.
# ROUNDS=500 by hand, on a machine that does nothing else.
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
	cp "$1/usr/bin/systemctl" "$1/srv/systemctl"
	cat >"$1/srv/time" <<-'END'
		#!/bin/bash
		# time ROUNDS ARGUMENT...: "gated MICROSECONDS" and "copy MICROSECONDS", in turn.
		declare -A programs=([gated]=/usr/bin/systemctl [copy]=/srv/systemctl)
		for ((i = 0; i < $1; i++)); do
			((i % 2)) && order="gated copy" || order="copy gated"
			for which in $order; do
				from=${EPOCHREALTIME/./}
				"${programs[$which]}" "${@:2}" >/dev/null 2>&1
				echo "$which $((${EPOCHREALTIME/./} - from))"
			done
		done
	END
	chmod +x "$1/srv/time"
}

runs() { # ARGUMENTS PREFIX
	session_of root "/srv/time $ROUNDS $1" | awk -v to="$figures/$2" -v verb="${1%% *}" \
		'{ print $2 >>(to $1 "." verb) }'
}
refuse_enabling() { ! as service "systemctl enable work.service"; }

# compare VERB WHAT FILE WITHOUT FILE: ratio of the medians; twice the time would be another thing than a look at the arguments.
compare() {
	local with without
	with=$(quantile "$figures/$3.$1" 0.5) without=$(quantile "$figures/$5.$1" 0.5)
	expect "systemctl $1, $2: $with us at the median, $without us $4, ratio $(ratio "$with" "$without"); p90 $(
		quantile "$figures/$3.$1" 0.9) and $(quantile "$figures/$5.$1" 0.9) us" test "$with" -lt $((2 * without))
}

for mode in $(modes enforce); do
	boot "$mode" || continue
	figures=$work/figures
	mkdir "$figures"
	expect "logins" people_log_in
	for ((pair = 0; pair < PAIRS; pair++)); do
		expect "commands are gated, pair $pair" refuse_enabling
		for what in --version 'is-active work.service' 'restart work.service'; do runs "$what" ''; done
		expect "the daemon is stopped, pair $pair" session_of root "unitward stop"
		for what in --version 'is-active work.service' 'restart work.service'; do runs "$what" stopped-; done
		expect "the daemon runs again, pair $pair" session_of root "systemctl start unitward"
	done
	for what in --version is-active restart; do
		compare "$what" gated gated "without the gate" copy
		compare "$what" "not gated" copy "without the daemon" stopped-copy
		compare "$what" "all gates" gated "without the daemon" stopped-gated
	done
	halt
done
