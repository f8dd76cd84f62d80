#!/bin/bash
# A06: symbolic links: linked units, aliases, enablement, masks, drop-in directories.
. "${0%/*}/lib.sh"

start_daemon

# by_link NAME OPERATION TARGET LINK: planted, then done again where it is allowed.
by_link() {
	quarantined "$1" "$2" "$4" attack symlink "$3" "$4"
	check_does_not_load "$1: does not load" "$4"
	permitted "$1" "$2" "${4%/*}/permitted-${4##*/}" attack symlink "$3" "${4%/*}/permitted-${4##*/}"
}

evil evil.timer
mkdir -p "$OUTSIDE/evil.service.d"
by_link 'linked unit' link "$planted" "$UNITS/evil.timer"
by_link 'unit linked from /dev/shm' link /dev/shm/evil.timer "$UNITS/shm.timer"
by_link 'dangling link' link "$OUTSIDE/nothing" "$UNITS/dangling.service"
by_link 'alias' enable authorised.service "$UNITS/alias.service"
by_link 'enabled by .wants' enable ../authorised.timer "$UNITS/timers.target.wants/again.timer"
by_link 'enabled from outside' 'enable|link' "$planted" "$UNITS/timers.target.wants/evil.timer"
by_link 'mask' mask /dev/null "$UNITS/masked.service"
by_link 'mask of a vendor unit' mask /dev/null "$UNITS/vendor.service"
by_link 'link as drop-in directory' 'link|create' "$OUTSIDE/evil.service.d" "$UNITS/evil.service.d"
by_link 'link to itself' 'link|enable|create' loop.service "$UNITS/loop.service"
evil another.timer
by_link 'link in the user manager' link "$planted" "$ALICE/evil.timer"

for kind in wants requires upholds; do
	undone "new .$kind directory" 'create' "$UNITS/authorised.service.$kind" attack mkdir "$UNITS/authorised.service.$kind"
	permitted "new .$kind directory" 'create' "$UNITS/vendor.service.$kind" attack mkdir "$UNITS/vendor.service.$kind"
	quarantined "enabled in the new .$kind directory" enable "$UNITS/vendor.service.$kind/evil.timer" \
		attack symlink "$UNITS/authorised.timer" "$UNITS/vendor.service.$kind/evil.timer"
	enforcing || rm "$UNITS/vendor.service.$kind/evil.timer"
done

finish
