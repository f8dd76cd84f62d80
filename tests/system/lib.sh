# shellcheck shell=bash
# A Debian container with systemd as PID 1, with or without unitward in it.
#
#   for mode in $(modes absent audit enforce); do
#           boot "$mode" || continue
#           expect "what must succeed" in_container COMMAND
#           refuse "what must fail" "pattern of its output" in_container COMMAND
#           halt
#   done
#
# Any function of the calling script can be COMMAND. A script may define prepare ROOT, which
# changes the root before its first boot; further=(PACKAGE...) has more installed. RELEASE=trixie makes it a Debian 13; a
# script that has to hold there says so in a line "# releases: bookworm trixie", which `run` reads.
# KEEP=1 keeps the roots; MODES="absent" limits the modes; INSTRUMENTED=build/asan has the programs of that build in them.
set -uo pipefail
exec </dev/null

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
build=$top/build/system
scenario=$(basename "$0" .sh)
work=$build/$scenario.$$
machine=unitward-$$
release=${RELEASE:-bookworm}
[ -n "${further+set}" ] || further=()
cgroup=''
mode='' root='' leader='' nspawn=''
passed=0 failed=0 skipped=0

# --- results ---------------------------------------------------------------------------------

# What `matrix` reads: WORD SCENARIO SYSTEM MODE: NAME - WHY. Whoever has another system than a container names it.
report() { # WORD NAME [WHY]
	echo "$1 $scenario ${system:-$release} ${mode:--}: $2${3:+ - $3}"
}

ok() { passed=$((passed + 1)); report ok "$@"; }
not_ok() { failed=$((failed + 1)); report "not ok" "$@"; }
skip() { skipped=$((skipped + 1)); report skip "$@"; }

skip_all() { # WHY
	skip "everything" "$1"
	exit
}

finish() {
	halt
	[ -n "${KEEP:-}" ] || rm -rf --one-file-system "$work"
	[ -n "${UNITWARD_RUNNER:-}" ] || echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ] || exit 1
}

expect() { # NAME COMMAND...
	local name=$1 said status
	shift
	said=$("$@" 2>&1)
	status=$?
	if [ $status -eq 0 ]; then
		ok "$name"
	else
		not_ok "$name" "$(why $status "$said")"
	fi
}

refuse() { # NAME PATTERN COMMAND...
	local name=$1 pattern=$2 said status
	shift 2
	said=$("$@" 2>&1)
	status=$?
	if [ $status -eq 0 ]; then
		not_ok "$name" "it succeeded: $(tail -n 1 <<<"$said")"
	elif [ $status -ge 124 ] || ! grep -qE -- "$pattern" <<<"$said"; then
		not_ok "$name" "it failed otherwise: $(why $status "$said")"
	else
		ok "$name"
	fi
}

# Of figures, one a line.
quantile() { sort -n "$1" | awk -v q="$2" '{ v[NR] = $1 } END { print v[int((NR - 1) * q) + 1] }'; } # FILE 0..1
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

why() { # STATUS OUTPUT
	case $1 in
	124 | 137) echo "timed out" ;;
	*) echo "exit $1: $(tail -n 1 <<<"$2")" ;;
	esac
}

await() { # SECONDS COMMAND...
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

# --- the container ---------------------------------------------------------------------------

modes() { # MODE... : those of them that are wanted
	local each
	for each; do
		case " ${MODES:-absent audit enforce} " in *" $each "*) echo "$each" ;; esac
	done
}

