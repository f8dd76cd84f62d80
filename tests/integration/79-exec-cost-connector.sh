#!/bin/bash
# What watching costs who executes programs, by the connector.
# filesystems: ext4
# modes: audit
. "${0%/*}/initial.sh"
. "${0%/*}/exec-cost.sh"
