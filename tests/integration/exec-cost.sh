# Sourced by 79-exec-cost*.sh: what it costs everybody that somebody watches what managers start. A shell's loop of /bin/true,
# watched and not watched by turns, each pair the other way round. RUNS=2000 PAIRS=17 LIMIT=1.05 by hand, on a machine that does nothing else.
# shellcheck shell=bash disable=SC2154

. "${0%/*}/measure.sh"
measures
: "${RUNS:=200}" "${PAIRS:=11}"

watcher_is() { [ "$(unitward status --json | jq -r .starts.watcher)" = "$1" ]; }

watch() { # true|false
	write_policy "detection: { enabled = $1; };"
	unitward reload >/dev/null || bail_out 'it does not reload'
	sleep 0.2 # until it is done; both have that
}
# The guard's, in hundredths of a second.
cpu() { awk '{ print $14 + $15 }' "/proc/$(guard)/stat"; }
take() { # with|without
	local before
	if [ "$1" = with ]; then watch true; else watch false; fi
	before=$(cpu)
	exec_loop "$RUNS" >>"$WORK/$1"
	echo $(($(cpu) - before)) >>"$WORK/cpu.$1"
}

start_daemon
check "it is watched by $watcher" "$(unitward status --json | jq -c .starts)" watcher_is "$watcher"
for ((pair = 0; pair < PAIRS; pair++)); do
	if ((pair % 2)); then order='with without'; else order='without with'; fi
	for each in $order; do take "$each"; done
	tail -qn 1 "$WORK/with" "$WORK/without" | paste -sd ' ' >>"$WORK/pairs"
done
awk '{ printf "%.4f\n", $1 / $2 }' "$WORK/pairs" >"$WORK/ratios"
cat "$WORK/pairs"
echo "the guard's CPU: $(median "$WORK/cpu.with")0 ms watching, $(median "$WORK/cpu.without")0 ms not"
# 1.05 is what it is to be; who measures beside others can say less.
check "$RUNS times /bin/true, watched by $watcher: $(median "$WORK/with") us, not watched $(median "$WORK/without") us, ratio $(
	median "$WORK/ratios") (median of $PAIRS pairs)" 'it is more' \
	awk -v ratio="$(median "$WORK/ratios")" -v limit="${LIMIT:-1.5}" 'BEGIN { exit !(ratio < limit) }'
finish
