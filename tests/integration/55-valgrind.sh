#!/bin/bash
# valgrind over a whole life of the daemon: a first start, an event for every gate, commands, a policy that is read
# again, a stop and a second start. It finds no error, and nothing that was allocated is lost at exit. (The supervisor is
# AddressSanitizer's: valgrind does not know how it starts a guard.)
# filesystems: ext4
# modes: enforce
. "${0%/*}/lib.sh"

type -P valgrind >/dev/null || skip_all 'valgrind is not installed'
! has_sanitizers || skip_all 'the build has sanitizers, which valgrind cannot run'

# Its threads run one at a time, by turns. What it forks to try something out ends in the middle of everything.
readonly FOUND=$WORK/valgrind
# It makes system calls of its own, and cannot install a filter for its guest.
"${CC:-gcc}" -shared -fPIC -o "$WORK/unfiltered.so" -x c - <<-'END' || skip_all 'no compiler'
	void *seccomp_init(unsigned action) { static char filter; return (void)action, &filter; }
	int seccomp_attr_set(void *filter, int attribute, unsigned value) { return (void)attribute, (void)value, !filter; }
	int seccomp_rule_add_array(void *filter) { return !filter; }
	int seccomp_load(void *filter) { return !filter; }
	void seccomp_release(void *filter) { (void)filter; }
END
launcher=(env "LD_PRELOAD=$WORK/unfiltered.so" valgrind --quiet --leak-check=full --show-leak-kinds=definite,indirect,possible
	--errors-for-leak-kinds=definite,indirect,possible --error-exitcode=9 --fair-sched=yes --child-silent-after-fork=yes
	--num-callers=20 --log-file="$FOUND")
patience=60

# Slow as it is, no deadline shall pass: what is tried here is not what happens then.
write_policy 'manager_deadline_ms = 1000;' 'other_deadline_ms = 10000;'
more_options=(--unsupervised) # a clone that shares descriptors and not memory is nothing that valgrind knows

# Older ones do not know openat2(2), and warn in lines of another kind.
has_no_finding() { [ -e "$FOUND" ] && ! grep -q '^==' "$FOUND"; }

check_silent() {
	check "$1: valgrind is silent" "$(grep -m 3 '^==' "$FOUND")" has_no_finding
	[ -z "${KEEP-}" ] || cat "$FOUND" >>"$KEEP/valgrind"
}

start_daemon
denied 'create' create "$UNITS/evil.timer" attack create "$UNITS/evil.timer"
permitted 'create' create "$UNITS/good.timer" attack create "$UNITS/good.timer"
evil moved.service
quarantined 'rename' rename "$UNITS/moved.service" attack rename "$planted" "$UNITS/moved.service"
undone 'remove' remove "$UNITS/removed.service" attack unlink "$UNITS/removed.service"
check_loads 'authorised' "$UNITS/authorised.service"
check_does_not_load 'planted' "$UNITS/evil.timer"
for command in status 'quarantine list' 'ledger export' diff; do
	# shellcheck disable=SC2086
	said=$(unitward $command --json 2>&1)
	check "unitward $command answers" "it said: $said" test -n "$said"
done
check_status 'approve, by somebody who may' 0 operator approve "$UNITS/good.timer"
check_status 'approve, by somebody who may not' 1 unitward approve "$UNITS/good.timer"
check_status 'reload' 0 unitward reload
echo 'mode = ;' >>"$POLICY"
check_status 'reload of a bad policy' 1 unitward reload
write_policy 'manager_deadline_ms = 1000;' 'other_deadline_ms = 10000;'
stop_daemon
check_silent 'a first start and a life'

start_daemon
check_loads 'authorised, after a restart' "$UNITS/authorised.service"
check_loads 'made by the package manager, after a restart' "$UNITS/good.timer"
stop_daemon
check_silent 'a second start'
