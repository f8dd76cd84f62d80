#!/bin/bash
# The rpm, by rpm: its scripts when it comes, when a newer one takes its place while the daemon enforces, and when it goes. In a
# Debian, that has no other rpm: paths that are Fedora's own (its rpm database, a merged /usr/sbin, dnf, SELinux) are not tried.
# shellcheck source-path=SCRIPTDIR source=people.sh
. "$(dirname "$0")/people.sh"
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

units=/etc/systemd/system
version=0.1.0 next=0.1.1

for tool in rpmbuild rpm2cpio cpio; do
	[ -x "$(command -v $tool)" ] || skip_all "needs $tool"
done

prepare() { # ROOT
	people_prepare "$1"
	lend_libraries "$1"
	chroot "$1" sh -c 'DEBIAN_FRONTEND=noninteractive apt-get -qq -y install rpm' >"$work/rpm.log" 2>&1 ||
		not_ok "rpm is installed" "$(tail -n 1 "$work/rpm.log")"
	mkdir -p "$1/srv/rpms"
	cp "$rpm" "$1/srv/rpms/$version.rpm"
	newer "$1/srv/rpms/$next.rpm"
	unit_rpm 1 "$1/srv/rpms"
	unit_rpm 2 "$1/srv/rpms"
}

# --- packages --------------------------------------------------------------------------------

built() { # FILE SPEC : by rpmbuild, without a source
	rpmbuild -bb --quiet --nodeps --define "_topdir $work/rpmbuild" "$2" >"$work/rpmbuild.log" 2>&1 &&
		find "$work/rpmbuild/RPMS" -name '*.rpm' -exec mv {} "$1" \;
}

# The spec as it is, about what was built already, with another version in the programs, the unit and the policy.
newer() { # FILE
	local tree=$work/next spec=$work/next.spec
	mkdir "$tree"
	(cd "$tree" && rpm2cpio "$rpm" | cpio --quiet -idm && rm -rf usr/share/doc usr/share/licenses) || return
	sed -i "s/${version//./\\.}/$next/g" "$tree"/usr/sbin/unitwardd "$tree/usr/bin/unitward"
	echo "# $next" | tee -a "$tree/usr/lib/systemd/system/unitward.service" >>"$tree/etc/unitward/unitward.conf"
	sed -e "s/^Version:.*/Version: $next/; /^Source0:/d; /^BuildRequires:/d; /^%license/d; /^%doc/d" -e '1i %define debug_package %{nil}' \
		-e "/^%prep/,/^# The same promises/c %install\\ncp -a $tree/. %{buildroot}\\n" \
		"$top/packaging/rpm/unitward.spec" >"$spec"
	built "$1" "$spec"
}

# As any other package has a unit.
unit_rpm() { # VERSION DIRECTORY
	cat >"$work/unitpack.spec" <<-END
		Name: unitpack
		Version: $1
		Release: 1
		Summary: a unit
		License: none
		BuildArch: noarch
		%description
		A unit.
		%install
		mkdir -p %{buildroot}/usr/lib/systemd/system
		printf '[Service]\nType=oneshot\nExecStart=/usr/bin/touch /srv/marker/unitpack-$1\n[Install]\nWantedBy=multi-user.target\n' >%{buildroot}/usr/lib/systemd/system/unitpack.service
		%post
		systemctl enable unitpack.service
		systemctl daemon-reload
		%preun
		[ "\$1" != 0 ] || systemctl disable unitpack.service
		%files
		/usr/lib/systemd/system/unitpack.service
	END
	built "$2/unitpack-$1.rpm" "$work/unitpack.spec"
}

by_rpm() { # OPTION... : as a machine does it by night, nobody has logged in
	LIMIT=120 in_container rpm --nodeps "$@"
}

# --- what is to be seen ----------------------------------------------------------------------

