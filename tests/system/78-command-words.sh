#!/bin/bash
# Debian 13's commands beside what their arguments are taken for; this machine's are tests/integration/76-command-words.sh.
# only: trixie
# shellcheck disable=SC2034 source-path=SCRIPTDIR source=lib.sh
further=(polkitd libglib2.0-bin passwd bsdutils) # the root of 84-polkit.sh
. "$(dirname "$0")/lib.sh"

mode=absent
base=$(base_root) || skip_all "no root of $release: $base"
make --silent --no-print-directory -C "$top" build/tests/command_words >/dev/null || skip_all 'command_words is not built'

agree() { timeout -k 5 110 python3 "$top/tests/integration/command_compare.py" "$top/build/tests/command_words" 300 "$base"; }

expect "commands do what their arguments are taken for" agree
