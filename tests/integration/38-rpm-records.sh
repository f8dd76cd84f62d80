#!/bin/bash
# What rpm's database says of a package that was installed while nobody watched.
# filesystems: ext4
# modes: enforce
. "${0%/*}/lib.sh"
. "${0%/*}/ledger.sh"

type -P rpmbuild >/dev/null || skip_all 'needs rpm and rpmbuild'
type -P sqlite3 >/dev/null || skip_all 'needs sqlite3'

# build VERSION: a package with units, links, and what it only may own; and one that stays.
build() {
	cat >"$WORK/unit.spec" <<-END
		Name: rpmed
		Version: $1
		Release: 1
		Summary: units
		License: none
		BuildArch: noarch
		%description
		units
		%install
		mkdir -p %{buildroot}/usr/lib/systemd/system %{buildroot}/usr/share
		touch %{buildroot}/usr/share/rest
		echo '# rpmed $1' >%{buildroot}/usr/lib/systemd/system/rpmed.service
		echo '# tampered $1' >%{buildroot}/usr/lib/systemd/system/forged.service
		touch %{buildroot}/usr/lib/systemd/system/ghost.service
		ln -s rpmed.service %{buildroot}/usr/lib/systemd/system/alias.service
		ln -s rpmed.service %{buildroot}/usr/lib/systemd/system/bent.service
		%package rest
		Summary: another
		%description rest
		another
		%files rest
		/usr/share/rest
		%files
		/usr/lib/systemd/system/rpmed.service
		/usr/lib/systemd/system/forged.service
		/usr/lib/systemd/system/alias.service
		/usr/lib/systemd/system/bent.service
		%ghost /usr/lib/systemd/system/ghost.service
	END
	rpmbuild --quiet -bb --define "_topdir $WORK/rpm" --define '_build_id_links none' "$WORK/unit.spec" >"$WORK/rpmbuild.log" 2>&1
}

rpm_in_scratch() { rpm --root "$SCRATCH" --dbpath /var/lib/rpm --nodeps --nosignature "$@" >"$WORK/rpm.log" 2>&1; }

build 1 || skip_all "rpmbuild: $(tail -n 1 "$WORK/rpmbuild.log")"
start_daemon
stop_daemon
rpm_in_scratch -i "$WORK"/rpm/RPMS/noarch/rpmed-{,rest-}1-1.noarch.rpm || skip_all "rpm: $(tail -n 1 "$WORK/rpm.log")"
echo '# more' >>"$VENDOR/forged.service"
echo '# ghost' >"$VENDOR/ghost.service"
ln -sfn forged.service "$VENDOR/bent.service"
start_daemon
for path in "$VENDOR"/{rpmed,alias}.service; do
	check_entry "$path" 'package|package-records|rpm: rpmed.noarch 1-1'
	keep "$path"
done
for name in forged bent ghost; do
	within 2 state_is "$VENDOR/$name.service" absent
	check_state "$name: undone" "$VENDOR/$name.service" absent
	evidence "$name" "$VENDOR/$name.service"
done
stop_daemon
rpm_in_scratch -e rpmed || not_ok 'rpm -e' "$(tail -n 1 "$WORK/rpm.log")"
kept=()
start_daemon
check_state 'gone with its package: stays so' "$VENDOR/rpmed.service" absent
check_state 'its link too' "$VENDOR/alias.service" absent
check_entry "$VENDOR/rpmed.service" ''

finish
