#!/bin/bash
# A34, A15: contents and names made to exhaust whoever reads them. Seen from outside: they go within a bounded time, the
# daemon's memory does not grow with them, records and evidence hold whatever bytes there were, and a manager is answered
# meanwhile.
# filesystems: ext4
# modes: audit enforce
. "${0%/*}/lib.sh"

readonly GROWTH_MAX=64 # MiB

# Of guard and supervisor, MiB.
memory_most() { pgrep -s "$daemon" | sed 's,.*,/proc/&/status,' | xargs cat | awk '/^VmHWM/ { sum += $2 } END { print int(sum / 1024) }'; }
no_record_waits() { [ "$(unitward status --json | jq '.queue.records + .queue.filings + .queue.unsettled')" = 0 ]; }

# What a unit file should not be. 100 MB each, where that is what is the matter with it.
one_line() { printf '[Service]\nExecStart='; head -c 100M /dev/zero | tr '\0' x; }
nul_bytes() { printf '[Service]\nExecStart=/bin/true\n'; head -c 100M /dev/zero; }
continued() { printf '[Service]\nExecStart=/bin/true'; yes ' \' | head -c 100M; }
many_sections() { yes '[Service]' | head -c 900K; }
many_settings() { printf '[Service]\n'; yes 'ExecStart=/bin/true' | head -c 900K; }
continued_short() { printf '[Service]\nExecStart=/bin/true'; yes ' \' | head -c 900K; }
comments_continued() { printf '[Service]\nExecStart=/bin/true \\\n'; yes '# \' | head -c 900K; }
not_text() { head -c 900K /dev/urandom; }
sparse() { :; }

start_daemon
before=$(memory_most)
for kind in one_line nul_bytes continued many_sections many_settings continued_short comments_continued not_text sparse; do
	mkdir -p "$OUTSIDE"
	$kind >"$OUTSIDE/$kind.service"
	[ $kind != sparse ] || truncate -s 8G "$OUTSIDE/$kind.service"
	fake_manager race 2000 "$RUN/system" "$VENDOR" >"$WORK/manager" &
	manager=$!
	quarantined "$kind" 'create|rename' "$UNITS/$kind.service" mv "$OUTSIDE/$kind.service" "$UNITS/$kind.service"
	check "$kind: all of it is written down" "$(unitward status --json | jq -c .queue)" within 10 no_record_waits
	check "$kind: known after $elapsed ms" 'more than 5 s' test "$elapsed" -lt 5000
	kill -TERM $manager 2>/dev/null
	wait $manager
	most=$(sed 's/.*max=//' "$WORK/manager")
	check "$kind: a manager is answered meanwhile, after $((most / 1000)) ms at most" "$(<"$WORK/manager")" test "$most" -lt 1000000
	check_status "$kind: unitward diff reads it" "$(enforcing && echo 0 || echo 1)" timeout 20 "$BUILD/unitward" --socket "$RUNTIME/control" diff
	check_does_not_load "$kind never loads" "$UNITS/$kind.service"
	if enforcing; then
		unitward quarantine purge --all >/dev/null # three of them fill it
	else
		rm -f "$UNITS/$kind.service"
	fi
done
has_sanitizers || check "memory grew from $before to $(memory_most) MiB" "more than $GROWTH_MAX" \
	test $(($(memory_most) - before)) -lt $GROWTH_MAX

# Who may write is not to exhaust it either.
continued_short >"$WORK/unit"
try fake_dpkg unpack "$UNITS/allowed.service" <"$WORK/unit"
check 'allowed: installed' "it said: $said" test $status = 0
check_loads 'allowed: loads' "$UNITS/allowed.service"
keep "$UNITS/allowed.service"

# Names: every byte but / and NUL, as long as there may be, as deep as a path goes.
name=
for byte in {1..46} {48..255}; do printf -v octal '%03o' $byte; printf -v char "\\$octal"; name+=$char; done
for ((i = 0; i < 3; i++)); do
	part=${name:$((i * 85)):85}.service
	evil plain
	try attack rename "$planted" "$UNITS/$part"
	enforcing && within 3 state_is "$UNITS/$part" absent
	enforcing && check_state "name of all bytes, part $i: undone" "$UNITS/$part" absent
done
long=$(printf 'x%.0s' {1..247}).service
quarantined 'name of 255 bytes' 'create|rename' "$UNITS/$long" attack rename "$(evil long; echo "$planted")" "$UNITS/$long"

# A path of more than PATH_MAX: made from the inside, moved in as a whole.
part=$(printf 'd%.0s' {1..200})
(mkdir "$OUTSIDE/deep" && cd "$OUTSIDE/deep" && for ((i = 0; i < 40; i++)); do mkdir $part && cd $part || exit; done && echo '# planted' >evil.conf)
mv "$OUTSIDE/deep" "$UNITS/deep.service.d"
enforcing && check 'path of 8,000 bytes: undone' "$(ls "$UNITS")" within 5 state_is "$UNITS/deep.service.d" absent

check 'the daemon lives' "$(tail -n 1 "$ERRORS")" daemon_runs
check 'every record is JSON' "$(jq . "$LOG" 2>&1 >/dev/null)" jq --slurp empty "$LOG"
denied 'after all that: create' create "$UNITS/evil.timer" attack create "$UNITS/evil.timer"
finish
