#!/bin/bash
# unitward explain --replay: what the daemon recorded is decided again, by its policy and by another one.
# filesystems: tmpfs
# modes: audit enforce
. "${0%/*}/lib.sh"

write_policy
start_daemon
evil planted.timer
cp "$planted" "$UNITS/planted.timer" 2>/dev/null
fake_dpkg run cp "$planted" "$VENDOR/packaged.timer"
recorded 'a plant' '.file.path // "" | endswith("/planted.timer")'
recorded 'a package' '(.file.path // "" | endswith("/packaged.timer")) and .rule.name == "packages-own-units"'
stop_daemon

check_status 'the same policy: nothing changes' 0 unitward explain --policy "$POLICY" --replay "$LOG"
check_said 'the same policy: says how much it decided' '[1-9][0-9]* decided again.* 0 newly refused, 0 newly allowed'
check_said 'what is no decision is counted' 'skipped [0-9]+: no decisions'

sed 's/actor = "packages"; zone/actor = "operators"; zone/' "$POLICY" >"$WORK/other.conf"
check_status 'another policy: something changes' 1 unitward explain --policy "$WORK/other.conf" --replay "$LOG"
check_said 'another policy: says whom it refuses' 'would be refused, and was allowed.*packages-own-units \(allow\) -> default \(deny\)'
said=$(unitward explain --json --policy "$WORK/other.conf" --replay - <"$LOG")
check 'as JSON, from standard input' "$said" jq -e '.summary.refused > 0 and .summary.allowed == 0 and .summary.malformed == 0' <<<"$said"
check_status 'a question beside it' 2 unitward explain --uid 0 --replay "$LOG"
echo junk >>"$LOG"
check_status 'a damaged log' 1 unitward explain --policy "$POLICY" --replay "$LOG"
check_said 'a damaged log: says where' "1 lines are not events, the first at $LOG:[0-9]+"

finish
