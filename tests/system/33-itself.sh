#!/bin/bash
# Root without a login masks, edits, disables and stops unitward, and changes what it goes by.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=attempts.sh
. "$here/attempts.sh"

units=/etc/systemd/system
attempts=(
	"mask $units/unitward.service"
	"dropped-in $units/unitward.service.d*"
	"edited /usr/lib/systemd/system/sed*"
	"unlinked $units/sysinit.target.wants/unitward.service"
	"disabled /usr/bin/systemctl /usr/bin/bash"
	"masked /usr/bin/systemctl /usr/bin/bash"
	"policy /etc/unitward/sed*"
	"more-policy /etc/unitward/policy.d/99-evil.conf"
	"program /usr/sbin/unitwardd"
)

attack_mask() { ln -sf /dev/null /etc/systemd/system/unitward.service; }
effect_mask() { [ -L "$root$units/unitward.service" ]; }
attack_dropped-in() {
	mkdir -p /etc/systemd/system/unitward.service.d &&
		printf '[Service]\nExecStart=\nExecStart=/bin/true\n' >/etc/systemd/system/unitward.service.d/evil.conf
}
effect_dropped-in() { [ -s "$root$units/unitward.service.d/evil.conf" ]; }
attack_edited() { sed 's,^ExecStart=.*,ExecStart=/bin/true,' -i /usr/lib/systemd/system/unitward.service; }
effect_edited() { grep -qx ExecStart=/bin/true "$root/usr/lib/systemd/system/unitward.service"; }
attack_unlinked() { rm /etc/systemd/system/sysinit.target.wants/unitward.service; }
effect_unlinked() { [ ! -L "$root$units/sysinit.target.wants/unitward.service" ]; }
attack_disabled() { systemctl disable unitward.service; }
effect_disabled() { effect_unlinked; }
attack_masked() { systemctl mask unitward.service; }
effect_masked() { effect_mask; }
attack_policy() { sed -i 's/^mode = .*/mode = "audit"; # evil/' /etc/unitward/unitward.conf; }
effect_policy() { grep -q '^mode = "audit"; # evil' "$root/etc/unitward/unitward.conf"; }
attack_more-policy() { echo 'default = "allow";' >/etc/unitward/policy.d/99-evil.conf; }
effect_more-policy() { [ -s "$root/etc/unitward/policy.d/99-evil.conf" ]; }
attack_program() { cp /usr/bin/true /root/unitwardd && mv /root/unitwardd /usr/sbin/unitwardd; }
effect_program() { cmp -s "$root/usr/bin/true" "$root/usr/sbin/unitwardd" || [ ! -e "$root/usr/sbin/unitwardd" ]; }
for line in "${attempts[@]}"; do eval "trigger_${line%% *}() { true; }"; done
still_enforces() { in_container unitward status --json | jq -e '.mode == "enforce"' >/dev/null; }

# Without unitward there is nothing to attack: audit mode shows that the attacks go well.
for mode in $(modes audit enforce); do
	boot "$mode" || continue
	try_attempts
	if [ "$mode" = enforce ]; then
		refuse "systemctl stop" "refused" in_container systemctl stop unitward.service
		expect "it runs" in_container systemctl is-active unitward.service
		expect "it enforces" still_enforces
	fi
	all_is_as_it_should_be
	halt
done
