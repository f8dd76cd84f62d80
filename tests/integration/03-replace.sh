#!/bin/bash
# A03: editors and package managers write a temporary file, then rename it over the unit.
. "${0%/*}/lib.sh"

start_daemon

path="$UNITS/(sed.*|authorised\.service)" # where sed's temporary file is refused
edit=(sed --in-place 's/true/false/' "$UNITS/authorised.service")
before=$(state_of "$UNITS/authorised.service")
verdict=deny operation=create
try "${edit[@]}"
if enforcing; then
	check 'sed -i: refused' "it said: $said" was_refused
	check_state 'sed -i: without effect' "$UNITS/authorised.service" "$before"
	check_status 'sed -i: no temporary file is left' 1 compgen -G "$UNITS/sed*"
else
	it_took_effect 'sed -i' "$UNITS/authorised.service" "$before"
fi
recorded 'sed -i' "$IS_DECIDED and $IS_BY_ACTOR"

evil new
quarantined 'rename over a unit' 'rename|modify' "$UNITS/authorised.timer" attack rename "$planted" "$UNITS/authorised.timer"
evil new
permitted 'rename over a unit' 'rename|modify' "$UNITS/tampered.timer" attack rename "$planted" "$UNITS/tampered.timer"

# vi: the old file becomes a backup, the new one takes its name.
recorded_as="$UNITS/tampered\.service~?" \
	undone 'backup of a unit' 'rename|remove|create' "$UNITS" attack rename "$UNITS/tampered.service" "$UNITS/tampered.service~"

permitted_steps() { # NAME COMMAND...: of which the result is to stay
	local name=$1
	shift
	try "$@"
	check "$name: done" "it said: $said" test $status = 0
}
permitted_steps 'sed -i, by the package manager' fake_dpkg run sh -c "sed -i s/true/false/ '$UNITS/removed.service'"
keep "$UNITS/removed.service"
for file in "$UNITS/unpacked.service" "$VENDOR/vendor.service"; do
	unit 'new version' >"$WORK/unpacked"
	permitted_steps "dpkg unpacks ${file##*/}" fake_dpkg unpack "$file" <"$WORK/unpacked"
	keep "$file"
done

finish
