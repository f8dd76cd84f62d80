#!/bin/bash
# unitward diff: what differs is told and what it means, with and without a daemon; what does not differ is not.
. "${0%/*}/lib.sh"

watched || { ok 'absent: there is nothing to compare with'; exit 0; }
start_daemon

diff_of() { unitward diff --state "$STATE" --policy "$POLICY" "$@"; }
# finding PATH FILTER: the difference at PATH, as a condition on it.
finding() {
	local found
	found=$(diff_of --json | jq -c --arg path "$1" '.[] | select(.path == $path)')
	check "$3" "$found" jq -e "$2" <<<"$found"
}

check_status 'nothing differs' 0 unitward diff
check_status 'nothing differs: read in full' 0 unitward diff --verify --json
check 'nothing differs: JSON' "$said" test "$said" = '[]'
said=$(setpriv --reuid=1000 --clear-groups "$BUILD/unitward" --socket "$RUNTIME/control" diff 2>&1)
check_said 'diff is for root' 'only root'

unit 'by the package manager' | fake_dpkg unpack "$UNITS/new.service"
check_status 'an allowed change is in the ledger at once' 0 unitward diff

change_all() {
	unit other >"$UNITS/tampered.service"
	chmod 0666 "$UNITS/authorised.service"
	chown 1000 "$UNITS/authorised.timer"
	rm "$UNITS/removed.service"
	printf '[Timer]\nOnCalendar=minutely\n' >"$UNITS/evil.timer"
	printf '[Service]\nExecStart=/tmp/x\n' >"$UNITS/evil.service"
	mkdir "$UNITS/vendor.service.d" && printf '[Service]\nExecStart=/tmp/y\n' >"$UNITS/vendor.service.d/evil.conf"
	ln -sf /dev/null "$UNITS/vendor.service"
	ln -s ../evil.service "$UNITS/multi-user.target.wants/evil.service"
	ln -sfn ../tampered.timer "$UNITS/timers.target.wants/authorised.timer"
	mkdir -p "$RUN/transient" && unit transient >"$RUN/transient/run-1.service"
}

check_all() {
	finding "$UNITS/tampered.service" '.change == "changed" and .differs == ["contents"] and .authorised.sha256 != .found.sha256' "$1: contents"
	finding "$UNITS/authorised.service" '.change == "changed" and .differs == ["mode"] and .found.mode == "0666"' "$1: mode"
	finding "$UNITS/authorised.timer" '.differs == ["owner"] and .found.uid == 1000' "$1: owner"
	finding "$UNITS/removed.service" '.change == "missing" and (.meaning // "" | test("removed.service"))' "$1: missing"
	finding "$UNITS/evil.service" '.change == "new" and (.meaning | test("/tmp/x"))' "$1: a new service, and what it runs"
	finding "$UNITS/evil.timer" '.change == "new" and (.meaning | test("/tmp/x"))' "$1: a new timer, and what it starts"
	finding "$UNITS/vendor.service.d/evil.conf" '.change == "new" and (.meaning | test("vendor.service"))' "$1: a drop-in"
	finding "$UNITS/vendor.service" '.change == "new" and (.meaning | test("mask"))' "$1: a mask"
	finding "$UNITS/multi-user.target.wants/evil.service" '.change == "new" and (.meaning | test("multi-user.target"))' "$1: a link"
	finding "$UNITS/timers.target.wants/authorised.timer" '.differs == ["target"]' "$1: another target"
	check "$1: nothing else" "$(diff_of --json | jq -c '[.[].path]')" \
		test "$(diff_of --json | jq length)" = 11
	check_status "$1: exit status" 1 diff_of
	check_said "$1: readable" "new +$UNITS/evil.timer"
}

if enforcing; then
	stop_daemon
	change_all
	check_all 'without a daemon'
	start_daemon
	rm -rf "$RUN/transient"
	undone() { unitward diff >/dev/null 2>&1; }
	check 'the next start has undone it' "$(unitward diff 2>&1)" within 3 undone
else
	change_all
	sleep 0.3
	check_all 'with a daemon'
	stop_daemon
	check_all 'without a daemon'
fi
check_status 'there is no ledger: says so' 1 unitward diff --state "$WORK/nowhere" --policy "$POLICY"
check_said 'there is no ledger: what to do' 'start the daemon'
finish
