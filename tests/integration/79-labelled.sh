#!/bin/bash
# Detection on labelled units: malicious ones in the manner of public reports, and those that packages ship, by the shipped
# policy. Nothing is started: what the daemon makes of the same is in starts.sh, and in tests/system.
# filesystems: tmpfs
# modes: enforce
. "${0%/*}/lib.sh"

packages='anacron apt avahi-daemon certbot chrony cron dbus dpkg e2fsprogs exim4-base fail2ban haproxy logrotate man-db mdadm
	nginx-common openssh-server php-common plocate postgresql-common redis-server rsyslog smartmontools sysstat systemd
	unattended-upgrades util-linux'
cache=$BUILD/debs-labelled-$(cksum <<<"$packages" | cut -d " " -f 1)
here=$(cd "${0%/*}" && pwd)

for tool in python3 apt-get dpkg-deb; do
	type -P "$tool" >/dev/null || skip_all "no $tool"
done

unpack() { # DEB
	local directory
	directory=$cache/new/$(basename "${1%%_*}")
	mkdir "$directory"
	dpkg-deb --fsys-tarfile "$1" | tar -x -C "$directory" --wildcards '*/systemd/system/*' 2>/dev/null # some have none
}

# Those that this release has, at once; kept for the next time.
fetch() {
	local deb known
	[ ! -d "$cache/root" ] || return 0
	rm -rf "$cache" && mkdir -p "$cache/debs" "$cache/new"
	# shellcheck disable=SC2086
	known=$(apt-cache pkgnames | grep -Fx -- "$(printf '%s\n' $packages)")
	[ -n "$known" ] || { echo 'apt knows none of them: apt-get update' >"$cache/errors"; return 1; }
	# shellcheck disable=SC2086
	(cd "$cache/debs" && timeout -k 5 80 apt-get -qq download $known) 2>"$cache/errors" || return
	for deb in "$cache"/debs/*.deb; do unpack "$deb"; done
	mv "$cache/new" "$cache/root" && rm -rf "$cache/debs"
}

fetch || skip_all "the packages cannot be downloaded here: $(tail -n 1 "$cache/errors" 2>/dev/null)"

said=$(timeout -k 5 60 python3 "$here/labelled.py" "$BUILD/tests/judge" "$here/../../policy/unitward.conf" "$here/malicious.units" \
	"$cache/root" "$WORK" 2>&1)
status=$?
check "none missed, at most one false alert; ${said%%$'\n'*}" "$said" test $status = 0
echo "$said"

# It can fail: with an alert from a score on that nothing reaches, and with one that everything does.
for score in 1000 1; do
	{ cat "$here/../../policy/unitward.conf"; echo "detection: { record_score = 0; alert_score = $score; };"; } >"$WORK/other.conf"
	check_status "alerts from $score on: it fails" 1 timeout -k 5 60 \
		python3 "$here/labelled.py" "$BUILD/tests/judge" "$WORK/other.conf" "$here/malicious.units" "$cache/root" "$WORK"
done
