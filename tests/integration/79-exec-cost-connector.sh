#!/bin/bash
# What watching costs who executes programs, by the connector: only in the initial PID namespace.
# filesystems: ext4
# modes: audit
if [ "$EUID" = 0 ] && [ -z "${UNITWARD_NAMESPACE-}" ] && unshare --mount true 2>/dev/null; then
	export UNITWARD_NAMESPACE=1
	exec unshare --mount -- "$0" "$@" </dev/null
fi
. "${0%/*}/lib.sh"
[ "$(stat -L -c %i /proc/self/ns/pid)" = $((0xeffffffc)) ] || skip_all 'not in the initial PID namespace'
blocked_openers() { :; } # of all who are here
watcher=connector
. "${0%/*}/exec-cost.sh"
