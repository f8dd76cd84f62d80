#!/bin/bash
# unitward polkit: the same requests of the same users on the system bus, with its two files and without them, of the real
# polkitd and dbus-daemon. A local rule grants everything, so that a refusal is unitward's.
# releases: bookworm trixie
# shellcheck disable=SC2034 source-path=SCRIPTDIR source=lib.sh
further=(polkitd libglib2.0-bin passwd bsdutils)
. "$(dirname "$0")/lib.sh"

# A service that is root's login, as far as PAM, logind and the audit session go.
prepare() {
	case $mode in
	absent) prepare_people "$1" ;;
	*)
		printf '[Service]\nType=oneshot\nUser=root\nPAMName=login\nExecStart=/usr/bin/unitward polkit --install\n' \
			>"$1/etc/systemd/system/polkit-install.service"
		;;
	esac
}

prepare_people() { # alice: nobody special. bob: of group ops. carol: counts when she has logged in.
	local id=1001 name
	chroot "$1" groupadd ops
	chroot "$1" groupadd team
	for name in alice bob carol; do
		chroot "$1" useradd --create-home --uid $((id++)) --shell /bin/bash "$name"
	done
	chroot "$1" usermod -aG ops bob
	chroot "$1" usermod -aG team carol
	for name in web other; do
		printf '[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n' \
			>"$1/etc/systemd/system/$name.service"
	done
	cat >"$1/etc/polkit-1/rules.d/50-local.rules" <<-'END'
		polkit.addRule(function (action, subject) {
			return action.id.indexOf("org.freedesktop.systemd1.") === 0 ? polkit.Result.YES : undefined;
		});
	END
	lend_libraries "$1" && make --silent --no-print-directory -C "$top" install DESTDIR="$1" PREFIX=/usr || return
	policy >"$1/etc/unitward/unitward.conf"
}

policy() {
	cat <<-'END'
		mode = "enforce";
		commands: {
		  systemctl: { preset = "systemctl"; }; systemd-run: { preset = "systemd-run"; };
		  loginctl: { preset = "loginctl"; };
		};
		actors: {
		  root: { uid = [ 0 ]; };
		  ops:  { group = [ "ops" ]; };
		  team: { login_group = [ "team" ]; unit = [ "session-*.scope", "user@*.service" ]; };
		  tool: { exe = [ "/usr/bin/gdbus" ]; };
		};
		rules = (
		  { id = "root-all"; actor = "root"; on = "exec"; then = "allow"; },
		  { id = "tool-starts"; actor = "tool"; command = "systemctl"; verb = "start"; then = "allow"; },
		  { id = "reading"; command = "systemctl"; verb = "@read"; then = "allow"; },
		  { id = "hands-off-other"; command = "systemctl"; unit = "other.service"; verb = "@control"; actor = "ops"; then = "deny"; },
		  { id = "ops-control"; actor = "ops"; command = "systemctl"; verb = "@control"; then = "allow"; },
		  { id = "ops-install"; actor = "ops"; command = "systemctl"; verb = [ "enable", "disable", "daemon-reload" ]; then = "allow"; },
		  { id = "ops-linger"; actor = "ops"; command = "loginctl"; then = "allow"; },
		  { id = "team-all"; actor = "team"; on = "exec"; then = "allow"; },
		  { id = "no-linger"; command = "loginctl"; then = "deny"; }
		);
	END
}

# By somebody whom no login has let in, and by somebody in a session of his own.
as() { # USER COMMAND...
	systemd-run --quiet --wait --pipe --collect -p User="$1" -p Group="$1" "${@:2}"
}
in_session() { # USER COMMAND...
	systemd-run --quiet --wait --pipe --collect -p User="$1" -p Group="$1" -p PAMName=login "${@:2}"
}

