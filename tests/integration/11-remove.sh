#!/bin/bash
# A11: an authorised unit, link or directory is removed or renamed away.
# everywhere: an overlay removes by a whiteout
. "${0%/*}/lib.sh"

start_daemon

undone 'unlink' remove "$UNITS/authorised.service" attack unlink "$UNITS/authorised.service"
undone 'rename away' 'remove|rename' "$UNITS/authorised.timer" attack rename "$UNITS/authorised.timer" "$OUTSIDE/stolen.timer"
undone 'disable' remove "$UNITS/timers.target.wants/authorised.timer" attack unlink "$UNITS/timers.target.wants/authorised.timer"
undone 'unlink of a vendor unit' remove "$VENDOR/vendor.service" attack unlink "$VENDOR/vendor.service"
undone 'unlink of a drop-in' remove "$UNITS/authorised.service.d/hardening.conf" attack unlink "$UNITS/authorised.service.d/hardening.conf"
recorded_as="$UNITS/authorised\.service\.d(/.*)?" \
	undone 'rm of a drop-in directory' remove "$UNITS/authorised.service.d" rm -r "$UNITS/authorised.service.d"

# Users may tidy up: the preset of their zone does not restore what is removed.
path=$ALICE/alice.service verdict=deny operation=remove
try attack unlink "$path"
check_state 'unlink in the user manager: stays' "$path" absent
recorded 'unlink in the user manager' "$IS_DECIDED and $IS_BY_ACTOR"

permitted 'unlink' remove "$UNITS/removed.service" attack unlink "$UNITS/removed.service"
permitted 'rename away' 'remove|rename' "$UNITS/removed.timer" attack rename "$UNITS/removed.timer" "$OUTSIDE/removed.timer"
permitted 'disable' remove "$UNITS/multi-user.target.wants/authorised.service" attack unlink "$UNITS/multi-user.target.wants/authorised.service"

finish
