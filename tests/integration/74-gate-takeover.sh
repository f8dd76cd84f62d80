#!/bin/bash
# A30: the guard is killed while gated commands are run, and between the two looks at them.
# filesystems: ext4
# modes: enforce
. "${0%/*}/lib.sh"
. "${0%/*}/gated.sh"

: "${TRIES:=60}"
sed -i 's|^rules = ($|rules = (\n        { id = "for-clients"; client = "systemctl"; zone = "system-units"; then = "allow"; },|' "$RULES"
start_daemon

takeovers() { records '.unitward.kind == "takeover"' | wc -l; }
has_taken_over() { [ "$(takeovers)" -ge "$1" ]; }
is_confirmed() { has_record ".event.action == \"exec\" and .unitward.verdict == \"allow\" and (.process.command_line | test(\"$1\"))"; }

# A permitted run, and what it then writes into a unit directory.
at_work() { MARKERS=$UNITS HOLD=$WORK/go timeout 20 "$PROGRAMS/operator" run "$GATED" enable "$1" & }
rm -f "$WORK/go"
at_work first.service
check 'a run is let through' 'no record of it' within 5 is_confirmed first.service
: >"$WORK/go"
wait $!
check 'it may write units' "exit status $?" test -e "$UNITS/enable"
rm -f "$WORK/go" "$UNITS/enable"
within 5 eval '! [ -e "$UNITS/enable" ]'
at_work second.service
worker=$!
check 'another run is let through' 'no record of it' within 5 is_confirmed second.service
kill -KILL "$(guard)"
check 'another guard' "$(takeovers) times" within 10 has_taken_over 1
: >"$WORK/go"
wait $worker
result=$?
check 'the run is known to the next guard' "exit status $result" test $result = 0 -a -e "$UNITS/enable"
recorded 'what it wrote' '.unitward.client == "systemctl" and .unitward.verdict == "allow" and .rule.name == "for-clients"'
denied 'somebody else' create "$UNITS/evil.service" attack create "$UNITS/evil.service"

# ---- killed again and again ----
(
	while [ ! -e "$WORK/enough" ]; do
		kill -KILL "$(guard)" 2>/dev/null
		read -rt 0.2 <&"$never"
	done
) &
killer=$!
for kind in word vfork; do
	forget_marks
	said=$(timeout 100 runner race-$kind "$TRIES" "$GATED")
	check "the guard killed: $kind: what is refused never runs: $said" 'it ran' eval '! marked_for enable'
done
: >"$WORK/enough"
wait $killer
within 10 eval 'unitward status >/dev/null 2>&1'
runs 'after that: reading' status "$GATED" status
refused 'after that: enabling' enable "$GATED" enable x.timer

finish
