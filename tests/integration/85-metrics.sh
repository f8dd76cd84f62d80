#!/bin/bash
# `unitward metrics`: what was decided is counted, in a format that Prometheus reads, also into the file of a collector.
# filesystems: ext4
# modes: audit enforce
. "${0%/*}/lib.sh"

# Prometheus' own judge of the format, without its server, which its package would start. Kept between runs.
fetch_promtool() {
	local directory=${BUILD%/build*}/build/prometheus
	[ -x "$directory/usr/bin/promtool" ] || (
		mkdir -p "$directory" && cd "$directory" || exit
		exec 9>lock && flock 9
		[ ! -x usr/bin/promtool ] || exit 0
		timeout 120 apt-get -qq -o APT::Sandbox::User=root download prometheus && dpkg-deb -x prometheus_*.deb . && rm prometheus_*.deb
	) >"$WORK/fetched" 2>&1
	promtool=$directory/usr/bin/promtool
	[ -x "$promtool" ]
}

# value METRIC [LABEL="VALUE"...]: its value where it has these labels, summed; "" where there is none.
value() {
	local metric=$1 line label sum=
	while read -r line; do
		[[ $line = "$metric"[\ {]* ]] || continue
		for label in "${@:2}"; do
			[[ $line = *[{,]"$label"[,}]* ]] || continue 2
		done
		sum=$((${sum:-0} + ${line##* }))
	done <<<"$metrics"
	echo "$sum"
}
look() { metrics=$(unitward metrics); }
is() { look && [ "$(value "${@:2}")" = "$1" ]; } # VALUE METRIC LABEL...

start_daemon
check 'it answers' "$(unitward metrics 2>&1 | head -n 3)" is 1 unitward_up
check 'nothing is denied yet' "$metrics" test -z "$(value unitward_decisions_total 'gate="write"' 'verdict="deny"')"
for i in 1 2 3; do denied "create $i" create "$UNITS/evil-$i.timer" attack create "$UNITS/evil-$i.timer"; done
check 'three denied writes are counted' "$(grep decisions_total <<<"$metrics")" within 5 is 3 \
	unitward_decisions_total 'gate="write"' 'operation="create"' 'verdict="deny"' "mode=\"$MODE\"" 'rule="default"'
evil moved.timer
quarantined 'an arrival' 'rename' "$UNITS/moved.timer" attack rename "$planted" "$UNITS/moved.timer"
check 'the arrival is counted' "$(grep decisions_total <<<"$metrics")" within 5 is 1 \
	unitward_decisions_total 'gate="arrival"' 'operation="rename"' "mode=\"$MODE\""
permitted 'create' create "$UNITS/shipped.timer" attack create "$UNITS/shipped.timer"
check 'what packages do is counted' "$(grep decisions_total <<<"$metrics")" within 5 is 1 \
	unitward_decisions_total 'gate="write"' 'operation="create"' 'verdict="allow"' 'rule="packages-own-units"'

look
check 'the mode' "$(value unitward_enforcing)" test "$(value unitward_enforcing)" = "$(enforcing && echo 1 || echo 0)"
digest=$(unitward status --json | jq -r .policy.digest)
check 'whose policy it is' "$digest" is 1 unitward_policy_info "digest=\"$digest\""
check 'the first policy' "$(value unitward_policy_generation)" is 1 unitward_policy_generation
echo >>"$POLICY"
check_status 'the policy is exchanged' 0 unitward reload
digest=$(unitward status --json | jq -r .policy.digest)
check 'another policy' "$digest" is 1 unitward_policy_info "digest=\"$digest\""
check 'it is the second' "$(value unitward_policy_generation)" is 2 unitward_policy_generation
as_many_as_recorded() { is "$(grep -c '"kind":"access"' "$LOG")" unitward_records_total 'kind="access"'; }
check 'as many as there are records' "$(grep records_total <<<"$metrics")" within 5 as_many_as_recorded
check 'everybody waited, and none longer than the longest' "$(grep wait_seconds <<<"$metrics")" test \
	"$(value unitward_wait_seconds_count)" = "$(value unitward_wait_seconds_bucket 'le="+Inf"')"
check 'at least who was decided about' "$(value unitward_wait_seconds_count)" test "$(value unitward_wait_seconds_count)" -ge 4
intervals_add_up() { grep _bucket <<<"$metrics" | sed 's/.* //' | sort -nc; }
check 'intervals add up' "$(grep _bucket <<<"$metrics")" intervals_add_up

file=$WORK/unitward.prom
check_status 'a file for the collector' 0 unitward metrics --textfile "$file"
check 'all of it is there' "$(head -n 5 "$file")" grep -q '^unitward_wait_seconds_count ' "$file"
check 'everybody may read it' "$(stat -c %a "$file")" test "$(stat -c %a "$file")" = 644
check 'nothing else stays there' "$(ls "$WORK")" test "$(find "$WORK" -name 'unitward.prom*' | wc -l)" = 1
check_status 'a file that cannot be' 1 unitward metrics --textfile "$WORK/missing/unitward.prom"
check_said 'it says which' 'missing/unitward.prom: No such file'
as_json() { unitward metrics --json | jq -e '.tally.decisions | length > 0'; }
check_status 'as JSON' 0 as_json

if fetch_promtool; then
	is_sound() { said=$("$promtool" check metrics 2>&1) && [ -z "$said" ]; }
	is_not_sound() { ! is_sound; }
	check 'promtool has nothing to say' "$("$promtool" check metrics <"$file" 2>&1)" is_sound <"$file"
	check 'promtool would say something' 'it takes anything' is_not_sound < <(cat "$file" && echo 'evil_metric 1')
else
	skip 'promtool' "it cannot be had: $(tail -n 1 "$WORK/fetched")"
fi

# What the dashboard shows is there.
dashboard=${0%/*}/../../packaging/grafana/unitward.json
for name in $(jq -r '.. | .expr? // empty' "$dashboard" | grep -o 'unitward_[a-z_]*' | sort -u); do
	check "the dashboard's $name" "$metrics" grep -q "^$name[ {]" <<<"$metrics"
done

stop_daemon
check_status 'no daemon: it says so' 3 unitward metrics --textfile "$file"
check 'no daemon: so does the file' "$(<"$file")" grep -qx 'unitward_up 0' "$file"
