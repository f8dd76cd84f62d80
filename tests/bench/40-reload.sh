#!/bin/bash
# systemctl daemon-reload of a real systemd that has 300 and 3,000 units more, in turn with and without the daemon.
# limit: 175
: "${ROUNDS:=3}" "${PAIRS:=${RUNS:-5}}" "${SIZES:=300 3000}"
. "${0%/*}/../system/reload-cost.sh"
. "${0%/*}/containers.sh"

for UNITS in $SIZES; do
	progress "$UNITS units"
	boot enforce || continue
	reload_pairs
	pairs_of "reload.$UNITS" "$ROUNDS"
	halt
	rm -rf --one-file-system "$root" # the next one is another
done
