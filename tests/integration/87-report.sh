#!/bin/bash
# `unitward report`: one page for people, by a browser's own word: it is whole, can be read by everybody, and names are text in it,
# whatever they are made of.
# filesystems: ext4
# modes: audit enforce
. "${0%/*}/lib.sh"

readonly BROWSER=chromium-headless-shell
hostile=('<img src=x onerror=alert(1)>.service' '<script>alert(1)<!--.timer' "quotes\" onclick='alert(1)'.service"
	$'right\u202eleft.service' $'bad\xff\xfebytes.timer' $'new\nline.service')
shown=('<img src=x onerror=alert(1)>.service' '<script>alert(1)<!--.timer' "quotes\" onclick='alert(1)'.service"
	'right\xe2\x80\xaeleft.service' 'bad\xff\xfebytes.timer' 'new\x0aline.service')

# A refused write; an arrival, which is taken away; a change that a rule allows.
start_daemon
for name in "${hostile[@]}"; do
	try attack create "$UNITS/$name"
	! enforcing || check "${name@Q} is refused" "it said: $said" was_refused
	evil arrival
	mv "$planted" "$UNITS/moved $name"
done
permitted 'create' create "$UNITS/shipped.timer" attack create "$UNITS/shipped.timer"
total() { jq -s "[.[] | select(.unitward.verdict) | select($1)] | length" "$LOG"; }
all_is_recorded() { [ "$(total '.unitward.verdict != "allow"')" -ge 12 ] && [ "$(total '.rule.name == "packages-own-units"')" -ge 1 ]; }
check 'all of it is recorded' "$(wc -l <"$LOG") records" within 10 all_is_recorded

report() { unitward report --log "$LOG" "$@"; }
mkdir "$WORK/reports" && page=$WORK/reports/report.html
echo 'what was there' >"$page"
chmod 0644 "$page"
check_status 'a page' 0 report --html "$page"
check 'it is for its owner alone' "$(stat -c %a "$page")" test "$(stat -c %a "$page")" = 600
check 'nothing else stays there' "$(ls "$WORK/reports")" test "$(ls "$WORK/reports")" = report.html
check 'it is whole' "$(tail -n 1 "$page")" test "$(tail -n 1 "$page")" = '</html>'
check 'what counts now' "$(grep -m 1 'class="state"' "$page")" grep -q "class=\"state\"><b class=\"[a-z]*\">It $(enforcing && echo enforces || echo only audits)</b>" "$page"
check_status 'on standard output' 0 report --html -
check 'the same there' "$(head -n 1 <<<"$said")" test "$(head -n 1 <<<"$said")" = '<!DOCTYPE html>'

facts=$WORK/facts.json
as_json() { report --json >"$facts"; }
check_status 'the facts' 0 as_json
holds() { jq -e "$1" "$facts" >"$WORK/said"; }
# counts KEY FILTER: the facts have what the log has; what is undone and what is refused has to be told apart.
counts() { [ "$(jq ".events.totals.$1" "$facts")" = "$(total "$2")" ]; }
check 'what was allowed is counted' "$(jq -c .events.totals "$facts")" counts allowed '.unitward.verdict == "allow"'
check 'what audit mode let pass is counted' "$(jq -c .events.totals "$facts")" \
	counts unprevented '.unitward.verdict != "allow" and (.unitward.enforced | not)'
check 'what was taken away is counted' "$(jq -c .events.totals "$facts")" \
	counts quarantined '.unitward.enforced and (.unitward.quarantine_id or .unitward.verdict == "quarantine")'
check 'bars and totals agree' "$(jq -c .events.axis "$facts")" \
	holds '(.events.axis.bars | map(.denied + .quarantined + .unprevented + .allowed) | add) == (.events.totals | add)'
check 'exact bytes are kept' "$(jq -c '.events.refused.rows[].path_hex' "$facts")" \
	holds '[.events.refused.rows[].path_hex // ""] | any(endswith("fffe62797465732e74696d6572"))'
check 'what is in quarantine' "$(jq -c '.quarantine.items | length' "$facts")" \
	test "$(jq '.quarantine.items | length' "$facts")" = "$(unitward quarantine list --json | jq length)"
check 'guarantees are those of doctor' "$(jq -c '.doctor' "$facts")" \
	test "$(jq -c '[.doctor[].guarantees // empty]' "$facts")" = "$(unitward doctor --json | jq -c '[.[].guarantees // empty]')"
check 'a table says what it leaves out' "$(jq -c '.events.refused.more' "$facts")" holds '.events.refused.more == 0'
check 'coverage is told by technique' "$(jq -c .coverage "$facts")" \
	holds '[.coverage[].id] | index("T1053.006") != null and index("T1543.002") != null'
check 'later than all of it: nothing' "$(report --json --since 2099-01-01 | jq .events.records)" \
	test "$(report --json --since 2099-01-01 | jq .events.records)" = 0

