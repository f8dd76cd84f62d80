# Sourced by every NN-*.sh here: a scratch file system, a policy, the daemon, and assertions.
#
# A script runs once for each FILESYSTEM (ext4 tmpfs overlay xfs btrfs) and MODE:
#   absent    without the daemon: proves that each attack works
#   audit     everything succeeds and stays; the records say what would have been
#   enforce   nothing unauthorised has an effect
# and prints "ok NAME", "not ok NAME - WHY" or "skip NAME - WHY" for each assertion. By hand:
#   FILESYSTEM=xfs MODE=enforce tests/integration/01-create.sh
#
# It runs in mount and PID namespaces of its own: whatever happens, nothing outlives it.

set -u

: "${FILESYSTEM:=ext4}" "${MODE:=enforce}" "${BUILD:=build}"
BUILD=$(cd "$(dirname "$0")/../.." && realpath "$BUILD")

ok() { echo "ok $1"; }
not_ok() { echo "not ok $1 - $2"; }
skip() { echo "skip $1 - $2"; }

skip_all() {
	skip "$(basename "$0" .sh)" "$1"
	exit 0
}

bail_out() {
	not_ok "$(basename "$0" .sh)" "$1"
	exit 1
}

if [ "$EUID" != 0 ]; then
	skip_all 'needs root'
elif [ -z "${UNITWARD_NAMESPACE-}" ]; then
	unshare --mount --pid --fork true 2>/dev/null || skip_all 'needs the right to make namespaces'
	export UNITWARD_NAMESPACE=1
	exec unshare --mount --pid --fork --mount-proc --kill-child -- "$0" "$@" </dev/null
fi

# What the policy trusts must lie where nobody but root can write: not in /tmp, perhaps not in the checkout.
WORK=$(mktemp -d /var/lib/unitward-test.XXXXXX)
chmod 0755 "$WORK"
PROGRAMS=$WORK/programs
SCRATCH=$WORK/scratch
POLICY=$WORK/unitward.conf
STATE=$WORK/state
RUNTIME=$WORK/runtime
LOG=$WORK/events.jsonl
ERRORS=$WORK/daemon.err
PATH=$PROGRAMS:$PATH

UNITS=$SCRATCH/etc/systemd/system
VENDOR=$SCRATCH/usr/lib/systemd/system
RUN=$SCRATCH/run/systemd
ALICE=$SCRATCH/home/alice/.config/systemd/user
OUTSIDE=$SCRATCH/srv

has_sanitizers() { ldd "$BUILD/unitwardd" | grep -qE 'lib[at]san'; }
has_thread_sanitizer() { ldd "$BUILD/unitwardd" | grep -q libtsan; }
# measures: what a sanitizer's own work would be measured with has to run without; ALL=1 tries it all the same.
measures() { [ -n "${ALL-}" ] || ! has_sanitizers || skip_all 'it measures, and the build has sanitizers'; }
# How much longer things may take: the thread sanitizer makes each access to memory several.
if has_thread_sanitizer; then readonly SLOWER=5; else readonly SLOWER=1; fi
enforcing() { [ "$MODE" = enforce ]; }
watched() { [ "$MODE" != absent ]; }

# openers N COMMAND...: so many at once; how many of them succeeded.
openers() {
	local n=$1 i pids=() succeeded=0
	shift
	for ((i = 0; i < n; i++)); do
		timeout 20 "$@" >/dev/null 2>&1 &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i" && succeeded=$((succeeded + 1)); done
	echo $succeeded
}

# within SECONDS COMMAND...: tries again until it succeeds, longer where the build is slow. Sets elapsed, in milliseconds.
within() {
	local start=${EPOCHREALTIME/./} limit=$(($1 * 1000 * SLOWER)) result
	shift
	while true; do
		"$@"
		result=$?
		elapsed=$(((${EPOCHREALTIME/./} - start) / 1000))
		[ $result = 0 ] || [ $elapsed -gt $limit ] && return $result
		read -rt 0.01 <&"$never"
	done
}
exec {never}<> <(:) # nothing ever comes: a sleep without a process

# check NAME WHY COMMAND...: an assertion.
check() {
	local name=$1 why=$2
	shift 2
	if "$@"; then ok "$name"; else not_ok "$name" "$why"; fi
}

