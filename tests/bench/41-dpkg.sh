#!/bin/bash
# dpkg -i of a package with five hundred units, in turn with and without the daemon; each time the package is new.
# limit: 175
: "${PAIRS:=${RUNS:-5}}" "${MANY:=500}"
. "${0%/*}/../system/people.sh"
. "${0%/*}/containers.sh"

prepare() {
	local made=$1/srv/many
	people_prepare "$1"
	mkdir -p "$made/DEBIAN" "$made/lib/systemd/system"
	printf 'Package: many\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: units\n' >"$made/DEBIAN/control"
	awk -v directory="$made/lib/systemd/system" -v count="$MANY" 'BEGIN {
		for (i = 0; i < count; i++) {
			unit = directory "/many-" i ".service"
			printf "[Unit]\nDescription=%d of many\n[Service]\nExecStart=/bin/true\n", i >unit
			close(unit)
		}
	}'
	dpkg-deb --root-owner-group --build "$made" "$1/srv/many.deb" >/dev/null
	cat >"$1/srv/time" <<-'END'
		#!/bin/bash
		# microseconds of one installation
		from=${EPOCHREALTIME/./}
		dpkg -i /srv/many.deb >/dev/null 2>&1 || exit
		echo $((${EPOCHREALTIME/./} - from))
		dpkg --purge many >/dev/null 2>&1
	END
	chmod +x "$1/srv/time"
}
installs() { session_of root /srv/time >>"$figures/$1" && [ -s "$figures/$1" ]; }

boot enforce || exit
figures=$work/figures
mkdir "$figures"
expect "logins" people_log_in
expect "installs once" session_of root /srv/time
for ((pair = 0; pair < PAIRS; pair++)); do
	progress "pair $pair of $PAIRS"
	expect "installs, pair $pair" installs with
	expect "the daemon is stopped, pair $pair" session_of root "unitward stop"
	expect "installs without, pair $pair" installs without
	expect "the daemon runs again, pair $pair" session_of root "systemctl start unitward"
done
pairs_of dpkg 1
