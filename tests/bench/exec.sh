# Sourced by the sections about execution: what it costs everybody that somebody watches what managers start.
# shellcheck shell=bash disable=SC2154
: "${ROUNDS:=1000}"

take() { # with|without
	if [ "$1" = with ]; then
		start_daemon && settled
		with=$(exec_loop "$ROUNDS")
		[ "$(unitward status --json | jq -r .starts.watcher)" = "$watcher" ] || bail_out "it is not watched by $watcher"
		stop_daemon
	else
		without=$(exec_loop "$ROUNDS")
	fi
}
one() {
	if (($1 % 2)); then take with && take without; else take without && take with; fi
	pair "exec.$watcher" "$((with / ROUNDS))" "$((without / ROUNDS))" us
}
RUNS=$((RUNS > 2 ? RUNS * 2 + 1 : RUNS)) each_run one # it is about hundredths
