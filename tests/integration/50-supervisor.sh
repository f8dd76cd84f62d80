#!/bin/bash
# The guard is killed and stopped, again and again, while allowed writers work, a manager loads and attackers plant: nobody
# is let through, nobody who may waits longer than a second (three, beside others that use all processors), or fails for
# longer than the deadman (what he wrote may be gone for a moment when nobody is left who knows that it was his).
# KILLS=1000 STOPS=100 for the long run.
# filesystems: ext4 tmpfs
# anywhere: processes that die and wait
# modes: enforce
. "${0%/*}/lib.sh"

[ -z "${ALL-}" ] || : "${KILLS:=100}" "${STOPS:=20}"
: "${KILLS:=25}" "${STOPS:=5}"
if has_sanitizers; then KILLS=10 STOPS=2; fi
LONGEST_MS=3000
[ -z "${ALL-}" ] || LONGEST_MS=1000
readonly LONGEST_MS DEADMAN_MS=500

install -m 0755 "$BUILD/tests/siege" "$PROGRAMS/siege" || bail_out 'run make check-integration: the helpers are not built'
install -m 0755 "$BUILD/tests/siege" "$PROGRAMS/siege_manager"
install -m 0755 "$BUILD/tests/siege" "$PROGRAMS/siege_writer"
# Full after some hundred pieces of evidence: what is planted goes all the same.
write_policy 'quarantine: { max_size = "4M"; };'
sed -i -e "s|\"$PROGRAMS/fake_manager\"|&, \"$PROGRAMS/siege_manager\"|" -e "s|\"$PROGRAMS/fake_dpkg\"|&, \"$PROGRAMS/siege_writer\"|" "$POLICY"

less() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a <= b) }'; }

# besieged NAME SIGNAL COUNT MAX_USEC: all of them at work while the guard gets COUNT signals.
besieged() {
	local name=$1 pids=() i
	for i in 1 2; do
		siege_writer write "$UNITS" "written-$i.service" >"$WORK/writer.$i" &
		pids+=($!)
	done
	siege_manager load "$UNITS" "$VENDOR" >"$WORK/manager" &
	pids+=($!)
	for i in 1 2 3 4; do
		siege plant "$UNITS" "$OUTSIDE" >"$WORK/attacker.$i" &
		pids+=($!)
	done
	said=$(limit 600 siege kill "$daemon" "$2" "$3" "$4")
	check "$name: $3 times, and each time there is another guard" "$said" test "$said" = "killed=$3"
	sleep 1
	kill -TERM "${pids[@]}"
	wait "${pids[@]}"
	for i in 1 2; do
		# shellcheck disable=SC2046
		declare $(<"$WORK/writer.$i") # done= failed= why= failing= last= opens= p50= p99= max=
		check "$name: allowed writer $i was at work, $done times" 'it did nothing' test "$done" -gt 0
		check "$name: allowed writer $i fails for $DEADMAN_MS ms at most: $failed times of $done, for $failing ms" "$why" \
			less "$failing" $DEADMAN_MS
		check_longest "$name: allowed writer $i"
		# Not when a guard has died within his last writes, and nobody is left who knows whose they were.
		within 5 grep -qsx "# round $last" "$UNITS/written-$i.service" ||
			echo "# $name: what allowed writer $i wrote last, round $last, is not there: $(tail -n 1 "$UNITS/written-$i.service" 2>&1)"
	done
	# shellcheck disable=SC2046
	declare $(<"$WORK/manager") # rounds= units= planted= refused= opens= p50= p99= max=
	check "$name: a planted unit is never loaded, of $units loads" "$planted were" test "$planted" = 0
	# Of what was removed or replaced between its open and the answer: then it is nothing that has a name.
	echo "# $name: the manager was refused authorised.service $refused times"
	check_longest "$name: a manager"
	for i in 1 2 3 4; do
		# shellcheck disable=SC2046
		declare $(<"$WORK/attacker.$i") # tries= opened= opens= p50= p99= max=
		check "$name: attacker $i never opens a unit for writing, $tries tries" "$opened times" test "$opened" = 0
	done
	check "$name: the quarantine is full" "$(unitward status)" test "$(unitward status --json | jq .quarantine.unkept)" -gt 0
	check "$name: what was planted is gone" "$(ls "$UNITS" | grep planted | head -n 3)" within 5 nothing_planted
}
nothing_planted() { ! compgen -G "$UNITS/planted-*" >/dev/null; }

check_longest() {
	said="blocked for $p50 ms at the median, $p99 ms at p99, $max ms at most, of $opens opens"
	if has_sanitizers; then
		skip "$1: the longest wait" "the build has sanitizers: $said"
	else
		check "$1: $said" "more than $LONGEST_MS ms" less "$max" $LONGEST_MS
	fi
}

mkdir -p "$OUTSIDE"
before=$(state_of "$VENDOR")
start_daemon
first=$(guard)
besieged 'kill -9' KILL "$KILLS" 1000000
check 'the guard is another one' "still $first" test "$(guard)" != "$first"
besieged 'kill -STOP' STOP "$STOPS" 1000000
check_state 'what nobody touched is as it was' "$VENDOR" "$before"

stop_daemon
finish
