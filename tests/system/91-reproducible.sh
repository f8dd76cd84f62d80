#!/bin/bash
# The packages: lintian has no error to tell, the rpm has the files of the deb; with ALL=1 a build in another directory, under
# another umask, at another time gives the same bytes.
# only: bookworm
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

deb=$(package) || { not_ok "make deb" "$(tail -n 1 "$build/log/make-deb.log")"; exit; }
other=$work/another/directory

# Everything is compiled there once more; the first package was made of what `make` had compiled.
build_elsewhere() {
	mkdir -p "$other"
	tar -C "$top" --exclude=./build --exclude=./.git -c . | tar -C "$other" -x --no-same-permissions &&
		find "$other" -exec touch -d '2 days ago' {} + &&
		(umask 027 && cd "$other" && env -u RELEASE -u BUILT -u CFLAGS TZ=Asia/Tokyo LC_ALL=C make --silent --no-print-directory deb)
}

# What both have compiled is the same by now: the rpm is made of either.
build_rpm() { # TREE BUILT
	env -u RELEASE BUILT="$2" make --silent --no-print-directory -C "$1" rpm
}

same() { # PATTERN
	local one two
	one=$(find "$top/build" -maxdepth 4 -path "$1") two=$(find "$other/build" -maxdepth 4 -path "$1")
	[ -s "$one" ] && [ -s "$two" ] || { echo "not built"; return 1; }
	cmp "$one" "$two"
}

rpm_file() { find "$1/build/rpm" -name 'unitward-*.rpm'; }

# Without documentation, which each has in its own place and compresses or does not. Debian's zsh looks elsewhere.
names() { sed -E 's,^\.?/,,; s,/$,,; s/\.gz$//; s,zsh/vendor-completions/,zsh/site-functions/,' | grep -vE '^usr/share/(doc|licenses|lintian)|^usr/lib/\.build-id' | sort; }
deb_names() { dpkg-deb --fsys-tarfile "$deb" | tar -t | grep -v '/$' | names; }
rpm_unpack() {
	mkdir -p "$work/rpm" && (cd "$work/rpm" && rpm2cpio "$(rpm_file "$top")" | cpio --quiet -idm)
}
rpm_names() { (cd "$work/rpm" && find . ! -type d | names); }
same_names() { diff <(deb_names) <(rpm_names); }
rpm_configures() { # the files that rpm keeps when they were changed are the conffiles of the deb
	diff <(rpm -qpc "$(rpm_file "$top")" 2>/dev/null | sort) <(dpkg-deb --info "$deb" conffiles | sort)
}
rpm_has_script() { rpm -qp --scripts "$(rpm_file "$top")" 2>/dev/null | grep -q "^$1 scriptlet"; }
runs() { "$work/rpm/usr/bin/unitward" --version && "$work/rpm/usr/sbin/unitwardd" --version; }
no_local() { ! grep -rlE '/usr/local/s?bin/unitward' "$work/rpm/usr/lib/systemd/system" "$work/rpm/etc"; }
lints() { lintian --allow-root --fail-on error "$top"/build/deb/unitward_*_*.deb; }
scripts_parse() {
	local script said
	for script in preinst postinst prerm postrm; do
		said=$(dpkg-deb --info "$deb" $script | sh -n 2>&1) || { echo "$script: $said"; return 1; }
	done
}

if [ -x "$(command -v lintian)" ]; then expect "lintian" lints; else skip "lintian" "it is not installed"; fi
expect "scripts can be read" scripts_parse
if [ -n "${ALL-}" ]; then
	expect "a build elsewhere" build_elsewhere
	expect "the same deb" same '*/deb/unitward_*.deb'
	expect "the same symbols" same '*/deb/unitward-dbgsym_*.deb'
else
	skip "a build elsewhere" "a second compile takes a minute: ALL=1"
fi
if [ -x "$(command -v rpmbuild)" ] && [ -x "$(command -v cpio)" ]; then
	expect "an rpm" rpm_package
	if [ -n "${ALL-}" ]; then
		expect "an rpm elsewhere" build_rpm "$other" "$top/build"
		expect "the same rpm" same '*/rpm/RPMS/*/unitward-*.rpm'
	fi
	expect "it can be unpacked" rpm_unpack
	expect "it has the files of the deb" same_names
	expect "it keeps the same configuration" rpm_configures
	for script in preinstall postinstall preuninstall postuninstall; do expect "it has a $script" rpm_has_script $script; done
	expect "its programs run" runs
	expect "nothing in it is for /usr/local" no_local
else
	skip "rpm" "needs rpmbuild and cpio"
fi
