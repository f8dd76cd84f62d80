#!/bin/bash
# The ledger as a text: exported, imported on a second root, the same bytes again; damaged or foreign: nothing changes.
. "${0%/*}/lib.sh"

watched || { ok 'absent: there is nothing to export'; exit 0; }
start_daemon
unit 'from a package' | fake_dpkg unpack "$UNITS/package.service"
fake_dpkg run ln -s ../package.service "$UNITS/multi-user.target.wants/package.service"
fake_dpkg run mkdir "$UNITS/package.service.d"
check_marked "the package's drop-ins" "$UNITS/package.service.d" # dpkg lives on when it has renamed: its stand-in does not
printf '[Service]\nNice=1\n' | fake_dpkg unpack "$UNITS/package.service.d/nice.conf"
touch "$OUTSIDE/odd" && cp "$UNITS/package.service" "$OUTSIDE/odd.service"
check_status 'install' 0 operator install "$OUTSIDE/odd.service"

text=$WORK/ledger.text
check_status 'export' 0 unitward ledger export "$text"
check 'export: every unit is in it' "$(cat "$text")" grep -q "package.service.d/nice.conf" "$text"
check 'export: who, and why' "$(grep odd.service "$text")" eval 'grep "/odd.service" "$text" | grep -q "install.*operators-approve"'
check 'export to standard output: the same' 'it differs' cmp -s "$text" <(unitward ledger export)
check 'export as JSON' 'it is none' eval 'unitward ledger export --json | jq -e "map(.path) | any(endswith(\"/odd.service\"))" >/dev/null'
check 'export without a place to write' "$(unitward ledger export /nonexistent/x 2>&1)" \
	eval '! unitward ledger export /nonexistent/x 2>/dev/null'

import() { operator ledger import "$@"; }
before=$(unitward ledger export)
unchanged() { check "$1: nothing changed" 'the ledger differs' test "$(unitward ledger export)" = "$before"; }

check_status 'import by a root shell' 1 unitward ledger import --yes "$text"
check_said 'import by a root shell: which rule' 'rule "default"'
check_status 'import asks first' 1 import "$text"
check_said 'import asks first: says how' '--yes'
unchanged 'import asks first'
check_status 'import of what is there already' 0 import --yes "$text"
check_said 'import of what is there already: counts' '0 new, 0 changed, 0 removed'
unchanged 'import of what is there already'

sed "s/nice.conf/evil.conf/" "$text" >"$WORK/damaged"
check_status 'a damaged text' 1 import --yes "$WORK/damaged"
check_said 'a damaged text: what is wrong' 'sha256|digest|damaged'
sed '5d' "$text" >"$WORK/damaged"
check_status 'a text with a line missing' 1 import --yes "$WORK/damaged"
head -n -1 "$text" >"$WORK/damaged"
check_status 'a text without its end' 1 import --yes "$WORK/damaged"

# signed FILE: with a digest that fits again, as somebody with an editor would make it.
signed() { sha256sum <"$1" | sed 's/ .*//; s/^/sha256 /' >>"$1"; }
grep -v '^sha256 ' "$text" | sed "s,$UNITS/odd.service,/etc/passwd," | sort -t $'\t' -k 7,7 >"$WORK/body"
{ grep -v '^sha256 ' "$text" | sed '/^$/q'; grep -v '^sha256 ' "$text" | sed '1,/^$/d; '"s,$UNITS/odd.service,/etc/passwd," |
	LC_ALL=C sort -t $'\t' -k 7,7; } >"$WORK/foreign"
signed "$WORK/foreign"
check_status 'a path that nobody protects' 1 import --yes "$WORK/foreign"
check_said 'a path that nobody protects: the line' 'line [0-9]+: /etc/passwd'
grep -v '^sha256 ' "$text" | sed "s/^file\t0644/file\tabcd/" >"$WORK/wrong"
signed "$WORK/wrong"
check_status 'a mode that is none' 1 import --yes "$WORK/wrong"
check_said 'a mode that is none: the line' 'line [0-9]+'
unchanged 'refused texts'

# A second root: the same files, and a ledger that knows nothing of them but what the text says.
stop_daemon
rm -rf "$STATE"
rm "$UNITS/package.service.d/nice.conf" && printf '[Service]\nNice=2\n' >"$UNITS/package.service.d/nice.conf"
evil planted.service && mv "$planted" "$UNITS/planted.service"
start_daemon # takes all of that for its baseline
printf '[Service]\nNice=1\n' | fake_dpkg unpack "$UNITS/package.service.d/nice.conf"
check_status 'import on a second root' 0 import --yes "$text"
check_said 'import on a second root: counts' '0 new, [0-9]+ changed, 1 removed|0 new, 0 changed, 1 removed'
check 'round trip: the same bytes' "$(diff <(unitward ledger export) "$text" | head -4)" cmp -s "$text" <(unitward ledger export)
recorded 'import' '.message // "" | test("ledger was imported by.*1 removed")'
if enforcing; then
	check 'what the text does not have is gone' 'it is there' within 2 state_is "$UNITS/planted.service" absent
	evidence 'what the text does not have' "$UNITS/planted.service" '# planted'
	check_status 'afterwards nothing differs' 0 unitward diff --verify
else
	check_status 'audit mode: what the text does not have stays, and differs' 1 unitward diff
	check_said 'audit mode: it alone' "^new +$UNITS/planted.service"
	rm "$UNITS/planted.service"
	check_status 'without it nothing differs' 0 unitward diff --verify
fi

# Imported contents can be restored: their golden copies were taken.
if enforcing; then
	before=$(cut -d' ' -f2- <<<"$(state_of "$UNITS/odd.service")")
	rm "$UNITS/odd.service"
	back() { cmp -s "$OUTSIDE/odd.service" "$UNITS/odd.service"; }
	check 'what was imported comes back' "$(unitward diff 2>&1)" within 2 back
fi
keep "$UNITS/package.service.d/nice.conf"

# --merge only adds.
head -n 1 "$text" >"$WORK/one" && echo >>"$WORK/one" && grep "$UNITS/odd.service" "$text" >>"$WORK/one"
signed "$WORK/one"
check_status 'import --merge' 0 import --merge --yes "$WORK/one"
check 'import --merge: all else stays' 'it does not' cmp -s "$text" <(unitward ledger export)
finish
