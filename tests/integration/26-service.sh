#!/bin/bash
# The daemon as a service: readiness, control socket, log rotation, a second instance, its end.
# filesystems: ext4
# modes: enforce
. "${0%/*}/lib.sh"

fake_manager notified "$WORK/notify" >"$WORK/notified" &
notified=$!
within 2 test -S "$WORK/notify"
export NOTIFY_SOCKET=$WORK/notify
start_daemon
unset NOTIFY_SOCKET
wait $notified
check 'tells its manager when it is ready' "$(<"$WORK/notified")" grep -q '^READY=1' "$WORK/notified"

check_status 'status' 0 unitward status --json
check_status 'status: of this daemon' 0 jq -e '.enforcing and .mode == "enforce" and .inventory.authorised > 0' <(echo "$said")
check_status 'status, for people' 0 unitward status
check_said 'status, for people: the mode' enforces
check_status 'the socket is for root alone' 1 setpriv --reuid 65534 --regid 65534 --clear-groups test -w "$RUNTIME/control"

check_status 'a second instance is refused' 1 run_daemon 5
check 'a second instance does no harm' 'the first is gone' daemon_runs
denied 'create' create "$UNITS/evil.timer" attack create "$UNITS/evil.timer"

mv "$LOG" "$LOG.1"
kill -USR1 "$daemon"
check 'SIGUSR1: the log is opened again' 'no new log' within 2 test -e "$LOG"
denied 'create after log rotation' create "$UNITS/evil.timer" attack create "$UNITS/evil.timer"

stop_daemon
check_status 'without the daemon: status' 3 unitward status
check_status 'without the daemon: nothing is held up' 0 attack create "$UNITS/free.timer"

finish
