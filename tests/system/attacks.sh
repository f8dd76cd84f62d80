# shellcheck shell=bash disable=SC2154
# What attackers do, each as a function that runs as root in the container. Each plants a timer
# and the service it starts, both named evil-ATTACK, and never asks systemd for anything.

evil_units() { # NAME DIRECTORY
	cat >"$2/$1.service" <<-END
		[Service]
		Type=oneshot
		ExecStart=/usr/bin/touch /srv/marker/$1
	END
	cat >"$2/$1.timer" <<-END
		[Timer]
		OnActiveSec=100ms
		AccuracySec=1ms
	END
}

attack_write() {
	evil_units evil-write /etc/systemd/system
}

attack_rename() {
	evil_units evil-rename /srv/stage
	# One at a time: of several, mv looks at each again, and it may be gone by then.
	mv /srv/stage/evil-rename.service /etc/systemd/system/
	mv /srv/stage/evil-rename.timer /etc/systemd/system/
}

attack_hardlink() {
	evil_units evil-hardlink /srv/stage
	ln /srv/stage/evil-hardlink.* /etc/systemd/system/
}

attack_symlink() {
	evil_units evil-symlink /srv/stage
	ln -s /srv/stage/evil-symlink.* /etc/systemd/system/
}

# An administrator, unaware, reloads; then the timer is started. Did the planted command run?
takes_effect() { # ATTACK
	as_admin systemctl daemon-reload
	as_admin systemctl start "evil-$1.timer"
	await 3 test -e "$root/srv/marker/evil-$1"
}

# Is there any name of it left where systemd looks? (Asks without opening anything.)
nothing_planted() { # ATTACK
	local suffix
	for suffix in service timer; do
		[ ! -e "$root/etc/systemd/system/evil-$1.$suffix" ] &&
			[ ! -L "$root/etc/systemd/system/evil-$1.$suffix" ] || return
	done
}
