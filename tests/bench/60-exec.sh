#!/bin/bash
# A shell runs a program that is not gated, while the daemon watches what managers start by the process connector; and without
# a daemon.
# limit: 170
inside=initial
. "${0%/*}/lib.sh"
. "${0%/*}/exec.sh"
