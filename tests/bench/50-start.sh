#!/bin/bash
# A start with ten thousand units that the ledger knows, until all is marked and settled: beside SHA-256 of the same bytes.
# limit: 150
. "${0%/*}/lib.sh"
: "${MANY:=10000}" "${BYTES:=700}"

units_in "$VENDOR" "$MANY" "$BYTES"
progress 'the first start'
patience=100 start_daemon
settled
stop_daemon

mkfifo "$WORK/said"
# until_ready: microseconds until it says so, and what the guard has used until then.
until_ready() {
	local line from=${EPOCHREALTIME/./}
	setsid "${DAEMON[@]}" 2>"$WORK/said" &
	daemon=$!
	exec {said}<"$WORK/said"
	while read -r line <&"$said" && [[ $line != 'unitward: ready'* ]]; do :; done
	took=$((${EPOCHREALTIME/./} - from))
	used=$(cpu_usec "$(guard)")
	cat <&"$said" >/dev/null &
	exec {said}<&-
}
one() {
	measured digests hash "$VENDOR" || return
	local hashed=$usec
	until_ready
	pair start "$((took / 1000))" "$((hashed / 1000))" ms
	value start.cpu "$((used / 1000))" ms
	settled
	stop_daemon
	measured digests look "$VENDOR"
	value start.look "$((usec / 1000))" ms
}
each_run one
