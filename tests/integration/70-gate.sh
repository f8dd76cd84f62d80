#!/bin/bash
# A20, A22, A23: a gated command is run, by every way to run a program; what may be asked of it still is.
# filesystems: ext4 tmpfs overlay xfs btrfs
. "${0%/*}/lib.sh"
. "${0%/*}/gated.sh"

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

finish
