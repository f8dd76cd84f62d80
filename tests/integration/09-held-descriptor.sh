#!/bin/bash
# A09: a unit is changed without an open that could be refused: by truncate(2), or through a descriptor or a
# mapping from before the daemon.
# everywhere: leases, and descriptors of what an overlay copies up
. "${0%/*}/lib.sh"

# hold WAY: an attacker who has the unit open already, and goes on when told to.
declare -A holder
hold() {
	unit "$1" >"$UNITS/$1.service"
	mkfifo "$WORK/$1.go"
	attack "$1" "$UNITS/$1.service" <>"$WORK/$1.go" >"$WORK/$1.said" &
	holder[$1]=$!
	within 2 test -s "$WORK/$1.said" || bail_out "$1 cannot be tried: $(<"$WORK/$1.said")"
}

has_lines() { [ "$(wc -l <"$1")" -ge "$2" ]; }

# let_change WAY: it does, and keeps the file open. Sets said: "changed", or an errno's name.
let_change() {
	echo 1<>"$WORK/$1.go"
	within 2 has_lines "$WORK/$1.said" 2
	said=$(tail -n 1 "$WORK/$1.said")
}

let_end() {
	echo 1<>"$WORK/$1.go"
	wait "${holder[$1]}"
	status=$?
}

ways=(held-{write,truncate,fallocate,map,mapping})
for way in "${ways[@]}"; do
	hold "$way"
done
start_daemon

for way in "${ways[@]}"; do
	file=$UNITS/$way.service
	before=$(state_of "$file")
	let_change "$way"
	if enforcing; then
		# A mapping raises no event while it lasts; that a manager must not load what is written through it holds for all.
		fake_manager list "$UNITS" >/dev/null
		said=$(fake_manager load "$file" | tr -d '\0')
		check_said "$way: what was written is not loaded" '^(EPERM|ENOENT|\[Unit\])'
	fi
	let_end "$way"
	[ $status != 77 ] || { skip "$way" "$FILESYSTEM: $said"; continue; }
	it_is_put_right "$way" "$file" "$before"
done

undone 'truncate' 'modify|mask' "$UNITS/authorised.service" attack truncate "$UNITS/authorised.service"
permitted 'truncate' 'modify|mask' "$UNITS/tampered.service" attack truncate "$UNITS/tampered.service"

finish
