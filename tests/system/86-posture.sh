#!/bin/bash
# unitward posture: what it says of Debian's own roots is known, each line of it (posture.expected); --fix on a booted system
# full of weaknesses leaves none that is safe to mend, everything runs after the next boot as before, and --undo is exact; of
# whom it says that sudo asks him for no password, sudo asks for none.
# releases: bookworm trixie
# shellcheck disable=SC2034 source-path=SCRIPTDIR source=lib.sh
further=(nginx-light openssh-server cron rsyslog unattended-upgrades sudo polkitd acl)
# Heavier ones: looked at with ALL=1, not for each change.
[ -z "${ALL-}" ] || further=(postgresql mariadb-server "${further[@]}")
. "$(dirname "$0")/lib.sh"

# --- what it says of roots that nobody has touched --------------------------------------------------

known() { # KIND
	awk -v root="$1" -v release="$release" '$1 == root && $2 == release { print $3, $4, $5 }' "$here/posture.expected"
	# Without unitward there is no ledger that would explain what prepare puts there.
	[ "$mode" != absent ] || printf 'low unit-unowned /etc/systemd/system/%s.conf\n' cron.service.d/nice nginx.service.d/token
}
as_known() { # KIND COMMAND... : what posture --json says
	local difference
	difference=$(diff <(known "$1" | sort) <("${@:2}" | jq -r '.findings[] | "\(.severity) \(.check) \(.path)"' | sort) | sed -n 's/^</missing:/p; s/^>/new:/p')
	[ -z "$difference" ] || { echo "${difference//$'\n'/; }"; return 1; }
}

look_in() { "$top/build/unitward" posture --root "$1" --json; }

stock=$(further=() && base_root) || skip_all "no root of $release: $stock"
expect "a stock Debian: what is known, and nothing else" as_known stock look_in "$stock"
[ "$release" = bookworm ] || [ -n "${ALL-}" ] || exit
typical=$(base_root) || skip_all "no root with further packages: $typical"
expect "with what servers have: what is known, and nothing else" as_known typical look_in "$typical"

# --- weaknesses that are safe to mend -----------------------------------------------------------------

prepare() {
	local units=$1/usr/lib/systemd/system etc=$1/etc/systemd/system
	chmod 0666 "$units/cron.service" "$1/etc/default/cron"
	chown 1000:1000 "$units/nginx.service"
	setfacl -m u:1000:rw "$units/rsyslog.service"
	mkdir -m 0777 "$etc/cron.service.d" "$etc/nginx.service.d"
	printf '[Service]\nNice=1\n' >"$etc/cron.service.d/nice.conf"
	printf '[Service]\nEnvironment=API_TOKEN=not-for-everybody\n' >"$etc/nginx.service.d/token.conf"
	chmod 0666 "$etc/cron.service.d/nice.conf"
	setfacl -d -m g:1000:rwx "$etc/nginx.service.d"
	chmod 0777 "$etc" "$etc/multi-user.target.wants" "$1/etc/systemd/user" "$1/usr/lib/systemd/system-generators"
	chmod 0777 "$1/usr/lib/systemd/system-generators/systemd-fstab-generator"
	ln -s ../gone.service "$etc/multi-user.target.wants/"
	chown -h 1000:1000 "$etc/multi-user.target.wants/cron.service"
	mkdir -p "$1/var/lib/systemd/linger" && chmod 0777 "$1/var/lib/systemd/linger"
	chmod 0777 "$1/usr/sbin/cron" "$1/usr/sbin" "$1/usr/local/lib"
	chroot "$1" useradd --create-home --uid 1001 --groups ssh alice 2>/dev/null || chroot "$1" useradd --create-home --uid 1001 alice
	chroot "$1" useradd --create-home --uid 1002 bob
	if [ "$mode" = absent ]; then install -m 0755 "$top/build/unitward" "$1/usr/bin/unitward"; else approver >"$1/etc/unitward/policy.d/tester.conf"; fi
}

approver() {
	cat <<-END
		actors: { tester: { login_uid = [ "admin" ]; uid = [ 0 ]; }; };
		rules = ( { id = "tester-approves"; actor = "tester"; on = "approve"; then = "allow"; } );
	END
}

