# shellcheck shell=bash disable=SC2154,SC2034
# Who uses the container, by logins as they are: sshd on its loopback, PAM, logind, sudo.
#
#   operator  admin, of group sudo, who has become root with sudo
#   root      root's own login
#   service   root in a service that runs what it is given, without a login
#   outside   root by nsenter, without a login and in no unit
#   user      nina, an ordinary user
#   intruder  nina, who has become root with su
#   admin     admin without sudo
#
# Source it before lib.sh.

# What is offered is for those who upgrade.
further=(openssh-server sudo at cron libglib2.0-bin dbus-user-session systemd-journal-remote
	+systemd +systemd-sysv +libsystemd0 +libsystemd-shared +libpam-systemd +libudev1
	+openssh-server +openssh-client +openssh-sftp-server +sudo +unattended-upgrades +needrestart +systemd-container +rpm
	+logrotate +man-db)

# people_prepare ROOT: before the first boot.
people_prepare() {
	local home who=0:0
	chroot "$1" useradd --create-home --uid 1001 --shell /bin/bash nina
	chroot "$1" usermod --shell /bin/bash admin
	mkdir -m 0700 "$1/srv/keys"
	chroot "$1" ssh-keygen -q -t ed25519 -N '' -f /srv/keys/key
	for home in root home/admin home/nina; do
		mkdir -m 0700 -p "$1/$home/.ssh"
		cp "$1/srv/keys/key.pub" "$1/$home/.ssh/authorized_keys"
		cp "$1/srv/keys/key" "$1/$home/.ssh/id_ed25519"
		printf 'Host *\nStrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\n' >"$1/$home/.ssh/config"
		case $home in */admin) who=1000:1000 ;; */nina) who=1001:1001 ;; esac
		chown -R "$who" "$1/$home/.ssh"
	done
	echo 'admin ALL=(ALL) NOPASSWD: ALL' >"$1/etc/sudoers.d/admin"
	echo root:secret | chroot "$1" chpasswd
	printf 'PermitRootLogin prohibit-password\nMaxStartups 100\nMaxSessions 100\n' >"$1/etc/ssh/sshd_config.d/tests.conf"
	mkdir "$1/srv/agent"
	mkfifo "$1/srv/agent/do" "$1/srv/agent/done"
	# Each task is a process of its own, as what a service starts is.
	cat >"$1/srv/agent/run" <<-'END'
		#!/bin/bash
		while true; do
			task=$(cat /srv/agent/do) || continue
			bash -c "$task" >/srv/agent/said 2>&1 </dev/null
			echo $? >/srv/agent/done
		done
	END
	chmod +x "$1/srv/agent/run"
	printf '[Service]\nExecStart=/srv/agent/run\n[Install]\nWantedBy=multi-user.target\n' \
		>"$1/etc/systemd/system/agent.service"
	ln -s ../agent.service "$1/etc/systemd/system/multi-user.target.wants/"
	chmod 1777 "$1/srv/marker"
}

# One connection each; what runs through it is in that session.
people_log_in() {
	local each
	for each in root admin nina; do
		await 10 in_container timeout 10 ssh -o ControlMaster=auto -o "ControlPath=/run/$each.ssh" -o ControlPersist=300 \
			-i /srv/keys/key "$each@127.0.0.1" true || { echo "$each cannot log in"; return 1; }
	done
}

session_of() { # LOGIN COMMAND : in that session, by the login's shell
	in_container timeout 20 ssh -o "ControlPath=/run/$1.ssh" -i /srv/keys/key "$1@127.0.0.1" "$2"
}

as_service() { # COMMAND
	in_container timeout 20 bash -c 'printf %s "$1" >/srv/agent/do; status=$(cat /srv/agent/done); cat /srv/agent/said
		exit "$status"' bash "$1"
}

as() { # WHO COMMAND : as a shell's line
	case $1 in
	operator) session_of admin "sudo -n bash -c ${2@Q}" ;;
	root | admin) session_of "$1" "$2" ;;
	user) session_of nina "$2" ;;
	intruder) session_of nina "echo secret | su -c ${2@Q}" ;;
	service) as_service "$2" ;;
	outside) in_container bash -c "$2" ;;
	esac
}
