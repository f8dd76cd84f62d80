#!/bin/bash
# Two hundred packages with units are installed, upgraded and purged with dpkg: everything they do is authorised as
# theirs, and the ledger says of each file what the disk says.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

count=${PACKAGES:-200}

prepare() {
	[ -d "$work/packages" ] || "$here/make-packages" "$work/packages" "$count"
	cp -r "$work/packages" "$1/srv/packages"
	# Otherwise it is the disk's flushes that take the time.
	[ -n "${ALL:-}" ] || echo force-unsafe-io >"$1/etc/dpkg/dpkg.cfg.d/unsafe-io"
}

# timed WHAT COMMAND...: in the container; how long it takes against the same without the daemon, in milliseconds.
timed() {
	local what=$1 start=${EPOCHREALTIME/./} status
	shift
	LIMIT=120 in_container "$@"
	status=$?
	echo $(((${EPOCHREALTIME/./} - start) / 1000)) >"$work/$mode.$what.ms"
	return $status
}

install_version() { # VERSION
	dpkg --install --recursive "/srv/packages/$1" 2>&1 | tail -n 3
	return "${PIPESTATUS[0]}"
}

purge_all() {
	dpkg --purge $(dpkg-query -W -f '${Package} ' 'unitpack-*') 2>&1 | tail -n 3
	return "${PIPESTATUS[0]}"
}

installed() { # VERSION
	[ "$(dpkg-query -W -f '${db:Status-Status} ${Version}\n' 'unitpack-*' | grep -cx "installed $1")" = "$2" ]
}

knows_version() { # VERSION
	systemctl cat unitpack-1.service | grep -x "ExecStart=/bin/true $1"
}

as_shipped() { # no conffile is changed either
	local said
	said=$(dpkg --verify $(dpkg-query -W -f '${Package} ' 'unitpack-*')) && [ -z "$said" ] || { echo "$said"; return 1; }
}

# What there is of them, as the host sees it.
unit_files() {
	(cd "$root" && find etc/systemd usr/lib/systemd -name '*unitpack-*' -printf '%p %y %m %u:%g %s %l\n' | sort)
}

same_files() { # STEP
	unit_files >"$work/$mode.$1"
	[ ! -e "$work/absent.$1" ] || diff "$work/absent.$1" "$work/$mode.$1"
}

# The links that enable are made below dpkg, by its helper's systemctl, which may be known as the helper still, or have ended: the
# rule says that it was dpkg's. The recorder may be some milliseconds behind.
ledger_equals_disk() {
	await 10 ledger_matches >/dev/null || { ledger_matches | head -n 5 | tr '\n' ';'; return 1; }
}
ledger_matches() {
	copy_ledger && python3 "$here/ledger.py" "$root" "$work/ledger.db" unitpack- '^actor$' '^packages-own-units$' '^(/usr/bin/(dpkg|systemctl|perl)|unknown) '
}

counts() { ledger_matches | tail -n 1; }

as_it_should_be() { # STEP
	expect "$1: the same files as without the daemon" same_files "$1"
	[ "$mode" != absent ] || return 0
	expect "$1: the ledger equals the disk, and says that it was dpkg" ledger_equals_disk
	expect "$1: nothing denied" nothing_denied
	expect "$1: nothing in quarantine" nothing_in_quarantine
	echo "# $1: $(counts); $(compared "$1")"
}

compared() { # STEP
	local now absent=
	now=$(<"$work/$mode.$1.ms")
	[ ! -e "$work/absent.$1.ms" ] || absent=$(<"$work/absent.$1.ms")
	echo "dpkg took $now ms${absent:+, without the daemon $absent ms: ratio $(awk "BEGIN { printf \"%.2f\", $now / $absent }")}"
}

for mode in $(modes absent enforce); do
	boot "$mode" || continue
	expect "$count packages are installed" timed install install_version 1
	expect "all are there" in_container installed 1 "$count"
	as_it_should_be install
	expect "they are upgraded" timed upgrade install_version 2
	expect "all are upgraded" in_container installed 2 "$count"
	expect "what was unpacked is what was shipped" in_container as_shipped
	as_it_should_be upgrade
	expect "systemd reloads" as_admin systemctl daemon-reload
	expect "systemd knows the new version" in_container knows_version 2
	expect "an enabled one is enabled" in_container systemctl is-enabled unitpack-20.service
	expect "they are purged" timed purge purge_all
	expect "none is left" test -z "$(unit_files)"
	as_it_should_be purge
	halt
done
