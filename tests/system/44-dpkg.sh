#!/bin/bash
# dpkg is killed while it writes a unit, and at any other moment, and is told to go on; packages of another architecture come
# beside the machine's own, while the daemon runs and while it does not. With the policy as it is shipped.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

rounds=${ROUNDS:-10}
units=/usr/lib/systemd/system

prepare() { # ROOT
	local version
	mkdir -p "$1/srv/packages"
	for version in 1 2; do
		make_package "$1/srv/packages" big all $version "$(yes "# $(printf '%060d' 0)" | head -n 400000)"
		make_package "$1/srv/packages" pair amd64 $version 'Documentation=man:systemd(1)' 'Multi-Arch: same'
		make_package "$1/srv/packages" pair i386 $version 'Documentation=man:systemd(1)' 'Multi-Arch: same'
		make_package "$1/srv/packages" foreign i386 $version ''
	done
	[ -d "$work/many" ] || "$here/make-packages" "$work/many" 40
	cp -r "$work/many" "$1/srv/many"
	[ "$mode" = absent ] || cat >"$1/etc/unitward/policy.d/tester.conf" <<-END
		actors: { tester: { login_uid = [ "admin" ]; uid = [ 0 ]; }; };
		rules = ( { id = "tester-stops"; actor = "tester"; on = "approve"; then = "allow"; } );
	END
}

# A package with one enabled unit, which leaves a marker of its version. What several architectures ship is the same.
make_package() { # DIRECTORY NAME ARCHITECTURE VERSION LINES [FIELD]
	local tree=$work/tree
	rm -rf "$tree"
	mkdir -p "$tree/DEBIAN" "$tree$units"
	printf '%s\n' "Package: $2" "Version: $4" "Architecture: $3" ${6:+"$6"} 'Maintainer: nobody <nobody@localhost>' \
		'Description: one unit' >"$tree/DEBIAN/control"
	printf '[Unit]\n%s\n[Service]\nType=oneshot\nExecStart=/usr/bin/touch /srv/marker/%s-%s\n[Install]\nWantedBy=multi-user.target\n' \
		"$5" "$2" "$4" >"$tree$units/$2.service"
	(cd "$tree" && md5sum ".$units/$2.service" | sed 's, \./, ,' >DEBIAN/md5sums)
	printf '#!/bin/sh\n[ "$1" != configure ] || deb-systemd-helper enable %s.service >/dev/null\n' "$2" >"$tree/DEBIAN/postinst"
	printf '#!/bin/sh\n[ "$1" != purge ] || deb-systemd-helper purge %s.service >/dev/null\n' "$2" >"$tree/DEBIAN/postrm"
	chmod 755 "$tree"/DEBIAN/post*
	dpkg-deb -Zxz -z1 --root-owner-group --build "$tree" "$1/$2_$4_$3.deb" >/dev/null
}

# --- killed ----------------------------------------------------------------------------------

# As soon as a part of it is there.
kill_in_the_middle() { # VERSION
	local new=/usr/lib/systemd/system/big.service.dpkg-new dpkg
	dpkg --install "/srv/packages/big_$1_all.deb" &
	dpkg=$!
	until [ -s $new ] || ! kill -0 $dpkg 2>/dev/null; do true; done
	kill -KILL $dpkg
	wait $dpkg 2>/dev/null
	[ -s $new ] && [ "$(stat -c %s $new)" -lt 25000000 ]
}

# Anywhere, and told to go on, which it cannot with a package that was half removed by then.
kill_anywhere() { # VERSION ROUNDS
	local round dpkg
	for ((round = 0; round < $2; round++)); do
		dpkg --force-confnew --install --recursive "/srv/many/$1" &
		dpkg=$!
		sleep "0.$(printf %03d $((round * 53 % 400)))"
		kill -KILL $dpkg 2>/dev/null
		wait $dpkg
		dpkg --force-confnew --configure -a
	done >/srv/killed.log 2>&1
	dpkg --force-confnew --install --recursive "/srv/many/$1" >>/srv/killed.log 2>&1
}

install() { LIMIT=120 in_container dpkg --install "${@/#//srv/packages/}"; } # FILE...
goes_on() { LIMIT=60 in_container dpkg --configure -a; }
as_shipped() {
	local said
	said=$(dpkg --verify | grep -vE ' /usr/share/| c /etc/unitward/') # the root has no documentation, and the mode is set
	[ -z "$said" ] || { echo "$said"; return 1; }
}
none_half_done() {
	local said
	said=$(find /usr/lib/systemd /etc/systemd -name '*.dpkg-*')
	[ -z "$said" ] || { echo "$said"; return 1; }
}
runs() { # NAME VERSION
	as_admin systemctl daemon-reload && as_admin systemctl start "$1.service" && await 5 test -e "$root/srv/marker/$1-$2"
}
is_gone() { [ ! -e "$root$units/$1.service" ] && [ ! -L "$root/etc/systemd/system/multi-user.target.wants/$1.service" ]; }

