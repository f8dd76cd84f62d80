#!/bin/bash
# The daemon itself, with a failure at one step after another (inject.h): of a start, of decisions, of a policy that is
# read again, of runs of a gated command. It says what it could not do, nobody waits for ever, nothing unauthorised loads, and what is authorised or
# was allowed is there in the end. INJECT_WALK=all walks until nothing fails any more,
# INJECT_WALK=N looks at that step alone; otherwise at some of each.
# filesystems: ext4
# modes: enforce
. "${0%/*}/../integration/lib.sh"

nm "$BUILD/unitwardd" 2>/dev/null | grep -q ' __wrap_malloc$' || skip_all 'the build is none of make inject'

: "${INJECT_WALK:=}" "${INJECT_SAMPLE:=6}"
readonly STEPS=$WORK/inject
launcher=(env "UNITWARD_INJECT=$STEPS")
more_options=(--unsupervised) # what dies is seen to
truncate -s 40 "$STEPS"

# arm N: that one fails. disarm: none; sets failed, which did.
set_left() {
	local n=$1 bytes='' i
	for ((i = 0; i < 8; i++, n >>= 8)); do bytes+=$(printf '\\x%02x' $((n & 255))); done
	printf '%b' "$bytes" 1<>"$STEPS"
}
arm() {
	head -c 40 /dev/zero 1<>"$STEPS"
	set_left "$1"
}
disarm() {
	left=$(od -An -tu8 -N8 "$STEPS" | tr -d ' ')
	set_left 0
	failed=$(tail -c +9 "$STEPS" | tr -d '\0')
}

# Sanitizers write to the daemon's messages, which each start begins anew.
crashed() { grep -m 1 -E "$SANITIZER" "$ERRORS"; }
descriptors() { find "/proc/$daemon/fd" -type l -printf '%l\n' 2>/dev/null | grep -cvE 'pidfd|^/proc/'; }
descriptors_are() { [ "$(descriptors)" -le "$1" ]; }

# walk NAME STEP: STEP N, with the N-th of them failing, for some or all N; it calls wrong WHY.
declare -i wrongs=0
wrong() {
	not_ok "$name: never $1" "step $step, $failed failed: ${*:2}"
	wrongs+=1
}
walk() {
	local total=0 by=1
	name=$1 step=0
	wrongs=0
	if [[ $INJECT_WALK =~ ^[0-9]+$ ]]; then
		step=$INJECT_WALK
		"$2" "$step"
		check "$name: step $step, $failed failed" "$wrongs wrong" test $wrongs = 0
		return
	fi
	"$2" 1000000000
	total=$((1000000000 - left))
	[ "$INJECT_WALK" = all ] || by=$((total > INJECT_SAMPLE ? total / INJECT_SAMPLE : 1))
	for ((step = 1; step <= total && wrongs < 20; step += by)); do "$2" $step; done
	[ $wrongs != 0 ] || ok "$name: every $by-th of $total"
}

# ---- a start ----

start_or_refuse() {
	: >"$ERRORS"
	setsid "${launcher[@]}" "${DAEMON[@]}" "${more_options[@]}" >"$ERRORS" 2>&1 &
	daemon=$!
	within 20 daemon_is_ready || wrong 'hangs' 'it is neither ready nor gone'
}

end() {
	kill -TERM "$daemon" 2>/dev/null
	within 20 daemon_is_gone || { wrong 'hangs at the end' ''; kill -KILL -- "-$daemon"; }
	wait "$daemon"
	status=$?
	daemon=
	[ -z "$(crashed)" ] || wrong 'crashes' "$(crashed)"
}

# Planted and changed while nobody watched; then a start, and a second one when that was refused.
a_start() {
	unit evil >"$UNITS/evil.timer"
	printf '[Service]\nExecStart=/bin/evil\n' >"$UNITS/tampered.service"
	arm "$1"
	start_or_refuse
	disarm
	if daemon_runs; then
		does_not_load "$UNITS/evil.timer" || wrong 'loads what was planted' ''
		loads "$UNITS/tampered.service" && ! state_is "$UNITS/tampered.service" "$tampered" && wrong 'loads what was changed' ''
	else
		[ -s "$ERRORS" ] || wrong 'gives up without a word' ''
		wait "$daemon"
		status=$?
		[ $status = 1 ] || [ $status = 4 ] || wrong 'crashes' "exit status $status: $(tail -n 2 "$ERRORS")"
		[ -z "$(crashed)" ] || wrong 'crashes' "$(crashed)"
		start_or_refuse
	fi
	within 10 state_is "$UNITS/evil.timer" absent || wrong 'leaves what was planted' ''
	within 10 state_is "$UNITS/tampered.service" "$tampered" || wrong 'loses what is authorised' "$(tail -n 3 "$ERRORS")"
	within 5 loads "$UNITS/authorised.service" || wrong 'denies what is authorised' ''
	end
	[ $status = 0 ] || wrong 'ends badly' "exit status $status: $(tail -n 2 "$ERRORS")"
}

