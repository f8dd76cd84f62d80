#!/bin/bash
# A05: a hard link brings a file in, or leads out of the directory, past its marks.
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
attack link "$UNITS/authorised.service" "$OUTSIDE/innocent" >/dev/null
before=$(state_of "$UNITS/authorised.service")
path='.*' verdict='deny|quarantine' operation=modify
try attack write-append "$OUTSIDE/innocent"
it_is_put_right 'write through a name outside' "$UNITS/authorised.service" "$before"
recorded 'write through a name outside' "$IS_DECIDED and $IS_BY_ACTOR"

finish
