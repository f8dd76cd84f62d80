# Sourced before lib.sh by what measures daemon-reload: PID 1 runs all generators, and reads all units again. In turn with and
# without the daemon, PAIRS times ROUNDS reloads each, with UNITS units more.
# shellcheck shell=bash disable=SC2154
# shellcheck source-path=SCRIPTDIR source=people.sh
. "$(dirname "${BASH_SOURCE[0]}")/people.sh"

# PID 1 reads what is wanted: all of them.
prepare() {
	local n units=$1/usr/lib/systemd/system
	people_prepare "$1"
	mkdir -p "$units/many.target.wants"
	echo '[Unit]' >"$units/many.target"
	for ((n = 0; n < UNITS; n++)); do
		printf '[Unit]\nDescription=One of many\n[Service]\nExecStart=/bin/true\n' >"$units/many-$n.service"
		ln -s "../many-$n.service" "$units/many.target.wants/"
	done
	ln -s ../many.target "$units/multi-user.target.wants/"
	cat >"$1/srv/time" <<-'END'
		#!/bin/bash
		# time ROUNDS: microseconds of each reload
		for ((i = 0; i < $1; i++)); do
			from=${EPOCHREALTIME/./}
			systemctl daemon-reload || exit
			echo $((${EPOCHREALTIME/./} - from))
		done
	END
	chmod +x "$1/srv/time"
}

reloads() { session_of root "/srv/time $ROUNDS" >>"$figures/$1" && [ -s "$figures/$1" ]; }

# In a root that runs: microseconds of each in $figures/with and $figures/without.
reload_pairs() {
	figures=$work/figures
	rm -rf "$figures" && mkdir "$figures"
	expect "logins" people_log_in
	for ((pair = 0; pair < PAIRS; pair++)); do
		expect "reloads, pair $pair" reloads with
		expect "the daemon is stopped, pair $pair" session_of root "unitward stop"
		expect "reloads without, pair $pair" reloads without
		expect "the daemon runs again, pair $pair" session_of root "systemctl start unitward"
	done
}
