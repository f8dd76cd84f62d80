#!/bin/bash
# From a bare Debian to the first denial, with the package and as the README has it; then what becomes of the package: upgrades
# while the daemon enforces, such as break off or bring a daemon that does not start, a removal, its return, a purge.
# shellcheck source-path=SCRIPTDIR source=people.sh
. "$(dirname "$0")/people.sh"
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

units=/etc/systemd/system
log=$work/walk.log

# As it was delivered: without the libraries that unitward needs. apt takes them from a directory.
prepare() {
	people_prepare "$1"
	chroot "$1" dpkg --purge libconfig9 libjansson4 libsqlite3-0 cron cron-daemon-common >/dev/null 2>&1
	mkdir -p "$1/root/build/deb" "$1/srv/packages"
	cp "$deb" "$1/root/build/deb/${name}_${version}_amd64.deb"
	everything "$1" >"$work/before"
}

# What is on the disk, but for logs, caches and the package database, and what other packages keep of themselves.
everything() { # ROOT
	(cd "$1" && find . -xdev \( -path ./proc -o -path ./sys -o -path ./run -o -path ./dev -o -path ./tmp -o -path ./srv -o -path ./root \
		-o -path ./var/log/journal -o -path ./var/cache -o -path ./var/lib/dpkg -o -path ./var/lib/apt -o -path ./var/tmp \
		-o -path ./var/log/apt -o -path ./var/log/dpkg.log -o -path ./var/lib/systemd -o -path ./etc/ld.so.cache \
		-o -path ./var/log/wtmp -o -path ./var/log/lastlog -o -path ./var/log/btmp -o -path ./var/log/alternatives.log \
		-o -path ./home -o -path ./var/spool/cron -o -path ./var/lib/dbus -o -path ./etc/.pwd.lock -o -path ./etc/resolv.conf -o -path ./etc/localtime \) -prune -o -printf '%p %y %m %u:%g %l\n' | sort)
	(cd "$1" && find var/lib/systemd -path '*unitward*' -printf '%p\n')
}

# --- packages of other versions ------------------------------------------------------------------

name=unitward
deb=$(package) || { mode=package; not_ok "make deb" "$(tail -n 1 "$build/log/make-deb.log")"; exit; }
version=$(dpkg-deb --field "$deb" Version)

