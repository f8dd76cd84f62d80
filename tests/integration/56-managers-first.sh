#!/bin/bash
# One process asks with many threads at once: a manager who comes later is answered before all of them. What it would be
# otherwise shows who is no manager and reads the same file meanwhile. THREADS=1000 OPENS=1000 for the long run.
# filesystems: ext4 tmpfs
# anywhere: a queue of openers
# modes: enforce
. "${0%/*}/lib.sh"
measures

: "${THREADS:=200}" "${OPENS:=200}"
if has_sanitizers; then THREADS=50 OPENS=50; fi

for name in flood flood_manager; do
	install -m 0755 "$BUILD/tests/flood" "$PROGRAMS/$name" || bail_out 'run make check-integration: the helpers are not built'
done
sed -i -e "s|\"$PROGRAMS/fake_manager\"|&, \"$PROGRAMS/flood_manager\"|" "$POLICY"

less() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a <= b) }'; }
value() { sed -n "s/.*\<$1=\([^ ]*\).*/\1/p" "$2"; }

# flooded WHAT FILE: how both wait for another file while FILE is asked for.
flooded() {
	local flood manager stranger
	flood "$1" "$THREADS" "$2" >"$WORK/flood" &
	flood=$!
	sleep 0.5
	flood_manager time "$OPENS" "$VENDOR/vendor.service" >"$WORK/manager" &
	manager=$!
	flood time $((OPENS / 10)) "$VENDOR/vendor.service" >"$WORK/stranger" &
	stranger=$!
	wait $manager
	status=$?
	check "flood of $1: a manager reads what is authorised" "$(<"$WORK/manager")" test $status = 0
	wait $stranger
	kill -TERM $flood
	wait $flood
	echo "# flood of $1: $(<"$WORK/flood")"
	echo "# flood of $1: who is no manager: $(<"$WORK/stranger")"
	said=$(<"$WORK/manager")
	if has_sanitizers; then
		skip "flood of $1: a manager first" "the build has sanitizers: $said"
		return
	fi
	check "flood of $1: a manager first: $said" "its median is more than a quarter of: $(<"$WORK/stranger")" \
		less "$(value p50 "$WORK/manager")" "$(awk -v p="$(value p50 "$WORK/stranger")" 'BEGIN { print p / 4 }')"
	check "flood of $1: nearly always" "its p99 is more than the median of: $(<"$WORK/stranger")" \
		less "$(value p99 "$WORK/manager")" "$(value p50 "$WORK/stranger")"
}

start_daemon
flood_manager time "$OPENS" "$VENDOR/vendor.service" >"$WORK/manager"
echo "# nobody else: a manager: $(<"$WORK/manager")"
before=$(state_of "$UNITS/authorised.service")
flooded write "$UNITS/authorised.service"
check 'flood of write: never let through' "$(<"$WORK/flood")" test "$(value opened "$WORK/flood")" = 0
check_state 'flood of write: without effect' "$UNITS/authorised.service" "$before"
flooded read "$UNITS/authorised.service"
check 'flood of read: it may' "$(<"$WORK/flood")" test "$(value opened "$WORK/flood")" = "$(value tries "$WORK/flood")"
denied 'after the floods: create' create "$UNITS/evil.timer" attack create "$UNITS/evil.timer"
finish
