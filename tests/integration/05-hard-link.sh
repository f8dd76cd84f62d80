#!/bin/bash
# A05: a hard link brings a file in, or leads out of the directory, past its marks.
# everywhere: an overlay copies a file up, and breaks its links
. "${0%/*}/lib.sh"

start_daemon

evil linked.timer
quarantined 'hard link in' 'link|create' "$UNITS/linked.timer" attack link "$planted" "$UNITS/linked.timer"
echo '# rewritten' >"$planted"
evidence 'evidence does not change through its other name' "$UNITS/linked.timer" '# planted'

evil shared.timer
permitted 'hard link in' 'link|create' "$UNITS/shared.timer" attack link "$planted" "$UNITS/shared.timer"
rm "$planted"

# Out of the directory: the name is free, the unit behind it is not.
write_outside() {
	local before path='.*' verdict='deny|quarantine' operation=modify
	attack link "$UNITS/$2" "$OUTSIDE/$2" >/dev/null
	before=$(state_of "$UNITS/$2")
	try attack write-append "$OUTSIDE/$2"
	it_is_put_right "$1" "$UNITS/$2" "$before"
	recorded "$1" "$IS_DECIDED and $IS_BY_ACTOR"
}
write_outside 'write through a name outside' authorised.service

# Nor after a restart that finds it as it was.
! watched || { stop_daemon && start_daemon; }
write_outside 'write through a name outside, after a restart' removed.service

finish