# packaged VERSION [COMMAND...]: as it would be built of another version: programs, unit file and policy differ. The commands
# change it further, in its directory.
packaged() {
	local to=$1 tree=$work/tree
	shift
	rm -rf "$tree"
	dpkg-deb --raw-extract "$deb" "$tree" || return
	sed -i "s/^Version: .*/Version: $to/" "$tree/DEBIAN/control"
	sed -i "s/${version//./\\.}/$to/g" "$tree"/usr/sbin/unitwardd "$tree/usr/bin/unitward"
	echo "# $to" | tee -a "$tree/usr/lib/systemd/system/unitward.service" >>"$tree/etc/unitward/unitward.conf"
	[ $# -eq 0 ] || (cd "$tree" && "$@") || return
	(cd "$tree" && find usr -type f -exec md5sum {} +) >"$tree/DEBIAN/md5sums"
	dpkg-deb -Znone --root-owner-group --build "$tree" "$root/srv/packages/$to.deb" >/dev/null
}

dies_in() { # SCRIPT : dpkg is killed there, once
	sed -i '2i [ -e /srv/killed-'"$1"' ] || { touch /srv/killed-'"$1"'; kill -KILL $PPID; exit 1; }' "DEBIAN/$1"
}
does_not_start() { printf '#!/bin/sh\nexit 1\n' >usr/sbin/unitwardd; }

# As a machine does it by night: nobody has logged in.
dpkg_install() { # VERSION
	LIMIT=120 in_container dpkg --install "/srv/packages/$1.deb"
}

pid_of_service() { in_container systemctl show --property=MainPID --value unitward.service; }
runs_version() { # VERSION : the program that runs is the one on the disk
	local pid exe
	[ "$(in_container unitward status --json | jq -r .version)" = "$1" ] || { echo "status: $(in_container unitward status | head -n 1)"; return 1; }
	pid=$(pid_of_service)
	exe=$(in_container readlink "/proc/$pid/exe")
	[ "$exe" = /usr/sbin/unitwardd ] || { echo "$exe"; return 1; }
}
package_is() { # STATUS
	[ "$(in_container dpkg-query -W -f '${db:Status-Status}' unitward 2>/dev/null)" = "$1" ] ||
		{ in_container dpkg-query -W -f '${db:Status-Status}' unitward; return 1; }
}
enforces() { [ "$(in_container unitward status --json | jq -r .mode)" = enforce ]; }
audits() { [ "$(in_container unitward status --json | jq -r .mode)" = audit ]; }
is_active() { [ "$(in_container systemctl is-active unitward.service)" = active ]; }
says() { # PATTERN COMMAND...: and succeeds
	local pattern=$1 said
	shift
	said=$("$@" 2>&1) && grep -qE -- "$pattern" <<<"$said" || { echo "$said"; return 1; }
}
fails_saying() { # PATTERN COMMAND...
	local pattern=$1 said
	shift
	said=$("$@" 2>&1) && { echo "it succeeded"; return 1; }
	grep -qE -- "$pattern" <<<"$said" || { echo "$said"; return 1; }
}
guarded() { fails_saying 'Operation not permitted' in_container bash -c "echo '[Timer]' >$units/evil-$1.timer"; }

# Denied since the first lines of the log were there, but for what this script's attacker tries.
denied_since() { # LINES
	tail -n "+$(($1 + 1))" "$root/var/log/unitward/events.jsonl" |
		jq -r 'select(.unitward.verdict // "allow" | . != "allow") | .message' | grep -v "$units/evil-"
}
nothing_denied_since() { ! denied_since "$1"; }
log_lines() { wc -l <"$root/var/log/unitward/events.jsonl"; }

# Plants timers for as long as /srv/planting is there.
planter() {
	local count=0
	while [ -e /srv/planting ]; do
		count=$((count + 1))
		echo '[Timer]' >"/etc/systemd/system/evil-$count.timer"
		sleep 0.01
	done 2>/dev/null
	echo "$count"
}
nothing_planted() { ! compgen -G "$root$units/evil-*"; }

# --- the README's commands -----------------------------------------------------------------------

# The blocks between its two marks, each line as "BLOCK<tab>LINE".
readme() {
	awk '/^<!-- what follows is typed/ { on = 1 } /^<!-- until here/ { on = 0 }
		on && /^```/ { inside = !inside; block += inside; next } on && inside { print block "\t" $0 }' "$top/README.md"
}

# What is another number, time, digest or name each time.
alike() {
	sed -E 's/\x1b\[[0-9;]*m//g; s/[0-9]{8}T[0-9.]+Z-[0-9]+/ID/g; s/[0-9a-f]{12,}/HEX/g; s/sed[A-Za-z0-9]{6}:/sedX:/; s/bash: line [0-9]+:/bash:/; s/(\[y\/N\]) y$/\1/; s/\r//g
		s/[0-9]+/N/g; s/[[:space:]]+/ /g; s/^ //; s/ $//'
}

latest_evidence() { in_container unitward quarantine list --json | jq -r '.. | .id? // empty' | sort | tail -n 1; }

# In root's login, on a terminal, with "y" when it asks; each expected line is among what it prints, in that order.
typed() { # COMMAND EXPECTED...
	local command=$1 said line
	shift
	if [[ $command =~ [0-9]{8}T[0-9.]+Z-[0-9]+ ]]; then command=${command/"${BASH_REMATCH[0]}"/$(latest_evidence)}; fi
	said=$(LIMIT=120 session_of root "cd && echo y | script -qec ${command@Q} /dev/null" 2>&1)
	printf '# %s\n%s\n' "$command" "$said" >>"$log"
	said=$(alike <<<"$said")
	for line; do
		line=$(alike <<<"$line")
		case $line in '' | ...) continue ;; esac
		[[ $said == *"$line"* ]] || { echo "the README has: $line"; return 1; }
		said=${said#*"$line"}
	done
}

walk() { # BLOCK...
	local block line command expected
	for block; do
		command='' expected=()
		while IFS= read -r line; do
			if [[ $line == '# '* ]]; then
				[ -z "$command" ] || expect "README: $command" typed "$command" "${expected[@]}"
				command=${line#'# '} expected=()
			else
				expected+=("$line")
			fi
		done < <(readme | sed -n "s/^$block\t//p")
		[ -n "$command" ] && expect "README: $command" typed "$command" "${expected[@]}" ||
			not_ok "README: block $block" "it has no command"
	done
}

verified() { ! in_container dpkg --verify unitward | grep -v ' /usr/share/'; } # the root has no documentation
nothing_authorised_but_packages() {
	[ -e "$root/var/lib/unitward/unreviewed" ] && ! in_container unitward ledger export --json |
		jq -r '.[].path' | grep -x "$units/agent.service"
}

all_is_as_before() {
	local differ
	differ=$(diff "$work/before" "$work/after") || { tr '\n' ' ' <<<"$differ"; return 1; }
}

# --- its life ------------------------------------------------------------------------------------

for mode in $(modes absent); do
	: >"$log"
	unguarded=1 boot "$mode" || continue
	expect "everybody logs in" people_log_in
	walk 1
	expect "installed: it runs" is_active
	expect "installed: it is enabled" in_container systemctl is-enabled unitward.service
	expect "installed: it only audits" audits
	expect "installed: what is nobody's is not authorised" nothing_authorised_but_packages
	expect "installed: doctor says that nobody has looked yet" fails_saying 'unitward baseline --take' in_container unitward doctor
	expect "installed: nothing differs from what was packed" verified
	last=$(readme | tail -n 1 | cut -f 1)
	# shellcheck disable=SC2046
	walk $(seq 2 "$last")
	expect "it enforces" enforces
	expect "doctor is content" in_container unitward doctor
	[ -z "${KEEP-}" ] || cat "$log"

	packaged 0.1.1
	before=$(log_lines) pid=$(pid_of_service)
	touch "$root/srv/planting"
	in_container planter >"$work/planted" &
	planting=$!
	expect "upgrade, nobody has logged in" dpkg_install 0.1.1
	rm "$root/srv/planting"
	wait $planting
	expect "upgrade: the new version runs" runs_version 0.1.1
	expect "upgrade: another process" test "$(pid_of_service)" != "$pid"
	expect "upgrade: it enforces" enforces
	expect "upgrade: nothing was denied" nothing_denied_since "$before"
	expect "upgrade: what was planted meanwhile, $(<"$work/planted") times, is not there" await 5 nothing_planted
	expect "upgrade: the new policy is in place" grep -qx '# 0.1.1' "$root/etc/unitward/unitward.conf"
	expect "upgrade: guarded" guarded upgrade

	for script in preinst postinst; do
		next=0.1.$([ $script = preinst ] && echo 2 || echo 3)
		packaged "$next" dies_in $script
		before=$(log_lines)
		expect "dpkg is killed in $script" fails_saying . dpkg_install "$next"
		expect "dpkg was killed in $script: guarded" guarded $script
		expect "dpkg was killed in $script: it goes on" dpkg_install "$next"
		expect "dpkg was killed in $script: the new version runs" runs_version "$next"
		expect "dpkg was killed in $script: nothing was denied" nothing_denied_since "$before"
	done

	packaged 0.1.4 does_not_start
	expect "a daemon that does not start: dpkg is content, and it is said" says 'does not run, nothing is guarded' dpkg_install 0.1.4
	expect "a daemon that does not start: the package is installed" package_is installed
	packaged 0.1.5
	expect "mended by the next version" dpkg_install 0.1.5
	expect "mended: it runs" runs_version 0.1.5
	expect "mended: it enforces" enforces
	cp "$deb" "$root/srv/packages/$version.deb"
	expect "a version back" dpkg_install "$version"
	expect "a version back: it runs" runs_version "$version"

	expect "in enforce mode not everybody removes it" fails_saying 'does not let you stop it' in_container apt-get -qy remove unitward
	expect "not removed: it is installed" package_is installed
	expect "not removed: it runs" runs_version "$version"
	expect "not removed: guarded" guarded removal
	expect "an administrator removes it" eval 'LIMIT=120 as operator "apt-get -qy remove unitward"'
	expect "removed" package_is config-files
	expect "removed: nothing runs" test -z "$(daemon_pids)"
	expect "removed: no unit is left" fails_saying 'could not be found' in_container systemctl status unitward.service
	expect "removed: systemctl works" in_container systemctl daemon-reload
	expect "removed: nothing is guarded" in_container bash -c "echo '[Timer]' >$units/evil-removed.timer"
	expect "removed: what was authorised is kept" test -e "$root/var/lib/unitward/ledger.db"

	expect "installed again" eval 'LIMIT=120 says "unitward baseline --take" in_container apt-get -qy install "/srv/packages/$version.deb"'
	expect "installed again: it runs" runs_version "$version"
	expect "installed again: it only audits, although the policy says enforce" audits
	expect "installed again: what was made meanwhile is there" test -e "$root$units/evil-removed.timer"
	expect "installed again: diff tells of it" fails_saying evil-removed.timer in_container unitward diff
	expect "installed again: authorised" as operator "unitward baseline --take --yes"
	expect "installed again: it enforces" enforces
	expect "installed again: guarded" guarded again

	expect "an administrator purges it" eval 'LIMIT=120 says "evidence .* is removed" as operator "apt-get -qy purge unitward cron"'
	expect "and what came with it" in_container apt-get -qy autoremove --purge
	rm -f "$root$units"/evil*.timer
	everything "$root" >"$work/after"
	expect "purged: all is as before" all_is_as_before
	expect "purged: /run too" in_container test ! -e /run/unitward
	expect "purged: nothing runs" test -z "$(daemon_pids)"
	expect "purged: systemd is content" says '^(running|degraded)$' in_container systemctl is-system-running
	halt
done
