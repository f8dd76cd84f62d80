#!/bin/bash
# The Sigma rules: as the specification wants them, about fields that our records have, and each fires on what it is about and
# on nothing else. What takes a manager, a race or a broken machine is tried by specimens.
# filesystems: tmpfs
# modes: audit enforce
. "${0%/*}/lib.sh"
. "${0%/*}/gated.sh"

here=$(cd "${0%/*}" && pwd)
top=$here/../..
rules=$top/packaging/sigma

for python in python3 /usr/bin/python3 ''; do
	[ -n "$python" ] || skip_all 'no YAML parser for Python: packaging/install-dependencies installs it'
	! "$python" -c 'import yaml' 2>/dev/null || break
done
sigma() { timeout -k 5 30 "$python" "$here/sigma.py" "$@"; }

check_status 'they are what the specification asks for' 0 sigma check "$rules"
check_status 'their fields are in the journal by the names that are told' 0 sigma journal "$rules" \
	"$top/packaging/sigma-journal.yml" "$top/src/response"

# It can find fault.
mkdir "$WORK/wrong" && sed 's/^level: .*/level: urgent/; s/unitward\.kind/unitward.kin/' "$rules/unitward_alert.yml" >"$WORK/wrong/unitward_alert.yml"
check_status 'a level that is none is found' 1 sigma check "$WORK/wrong"
check_said 'and told' 'unitward_alert: level'

# finds NAME PATTERN "RULE..." COMMAND...: these rules, in alphabetical order, fire on the records that have the pattern, and no other.
expected=$WORK/expected pending=()
finds() {
	local name=$1 pattern=$2 rules=$3
	shift 3
	try "$@" || { skip "$name" "$said"; return; }
	pending+=("$pattern"$'\t'"$name${rules:+$'\t'${rules// /$'\t'}}")
}

# settle: what was tried since the last time is recorded by now.
from=0
settle() {
	local to each
	for each in "${pending[@]}"; do
		within 5 grep -qE -- "${each%%$'\t'*}" "$LOG" || not_ok "$each" 'it is not recorded'
	done
	within 5 eval '[ "$(unitward status --json | jq .queue.records)" = 0 ]'
	sleep 0.5
	to=$(wc -l <"$LOG")
	printf "$from\t$to\t%s\n" "${pending[@]}" >>"$expected"
	from=$to pending=()
}

runctl=$SCRATCH/usr/bin/runctl
mkdir -p "$SCRATCH/etc/unitward/policy.d" "$RUN/transient"
echo '# a policy' >"$SCRATCH/etc/unitward/unitward.conf"
install -m 0755 "$BUILD/tests/gatedctl" "$runctl"
gate "zones: { unitward: { preset = \"unitward\"; root = \"$SCRATCH\"; }; };"
sed -i "s,^commands: {,& systemd-run: { preset = \"systemd-run\"; exe = [ \"$runctl\" ]; };," "$RULES"
start_daemon
within 10 eval 'unitward status --json | jq -e .gap.done >/dev/null'

if enforcing; then change=unitward_change_prevented; else change=unitward_change_unauthorised; fi
evil moved.service
finds 'a package manager writes a timer' good.timer '' fake_dpkg run attack create "$UNITS/good.timer"
finds 'a unit is written' evil.service $change attack create "$UNITS/evil.service"
finds 'a timer is written' evil.timer "$change unitward_timer_planted" attack create "$UNITS/evil.timer"
finds 'a unit is moved in' moved.service $change mv "$planted" "$UNITS/moved.service"
finds 'a unit is removed' '/system/removed.service"' $change attack unlink "$UNITS/removed.service"
finds 'a unit is masked' auditd.service unitward_unit_masked ln -s /dev/null "$UNITS/auditd.service"
finds 'a transient unit is written' run-r1.service "$change unitward_transient_unit" attack create "$RUN/transient/run-r1.service"
finds 'the policy is written' '/etc/unitward/unitward.conf"' unitward_own_files_tampering attack write "$SCRATCH/etc/unitward/unitward.conf"
finds 'a unit is enabled by a command' 'gatedctl enable gone.timer' unitward_command_refused "$GATED" enable gone.timer
finds 'a timer is asked for by a command' 'runctl.*minutely' unitward_transient_unit "$runctl" --on-calendar=minutely id
finds 'an operator enables by a command' 'gatedctl enable own.timer' '' operator run "$GATED" enable own.timer
finds 'a directory is covered' '"action":"mount"' unitward_mount_over_units mounter tmpfs "$UNITS/authorised.service.d"
settle
enforcing || umount --lazy "$UNITS/authorised.service.d"
finds 'the guard is killed' '"kind":"takeover"' unitward_blind kill -KILL "$(guard)"
settle
evil unwatched.service
stop_daemon
mv "$planted" "$UNITS/unwatched.service"
start_daemon
finds 'it was stopped' '"kind":"stopped"' unitward_stopped true
finds 'changed while nobody watched' unwatched.service unitward_changed_unwatched true
settle

# What takes more than that.
"$BUILD/tests/specimens" >"$WORK/specimens"
of() { # PATTERN RULE...
	local rules
	rules=$(printf '\t%s' "${@:2}")
	printf '0\t99\t%s\tspecimen, %s%s\n' "$1" "${1//\"/}" "${2:+$rules}" >>"$WORK/specimens.expected"
}
for kind in overflow timeout problem takeover; do of "\"kind\":\"$kind\"" unitward_blind; done
for kind in held loaded; do of "\"kind\":\"$kind\"" unitward_changed_unwatched; done
for kind in access arrival started baseline snapshot policy control gap restored; do of "\"kind\":\"$kind\",\"mode"; done
of '"kind":"evasion"' unitward_command_evasion
of '"kind":"stop-refused"' unitward_own_files_tampering
of '"kind":"start"' unitward_suspicious_start unitward_timer_short_interval
of '"response":"alert"' unitward_alert unitward_timer_short_interval
of '"response":"stop"' unitward_alert unitward_alert_answered unitward_timer_short_interval

sigma expect "$rules" "$LOG" "$expected" || not_ok 'records' 'the rules cannot be tried on them'
sigma expect "$rules" "$WORK/specimens" "$WORK/specimens.expected" || not_ok 'specimens' 'the rules cannot be tried on them'

# The mode of the other run has one more rule; a login of its own, and who wrote last, nobody has here.
missing=$(sigma fields "$rules" "$LOG" "$WORK/specimens" | grep -vxE 'unitward\.(login_uid|last_writer)' | xargs)
enforcing || missing=${missing/unitward.quarantine_id/}
check 'records have all fields that they name' "not: $missing" test -z "${missing// /}"

finish
