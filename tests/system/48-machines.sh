#!/bin/bash
# Containers and their shells, by machined: they come and go in scopes of their own. A shell in one, or on the host, is a
# transient service that PID 1 makes for whoever asks machined: only for whom the policy names.
# shellcheck source-path=SCRIPTDIR source=people.sh
. "$(dirname "$0")/people.sh"
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

prepare() { # ROOT
	people_prepare "$1"
	printf '[Unit]\nDescription=A container\n[Service]\nExecStart=/usr/bin/systemd-nspawn --quiet --keep-unit --machine=held --directory=/ --volatile=yes --settings=no sleep infinity\nSlice=machine.slice\nDelegate=yes\n' \
		>"$1/usr/lib/systemd/system/held.service"
}

contain() { # MACHINE COMMAND... : in a container that has this one's /usr, registered
	systemd-nspawn --quiet --machine="$1" --directory=/ --volatile=yes "${@:2}"
}
is_registered() { machinectl list --no-legend | grep -qw "$1"; }
lets_shells() {
	cat >/etc/unitward/policy.d/60-shells.conf <<-'END'
		rules = ( { id = "shells"; actor = "manager"; place = "transient"; unit = "container-shell@*.service"; then = "allow"; } );
	END
	unitward reload
}

shell_of() { # WHO MARKER : on the host
	as "$1" "timeout 10 machinectl --quiet shell root@.host /usr/bin/touch /srv/marker/$2 </dev/null"
	await 2 test -e "$root/srv/marker/$2"
}
has_no_shell() { ! shell_of "$@"; }

tried=(enforce)
[ -z "${ALL-}" ] || tried=(absent audit enforce)
for mode in $(modes "${tried[@]}"); do
	boot "$mode" || continue
	expect "everybody logs in" people_log_in
	expect "apt install systemd-container" as operator "DEBIAN_FRONTEND=noninteractive apt-get -q -y install systemd-container"
	expect "a container of an administrator's" as operator "$(declare -f contain); contain one true"
	expect "a container of a service's" as service "$(declare -f contain); contain two true"
	expect "a container as a service" in_container systemctl start held.service
	expect "it is registered" await 5 in_container is_registered held
	expect "it is looked at" as user "machinectl status held"
	expect "a login in it" eval '! as operator "timeout 3 machinectl --quiet login held </dev/null" | grep -i "access denied"'
	expect "it ends" as operator "machinectl terminate held"
	[ "$mode" = absent ] || expect "nothing was denied" nothing_denied
	if [ "$mode" = enforce ]; then
		expect "a service has no shell by machined" has_no_shell service by-service
		expect "nor has an administrator, whom PID 1 does not know behind machined" has_no_shell operator by-admin
		expect "a record says so" recorded "/run/systemd/transient/container-shell@*"
		expect "the policy names these shells" as operator "$(declare -f lets_shells); lets_shells"
		expect "an administrator has one" shell_of operator named
	else
		expect "a shell by machined" shell_of service by-service
		[ "$mode" = absent ] || expect "a record says so" recorded "/run/systemd/transient/container-shell@*"
	fi
	halt
done
