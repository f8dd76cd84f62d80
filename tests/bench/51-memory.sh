#!/bin/bash
# What the daemon keeps in memory, all its processes together, with a hundred, ten thousand and a hundred thousand units.
# limit: 175
. "${0%/*}/lib.sh"
: "${MANY:=100 10000 100000}"

# What they share, of libc and of each other, counts once: Pss. In KiB.
resident() {
	local pid
	for pid in $(pgrep -g "$1"); do cat "/proc/$pid/smaps_rollup"; done | awk -v field="$2:" '$1 == field { sum += $2 } END { print sum }'
}
mib() { awk -v kib="$1" 'BEGIN { printf "%.1f\n", kib / 1024 }'; }

for n in $MANY; do
	progress "$n units"
	units_in "$SCRATCH/with-$n${VENDOR#"$SCRATCH"}" "$n"
	patience=100 start_another "with-$n" "$SCRATCH/with-$n"
	within 100 is_at_rest "$(guard_of "${another[with-$n]}")"
	value "memory.$n.first" "$(mib "$(resident "${another[with-$n]}" Pss)")" MiB
	stop_another "with-$n"
	patience=60 start_another "with-$n" "$SCRATCH/with-$n"
	within 100 is_at_rest "$(guard_of "${another[with-$n]}")"
	for ((run = 0; run < RUNS; run++)); do
		value "memory.$n" "$(mib "$(resident "${another[with-$n]}" Pss)")" MiB
		value "memory.$n.rss" "$(mib "$(resident "${another[with-$n]}" Rss)")" MiB
	done
	stop_another "with-$n"
done
