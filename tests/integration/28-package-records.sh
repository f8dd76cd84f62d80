#!/bin/bash
# The package manager's records and the policy's own list say what is authorised: by its contents, never by its name.
# modes: audit enforce
. "${0%/*}/lib.sh"
. "${0%/*}/ledger.sh"

DPKG=$SCRATCH/var/lib/dpkg
HELPER=$SCRATCH/var/lib/systemd/deb-systemd-helper-enabled
WANTS=$UNITS/multi-user.target.wants
mkdir -p "$DPKG/info" "$HELPER/multi-user.target.wants" "$WORK/stanzas"

# status NAME VERSION STATE [CONFFILE]: what dpkg says of a package.
status() {
	{
		printf 'Package: %s\nStatus: %s\nArchitecture: all\nVersion: %s\n' "$1" "$3" "$2"
		[ $# = 3 ] || printf 'Conffiles:\n %s %s\n' "$4" "$(md5sum <"$SCRATCH$4" | cut -c1-32)"
		echo
	} >"$WORK/stanzas/$1"
	cat "$WORK"/stanzas/* >"$DPKG/status"
}

# ship NAME VERSION PATH...: a package is installed, and shipped what is at the paths now.
ship() {
	local name=$1 version=$2 path
	shift 2
	printf '%s\n' "$@" >"$DPKG/info/$name.list"
	for path; do
		[ ! -f "$SCRATCH$path" ] || md5sum <"$SCRATCH$path" | sed "s,-\$,${path#/},"
	done >"$DPKG/info/$name.md5sums"
	status "$name" "$version" 'install ok installed'
}

type -P sqlite3 >/dev/null || skip_all 'needs sqlite3'

# ---- the baseline ----

for name in gone kept upgraded half; do
	unit "$name" >"$VENDOR/$name.service"
done
ship base 1-1 /usr/lib/systemd/system /usr/lib/systemd/system/{vendor,kept,upgraded}.service
ship gone 1-1 /usr/lib/systemd/system/gone.service
ship half 1-1 /usr/lib/systemd/system/half.service
start_daemon
check_entry "$VENDOR/vendor.service" 'package|package-records|dpkg: base 1-1'
check_entry "$UNITS/authorised.service" 'baseline|baseline|'
stop_daemon

# ---- what packages do while nobody watches, and what others do ----

mkdir "$VENDOR/new.service.d"
for name in upgraded.service new.service new.service.d/10.conf forged.service writable.service; do
	unit "$name of 2-1" >"$VENDOR/$name"
done
unit 'a configuration file' >"$UNITS/conffile.service"
unit 'nobody ships it' >"$VENDOR/planted.service"
ln -s "$VENDOR/new.service" "$VENDOR/link.service"
rm "$VENDOR"/{gone,kept,half}.service
ship base 2-1 /usr/lib/systemd/system/{,{vendor,kept,upgraded,new,forged,writable,link}.service,new.service.d{,/10.conf}}
echo /etc/systemd/system/conffile.service >>"$DPKG/info/base.list"
status base 2-1 'install ok installed' /etc/systemd/system/conffile.service
status gone 1-1 'purge ok not-installed'
status half 1-1 'install ok half-installed'
echo '# not shipped' >>"$VENDOR/forged.service"
chmod 0666 "$VENDOR/writable.service"
# As deb-systemd-helper enables a unit of a package, and as anybody does.
printf '/etc/systemd/system/multi-user.target.wants/%s\n' new.service >"$HELPER/new.service.dsh-also"
touch "$HELPER/multi-user.target.wants"/{new,notes}.service
ln -s /usr/lib/systemd/system/new.service "$WANTS/new.service"
ln -s /usr/lib/systemd/system/new.service "$WANTS/vendor.service"
ln -s /usr/lib/systemd/system/planted.service "$WANTS/notes.service"

start_daemon
for path in "$VENDOR"/{upgraded.service,new.service,new.service.d/10.conf} "$UNITS/conffile.service"; do
	check_entry "$path" 'package|package-records|dpkg: base 2-1'
	check_loads "${path##*/}: loads" "$path"
	recorded "${path##*/}: allowed" "$IS_OF_PATH"' and .rule.name == "package-records" and .unitward.verdict == "allow"'
	keep "$path"
done
check_entry "$WANTS/new.service" 'package|package-records|dpkg: base 2-1'
keep "$WANTS/new.service"
check_state 'gone with its package: stays so' "$VENDOR/gone.service" absent
check_entry "$VENDOR/gone.service" ''

# not_vouched NAME PATH: the policy decides as if there were no records.
not_vouched() {
	local path=$2
	if enforcing; then
		within 2 state_is "$path" absent
		check_state "$1: undone" "$path" absent
		evidence "$1" "$path"
	else
		check "$1: stays" 'it is gone' state_is_not "$path" absent
	fi
	check_entry "$path" ''
	recorded "$1" "$IS_OF_PATH"' and .rule.name == "default" and .unitward.verdict == "deny"'
}
not_vouched 'owned, other contents' "$VENDOR/forged.service"
not_vouched 'owned, but others may write it' "$VENDOR/writable.service"
not_vouched 'unowned' "$VENDOR/planted.service"
not_vouched 'a link that a list names' "$VENDOR/link.service"
not_vouched 'a link that nobody recorded' "$WANTS/vendor.service"
not_vouched 'a recorded link to what nobody ships' "$WANTS/notes.service"
if enforcing; then
	check_loads 'removed, but its package is there: is back' "$VENDOR/kept.service"
	check_loads 'removed, and its package is half there: is back' "$VENDOR/half.service"
fi

# While the daemon watches, the records vouch for nobody.
unit 'later' >"$OUTSIDE/later.service"
cp "$OUTSIDE/later.service" "$VENDOR/../later.service"
printf '%s\n' /usr/lib/systemd/system/later.service >"$DPKG/info/later.list"
printf '%s  usr/lib/systemd/system/later.service\n' "$(md5sum <"$OUTSIDE/later.service" | cut -c1-32)" >"$DPKG/info/later.md5sums"
status later 1-1 'install ok installed'
quarantined 'shipped, but not brought by the package manager' 'rename|create' "$VENDOR/later.service" \
	mv "$OUTSIDE/later.service" "$VENDOR/later.service"
stop_daemon

# ---- without the records ----

enforcing || rm -f "$VENDOR"/{later,forged,writable,planted,link}.service "$WANTS"/{vendor,notes}.service
mv "$VENDOR/../later.service" "$VENDOR/later.service"
write_policy 'package_records = false;'
start_daemon
not_vouched 'shipped, but the policy wants no records' "$VENDOR/later.service"
stop_daemon
rm -f "$VENDOR/later.service"

# ---- the policy's own list ----

unit 'as listed' >"$OUTSIDE/listed.service"
digest=$(sha256sum <"$OUTSIDE/listed.service" | cut -c1-64)
write_policy "authorised = (
	{ path = \"$UNITS/listed.service\"; sha256 = \"$digest\"; },
	{ path = \"$UNITS/listed.service.d/10.conf\"; sha256 = \"$digest\"; },
	{ path = \"$UNITS/listed.timer\"; target = \"/dev/null\"; } );"
start_daemon

# listed NAME PATH COMMAND...: by whomever, and stays.
listed() {
	local name=$1 path=$2
	shift 2
	try "$@"
	check "$name: done" "it said: $said" test $status = 0
	recorded "$name" "$IS_OF_PATH"' and .rule.name == "authorised-digest" and .unitward.verdict == "allow"'
	check_entry "$path" "policy|authorised-digest|*${executable##*/}*"
	keep "$path"
}
evil listed.service
cp "$planted" "$OUTSIDE/other.service"
unit 'as listed' >"$OUTSIDE/listed.service"
cp "$OUTSIDE/listed.service" "$OUTSIDE/10.conf"
cp "$OUTSIDE/listed.service" "$OUTSIDE/elsewhere.service"
quarantined 'other contents under a listed name' 'rename|create' "$UNITS/listed.service" \
	attack rename "$OUTSIDE/other.service" "$UNITS/listed.service"
quarantined 'listed contents under another name' 'rename|create' "$UNITS/elsewhere.service" \
	attack rename "$OUTSIDE/elsewhere.service" "$UNITS/elsewhere.service"
enforcing || rm -f "$UNITS/listed.service"
denied 'listed contents, written in place' create "$UNITS/listed.service" attack create "$UNITS/listed.service"
enforcing || rm -f "$UNITS"/{listed,elsewhere}.service
listed 'listed contents, moved' "$UNITS/listed.service" attack rename "$OUTSIDE/listed.service" "$UNITS/listed.service"
check_loads 'listed contents: load' "$UNITS/listed.service"
quarantined 'another link than listed' 'symlink|link|create|enable' "$UNITS/listed.timer" ln -s authorised.timer "$UNITS/listed.timer"
enforcing || rm -f "$UNITS/listed.timer"
listed 'a listed link' "$UNITS/listed.timer" ln -s /dev/null "$UNITS/listed.timer"
listed 'a directory that listed contents need' "$UNITS/listed.service.d" mkdir "$UNITS/listed.service.d"
listed 'listed contents in a new directory' "$UNITS/listed.service.d/10.conf" \
	attack rename "$OUTSIDE/10.conf" "$UNITS/listed.service.d/10.conf"
keep "$UNITS/listed.service.d"
undone 'chmod of what is listed' modify "$UNITS/listed.service" chmod 0777 "$UNITS/listed.service"
enforcing || chmod 0644 "$UNITS/listed.service"

finish
