#!/bin/bash
# An open of a file that nobody protects, while the daemon enforces, beside protected ones on the same file system.
# limit: 120
inside=initial
. "${0%/*}/lib.sh"
: "${ROUNDS:=200000}"

evil free.txt # no unit, and nowhere where units are
open_it() { measured opens file "$ROUNDS" "$planted" && echo "$nsec"; }
take() { # with|without
	if [ "$1" = with ]; then
		start_daemon && settled
		with=$(open_it)
		stop_daemon
	else
		without=$(open_it)
	fi
}
one() {
	if (($1 % 2)); then take with && take without; else take without && take with; fi
	pair open "$with" "$without" ns
}
RUNS=$((RUNS > 2 ? RUNS * 2 + 1 : RUNS)) each_run one # it is about hundredths
