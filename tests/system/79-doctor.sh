#!/bin/bash
# What `unitward doctor` says, made true and mended again, one thing after another. What it says of file systems is tried in
# tests/integration/78-doctor.sh, of the kernel's limits in tests/vm, of the kernel's command line in 55-rescue.sh.
#
# Not tried: "the daemon is not confined" and "has capabilities it does not need", since unitwardd confines itself whoever starts
# it; "what other machines or programs change there", for want of a network file system.
# shellcheck disable=SC2034 source-path=SCRIPTDIR source=lib.sh
further=(polkitd libglib2.0-bin passwd bsdutils) # the root of 84-polkit.sh
. "$(dirname "$0")/lib.sh"

units=/etc/systemd/system

prepare() { # ROOT
	cat >"$1/etc/unitward/policy.d/50-tester.conf" <<-'END'
		actors: { tester: { login_uid = [ "admin" ]; uid = [ 0 ]; }; };
		rules = ( { id = "tester-approves"; actor = "tester"; on = "approve"; then = "allow"; } );
	END
}

# --- asking it -------------------------------------------------------------------------------

doctor() { unitward doctor --json; }
doctor_without() { setpriv --bounding-set "-$1" unitward doctor --json; } # CAPABILITY
doctor_of_nobody() { setpriv --reuid=1000 --regid=1000 --clear-groups unitward doctor --json; }
doctor_elsewhere() { unshare --pid --fork --mount-proc unitward doctor --json; }

# A line of this level whose text matches; with a consequence and a remedy where it is no "ok".
says() { # LEVEL PATTERN [COMMAND...]
	local level=$1 pattern=$2 said
	shift 2
	[ $# -gt 0 ] || set -- doctor
	said=$(in_container "$@")
	jq -e --arg level "$level" --arg pattern "$pattern" '[.[] | select(.what | test($pattern))] as $lines
		| ($lines | length > 0) and all($lines[]; .level == $level)' <<<"$said" >/dev/null && return
	jq -r --arg pattern "$pattern" '[.[] | select(.level != "ok" or (.what | test($pattern))) | "\(.level) \(.what)"] | join("; ")' <<<"$said"
	return 1
}
fails() { # PATTERN : and so does the command
	says fail "$1" && ! in_container unitward doctor >/dev/null
}

# --- what is done to it ----------------------------------------------------------------------

# try NAME PATTERN LEVEL BREAK MEND
try() {
	expect "$1: well" says ok "$2"
	expect "$1: broken" in_container "$4"
	expect "$1: doctor says so" says "$3" "${6:-$2}"
	expect "$1: mended" in_container "$5"
	expect "$1: well again" says ok "$2"
}

answers() { unitward status >/dev/null 2>&1; }
is_silent() { ! answers; }
come_up() { until answers; do sleep 0.1; done; }

disable() { rm /etc/systemd/system/sysinit.target.wants/unitward.service; }
enable() { ln -s /usr/lib/systemd/system/unitward.service /etc/systemd/system/sysinit.target.wants/; }
lose_cache() { mv /etc/ld.so.cache /srv/stage/; }

break_policy() { echo 'mode = "enfroce";' >/etc/unitward/policy.d/90-broken.conf; }
mend_policy() { rm /etc/unitward/policy.d/90-broken.conf; }

install_polkit() { unitward polkit --install; }
another_policy() {
	printf 'rules = ( { id = "web"; actor = "any-root"; command = "systemctl"; verb = "restart"; unit = "web.service"; then = "deny"; } );\n' \
		>/etc/unitward/policy.d/91-web.conf && unitward reload
}
lose_polkit() { rm /etc/polkit-1/rules.d/00-unitward.rules /etc/dbus-1/system.d/unitward.conf; }

# As started by hand, where a mount namespace of its own keeps it from what others mount.
start_elsewhere() {
	unshare --mount --propagation private setsid unitwardd --foreground </dev/null >/srv/elsewhere.log 2>&1 &
	come_up
}

# Without each capability that it lists, in turn: either it does not start, and the journal says for want of what, or it does,
# and doctor says that it is missing.
restart_without() { # CAPABILITY
	mkdir -p /run/systemd/system/unitward.service.d
	printf '[Service]\nCapabilityBoundingSet=~%s\n' "$1" >/run/systemd/system/unitward.service.d/without.conf
	kill_daemon
}
kill_daemon() { # nobody stops it otherwise
	systemctl daemon-reload && systemctl kill --signal=KILL unitward.service && sleep 1
}
restart_with_all() {
	rm -r /run/systemd/system/unitward.service.d && kill_daemon && come_up
}
is_missed() { # CAPABILITY
	if in_container answers; then
		says fail "^the daemon has no $1\$"
	else
		fails 'the daemon does not answer'
	fi
}
capabilities() { in_container doctor | jq -r '.[].what | capture("^the daemon has (?<name>CAP_[A-Z_]+)$").name'; }

for mode in $(modes audit); do
	boot "$mode" || continue
	expect "it only audits" says warn '^the daemon only audits'
	try "enabled" 'unitward.service is (not )?enabled' warn disable enable
	try "the linker's cache" '/etc/ld.so.cache is' warn lose_cache ldconfig
	try "the policy" '^policy /etc/unitward/unitward.conf: ' fail break_policy mend_policy
	expect "polkit: not told of the policy" says warn 'polkit and the system bus do not know the policy'
	expect "polkit: told" as_admin install_polkit
	try "polkit" 'polkit and the system bus' warn another_policy install_polkit 'do not say what the policy says now'
	expect "polkit: its files are lost" in_container lose_polkit
	expect "polkit: doctor says so" says warn 'polkit and the system bus do not know the policy'

	expect "without CAP_LEASE it sees no lease" says warn '^lease$' doctor_without lease
	expect "without CAP_SYS_ADMIN it can try nothing" says fail '^kernel ' doctor_without sys_admin
	expect "nobody cannot try the kernel" says fail '^kernel ' doctor_of_nobody
	expect "nobody cannot ask the daemon" says warn 'the daemon was not asked' doctor_of_nobody
	expect "systemd is PID 1" says ok 'systemd is (not )?PID 1'
	expect "where it is not" says warn 'systemd is (not )?PID 1' doctor_elsewhere

	wanted=$(capabilities)
	expect "capabilities are listed" test "$(wc -w <<<"$wanted")" -ge 8
	for capability in $wanted; do
		expect "without $capability" in_container restart_without "$capability"
		expect "without $capability: doctor says so" is_missed "$capability"
	done
	expect "with all of them" in_container restart_with_all
	for capability in $wanted; do expect "it has $capability again" says ok "^the daemon has $capability\$"; done

	expect "the daemon stops" as_admin unitward stop
	expect "doctor says so" fails 'the daemon does not answer'
	expect "started in another mount namespace" in_container start_elsewhere
	expect "doctor says so, too" fails 'the daemon is in another mount namespace than PID 1'
	expect "it stops" as_admin unitward stop
	expect "as a service" in_container systemctl start unitward.service
	expect "it is where PID 1 is" says ok 'the daemon is in (the|another) mount namespace'
	halt
done
