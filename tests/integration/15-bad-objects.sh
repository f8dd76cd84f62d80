#!/bin/bash
# A15, A34: objects that no unit directory should hold, and names that no program expects.
# modes: audit enforce
. "${0%/*}/lib.sh"

start_daemon

for kind in fifo socket device; do
	quarantined "$kind as a unit" create "$UNITS/$kind.service" attack "mknod-$kind" "$UNITS/$kind.service"
	check_does_not_load "$kind as a unit: does not load" "$UNITS/$kind.service"
done
quarantined 'looping link as a drop-in directory' 'link|create' "$UNITS/loop.service.d" attack symlink loop.service.d "$UNITS/loop.service.d"

evil big.service
truncate -s 100M "$planted"
quarantined 'unit of 100 MB' 'rename|create' "$UNITS/big.service" attack rename "$planted" "$UNITS/big.service"

# Names: 255 bytes that are no text, a line break, quotes, terminal control.
printf -v bytes '\\xff%.0s' {1..247}
for name in "$(printf "$bytes").service" $'new\nline.service' $'quo"te\'.service' $'\e]0;title\a.service'; do
	evil "$name" || continue
	try attack rename "$planted" "$UNITS/$name"
	enforcing && within 2 state_is "$UNITS/$name" absent
	enforcing && check_state "name $(printf %.20q "$name"): undone, seen after $elapsed ms" "$UNITS/$name" absent
done
recorded_whole() { jq -es 'map(select(.unitward.path_hex // "" | test("(ff){247}"))) != []' "$LOG" >/dev/null; }
within 2 recorded_whole
check 'bytes that are no text are recorded as they are' 'no record has them' recorded_whole

# deep DIRECTORY LEVELS: d/d/d/...
deep() { (mkdir "$1" && cd "$1" && for ((i = 0; i < $2; i++)); do mkdir d && cd d || exit; done && echo '# planted' >evil.conf); }
for levels in 20 200; do
	deep "$OUTSIDE/deep" $levels
	try attack rename "$OUTSIDE/deep" "$UNITS/deep-$levels.service.d"
	enforcing && within 2 state_is "$UNITS/deep-$levels.service.d" absent
	enforcing && check_state "$levels levels of directories: undone, seen after $elapsed ms" "$UNITS/deep-$levels.service.d" absent
done

# Directories come and go faster than they can be settled.
comes_and_goes() {
	local round
	for round in $(seq 50); do
		mkdir "$UNITS/gone.service.d" && touch "$UNITS/gone.service.d"/{a,b,c}.conf
		rm -rf "$UNITS/gone.service.d"
	done 2>/dev/null
}
comes_and_goes
if enforcing; then
	within 2 state_is "$UNITS/gone.service.d" absent
	check_state 'directory that comes and goes: is gone' "$UNITS/gone.service.d" absent
fi

check 'the daemon lives' "$(tail -n 1 "$ERRORS")" daemon_runs
check 'every record is JSON' "$(jq . "$LOG" 2>&1 >/dev/null)" jq --slurp empty "$LOG"
denied 'after all that, create' create "$UNITS/evil.timer" attack create "$UNITS/evil.timer"
permitted 'after all that, create' create "$UNITS/good.timer" attack create "$UNITS/good.timer"

finish
