#!/bin/bash
# The Puppet module, run for real by Puppet's service on the machine itself: it installs, configures, enforces, and changes nothing
# the second time; then Puppet deploys an application's unit that the policy lets it bring, and one that it does not.
# releases: trixie
# shellcheck source-path=SCRIPTDIR source=lib.sh
further=(puppet-agent puppet-lint)
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=managed.sh
. "$here/managed.sh"

# shellcheck disable=SC2034,SC2016 # managed.sh's; the service's shell has $ARGUMENTS and $?
{
	unit=puppet.service
	command='puppet apply --color=false --detailed-exitcodes --modulepath=/srv/site/modules $ARGUMENTS; s=$$?; echo "exit status $$s"; [ $$s = 0 -o $$s = 2 ]'
	setup=(site.pp) dry=(--noop site.pp) audit=(--noop audit.pp) broken=(broken.pp)
}

site() { # DIRECTORY
	local application
	mkdir "$1/modules"
	cp -r "$top/packaging/puppet/unitward" "$1/modules/"
	cat >"$1/site.pp" <<-'END'
		class { 'unitward':
		  deb           => '/srv/site/unitward.deb',
		  mode          => 'enforce',
		  profile       => 'server-enforce',
		  take_baseline => true,
		  puppet_units  => ['/etc/systemd/system/app*', '/etc/systemd/system/app*/**'],
		  policies      => {
		    '60-site' => {
		      content => 'rules = ( { id = "site-rule"; actor = "manager"; unit = "site.service"; on = "transient"; then = "allow"; } );',
		    },
		  },
		}
	END
	sed 's/then = "allow"/then = "alow"/' "$1/site.pp" >"$1/broken.pp"
	sed "s/'enforce'/'audit'/" "$1/site.pp" >"$1/audit.pp"
	for application in app-shop shop; do
		sed "s/NAME/$application/" >"$1/$application.pp" <<-'END'
			notice("mode ${facts['unitward']['mode']}, policy ${facts['unitward']['policy']['digest']}")
			file { '/etc/systemd/system/NAME.service':
			  content => "[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n",
			}
			~> service { 'NAME.service':
			  ensure => running,
			  enable => true,
			}
		END
	done
}
application() { echo "$1.pp"; }

changed() { says '^exit status 2$'; }
unchanged() { says '^exit status 0$' && ! says '\(noop\)'; }
would_change() { says '^exit status 0$' && says '90-mode.conf.*\(noop\)' && ! says '^Error'; }
# It writes beside the unit, and is refused there.
is_refused() { ! manage "$@" && says 'Operation not permitted.*shop.service' && says '^exit status [46]$'; }

is_well_made() {
	local module=/srv/site/modules/unitward
	in_container sh -c "puppet parser validate $module && puppet epp validate $module/templates/*.epp &&
		puppet-lint --fail-on-warnings $module/manifests && ruby -rjson -e 'JSON.parse(STDIN.read)' <$module/metadata.json"
}

manage_machine
