# Sourced after lib.sh: the ledger against the disk, without unitward's help.

readonly LEDGER_LINES="SELECT CAST(path AS TEXT) || ' ' || CASE kind WHEN 0 THEN printf('%o ', mode)
	|| lower(hex(digest)) ELSE CAST(target AS TEXT) END FROM entry WHERE kind < 2 ORDER BY path"

ledger_lines() { sqlite3 -readonly "$STATE/ledger.db" "$LEDGER_LINES"; }

# The same of what is on the disk, in the directories that are protected.
disk_lines() {
	local directories=("$UNITS" "$VENDOR" "$RUN/system" "$ALICE" "$SCRATCH"/etc/systemd/user "$SCRATCH"/usr/lib/systemd/user)
	{
		find "${directories[@]}" -type l -printf '%p %l\n'
		find "${directories[@]}" -type f -printf '%m %p\n' | while read -r mode path; do
			sum=$(sha256sum "$path") && echo "$path $mode ${sum%% *}"
		done
	} | LC_ALL=C sort
}

ledger_is_disk() { diff <(ledger_lines) <(disk_lines) >"$WORK/difference"; }
