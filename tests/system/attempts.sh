# shellcheck shell=bash disable=SC2154
# Attacks that share a boot. A scenario that sources this after lib.sh lists them in "attempts", each a line
#
#   NAME TARGET [EXE]      what a record of it must name, and by which program
#
# and has for each a function attack_NAME: what the attacker does, root in the container without a login. Then an
# administrator, unaware, reloads systemd and does trigger_NAME, or restarts the unit victim-NAME.service, or evil-NAME.service
# where there is no victim. What the attacker wants leaves the marker evil-NAME; or the unit's own, good-NAME, is to stay
# away, when NAME is among "stopped". Or a function effect_NAME says whether it has come about.

attempts=() stopped=''

# A unit that was there before.
victim() { # ROOT NAME [DIRECTORY [SETTING...]]
	mkdir -p "$1${3:-/usr/lib/systemd/system}"
	service "/usr/bin/touch /srv/marker/good-$2" "${@:4}" >"$1${3:-/usr/lib/systemd/system}/victim-$2.service"
}

service() { # COMMAND [SETTING...]
	printf '[Service]\nType=oneshot\nExecStart=%s\n' "$1"
	printf '%s\n' "${@:2}"
}

evil() { # NAME: a unit that does what the attacker wants
	service "/usr/bin/touch /srv/marker/evil-$1"
}

evil_drop_in() { # NAME DIRECTORY
	mkdir -p "$2" && printf '[Service]\nExecStartPost=/usr/bin/touch /srv/marker/evil-%s\n' "$1" >"$2/evil.conf"
}

has_function() { [ "$(type -t "$1")" = function ]; }
names_unit() { ! has_function "trigger_$1" && ! has_victim "$1"; }
has_victim() { compgen -G "$root/*/*/*/victim-$1.service" >/dev/null || compgen -G "$root/*/*/victim-$1.service" >/dev/null; }

pull() { # NAME: the trigger
	local unit=evil-$1.service
	if has_function "trigger_$1"; then
		as_admin "trigger_$1"
	else
		! has_victim "$1" || unit=victim-$1.service
		as_admin systemctl restart "$unit"
	fi
}

marked() { [ -e "/proc/$leader/root/srv/marker/$1" ]; }

came_about() { # NAME
	if has_function "effect_$1"; then
		"effect_$1"
	elif [[ " $stopped " == *" $1 "* ]]; then
		! marked "good-$1"
	else
		marked "evil-$1"
	fi
}
did_not() { ! came_about "$1"; }

attempt() { # NAME TARGET [EXE]: in enforce mode it may fail at once, or be undone a moment later
	if [ "$mode" = enforce ]; then
		in_container "attack_$1" >"$work/said" 2>&1
	else
		expect "$1: the attack goes well" in_container "attack_$1"
	fi
}

judge() { # NAME TARGET [EXE]
	if [ "$mode" = enforce ]; then
		! names_unit "$1" || expect "$1: systemd finds no such unit" grep -q 'not found' "$work/pulled.$1"
		expect "$1: it has no effect" did_not "$1"
	else
		expect "$1: it has its effect" await 5 came_about "$1"
	fi
	[ "$mode" = absent ] || expect "$1: a record says who, what and by which rule" recorded "${@:2}"
}

each() { # COMMAND: of every attempt
	local line words
	for line in "${attempts[@]}"; do
		read -ra words <<<"$line"
		"$1" "${words[@]}"
	done
}

pull_one() { pull "$1" >"$work/pulled.$1" 2>&1; }

try_attempts() {
	each attempt
	sleep 0.5 # nobody is that quick
	expect "systemd reloads" as_admin systemctl daemon-reload
	each pull_one
	sleep 0.5
	each judge
}

start_users_manager() { expect "a user's manager runs" in_container systemctl start user@1000.service; }

nothing_differs() {
	local said
	said=$(in_container unitward diff 2>&1) || { echo "${said//$'\n'/; }"; return 1; }
}

all_is_as_it_should_be() {
	case $mode in
	enforce) expect "the disk is as the ledger says" await 3 nothing_differs ;;
	audit) expect "nothing is taken" nothing_in_quarantine ;;
	esac
}

# All attempts, in each mode with a boot of its own; COMMAND before them.
try_in_modes() { # [COMMAND...]
	for mode in $(modes absent audit enforce); do
		boot "$mode" || continue
		"${@:-true}"
		try_attempts
		all_is_as_it_should_be
		halt
	done
}
