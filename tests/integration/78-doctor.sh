#!/bin/bash
# What `unitward doctor` says of this kernel and file system, and what happens when somebody tries it: a guarantee that does
# not hold, and one that holds and is not given, are both wrong.
# everywhere: it tells of each
# modes: enforce
. "${0%/*}/lib.sh"

# Whoever may mount is only known where the kernel tells who mounted.
sed -i 's/^rules = (/&\n        { id = "packages-mount"; actor = "packages"; on = "mount"; then = "allow"; },/' "$POLICY"
start_daemon
unitward doctor --policy "$POLICY" --json >"$WORK/doctor"
place=$(jq -c --arg path "$SCRATCH/" 'first(.[] | select(.guarantees != null and (.path | startswith($path))))' "$WORK/doctor")
[ -n "$place" ] || bail_out "doctor says nothing of this file system: $(jq -c '.[].what' "$WORK/doctor")"
check 'doctor knows the file system' "$place" test "$(jq -r .file_system <<<"$place")" = "$FILESYSTEM"

# guarantee NAME COMMAND...: COMMAND tries it, and succeeds when it holds. Sets claimed.
guarantee() {
	local name=$1 holds=no
	shift
	claimed=$(jq -r --arg name "$name" '.guarantees[$name] | if . then "yes" else "no" end' <<<"$place")
	tried=''
	! "$@" || holds=yes
	check "$name: claimed $claimed, and so it is" "holds: $holds; it said: $tried" test "$holds" = "$claimed"
	seen+=("$name")
}
seen=()

refuses() { # PATH COMMAND... : with EPERM, and nothing changes; what cannot be done here at all needs no refusal
	local before
	before=$(state_of "$1")
	try "${@:2}" || return 0
	tried="$2 $3: $said"
	was_refused && state_is "$1" "$before"
}

undoes() { # PATH COMMAND... : whatever is said
	local before
	before=$(state_of "$1")
	try "${@:2}"
	tried="$2 $3: $said"
	within "$patience" state_is "$1" "$before"
}

tells() { # OPERATION PATH FILTER
	local operation=$1 path=$2 verdict='deny|quarantine'
	within "$patience" has_record "$IS_DECIDED and $3"
}

create() {
	refuses "$UNITS/evil.timer" attack create "$UNITS/evil.timer" &&
		refuses "$UNITS/evil.timer" attack create-by-handle "$UNITS/evil.timer" && [ ! -e "$UNITS/evil.timer" ]
}

write() {
	refuses "$UNITS/authorised.service" attack write "$UNITS/authorised.service" &&
		refuses "$UNITS/authorised.service" attack write-by-handle "$UNITS/authorised.service"
}

# The registers of these do not say for what they open. Reading goes on.
write_unseen_flags() {
	refuses "$UNITS/authorised.service" attack write-openat2 "$UNITS/authorised.service" || return
	refuses "$UNITS/authorised.service" attack write-io-uring "$UNITS/authorised.service" || return
	fake_manager load "$UNITS/authorised.service" >/dev/null
}

truncating_read() { refuses "$UNITS/authorised.service" attack rdonly-trunc "$UNITS/authorised.service"; }

# Somebody who may, writes; a stranger reads meanwhile.
read_beside_writer() {
	local writer result
	fake_dpkg run sh -c "exec 3>>'$UNITS/tampered.service'; echo open >'$WORK/writing'; sleep 2" &
	writer=$!
	within "$patience" test -s "$WORK/writing" || return
	try cat "$UNITS/tampered.service"
	result=$status tried=$said
	wait $writer
	return "$result"
}

# Also while a manager reads it over and over: it never reads an empty one, which would be a mask.
truncated() {
	local before i manager
	refuses "$UNITS/authorised.timer" attack truncate "$UNITS/authorised.timer" || return
	before=$(state_of "$VENDOR/vendor.service")
	fake_manager race 1000000 "$VENDOR" >"$WORK/read" &
	manager=$!
	for ((i = 0; i < 300; i++)); do ! attack truncate "$VENDOR/vendor.service" >/dev/null || break; done
	kill -TERM $manager
	wait $manager
	tried="truncate, $i times refused: $(<"$WORK/read")"
	[ $i = 300 ] && grep -q ' empty=0 ' "$WORK/read" && state_is "$VENDOR/vendor.service" "$before"
}

arrival() {
	evil arrival.service
	undoes "$UNITS/arrival.service" attack rename "$planted" "$UNITS/arrival.service" || return
	evil linked.service
	undoes "$UNITS/linked.service" attack link "$planted" "$UNITS/linked.service" || return
	undoes "$UNITS/masked.service" attack symlink /dev/null "$UNITS/masked.service" || return
	undoes "$UNITS/removed.service" attack unlink "$UNITS/removed.service"
}

arrival_actor() { tells 'create|rename' "$UNITS/arrival.service" '(.process.executable // "" | endswith("/attack"))'; }

# Both names are settled, as what one rename did.
rename_whole() {
	try attack rename "$UNITS/notes.txt" "$UNITS/notes.timer"
	tried=$said
	tells rename "$UNITS/notes.timer" "$IS_BY_ACTOR" && tells 'rename|remove' "$UNITS/notes.txt" "$IS_BY_ACTOR"
}

arrival_tool() {
	evil tool.service
	mv "$planted" "$UNITS/tool.service"
	tells 'create|rename' "$UNITS/tool.service" '(.process.executable // "" | endswith("/mv"))'
}

load() {
	printf '[Service]\nExecStart=/bin/false\n' >"$OUTSIDE/load.service"
	ln -s "$OUTSIDE/load.service" "$UNITS/load.service"
	does_not_load "$UNITS/load.service"
}

mount_actor() {
	try fake_dpkg run mounter tmpfs "$UNITS/authorised.service.d"
	tried=$said
	sleep 0.3
	mountpoint -q "$UNITS/authorised.service.d" && umount --lazy "$UNITS/authorised.service.d"
}

for name in create write write_unseen_flags truncating_read read_beside_writer arrival arrival_actor rename_whole arrival_tool \
	load mount_actor; do
	guarantee $name $name
done
guarantee truncate truncated
if jq -e .guarantees.arrival <<<"$place" >/dev/null; then
	check 'truncate: it is as it was in either case' "$(state_of "$UNITS/authorised.timer" | head -n 1)" \
		within "$patience" test -s "$UNITS/authorised.timer"
fi

all=$(jq -r '.guarantees | keys | join(" ")' <<<"$place")
check 'each guarantee has been tried' "$all" test "$all" = "$(printf '%s\n' "${seen[@]}" | sort | paste -sd ' ')"

finish