manager() { # HOW USER METHOD ARGUMENT...
	"$1" "$2" gdbus call --system --dest org.freedesktop.systemd1 --object-path /org/freedesktop/systemd1 \
		--method "org.freedesktop.systemd1.Manager.$3" "${@:4}"
}
logind() {
	"$1" "$2" gdbus call --system --dest org.freedesktop.login1 --object-path /org/freedesktop/login1 \
		--method "org.freedesktop.login1.Manager.$3" "${@:4}"
}

# Each does what its name says and then looks whether it happened.
restart() { # HOW USER UNIT
	local before
	systemctl start "$3" && before=$(systemctl show -P InvocationID "$3") &&
		manager "$1" "$2" RestartUnit "$3" replace && await 5 has_moved "$3" "$before"
}
has_moved() { # UNIT FROM
	systemctl --quiet is-active "$1" && [ "$(systemctl show -P InvocationID "$1")" != "$2" ]
}
launch() {
	systemctl stop "$3" && manager "$1" "$2" StartUnit "$3" replace && await 5 systemctl --quiet is-active "$3"
}
enable() {
	systemctl --quiet disable "$3"
	manager "$1" "$2" EnableUnitFiles "['$3']" false false
	[ "$(systemctl is-enabled "$3")" = enabled ]
}
disable() {
	systemctl --quiet enable "$3"
	manager "$1" "$2" DisableUnitFiles "['$3']" false
	[ "$(systemctl is-enabled "$3")" = disabled ]
}
mask() { # of a unit that is not there
	manager "$1" "$2" MaskUnitFiles "['nosuch.service']" false false
	[ -L /etc/systemd/system/nosuch.service ] && rm /etc/systemd/system/nosuch.service
}
transient() {
	rm -f /tmp/ran
	manager "$1" "$2" StartTransientUnit "ran-$RANDOM.service" fail \
		"[('ExecStart', <[('/usr/bin/touch', ['touch', '/tmp/ran'], false)]>)]" '[]' && await 5 test -e /tmp/ran
}
limit() {
	manager "$1" "$2" SetUnitProperties "$3" true "[('CPUWeight', <uint64 77>)]"
	[ "$(systemctl show -P CPUWeight "$3")" = 77 ] && systemctl set-property --runtime "$3" CPUWeight=100
}
reload() {
	systemctl start web.service && echo "# $RANDOM" >>/etc/systemd/system/web.service
	[ "$(systemctl show -P NeedDaemonReload web.service)" = yes ] || return
	manager "$1" "$2" Reload
	[ "$(systemctl show -P NeedDaemonReload web.service)" = no ]
}
linger() {
	local uid
	uid=$(id -u "$2")
	logind "$1" "$2" SetUserLinger "$uid" true false
	[ -e "/var/lib/systemd/linger/$2" ] && loginctl disable-linger "$2"
}
reads() {
	"$1" "$2" systemctl status web.service | grep -q web.service &&
		"$1" "$2" systemctl list-units --all >/dev/null && "$1" "$2" systemctl cat web.service >/dev/null &&
		"$1" "$2" systemctl show -P Id web.service >/dev/null &&
		"$1" "$2" systemctl list-unit-files >/dev/null && "$1" "$2" loginctl list-sessions >/dev/null
}
own_manager() {
	"$1" "$2" env XDG_RUNTIME_DIR="/run/user/$(id -u "$2")" sh -c 'systemctl --user daemon-reload && systemctl --user status' >/dev/null
}

told() { # WORDS : the log names the rule
	journalctl --quiet --no-pager -t unitward | grep -qF -- "$1"
}
told_of() {
	await 5 in_container told "$1"
}

can() { expect "$*" in_container "$@"; }
cannot() { refuse "not $*" AccessDenied in_container "$@"; }

everybody_can() {
	can restart as alice web.service
	can enable as alice web.service
	can mask as alice
	can transient as alice
	can limit as alice web.service
	can reload as alice
	can linger as alice
	can restart as bob other.service
	can mask as bob
	can transient as bob
}

