# shellcheck shell=bash
# Configuration management brings unitward to a machine that does not have it, has it enforce, and goes on deploying what the
# policy lets it: the same for each tool; some runs more with ALL=1. Sourced by a script of lib.sh, which defines
#
#   unit, command          the service that runs the tool on the machine, and how; $ARGUMENTS are those of `manage`
#   site ROOT              lays down in ROOT/srv/site what the tool is to do
#   setup dry audit broken arguments: it configures; tells what it would do; what it would do for audit mode; a policy in it has
#                          a mistake, "alow"
#   application NAME       prints the arguments with which it deploys and starts NAME.service
#   changed, unchanged, would_change
#                          whether what it said tells so
#   is_refused ARGUMENT... runs it, and it says that it could not
#   is_well_made           where there is something that says so
# and calls `manage_machine`.

prepare() { # ROOT
	mkdir -p "$1/srv/site"
	# What is built here runs in another release with this one's libraries.
	lend_libraries "$1" && lend_package "$(package)" "$1" || return
	mv "$1/srv/unitward.deb" "$1/srv/site/unitward.deb"
	site "$1/srv/site"
	mkdir -p "$1/etc/systemd/system/$unit.d"
	# shellcheck disable=SC2154 # the script's
	cat >"$1/etc/systemd/system/$unit.d/site.conf" <<-END
		[Service]
		Type=oneshot
		KillMode=control-group
		WorkingDirectory=/srv/site
		Environment=HOME=/root LANG=C.UTF-8
		EnvironmentFile=/srv/site/arguments
		ExecStart=
		ExecStart=/bin/sh -c '{ $command; } >/srv/site/said 2>&1'
	END
	[ -e "$1/usr/lib/systemd/system/$unit" ] || [ -e "$1/lib/systemd/system/$unit" ] || echo >"$1/etc/systemd/system/$unit"
}

# manage ARGUMENT...
manage() {
	local status
	echo "ARGUMENTS=$*" >"$root/srv/site/arguments"
	LIMIT=150 in_container systemctl start "$unit"
	status=$?
	tail -n 12 "$root/srv/site/said" | cut -c1-400
	return $status
}
changes() { manage "$@" && changed; }
changes_nothing() { manage "$@" && unchanged && has_written_nothing; }
only_tells() { manage "$@" && would_change && has_written_nothing; }
# Beyond what the tool keeps of itself, and what its own start leaves behind.
has_written_nothing() {
	local written
	written=$(in_container find /etc /usr /var/lib -xdev -type f -cnewer /srv/site/arguments \
		! -path '*/puppet/*' ! -path '/var/lib/systemd/*' ! -path '/var/lib/unitward/*' \
		! -path /etc/unitward/boot.snapshot)
	[ -z "$written" ] || { echo "written: ${written//$'\n'/ }"; return 1; }
}
says() { grep -qE "$1" "$root/srv/site/said"; } # PATTERN: what it said last

is_enforcing() { in_container unitward status --json | jq -e '.mode == "enforce"' >/dev/null; }
is_not_there() { ! in_container test -e "$1"; }
is_recorded() {
	in_container unitward events --denied --json |
		jq -se 'any(.[]; (.file.path // "" | startswith("/etc/systemd/system/shop.service")) and .rule.name == "default")' >/dev/null
}
runs() { in_container systemctl is-active "$1.service" && in_container systemctl is-enabled "$1.service"; }
planted() { in_container sh -c 'echo "[Timer]" >/etc/systemd/system/evil.timer'; }
is_denied() { ! planted && is_not_there /etc/systemd/system/evil.timer; }
is_unknown() { [ "$(in_container systemctl show -P LoadState "$1.service")" = not-found ]; }
# Before its own rules were in force everything was let pass, and told of.
nothing_else_denied() {
	local told
	told=$(in_container unitward events --denied --json | jq -rs '[.[] | select(.unitward.mode == "enforce" and
		(.file.path // "" | test("^/etc/systemd/system/(evil.timer|shop.service)") | not)) | .message] | join("; ")') || return
	[ -z "$told" ] || { echo "$told"; return 1; }
}
# In the policy's repository somebody has made a mistake.
is_not_taken() { ! manage "$@" && says 'alow' && is_enforcing; }

# shellcheck disable=SC2046,SC2154
manage_machine() {
	boot absent || exit
	[ "$(type -t is_well_made)" != function ] || expect "it is well made" is_well_made
	expect "asked what it would do, it does nothing" only_tells "${dry[@]}"
	expect "it is not installed" is_not_there /usr/sbin/unitwardd
	expect "it runs" changes "${setup[@]}"
	expect "unitward enforces" is_enforcing
	expect "it denies" is_denied
	expect "the second run changes nothing" changes_nothing "${setup[@]}"
	[ -z "${ALL-}" ] || expect "nor would it, it says" changes_nothing "${dry[@]}"
	expect "of another mode it says that it would change" only_tells "${audit[@]}"
	expect "and leaves it" is_enforcing
	expect "an application that the policy lets it bring" changes $(application app-shop)
	expect "it runs, and is enabled" runs app-shop
	expect "the facts are there" says 'mode enforce, policy [0-9a-f]'
	[ -z "${ALL-}" ] || expect "deployed again: nothing changes" changes_nothing $(application app-shop)
	expect "one that it does not" is_refused $(application shop)
	expect "it is not there" is_not_there /etc/systemd/system/shop.service
	expect "PID 1 has not heard of it" is_unknown shop
	expect "a record says why" is_recorded
	expect "a policy with a mistake is not taken" is_not_taken "${broken[@]}"
	[ -z "${ALL-}" ] || expect "nothing is left of it: it changes nothing" changes_nothing "${setup[@]}"
	expect "nothing else was denied" nothing_else_denied
	halt
}
