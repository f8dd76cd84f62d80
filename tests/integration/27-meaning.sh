#!/bin/bash
# Records say what a change means, as far as it is known, and no more.
. "${0%/*}/lib.sh"

start_daemon

# means NAME PATH OPERATION REGEX: a record of it says so.
means() {
	local path=$2 operation=$3
	recorded "$1: meaning" "$IS_DECIDED and (.unitward.meaning // \"\" | test(\"$4\"))"
}

# says_nothing_of NAME PATH TEXT: no record about the path claims that.
says_nothing_of() {
	watched || return 0
	local path=$2
	check "$1" 'a record says so' test -z "$(records "$IS_OF_PATH and (.unitward.meaning // \"\" | test(\"$3\"))")"
}

# plant PATH CONTENTS: complete when it arrives.
plant() {
	mkdir -p "$OUTSIDE"
	printf "$2" >"$OUTSIDE/planted"
	try attack rename "$OUTSIDE/planted" "$1"
	enforcing || check "planted ${1##*/}" "it said: $said" test $status = 0
}

permit() {
	printf "$2" >"$OUTSIDE/planted"
	try fake_dpkg run attack rename "$OUTSIDE/planted" "$1"
}

any='(create|rename|link|modify|enable|mask|remove)'

plant "$UNITS/evil.service" '[Service]\nExecStart=/tmp/x --now\nUser=daemon\n'
means 'service' "$UNITS/evil.service" "$any" '^runs /tmp/x --now as daemon when evil.service starts$'
plant "$UNITS/evil.timer" '[Timer]\nOnCalendar=*:*\n'
means 'timer and its service' "$UNITS/evil.timer" "$any" '^starts /tmp/x --now every minute as daemon$'
plant "$UNITS/alone.timer" '[Timer]\nOnBootSec=5min\nOnUnitActiveSec=1h\n'
means 'timer alone' "$UNITS/alone.timer" "$any" '^starts alone.service 5 minutes after boot and every hour$'

plant "$UNITS/authorised.service.d/evil.conf" '[Service]\nExecStart=\nExecStart=/tmp/x\n'
means 'drop-in' "$UNITS/authorised.service.d/evil.conf" "$any" '^overrides ExecStart of authorised.service with /tmp/x$'
plant "$UNITS/authorised.service.d/hardening.conf" '[Service]\nNoNewPrivileges=no\n'
means 'changed drop-in' "$UNITS/authorised.service.d/hardening.conf" "$any" \
	'^changes NoNewPrivileges of authorised.service from yes to no$'

mkdir -p "$OUTSIDE/whole" && printf '[Service]\nExecStartPre=/tmp/x\n' >"$OUTSIDE/whole/evil.conf"
try attack rename "$OUTSIDE/whole" "$UNITS/vendor.service.d"
if enforcing; then
	means 'directory of drop-ins' "$UNITS/vendor.service.d" "$any" '^adds ExecStartPre=/tmp/x to vendor.service$'
else
	means 'drop-in in a new directory' "$UNITS/vendor.service.d/evil.conf" "$any" \
		'^adds ExecStartPre=/tmp/x to vendor.service$'
fi

plant "$UNITS/tampered.service" '[Unit]\nDescription=tampered.service\n[Service]\nExecStart=/tmp/x\n'
means 'changed unit' "$UNITS/tampered.service" "$any" '^changes ExecStart of tampered.service from /bin/true to /tmp/x$'
plant "$UNITS/vendor.service" '[Service]\nExecStart=/tmp/x\n'
means 'precedence' "$UNITS/vendor.service" "$any" \
	"^runs /tmp/x as root when vendor.service starts, in place of $VENDOR/vendor.service\$"

try attack symlink /dev/null "$UNITS/auditd.service"
means 'mask' "$UNITS/auditd.service" mask '^masks auditd.service$'
try attack symlink authorised.service "$UNITS/alias.service"
means 'alias' "$UNITS/alias.service" enable '^makes alias.service another name of authorised.service$'
try attack symlink "$OUTSIDE/x.timer" "$UNITS/x.timer"
means 'linked unit' "$UNITS/x.timer" link "^loads x.timer from $OUTSIDE/x.timer\$"
try attack symlink ../evil.service "$UNITS/multi-user.target.wants/evil.service"
means 'enabled' "$UNITS/multi-user.target.wants/evil.service" enable \
	'^makes multi-user.target start evil.service, at every boot$'

try attack unlink "$UNITS/multi-user.target.wants/authorised.service"
means 'disabled' "$UNITS/multi-user.target.wants/authorised.service" remove \
	'^no longer makes multi-user.target start authorised.service, at every boot$'
try attack unlink "$UNITS/removed.service"
means 'removed' "$UNITS/removed.service" remove '^takes removed.service away$'
try chmod 0666 "$UNITS/authorised.timer"
means 'chmod' "$UNITS/authorised.timer" modify '^changes the owner, mode or attributes of authorised.timer$'

plant "$ALICE/evil.service" '[Service]\nExecStart=/tmp/x\nUser=root\n'
means 'user unit' "$ALICE/evil.service" "$any" '^runs /tmp/x as the user when evil.service starts$'
plant "$SCRATCH/usr/lib/systemd/system-generators/evil" '#!/bin/sh\n'
means 'generator' "$SCRATCH/usr/lib/systemd/system-generators/evil" "$any" \
	'^adds the generator evil, which systemd runs as root at every boot and reload$'

# Of what is refused when it is opened nothing is known but the attempt.
try attack create "$UNITS/tried.timer"
if enforcing; then
	means 'refused create' "$UNITS/tried.timer" create '^would add the timer tried.timer$'
else
	means 'create' "$UNITS/tried.timer" create '^adds the timer tried.timer$'
fi
says_nothing_of 'nothing is claimed of what is not known' "$UNITS/tried.timer" 'runs|starts'

# Hostile text stays text, and short.
printf '[Service]\nExecStart=/tmp/\033[31m%s\n' "$(printf 'a%.0s' {1..5000})" >"$OUTSIDE/planted"
try attack rename "$OUTSIDE/planted" "$UNITS/long.service"
means 'hostile text' "$UNITS/long.service" "$any" '^runs /tmp/.x1b.31ma+[.]{3} as root'

# The same by somebody who may: the meaning is told as well, and it stays.
verdict=allow
permit "$UNITS/permitted.timer" '[Timer]\nOnCalendar=daily\nUnit=authorised.service\n'
means 'authorised timer and its service' "$UNITS/permitted.timer" "$any" '^starts /bin/true every day as root$'
keep "$UNITS/permitted.timer"
permit "$UNITS/removed.timer" '[Unit]\nDescription=new\n[Service]\nExecStart=/bin/true\n'
means 'authorised change' "$UNITS/removed.timer" "$any" '^changes Description of removed.timer from removed.timer to new$'
keep "$UNITS/removed.timer"

if watched; then
	said=$(unitward events --log "$LOG" 2>&1)
	check_said 'unitward events shows it' ': masks auditd.service'
fi

finish
