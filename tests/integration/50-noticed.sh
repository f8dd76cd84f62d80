#!/bin/bash
# kill -9 while the housekeeper is busy, with changes that the verdict thread has noticed and nobody has settled: the
# next daemon settles each by whoever made it. What an allowed actor did stays, what a stranger did is undone with his
# name in the record, and what changed while nobody watched is nobody's. ROUNDS=100 for the long run.
# filesystems: ext4 tmpfs
# anywhere: a process that dies
# modes: audit enforce
. "${0%/*}/lib.sh"

: "${ROUNDS:=3}"

. "${0%/*}/ledger.sh"

die_gone() {
	kill -KILL -- "-$daemon"
	within 2 daemon_is_gone
	wait "$daemon" 2>/dev/null
	daemon=
}

# What is accepted, committed or not.
is_accepted() { grep -qas "$1" "$RUNTIME"/pending* || ledger_lines | grep -q "$1"; }

lay_round() {
	local name
	for name in gone moved-from stopped; do
		unit "$name" >"$WORK/new" && fake_dpkg unpack "$UNITS/$name.service" <"$WORK/new" || return 1
	done
	for name in 1 2 3 4 5 6 7 8; do
		head -c 15M /dev/zero | tr '\0' "$name" >"$OUTSIDE/big-$name.service"
	done
	unit arrived >"$OUTSIDE/arrived.service"
	unit spoilt >"$OUTSIDE/spoilt.service"
	within 5 is_accepted stopped.service
}

# Each is read and hashed, which keeps the housekeeper for some tenths of a second.
keep_busy() {
	fake_dpkg run mv "$OUTSIDE"/big-*.service "$UNITS"
}

allowed_work() {
	fake_dpkg run sh -c "cd '$UNITS' && mv '$OUTSIDE/arrived.service' . && mv '$OUTSIDE/spoilt.service' . && rm gone.service &&
		mv moved-from.service moved-to.service && ln -s ../arrived.service multi-user.target.wants/ && chmod 0600 stopped.service"
}

attacks() {
	attack rename "$planted" "$UNITS/evil.service" &&
		attack unlink "$UNITS/removed.service" &&
		attack symlink /srv/evil.service "$UNITS/multi-user.target.wants/evil.service"
}

# What is on the disk and in the ledger; why is set when it is not what it should be.
is_kept() {
	why="arrived: $(state_of "$UNITS/arrived.service" | head -n 1)"
	grep -qs arrived "$UNITS/arrived.service" || return 1
	why='gone.service came back'
	[ ! -e "$UNITS/gone.service" ] || return 1
	why="moved: $(ls "$UNITS" | grep moved)"
	[ ! -e "$UNITS/moved-from.service" ] && grep -qs moved-from "$UNITS/moved-to.service" || return 1
	why='the link that enables it is gone'
	[ "$(readlink "$UNITS/multi-user.target.wants/arrived.service")" = ../arrived.service ] || return 1
	why="chmod: $(stat -c %a "$UNITS/stopped.service")"
	[ "$(stat -c %a "$UNITS/stopped.service")" = 600 ] || return 1
	enforcing || return 0
	why="the ledger: $(head -n 3 "$WORK/difference" 2>/dev/null)"
	within 5 ledger_is_disk
}

is_undone() {
	why="evil.service: $(state_of "$UNITS/evil.service" | head -n 1)"
	[ ! -e "$UNITS/evil.service" ] || return 1
	why='removed.service did not come back'
	[ -s "$UNITS/removed.service" ] || return 1
	why="the link: $(readlink "$UNITS/multi-user.target.wants/evil.service")"
	[ ! -L "$UNITS/multi-user.target.wants/evil.service" ] || return 1
	why="changed while nobody watched: $(cat "$UNITS/spoilt.service" 2>/dev/null)"
	! grep -qs evil "$UNITS/spoilt.service"
}

# round: 0 when all is well, 2 when there was nothing in flight.
round() {
	evil planted.service
	lay_round && keep_busy && allowed_work || { why='the work was refused'; return 1; }
	attacks >/dev/null || { why='the attacks were refused'; return 1; }
	sleep 0.05 # for the verdict thread to take notice
	die_gone
	! is_accepted arrived.service || return 2
	in_flight=$((in_flight + 1))
	printf 'evil\n' >"$UNITS/spoilt.service"
	start_daemon
	is_kept || return 1
	! enforcing || is_undone
}

clean_round() {
	fake_dpkg run sh -c "cd '$UNITS' && rm -f big-* arrived.service spoilt.service moved-to.service gone.service moved-from.service \
		stopped.service multi-user.target.wants/arrived.service"
	[ -e "$UNITS/removed.service" ] || fake_dpkg unpack "$UNITS/removed.service" <"$WORK/removed"
	rm -f "$UNITS/evil.service" "$UNITS/multi-user.target.wants/evil.service"
}

mkdir -p "$OUTSIDE"
start_daemon
in_flight=0 why= n=0
while [ $in_flight -lt "$ROUNDS" ] && [ $((n++)) -lt $((ROUNDS * 3)) ]; do
	cp "$UNITS/removed.service" "$WORK/removed"
	round
	status=$?
	[ $status != 1 ] || break
	daemon_runs || start_daemon
	clean_round
done
check "$in_flight of $ROUNDS times kill -9 with changes in flight" "round $n, status $status: $why" \
	test "$status" != 1 -a "$in_flight" -ge "$ROUNDS"

# What is still being written is settled again when it is closed, by whichever daemon there is.
fake_dpkg run sh -c "exec 3>'$UNITS/open.service'; echo '[Service]' >&3; : >'$WORK/opened'
	while [ ! -e '$WORK/go' ]; do sleep 0.02; done; echo ExecStart=/bin/true >&3" &
writer=$!
within 5 test -e "$WORK/opened"
sleep 0.3
daemon_runs && die_gone
start_daemon
check 'a file that an allowed writer had open is there' "$(ls "$UNITS")" test -s "$UNITS/open.service"
: >"$WORK/go"
wait $writer
is_known() { ledger_lines | grep -q open.service; }
check 'and is authorised when he has closed it' "$(state_of "$UNITS/open.service"), $(ledger_lines | grep open)" within 5 is_known
keep "$UNITS/open.service"

operation='rename|create' path="$UNITS/evil.service"
recorded 'whose it was that was undone' "$IS_DECIDED and (.process.executable // \"\" | endswith(\"/attack\"))"
recorded 'what was taken up' '.unitward.kind == "gap" and (.message | test("had noticed before it was killed"))'

finish
