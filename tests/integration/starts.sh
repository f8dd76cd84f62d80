# Sourced by 79-starts*.sh: what a manager starts. A planted timer's service is alerted of once, with its story; ordinary
# starts beside it are not; what is to be refused is, and only for its unit; what is to be stopped is gone. Another guard goes
# on with it, and no end of the daemon, however it comes, is waited for by those who wait for the daemon.
# shellcheck shell=bash

manager='' cgroups='' tag=${WORK##*.} # of several runs none meets another's cgroups

# A hierarchy in which a cgroup at the top can be named as a unit's.
find_cgroups() {
	cgroups=$(findmnt -n -t cgroup -o TARGET,OPTIONS | awk '$2 ~ /name=systemd/ { print $1; exit }')
	[ -n "$cgroups" ] || cgroups=$(findmnt -n -t cgroup2 -o TARGET | head -n 1)
	[ -n "$cgroups" ] && mkdir "$cgroups/unitward-test-$tag.service" 2>/dev/null && rmdir "$cgroups/unitward-test-$tag.service"
}

end_manager() {
	[ -z "$manager" ] || kill -KILL "$manager" 2>/dev/null
	local cgroup
	for cgroup in "$cgroups"/*"-$tag.service" "$cgroups/authorised.service"; do
		[ ! -e "$cgroup/cgroup.procs" ] || xargs -r kill -KILL <"$cgroup/cgroup.procs" 2>/dev/null
		within 2 rmdir "$cgroup" 2>/dev/null
	done
}

start_manager() {
	find_cgroups || skip_all 'no cgroup can be made here'
	trap 'end_manager; clean_up' EXIT
	install -m 0755 "$BUILD/tests/service_manager" "$PROGRAMS/fake_manager"
	mkdir -p /run/systemd
	mount -t tmpfs tmpfs /run/systemd # its private socket, in a mount namespace of our own
	mkfifo "$WORK/orders"
	"$PROGRAMS/fake_manager" "$cgroups" /run/systemd/private <"$WORK/orders" >"$WORK/started" &
	manager=$!
	exec {orders}>"$WORK/orders"
}

# order start UNIT PROGRAM WORD...: as the manager's child; returns when it is one.
order() {
	local before
	before=$(wc -l <"$WORK/started")
	(IFS=$'\t'; echo "$*" >&"$orders")
	within 5 eval '[ "$(wc -l <"$WORK/started")" -gt '"$before"' ]'
	child=$(tail -n 1 "$WORK/started")
}

ledger_has() { sqlite3 -readonly "$STATE/ledger.db" 'SELECT CAST(path AS TEXT) FROM entry' | grep -qx "$1"; }
is_there() { [ -e "$1" ]; }
ran() { within 5 is_there "$1"; }
count_of() { records "$1" | wc -l; }
alerts_of() { count_of ".unitward.kind == \"alert\" and .unitward.target_unit == \"$1\""; }
told_of() { count_of "(.unitward.kind == \"alert\" or .unitward.kind == \"start\") and .unitward.target_unit == \"$1\""; }
has_alert() { [ "$(alerts_of "$1")" -ge 1 ]; }
seen() { unitward status --json | jq .starts.seen; }
has_seen() { [ "$(seen)" -ge "$1" ]; }
scout() { pgrep -P "$daemon" -x unitward-scout; }
marks_everything() { grep -q '^fanotify sdev:' "/proc/$(scout)/fdinfo"/*; }
marks_nothing() { ! marks_everything; }
watcher_is() { [ "$(unitward status --json | jq -r .starts.watcher)" = "$1" ]; }

bad=bad-$tag good=good-$tag shipped=shipped-$tag chatty=chatty-$tag quiet=quiet-$tag

plant() { # UNIT COMMAND
	printf '[Service]\nExecStart=%s\n' "$2" >"$OUTSIDE/$1.service"
	printf '[Timer]\nOnCalendar=minutely\n' >"$OUTSIDE/$1.timer"
	cp "$OUTSIDE/$1.service" "$OUTSIDE/$1.timer" "$UNITS/"
}

try_audit() {
	start_daemon
	check "it is watched by $watcher" "$(unitward status --json | jq -c .starts)" watcher_is "$watcher"
	mkdir -p "$OUTSIDE"
	plant "$bad" "/bin/sh -c 'echo >$WORK/marker'"
	recorded 'the planted timer' ".file.path == \"$UNITS/$bad.timer\" and .unitward.verdict != \"allow\""
	for i in 1 2 3; do
		rm -f "$WORK/marker"
		order start "$bad.service" /bin/sh -c "echo >$WORK/marker; sleep 0.2"
		check "planted, start $i: it runs" 'no marker' ran "$WORK/marker"
	done
	for i in 1 2 3 4 5; do
		order start "$good.service" /bin/sleep 0.1
		order start authorised.service /bin/true
	done
	check 'an alert' "of $bad there is: $(records '.unitward.target_unit == "'"$bad"'.service"' | tail -n 1)" \
		within 5 has_alert "$bad.service"
	check 'all starts are seen that last' "$(unitward status --json | jq -c .starts)" within 5 has_seen 8
	check 'one alert for the story' "there are $(alerts_of "$bad.service")" test "$(alerts_of "$bad.service")" = 1
	check 'none of ordinary starts' "$(records '.unitward.kind == "alert"' | jq -c .message)" \
		test "$(told_of "$good.service") $(told_of authorised.service)" = '0 0'
	records '.unitward.kind == "alert"' >"$WORK/alert"
	check 'it names unit, timer, child and parent' "$(<"$WORK/alert")" jq -e --arg unit "$bad" --argjson manager "$manager" '
		.unitward.target_unit == $unit + ".service" and .unitward.timer == $unit + ".timer"
		and (.process.executable | test("/(sh|dash|bash)$")) and .process.parent.pid == $manager
		and (.process.command_line | test("^/bin/sh -c echo"))
		and (.unitward.reasons | index("unit-unauthorised")) != null' "$WORK/alert"
	check 'it names who wrote it' "$(<"$WORK/alert")" jq -e '
		[.unitward.changes[] | select(.by.executable | test("/cp$"))] | length >= 1' "$WORK/alert"
	check 'it says what they mean as they are, not as they were begun' "$(<"$WORK/alert")" jq -e '
		[.unitward.changes[].meaning] | any(test("^starts /bin/sh|starts .* every minute")) and all(test("masks") | not)' "$WORK/alert"
	try_story
	stop_daemon
}

# What it touched next: what its processes execute, and what they do in protected places.
try_story() {
	local id
	plant "$chatty" "/bin/sh -c id"
	recorded 'the other planted timer' ".file.path == \"$UNITS/$chatty.timer\" and .unitward.verdict != \"allow\""
	order start "$chatty.service" /bin/sh -c "sleep 1; /usr/bin/id >/dev/null; /bin/cp $OUTSIDE/$chatty.timer $UNITS/next-$tag.timer; sleep 1"
	check 'another alert for another unit' "$(told_of "$chatty.service")" within 5 has_alert "$chatty.service"
	id=$(records '.unitward.kind == "alert" and .unitward.target_unit == "'"$chatty"'.service"' | jq -r .unitward.alert_id)
	recorded 'what it executed next' ".unitward.alert_id == \"$id\" and .unitward.kind == \"start\"
		and (.process.executable | test(\"/sleep\$\"))"
	recorded 'what it wrote next' ".unitward.alert_id == \"$id\" and .file.path == \"$UNITS/next-$tag.timer\""
}

try_enforce() {
	write_policy 'detection: { deny_score = 15; };'
	start_daemon
	check "it is watched by $watcher" "$(unitward status --json | jq -c .starts)" watcher_is "$watcher"
	mkdir -p "$OUTSIDE"
	printf '[Service]\nExecStart=/bin/sh -c id\n' >"$OUTSIDE/$shipped.service"
	try fake_dpkg run cp "$OUTSIDE/$shipped.service" "$UNITS/"
	recorded 'it is allowed' ".file.path == \"$UNITS/$shipped.service\" and .unitward.verdict == \"allow\""
	within 5 ledger_has "$UNITS/$shipped.service" # what comes before that in order: its judgement
	order start "$shipped.service" /bin/sh -c "echo >$WORK/refused"
	order start "$good.service" /bin/sh -c "echo >$WORK/others"
	check 'another unit starts the same program' 'no marker' ran "$WORK/others"
	check 'so does who is no manager' 'it is refused' /bin/sh -c true
	recorded 'the refusal' ".unitward.kind == \"alert\" and .unitward.target_unit == \"$shipped.service\"
		and .unitward.response == \"deny\" and .unitward.response_done"
	check 'it never ran' 'the marker is there' test ! -e "$WORK/refused"
	stop_daemon

	write_policy 'detection: { stop_score = 15; };'
	start_daemon
	printf '[Service]\nExecStart=/bin/sleep 60\n' >"$OUTSIDE/$chatty.service"
	try fake_dpkg run cp "$OUTSIDE/$chatty.service" "$UNITS/"
	recorded 'it is allowed too' ".file.path == \"$UNITS/$chatty.service\" and .unitward.verdict == \"allow\""
	order start "$good.service" /bin/sleep 60
	local ordinary=$child
	order start "$chatty.service" /usr/bin/tail -f /dev/null # not what it says, so that it is not refused
	check 'it is stopped' "$(cat "$cgroups/$chatty.service/cgroup.procs")" within 5 is_empty "$chatty.service"
	recorded 'that it is stopped' ".unitward.target_unit == \"$chatty.service\" and (.message | test(\"its manager stops\"))"
	check 'the other goes on' 'it is gone' kill -0 "$ordinary"
	stop_daemon
}
is_empty() { [ -z "$(cat "$cgroups/$1/cgroup.procs")" ]; }

# ---- whether it watches at all ----

try_off() {
	write_policy 'detection: { enabled = false; };'
	start_daemon
	check 'off: status says so' "$(unitward status --json | jq -c .starts)" watcher_is off
	check_scout 'off: no mark' marks_nothing
	plant "$quiet" "/bin/sh -c 'echo >$WORK/marker'"
	recorded 'off: the planted timer' ".file.path == \"$UNITS/$quiet.timer\" and .unitward.verdict != \"allow\""
	order start "$quiet.service" /bin/sh -c "echo >$WORK/off; sleep 0.2"
	check 'off: it runs' 'no marker' ran "$WORK/off"
	write_policy
	unitward reload >/dev/null
	check 'on again: it is watched' "$(unitward status --json | jq -c .starts)" watcher_is "$watcher"
	check_scout 'on again: marks' within 5 marks_everything
	check 'off: nobody looked' "$(unitward status --json | jq -c .starts)" test "$(seen) $(told_of "$quiet.service")" = '0 0'
	rm -f "$WORK/marker"
	order start "$quiet.service" /bin/sh -c "echo >$WORK/marker; sleep 0.2"
	check 'on again: an alert' "$(unitward status --json | jq -c .starts)" within 5 has_alert "$quiet.service"
	stop_daemon
}

# check_scout NAME COMMAND...: of the process that only the daemon without a connector has.
check_scout() {
	if [ "$watcher" = fanotify ]; then
		check "$1" "$(grep -hc '^fanotify' "/proc/$(scout)/fdinfo"/* | tr '\n' ' ')" "${@:2}"
	else
		check "$1: no process for it" "it is $(scout)" test -z "$(scout)"
	fi
}

# ---- another guard; the daemon's end ----

has_another_guard() { local next; next=$(unitward status --json 2>/dev/null | jq .pid) && [ -n "$next" ] && [ "$next" != "$1" ]; }

try_takeover() {
	local before
	start_daemon
	before=$(guard)
	kill -KILL "$before"
	check 'another guard' 'it does not answer' within 10 has_another_guard "$before"
	check 'another guard: watches' "$(unitward status --json | jq -c .starts)" watcher_is "$watcher"
	plant "taken-$bad" "/bin/sh -c id"
	recorded 'another guard: the planted timer' ".file.path == \"$UNITS/taken-$bad.timer\" and .unitward.verdict != \"allow\""
	order start "taken-$bad.service" /bin/sh -c 'sleep 0.5'
	check 'another guard: an alert' "$(unitward status --json | jq -c .starts)" within 5 has_alert "taken-$bad.service"
	[ "$watcher" != fanotify ] || try_without_scout
	stop_daemon
}

says_that_nobody_watches() { unitward status --json | jq -e '.problems | any(test("unitward-scout, has ended"))' >/dev/null; }
has_lost() { [ "$(unitward status --json | jq .starts.lost)" -gt 0 ]; }
try_without_scout() {
	prlimit --nofile=4: --pid "$(scout)"
	check 'no room for what it is told: counted' "$(unitward status --json | jq -c .starts)" within 5 has_lost
	check 'no room for what it is told: doctor says so' "$(unitward doctor | grep starts)" \
		grep -q 'more was started at once' <(unitward doctor)
	kill -KILL "$(scout)"
	check 'without its scout: status says so' "$(unitward status --json | jq -c .problems)" within 5 says_that_nobody_watches
	plant "late-$bad" '/bin/sh -c id'
	recorded 'without its scout: it guards' ".file.path == \"$UNITS/late-$bad.timer\" and .unitward.verdict != \"allow\""
}

# ends NAME COMMAND...: with openers who wait for a guard that is stopped; the scout's marks hold all of them.
ends() {
	local openers=() pid i
	start_daemon
	kill -STOP "$daemon" "$(guard)"
	for ((i = 0; i < 5; i++)); do
		cat "$UNITS/authorised.service" >/dev/null &
		openers+=($!)
	done
	within 5 waits "${openers[4]}"
	"${@:2}"
	for pid in "${openers[@]}"; do
		check "$1: who waits goes on" "$(cat "/proc/$pid/wchan" 2>/dev/null)" within 10 is_over "$pid"
	done
	check "$1: no process is left" "$(ps -o pid,stat,wchan:32,comm -g "$daemon")" within 10 daemon_is_gone
	is_over "${openers[0]}" || kill -KILL "${openers[@]}" $(pgrep -g "$daemon")
	wait "${openers[@]}" "$daemon" 2>/dev/null
	daemon=
}
waits() { grep -q 'fanotify\|fsnotify' "/proc/$1/wchan"; }
is_over() { ! grep -q '^State:.[^Z]' "/proc/$1/status" 2>/dev/null; }
kill_all() { kill -KILL "$daemon" "$(guard)"; }
kill_supervisor() { kill -KILL "$daemon"; } # the guard goes with it
kill_scout_too() { kill -KILL $(scout) "$daemon" "$(guard)"; }
stop_all() { kill -TERM "$daemon"; kill -CONT "$daemon"; }

try_ends() {
	ends 'both are killed' kill_all
	ends 'the supervisor is killed' kill_supervisor
	ends 'it is told to stop' stop_all
	[ "$watcher" != fanotify ] || ends 'all three are killed' kill_scout_too
}

start_manager
case $MODE in
audit)
	try_audit
	try_off
	write_policy
	try_takeover
	;;
enforce)
	try_enforce
	write_policy
	try_ends
	;;
esac
end_manager
finish
