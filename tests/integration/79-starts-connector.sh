#!/bin/bash
# What managers start, by the connector: only in the initial PID namespace, so that only mounts are our own here. Enforced, the
# daemon has a network of its own, and the connector from who has left it for it, as the unit has it.
# filesystems: ext4
# modes: audit enforce
if [ "$EUID" = 0 ] && [ -z "${UNITWARD_NAMESPACE-}" ] && unshare --mount true 2>/dev/null; then
	export UNITWARD_NAMESPACE=1
	exec unshare --mount -- "$0" "$@" </dev/null
fi
. "${0%/*}/lib.sh"
[ "$(stat -L -c %i /proc/self/ns/pid)" = $((0xeffffffc)) ] || skip_all 'not in the initial PID namespace'
blocked_openers() { :; } # of all who are here
watcher=connector
if enforcing; then
	install -m 0755 "$BUILD/tests/hand_on" "$PROGRAMS"
	launcher=("$PROGRAMS/hand_on" "$WORK/notify" "$BUILD/unitwardd" --leave-connector -- "$(type -P unshare)" --net --)
fi
. "${0%/*}/starts.sh"
