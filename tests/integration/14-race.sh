#!/bin/bash
# A14: an attacker plants in a tight loop, while a manager lists and loads: it loads nothing that was planted.
# modes: absent enforce
. "${0%/*}/lib.sh"

# A race against time, which a build with sanitizers loses; but there is no better traffic on all threads.
if has_thread_sanitizer; then ROUNDS=200; elif has_sanitizers; then skip_all 'the build has sanitizers'; else ROUNDS=1000; fi
in_time() { enforcing && ! has_thread_sanitizer; }

# race "LINKS PAUSE [fresh]" DIRECTORY...: the manager reads these, the attacker plants in the first, his links under so
# many names by turns, and rests so many microseconds after each round. Sets result, and what the manager counted.
race() {
	local attacker started=$EPOCHREALTIME
	# shellcheck disable=SC2086
	planter "$2" "$OUTSIDE/stage" $1 >"$WORK/planted" &
	attacker=$!
	sleep 0.1
	said=$(fake_manager race $ROUNDS "${@:2}")
	[[ $said = rounds=* ]] || bail_out "listing and loading: $said"
	# shellcheck disable=SC2086
	declare -g $said # rounds= units= files= links= empty= p50= p99= max=
	result="of $rounds rounds in $(((${EPOCHREALTIME/./} - ${started/./}) / 1000)) ms"

	unit 'in the race' >"$WORK/unpacked"
	try fake_dpkg unpack "$2/meanwhile.service" <"$WORK/unpacked"
	check 'the package manager works meanwhile' "it said: $said" test $status = 0
	kill -TERM $attacker
	wait $attacker
	status=$?
	check 'the attacker was at it all the time' "exit status $status" test $status = 0
	result+=", against $(<"$WORK/planted")"
	made=$(sed 's/.*made=//' "$WORK/planted")
	check "the manager is not held up: $result" 'fewer than 100 rounds in 30 s' test "$rounds" -ge 100
}

# nothing_planted DIRECTORY: no more of it is left.
nothing_planted() {
	! compgen -G "$1/linked-*" >/dev/null && state_is "$1/made.service" absent && state_is "$1/planted.service" absent
}

# holds_out AUTHORISED DIRECTORY
holds_out() {
	if ! enforcing; then
		check "planted files are loaded: $files, $result" 'the race proves nothing' test "$files" -gt 0
		check "planted links are loaded: $links, $result" 'the race proves nothing' test "$links" -gt 0
		check "units are made in place: $made, $result" 'the race proves nothing' test "$made" -gt 0
		rm -f "$2"/{linked-*,made.service,planted.service}
		return
	fi
	check "a planted file is never loaded, $result" "$files were" test "$files" = 0
	check "a unit is never made in place, $result" "$made were" test "$made" = 0
	check 'every authorised unit was loaded in every round' "$((units - files - links)) loads" \
		test $((units - files - links)) = $((rounds * $1))
	check 'what was planted is gone' "$(ls "$2")" within 5 nothing_planted "$2"
}

count() { find "$@" -maxdepth 1 ! -type d -exec test -f {} \; -print | wc -l; }

# How often a manager's deadline passed.
timeouts() { if watched; then unitward status --json | jq '[.. | .timeouts? // empty] | add // 0'; else echo 0; fi; }

mkdir "$OUTSIDE/stage"
start_daemon

# This manager knows one directory and loads at once, so it is always between the listing of the last directory and
# the load of a name; there a link can appear. What it leads to is condemned as soon as that is told, and remains so as
# long as it is planted again: only the first can slip through.
authorised=$(count "$UNITS")
race '1 0' "$UNITS"
holds_out "$authorised" "$UNITS"
! in_time || check "of links to one file at most the first was loaded, $result" "$links were" test "$links" -le 1

# Each link leads to a file of its own: each can be the first. Measured here.
authorised=$(count "$UNITS")
race '1 0 fresh' "$UNITS"
holds_out "$authorised" "$UNITS"
echo "# planted links loaded that led to a fresh file each: $links, $result"

# One with a search path: what slipped into the first directory is gone before the second is read, when every link has
# a name of its own and settling keeps pace. Where it does not, the manager's deadline passes: its look into the directory
# is let go then, and recorded.
several() {
	authorised=$(count "$UNITS" "$RUN/system" "$VENDOR")
	late=$(timeouts)
	race "$1" "$UNITS" "$RUN/system" "$VENDOR"
	holds_out "$authorised" "$UNITS"
	late=$(($(timeouts) - late))
	echo "# three directories, links and pause $1: $late deadlines passed; opens took $p50 us (p50), $p99 us (p99), $max us at most"
	if enforcing && [ $late != 0 ]; then
		skip 'no planted link was loaded by a manager with three directories' "settling did not keep pace, $late times; $links were"
	elif enforcing; then
		check "a planted link is never loaded by a manager with three directories, $result" "$links were" test "$links" = 0
	fi
	! enforcing || check "no open of the manager took a second, $result" "$max us" test "$max" -lt 1000000
}
several '512 20000'
ROUNDS=300
several '512 0' # as fast as he can
keep "$UNITS/meanwhile.service"

finish
