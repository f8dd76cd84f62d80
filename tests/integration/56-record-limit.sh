#!/bin/bash
# Like records of one actor are counted beyond so many, and told of in a summary: nothing is lost without a count, and
# nobody hides somebody else.
# filesystems: ext4
# modes: audit enforce
. "${0%/*}/lib.sh"

readonly TRIES=10000 BURST=20

write_policy "record_limit: { burst = $BURST; interval = \"2s\"; };"
start_daemon

# What one program tried with one operation: written, and counted in summaries.
# shellcheck disable=SC2016 # jq's
by_perl='(.process.executable // "" | endswith("/perl")) and .unitward.operation == $operation'
written() { jq -s --arg operation "$1" "map(select($by_perl and .unitward.kind == \"access\")) | length" "$LOG"; }
counted() { jq -s --arg operation "$1" "map(select($by_perl and .unitward.kind == \"summary\").unitward.count) | add // 0" "$LOG"; }
adds_up() { [ $(($(written "$1") + $(counted "$1"))) = "$2" ]; }

# shellcheck disable=SC2016 # perl's
write_again='for (1..$ARGV[0]) { open(my $f, "+<", $ARGV[1]) }'
# shellcheck disable=SC2016
create_many='for (1..$ARGV[0]) { open(my $f, ">", "$ARGV[1]/flood-$_.service") }'

began=$SECONDS
perl -e "$write_again" $TRIES "$UNITS/tampered.service" &
flood=$!
denied 'somebody else meanwhile' modify "$UNITS/authorised.service" attack write "$UNITS/authorised.service"
wait $flood
check "$TRIES tries of one program: each is written or counted" "$(written modify) and $(counted modify)" \
	within 10 adds_up modify $TRIES
most=$((BURST * ((SECONDS - began) / 2 + 2)))
check "at most $most records" "$(written modify)" test "$(written modify)" -le $most
check 'nothing was lost' "$(unitward status --json | jq -c .queue)" test "$(unitward status --json | jq .queue.records_dropped)" = 0
recorded 'the summary' '.unitward.kind == "summary" and .unitward.summed_kind == "access" and .unitward.count > 1 and
	.unitward.targets == [.file.path] and .unitward.n_targets == 1 and (.unitward.more_targets | not) and
	.event.start <= .event.end and .event.kind == "alert" and .rule.name == "default" and .user.id == "0"'
said=$(unitward events --log "$LOG" | grep ' times since ')
check_said 'people can read it' "modify $UNITS/tampered.service by .*/perl .* rule default: [0-9]+ times since the record limit"

decided() { unitward metrics | sed -n "s/^unitward_decisions_total{gate=\"write\",operation=\"modify\",.*rule=\"default\"} //p"; }
check 'decisions are counted one by one' "$(decided)" test "$(decided)" = $((TRIES + 1))

# What was prevented is alike whatever it was done to; what took effect is told of name by name.
perl -e "$create_many" 200 "$UNITS"
if enforcing; then
	check 'other names are counted together' "$(written create) and $(counted create)" within 10 adds_up create 200
	check 'their number has an end' "$(written create)" test "$(written create)" -le $((3 * BURST))
	recorded 'the names' '.unitward.kind == "summary" and .unitward.operation == "create" and
		(.unitward.targets | length) == 8 and .unitward.n_targets == 64 and .unitward.more_targets'
else
	names() { jq -r 'select(.unitward.kind == "access").file.path' "$LOG" | grep /flood- | sort -u | wc -l; }
	all_are_written() { [ "$(names)" = 200 ]; }
	check 'audit mode: what took effect is recorded for each name' "$(names)" within 10 all_are_written
fi

# The other counts know as much.
as_told() { [ "$(unitward status --json | jq .queue.records_summed)" = "$(jq -s 'map(.unitward.count // 0) | add' "$LOG")" ]; }
check 'status has the same count' "$(unitward status --json | jq -c .queue)" within 10 as_told
check_status 'metrics too' 0 grep -qx "unitward_records_summed_total $(unitward status --json | jq .queue.records_summed)" <(unitward metrics)

# Killed with a count in its memory, the next guard says how many.
if enforcing; then
	perl -e "$write_again" 500 "$UNITS/tampered.service"
	within 5 has_written
	kill -KILL "$(guard)"
	recorded 'a guard that dies: the next one says what was counted' '.unitward.kind == "takeover" and
		(.message | test("; [0-9]+ records of repeated deeds had been counted"))'
fi
stop_daemon

check_status 'decided again: nothing changes' 0 unitward explain --policy "$POLICY" --replay "$LOG"
again=$(grep -oE '[0-9]+ decided again' <<<"$said" | grep -oE '^[0-9]+')
check 'decided again: as often as it happened' "$said" test "${again:-0}" -gt $TRIES
check_said 'decided again: it says what a summary leaves out' 'a summary counts more than it names|decided again'
said=$(unitward suggest --json --policy "$POLICY" "$LOG" 2>/dev/null)
reported() { unitward report --json --log "$LOG" --policy "$POLICY" | jq '.events.totals | .denied + .unprevented'; }
check 'the report counts as often' "$(reported)" test "$(reported)" -gt $TRIES
check 'suggest counts as often' "$(jq -c .summary <<<"$said")" jq -e ".. | numbers | select(. > $TRIES)" <<<"$said"
finish
