#!/bin/bash
# What apt does while the daemon is stopped is what the package records say, and stays; what somebody else put
# beside it does not.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

apt() {
	LIMIT=120 in_container env DEBIAN_FRONTEND=noninteractive apt-get --quiet --yes "$@"
}

prepare() { # ROOT
	cat >"$1/etc/unitward/policy.d/tester.conf" <<-END
		actors: { tester: { login_uid = [ "admin" ]; uid = [ 0 ]; }; };
		rules = ( { id = "tester-stops"; actor = "tester"; on = "approve"; then = "allow"; } );
	END
}

is_stopped() { [ "$(in_container systemctl show -P ActiveState unitward.service)" = inactive ]; } # and not about to be

stop_unitward() {
	as_admin unitward stop && await 10 is_stopped
}

plant_beside() {
	printf '[Service]\nExecStart=/bin/true\n' >/usr/lib/systemd/system/planted.service
	ln -s /usr/lib/systemd/system/planted.service /etc/systemd/system/multi-user.target.wants/
	ln -s /usr/lib/systemd/system/debug-shell.service /etc/systemd/system/multi-user.target.wants/
}

beside_is_gone() {
	! in_container ls /usr/lib/systemd/system/planted.service /etc/systemd/system/multi-user.target.wants/planted.service \
		/etc/systemd/system/multi-user.target.wants/debug-shell.service 2>/dev/null | grep -q .
}

# The entry of a path in the ledger: its source, and by whom.
entry() { # PATH
	copy_ledger
	sqlite3 -separator ' ' "$work/ledger.db" \
		"SELECT CAST(source AS TEXT), CAST(actor AS TEXT) FROM entry WHERE path = CAST('$1' AS BLOB)"
}

explained_by_cron() { # PATH
	await 5 grep_entry "$1" || { entry "$1"; return 1; }
}
grep_entry() { entry "$1" | grep -q '^package dpkg: cron '; }

no_entry() { [ -z "$(entry "$1")" ]; }

# What dpkg keeps no digest of and its helper no record: the links of init scripts.
only_sysv_in_quarantine() {
	local paths
	paths=$(in_container unitward quarantine list --json | jq -r '.[].path' | sort -u | grep -vE '^/etc/rc[0-9S]\.d/[SK][0-9]+cron$')
	[ "$paths" = "$1" ] || { echo "in quarantine: ${paths//$'\n'/ }"; return 1; }
}

planted=$(printf '%s\n' /etc/systemd/system/multi-user.target.wants/{debug-shell,planted}.service \
	/usr/lib/systemd/system/planted.service)

[ -x "$(command -v sqlite3)" ] || skip_all "needs sqlite3"
for mode in $(modes enforce); do
	boot "$mode" || continue
	expect "cron is not there yet" in_container test ! -e /usr/lib/systemd/system/cron.service
	expect "unitward stops" stop_unitward
	expect "apt-get install cron" apt install cron
	in_container plant_beside
	expect "unitward starts" in_container systemctl start unitward.service
	expect "cron is enabled" in_container systemctl is-enabled cron.service
	expect "cron.service is dpkg's" explained_by_cron /usr/lib/systemd/system/cron.service
	expect "its link is dpkg's" explained_by_cron /etc/systemd/system/multi-user.target.wants/cron.service
	expect "what was put beside it is gone" await 5 beside_is_gone
	expect "and only that is in quarantine" only_sysv_in_quarantine "$planted"
	expect "unitward stops again" stop_unitward
	expect "apt-get purge cron" apt purge cron
	expect "unitward starts again" in_container systemctl start unitward.service
	expect "cron stays away" in_container test ! -e /usr/lib/systemd/system/cron.service
	expect "and its link" in_container test ! -L /etc/systemd/system/multi-user.target.wants/cron.service
	expect "the ledger no longer has it" await 5 no_entry /usr/lib/systemd/system/cron.service
	halt
done
