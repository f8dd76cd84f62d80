#!/bin/bash
# A07: a drop-in directory appears, and a drop-in in it at once or later.
. "${0%/*}/lib.sh"

start_daemon

for unit in vendor.service service authorised-.service template@.service template@one.service timer; do
	quarantined "$unit.d" create "$UNITS/$unit.d" attack mkdir "$UNITS/$unit.d"
	check_does_not_load "$unit.d: does not load" "$UNITS/$unit.d/evil.conf"
done

# The drop-in is made before anybody can have marked the directory: it is denied, or goes with it.
for round in 1 2 3 4 5; do
	dropin=$UNITS/round-$round.service.d/evil.conf
	try attack mkdir-create "$dropin"
	it_is_put_right "drop-in made at once, round $round" "${dropin%/*}" absent
	check_does_not_load "drop-in made at once, round $round: does not load" "$dropin"
done

permitted 'new directory' create "$UNITS/good.service.d" attack mkdir "$UNITS/good.service.d"
denied 'drop-in in the new directory' create "$UNITS/good.service.d/evil.conf" attack create "$UNITS/good.service.d/evil.conf"
enforcing || rm "$UNITS/good.service.d/evil.conf"
permitted 'directory with a drop-in' create "$UNITS/fine.service.d/fine.conf" attack mkdir-create "$UNITS/fine.service.d/fine.conf"
evil evil.conf
quarantined 'drop-in renamed into the new directory' 'rename|create' "$UNITS/fine.service.d/evil.conf" \
	attack rename "$planted" "$UNITS/fine.service.d/evil.conf"

finish