# check_status NAME STATUS COMMAND...: how a command ends. Sets said.
check_status() {
	local name=$1 expected=$2 result
	shift 2
	said=$("$@" 2>&1)
	result=$?
	check "$name" "exit status $result: $said" test $result = "$expected"
}

# check_said NAME REGEX: of what was said last.
said_matches() { [[ $said =~ $1 ]]; }
check_said() { check "$1" "it said: $said" said_matches "$2"; }

# ---- the scratch file system ----

unit() {
	printf '[Unit]\nDescription=%s\n\n[Service]\nExecStart=/bin/true\n' "$1"
}

# evil NAME: a fresh unit to plant, on the same file system, outside what is protected. Sets planted.
evil() {
	planted=$OUTSIDE/$1
	mkdir -p "$OUTSIDE"
	printf '[Service]\nExecStart=/bin/sh -c id\n# planted\n' >"$planted"
}

lay_out() {
	local name
	(
		cd "$1" || exit 1
		mkdir -p etc/systemd/{system,user}/authorised.service.d etc/systemd/system/{multi-user,timers}.target.wants \
			usr/lib/systemd/{system,user,system-generators} run/systemd/system home/alice/.config/systemd/user srv
		for name in etc/systemd/{system,user}/{authorised,tampered,removed,template@}.service \
			etc/systemd/system/{authorised,tampered,removed}.timer usr/lib/systemd/{system,user}/vendor.service \
			run/systemd/system/runtime.service home/alice/.config/systemd/user/alice.service; do
			unit "${name##*/}" >"$name"
		done
		echo 'not a unit yet' >etc/systemd/system/notes.txt
		printf '[Service]\nNoNewPrivileges=yes\n' | tee etc/systemd/{system,user}/authorised.service.d/hardening.conf >/dev/null
		ln -s ../authorised.service etc/systemd/system/multi-user.target.wants/
		ln -s ../authorised.timer etc/systemd/system/timers.target.wants/
		chown -R 1000:1000 home/alice
	)
}

mount_image() {
	type -P "mkfs.$FILESYSTEM" >/dev/null || skip_all "no mkfs.$FILESYSTEM"
	truncate -s 512M "$WORK/image"
	"mkfs.$FILESYSTEM" -q "$WORK/image" >/dev/null || skip_all "mkfs.$FILESYSTEM failed"
	mount -o loop "$WORK/image" "$SCRATCH" 2>/dev/null || skip_all "cannot mount $FILESYSTEM on a loop device"
}

# The vendor's units lie in the lower layer: a change copies them up.
mount_overlay() {
	mkdir "$WORK/layers"
	mount -t tmpfs tmpfs "$WORK/layers" || skip_all 'cannot mount tmpfs'
	mkdir "$WORK/layers"/{lower,upper,work}
	lay_out "$WORK/layers/lower"
	mount -t overlay -o "lowerdir=$WORK/layers/lower,upperdir=$WORK/layers/upper,workdir=$WORK/layers/work" \
		overlay "$SCRATCH" || skip_all 'cannot mount overlay'
}

make_filesystem() {
	mkdir "$SCRATCH"
	case $FILESYSTEM in
	overlay) mount_overlay ;;
	tmpfs) mount -t tmpfs tmpfs "$SCRATCH" || skip_all 'cannot mount tmpfs' ;;
	*) [ "$(findmnt -n -o FSTYPE -T "$WORK")" = "$FILESYSTEM" ] || mount_image ;;
	esac
	chmod 0755 "$SCRATCH"
	[ "$FILESYSTEM" = overlay ] || lay_out "$SCRATCH"
}

# ---- the daemon ----

# write_policy [SETTING...]: the test policy in the mode of this run, with further settings. A first start takes what is
# there as its baseline, in enforce mode too.
write_policy() {
	[[ "$*" = *'baseline ='* ]] || set -- 'baseline = "automatic";' "$@"
	[ $SLOWER = 1 ] || [[ "$*" = *_ms* ]] || set -- 'manager_deadline_ms = 1000; other_deadline_ms = 10000;' "$@"
	cat >"$POLICY" <<-END
		mode = "${MODE/absent/audit}";
		zones: {
		        system-units: { preset = "system-units"; root = "$SCRATCH"; };
		        user-units: { preset = "user-units"; root = "$SCRATCH"; homes = [ "/home/*" ]; };
		        generators: { preset = "generators"; root = "$SCRATCH"; };
		};
		actors: {
		        packages: { exe = [ "$PROGRAMS/fake_dpkg" ]; descendants = true; };
		        operators: { exe = [ "$PROGRAMS/operator" ]; descendants = true; };
		        manager: { preset = "manager"; exe = [ "$PROGRAMS/fake_manager" ]; };
		};
		rules = (
		        { id = "packages-own-units"; actor = "packages"; zone = [ "system-units", "user-units", "generators" ];
		          on = [ "create", "modify", "remove", "rename", "link", "enable", "mask" ]; then = "allow"; },
		        { id = "operators-approve"; actor = "operators"; on = "approve"; then = "allow"; }
		);
		default = "deny";
	END
	printf '%s\n' "$@" >>"$POLICY"
}

