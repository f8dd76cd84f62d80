#!/bin/bash
# Audit mode changes nothing: after every attack the disk is as it would be without unitward,
# and nothing was missed.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=attacks.sh
. "$here/attacks.sh"

attacks="write rename hardlink symlink"

unit_files() {
	(cd /etc/systemd/system && find . -printf '%p %y %m %u:%g %n %l\n' | grep -v unitward | sort &&
		md5sum evil-*)
}

for mode in $(modes absent audit); do
	boot "$mode" || continue
	for attack in $attacks; do
		expect "$attack succeeds" in_container "attack_$attack"
	done
	in_container unit_files >"$work/files.$mode"
	for attack in $attacks; do
		expect "$attack: the timer fires" takes_effect "$attack"
		[ "$mode" = absent ] || for suffix in service timer; do
			expect "$attack: a record of the $suffix" \
				recorded "/etc/systemd/system/evil-$attack.$suffix"
		done
	done
	if [ "$mode" = audit ]; then
		expect "nothing in quarantine" nothing_in_quarantine
		[ ! -e "$work/files.absent" ] ||
			expect "the same files" diff "$work/files.absent" "$work/files.audit"
	fi
	halt
done
