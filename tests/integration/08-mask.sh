#!/bin/bash
# A08: an empty file masks a unit: made so, left behind by a denied create, or emptied.
. "${0%/*}/lib.sh"

start_daemon

denied 'empty file' 'create|mask' "$UNITS/vendor.service" attack create-empty "$UNITS/vendor.service"
permitted 'empty file' 'create|mask' "$UNITS/permitted.service" attack create-empty "$UNITS/permitted.service"
quarantined 'empty file by mknod' 'create|mask' "$UNITS/masked.service" attack mknod-file "$UNITS/masked.service"
permitted 'empty file by mknod' 'create|mask' "$UNITS/made.service" attack mknod-file "$UNITS/made.service"

# A create that is refused again and again leaves nothing, at no time.
if enforcing; then
	left=0
	for round in $(seq 50); do
		attack create "$RUN/system/vendor.service" >/dev/null
		[ ! -e "$RUN/system/vendor.service" ] || left=$((left + 1))
	done
	check 'a refused create leaves nothing, 50 rounds' "left $left times" test $left = 0
fi

denied 'emptied on open' 'modify|mask' "$UNITS/authorised.service" attack rdonly-trunc "$UNITS/authorised.service"
undone 'emptied by truncate' 'modify|mask' "$UNITS/tampered.service" attack truncate "$UNITS/tampered.service"

finish
