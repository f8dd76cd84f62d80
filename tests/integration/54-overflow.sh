#!/bin/bash
# A15: more changes at once than the kernel keeps (FAN_Q_OVERFLOW). All is settled anew: what was planted meanwhile is
# never loaded and is gone afterwards, what was removed is back, and status tells how often.
# filesystems: ext4 tmpfs
# anywhere: the kernel's queue
# modes: audit enforce
. "${0%/*}/lib.sh"

readonly QUEUE=/proc/sys/fs/fanotify/max_queued_events KEPT=256 PLANTED=1500

# The kernel gives a group its limit when the group is made. It is the machine's: lowered for that moment.
start_with_short_queue() {
	local before
	exec {lock}>/run/lock/unitward-test-queue
	flock $lock
	before=$(<$QUEUE)
	echo $KEPT >$QUEUE
	start_daemon
	echo "$before" >$QUEUE
	flock -u $lock
}

# Guard and supervisor.
signal_all() { kill "-$1" -- "-$daemon"; }

queue_of() { unitward status --json | jq ".queue.$1"; }
overflowed() { [ "$(queue_of overflows)" -gt 0 ]; }
is_settled() { [ "$(queue_of unsettled)" = 0 ]; }
none_left() { ! compgen -G "$UNITS/storm-*" >/dev/null; }

mkdir "$OUTSIDE/files"
for ((i = 0; i < PLANTED; i++)); do
	printf '[Service]\nExecStart=/bin/true\n# planted\n' >"$OUTSIDE/files/storm-file-$i.service"
	ln -s "$OUTSIDE/files/storm-file-0.service" "$OUTSIDE/files/storm-link-$i.service"
done
: >"$LOG"
start_with_short_queue
removed=$(state_of "$UNITS/removed.service")

# Nobody reads the queue meanwhile. What needs no open goes on; a manager waits.
signal_all STOP
mv -t "$UNITS" "$OUTSIDE"/files/storm-*
ln -s /dev/null "$UNITS/storm-mask.service"
rm "$UNITS/removed.service"
timeout 30 "$PROGRAMS/fake_manager" load "$UNITS/storm-file-7.service" >"$WORK/file" 2>&1 &
file=$!
timeout 30 "$PROGRAMS/fake_manager" list "$UNITS" >"$WORK/list" 2>&1 &
list=$!
sleep 0.3
signal_all CONT
wait $file
status=$?
if enforcing; then
	check 'what was planted in the overflow never loads' "it did: $(<"$WORK/file")" test $status = 1
fi
wait $list
check 'a manager that lists meanwhile gets its answer' "exit status $?" test -s "$WORK/list"

check 'the queue did overflow' "$(unitward status --json | jq -c .queue)" within 5 overflowed
recorded 'the overflow' '.message // "" | test("notifications were lost")'
check 'all of it is settled' "$(queue_of unsettled) are not" within 20 is_settled
if enforcing; then
	check 'all that was planted is gone' "there are $(ls "$UNITS" | grep -c storm)" within 20 none_left
	check 'what was removed is back' 'it is not' within 5 state_is "$UNITS/removed.service" "$removed"
	check_loads 'and loads' "$UNITS/removed.service"
	check 'all of it is evidence' "only $(ls "$STATE/quarantine" | wc -l)" \
		test "$(unitward status --json | jq .quarantine.count)" -ge $((2 * PLANTED))
else
	check 'all that was planted is there' "$(ls "$UNITS" | grep -c storm)" test "$(ls "$UNITS" | grep -c storm)" = $((2 * PLANTED + 1))
fi
echo "# queue: $(unitward status --json | jq -c .queue)"

denied 'afterwards: create' create "$UNITS/evil.timer" attack create "$UNITS/evil.timer"
finish
