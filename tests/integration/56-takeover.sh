#!/bin/bash
# kill -9 of the guard alone, while changes are in flight and others are made until the next one is there: those of an
# allowed actor stay, those of a stranger are undone, and the records say whose they were. ROUNDS=100 for the long run.
# filesystems: ext4 tmpfs
# anywhere: a process that dies
# modes: enforce
. "${0%/*}/lib.sh"

: "${ROUNDS:=6}"
if has_sanitizers; then ROUNDS=3; fi

. "${0%/*}/ledger.sh"

is_another_guard() {
	local now
	now=$(guard)
	[ -n "$now" ] && [ "$now" != "$1" ]
}

lay_round() {
	local name
	for name in gone moved-from; do
		unit "$name" >"$WORK/new" && fake_dpkg unpack "$UNITS/$name.service" <"$WORK/new" || return 1
	done
	for name in 1 2 3 4 5 6; do
		head -c 15M /dev/zero | tr '\0' "$name" >"$OUTSIDE/big-$name.service"
	done
	for name in before after spoilt; do unit $name >"$OUTSIDE/$name.service"; done
	within 5 eval 'ledger_lines | grep -q moved-from'
}

# round: the housekeeper is busy with what it hashes; the guard is killed; the work goes on.
round() {
	local first old=
	lay_round || { why='the work was refused'; return 1; }
	evil planted.service
	first=$(guard)
	fake_dpkg run mv "$OUTSIDE"/big-*.service "$UNITS"
	fake_dpkg run sh -c "cd '$UNITS' && mv '$OUTSIDE/before.service' . && rm gone.service" || { why='refused'; return 1; }
	fake_dpkg run mv "$OUTSIDE/spoilt.service" "$UNITS"
	attack rename "$planted" "$UNITS/spoilt.service" >/dev/null
	kill -KILL "$first"
	fake_dpkg run sh -c "cd '$UNITS' && mv '$OUTSIDE/after.service' . && mv moved-from.service moved-to.service &&
		ln -s ../after.service multi-user.target.wants/" || { why='refused in between'; return 1; }
	evil planted.service
	attack rename "$planted" "$UNITS/evil.service" >/dev/null
	attack unlink "$UNITS/removed.service" >/dev/null
	within 5 is_another_guard "$first" || { why='no other guard'; return 1; }
	within 20 ledger_is_disk || { why="the ledger: $(head -n 3 "$WORK/difference" | tr '\n' ' ')"; return 1; }
	for old in before after moved-to; do
		why="$old.service is gone"
		[ -s "$UNITS/$old.service" ] || return 1
	done
	why='gone.service came back'
	[ ! -e "$UNITS/gone.service" ] || return 1
	why='the link is gone'
	[ -L "$UNITS/multi-user.target.wants/after.service" ] || return 1
	why='what a stranger planted, changed or removed'
	[ ! -e "$UNITS/evil.service" ] && ! grep -qs planted "$UNITS/spoilt.service" && [ -s "$UNITS/removed.service" ]
}

clean_round() {
	fake_dpkg run sh -c "cd '$UNITS' && rm -f big-* before.service after.service spoilt.service moved-to.service \
		multi-user.target.wants/after.service"
}

mkdir -p "$OUTSIDE"
start_daemon
survived=0 why=
for ((n = 1; n <= ROUNDS; n++)); do
	round || break
	survived=$n
	clean_round
done
check "$survived of $ROUNDS times another guard settled what was in flight" "round $n: $why" test "$survived" = "$ROUNDS"

operation='rename|create' path="$UNITS/(evil|spoilt).service"
recorded 'whose it was that was undone' "$IS_DECIDED and (.process.executable // \"\" | endswith(\"/attack\"))"

finish
