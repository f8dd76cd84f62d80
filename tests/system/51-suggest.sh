#!/bin/bash
# A day in audit mode becomes a policy: what packages and Ansible did is allowed by what `unitward suggest` makes of the records,
# what two intruders did on that day is not, nor when they come again.
# shellcheck source-path=SCRIPTDIR source=lib.sh
further=(ansible-core python3-apt)
. "$(dirname "$0")/lib.sh"

# Configuration management as a service of its own, as ansible-pull has it (which would fetch the playbook first); and a service
# that an intruder has broken into: what he leaves in /srv/orders a shell below it does.
prepare() { # ROOT
	mkdir "$1/srv/site"
	cat >"$1/srv/site/local.yml" <<-'END'
		- hosts: localhost
		  gather_facts: no
		  tasks:
		    - copy:
		        dest: /etc/systemd/system/app.service
		        content: "[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n"
		    - file: { path: /etc/systemd/system/app.service.d, state: directory }
		    - copy: { dest: /etc/systemd/system/app.service.d/10-nice.conf, content: "[Service]\nNice=5\n" }
		    - systemd: { name: app.service, daemon_reload: yes, enabled: yes, state: started }
		    - file: { path: /etc/systemd/system/old.timer, state: absent }
	END
	cat >"$1/etc/systemd/system/ansible-pull.service" <<-'END'
		[Service]
		Type=oneshot
		Environment=HOME=/root
		ExecStart=/usr/bin/ansible-playbook -c local -i localhost, /srv/site/local.yml
	END
	printf '[Timer]\nOnCalendar=yearly\n' | tee "$1/etc/systemd/system/old.timer" >"$1/srv/evil.timer"
	printf '[Service]\nExecStart=/bin/sh -c "touch /srv/marker/evil"\n' >"$1/srv/evil.service"
	cp "$1/bin/dash" "$1/usr/sbin/webserver"
	cat >"$1/etc/systemd/system/web.service" <<-'END'
		[Service]
		ExecStart=/usr/sbin/webserver -c 'while :; do [ ! -e /srv/orders ] || sh /srv/orders; rm -f /srv/orders; sleep 0.2; done'
		[Install]
		WantedBy=multi-user.target
	END
	ln -s ../web.service "$1/etc/systemd/system/multi-user.target.wants/web.service"
}

ansible_runs() { LIMIT=120 in_container systemctl start ansible-pull.service; }

app_is_there() {
	in_container systemctl is-active app.service && in_container systemctl is-enabled app.service &&
		in_container test -e /etc/systemd/system/app.service.d/10-nice.conf
}

packages_come_and_go() {
	LIMIT=120 in_container env DEBIAN_FRONTEND=noninteractive apt-get --quiet --yes "$1" cron
}

orders_are_done() { in_container test ! -e /srv/orders; }

intruder_in_the_web() {
	in_container sh -c 'printf "cp /srv/evil.timer /srv/evil.service /etc/systemd/system/\nsystemctl enable --now evil.timer\n" >/srv/new
		mv /srv/new /srv/orders'
	await 20 orders_are_done
}

# His shell is called as a package manager is.
intruder_in_disguise() {
	in_container sh -c 'cp /bin/sh /var/tmp/dpkg; mv /srv/evil.service /srv/worse.service
		/var/tmp/dpkg -c "mv /srv/worse.service /etc/systemd/system/worse.service; systemctl enable worse.service; :"'
}

planted() { in_container test -e "/etc/systemd/system/$1"; }
not_planted() { in_container test ! -e "/etc/systemd/system/$1"; }
suggests() { in_container sh -c 'unitward suggest >/srv/suggested.conf; [ $? = 1 ]'; }
says() { in_container grep -qE -- "$1" /srv/suggested.conf; }
says_not() { ! says "$@"; }
# What would change if the suggestion counted: a jq condition on that.
replayed() { in_container sh -c 'unitward explain --replay /var/log/unitward/events.jsonl --json; :' | jq -e "$1"; }

boot audit || exit
expect "Ansible runs" ansible_runs
expect "its application is there" app_is_there
expect "apt-get install cron" packages_come_and_go install
expect "an intruder in a service plants a timer" intruder_in_the_web
expect "it is there" planted evil.timer
expect "one in disguise plants a service" intruder_in_disguise
expect "it is there, too" planted worse.service

expect "suggest: something is left, which it says" suggests
expect "--since: nothing is left of a later day" in_container unitward suggest --since 2099-01-01
expect "Ansible's service is an actor" says 'ansible-pull: \{ unit = \[ "ansible-pull.service" \]'
expect "the intruder in the service is none" says 'by way of a shell or another program below a service'
expect "no rule is about what was planted" says_not '^ +(unit|path) = .*(evil|worse)'
expect "unitward check takes it" in_container unitward check --strict --drop-in /srv/suggested.conf
expect "it is put in force" in_container sh -c 'cp /srv/suggested.conf /etc/unitward/policy.d/50-suggested.conf
	unitward reload'
expect "the day, decided again: nothing of it is refused that was allowed" replayed '.summary.refused == 0 and .summary.allowed > 0'
expect "nor is anything allowed of the intruders" replayed '[.changes[] | select(.change == "allowed") | .actor |
	select(test("ansible-pull.service|systemd/systemd") | not)] == []'

expect "enforce mode" in_container sh -c 'echo "mode = \"enforce\";" >/etc/unitward/policy.d/60-mode.conf; unitward reload'
expect "what was planted is gone" await 10 not_planted evil.timer
expect "Ansible runs again" ansible_runs
expect "its application is there again" app_is_there
expect "apt-get purge cron" packages_come_and_go purge
intruder_in_the_web >/dev/null
intruder_in_disguise >/dev/null 2>&1
expect "the timer is not planted again" not_planted evil.timer
expect "nor the service" not_planted worse.service
expect "and they are recorded" recorded '/etc/systemd/system/evil.timer'
halt
