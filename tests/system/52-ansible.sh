#!/bin/bash
# The Ansible role, run for real by a service of Ansible's on the machine itself: it installs, configures, enforces, and changes
# nothing the second time; then Ansible deploys an application's unit that the policy lets it bring, and one that it does not.
# shellcheck source-path=SCRIPTDIR source=lib.sh
further=(ansible-core python3-apt)
. "$(dirname "$0")/lib.sh"

# As it was before unitward: what the role installs lies beside it.
prepare() { # ROOT
	mkdir -p "$1/srv/site/roles"
	cp -r "$top/packaging/ansible/unitward" "$1/srv/site/roles/"
	cp "$(package)" "$1/srv/site/unitward.deb"
	cat >"$1/srv/site/site.yml" <<-'END'
		- hosts: localhost
		  gather_facts: no
		  roles:
		    - role: unitward
		      vars:
		        unitward_deb: /srv/site/unitward.deb
		        unitward_mode: enforce
		        unitward_take_baseline: true
		        unitward_ansible_units: [ "/etc/systemd/system/app*", "/etc/systemd/system/app*/**" ]
		        unitward_policies:
		          60-site: |
		            rules = ( { id = "site-rule"; actor = "manager"; unit = "site.service"; on = "transient"; then = "allow"; } );
	END
	cat >"$1/srv/site/deploy.yml" <<-'END'
		- hosts: localhost
		  tasks:
		    - debug: { msg: "mode {{ ansible_local.unitward.mode }}, policy {{ ansible_local.unitward.policy.digest }}" }
		    - copy:
		        dest: "/etc/systemd/system/{{ unit }}.service"
		        content: "[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n"
		    - systemd: { name: "{{ unit }}.service", daemon_reload: yes, enabled: yes, state: started }
	END
	cat >"$1/etc/systemd/system/ansible-pull.service" <<-'END'
		[Service]
		Type=oneshot
		WorkingDirectory=/srv/site
		Environment=HOME=/root ANSIBLE_NOCOLOR=1
		EnvironmentFile=/srv/site/arguments
		ExecStart=/bin/sh -c 'exec ansible-playbook -c local -i localhost, $ARGUMENTS >/srv/site/said 2>&1'
	END
}

# play ARGUMENTS: what it said is in $said.
play() {
	echo "ARGUMENTS=$*" >"$root/srv/site/arguments"
	LIMIT=150 in_container systemctl start ansible-pull.service
	local status=$?
	said=$(<"$root/srv/site/said")
	tail -n 12 <<<"$said" | cut -c1-400
	return $status
}
plays_without_change() { play "$@" && grep -q 'changed=0 .*failed=0' <<<"$said"; }
plays_with_changes() { play "$@" && grep -q 'changed=[1-9].*failed=0' <<<"$said"; }
# Ansible renames what it has written elsewhere: the unit is gone again when it wants to enable it.
is_refused() { ! play "$@" && grep -q 'Could not find the requested service' <<<"$said"; }
is_enforcing() { in_container unitward status --json | jq -e '.mode == "enforce"' >/dev/null; }
is_not_there() { ! in_container test -e "$1"; }
is_recorded() {
	in_container unitward events --denied --json |
		jq -se 'any(.[]; .file.path == "/etc/systemd/system/shop.service" and .rule.name == "default")' >/dev/null
}
runs() { in_container systemctl is-active "$1.service" && in_container systemctl is-enabled "$1.service"; }
planted() { in_container sh -c 'echo "[Timer]" >/etc/systemd/system/evil.timer'; }
is_denied() { ! planted && is_not_there /etc/systemd/system/evil.timer; }
# In the policy's repository somebody has made a mistake.
is_not_taken() {
	sed -i 's/then = "allow"; } );/then = "alow"; } );/' "$root/srv/site/site.yml"
	! play site.yml && grep -q '60-site.*alow\|alow.*expected' <<<"$said" && is_enforcing
}

boot absent || exit
expect "check mode: nothing is installed" play --check site.yml
expect "check mode: so it is" is_not_there /usr/sbin/unitwardd
expect "the role runs" plays_with_changes site.yml
expect "unitward enforces" is_enforcing
expect "it denies" is_denied
expect "the second run changes nothing" plays_without_change site.yml
expect "nor does check mode" plays_without_change --check site.yml
expect "an application that the policy lets Ansible bring" play deploy.yml -e unit=app-shop
expect "it runs, and is enabled" runs app-shop
expect "the facts are there" grep -q 'mode enforce, policy [0-9a-f]' "$root/srv/site/said"
expect "one that it does not" is_refused deploy.yml -e unit=shop
expect "it is not there" is_not_there /etc/systemd/system/shop.service
expect "a record says why" is_recorded
expect "a policy with a mistake is not taken" is_not_taken
halt