nothing_differs() {
	local said
	said=$(in_container unitward diff 2>&1) || { echo "${said//$'\n'/; }"; return 1; }
}
# What dpkg did in the instant before it was killed may be told when nobody can say any more that it was dpkg. The file was not
# in place yet, and dpkg makes it again.
only_halves() { # COMMAND
	local said
	said=$("$1" | grep -v '\.dpkg-new$')
	[ -z "$said" ] || { echo "${said//$'\n'/ }"; return 1; }
}
denied_paths() { in_container unitward events --json --denied | jq -rs "$record_fields"'.[] | path'; }

all_is_well() { # WHEN
	expect "$1: what is there is what was shipped" in_container as_shipped
	[ "$mode" != absent ] || return 0
	expect "$1: nothing denied" only_halves denied_paths
	expect "$1: nothing in quarantine" only_halves quarantine_paths
	expect "$1: the disk is as the ledger says" await 5 nothing_differs
}

try_killed() {
	expect "dpkg is killed in the middle of a unit" in_container kill_in_the_middle 1
	expect "it goes on" goes_on
	expect "the package is installed after all" install big_1_all.deb
	expect "it runs" runs big 1
	expect "dpkg is killed in the middle of the next version" in_container kill_in_the_middle 2
	expect "the version before runs" runs big 1
	expect "it goes on" goes_on
	expect "the package is upgraded after all" install big_2_all.deb
	expect "it runs" runs big 2
	expect "dpkg is killed $rounds times, at any moment" eval 'LIMIT=120 in_container kill_anywhere 1 '"$rounds"
	expect "$rounds times in an upgrade" eval 'LIMIT=120 in_container kill_anywhere 2 '"$rounds"
	expect "no half of a file is left" in_container none_half_done
	all_is_well "after that"
}

# --- of another architecture -----------------------------------------------------------------

try_foreign() {
	expect "another architecture" in_container dpkg --add-architecture i386
	expect "packages of both" install pair_1_amd64.deb pair_1_i386.deb foreign_1_i386.deb
	expect "one that both ship runs" runs pair 1
	expect "one of the other runs" runs foreign 1
	all_is_well "both architectures"
	expect "their upgrade" install pair_2_amd64.deb pair_2_i386.deb foreign_2_i386.deb
	expect "one that both ship runs, upgraded" runs pair 2
	expect "one of them goes" in_container dpkg --purge pair:i386
	expect "what both shipped stays" runs pair 2
	all_is_well "one architecture is gone"
	expect "all go" in_container dpkg --purge pair foreign:i386
	expect "with their units" eval 'is_gone pair && is_gone foreign'
	all_is_well "all are gone"
}

# --- while the daemon does not run -----------------------------------------------------------

is_stopped() { [ "$(in_container systemctl show -P ActiveState unitward.service)" = inactive ]; }
stop_unitward() { as_admin unitward stop && await 10 is_stopped; }
plant_beside() { printf '[Service]\nExecStart=/bin/true\n' >/usr/lib/systemd/system/planted.service; }
owner_of() { # PATH
	in_container unitward ledger export --json | jq -r --arg path "$1" '.[] | select(.path == $path) | tostring'
}
is_dpkgs() { owner_of "$units/$1.service" | grep -q "dpkg: $1"; }
stays() { await 5 is_dpkgs "$1" && runs "$1" 1 || { owner_of "$units/$1.service"; return 1; }; }

try_offline() {
	rm -f "$root"/srv/marker/*
	expect "unitward stops" stop_unitward
	expect "packages of both come" install pair_1_amd64.deb pair_1_i386.deb foreign_1_i386.deb
	expect "dpkg is killed in the middle of a unit" in_container eval 'dpkg --purge big && kill_in_the_middle 1'
	in_container plant_beside
	expect "unitward starts" in_container systemctl start unitward.service
	expect "what both ship is theirs" stays pair
	expect "what the other architecture ships is its own" stays foreign
	[ "$mode" = audit ] || expect "what was put beside it is gone" await 5 is_gone planted
	expect "dpkg goes on" goes_on
	expect "the package is installed after all" install big_1_all.deb
	expect "it runs" runs big 1
}

for mode in $(modes ${ALL:+absent audit} enforce); do
	boot "$mode" || continue
	try_killed
	try_foreign
	[ "$mode" = absent ] || try_offline
	halt
done