as_the_policy_says() {
	cannot restart as alice web.service
	expect "the log names what refused" told_of \
		"the policy's default refuses alice"
	cannot launch as alice web.service
	cannot enable as alice web.service
	cannot mask as alice
	cannot transient as alice
	cannot limit as alice web.service
	cannot reload as alice
	cannot linger as alice
	expect "the log names the rule" told_of 'rule "no-linger" refuses alice'
	can restart as bob web.service
	cannot restart as bob other.service
	expect "the log names the rule that came first" told_of 'rule "hands-off-other" refuses bob'
	can enable as bob web.service
	can disable as bob web.service
	can reload as bob
	can linger as bob
	cannot mask as bob
	cannot transient as bob
	cannot limit as bob web.service
	cannot restart as carol web.service
	can restart in_session carol web.service
	can enable in_session carol web.service
	can mask in_session carol
	can transient in_session carol
	can limit in_session carol web.service
	can restart as root web.service
	can enable as root web.service
	can mask as root
	can transient as root
	can limit as root web.service
	can reads as alice
	can own_manager in_session alice
}

# Each of the two stands for itself.
one_alone() {
	expect "without polkit's rules" in_container mv /etc/polkit-1/rules.d/00-unitward.rules /root
	sleep 1
	can restart as alice web.service
	cannot enable as alice web.service
	cannot transient as alice
	expect "without the bus's policy" in_container \
		mv /root/00-unitward.rules /etc/polkit-1/rules.d && in_container rm /etc/dbus-1/system.d/unitward.conf
	sleep 1
	cannot enable as alice web.service
	expect "then polkit names what refused" told_of "refuses alice (pid"
	cannot transient as alice
}

in_audit_mode() {
	expect "the policy's mode is audit" in_container \
		sh -c 'sed -i "s/^mode = .*/mode = \"audit\";/" /etc/unitward/unitward.conf && unitward polkit --install'
	sleep 1
	can restart as alice other.service
	can enable as alice web.service
	expect "what would be refused is in the log" told_of \
		"the policy's default would refuse alice"
}

current() { unitward polkit --check; }

# The files are unitward's own: whoever may change the policy puts them there.
guarded() {
	local rules=/etc/polkit-1/rules.d/00-unitward.rules
	refuse "--install by root without a login" "taken back" in_container unitward polkit --install
	expect "--install by root in his session" in_container systemctl start polkit-install.service
	expect "--check" in_container current
	refuse "root without a login writes to the rules" "not permitted" in_container sh -c "echo x >>$rules"
	refuse "--remove by root without a login" "taken back" in_container unitward polkit --remove
	expect "--check again" in_container current
	expect "other rules are anybody's" in_container sh -c 'echo >/etc/polkit-1/rules.d/60-other.rules'
	expect "and may go" in_container rm /etc/polkit-1/rules.d/60-other.rules
}

for mode in $(modes absent); do
	boot absent || continue
	everybody_can
	refuse "--check without the files" missing in_container current
	expect "--install" in_container unitward polkit --install
	expect "--check" in_container current
	expect "doctor" in_container sh -c 'unitward doctor | grep "polkit and the system bus refuse"'
	sleep 1 # for polkitd and the bus to notice
	as_the_policy_says
	if [ "$release" = bookworm ]; then
		one_alone
		expect "--install again" in_container unitward polkit --install
	fi
	expect "a user more in the group" in_container usermod -aG ops alice
	can restart as alice web.service
	expect "and not any more" in_container gpasswd -d alice ops
	expect "another login group" in_container usermod -aG team alice
	refuse "--check tells of it" "users or groups" in_container current
	[ "$release" != bookworm ] || in_audit_mode
	expect "--remove" in_container unitward polkit --remove
	sleep 1
	can restart as alice web.service
	can enable as alice web.service
	can linger as alice
	halt
done

for mode in $(modes enforce); do
	[ "$release" = bookworm ] || continue
	boot enforce || continue
	guarded
	halt
done
