#!/bin/bash
# What the gate costs: a program that is not gated, and one that is and may be run; each with the daemon and without. Pairs of
# runs, and the shortest of each: other load only makes them longer. ROUNDS=2000 by hand, on a machine that does nothing else.
# filesystems: ext4
# modes: enforce
. "${0%/*}/lib.sh"
. "${0%/*}/gated.sh"

: "${ROUNDS:=100}"
install -m 0755 "$GATED" "$SCRATCH/usr/bin/ungated"
least() { runner time "$ROUNDS" "$@"; } # the shortest, in microseconds
lesser() { [ -n "$1" ] && [ "$1" -lt "$2" ] && echo "$1" || echo "$2"; }

for pair in 1 2 3; do
	start_daemon
	with_ungated=$(lesser "${with_ungated-}" "$(least "$SCRATCH/usr/bin/ungated" status)")
	with_gated=$(lesser "${with_gated-}" "$(least "$GATED" status)")
	stop_daemon
	without_ungated=$(lesser "${without_ungated-}" "$(least "$SCRATCH/usr/bin/ungated" status)")
	without_gated=$(lesser "${without_gated-}" "$(least "$GATED" status)")
done

ratio() { echo "$(($1 * 100 / $2 / 100)).$(printf %02d $(($1 * 100 / $2 % 100)))"; }
check "not gated: $with_ungated us, $without_ungated us without the daemon, ratio $(ratio $with_ungated $without_ungated)" \
	'it is more' test $((with_ungated * 100)) -lt $((without_ungated * 125))
check "gated: $with_gated us, $without_gated us without the daemon: $((with_gated - without_gated)) us more" \
	'it is more' test $((with_gated - without_gated)) -lt 20000

finish
