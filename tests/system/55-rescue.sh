#!/bin/bash
# The README's rescue: a policy that refuses everybody everything, the word on the kernel's command line (in a container
# PID 1's arguments) that gives the machine back, and the way back to a guarded one.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

units=/etc/systemd/system

# Nobody may do anything, root and PID 1 included, and nobody may say that it is to be otherwise.
prepare() {
	# Without commands: this script looks with systemctl, which nobody would be let run.
	sed -i '/^commands: {/,/^};/d; /^rules = (/,/^);/d' "$1/etc/unitward/unitward.conf"
}

put_unit() { # NAME
	printf '[Service]\nType=oneshot\nExecStart=/usr/bin/touch /srv/marker/%s\n' "$1" >"/etc/systemd/system/$1.service"
}

mend() { # as one has to repair a machine: a new unit, enabled and started
	cd /etc/systemd/system && put_unit "$1" && ln -s "../$1.service" multi-user.target.wants/ &&
		systemctl daemon-reload && systemctl start "$1.service"
}

spoil() { cd /etc/systemd/system && rm -f "multi-user.target.wants/$1.service" "$1.service"; }

# allow_approvers: the policy names somebody again.
allow_approvers() {
	cat >/etc/unitward/policy.d/60-admins.conf <<-'END'
		actors: { admins: { login_uid = [ "admin" ]; uid = [ 0 ]; }; };
		rules = ( { id = "admins-may"; actor = "admins"; on = [ "approve", "create", "modify", "remove", "rename" ]; then = "allow"; } );
	END
}

rescue_to_audit() { echo 'mode = "audit";' >/etc/unitward/policy.d/99-rescue.conf; }
ruling_is() { in_container unitward status --json | jq -e "$1" >/dev/null; }
says() { # PATTERN COMMAND...: whatever its exit status
	local pattern=$1 said
	shift
	said=$("$@" 2>&1)
	grep -qE -- "$pattern" <<<"$said" || { echo "$said"; return 1; }
}
is_skipped() { [ "$(in_container systemctl show -P ConditionResult unitward.service)" = no ]; }
exits() { # STATUS COMMAND...
	local status=$1
	shift
	"$@"
	[ $? = "$status" ]
}

for mode in $(modes enforce); do
	boot "$mode" || continue
	refuse "locked out: a new unit" "Operation not permitted" in_container put_unit mended
	refuse "locked out: dpkg's own place" "Operation not permitted" in_container touch /usr/lib/systemd/system/x.service
	refuse "locked out: unitward audit" 'refused by the rule "default"' as_admin unitward audit
	refuse "locked out: unitward approve" 'refused by the rule "default"' as_admin unitward approve $units/multi-user.target.wants
	refuse "locked out: unitward stop" 'refused by the rule "default"' as_admin unitward stop
	halt

	init_arguments="unitward.mode=audit" start || continue
	expect "audit: status says why" says "audits because unitward.mode=audit is on the kernel's command line" \
		in_container unitward status
	expect "audit: doctor says why" says "only audits: .*unitward.mode=audit is on" \
		in_container unitward doctor
	expect "audit: the machine can be mended" in_container mend mended
	expect "audit: what was mended ran" await 5 test -e "$root/srv/marker/mended"
	expect "audit: it is reported" recorded "$units/mended.service"
	in_container spoil mended
	rm -f "$root/srv/marker/mended"
	halt

	init_arguments="quiet unitward.mode=off" unguarded=1 start || continue
	expect "off: the service is skipped" is_skipped
	expect "off: unitward status says why" says "unitward.mode=off is on the kernel's command line" in_container unitward status
	expect "off: by hand it says so" says "unitward.mode=off is on .*nothing is guarded" in_container unitwardd --foreground
	expect "off: by hand it ends well" exits 0 in_container unitwardd --foreground
	expect "off: doctor fails" exits 1 in_container unitward doctor
	expect "off: the machine can be mended" in_container mend mended
	expect "off: what was mended ran" await 5 test -e "$root/srv/marker/mended"

	# The way back, as the README has it.
	expect "back: audit in a drop-in" in_container rescue_to_audit
	expect "back: the policy is mended" in_container allow_approvers
	expect "back: the policy is content" in_container unitward check
	halt
	start || continue
	expect "back: it audits, because the policy says so" ruling_is '.mode == "audit" and .mode_ruling.source == "policy"'
	expect "back: diff shows what was mended" says "mended.service" in_container unitward diff
	expect "back: it is approved" as_admin unitward approve $units/mended.service $units/multi-user.target.wants/mended.service
	expect "back: a trial" as_admin unitward enforce --for 10m
	refuse "back: a stranger is refused" "Operation not permitted" in_container put_unit evil
	# shellcheck disable=SC2046
	kill -KILL $(daemon_pids)
	expect "back: killed in the trial, it is there again" await 10 ruling_is '.mode_ruling.confirmed == false'
	refuse "back: killed in the trial, a stranger is refused" "Operation not permitted" in_container put_unit evil
	expect "back: an administrator is not" as_admin put_unit good
	expect "back: confirmed" as_admin unitward confirm
	expect "back: an administrator takes the drop-in away" as_admin rm /etc/unitward/policy.d/99-rescue.conf
	expect "back: the policy is loaded" in_container unitward reload
	expect "back: the policy enforces" ruling_is '.mode == "enforce" and .mode_ruling.source == "policy"'
	halt
	rm -f "$root/srv/marker/mended"
	start || continue
	expect "back: what was mended runs at boot" await 10 test -e "$root/srv/marker/mended"
	refuse "back: a stranger is refused after the boot" "Operation not permitted" in_container put_unit evil
	halt
done
