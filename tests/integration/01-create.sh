#!/bin/bash
# A01: a unit is created, by every way to create a file, in every kind of protected directory.
# everywhere: file handles, O_TMPFILE, and the husk that a denied create leaves
. "${0%/*}/lib.sh"

start_daemon

for way in create create-{creat,openat2,io-uring,by-handle,rdonly,empty,tmpfile}; do
	# A file without a name yet is recorded by its number.
	recorded_as="$UNITS/($way\.timer|#[0-9]+ \(deleted\))" \
		denied "$way" "create|mask" "$UNITS/$way.timer" attack "$way" "$UNITS/$way.timer"
	permitted "$way" "create|mask" "$UNITS/permitted-$way.timer" attack "$way" "$UNITS/permitted-$way.timer"
done

# Made outside without a name, then linked in: the only open was of something else.
quarantined 'linked from outside' 'create|link' "$UNITS/unnamed.timer" attack create-tmpfile-from "$OUTSIDE" "$UNITS/unnamed.timer"
permitted 'linked from outside' 'create|link' "$UNITS/named.timer" attack create-tmpfile-from "$OUTSIDE" "$UNITS/named.timer"

for directory in "$VENDOR" "$RUN/system" "$ALICE" "$SCRATCH"/etc/systemd/user "$UNITS"/{authorised.service.d,timers.target.wants} \
	"$SCRATCH"/usr/lib/systemd/system-generators; do
	where=${directory#"$SCRATCH/"}
	denied "in $where" create "$directory/evil.conf" attack create "$directory/evil.conf"
	permitted "in $where" create "$directory/good.conf" attack create "$directory/good.conf"
done

finish
