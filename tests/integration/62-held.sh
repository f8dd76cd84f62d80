#!/bin/bash
# Who has had a protected file open for writing, or mapped, since before the daemon is found, and gets another file than
# the one that counts.
# filesystems: ext4 tmpfs overlay btrfs
# modes: audit enforce
. "${0%/*}/lib.sh"

# hold NAME WAY [BY...]: somebody who has the unit open already, and goes on when told to.
declare -A holder inode
hold() {
	local name=$1 way=$2
	shift 2
	[ -e "$UNITS/$name.service" ] || unit "$name" >"$UNITS/$name.service"
	[ -p "$WORK/$name.go" ] || mkfifo "$WORK/$name.go"
	"$@" attack "$way" "$UNITS/$name.service" <>"$WORK/$name.go" >"$WORK/$name.said" &
	holder[$name]=$!
	within 2 test -s "$WORK/$name.said" || bail_out "$name cannot be tried: $(<"$WORK/$name.said")"
	inode[$name]=$(stat -c %i "$UNITS/$name.service")
	keep "$UNITS/$name.service"
}

has_lines() { [ "$(wc -l <"$1")" -ge "$2" ]; }
let_go_on() { echo 1<>"$WORK/$1.go"; }
has_inode() { [ "$(stat -c %i "$UNITS/$1.service")" = "${inode[$1]}" ]; }
has_another() { ! has_inode "$1"; }
is_done() { unitward status --json | jq -e .gap.done >/dev/null; }
started() {
	start_daemon
	check "$1: the aftermath ends" "$(unitward status --json | jq -c .gap)" within 10 is_done
}

status_is() { unitward status --json | jq -e "$1" >/dev/null; }

# is_held PATH PATTERN: of the record's message.
is_held() {
	has_record '.unitward.kind == "held" and .file.path == "'"$1"'" and (.message | test("'"$2"'"))'
}

hold descriptor held-write
hold mapping held-mapping
hold dpkg held-write fake_dpkg run
unit known >"$UNITS/known.service"
unit reader >"$UNITS/reader.service"
exec {reader}<"$UNITS/reader.service"
inode[reader]=$(stat -c %i "$UNITS/reader.service")
started 'first'

for name in descriptor mapping; do
	file=$UNITS/$name.service
	word='open and mapped'
	check "$name: reported" "$(records '.unitward.kind == "held"' | tail -n 1)" within 5 is_held "$file" "$word for writing"
	recorded "$name: who" '.unitward.kind == "held" and .file.path == "'"$file"'" and .process.pid == '"${holder[$name]}"'
		and (.process.executable | endswith("/attack")) and (.unitward.hint // "" | length) > 0'
	if enforcing; then
		check "$name: he has another file" 'the same inode' has_another "$name"
		let_go_on "$name"
		within 2 has_lines "$WORK/$name.said" 2
		fake_manager list "$UNITS" >/dev/null
		check "$name: what he writes never counts" "is now: $(state_of "$file" | head -n 1)" state_is "$file" "${kept[$file]}"
		check "$name: loads" 'it was denied' loads "$file"
		check "$name: and loads as it was" "$(<"$WORK/loaded")" grep -q '^\[Unit\]' "$WORK/loaded"
	else
		check "$name: stays" 'another inode' has_inode "$name"
	fi
done
for name in dpkg reader; do
	check "$name: stays" 'another inode' has_inode "$name"
	check "$name: is no holder" "$(records '.unitward.kind == "held"' | tail -n 1)" eval "! is_held '$UNITS/$name.service' ''"
done
check 'status counts them' "$(unitward status --json | jq -c .gap)" status_is '.gap.held == 2'
stop_daemon

# A policy that only wants to know.
for name in descriptor mapping dpkg; do
	kill "${holder[$name]}" 2>/dev/null
	wait "${holder[$name]}" 2>/dev/null
done
hold known held-mapping
write_policy 'gap: { held = "report"; };'
started 'report'
check 'report: reported' 'no record' within 5 is_held "$UNITS/known.service" 'open and mapped for writing'
check 'report: stays' 'another inode' has_inode known
check 'report: says what to do' "$(records '.unitward.kind == "held"' | tail -n 1 | jq -r .unitward.hint)" \
	has_record '.file.path == "'"$UNITS/known.service"'" and .unitward.kind == "held" and (.unitward.hint | test("kill [0-9]+"))'
kill "${holder[known]}"

finish
