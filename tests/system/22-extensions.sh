#!/bin/bash
# Units are brought by extension images, which systemd-sysext merges over all of /usr: by the command, which is gated, and by a
# copy of it that the attacker has brought along.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=attempts.sh
. "$here/attempts.sh"

attempts=(
	"gated /usr/bin/systemd-sysext /usr/bin/bash"
	"copied /usr* -"
)

extend() { # NAME PROGRAM
	local tree=/run/extensions/evil-$1
	mkdir -p "$tree"/usr/lib/{extension-release.d,systemd/system}
	echo ID=_any >"$tree/usr/lib/extension-release.d/extension-release.evil-$1"
	evil "$1" >"$tree/usr/lib/systemd/system/evil-$1.service"
	"$2" refresh
}
attack_gated() { extend gated systemd-sysext; }
attack_copied() { # without what the first had left
	rm -rf /run/extensions/evil-gated
	extend copied /srv/stage/sysext
}

prepare() { cp "$1/usr/bin/systemd-sysext" "$1/srv/stage/sysext"; }

# One by one: merging anew takes away what was merged.
for mode in $(modes absent audit enforce); do
	boot "$mode" || continue
	for line in "${attempts[@]}"; do
		read -r name target exe <<<"$line"
		attempt "$name"
		sleep 0.5
		as_admin systemctl daemon-reload
		as_admin systemctl start "evil-$name.service" >"$work/pulled.$name" 2>&1
		sleep 0.5
		if [ "$mode" = enforce ]; then
			expect "$name: it has no effect" did_not "$name"
		else
			expect "$name: it has its effect" await 5 came_about "$name"
		fi
		[ "$mode" = absent ] || expect "$name: a record says who, what and by which rule" recorded "$target" "$exe"
	done
	expect "what is the package's still starts" as_admin systemctl start systemd-tmpfiles-clean.service
	[ "$mode" = absent ] || expect "the daemon goes on" in_container unitward status
	all_is_as_it_should_be
	halt
done
