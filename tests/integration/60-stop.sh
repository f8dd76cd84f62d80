#!/bin/bash
# A32: the daemon ends for who may approve, and for its service manager; for nobody else's SIGTERM.
# filesystems: ext4
# modes: audit enforce
. "${0%/*}/lib.sh"

# As a service: what runs it is its manager.
service=()
for word in "${DAEMON[@]}"; do
	[ "$word" = --foreground ] || service+=("$word")
done
start_service() {
	rm -f "$WORK/notify"
	fake_manager notified "$WORK/notify" >"$WORK/notified" &
	local notified=$!
	within 2 test -S "$WORK/notify"
	NOTIFY_SOCKET=$WORK/notify setsid "${service[@]}" >"$ERRORS" 2>&1 &
	daemon=$!
	wait $notified
	grep -q '^READY=1' "$WORK/notified" || bail_out "the service does not start: $(tail -n 1 "$ERRORS")"
}

# ended NAME STATUS: it does, with that exit status.
ended() {
	check "$1" 'still there after 15 s' within 15 daemon_is_gone
	wait "$daemon"
	status=$?
	check "$1: exit status" "$status" test $status = "$2"
	daemon=
}
is_refusal='.unitward.kind == "stop-refused" and (.process.executable | endswith("/perl")) and .event.kind == "alert"'

start_service
for signal in TERM INT; do
	try perl -e "kill '$signal', $daemon; sleep 1"
	check "SIG$signal of a stranger: still there" 'it is gone' daemon_runs
done
recorded 'SIGTERM of a stranger' "$is_refusal"' and (.message | test("SIGTERM"))'
recorded 'SIGINT of a stranger' "$is_refusal"' and (.message | test("SIGINT"))'
denied 'it still guards' create "$UNITS/evil.timer" attack create "$UNITS/evil.timer"
rm -f "$UNITS/evil.timer"
recorded_as=/
check_status 'stop by a root shell' 1 unitward stop
check_said 'stop by a root shell: says who may' 'on = "approve"'
recorded 'stop by a root shell' '.unitward.target_unit == "unitward.service" and .unitward.verdict == "deny" and .rule.name == "default"'
check_status 'stop by nobody' 3 setpriv --reuid 65534 --regid 65534 --clear-groups "$BUILD/unitward" --socket "$RUNTIME/control" stop
check_status 'stop: wrong usage' 2 operator stop now
check 'refused: still there' 'it is gone' daemon_runs

check_status 'stop by an operator' 0 operator stop
check_said 'stop by an operator: says what that means' 'not protected'
ended 'stop: it ends' 10
recorded 'stop by an operator' '.unitward.kind == "control" and (.message | test("stopped by .*/unitward"))'
recorded 'the end' '.unitward.kind == "stopped"'
check_status 'stop without a daemon' 3 operator stop

start_service
check_status 'stop --restart' 0 operator stop --restart --json
check 'stop --restart: as JSON' "$said" jq -e '.restart and .service' <(echo "$said")
ended 'stop --restart: its manager starts it again' 0

start_service
kill -TERM "$daemon"
ended 'SIGTERM of its manager' 0

# By hand: whoever may send a signal.
start_daemon
perl -e "kill 'TERM', $daemon"
ended 'by hand: SIGTERM of anybody' 0
start_daemon
check_status 'by hand: stop' 0 operator stop
ended 'by hand: stop' 0

finish