daemon=
daemon_is_ready() { grep -q '^unitward: ready' "$ERRORS" || ! daemon_runs; }
daemon_runs() { [ -n "$daemon" ] && kill -0 "$daemon" 2>/dev/null; }

# The scratch file system is a system of its own, with package records of its own, if any.
readonly DAEMON=("$BUILD/unitwardd" --policy "$POLICY" --state "$STATE" --runtime "$RUNTIME" --log "$LOG" --foreground
	--package-root "$SCRATCH")
more_options=() # of the daemon, for one script
launcher=()     # what runs it, and how many seconds it may take then to start or stop
patience=20

how_it_ended() {
	daemon_runs && echo "not ready after $patience s" && return
	wait "$daemon"
	echo "exit status $?: $(tail -n 1 "$ERRORS")"
}

# run_daemon SECONDS: one that is expected to end by itself.
run_daemon() { timeout -k 1 "$1" "${DAEMON[@]}"; }

# In a process group of its own, with what it forks.
start_daemon() {
	watched || return 0
	[ ! -s "$ERRORS" ] || cat "$ERRORS" >>"$ERRORS.before"
	: >"$ERRORS" # now, not when it is forked: the last one said that it was ready
	setsid "${launcher[@]}" "${DAEMON[@]}" "${more_options[@]}" >"$ERRORS" 2>&1 &
	daemon=$!
	within $patience daemon_is_ready && daemon_runs || bail_out "the daemon does not start: $(how_it_ended)"
}

# Its guard too, which a supervisor that was killed takes along a moment later.
daemon_is_gone() { ! daemon_runs && ! pgrep -g "$daemon" >/dev/null; }

# guard_of SUPERVISOR, guard: the process that decides, which is its latest child. What the shell started is its supervisor.
guard_of() {
	local children
	read -ra children <"/proc/$1/task/$1/children"
	echo "${children[-1]-}"
}
guard() { guard_of "$daemon"; }

has_written() { [ "$(unitward status --json | jq .queue.records)" = 0 ]; }

stop_daemon() {
	daemon_runs || return 0
	[ $SLOWER = 1 ] || within 10 has_written # its supervisor waits for eight seconds
	kill -TERM "$daemon"
	if within $patience daemon_is_gone; then
		wait "$daemon"
		status=$?
		check 'the daemon stops cleanly' "exit status $status" test $status = 0
	else
		not_ok 'the daemon stops' 'still there '"$patience s after SIGTERM"
		kill -KILL -- "-$daemon"
	fi
	daemon=
}

# spare_descriptors N: the limit with which the daemon can open N more than it has.
spare_descriptors() { echo $(($(find "/proc/$daemon/fd" -type l -printf '%f\n' | awk '$1 < 200' | wc -l) + $1)); }

unitward() {
	timeout $((10 * SLOWER)) "$BUILD/unitward" --socket "$RUNTIME/control" "$@"
}

# operator COMMAND...: the same, asked by somebody whom the policy lets approve.
operator() {
	timeout $((10 * SLOWER)) "$PROGRAMS/operator" run "$BUILD/unitward" --socket "$RUNTIME/control" "$@"
}

