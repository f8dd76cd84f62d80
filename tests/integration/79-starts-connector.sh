#!/bin/bash
# What managers start, by the connector. Enforced, the daemon has a network of its own, and the connector from who has left it
# for it, as the unit has it.
# filesystems: ext4
# modes: audit enforce
. "${0%/*}/initial.sh"
if enforcing; then
	install -m 0755 "$BUILD/tests/hand_on" "$PROGRAMS"
	launcher=("$PROGRAMS/hand_on" "$WORK/notify" "$BUILD/unitwardd" --leave-connector -- "$(type -P unshare)" --net --)
fi
. "${0%/*}/starts.sh"
