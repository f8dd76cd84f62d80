# Sourced instead of lib.sh by what needs the process connector: it is only there in the initial PID namespace, so that only
# mounts are our own here.
# shellcheck shell=bash
if [ "$EUID" = 0 ] && [ -z "${UNITWARD_NAMESPACE-}" ] && unshare --mount true 2>/dev/null; then
	export UNITWARD_NAMESPACE=1
	exec unshare --mount -- "$0" "$@" </dev/null
fi
. "${BASH_SOURCE%/*}/lib.sh"
[ "$(stat -L -c %i /proc/self/ns/pid)" = $((0xeffffffc)) ] || skip_all 'not in the initial PID namespace'
blocked_openers() { :; } # of all who are here
watcher=connector
