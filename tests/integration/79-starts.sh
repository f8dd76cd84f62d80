#!/bin/bash
# What managers start, where there is no connector: in a PID namespace, as in a container.
# filesystems: ext4 tmpfs
# modes: audit enforce
. "${0%/*}/lib.sh"
watcher=fanotify
. "${0%/*}/starts.sh"
