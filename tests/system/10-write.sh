#!/bin/bash
# Root writes a timer and its service straight into /etc/systemd/system (T1053.006).
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=attacks.sh
. "$here/attacks.sh"

for mode in $(modes absent audit enforce); do
	boot "$mode" || continue
	if [ "$mode" = enforce ]; then
		refuse "root cannot write units" "Operation not permitted" in_container attack_write
		expect "not even an empty file is left" nothing_planted write
		refuse "systemd finds no such timer" "not found" takes_effect write
	else
		expect "root writes units" in_container attack_write
		expect "the timer fires" takes_effect write
	fi
	if [ "$mode" != absent ]; then
		for suffix in service timer; do
			expect "a record says who tried the $suffix, and what" \
				recorded "/etc/systemd/system/evil-write.$suffix" /usr/bin/bash
		done
	fi
	halt
done
