#!/bin/bash
# What is understood of arguments is what the commands themselves do: the real systemctl, systemd-run and loginctl, where
# nothing listens but the test. ROUNDS=5000 tries more, SEED=N others, ROOT=DIRECTORY the commands of another root, such as
# build/system/base-trixie-*.
# filesystems: tmpfs
# modes: enforce
. "${0%/*}/lib.sh"

for tool in python3 systemctl systemd-run loginctl; do
	type -P "$tool" >/dev/null || skip_all "no $tool"
done

agree() { timeout -k 5 "${LIMIT:-110}" python3 "${0%/*}/command_compare.py" "$BUILD/tests/command_words" "${ROUNDS:-300}" ${ROOT:+"$(realpath "$ROOT")"}; }

check_status 'commands do what their arguments are taken for' 0 agree
echo "$said"
