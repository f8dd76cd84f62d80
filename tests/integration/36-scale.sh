#!/bin/bash
# Ten thousand units: what a start and a full settling cost, how much memory a unit takes, and that a decision takes
# no longer than with a hundred.
# filesystems: ext4
# modes: enforce
. "${0%/*}/lib.sh"
. "${0%/*}/measure.sh"
measures

readonly FEW=100 MANY=10000 CPU_MS=1000 BYTES=400 RATIO=1.2
readonly SMALL=$SCRATCH/small
readonly SMALL_VENDOR=$SMALL${VENDOR#"$SCRATCH"}

at_most() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a <= b) }'; }

# limited NAME WHY COMMAND...: an assertion about time or memory.
limited() {
	if has_sanitizers; then skip "$1" 'the build has sanitizers'; else check "$@"; fi
}

bytes_a_unit() { echo $((($1 - small_kib) * 1024 / (MANY - FEW))); }

units_in "$SMALL_VENDOR" $FEW
units_in "$VENDOR" $MANY
start_another small "$SMALL"
stop_another small
start_another small "$SMALL"
start_daemon
first_ms=$(cpu_ms "$(guard)")
within 60 is_at_rest "$(guard)"
small_kib=$(own_kib "$(guard_of "${another[small]}")") first_kib=$(own_kib "$(guard)")
# The heap has some holes then; what the baseline itself needed, kilobytes a unit, is to be given back.
limited "memory after a first start: $(bytes_a_unit "$first_kib") bytes a unit" \
	"$first_kib KiB, $small_kib KiB with $FEW units" test "$(bytes_a_unit "$first_kib")" -lt $((2 * BYTES))

stop_daemon
start_daemon
start_ms=$(cpu_ms "$(guard)")
limited "a start, all settled, with $MANY units: $start_ms ms of CPU; the first: $first_ms ms" \
	"more than $CPU_MS ms" test "$start_ms" -lt $CPU_MS
within 60 is_at_rest "$(guard)"
kib=$(own_kib "$(guard)")
limited "memory: $(bytes_a_unit "$kib") bytes a unit" "$kib KiB, $small_kib KiB with $FEW units" \
	test "$(bytes_a_unit "$kib")" -lt $BYTES

# A mount over the directory has all that is in it looked at again.
before_ms=$(cpu_ms "$(guard)")
mount --bind "$VENDOR" "$VENDOR"
within 10 eval '[ "$(cpu_ms "$(guard)")" != "$before_ms" ]'
within 60 is_at_rest "$(guard)"
settle_ms=$(($(cpu_ms "$(guard)") - before_ms))
check 'a mount has everything settled' 'nothing was done' test "$settle_ms" -gt 0
limited "a full settling: $settle_ms ms of CPU" "more than $CPU_MS ms" test "$settle_ms" -lt $CPU_MS
umount "$VENDOR"
within 60 is_at_rest "$(guard)"

# In one run and by turns: whatever else this machine does, it does to both. All on one processor: what a wake-up on
# another one costs says nothing about the decision. The best of three counts.
processor=$(first_processor)
pin "$processor" "$(guard_of "${another[small]}")" "$(guard)"
as_fast() { at_most "$read_b" "$(awk "BEGIN { print $read_a * $RATIO }")" && at_most "$write_b" "$(awk "BEGIN { print $write_a * $RATIO }")"; }
for try in 1 2 3; do
	said=$(taskset --cpu-list "$processor" latency 5000 "$SMALL_VENDOR" "$VENDOR" 2>&1)
	[[ $said = read_a=* ]] || bail_out "latency: $said"
	# shellcheck disable=SC2086
	declare $said # read_a= read_b= write_a= write_b=
	! as_fast || break
done
limited "open for reading: median $read_b us with $MANY units, $read_a us with $FEW; denied for writing: $write_b us, $write_a us" \
	"more than $RATIO times as long" as_fast

denied 'create' create "$VENDOR/evil.timer" attack create "$VENDOR/evil.timer"
permitted 'create' create "$VENDOR/good.timer" attack create "$VENDOR/good.timer"
stop_another small
check 'the small one is silent' "$(grep -m 1 -E "$SANITIZER" "$WORK/small.err")" eval '! grep -qE "$SANITIZER" "$WORK/small.err"'

finish
