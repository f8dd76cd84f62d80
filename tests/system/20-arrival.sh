#!/bin/bash
# Units written elsewhere arrive under /etc/systemd/system by rename, link and symlink, for
# which the kernel asks nobody.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=attacks.sh
. "$here/attacks.sh"

for mode in $(modes absent audit enforce); do
	boot "$mode" || continue
	for attack in rename hardlink symlink; do
		timer=/etc/systemd/system/evil-$attack.timer
		expect "$attack: units arrive" in_container "attack_$attack"
		if [ "$mode" = enforce ]; then
			expect "$attack: they are gone at once" await 2 nothing_planted "$attack"
			refuse "$attack: systemd finds no such timer" "not found" takes_effect "$attack"
			expect "$attack: the evidence is in quarantine" in_quarantine "$timer"
		else
			expect "$attack: the timer fires" takes_effect "$attack"
		fi
		[ "$mode" = absent ] || expect "$attack: a record says so" recorded "$timer"
	done
	halt
done
