#!/bin/bash
# A31: a ledger that is damaged or gone is kept aside and made anew from its export, never from what is on the disk.
# Where the export is of no use either, the daemon says so and prevents nothing until somebody has looked.
# filesystems: ext4 tmpfs
# modes: audit enforce
. "${0%/*}/lib.sh"

readonly LEDGER=$STATE/ledger.db EXPORT=$STATE/ledger.export

exported() { grep -qs "${1##*/}" "$EXPORT"; }
problem_recorded() { has_record ".unitward.kind == \"problem\" and (.message | test(\"$1\"))"; }

# The unit of somebody who used the time in which nobody watched.
plant() {
	evil evil.service
	mv "$planted" "$UNITS/evil.service"
	echo '# planted' >>"$UNITS/tampered.service"
}

clean() {
	! enforcing || return 0
	rm -f "$UNITS/evil.service"
	unit tampered.service >"$UNITS/tampered.service"
}

damage_truncate() { truncate -s 5000 "$LEDGER"; }
damage_overwrite() { dd if=/dev/urandom of="$LEDGER" bs=4096 seek=1 count=2 conv=notrunc status=none; }
damage_remove() { rm "$LEDGER"; }
damage_empty() { : >"$LEDGER"; }
damage_entries() { sqlite3 "$LEDGER" 'UPDATE entry SET kind = 7'; }
damage_all_of_it() { rm "$LEDGER"*; }

kept_aside() { compgen -G "$LEDGER.damaged-*" >/dev/null; }

# rebuilt HOW: the export says what is authorised, so what was planted is not.
rebuilt() {
	local before
	before=$(state_of "$UNITS/authorised.service")
	stop_daemon
	"damage_$1"
	rm -f "$LEDGER".damaged-*
	plant
	start_daemon
	check "$1: said on standard error" "$(<"$ERRORS")" grep -q 'made anew from' "$ERRORS"
	check "$1: recorded" 'no such record' within 2 problem_recorded 'made anew from'
	case $1 in
	remove | all_of_it) ;;
	*) check "$1: kept aside" "$(ls "$STATE")" kept_aside ;;
	esac
	check_state "$1: what is authorised stays" "$UNITS/authorised.service" "$before"
	check_does_not_load "$1: what was planted does not load" "$UNITS/evil.service"
	if enforcing; then
		evidence "$1: what was planted" "$UNITS/evil.service" '# planted'
		check_state "$1: what was tampered with is back" "$UNITS/tampered.service" "$tampered"
	fi
	check_loads "$1: what was installed later loads" "$UNITS/later.service"
	denied "$1: create" create "$UNITS/other.timer" attack create "$UNITS/other.timer"
	enforcing || rm -f "$UNITS/other.timer"
	clean
}

# lost HOW: neither ledger nor export.
lost() {
	stop_daemon
	rm -rf "$STATE" && cp -a "$WORK/good" "$STATE"
	plant
	"$1"
	start_daemon
	check "$1: said on standard error" "$(<"$ERRORS")" grep -q 'only what belongs to packages is authorised' "$ERRORS"
	check "$1: recorded" 'no such record' within 2 problem_recorded 'only what belongs to packages'
	check "$1: no new baseline" 'there is one' eval '! has_record ".unitward.kind == \"baseline\" and .message != null and
		(.[\"@timestamp\"] > \"$since\")"'
	check_loads "$1: the units of the administrator go on to work" "$UNITS/authorised.service"
	check_status "$1: status" 1 unitward status
	check_said "$1: status says what to do" 'unitward baseline --take'
	check_status "$1: status, as JSON" 1 unitward status --json
	check "$1: status: nothing is prevented" "$said" jq -e '.enforcing == false' <(echo "$said")
	stop_daemon
	start_daemon
	check_status "$1: after a restart: status" 1 unitward status
	check_said "$1: after a restart: status says what to do" 'unitward baseline --take'
	rm "$UNITS/evil.service"
	unit tampered.service >"$UNITS/tampered.service"
}

no_export() { rm "$LEDGER" "$EXPORT"; }
damaged_export() { rm "$LEDGER"; sed -i 's/authorised/authorized/' "$EXPORT"; }
nothing_but_golden() { rm -r "$LEDGER"* "$EXPORT" "$STATE/boot-id" "$STATE/quarantine"; }

start_daemon
unit later.service >"$WORK/later.service"
try fake_dpkg unpack "$UNITS/later.service" <"$WORK/later.service"
check 'a unit that is installed later' "it said: $said" test $status = 0
tampered=$(state_of "$UNITS/tampered.service")
check 'is in the export' 'it is not' within 5 exported later.service

for how in truncate overwrite remove empty entries all_of_it; do
	rebuilt $how
done

stop_daemon
cp -a "$STATE" "$WORK/good"
since=$(date -u +%FT%T.%6NZ)
for how in no_export damaged_export nothing_but_golden; do
	lost $how
done

finish
