#!/bin/bash
# The guard is replaced while it has 25 descriptors to spare and more openers wait than that: nobody is let through by a guard
# that does not know yet what the last one knew, and the next one finds room to start. ROUNDS=40 for the long run.
# filesystems: ext4
# modes: enforce
. "${0%/*}/lib.sh"

: "${ROUNDS:=3}"

install -m 0755 "$BUILD/tests/flood" "$PROGRAMS/flood" || bail_out 'run make check-integration: the helpers are not built'

limit_descriptors() { for pid in $(pgrep -s "$daemon"); do prlimit --nofile="$1" --pid "$pid"; done; }
is_another_guard() { [ -n "$(guard)" ] && [ "$(guard)" != "$1" ]; }

# starve LIMIT: nobody reads the queue until so many wait there, and then it is another guard that does.
starve() {
	local first manager many readers
	first=$(guard)
	limit_descriptors "$1"
	kill -STOP -- "-$daemon"
	openers 200 "$PROGRAMS/attack" create "$UNITS/many.service" >"$WORK/created" &
	many=$!
	evil evil.service
	mv "$planted" "$UNITS/evil.service"
	timeout 20 "$PROGRAMS/fake_manager" load "$UNITS/evil.service" >/dev/null 2>&1 &
	manager=$!
	openers 100 cat "$UNITS/authorised.service" >"$WORK/read" &
	readers=$!
	sleep 0.3
	kill -KILL "$first"
	kill -CONT -- "-$daemon"
	wait $manager && loaded=$((loaded + 1))
	wait $many
	created=$((created + $(<"$WORK/created")))
	wait $readers
	refused=$((refused + 100 - $(<"$WORK/read")))
	limit_descriptors 4096:
	within 20 is_another_guard "$first" || why="still the same guard, $first"
	within 20 state_is "$UNITS/evil.service" absent || why="evil.service is there"
	within 20 loads "$UNITS/authorised.service" || why="authorised.service does not load"
}

start_daemon
loaded=0 created=0 refused=0 why=
for ((n = 0; n < ROUNDS && ${#why} == 0; n++)); do starve "$(spare_descriptors 25):"; done
check "25 descriptors, $n guards replaced: all is put right each time" "$why" test -z "$why"
check 'what was planted never loads' "$loaded times of $n" test $loaded = 0
check 'nobody is ever let through who is not asked about' "$created of $((200 * n))" test $created = 0
check 'all who may read do' "$refused of $((100 * n)) were refused" test $refused = 0
check 'nobody is left waiting meanwhile' "$(blocked_openers)" within 10 test -z "$(blocked_openers)"
check 'the daemon lives' "$(tail -n 1 "$ERRORS")" daemon_runs
check_loads 'an authorised unit loads' "$UNITS/authorised.service"

# With descriptors for all of them: more than a guard keeps a list of.
flood write 1200 "$UNITS/authorised.service" >"$WORK/flood" &
flood=$!
sleep 1
why=
for ((n = 0; n < ROUNDS && ${#why} == 0; n++)); do
	first=$(guard)
	kill -KILL "$first"
	within 20 is_another_guard "$first" || why="still the same guard, $first"
	sleep 0.5
done
kill -TERM $flood
wait $flood
check "1200 wait, $n guards replaced: each time there is another" "$why" test -z "$why"
check '1200 wait: nobody is ever let through' "$(<"$WORK/flood")" grep -q ' opened=0$' "$WORK/flood"
check_loads '1200 wait: an authorised unit loads' "$UNITS/authorised.service"
stop_daemon
finish