status() { in_container unitward status --json | jq -r "$1"; } # FIELD
mode_is() { [ "$(status .mode)" = "$1" ] || { status .mode; return 1; }; }
is_active() { [ "$(in_container systemctl is-active unitward.service)" = active ]; }
pid_of_service() { in_container systemctl show -P MainPID unitward.service; }
runs_version() { # the program that runs is the one on the disk
	[ "$(status .version)" = "$1" ] || { status .version; return 1; }
	[ "$(in_container readlink "/proc/$(pid_of_service)/exe")" = /usr/sbin/unitwardd ]
}
says() { # PATTERN COMMAND...: and succeeds
	local said
	said=$("${@:2}" 2>&1) && grep -qE -- "$1" <<<"$said" || { echo "$said"; return 1; }
}
guarded() { ! in_container bash -c "echo '[Timer]' >$units/evil-$1.timer" && [ ! -e "$root$units/evil-$1.timer" ]; }
package_is() { [ "$(in_container rpm -q --queryformat '%{VERSION}' "$1")" = "$2" ]; } # NAME VERSION
ran() { as_admin systemctl start unitpack.service && await 5 test -e "$root/srv/marker/unitpack-$1"; }
is_enabled() { [ -L "$root$units/multi-user.target.wants/unitpack.service" ]; }
told_of() { grep -qF "evil-$1.timer" "$root/var/log/unitward/events.jsonl"; } # the recorder may be behind
log_lines() { wc -l <"$root/var/log/unitward/events.jsonl"; }
nothing_denied_since() { # LINES : but for what this script's attacker tries
	! tail -n "+$(($1 + 1))" "$root/var/log/unitward/events.jsonl" |
		jq -r 'select(.unitward.verdict // "allow" | . != "allow") | .message' | grep -v "$units/evil-"
}

mode=package
rpm=$(rpm_package) && [ -n "$rpm" ] || { not_ok "make rpm" "$(tail -n 1 "$build/log/make-rpm.log")"; exit; }
for mode in $(modes absent); do
	unguarded=1 boot "$mode" || continue
	expect "everybody logs in" people_log_in
	expect "rpm installs it" by_rpm --install "/srv/rpms/$version.rpm"
	expect "installed: it runs" is_active
	expect "installed: it is enabled" in_container systemctl is-enabled unitward.service
	expect "installed: it only audits" mode_is audit
	expect "authorised" as operator "unitward baseline --take --yes"
	expect "enforced" as operator "echo 'mode = \"enforce\";' >/etc/unitward/policy.d/50-mode.conf && unitward reload"
	expect "it enforces" mode_is enforce
	expect "guarded" guarded first

	expect "guarded: it is recorded" await 10 told_of first
	before=$(log_lines) pid=$(pid_of_service)
	expect "upgrade, nobody has logged in" by_rpm --upgrade "/srv/rpms/$next.rpm"
	expect "upgrade: the new version runs" runs_version $next
	expect "upgrade: another process" test "$(pid_of_service)" != "$pid"
	expect "upgrade: it enforces" mode_is enforce
	expect "upgrade: the new policy is in place" grep -qx "# $next" "$root/etc/unitward/unitward.conf"
	expect "upgrade: it is still enabled" in_container systemctl is-enabled unitward.service
	expect "upgrade: guarded" guarded upgrade

	expect "another package" by_rpm --install /srv/rpms/unitpack-1.rpm
	expect "another package: its unit runs" ran 1
	expect "another package: it is enabled" is_enabled
	expect "another package is upgraded" by_rpm --upgrade /srv/rpms/unitpack-2.rpm
	expect "another package, upgraded: its unit runs" ran 2
	expect "another package goes" by_rpm --erase unitpack
	refuse "with its unit" "No files found" in_container systemctl cat unitpack.service
	expect "nothing was denied" nothing_denied_since "$before"

	refuse "in enforce mode not everybody removes it" "does not let you stop it" by_rpm --erase unitward
	expect "not removed: it is installed" package_is unitward $next
	expect "not removed: it runs" runs_version $next
	expect "not removed: guarded" guarded removal
	expect "an administrator removes it" eval 'LIMIT=120 as operator "rpm --nodeps --erase unitward"'
	refuse "removed" "not installed" in_container rpm -q unitward
	expect "removed: nothing runs" test -z "$(daemon_pids)"
	expect "removed: systemctl works" in_container systemctl daemon-reload
	refuse "removed: no unit is left" "not be found" in_container systemctl status unitward.service
	expect "removed: nothing is guarded" in_container bash -c "echo '[Timer]' >$units/evil-removed.timer"
	expect "removed: what was authorised is kept" test -e "$root/var/lib/unitward/ledger.db"
	expect "removed: systemd is content" says '^(running|degraded)$' in_container systemctl is-system-running

	expect "installed again" says "unitward baseline --take" by_rpm --install "/srv/rpms/$next.rpm"
	expect "installed again: it runs" runs_version $next
	expect "installed again: it only audits, although the policy says enforce" mode_is audit
	halt
done
