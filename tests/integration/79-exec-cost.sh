#!/bin/bash
# What watching costs who executes programs, where there is no connector: in a PID namespace, as in a container.
# filesystems: ext4
# modes: audit
. "${0%/*}/lib.sh"
watcher=fanotify
. "${0%/*}/exec-cost.sh"
