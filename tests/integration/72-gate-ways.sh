#!/bin/bash
# A23: a gated command, copied, linked, and run by every other way than a shell's; an upgrade of its program.
# filesystems: ext4 tmpfs
. "${0%/*}/lib.sh"
. "${0%/*}/gated.sh"

LOADER=$(readelf -l "$GATED" | sed -n 's/.*interpreter: \(.*\)\]/\1/p')
start_daemon

ln "$GATED" "$OUTSIDE/linked"
refused 'a hard link' enable "$OUTSIDE/linked" enable x.timer
runs 'a hard link, reading' status "$OUTSIDE/linked" status
ln -s "$GATED" "$OUTSIDE/symlink"
refused 'a symbolic link' enable "$OUTSIDE/symlink" enable x.timer
for way in descriptor thread; do
	refused "by $way" enable runner $way "$GATED" enable x.timer
	runs "by $way, reading" status runner $way "$GATED" status
done
forget_marks
try runner narrow "$GATED" enable x.timer
if [ "$status" = 77 ]; then
	skip 'by a 32-bit call' 'this kernel has none'
else
	refused 'by a 32-bit call' enable runner narrow "$GATED" enable x.timer
	runs 'by a 32-bit call, reading' status runner narrow "$GATED" status
fi

# ---- what makes unclear what is asked for ----
more='.unitward.unclear == "it is traced"' refused 'traced' status runner traced "$GATED" status
more='(.unitward.unclear | test("long"))' refused 'too many words' status runner many-words "$GATED" status
refused 'too long' status env "LONG=$(head -c 130000 /dev/zero | tr '\0' x)" "$GATED" status
LD_PRELOAD=/nonexistent.so refused 'LD_PRELOAD' status env LD_PRELOAD=/nonexistent.so "$GATED" status
ASAN_OPTIONS=detect_leaks=0 runs 'an operator, traced' enable operator run "$PROGRAMS/runner" traced "$GATED" enable x.timer
forget_marks
try runner no-words "$GATED"
enforcing && check 'without a word: refused' "it said: $said" test "$status" = 126
POSIXLY_CORRECT=1 refused 'options behind the verb' enable env POSIXLY_CORRECT=1 "$GATED" enable --user x.timer

# ---- memory that never answers: whoever reads it waits ----
if enforcing; then
	stuck=()
	for _ in 1 2 3; do
		timeout -k 1 $((10 * SLOWER)) runner stuck "$GATED" status >"$WORK/stuck" 2>&1 &
		stuck+=($!)
	done
	read -rt 0.3 <&"$never"
	if grep -q . "$WORK/stuck" || ! kill -0 "${stuck[0]}" 2>/dev/null; then
		skip 'memory that does not answer' 'no userfaultfd here'
	else
		runs 'beside memory that does not answer, reading' status "$GATED" status
		denied 'beside memory that does not answer, a write' create "$UNITS/beside.timer" attack create "$UNITS/beside.timer"
		wait "${stuck[0]}"
		result=$?
		check 'they are refused in the end' "exit status $result: $(<"$WORK/stuck")" test $result = 126
		recorded 'they are refused' '.event.action == "exec" and .unitward.unclear == "its memory does not answer"'
		check 'the guard is the same' "$(records '.unitward.kind == "takeover"')" eval '! has_record ".unitward.kind == \"takeover\""'
	fi
	wait "${stuck[@]}"
fi

# ---- a script's interpreter gets other arguments than the script ----
printf '#!%s enable\n' "$GATED" >"$OUTSIDE/status"
chmod 0755 "$OUTSIDE/status"
forget_marks
try "$OUTSIDE/status" status
if enforcing; then
	check 'a script that it interprets: never runs' 'it ran' eval '! marked_for enable'
	recorded 'a script that it interprets' '.unitward.kind == "evasion" and .unitward.verb == ["enable"]'
fi

# ---- its file is read otherwise ----
read_denied() {
	local name=$1 verdict=deny
	shift
	forget_marks
	try "$@"
	if enforcing; then
		check "$name: refused" "it said: $said, status $status" test "$status" != 0
		check "$name: never runs" 'it ran' eval '! marked_for enable'
	else
		check "$name: done" "it said: $said, status $status" test "$status" = 0
	fi
	recorded "$name" '.event.action == "read" and .file.path == "'"$GATED"'" and .unitward.verdict == "deny" and .process.pid == $pid'
}
read_denied 'copied' cp "$GATED" "$OUTSIDE/copy"
read_denied 'run by the dynamic linker' "$LOADER" "$GATED" enable x.timer
read_denied 'run from memory' runner memory "$GATED" enable x.timer
check_status 'an operator copies it' 0 "$PROGRAMS/operator" run cp "$GATED" "$OUTSIDE/copy"
for way in read read-{openat2,io-uring,io-worker,by-handle}; do
	check_status "an operator opens it, $way" 0 "$PROGRAMS/operator" run attack $way "$GATED"
	! enforcing || check_status "somebody else opens it, $way" 1 attack $way "$GATED"
done
if enforcing; then
	try attack write "$GATED"
	check 'written: refused' "it said: $said" test "$status" != 0
fi

# ---- an upgrade ----
former=$OUTSIDE/linked
install_gated
check_marked 'upgraded' "$GATED"
refused 'upgraded' enable "$GATED" enable x.timer
runs 'upgraded, reading' status "$GATED" status
refused 'what it replaced' enable "$former" enable x.timer
mv "$GATED" "$OUTSIDE/moved"
refused 'moved away' enable "$OUTSIDE/moved" enable x.timer
install_gated
check_marked 'there again' "$GATED"
refused 'there again' enable "$GATED" enable x.timer
if watched; then
	for round in 1 2 3 4 5 6 7 8; do
		install_gated
		within 2 is_marked "$GATED" || break
	done
	check 'upgraded again and again: it is followed' "round $round" is_marked "$GATED"

	# ---- the policy drops it, and takes it back ----
	mv "$RULES" "$RULES.not"
	check_status 'dropped by the policy' 0 unitward reload
	runs 'dropped by the policy' enable "$GATED" enable x.timer
	mv "$RULES.not" "$RULES"
	check_status 'back in the policy' 0 unitward reload
	refused 'back in the policy' enable "$GATED" enable x.timer
fi

finish
