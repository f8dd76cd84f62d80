#!/bin/bash
# The state directory is full: what is allowed meanwhile is not lost, also not when the daemon is killed and started on
# the full disk, and reaches the ledger as soon as there is room. What is not allowed stays out all the time.
# filesystems: ext4
# modes: enforce
. "${0%/*}/lib.sh"

ledger_has() { [ -n "$(sqlite3 -readonly "$STATE/ledger.db" "SELECT 1 FROM entry WHERE path = CAST('$1' AS BLOB)")" ]; }
ledger_lacks() { ! ledger_has "$1"; }
status_says() { unitward status 2>&1 | grep -q "$1"; }
status_is_silent() { ! status_says "$1"; }

fill() {
	dd if=/dev/zero of="$STATE/filler" bs=4096 status=none 2>/dev/null
	dd if=/dev/zero of="$STATE/filler2" bs=512 status=none 2>/dev/null
}

install_unit() {
	unit "$1" >"$WORK/unit"
	try fake_dpkg unpack "$UNITS/$1" <"$WORK/unit"
	check "$1: installed" "it said: $said" test $status = 0
	keep "$UNITS/$1"
}

die() {
	kill -KILL -- "-$daemon"
	within 2 daemon_is_gone
	wait "$daemon" 2>/dev/null
	daemon=
}

mkdir "$STATE" && mount -t tmpfs -o size=2m,mode=0700 tmpfs "$STATE" || skip_all 'cannot mount tmpfs'
start_daemon
install_unit before.service
check 'before: in the ledger' 'it is not' within 3 ledger_has "$UNITS/before.service"

fill
for name in full-1.service full-2.service full-3.service full-4.service; do
	install_unit $name
done
check_loads 'full: what was installed loads' "$UNITS/full-1.service"
denied 'full: create' create "$UNITS/evil.timer" attack create "$UNITS/evil.timer"
check 'full: status says so' "$(unitward status)" within 5 status_says 'make room where the state directory is'
check 'full: not in the ledger yet' 'it is: the disk is not full' ledger_lacks "$UNITS/full-4.service"

die
start_daemon
for name in before.service full-1.service full-4.service; do
	check_state "full, after kill -9: $name is there" "$UNITS/$name" "${kept[$UNITS/$name]}"
	check_loads "full, after kill -9: $name loads" "$UNITS/$name"
done
install_unit full-5.service

rm "$STATE"/filler*
for name in full-1.service full-4.service full-5.service; do
	check "room again: $name is in the ledger" 'it is not' within 5 ledger_has "$UNITS/$name"
done
check 'room again: status is silent' "$(unitward status)" within 5 status_is_silent 'make room where the state directory is'
check 'room again: nothing is pending' "$(ls -l "$RUNTIME")" within 2 test ! -s "$RUNTIME/pending"

finish
umount --lazy "$STATE"
