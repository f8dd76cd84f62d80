#!/bin/bash
# The Ansible role, run for real by a service of Ansible's on the machine itself: it installs, configures, enforces, and changes
# nothing the second time; then Ansible deploys an application's unit that the policy lets it bring, and one that it does not.
# The other release: ALL=1; 53-puppet.sh has it.
# shellcheck source-path=SCRIPTDIR source=lib.sh
further=(ansible-core python3-apt)
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=managed.sh
. "$here/managed.sh"

# shellcheck disable=SC2034,SC2016 # managed.sh's; the service's shell has $ARGUMENTS
{
	unit=ansible-pull.service
	command='env ANSIBLE_NOCOLOR=1 ansible-playbook -c local -i localhost, $ARGUMENTS'
	setup=(site.yml) dry=(--check site.yml) audit=(--check site.yml -e mode=audit) broken=(site.yml -e allow=alow)
}

site() { # DIRECTORY
	mkdir "$1/roles"
	cp -r "$top/packaging/ansible/unitward" "$1/roles/"
	cat >"$1/site.yml" <<-'END'
		- hosts: localhost
		  gather_facts: no
		  roles:
		    - role: unitward
		      vars:
		        unitward_deb: /srv/site/unitward.deb
		        unitward_mode: "{{ mode | default('enforce') }}"
		        unitward_profile: server-enforce
		        unitward_take_baseline: true
		        unitward_ansible_units: [ "/etc/systemd/system/app*", "/etc/systemd/system/app*/**" ]
		        unitward_policies:
		          60-site: |
		            rules = ( { id = "site-rule"; actor = "manager"; unit = "site.service"; on = "transient"; then = "{{ allow | default('allow') }}"; } );
	END
	cat >"$1/deploy.yml" <<-'END'
		- hosts: localhost
		  tasks:
		    - debug: { msg: "mode {{ ansible_local.unitward.mode }}, policy {{ ansible_local.unitward.policy.digest }}" }
		    - copy:
		        dest: "/etc/systemd/system/{{ unit }}.service"
		        content: "[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n"
		    - systemd: { name: "{{ unit }}.service", daemon_reload: yes, enabled: yes, state: started }
	END
}
application() { echo deploy.yml -e "unit=$1"; }

changed() { says 'changed=[1-9].*failed=0'; }
unchanged() { says 'changed=0 .*failed=0'; }
would_change() { changed; }
# Ansible renames what it has written elsewhere, so that the unit is gone again when it wants to enable it, or already when it wants
# to set its mode.
is_refused() {
	! manage "$@" || return
	says 'fatal:.*(Could not find the requested service|/etc/systemd/system/shop.service)' ||
		{ grep -m 1 fatal: "$root/srv/site/said" | cut -c1-1000; return 1; }
}

manage_machine
