#!/bin/bash
# A33: clients of the control sockets that send garbage, or nothing, or slowly, or descriptors, and are many; and ones that
# have no business there. They are refused, and a manager is answered meanwhile.
# filesystems: ext4
# modes: enforce
. "${0%/*}/lib.sh"

: "${SECONDS_EACH:=2}"
readonly CONTROL=$RUNTIME/control PUBLIC=$RUNTIME/boot-gate

# Without the registers of the last openers, which are kept for when they come again.
descriptors() { find "/proc/$daemon/fd" -mindepth 1 ! -lname '*/syscall' | wc -l; }
# Of guard and supervisor, MiB.
memory() { pgrep -s "$daemon" | sed 's,.*,/proc/&/status,' | xargs cat | awk '/^VmRSS/ { sum += $2 } END { print int(sum / 1024) }'; }
readonly AS_NOBODY=(setpriv --reuid 65534 --regid 65534 --clear-groups)
answers() { timeout 15 "$BUILD/unitward" --socket "$CONTROL" status --json >"$WORK/status" 2>"$WORK/status.err" || [ $? = 1 ]; }
few_descriptors() { [ "$(descriptors)" -le $((before + 2)) ]; }

# rudely NAME KIND SOCKET [AS...]: what a manager gets meanwhile. Sets answered.
rudely() {
	local name=$1 kind=$2 socket=$3 rude most
	shift 3
	"$@" "$PROGRAMS/rude_client" "$kind" "$socket" >"$WORK/rude" &
	rude=$!
	sleep 0.2
	said=$(fake_manager race 100 "$UNITS" "$RUN/system")
	most=$(sed 's/.*max=//' <<<"$said")
	check "$name: a manager is answered meanwhile, after $((most / 1000)) ms at most" "$said" test "$most" -lt 1000000
	denied "$name: create meanwhile" create "$UNITS/evil.timer" attack create "$UNITS/evil.timer"
	answers
	answered=$?
	sleep "$SECONDS_EACH"
	kill -TERM $rude 2>/dev/null
	wait $rude
	connections=$(<"$WORK/rude")
}

start_daemon
before=$(descriptors)
memory_before=$(memory)

for kind in garbage idle slow half endless descriptors; do
	rudely "$kind" $kind "$CONTROL" env
	check "$kind: it did connect, $connections times" 'the test proves nothing' test "${connections:-0}" -gt 0
	check "$kind: status answers afterwards" "$(<"$WORK/status.err")" within 8 answers
	check "$kind: no descriptor is kept" "$(descriptors) of $before" within 8 few_descriptors
done
for kind in garbage slow descriptors; do
	rudely "$kind, by nobody, where everybody may ask" $kind "$PUBLIC" "${AS_NOBODY[@]}"
	check "$kind, by nobody: he did connect, $connections times" 'the test proves nothing' test "${connections:-0}" -gt 0
	check "$kind, by nobody: status answers root meanwhile" "$(<"$WORK/status.err")" test $answered = 0
	check "$kind, by nobody: no descriptor is kept" "$(descriptors) of $before" within 8 few_descriptors
done

# Wrong uid. Also when somebody opened the way to the socket.
check_status 'nobody: cannot ask' 3 "${AS_NOBODY[@]}" "$BUILD/unitward" --socket "$CONTROL" status
chmod 0755 "$RUNTIME" && chmod 0666 "$CONTROL"
for command in status reload; do
	check_status "nobody, through a socket opened wide: cannot ask for $command" 1 \
		"${AS_NOBODY[@]}" "$BUILD/unitward" --socket "$CONTROL" $command
	check_said "nobody, through a socket opened wide: is told why not $command" 'you may not'
done

check 'the daemon lives' "$(tail -n 1 "$ERRORS")" daemon_runs
has_sanitizers || check "memory: $memory_before MiB before, $(memory) after" 'it grew by more than 16 MiB' \
	test $(($(memory) - memory_before)) -lt 16
finish
