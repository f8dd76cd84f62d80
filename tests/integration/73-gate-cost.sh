#!/bin/bash
# What the gate costs: a program that is not gated, and one that is and may be run; each with the daemon and without. Pairs of
# runs, and the shortest of each: other load only makes them longer. ROUNDS=2000 by hand, on a machine that does nothing else.
# filesystems: ext4
# modes: enforce
. "${0%/*}/lib.sh"
. "${0%/*}/gated.sh"
measures

: "${ROUNDS:=100}"
install -m 0755 "$GATED" "$SCRATCH/usr/bin/ungated"
# The real one, in the same place, where there is one: it does no more than say its version.
real=$(type -P systemctl)
[ -z "$real" ] || install -m 0755 "$(realpath "$real")" "$SCRATCH/usr/bin/systemctl"
sed -i -e 's|^commands: { systemctl|commands: { real: { preset = "systemctl"; exe = [ "'"$SCRATCH"'/usr/bin/systemctl" ]; }; systemctl|' \
	-e 's|^rules = ($|rules = ( { id = "real"; command = "real"; verb = "@read"; then = "allow"; },|' "$RULES"
least() { runner time "$ROUNDS" "$@" | tail -n 1; } # the shortest, in microseconds
lesser() { [ -n "$1" ] && [ "$1" -lt "$2" ] && echo "$1" || echo "$2"; }

for pair in 1 2 3; do
	start_daemon
	with_ungated=$(lesser "${with_ungated-}" "$(least "$SCRATCH/usr/bin/ungated" status)")
	with_gated=$(lesser "${with_gated-}" "$(least "$GATED" status)")
	[ -z "$real" ] || with_real=$(lesser "${with_real-}" "$(least "$SCRATCH/usr/bin/systemctl" --version)")
	stop_daemon
	[ -z "$real" ] || without_real=$(lesser "${without_real-}" "$(least "$SCRATCH/usr/bin/systemctl" --version)")
	without_ungated=$(lesser "${without_ungated-}" "$(least "$SCRATCH/usr/bin/ungated" status)")
	without_gated=$(lesser "${without_gated-}" "$(least "$GATED" status)")
done

ratio() { echo "$(($1 * 100 / $2 / 100)).$(printf %02d $(($1 * 100 / $2 % 100)))"; }
check "not gated: $with_ungated us, $without_ungated us without the daemon, ratio $(ratio $with_ungated $without_ungated)" \
	'it is more' test $((with_ungated * 100)) -lt $((without_ungated * 125))
check "gated: $with_gated us, $without_gated us without the daemon: $((with_gated - without_gated)) us more" \
	'it is more' test $((with_gated - without_gated)) -lt 20000
[ -z "$real" ] || check "systemctl --version: $with_real us, $without_real us without the daemon, ratio $(ratio $with_real $without_real)" \
	'it is more' test $((with_real - without_real)) -lt 20000

finish
