#!/bin/bash
# The same where there is no process connector: in a PID namespace, as in a container.
# limit: 170
. "${0%/*}/lib.sh"
watcher=fanotify
. "${0%/*}/exec.sh"
