#!/bin/bash
# A23, the argument race: what is looked at and what is run differ. TRIES=5000 by hand.
# filesystems: ext4
# modes: absent enforce
. "${0%/*}/lib.sh"
. "${0%/*}/gated.sh"

if has_thread_sanitizer; then : "${TRIES:=20}"; fi
: "${TRIES:=300}"
watched || TRIES=100
printf '#include <stdlib.h>\n#include <stdio.h>\n__attribute__((constructor)) static void run(void) { char path[4096]; FILE *f;\nsnprintf(path, sizeof path, "%%s/preloaded", getenv("MARKERS")); f = fopen(path, "w"); if (f) fclose(f); }\n' >"$WORK/preload.c"
gcc -shared -fPIC -o "$WORK/preload.so" "$WORK/preload.c" 2>/dev/null
export PRELOAD=$WORK/preload.so

start_daemon
evasions() { records '.unitward.kind == "evasion"' | wc -l; }
has_evasions() { [ "$(evasions)" = "$1" ]; }

total=0
for kind in word pointer vfork environment; do
	effect=enable
	[ $kind != environment ] || effect=preloaded
	[ $effect != preloaded ] || [ -e "$PRELOAD" ] || { skip "race: $kind" 'no compiler'; continue; }
	forget_marks
	said=$(timeout 300 runner race-$kind "$TRIES" "$GATED")
	# On a busy machine it is not won within so few.
	for ((round = 0; round < 50; round++)); do
		watched || marked_for $effect && break
		said=$(timeout 300 runner race-$kind "$TRIES" "$GATED")
	done
	if enforcing; then
		check "race: $kind: what is refused never runs: $said" 'it ran' eval "! marked_for $effect"
		check "race: $kind: what may be asked for ran" "$said" marked_for status
		check "race: $kind: every try ended as it should" "$said" eval '[[ $said = *"other 0" ]]'
		read -r _ _ _ killed _ <<<"$said"
		total=$((total + ${killed:-0}))
	else
		check "race: $kind: has its effect: $said" 'none of the tries' marked_for $effect
	fi
done
if enforcing; then
	# Whoever may ask for anything is asked when his program is there: nothing that he changes is an evasion.
	said=$(timeout 300 "$PROGRAMS/operator" run "$PROGRAMS/runner" race-word 100 "$GATED")
	check "race: an operator: all of it runs: $said" 'some did not' eval '[[ $said = "denied 0 killed 0 ran 100 other 0" ]]'
	check "$total were killed, each is recorded" "$(evasions) evasions" within 10 has_evasions $total
	recorded 'an evasion' '.unitward.kind == "evasion" and .unitward.verb == ["enable"] and .unitward.verdict == "deny" and
		(.message | test("was killed")) and .log.syslog.severity.code == 3'
fi

finish
