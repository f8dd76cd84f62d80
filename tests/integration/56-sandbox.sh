#!/bin/bash
# The sandbox: a forbidden call ends the process, an allowed one does not; what the daemon has and does is exactly what
# the lists say; a daemon that cannot be confined does not start.
# filesystems: ext4
# modes: enforce
. "${0%/*}/lib.sh"
install -m 0755 "$BUILD/tests/sandboxed" "$PROGRAMS"

export ASAN_OPTIONS=detect_leaks=0 # nor does LeakSanitizer work where somebody traces

# ---- the lists, tried one by one ----

dies() { check_status "guard, $1: is killed" 159 sandboxed try guard "$1"; }
lives() {
	check_status "guard, $1: lives" "$2" sandboxed try guard "$1"
	check_said "guard, $1: ${3:-done}" "${3:-done}"
}

for call in execve execve-in-thread mount unshare namespace join join-network raise-priority packet-socket fanotify push-terminal-input set-owner setuid \
	chroot bpf io_uring seccomp; do
	dies "$call"
done
for call in ptrace fork kill foreign-tgkill; do
	if has_sanitizers; then skip "$call" 'sanitizers need it'; else dies "$call"; fi
done
for call in nothing thread names sqlite; do lives "$call" 0; done
lives internet-socket 1 EAFNOSUPPORT
lives clone3 1 ENOSYS
lives later-call 1 ENOSYS
lives executable-heap 1 EPERM
check_status 'guard, abort: by its own signal' 134 sandboxed try guard abort
check_status 'supervisor, execve: a start asks rpm' 0 sandboxed try supervisor execve
check_status 'supervisor, join: a guard does' 1 sandboxed try supervisor join
check_said 'supervisor, join: by what it has open' EBADF
check_status 'supervisor, raise-priority: it had its own before' 1 sandboxed try supervisor raise-priority
check_said 'supervisor, raise-priority: it had its own before' EPERM
for call in mount unshare namespace join-network join-any packet-socket setuid chroot bpf io_uring; do
	check_status "supervisor, $call: is killed" 159 sandboxed try supervisor "$call"
done

check_status 'a daemon that cannot be confined does not start' 4 sandboxed unconfinable "${DAEMON[@]}"
check_said 'it says why' 'cannot enter the sandbox: .*CONFIG_SECCOMP_FILTER'

# ---- a daemon at work ----

# field FILE NAME: as /proc/PID/status has it.
field() { sed -n "s/^$2:[[:space:]]*//p" "$1"; }

# check_process NAME ROLE PID [ROLE]: all its threads have these capabilities and no others, and a filter; what bounds them.
check_process() {
	local set status
	set=$(sandboxed capabilities "$2")
	for status in "/proc/$3"/task/*/status; do
		check "$1, thread $(field "$status" Name): its capabilities, exactly" \
			"CapEff $(field "$status" CapEff), CapPrm $(field "$status" CapPrm), not $set" \
			test "$(field "$status" CapEff) $(field "$status" CapPrm)" = "$set $set"
		check "$1, thread $(field "$status" Name): confined" "$(grep -E '^(Cap|NoNew|Seccomp)' "$status" | tr '\n\t' '; ')" \
			test "$(for name in CapInh CapAmb NoNewPrivs Seccomp; do field "$status" $name; done | tr '\n' ' ')" = \
			'0000000000000000 0000000000000000 1 2 '
	done
	check "$1: the bounding set is no larger than a start needs" "it is $(field "/proc/$3/status" CapBnd)" \
		test "$(field "/proc/$3/status" CapBnd)" = "$(sandboxed capabilities "${4-supervisor}")"
	check "$1: sees the mounts that everybody sees" "it is in $(readlink "/proc/$3/ns/mnt")" \
		test "$(readlink "/proc/$3/ns/mnt")" = "$(readlink /proc/self/ns/mnt)"
}

# "MODE CALL" for every system call of every process. MODE is how far it was confined by then: 0, 1 a start or the
# supervisor, 2 the guard. Threads share that, and children have their parent's.
calls_of() {
	awk '
		function leader(tid) { return tid in group ? group[tid] : tid }
		{ tid = $1; sub(/^[0-9]+ +/, "") }
		/^<\.\.\. / { call = $2; whole = pending[tid] $0 }
		!/^<\.\.\. / { call = whole = $0; sub(/\(.*/, "", call)
			if (call ~ /^[a-z_0-9]+$/) seen[entered[leader(tid)] + 0 " " call] }
		/<unfinished \.\.\.>$/ { pending[tid] = $0; next }
		call == "seccomp" && whole ~ /SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC.* = 0$/ { entered[leader(tid)]++ }
		call ~ /^(clone|vfork|fork)$/ && whole ~ / = [0-9]+$/ {
			if (whole ~ /CLONE_THREAD/) group[$NF] = leader(tid)
			else entered[$NF] = entered[leader(tid)] }
		END { for (call in seen) print call }' "$1" | sort
}