tampered=$(state_of "$UNITS/tampered.service")
start_daemon
stop_daemon
walk 'a start' a_start

# ---- decisions ----

unit allowed >"$WORK/allowed"
a_decision() {
	local stranger allowed
	arm "$1"
	limit 10 attack create "$UNITS/evil.timer" >"$WORK/said" 2>&1
	stranger=$?
	limit 10 fake_manager load "$UNITS/authorised.service" >/dev/null 2>&1
	[ $? -lt 124 ] || wrong 'keeps a manager waiting' ''
	does_not_load "$UNITS/evil.timer" || wrong 'loads what was planted' ''
	limit 10 fake_dpkg unpack "$UNITS/allowed.service" <"$WORK/allowed" >/dev/null 2>&1
	allowed=$?
	[ $stranger -lt 124 ] && [ $allowed -lt 124 ] || wrong 'keeps somebody waiting' "$stranger $allowed"
	evil moved.service
	mv "$planted" "$UNITS/moved.service"
	disarm
	does_not_load "$UNITS/moved.service" || wrong 'loads what was moved in' ''
	daemon_runs || { wrong 'dies' "$(tail -n 3 "$ERRORS")"; start_daemon; }
	[ -z "$(crashed)" ] || wrong 'crashes' "$(crashed)"
	within 10 state_is "$UNITS/evil.timer" absent || wrong 'leaves what was made' ''
	within 10 state_is "$UNITS/moved.service" absent || wrong 'leaves what was moved in' ''
	if [ $allowed = 0 ]; then
		within 10 loads "$UNITS/allowed.service" || wrong 'loses what was allowed' "$(ls "$UNITS")"
	fi
	limit 10 fake_dpkg run rm -f "$UNITS/allowed.service"
	within 5 loads "$UNITS/authorised.service" || wrong 'denies what is authorised' ''
	within 10 descriptors_are $((before + 3)) || wrong 'keeps descriptors' "$(descriptors), there were $before"
}

start_daemon
loads "$UNITS/authorised.service"
unitward status >/dev/null
before=$(descriptors)
walk 'decisions' a_decision

# ---- a policy that is read again ----

a_reload() {
	arm "$1"
	said=$(unitward reload 2>&1)
	status=$?
	disarm
	[ $status = 0 ] || [ -n "$said" ] || wrong 'fails without a word' ''
	[ $status -lt 4 ] || wrong 'hangs' "exit status $status"
	daemon_runs || { wrong 'dies' "$(tail -n 3 "$ERRORS")"; start_daemon; }
	[ -z "$(crashed)" ] || wrong 'crashes' "$(crashed)"
	limit 10 attack create "$UNITS/evil.timer" >"$WORK/said" 2>&1
	does_not_load "$UNITS/evil.timer" || wrong 'loads what was planted' ''
	within 10 state_is "$UNITS/evil.timer" absent || wrong 'leaves what was made' ''
	within 5 loads "$UNITS/authorised.service" || wrong 'denies what is authorised' ''
	within 10 descriptors_are $((before + 3)) || wrong 'keeps descriptors' "$(descriptors), there were $before"
}
walk 'a reload' a_reload

# ---- runs of a gated command ----

. "${0%/*}/../integration/gated.sh"
check_status 'commands are gated' 0 unitward reload

a_run() {
	local stranger reader
	forget_marks
	arm "$1"
	limit 10 "$GATED" enable x.timer >"$WORK/said" 2>&1
	stranger=$?
	limit 10 "$GATED" status x.service >/dev/null 2>&1
	reader=$?
	disarm
	[ $stranger != 142 ] && [ $reader != 142 ] || wrong 'keeps somebody waiting' "$stranger $reader"
	! marked_for enable || wrong 'runs what is refused' "$stranger"
	daemon_runs || { wrong 'dies' "$(tail -n 3 "$ERRORS")"; start_daemon; }
	[ -z "$(crashed)" ] || wrong 'crashes' "$(crashed)"
	forget_marks
	limit 10 "$GATED" status x.service >/dev/null 2>&1
	marked_for status || wrong 'refuses what may be asked for' ''
	within 10 descriptors_are $((before + 5)) || wrong 'keeps descriptors' "$(descriptors), there were $before"
}
limit 10 "$GATED" status x.service >/dev/null
before=$(descriptors)
walk 'a run of a gated command' a_run

finish