# What --fix could touch, as it is. The daemon writes its snapshot when it has time.
state_of_all() {
	find /etc /usr /var/lib/systemd/linger -not -name boot.snapshot -printf '%p %y %m %U:%G %l\n' | sort
	getfacl -Rpn /etc/systemd /usr/lib/systemd /usr/sbin /var/lib/systemd/linger
}
running() { systemctl list-units --type=service,timer,socket,target --state=active --plain --no-legend | awk '{ print $1 }' | sort; }
failed_units() { systemctl list-units --state=failed --plain --no-legend | awk '{ print $1 }' | sort; }
safe() { in_container unitward posture --json | jq -r '.findings[] | select(.mend.safe) | .path'; }
none_is_safe() { local left; left=$(safe); [ -z "$left" ] || { echo "${left//$'\n'/ }"; return 1; }; }
many_are_safe() { [ "$(safe | sort -u | wc -l)" -ge 15 ] || safe; }
same() { cmp -s "$1" "$2" || { diff "$1" "$2" | head -n 3; return 1; }; }
# What ran before runs again; what is not started at each boot aside.
runs_as_before() {
	local lost
	lost=$(comm -23 <(grep -vE '^(run-|session-|user@|user-|unitward-)' "$work/running") <(in_container running))
	[ -z "$lost" ] || { echo "${lost//$'\n'/ }"; return 1; }
}
no_more_failed() {
	local more
	more=$(comm -13 "$work/failed" <(in_container failed_units))
	[ -z "$more" ] || { echo "${more//$'\n'/ }"; return 1; }
}
fixing() { if [ "$mode" = absent ]; then in_container unitward posture "$@" --yes; else as_admin unitward posture "$@" --yes; fi; }

check_fix() {
	in_container running >"$work/running"
	in_container failed_units >"$work/failed"
	in_container state_of_all >"$work/before"
	expect "there are weaknesses that are safe to mend" many_are_safe
	expect "--fix" fixing --fix
	expect "--fix: none is left that is safe to mend" none_is_safe
	in_container state_of_all >"$work/fixed"
	refuse "--fix: it changed them" . same "$work/before" "$work/fixed"
	halt
	start || return
	expect "the next boot: reaches multi-user.target" in_container systemctl is-active multi-user.target
	expect "the next boot: no more units have failed" no_more_failed
	expect "the next boot: what ran before runs" runs_as_before
	in_container state_of_all >"$work/again"
	expect "the next boot: what is found is what is known of such a system" as_known typical in_container unitward posture --json
	expect "the next boot: what was mended stays mended" same "$work/fixed" "$work/again"
	expect "--undo" fixing --undo
	in_container state_of_all >"$work/undone"
	expect "--undo: owners, modes, lists and links are what they were" same "$work/before" "$work/undone"
}

# --- sudo ----------------------------------------------------------------------------------------------