tracer_is_gone() { ! pgrep -x strace >/dev/null; }

type -P strace >/dev/null || skip_all 'the rest needs strace'
start_daemon
stop_daemon # a baseline: the next start settles what has come meanwhile, and asks for the package records
evil gap.service && mv "$planted" "$UNITS/gap.service"
launcher=(strace -D -f -qq -s 16 -o "$WORK/trace") # which is its grandchild, and waits for nobody
start_daemon
guard=$(unitward status --json | jq .pid)
check 'supervisor and guard are two processes' "the guard is $guard" test "$guard" != "$daemon"
check_process 'the supervisor' supervisor "$daemon"
check_process 'the guard' guard "$guard"
scout=$(pgrep -P "$daemon" -x unitward-scout)
check 'a scout, where there is no process connector' "$(unitward status --json | jq -c .starts)" test -n "$scout"
check_process 'the scout' scout "$scout" scout
check 'the verdict thread goes before ordinary work' 'it is not SCHED_RR' \
	grep -q 'SCHED_RR' <(for thread in "/proc/$guard"/task/*; do [ "$(<"$thread/comm")" = verdicts ] && chrt -p "${thread##*/}"; done)

denied 'create' create "$UNITS/evil.timer" attack create "$UNITS/evil.timer"
evil moved.service
quarantined 'move' rename "$UNITS/moved.service" mv "$planted" "$UNITS/moved.service"
undone 'removal' remove "$UNITS/removed.service" rm -f "$UNITS/removed.service"
permitted 'create' create "$UNITS/new.timer" attack create "$UNITS/new.timer"
check_status 'status' 0 unitward status
unitward doctor --json >"$WORK/doctor"
check 'doctor: each capability, and what it is for' "$(grep CAP_ "$WORK/doctor")" jq -e '
	[.[] | select(.what | test("^the daemon has CAP_")) | select(.level == "ok" and .consequence != null)] | length == 10' "$WORK/doctor"
check 'doctor: what it has given up' "$(grep CAP_ "$WORK/doctor")" jq -e 'any(.[]; .what == "the daemon has no CAP_SYS_CHROOT" and .level == "ok")' "$WORK/doctor"
check 'doctor: system calls' "$(<"$WORK/doctor")" jq -e 'any(.[]; (.what | test("only the system calls of its list")) and .level == "ok")' "$WORK/doctor"
check_status 'approve' 0 operator approve "$UNITS/new.timer"
check_status 'quarantine' 0 unitward quarantine list
kill -USR1 "$daemon"
check_status 'reload' 0 unitward reload
check_status 'ledger export' 0 unitward ledger export
check_process 'the guard, after that' guard "$guard"
kill -KILL "$guard"
is_another() { next=$(unitward status --json 2>/dev/null | jq .pid) && [ -n "$next" ] && [ "$next" != "$guard" ]; }
check 'another guard' 'it does not answer' within 10 is_another
check_process 'the next guard' guard "$next"
stop_daemon
check 'the tracer ends with it' 'strace is still there' within 5 tracer_is_gone

calls_of "$WORK/trace" >"$WORK/calls"
guard_calls=$(sed -n 's/^2 //p' "$WORK/calls")
start_calls=$(sed -n 's/^1 //p' "$WORK/calls")
check 'strace saw it at work' "it saw: $(echo $guard_calls)" \
	test "$(grep -cxE 'ppoll|fcntl|openat|epoll_wait|fanotify_mark|pwrite64|fdatasync|recvmsg|unlinkat' <<<"$guard_calls")" = 9
check_status 'guard: never a system call outside its list' 0 sandboxed permits guard $guard_calls
check_status 'start: never a system call outside its list' 0 sandboxed permits supervisor $start_calls
check_status 'such a call would be seen' 1 sandboxed permits guard $guard_calls execve
check 'nothing was killed for a system call' "$(grep -m 1 SIGSYS "$WORK/trace")" eval '! grep -q SIGSYS "$WORK/trace"'

launcher=()
finish
