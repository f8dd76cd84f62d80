#!/bin/bash
# What unitward adds to a daemon-reload: ROUNDS=20 PAIRS=10 UNITS=3000 by hand, on a machine that does nothing else.
# alone: it measures
# shellcheck source-path=SCRIPTDIR source=reload-cost.sh
. "$(dirname "$0")/reload-cost.sh"
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

: "${ROUNDS:=5}" "${PAIRS:=3}" "${UNITS:=300}"

for mode in $(modes enforce); do
	boot "$mode" || continue
	reload_pairs
	with=$(quantile "$figures/with" 0.5) without=$(quantile "$figures/without" 0.5)
	expect "a reload with $UNITS units more: $with us at the median, $without us without the daemon, ratio $(
		ratio "$with" "$without")" test "$with" -lt $((3 * without))
	expect "nothing denied" nothing_denied
	halt
done
