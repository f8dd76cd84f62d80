#!/bin/bash
# A20, A22, A23: a gated command is run, by every way to run a program; what may be asked of it still is.
# everywhere: which inode is executed on an overlay
# filesystems: ext4 tmpfs overlay xfs btrfs
. "${0%/*}/lib.sh"
. "${0%/*}/gated.sh"

# It lies in a zone as well: both gates count, and one goes without the other.
gate "zones: { tools: { files = [ \"$GATED\" ]; }; };"
start_daemon

runs 'reading' status "$GATED" status x.service
refused 'enabling' enable "$GATED" enable x.timer
more='.unitward.verb == ["enable", "start"] and .unitward.units == ["x.timer"] and .unitward.scope == "system" and
	.threat.technique.id == ["T1053.006"] and (.process.command_line | endswith("--now enable x.timer"))' \
	refused 'enabling and starting' enable "$GATED" --now enable x.timer
runs 'an operator enables' enable operator run "$GATED" enable x.timer
recorded 'an operator enables' '.event.action == "exec" and .unitward.verdict == "allow" and .unitward.verb == ["enable"] and
	.rule.name == "operators-command"'
! watched || check 'reading is not recorded' "$(records '.unitward.verb == ["status"]' | head -n 1)" \
	eval '! has_record ".unitward.verb == [\"status\"]"'

if enforcing; then
	check_status 'an operator may copy it' 0 "$PROGRAMS/operator" run cp "$GATED" "$OUTSIDE/copy"
	check_status 'an operator may not write it' 1 "$PROGRAMS/operator" run attack write "$GATED"
	gate
	check_status 'in no zone any more' 0 unitward reload
	check_status 'in no zone any more: it is not copied' 1 cp "$GATED" "$OUTSIDE/copy"
	refused 'in no zone any more: enabling' enable "$GATED" enable x.timer
	runs 'in no zone any more: reading' status "$GATED" status
fi

if watched; then
	unitward doctor --policy "$POLICY" --json >"$WORK/doctor"
	check 'doctor: arguments can be read' "$(<"$WORK/doctor")" jq -e 'any(.[]; (.what | test("gated")) and .level == "ok")' "$WORK/doctor"
fi

# ---- what the refused sees ----
if enforcing; then
	on_terminal() { said=$(timeout 30 runner terminal "$@" | tr -d '\r'); }
	EXPECTED=--command on_terminal "$GATED" enable x.timer
	check_said 'on a terminal: the rule is named' 'unitward refused ".*gatedctl enable x.timer" by rule "default"; "unitward explain --command'
	on_terminal sh -c "'$GATED' enable x.timer 2>/dev/null"
	check 'not on a terminal: nothing is said' "$said" eval '[[ $said != *"unitward refused"* ]]'
	gate 'tell_terminal = false;'
	check_status 'told not to' 0 unitward reload
	on_terminal "$GATED" enable x.timer
	check 'told not to: nothing is said' "$said" eval '[[ $said = *permitted* && $said != *"unitward refused"* ]]'
fi

finish