# is_marked PATH: fanotify watches it, so that what is done there from now on is noticed. (By its inode alone: the
# kernel shows another device than stat does on btrfs.)
is_marked() { cat "/proc/$daemon/fdinfo"/* 2>/dev/null | grep -q "^fanotify ino:$(printf %x "$(stat -c %i "$1")") "; }

# check_marked NAME PATH: before an attack is made in a directory that is new.
check_marked() { ! watched || check "$1: is watched" 'no mark after 5 s' within 5 is_marked "$2"; }

# ---- what is on disk ----

# state_of PATH: everything that an attack could change there, as text.
state_of() {
	if [ -e "$1" ] || [ -L "$1" ]; then state "$1"; else echo absent; fi
}

state_is() { [ "$(state_of "$1")" = "$2" ]; }
state_is_not() { ! state_is "$@"; }

# check_state NAME PATH STATE
check_state() {
	if state_is "$2" "$3"; then ok "$1"; else not_ok "$1" "is now: $(state_of "$2" | head -n 1)"; fi
}

# keep PATH: what is there now is to be there at the end, and after a restart of the daemon.
declare -A kept=()
keep() { kept[$1]=$(state_of "$1"); }

check_kept() {
	local path
	for path in "${!kept[@]}"; do
		check_state "${path#"$SCRATCH/"}: stays$1" "$path" "${kept[$path]}"
		[ ! -f "$path" ] || check_loads "${path#"$SCRATCH/"}: loads$1" "$path"
	done
}

# check_loads NAME PATH, check_does_not_load NAME PATH: what a manager gets.
loads() { fake_manager load "$1" >"$WORK/loaded"; }
does_not_load() { ! loads "$1"; }
check_loads() { check "$1" 'its load is denied' loads "$2"; }
check_does_not_load() { ! enforcing || check "$1" 'it was loaded' does_not_load "$2"; }

# ---- what was recorded ----

# records FILTER: those for which a jq condition holds. $operation, $path and $verdict are regular expressions for
# it; where the path of the record is another than that of the file, $recorded_as is.
records() {
	jq -c --arg operation "^(${operation-.*})\$" --arg path "^(${recorded_as:-${path-.*}})\$" --arg verdict "^(${verdict-.*})\$" \
		--arg mode "$MODE" --arg executable "${executable-}" --argjson pid "${actor:-0}" "select($1)" "$LOG" 2>/dev/null
}

readonly IS_OF_PATH='(.file.path // "" | test($path))'
readonly IS_DECIDED="$IS_OF_PATH"' and (.event.action // "" | test($operation)) and .unitward.mode == $mode
	and (.unitward.verdict // "" | test($verdict)) and (.rule.name // "") != ""'
# An attack stays for a moment; another program may be gone before the daemon can see which it was.
readonly IS_BY_ACTOR='.process.pid == $pid and
	(.process.executable // (if $executable | endswith("/attack") then "unknown" else $executable end)) == $executable'

has_record() { [ -n "$(records "$1")" ]; }

# recorded NAME FILTER: within 5 s; the recorder shares its disk with everybody.
recorded() {
	watched || return 0
	if within 5 has_record "$2"; then
		ok "$1: recorded"
	else
		not_ok "$1: recorded" "of it there is: $(records "$IS_OF_PATH" | tail -n 2 |
			jq -c '[.event.action, .process.pid, .process.executable, .rule.name, .unitward]' | tr '\n' ' ')"
	fi
}

# evidence NAME PATH [TEXT]: what was at PATH is in quarantine, and some of it contains TEXT.
evidence() {
	enforcing || return 0
	local id
	for id in $(jq -r --arg path "$2" 'select(.path == $path).id' "$STATE"/quarantine/*/evidence.json 2>/dev/null); do
		if grep -qrs -- "${3-}" "$STATE/quarantine/$id/content" || [ $# = 2 ]; then
			ok "$1: in quarantine"
			return
		fi
	done
	not_ok "$1: in quarantine" 'no evidence of it'
}

# ---- attacks, and what must keep working ----

# try COMMAND...: as somebody whom no rule knows. Sets status, said, actor (its pid), executable.
try() {
	limit 10 "$@" >"$WORK/said" 2>&1 &
	actor=$!
	wait "$actor"
	status=$?
	said=$(<"$WORK/said")
	hash "$1"
	executable=${BASH_CMDS[$1]-$1}
	[ $status != 77 ]
}

was_refused() { [ $status != 0 ] && [[ $said = *EPERM* || $said = *'Operation not permitted'* ]]; }

# It was undone while it was still at it, or was refused.
was_thwarted() { was_refused || [[ $said =~ ENOENT|'No such file'|'not empty'|'File exists' ]]; }

# it_took_effect NAME PATH BEFORE
it_took_effect() {
	check "$1: done" "it said: $said" test $status = 0
	check "$1: with effect" 'nothing changed' state_is_not "$2" "$3"
}

