#!/bin/bash
# An administrator whom the policy names says what is authorised; nobody else does, root or not, in either mode.
. "${0%/*}/lib.sh"

never_written=$WORK/never-written
mkfifo "$never_written"
watched || { ok 'absent: there is nobody to ask'; exit 0; }
start_daemon

ledger_of() { unitward ledger export --json | jq -r --arg path "$2" ".[] | select(.path == \$path) | $1"; }
in_ledger() { [[ $(ledger_of '"\(.source) \(.rule)"' "$1") == "$2" ]]; }
not_in_ledger() { [ -z "$(ledger_of .path "$1")" ]; }

# plant NAME: an unauthorised unit in place. In enforce mode it is in quarantine then.
plant() {
	evil "$1"
	mv "$planted" "$UNITS/$1"
	enforcing && within 2 state_is "$UNITS/$1" absent
	path=$UNITS/$1
	recorded "$1 is planted" "$IS_OF_PATH"
}

refused_by() {
	path=$2
	recorded "$1" "$IS_OF_PATH"' and .event.action == "approve" and .unitward.verdict == "deny" and
		.unitward.enforced == true and .rule.name == "'"$3"'" and (.process.executable | endswith("/unitward"))'
}

plant evil.service
if enforcing; then
	id=$(unitward quarantine list --json | jq -r --arg path "$UNITS/evil.service" 'map(select(.path == $path))[-1].id')
	check_status 'approve of what is in quarantine' 1 operator approve "$UNITS/evil.service"
	check_said 'it says under which name' "quarantine restore $id"
	unit 'put there by dpkg' >"$OUTSIDE/approved"
else
	check_status 'approve by a root shell' 1 unitward approve "$UNITS/evil.service"
	check_said 'the refusal names the rule' 'refused by the rule "default"'
	check_said 'the refusal says what to do' 'on = "approve"'
	refused_by 'approve by a root shell' "$UNITS/evil.service" default
	check 'refused: not in the ledger' 'it is' not_in_ledger "$UNITS/evil.service"
	# What is approved is what is there, not what its writer has still to write.
	attack held-write "$UNITS/evil.service" <>"$never_written" >"$WORK/held" &
	holder=$!
	within 2 test -s "$WORK/held" || bail_out "it cannot be held: $(<"$WORK/held")"
	check_status 'approve while somebody has it open for writing' 1 operator approve "$UNITS/evil.service"
	check_said 'approve while it is open: says what to do' 'open for writing'
	check 'approve while it is open: not in the ledger' 'it is' not_in_ledger "$UNITS/evil.service"
	kill $holder
	wait $holder 2>/dev/null
	check_status 'approve by an operator' 0 operator approve "$UNITS/evil.service"
	check_said 'approve: shows the digest' "$(sha256sum "$UNITS/evil.service" | cut -c1-12)"
	check 'approve: the ledger knows by which rule' "$(ledger_of .rule "$UNITS/evil.service")" \
		within 2 in_ledger "$UNITS/evil.service" 'approve operators-approve'
	path=$UNITS/evil.service
	recorded 'approve' "$IS_OF_PATH"' and .event.action == "approve" and .unitward.verdict == "allow" and
		.rule.name == "operators-approve"'
	check_status 'approve again is fine' 0 operator approve "$UNITS/evil.service"

	mkdir "$UNITS/new.service.d" && printf '[Service]\nNice=1\n' | tee "$UNITS/new.service.d/"{a,b}.conf >/dev/null
	ln -s ../vendor.service "$UNITS/multi-user.target.wants/linked.service"
	rm "$UNITS/removed.service"
	sleep 0.3
	check_status 'approve a directory, a link and a removal' 0 operator approve "$UNITS/new.service.d/" \
		"$UNITS/multi-user.target.wants/linked.service" "$UNITS/removed.service"
	for name in new.service.d new.service.d/a.conf new.service.d/b.conf multi-user.target.wants/linked.service; do
		check "approve: $name" 'it is not in the ledger' within 2 in_ledger "$UNITS/$name" 'approve operators-approve'
	done
	check 'approve of a removal: not in the ledger' 'it is' within 2 not_in_ledger "$UNITS/removed.service"
fi

check_status 'what nobody protects cannot be approved' 1 operator approve "$OUTSIDE/approved"
check_status 'what is not there cannot be approved' 1 operator approve "$UNITS/nothing.service"
check_status 'a directory of the policy cannot be revoked' 1 operator revoke "$UNITS"
check_status 'no path: usage' 2 operator approve

before=$(state_of "$UNITS/authorised.service")
check_status 'revoke by a root shell' 1 unitward revoke "$UNITS/authorised.service"
refused_by 'revoke by a root shell' "$UNITS/authorised.service" default
check_state 'revoke refused: nothing changes' "$UNITS/authorised.service" "$before"
check_loads 'revoke refused: it loads' "$UNITS/authorised.service"
check 'revoke refused: it stays in the ledger' 'it is not' in_ledger "$UNITS/authorised.service" 'baseline baseline'

check_status 'revoke by an operator' 0 operator revoke "$UNITS/tampered.service" "$UNITS/authorised.service.d"
check 'revoke: the ledger forgets it' 'it does not' within 2 not_in_ledger "$UNITS/tampered.service"
check 'revoke of a directory: what is in it too' 'it is in the ledger' within 2 \
	not_in_ledger "$UNITS/authorised.service.d/hardening.conf"
path=$UNITS/tampered.service
recorded 'revoke' "$IS_OF_PATH"' and .rule.name == "operators-approve" and (.message | test("revoked"))'
if enforcing; then
	check_state 'revoke: it is gone' "$UNITS/tampered.service" absent
	check_state 'revoke: the directory is gone' "$UNITS/authorised.service.d" absent
	evidence 'revoke' "$UNITS/tampered.service" ExecStart
else
	check_said 'revoke in audit mode: it stays' 'tolerated'
	check 'revoke in audit mode: it is still there' 'it is gone' test -e "$UNITS/tampered.service"
fi
check_status 'revoke of what is not authorised' 1 operator revoke "$UNITS/tampered.service"

# What was approved stays approved, what was revoked stays revoked.
keep "$UNITS/authorised.service"
enforcing || keep "$UNITS/evil.service"
finish
