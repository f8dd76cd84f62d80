#!/bin/bash
# Tries to plant units by rename, link and symlink at the very moment at which systemd looks for them. None may load. ALL=1 for a
# thousand of them.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

tries=${TRIES:-${ALL:+1000}} tries=${tries:-250}

prepare() {
	cp "$here/race.py" "$1/srv/race.py"
}

race() { # TRIES
	LIMIT=240 in_container python3 /srv/race.py "$1" 8 >"$work/counts"
}

loads() {
	sed -n 's/^tries=.* loads=\([0-9]*\) .*/\1/p' "$work/counts"
}

for mode in $(modes absent enforce); do
	boot "$mode" || continue
	if [ "$mode" = absent ]; then
		expect "60 tries" race 60
		expect "the race can be won" test "$(loads)" -ge 30
	else
		expect "$tries tries" race "$tries"
		expect "none loaded" test "$(loads)" -eq 0
		expect "what was there before still starts" \
			as_admin systemctl start systemd-tmpfiles-clean.service
	fi
	sed 's/^/# /' "$work/counts"
	halt
done
