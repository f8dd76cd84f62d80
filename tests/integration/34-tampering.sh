#!/bin/bash
# Authorised units are tampered with, one at a time: how long until they are as they were, against a bare copy of
# the same file; the tampered version is kept as evidence; and a manager that loads all the while never gets it.
# modes: absent enforce
. "${0%/*}/lib.sh"

readonly ROUNDS=50 LIMIT_MS=10
if watched; then PATIENCE_MS=2000; else PATIENCE_MS=50; fi
readonly WAYS=(append truncate replace remove chmod mask empty alias drop-in held)
mkdir "$OUTSIDE/stage"

# Each way has units of its own; whoever holds them open from before has new ones for each run.
units_for() { printf "$UNITS/tampered-$1-%s.service\n" $(seq "${rounds:-$ROUNDS}"); }
for way in "${WAYS[@]}" held-{1,2,3}; do
	for file in $(units_for "$way"); do
		unit "$way" >"$file"
	done
done

# What lands and can be kept: the directory of a drop-in is one arrival, an alias a link.
leaves_evidence() { [[ $1 != remove && $1 != chmod ]]; }
evidence_of() { jq -r .path "$STATE"/quarantine/*/evidence.json 2>/dev/null | grep -c "/tampered-$1-"; }
has_evidence() { [ "$(evidence_of "$1")" -ge "$2" ]; }

# Holders open their units before the daemon starts.
declare -A holder
hold() {
	mkfifo "$WORK/$1.go"
	tamper held "$PATIENCE_MS" "$OUTSIDE/stage" $(units_for "$1") <>"$WORK/$1.go" >"$WORK/$1.said" 2>&1 &
	holder[$1]=$!
	within 5 test -s "$WORK/$1.said" || bail_out "$1 cannot be tried: $(<"$WORK/$1.said")"
}

# run_of WAY TRY: all its units. Sets what tamper prints.
run_of() {
	if [ "$1" = held ]; then
		echo 1<>"$WORK/held-$2.go"
		wait "${holder[held-$2]}"
		said=$(tail -n 1 "$WORK/held-$2.said")
	else
		said=$(tamper "$1" "$PATIENCE_MS" "$OUTSIDE/stage" $(units_for "$1") 2>&1)
	fi
	[[ $said = rounds=* ]] || { not_ok "$1: tried" "$said"; return 1; }
	# shellcheck disable=SC2086
	declare -g $said # rounds= refused= lost= median= p99= floor= unflushed=
}

less() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a <= b) }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.1f", (b > 0) ? a / b : 0 }'; }

# measured WAY: what is measured beside others' work is measured again, and the best of three counts. Where a bare
# copy takes long by itself, a disk with slow flushes, what is asked is a multiple of that: restoring flushes the
# file, its directory, and what is taken as evidence.
measured() {
	local try limit best=
	for try in 1 2 3; do
		run_of "$1" $try || return
		[ "$lost" = 0 ] || { not_ok "$1: the authorised state is back" "$lost of $rounds times not within $PATIENCE_MS ms"; return; }
		[ -n "$best" ] && less "$best" "$median" || best=$median
		limit=$(awk -v floor="$floor" -v limit=$LIMIT_MS 'BEGIN { print (16 * floor > limit) ? 16 * floor : limit }')
		! less "$median" "$limit" || break
	done
	if [ "$refused" = "$rounds" ]; then
		ok "$1: refused, $rounds times; nothing changed"
		return
	fi
	said="median $median ms, p99 $p99 ms, floor $floor ms ($unflushed ms unflushed), ratio $(ratio "$median" "$floor")"
	ok "$1: the authorised state is back, $((rounds - refused)) times: $said"
	if has_sanitizers; then
		skip "$1: the median" 'the build has sanitizers'
	else
		check "$1: the median is $limit ms at most" "$said" less "$best" "$limit"
	fi
	! leaves_evidence "$1" ||
		check "$1: the tampered versions are in quarantine" "$(evidence_of "$1") of $((rounds - refused))" \
			within 5 has_evidence "$1" $((rounds - refused))
}

# raced WAY: the same while a manager lists and loads in a tight loop.
raced() {
	local manager tampered tolerated
	fake_manager race 1000000 "$UNITS" "$VENDOR" >"$WORK/raced" &
	manager=$!
	tampered=$(tamper "$1" "$PATIENCE_MS" "$OUTSIDE/stage" $(units_for "$1") 2>&1)
	kill -TERM $manager
	wait $manager
	said=$(<"$WORK/raced")
	[[ $tampered = rounds=* && $said = rounds=* ]] || { not_ok "$1: raced" "$tampered; the manager: $said"; return; }
	# shellcheck disable=SC2086
	declare $said # rounds= units= files= links= empty=
	check "$1: what was planted is never loaded, of $units loads" "$files times" test "$files" = 0
	# A link to /dev/null raises no event where it leads to, and the name was listed before.
	if [ "$1" = mask ]; then
		echo "# mask: seen as masked $empty times, of $units loads"
	else
		# truncate(2) of what a manager was just permitted to open: without FAN_PRE_ACCESS nothing stops that.
		[ "$1" = truncate ] && tolerated=$((1 + units / 1000)) || tolerated=0
		check "$1: seen as masked $tolerated times at most, of $units loads" "$empty times" test "$empty" -le $tolerated
	fi
	check "$1: all is back" "$tampered" test "${tampered/ lost=0 /}" != "$tampered"
}

if ! watched; then
	rounds=1 # that each works has to be shown once
	hold held-1
	for way in "${WAYS[@]}"; do
		! run_of "$way" 1 || check "$way: works where nobody guards" "$said" test "$refused$lost" = 01
	done
	said=$(fake_manager race 1 "$UNITS")
	check_said 'what was planted is loaded where nobody guards' ' files=[1-9]'
	check_said 'what was emptied is seen as masked' ' empty=[1-9]'
	finish
	exit
fi

for run in 1 2 3; do
	hold held-$run
done
before=$(state_of "$UNITS")
write_policy 'gap: { held = "report"; };' # who holds them is to go on writing to the files that count
start_daemon
for way in "${WAYS[@]}"; do
	measured "$way"
	check_state "$way: the directory is as it was" "$UNITS" "$before"
done
for way in "${WAYS[@]}"; do
	[ "$way" = held ] || raced "$way"
done
check_state 'after the races: the directory is as it was' "$UNITS" "$before"
permitted 'replaced' 'rename|modify' "$UNITS/tampered-replace-1.service" \
	sh -c "printf '[Service]\nExecStart=/bin/true\n# new\n' >'$OUTSIDE/new' && mv '$OUTSIDE/new' '$UNITS/tampered-replace-1.service'"

finish
