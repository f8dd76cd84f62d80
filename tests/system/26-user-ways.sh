#!/bin/bash
# Root plants for the managers of all users, and a user where his own manager also looks.
# releases: bookworm trixie
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=attempts.sh
. "$here/attempts.sh"

home=/home/admin
attempts=(
	"etc /etc/systemd/user/evil-etc.service /usr/bin/bash"
	"xdg /etc/systemd/user/evil-xdg.service"
	"vendor /usr/lib/systemd/user/evil-vendor.service /usr/bin/bash"
	"generator /etc/systemd/user-generators*"
	"share $home/.local/share/systemd/user*"
	"control $home/.config/systemd/user.control*"
	"run /run/user/1000/systemd/user*"
	"drop-in $home/.config/systemd/user/victim-drop-in.service.d*"
	"linked $home/.config/systemd/user/evil-linked.service"
	"wants $home/.config/systemd/user/default.target.wants*"
	"timer $home/.config/systemd/user/evil-timer.timer"
)

as_user() {
	setpriv --reuid=1000 --regid=1000 --clear-groups env HOME=/home/admin XDG_RUNTIME_DIR=/run/user/1000 "$@"
}
user_writes() { # DIRECTORY FUNCTION ARGUMENT... : what that says, as evil-LAST ARGUMENT.service
	export -f service evil
	# What is written in the instant after mkdir is found there, and who did it may be gone by then.
	as_user bash -c 'mkdir -p "$1" && sleep 0.5 && "${@:2}" >"$1/evil-${!#}.service"' bash "$@"
}

attack_etc() { evil etc >/etc/systemd/user/evil-etc.service; }
attack_xdg() { # a link to /etc/systemd/user
	evil xdg >/srv/stage/evil-xdg.service && mv /srv/stage/evil-xdg.service /etc/xdg/systemd/user/
}
attack_vendor() { evil vendor >/usr/lib/systemd/user/evil-vendor.service; }
attack_generator() {
	mkdir -p /etc/systemd/user-generators
	printf '#!/bin/sh\nprintf "[Service]\\nType=oneshot\\nExecStart=/usr/bin/touch /srv/marker/evil-generator\\n" >"$1/evil-generator.service"\n' \
		>/etc/systemd/user-generators/evil && chmod +x /etc/systemd/user-generators/evil
}
attack_share() { user_writes ~admin/.local/share/systemd/user evil share; }
attack_control() { user_writes ~admin/.config/systemd/user.control evil control; }
attack_run() { user_writes /run/user/1000/systemd/user evil run; }
attack_drop-in() {
	export -f evil_drop_in
	as_user bash -c 'evil_drop_in drop-in ~/.config/systemd/user/victim-drop-in.service.d'
}
attack_linked() {
	user_writes /home/admin/.cache evil linked
	as_user sh -c 'mkdir -p ~/.config/systemd/user && ln -s ~/.cache/evil-linked.service ~/.config/systemd/user/'
}
attack_wants() { # of what is there and idle, at the next login
	as_user sh -c 'mkdir -p ~/.config/systemd/user/default.target.wants &&
		ln -s /usr/lib/systemd/user/idle-wants.service ~/.config/systemd/user/default.target.wants/'
}
attack_timer() {
	user_writes /home/admin/.config/systemd/user evil timer
	as_user sh -c 'printf "[Timer]\nOnActiveSec=1ms\nAccuracySec=1ms\n" >~/.config/systemd/user/evil-timer.timer'
}
manager_does() {
	as_user systemctl --user daemon-reload
	as_user systemctl --user "$@"
}
for name in etc xdg vendor generator share control run linked; do
	eval "trigger_$name() { manager_does start evil-$name.service; }"
done
trigger_drop-in() { manager_does start victim-drop-in.service; }
trigger_wants() { as_user systemctl --user daemon-reload; systemctl restart user@1000.service; }
trigger_timer() { manager_does start evil-timer.timer; }

prepare() { # ROOT
	chmod 1777 "$1/srv/marker"
	victim "$1" drop-in /usr/lib/systemd/user
	evil wants >"$1/usr/lib/systemd/user/idle-wants.service"
}

try_in_modes start_users_manager