check_status 'a directory that is not there' 1 report --html "$WORK/missing/report.html"
check_said 'it says which' 'missing/report.html: No such file'
check_status 'nothing to make' 2 report
check_said 'it says what there is' '--html FILE'
check_status 'two things for standard output' 2 report --html - --json
check_status 'no log' 1 report --html "$page" --log "$WORK/none.jsonl"
check_said 'it says what to do about it' '--log FILE'
check 'the page says so' "$(grep -c 'This is not known' "$page")" grep -q 'This is not known: No such file' "$page"
cp "$LOG" "$WORK/damaged.jsonl" && echo 'garbage' >>"$WORK/damaged.jsonl"
check_status 'a damaged log' 1 report --html "$page" --log "$WORK/damaged.jsonl"
check 'what could be read is in the page' "$(grep -c moved "$page")" grep -q 'moved quotes' "$page"
report --html "$page"

# look PAGE DIRECTORY TEXT...: results of a browser, a line each.
look() { timeout $((60 * SLOWER)) python3 "${0%/*}/page.py" $BROWSER "$@" 2>&1; }
if ! enforcing; then
	:
elif has_sanitizers; then
	skip 'in a browser' 'the page is the same without sanitizers'
elif ! type -P $BROWSER >/dev/null; then
	skip 'in a browser' "$BROWSER is not installed"
else
	look "$page" "${KEEP:-$WORK}" "${shown[@]}" | tee "$WORK/looked"
	check 'a browser has looked at it' "$(tail -n 1 "$WORK/looked")" grep -q '^ok nothing was fetched' "$WORK/looked"
	# It would say something.
	sed '/<main>/s|$|<script>alert(1)</script><p onclick="x()">x</p><img src="https://example.org/x.png"><h4>x</h4><table><tr><td>x</td></tr></table>|
		s/style-src [^;]*/style-src '"'unsafe-inline'"'/; s/--soft:#59636e/--soft:#999/' "$page" >"$WORK/broken.html"
	look "$WORK/broken.html" "$WORK" 'never heard of' >"$WORK/looked"
	for name in 'headings in their order' 'tables have captions' 'nothing in it is active' 'phone, light: all of it can be read' \
		'what it must show can be read' 'the console was told nothing'; do
		check "a bad page: $name" "$(sed 's/^/| /' "$WORK/looked")" grep -q "^not ok $name - " "$WORK/looked"
	done
	check 'a bad page: dark is as it was' "$(sed 's/^/| /' "$WORK/looked")" grep -qx 'ok desk, dark: all of it can be read' "$WORK/looked"
fi
if type -P tidy >/dev/null; then
	check 'tidy has nothing to say' "$(tidy -q -e "$page" 2>&1)" test -z "$(tidy -q -e "$page" 2>&1)"
else
	skip 'tidy' 'it is not installed'
fi

# cpu_ms COMMAND...: what it takes of a processor.
cpu_ms() {
	local TIMEFORMAT='%U %S'
	{ time "$@" >/dev/null 2>&1; } 2>&1 | awk '{ printf "%d\n", ($1 + $2) * 1000 }'
}
# A hundred thousand events, in memory that does not grow with them, in little more than it takes to read and print them.
if enforcing && ! has_sanitizers; then
	python3 - "$LOG" >"$WORK/many.jsonl" <<-'END'
		import re, sys
		parts = [re.split(r'T..:..:..|moved ', line, 2) for line in open(sys.argv[1], errors='surrogateescape') if 'moved ' in line]
		parts = [part for part in parts if len(part) == 3]
		out = open(1, 'w', errors='surrogateescape')
		for i in range(100000):
		    part = parts[i % len(parts)]
		    out.write(f'{part[0]}T{i // 3600 % 24:02}:{i // 60 % 60:02}:{i % 60:02}{part[1]}moved{i} {part[2]}')
	END
	bounded() { prlimit --as=$((128 << 20)) "$BUILD/unitward" --socket "$RUNTIME/control" report --html "$page" --log "$WORK/many.jsonl"; }
	took=$(cpu_ms bounded)
	check 'a hundred thousand events' "$(grep -o '[0-9,]* records, from' "$page")" grep -q '100,000 records, from' "$page"
	reading=$(cpu_ms "$BUILD/unitward" events --json --log "$WORK/many.jsonl")
	echo "# $took ms of a processor; to read and print them takes $reading"
	check 'it takes little more than to read them' "$took ms, and $reading" test "$took" -lt $((reading * 2 + 200))
fi

stop_daemon
check_status 'no daemon: it says so' 3 report --html "$page"
check_said 'and what to do' 'systemctl start unitward.service|stopped'
check 'no daemon: so does the page' "$(grep -c 'does not answer' "$page")" grep -q 'class="state"><b class="denied">The daemon does not answer' "$page"
check 'no daemon: what is known is there' "$(grep -c moved "$page")" grep -q 'moved quotes' "$page"
finish
