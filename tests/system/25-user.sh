#!/bin/bash
# A user plants a timer for the service manager of his own session; also one whose home is made only now.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=attacks.sh
. "$here/attacks.sh"

as_user() { # NAME UID COMMAND...
	local name=$1 uid=$2
	shift 2
	setpriv --reuid="$uid" --regid="$uid" --clear-groups env HOME="/home/$name" \
		XDG_RUNTIME_DIR="/run/user/$uid" DBUS_SESSION_BUS_ADDRESS="unix:path=/run/user/$uid/bus" "$@"
}

# In the container, as the user.
attack_user() { # NAME UID
	mkdir -p -m 1777 /srv/marker
	chmod 1777 /srv/marker
	export -f evil_units
	# What is written in the instant after mkdir is found there, and who did it may be gone by then.
	as_user "$1" "$2" bash -c 'mkdir -p ~/.config/systemd/user && sleep 0.5 && evil_units evil-user ~/.config/systemd/user'
}

user_manager() { # NAME UID VERB...
	as_user "$1" "$2" systemctl --user "${@:3}"
}

user_takes_effect() { # NAME UID
	in_container user_manager "$1" "$2" daemon-reload
	in_container user_manager "$1" "$2" start evil-user.timer
	await 3 test -e "$root/srv/marker/evil-user"
}

none_in_home() { # NAME
	local suffix
	for suffix in service timer; do
		[ ! -e "$root/home/$1/.config/systemd/user/evil-user.$suffix" ] || return
	done
}

for mode in $(modes absent audit enforce); do
	boot "$mode" || continue
	in_container useradd --create-home --uid 1001 late
	for who in 'admin 1000' 'late 1001'; do
		read -r name uid <<<"$who"
		timer=/home/$name/.config/systemd/user/evil-user.timer
		expect "$name: the user manager starts" in_container systemctl start "user@$uid.service"
		if [ "$mode" = enforce ]; then
			in_container attack_user "$name" "$uid"
			expect "$name: the units do not stay" await 3 none_in_home "$name"
			refuse "$name: the user manager finds no such timer" "not found" user_takes_effect "$name" "$uid"
			expect "$name: the evidence is in quarantine" in_quarantine "$timer"
		else
			expect "$name: the user writes units" in_container attack_user "$name" "$uid"
			expect "$name: the timer fires" user_takes_effect "$name" "$uid"
		fi
		[ "$mode" = absent ] || expect "$name: a record says who tried, and what" recorded "$timer" /usr/bin/bash
		rm -f "$root/srv/marker/evil-user"
		expect "$name: the user manager works" in_container user_manager "$name" "$uid" list-units
	done
	halt
done