# Each is a file of /etc/sudoers.d, and who may run systemctl with any arguments is what sudo does when he tries.
sudoers_cases=(
	'alice ALL=(ALL) NOPASSWD: ALL'
	'alice ALL=(ALL) ALL'
	'alice ALL=(ALL) NOPASSWD: ALL\nalice ALL=(ALL) ALL'
	'alice ALL=(www-data) NOPASSWD: ALL'
	'alice ALL=(ALL, !root) NOPASSWD: ALL'
	'alice ALL=(root:adm) NOPASSWD: ALL'
	'alice ALL = NOPASSWD: /bin/systemctl'
	'alice ALL = NOPASSWD: /usr/bin/'
	'alice ALL = NOPASSWD: /usr/bin/sys*'
	'alice ALL = NOPASSWD: /usr/bin/systemctl *'
	'alice ALL = NOPASSWD: /usr/bin/systemctl restart cron.service'
	'alice ALL = NOPASSWD: /usr/bin/systemctl ""'
	'alice ALL = NOPASSWD: ALL, !/usr/bin/systemctl'
	'alice ALL = NOPASSWD: !/usr/bin/systemctl, ALL'
	'alice ALL = NOPASSWD: /bin/ls, PASSWD: /usr/bin/systemctl'
	'alice ALL = NOEXEC: NOPASSWD: /usr/bin/systemctl'
	'ALL, !alice ALL = NOPASSWD: ALL'
	'#1001 ALL = NOPASSWD: ALL'
	'%%bob ALL = NOPASSWD: ALL'
	'%%#1001 ALL = NOPASSWD: ALL'
	'User_Alias A = alice, B : B = bob\nA ALL = NOPASSWD: ALL'
	'Runas_Alias R = root\nCmnd_Alias C = /bin/ls, /usr/bin/systemctl\nalice ALL = (R) NOPASSWD: C'
	'Cmnd_Alias C = ALL, !/usr/bin/systemctl\nalice ALL = NOPASSWD: C'
	'alice ALL = ALL\nDefaults:alice !authenticate'
	'alice ALL = PASSWD: ALL\nDefaults !authenticate'
	'alice ALL = ALL\nDefaults!/usr/bin/systemctl !authenticate'
	'alice ALL = ALL\nDefaults exempt_group=alice'
	'alice ALL = \\\n  NOPASSWD: \\\n ALL # and nothing else'
	'Defaults targetpw\nbob ALL = NOPASSWD: sha256:%s /usr/bin/systemctl'
)

# In a system that is not running: sudo and PAM are all there, and no gate refuses what sudo lets through. Whoever may run one of
# these with arguments that no file names is root.
try_sudo() { # TEXT...
	local text user program digest n=0
	digest=$(sha256sum </usr/bin/systemctl)
	for text; do
		# shellcheck disable=SC2059
		printf "$text\n" "${digest%% *}" >/etc/sudoers.d/case
		chmod 0440 /etc/sudoers.d/case
		visudo -qc >/dev/null || echo -n 'no valid file: '
		for user in alice bob; do
			for program in systemctl busctl; do
				setpriv --reuid "$user" --regid "$user" --init-groups sudo -n /usr/bin/$program --no-pager --version >/dev/null 2>&1 &&
					echo -n "$user " && break
			done
		done
		echo
		unitward posture --json >"/srv/marker/said.$n"
		n=$((n + 1))
	done
	rm /etc/sudoers.d/case
}
# shellcheck disable=SC2016 # the inner shell expands it
in_chroot() { # COMMAND...
	UNITWARD_ROOT=$root timeout -k 5 120 unshare --mount --pid --fork --mount-proc="$root/proc" bash -c '
		mount --bind /dev "$UNITWARD_ROOT/dev" && exec chroot "$UNITWARD_ROOT" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin bash -c ". /srv/functions; \"\$@\"" bash "$@"
	' bash "$@"
}

# Which of the two it says may run more than certain commands with certain arguments.
said_of() { # FILE
	jq -r '[.findings[] | select(.check == "sudo" and .path == "/etc/sudoers.d/case" and .severity != "low") | .who |
		if .everybody then "alice", "bob" else .users[].name end] | unique | map(select(IN("alice", "bob")) + " ") | add // ""' "$1"
}

check_sudo() {
	local tried n=0 wrong='' granted=0 line said
	mapfile -t tried < <(in_chroot try_sudo "${sudoers_cases[@]}" 2>"$work/sudo.err")
	for line in "${tried[@]}"; do
		said=$(said_of "$root/srv/marker/said.$n")
		[ "$line" = "$said" ] || wrong+="${wrong:+; }${sudoers_cases[n]}: sudo lets ${line:-nobody}, posture says ${said:-nobody}"
		[ -z "$line" ] || granted=$((granted + 1))
		n=$((n + 1))
	done
	rm -f "$root"/srv/marker/said.*
	[ "$n" = ${#sudoers_cases[@]} ] || wrong+="; $n files tried: $(tail -n 1 "$work/sudo.err")"
	expect "sudo: whom $n files let, $granted of them somebody, is whom posture names${wrong:+: $wrong}" test -z "$wrong" -a $granted -ge 12
}

for mode in $(modes ${ALL:+absent} enforce); do
	boot "$mode" || continue
	check_fix
	halt
	check_sudo
done
