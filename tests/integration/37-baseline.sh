#!/bin/bash
# unitward baseline: a review says what is suspicious; a baseline is taken by who may, and one that has to be reviewed
# is taken by nobody else, not by a first start either.
# filesystems: ext4 tmpfs
. "${0%/*}/lib.sh"

watched || { ok 'absent: there is nobody to ask'; exit 0; }

printf '[Service]\nExecStart=/tmp/x\n' >"$UNITS/volatile.service"
printf '[Service]\nExecStart=/nonexistent/program\n' >"$UNITS/lost.service"
chmod 0666 "$UNITS/authorised.timer"
ln -s /nonexistent/unit.service "$UNITS/multi-user.target.wants/dangling.service"
# As where /lib is a link to usr/lib: on the way to units, in a directory that is itself not protected.
ln -s usr/lib "$SCRATCH/lib"
policy='baseline = "reviewed";'
write_policy "$policy"
start_daemon

review() { unitward baseline --json | jq -e "$1"; }
reason() { check "review: $3" "$(unitward baseline --json | jq -c '.suspicious')" review ".suspicious | any((.path == \"$UNITS/$1\") and (.reasons | any(test(\"$2\"))))"; }
check_status 'review: something is suspicious' 1 unitward baseline --review
check_said 'review: readable' "$UNITS/volatile.service"
reason volatile.service 'everybody may write' 'a program in /tmp'
reason lost.service '/nonexistent/program' 'a program that is not there'
reason authorised.timer 'may write' 'writable by others'
reason multi-user.target.wants/dangling.service 'nothing' 'a link to nothing'
check 'review: a plain unit is not suspicious' 'it is' review \
	".suspicious | all(.path != \"$UNITS/tampered.service\")"
check 'review: a plain unit of no package' 'it is not listed' review ".unowned | any(.path == \"$UNITS/tampered.service\")"

check_status 'first start with a review to come: status says so' 1 unitward status
check_said 'first start: status' 'not reviewed'
status_is() { unitward status --json | jq -e "$1" >/dev/null; }
check 'first start: audit mode until then' "$(unitward status --json)" status_is '.mode == "audit"'
check 'first start: no unit is authorised' "$(unitward ledger export)" \
	eval '! unitward ledger export | grep -q "tampered.service"'
recorded 'first start' '(.message // "") | test("wait for a review")'
check_state 'first start: nothing is taken away' "$UNITS/volatile.service" "$(state_of "$UNITS/volatile.service")"
stop_daemon
start_daemon
check 'a restart is no review' "$(unitward status --json)" status_is '.mode == "audit"'

check_status 'take by a root shell' 1 unitward baseline --take --yes
check_said 'take by a root shell: refused' 'refused by the rule "default"'
check 'take by a root shell: nothing is authorised' 'it is' eval '! unitward ledger export | grep -q tampered.service'
check_status 'take asks first' 1 operator baseline --take
check_status 'take' 0 operator baseline --take --yes
check_status 'take: nothing differs' 0 unitward diff --verify
check 'take: who' "$(unitward ledger export | grep -m 1 tampered.service)" \
	eval 'unitward ledger export | grep "/system/tampered.service" | grep -q "baseline.*operators-approve.*unitward"'
check 'take: the mode of the policy' "$(unitward status --json)" status_is ".mode == \"$MODE\""
check_status 'take: the policy is loaded again' 0 unitward reload
sleep 0.3
check 'take: a link on the way to units stays' "$(ls -l "$SCRATCH")" test -L "$SCRATCH/lib"
check_loads 'take: a unit loads' "$UNITS/tampered.service"
keep "$UNITS/tampered.service"
check_status 'export of the baseline' 0 unitward baseline --export "$WORK/baseline"
check 'export of the baseline: the same as of the ledger' 'it differs' cmp -s "$WORK/baseline" <(unitward ledger export)

evil late.service && mv "$planted" "$UNITS/late.service"
if enforcing; then
	check 'from then on what is planted goes' 'it stays' within 2 state_is "$UNITS/late.service" absent
else
	sleep 0.3
	check_status 'audit mode: take what came since' 0 operator baseline --take --yes
	check_said 'audit mode: how many' 'Authorised: 1 '
fi
finish