# The base root, made once and named by its recipe; one with further packages is made of the one without.
base_root() (
	local kind=$release${further:+-with-${further[0]}} recipe base from=''
	[ ${#further[@]} = 0 ] || from=$(further=() && base_root) || { echo "$from"; return 1; }
	exec 9>"$build/lock-$kind" && flock 9
	recipe=$(cat "$here/make-root" - <<<"${further[*]}" | cksum)
	base=$build/base-$kind-${recipe%% *}
	if [ ! -d "$base" ]; then
		rm -rf --one-file-system "$build/base-$kind"-[0-9]*
		"$here/make-root" "$base.new" "$release" ${from:+"$from" "${further[@]}"} >"$build/log/make-root-$kind.log" 2>&1 &&
			{ [ -n "$from" ] || mv "$base.new.apt" "$base.apt"; } && mv "$base.new" "$base" ||
			{ tail -n 1 "$build/log/make-root-$kind.log"; return 1; }
	fi
	echo "$base"
)

# The package of what is built here, made anew when that is.
package() (
	local deb=$top/build/deb/unitward.latest
	exec 8>"$build/lock-package" && flock 8
	if outdated "$deb"; then
		env -u RELEASE BUILT="$top/build" make --silent --no-print-directory -C "$top" deb >"$build/log/make-deb.log" 2>&1 || exit
		cp "$top"/build/deb/unitward_*_*.deb "$deb"
	fi
	echo "$deb"
)

outdated() { # PACKAGE
	[ ! -e "$1" ] || [ -n "$(find "$top"/build/unitward{,d,-generator,-audit} "$top/packaging" "$top/policy" "$top/Makefile" -newer "$1")" ]
}

# The same for rpm.
rpm_package() (
	local made=$top/build/rpm/unitward.latest
	exec 8>"$build/lock-rpm" && flock 8
	if outdated "$made"; then
		env -u RELEASE BUILT="$top/build" make --silent --no-print-directory -C "$top" rpm >"$build/log/make-rpm.log" 2>&1 || exit
		touch "$made"
	fi
	find "$top/build/rpm/RPMS" -name 'unitward-*.rpm'
)

# The base root with unitward installed in it by dpkg, made once for each package. It is not running there: it has no PID 1.
guarded_root() ( # BASE
	local deb guarded
	exec 9>"$build/lock-guarded" && flock 9
	deb=$(package) || { echo "make deb: $(grep -m 1 -iE 'error|\*\*\*' "$build/log/make-deb.log")"; return 1; }
	guarded=$build/guarded-${1##*/base-}-$(cksum <"$deb" | cut -d ' ' -f 1)
	if [ ! -d "$guarded" ]; then
		rm -rf --one-file-system "${guarded%-*}"-[0-9]* "$guarded.new"
		cp -a --reflink=auto "$1" "$guarded.new"
		lend_libraries "$guarded.new" && lend_package "$deb" "$guarded.new" &&
			chroot "$guarded.new" dpkg --force-unsafe-io --install /srv/unitward.deb >"$build/log/install-${1##*/}.log" 2>&1 ||
			{ tail -n 1 "$build/log/install-${1##*/}.log"; return 1; }
		rm "$guarded.new/srv/unitward.deb"
		mv "$guarded.new" "$guarded"
	fi
	echo "$guarded"
)

# What is built here runs in another release's root with this one's libraries, where that one has them no more.
lend_libraries() { # ROOT
	local name path
	[ "$release" != bookworm ] || return 0
	ldd "$top/build/unitwardd" | while read -r name _ path _; do
		[ ! -e "$path" ] || [ -e "$1/usr/lib/${path#*/lib/}" ] || cp -L "$path" "$1/usr/lib/${path#*/lib/}"
	done
}

# As /srv/unitward.deb; there it depends on nothing then.
lend_package() { # DEB ROOT
	if [ "$release" = bookworm ]; then
		cp "$1" "$2/srv/unitward.deb"
		return
	fi
	dpkg-deb --raw-extract "$1" "$2/srv/lent" && sed -i '/^Depends:/d' "$2/srv/lent/DEBIAN/control" &&
		dpkg-deb -Znone --build "$2/srv/lent" "$2/srv/unitward.deb" >/dev/null && rm -r "$2/srv/lent"
}

need() {
	local tool
	[ "$(id -u)" -eq 0 ] || skip_all "needs root"
	grep -qx 'VERSION_CODENAME=bookworm' /etc/os-release ||
		skip_all "what is built here would not run in a Debian 12 root"
	for tool in mmdebstrap systemd-nspawn dpkg-scanpackages dh jq nsenter setpriv unshare; do
		[ -x "$(command -v $tool)" ] || skip_all "needs $tool"
	done
}

# In one boot of fifty or so systemd fails to set up the service's mount namespace ("unit-root/dev: No such file or directory"), and
# starts it once more.
is_guarded() {
	expect "unitward is running" await 10 in_container systemctl is-active unitward.service
	[ "$(in_container systemctl show -P NRestarts unitward.service)" = 0 ] ||
		skip "unitward's first start" "$(in_container journalctl -b -u unitward.service -o cat --no-pager | grep -m 1 'Failed to set up\|status=')"
}

boot() { # MODE: a fresh root, booted
	local from
	halt
	mode=$1 root=$work/$release-$mode
	from=$(base_root) || skip_all "no root of $release: $from"
	if [ "$mode" != absent ]; then from=$(guarded_root "$from") || { not_ok "install" "$from"; return 1; }; fi
	cp -a --reflink=auto "$from" "$root"
	[ "$mode" = absent ] || set_mode
	[ "$mode" = absent ] || [ -z "${INSTRUMENTED:-}" ] || instrument
	if [ "$(type -t prepare)" = function ]; then prepare "$root"; fi
	start
}

# With the programs of INSTRUMENTED, and the runtime of their sanitizers. What looks for leaks at the end of a process traces
# it.
instrument() {
	local program path
	for program in sbin/unitwardd bin/unitward lib/unitward/unitward-audit lib/systemd/system-generators/unitward-generator; do
		cp "$top/$INSTRUMENTED/${program##*/}" "$root/usr/$program" || return
	done
	for path in $(ldd "$top/$INSTRUMENTED/unitwardd" | sed -n 's/.* => \(\/[^ ]*\).*/\1/p'); do
		[ -e "$root/usr/lib/${path#*/lib/}" ] || cp -L "$path" "$root/usr/lib/${path#*/lib/}"
	done
	mkdir -p "$root/etc/systemd/system/unitward.service.d"
	printf '[Service]\nSystemCallFilter=ptrace\n' >"$root/etc/systemd/system/unitward.service.d/instrumented.conf"
}

# All that was said since the boot.
check_sanitizers() { # LOG...
	local found
	found=$(grep -hm 1 -E 'Sanitizer|runtime error:' "$@")
	if [ -z "$found" ]; then ok "a sanitizer never finds anything"; else not_ok "a sanitizer never finds anything" "$found"; fi
}

# What is there at the first start is what is authorised: nobody has to look.
set_mode() {
	sed -i "s/^mode = .*/mode = \"$mode\";/; s/^baseline = .*/baseline = \"automatic\";/" "$root/etc/unitward/unitward.conf"
}

start() { # boots $root, again or for the first time; init_arguments: what PID 1 is given
	local log=$build/log/$scenario-$release-$mode.log
	declare -f >"$root/srv/functions"
	own_cgroup
	# Dies with this script, and all in its process namespace with it.
	SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=yes setpriv --pdeathsig KILL \
		unshare --pid --fork --kill-child=KILL --mount-proc \
		systemd-nspawn --boot --quiet --machine="$machine" --directory="$root" \
		--register=no ${cgroup:+--keep-unit} --capability=all --private-network \
		--system-call-filter="@privileged fanotify_init fanotify_mark open_by_handle_at" \
		--console=pipe --timezone=off ${init_arguments-} >"$log" 2>&1 &
	nspawn=$!
	if await 30 find_leader && await 60 is_up; then
		[ "$mode" = absent ] || [ -n "${unguarded:-}" ] || is_guarded
		return
	fi
	halt
	[ "$mode" != absent ] || skip_all "systemd-nspawn: $(tail -n 1 "$log")"
	not_ok "boot" "$(tail -n 1 "$log")"
	return 1
}

# Without systemd on the host nobody else gives the container a cgroup of its own.
own_cgroup() {
	local tree=/sys/fs/cgroup
	[ ! -d /run/systemd/system ] || return 0
	[ -f $tree/cgroup.procs ] || tree=$tree/unified
	cgroup=$tree/$machine
	mkdir -p "$cgroup" && echo $$ >"$cgroup/cgroup.procs"
}

find_leader() {
	local pid
	for pid in $(pgrep -P "$(pgrep -P "$nspawn")" 2>/dev/null); do
		case $(readlink "/proc/$pid/exe") in
		*/lib/systemd/systemd) leader=$pid; return ;;
		esac
	done
	return 1
}

is_up() {
	case $(in_container systemctl is-system-running --wait 2>/dev/null) in
	running | degraded) return 0 ;;
	esac
	return 1
}

# As root's shell, in nobody's session. It stops at LIMIT seconds.
in_container() { # COMMAND...
	timeout -k 5 "${LIMIT:-30}" nsenter -t "$leader" -a \
		env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
		bash -c '. /srv/functions; "$@"' bash "$@"
}

# As root by way of sudo, from the login of "admin" of group sudo.
as_admin() { # COMMAND...
	(echo 1000 >/proc/self/loginuid && in_container "$@")
}

daemon_pids() { # as the host numbers them
	pgrep -x --ns "$leader" --nslist pid unitwardd
	pgrep -x --ns "$leader" --nslist pid unitward-scout
}

power_off() {
	[ -n "$leader" ] && kill -RTMIN+4 "$leader" &&
		timeout 20 tail -s 0.1 -f --pid="$nspawn" /dev/null
}

halt() {
	local log=$build/log/$scenario-$release-$mode.journal
	[ -n "$nspawn" ] || return 0
	if ! power_off; then
		# An unanswered event may block anybody in there: its daemon goes first.
		# shellcheck disable=SC2046,SC2086
		kill -KILL $(daemon_pids) $leader "$nspawn"
	fi 2>/dev/null
	wait "$nspawn" 2>/dev/null
	nspawn='' leader=''
	journalctl --quiet --directory="$root/var/log/journal" >"$log" 2>/dev/null
	[ "$mode" = absent ] || [ -z "${INSTRUMENTED:-}" ] || check_sanitizers "$log" "${log%.journal}.log"
	rmdir "/run/systemd/nspawn/propagate/$machine" 2>/dev/null
	[ -n "$cgroup" ] || return 0
	echo $$ >"${cgroup%/*}/cgroup.procs"
	find /sys/fs/cgroup/{,*/}"$machine" -depth -type d -exec rmdir {} + 2>/dev/null
}

# --- what unitward says ----------------------------------------------------------------------

# The only place that knows how a record spells its fields: "a.b", or b within a.
record_fields='def field(name): .[name] // (try getpath(name / ".") catch null);
	def path: field("file.path"); def exe: field("process.executable");
	def rule: field("rule.name"); def verdict: field("unitward.verdict");
	def mode: field("unitward.mode"); def told: rule != null and ([field("event.action", "event.outcome")] | all(. != null));
	def complete: told and ([field("process.pid", "user.id")] | all(. != null));'

# Is there a record, with every field a record has, of what was or would have been denied?
recorded() { # PATH [EXE]; PATH may end in "*", EXE is "-" where nobody can know who it was
	await 3 has_record "$@" || { last_record_of "${1%\*}"; return 1; }
}

last_record_of() { # the beginning of a path
	in_container unitward events --json | jq -rs --arg path "$1" "$record_fields"'
		[.[] | select(path // "" | startswith($path)) | field("message")] | last // "no record at all"'
}

has_record() {
	in_container unitward events --json | jq -es --arg path "$1" --arg exe "${2:-}" --arg mode "$mode" \
		"$record_fields"'def meant: path == $path or ($path | endswith("*")) and (path // "" | startswith($path[:-1]));
			any(.[]; meant and mode == $mode and verdict != "allow" and
				(if $exe == "-" then told else complete and ($exe == "" or exe == $exe) end))' >/dev/null
}

nothing_denied() {
	local paths
	paths=$(in_container unitward events --json --denied | jq -rs "$record_fields"'.[] | path') || return
	[ -z "$paths" ] || { echo "denied: ${paths//$'\n'/ }"; return 1; }
}

# Every path in the list of what is in quarantine, whatever else the list says.
quarantine_paths() {
	in_container unitward quarantine list --json | jq -r '.. | strings | select(startswith("/"))'
}

in_quarantine() { # PATH
	await 3 has_quarantined "$1"
}

has_quarantined() {
	quarantine_paths | grep -qxF -- "$1"
}

nothing_in_quarantine() {
	local paths
	paths=$(quarantine_paths) || return
	[ -z "$paths" ] || { echo "in quarantine: ${paths//$'\n'/ }"; return 1; }
}

# The ledger as a copy, $work/ledger.db: nobody but the daemon opens its log for writing. Read in the container: of somebody
# out here it cannot be told whether he only reads what the daemon has open.
copy_ledger() {
	local each
	rm -f "$work"/ledger.db*
	for each in ledger.db ledger.db-wal; do
		in_container cat "/var/lib/unitward/$each" >"$work/$each" || return
	done
}

trap finish EXIT
trap 'exit 1' HUP INT TERM
need
mkdir -p "$work" "$build/log"