# denied NAME OPERATION PATH COMMAND...: refused with EPERM, and nothing at PATH changes.
denied() {
	local name=$1 operation=$2 path=$3 verdict=deny before
	shift 3
	before=$(state_of "$path")
	try "$@" || { skip "$name" "$FILESYSTEM: $said"; return; }
	if enforcing; then
		check "$name: refused" "it said: $said" was_refused
		check_state "$name: without effect" "$path" "$before"
	else
		it_took_effect "$name" "$path" "$before"
	fi
	recorded "$name" "$IS_DECIDED and $IS_BY_ACTOR"
}

# it_is_put_right NAME PATH BEFORE: in enforce mode, within 2 s; otherwise the attack had its effect.
it_is_put_right() {
	if ! enforcing; then
		it_took_effect "$@"
	elif [ $status != 0 ] && ! was_thwarted; then
		not_ok "$1: tried" "it said: $said"
	elif within 2 state_is "$2" "$3"; then
		ok "$1: undone, seen after $elapsed ms"
	else
		not_ok "$1: undone" "is now: $(state_of "$2" | head -n 1)"
	fi
}

# undone NAME OPERATION PATH COMMAND...: may succeed, but PATH is put right again.
undone() {
	local name=$1 operation=$2 path=$3 verdict='deny|quarantine' before
	shift 3
	before=$(state_of "$path")
	try "$@" || { skip "$name" "$FILESYSTEM: $said"; return; }
	it_is_put_right "$name" "$path" "$before"
	recorded "$name" "$IS_DECIDED and $IS_BY_ACTOR"
}

# quarantined NAME OPERATION PATH COMMAND...: undone, and what was planted is kept as evidence.
quarantined() {
	undone "$@"
	[ $status = 77 ] || evidence "$1" "$3"
}

# permitted NAME OPERATION PATH COMMAND...: the package manager's child does the same, and it stays.
permitted() {
	local name="$1, by the package manager" operation=$2 path=$3 verdict=allow before
	shift 3
	before=$(state_of "$path")
	try fake_dpkg run "$@" || { skip "$name" "$FILESYSTEM: $said"; return; }
	it_took_effect "$name" "$path" "$before"
	recorded "$name" "$IS_DECIDED and .rule.name == \"packages-own-units\""
	keep "$path"
}

# ---- the end ----

# The daemon's own processes wait for events; nobody else may wait for an answer.
blocked_openers() { grep -lsE 'fanotify_(handle|get)' /proc/[0-9]*/wchan; }

# The last line of every script.
finish() {
	sleep 0.3
	watched && check_kept ''
	check 'nobody is left waiting' "blocked: $(blocked_openers)" test -z "$(blocked_openers)"
	if daemon_runs && [ ${#kept[@]} != 0 ]; then
		stop_daemon
		start_daemon
		check_kept ' after a restart'
	fi
	stop_daemon
	[ ! -e "$ERRORS" ] || cat "$ERRORS" >>"$ERRORS.before"
	! watched || check 'a sanitizer never finds anything' "$(grep -m 1 -E "$SANITIZER" "$ERRORS.before")" \
		eval '! grep -qE "$SANITIZER" "$ERRORS.before"'
}
readonly SANITIZER='Sanitizer|runtime error:'

clean_up() {
	[ -z "$daemon" ] || kill -KILL -- "-$daemon" 2>/dev/null
	if [ -n "${KEEP-}" ]; then
		mkdir -p "$KEEP" && cp "$POLICY" "$LOG" "$ERRORS.before" "$KEEP" 2>/dev/null
	fi
	# The last first; whatever a script has mounted besides.
	local at
	while read -r _ at _; do umount --lazy "$at"; done < <(tac /proc/self/mounts | grep -F " $WORK/") 2>/dev/null
	chattr -R -f -i "$WORK" >/dev/null 2>&1 # some evidence is immutable
	rm -rf "$WORK"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

install -d -m 0755 "$PROGRAMS"
install -m 0755 "$BUILD"/tests/{attack,fake_dpkg,fake_manager,latency,gatedctl,limit,mounter,planter,rude_client,runner,state,tamper} "$PROGRAMS" ||
	bail_out 'run make check-integration: the helpers are not built'
install -m 0755 "$BUILD/tests/fake_dpkg" "$PROGRAMS/operator"
make_filesystem
mkdir "$RUNTIME"
mount -t tmpfs -o size=64M,mode=0755 tmpfs "$RUNTIME" || skip_all 'cannot mount tmpfs'
write_policy
