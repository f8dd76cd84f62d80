# Sourced after lib.sh: the ledger, and the ledger against the disk, without unitward's help.

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

# entry PATH: why the ledger has it: source|rule|by.
entry() {
	sqlite3 -readonly "$STATE/ledger.db" "SELECT CAST(source AS TEXT), CAST(rule AS TEXT), CAST(actor AS TEXT)
		FROM entry WHERE path = CAST('$1' AS BLOB)" 2>&1
}
entry_is() { [[ $(entry "$1") == $2 ]]; }
check_entry() { # PATH PATTERN
	check "${1##*/}: the ledger says why" "it says: $(entry "$1")" within 2 entry_is "$1" "$2"
}

# hire_clerk: who changes units all the time and keeps a journal of it, and the manager whom he asks what it loads.
hire_clerk() {
	install -m 0755 "$BUILD/tests/clerk" "$PROGRAMS/clerk" || bail_out 'run make check-integration: the helpers are not built'
	install -m 0755 "$BUILD/tests/clerk" "$PROGRAMS/clerk_manager"
	sed -i "s|\"$PROGRAMS/fake_manager\"|&, \"$PROGRAMS/clerk_manager\"|" "$POLICY"
	readonly JOURNAL=$WORK/journal
}
