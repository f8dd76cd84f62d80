#!/bin/bash
# Nobody locks himself out: the mode is switched while the daemon runs, for a trial that ends by itself, and what was said
# outlives a kill -9 and no reboot; with a policy that refuses everybody everything the kernel's command line gives the
# machine back; and a first start in enforce mode takes no baseline by itself.
# filesystems: ext4 tmpfs
# anywhere: what is decided, not where
# modes: enforce
. "${0%/*}/lib.sh"

readonly EVIL=$UNITS/evil.timer
n=0

# It is the machine's: another one is mounted over it, in the mount namespace of this script.
command_line() { echo "root=/dev/sda1 quiet $*" >"$WORK/cmdline"; }
command_line
mount --bind "$WORK/cmdline" /proc/cmdline || skip_all 'cannot mount over /proc/cmdline'
[ ! -e /run/systemd/container ] || mount -t tmpfs tmpfs /run/systemd || skip_all 'cannot hide that this is a container'


# enforced NAME: a stranger is refused, and the package manager is not.
enforced() {
	denied "$1" create "$EVIL" attack create "$EVIL"
	check_status "$1: the package manager is not refused" 0 fake_dpkg run attack create "$UNITS/good$((n += 1)).timer"
}

# audited NAME: a stranger is reported, and has his way.
audited() {
	MODE=audit denied "$1" create "$EVIL" attack create "$EVIL"
	rm -f "$EVIL"
}

is_refused() { try attack create "$EVIL" && was_refused; }
# Where no guard is, what was refused leaves an empty file until there is one.
passes() { rm -f "$EVIL" && try attack create "$EVIL" && [ $status = 0 ] && rm -f "$EVIL"; }

ruling() { unitward status --json | jq -e "$1" >/dev/null; }
check_ruling() { check "$1" "status: $(unitward status --json | jq -c '[.mode, .mode_ruling]')" ruling "$2"; }

kill_daemon() {
	kill -KILL -- "-$daemon"
	within 2 daemon_is_gone
	wait "$daemon" 2>/dev/null
	daemon=
}

# policy MODE: loaded anew, as whoever manages the configuration does.
policy() {
	MODE=$1 write_policy
	check_status "the policy says $1: reload" 0 unitward reload
}

# ---- who may ----

MODE=audit write_policy
start_daemon
audited 'the policy says audit'
check_status 'enforce, said by a root shell' 1 unitward enforce
check_said 'enforce, said by a root shell: who may is the policy'"'s" 'refused by the rule "default".*on = "approve"'
audited 'nothing has changed'
check_status 'confirm, and there is nothing' 1 operator confirm
check_said 'confirm, and there is nothing: why' 'nothing to confirm: policy says audit'
for wrong in 0s 8d soon -5s; do
	operator enforce "--for=$wrong" >"$WORK/said" 2>&1
	status=$?
	check "enforce --for $wrong" "exit status $status: $(<"$WORK/said")" test $status = 1 -o $status = 2
done

# ---- a trial ends by itself ----

evil passed.timer && mv "$planted" "$UNITS/passed.timer"
sleep 0.3
check_status 'enforce --for 2s' 0 operator enforce --for 2s
check 'in the trial: a stranger is refused' "it said: $said" is_refused
check_ruling 'in the trial: status says until when' \
	'.mode == "enforce" and .mode_ruling.source == "override" and (.mode_ruling.confirmed | not) and
	.mode_ruling.until_usec > now * 1000000 and .policy.last_error == null'
check 'in the trial: what audit mode had let pass goes' 'it stays' within 2 state_is "$UNITS/passed.timer" absent
check 'it goes back by itself' 'still refused' within 5 passes
check_ruling 'the policy counts again' '.mode == "audit" and .mode_ruling.source == "policy"'
recorded 'the end of the trial' '.unitward.kind == "control" and (.message | test("not confirmed in time"))'
recorded 'who began it' '.unitward.kind == "control" and .process.executable == "'"$BUILD/unitward"'" and
	(.message | test("told to enforce: policy says audit, enforced until .* unless confirmed by: unitward confirm"))'
check_status 'confirm, too late' 1 operator confirm
audited 'after the trial'

# ---- a confirmed one stays, until the policy says something else ----

check_status 'enforce --for 2s, again' 0 operator enforce --for 2s
check_said 'it says how long' 'enforced until .* unless confirmed by: unitward confirm'
check_status 'confirm, said by a root shell' 1 unitward confirm
check_status 'confirm' 0 operator confirm
check_said 'confirm: what makes it permanent' 'the policy must say mode = "enforce"'
sleep 2.2
enforced 'confirmed'
policy audit
enforced 'loaded again, and the policy says what it said'
kill_daemon
start_daemon
enforced 'confirmed, and killed'
policy enforce
check_ruling 'the policy says it too' '.mode_ruling.source == "policy"'
policy audit
audited 'the policy says audit again'

# ---- killed in the trial ----

check_status 'enforce --for 4s' 0 operator enforce --for 4s
kill_daemon
start_daemon
check 'killed in the trial: it goes on' "it said: $said" is_refused
check 'killed in the trial: it is no longer' 'still refused' within 6 passes
check_status 'enforce --for 1s' 0 operator enforce --for 1s
kill_daemon
sleep 1.1
start_daemon
check 'over while the daemon was dead: a stranger is never refused beyond it' "it said: $said" passes
check_state 'over while the daemon was dead: nothing is left of it' "$RUNTIME/mode" absent

# The guard alone, and none that starts takes its place: what stands in for it keeps to the time as well.
check_status 'enforce --for 4s, once more' 0 operator enforce --for 4s
began=${EPOCHREALTIME/./}
cp "$POLICY" "$WORK/good.conf"
echo 'no policy' >>"$POLICY"
kill -KILL "$(guard)"
fake_manager load "$UNITS/authorised.service" >"$WORK/loaded"
status=$?
check 'no guard comes back in the trial: what is authorised loads' "exit status $status" test $status = 0
check 'no guard comes back in the trial: a stranger passes when it is over' "it said: $said" within 8 passes
elapsed=$(((${EPOCHREALTIME/./} - began) / 1000))
check 'no guard comes back in the trial: a stranger never passes before' "after $elapsed ms" test $elapsed -ge 3900
cp "$WORK/good.conf" "$POLICY"
kill_daemon
start_daemon
check_ruling 'a guard is back, and the trial is over' '.mode == "audit" and .mode_ruling.source == "policy"'

# ---- audit, though the policy says enforce ----

policy enforce
enforced 'the policy says enforce'
check_status 'a trial of what is so anyway' 1 operator enforce --for 2s
check_status 'audit, said by a root shell' 1 unitward audit
enforced 'a root shell switches nothing off'
check_status 'audit' 0 operator audit
audited 'told to audit'
check_status 'told to audit: status finds fault' 1 unitward status
check_said 'told to audit: status says by whom' 'policy says enforce, set to audit by .*unitward'
kill_daemon
start_daemon
audited 'told to audit, and killed'
check_status 'a trial, from there' 0 operator enforce --for 1s
check 'a trial, from there: a stranger is refused' "it said: $said" is_refused
check 'a trial, from there: back to audit' 'still refused' within 4 passes
check_status 'enforce' 0 operator enforce
check_ruling 'enforce: the policy says it anyway' '.mode == "enforce" and .mode_ruling.source == "policy"'
enforced 'told to enforce'

# ---- what cannot be noted ----

mkdir -p "$RUNTIME/mode.new/in-the-way"
check_status 'audit, no room to note it' 0 operator audit
check_said 'audit, no room to note it: said' 'a restart of the daemon forgets it'
audited 'no room to note it'
MODE=audit policy audit
check_status 'enforce, no room to note it' 1 operator enforce --for 1m
check_said 'enforce, no room to note it: said' 'nothing has changed; make room'
audited 'enforce, no room to note it'
rm -r "$RUNTIME/mode.new"

# ---- a reboot, and damage ----

check_status 'enforce' 0 operator enforce
stop_daemon
sed -i 's/"boot_id": "[^"]*"/"boot_id": "of yesterday"/' "$RUNTIME/mode"
start_daemon
audited 'a reboot: the policy counts'
echo '{ "mode": ' >"$RUNTIME/mode"
kill_daemon
start_daemon
audited 'damaged: the policy counts'
recorded 'damaged' '.unitward.kind == "problem" and (.message | test("cannot be read"))'
stop_daemon

# gate SNAPSHOT: what the boot gate does about planted.service, where no daemon answers: true when it is masked.
EARLY=$WORK/early
gate() {
	rm -rf "$EARLY" && mkdir "$EARLY"
	SYSTEMD_UNIT_PATH=$UNITS:$VENDOR "$BUILD/unitward-generator" --policy "$POLICY" --snapshot "$1" \
		--golden "$STATE/golden" --socket "$WORK/nobody" "$EARLY" "$EARLY" "$EARLY" >"$WORK/said" 2>&1
	[ -L "$EARLY/planted.service" ]
}

# ---- a first start in enforce mode ----

rm -rf "$STATE" "${RUNTIME:?}"/* && : >"$LOG"
write_policy
sed -i '/^baseline/d' "$POLICY"
start_daemon
check 'first start: said on standard error' "$(<"$ERRORS")" grep -q 'the policy says enforce, and nothing has been authorised' "$ERRORS"
recorded 'first start' '.unitward.kind == "problem" and (.message | test("nothing has been authorised here yet"))'
check_status 'first start: status' 1 unitward status
check_said 'first start: status says what to do' 'unitward baseline --take'
audited 'first start'
check_status 'first start: enforce' 1 operator enforce
check_said 'first start: enforce: what to do' 'nobody has said yet.*unitward baseline --take'
stop_daemon
unit planted.service >"$UNITS/planted.service"
check 'first start: the boot gate masks nothing either' "it said: $(<"$WORK/said")" eval '! gate "$STATE/boot.snapshot"'
check 'first start: the boot gate reports' "it said: $(<"$WORK/said")" grep -q planted.service "$WORK/said"
rm "$UNITS/planted.service"
start_daemon
audited 'first start, and another'
check_status 'a baseline is taken' 0 operator baseline --take --yes
enforced 'with a baseline'
stop_daemon
unit planted.service >"$UNITS/planted.service"
check 'with a baseline: the boot gate masks' "it said: $(<"$WORK/said")" gate "$STATE/boot.snapshot"

# ---- the way out ----

# Nobody may do anything, and nobody may say that it is to be otherwise.
printf '%s\n' 'mode = "enforce";' 'default = "deny";' "$(sed -n '/^zones/,/^};/p' "$POLICY")" >"$WORK/denies-all"
mv "$WORK/denies-all" "$POLICY"
start_daemon
check 'what was planted meanwhile goes' 'it stays' within 2 state_is "$UNITS/planted.service" absent
denied 'locked out: a stranger' create "$EVIL" attack create "$EVIL"
locked_out() { fake_dpkg run attack create "$UNITS/mended.service"; }
check_status 'locked out: the package manager' 1 locked_out
check_status 'locked out: audit' 1 operator audit
check_said 'locked out: audit: refused' 'refused by the rule "default"'
check 'locked out: there is a boot snapshot' 'there is none' within 3 test -s "$STATE/boot.snapshot"
stop_daemon
unit planted.service >"$UNITS/planted.service"
check 'locked out: the boot gate masks' "it said: $(<"$WORK/said")" gate "$STATE/boot.snapshot"

command_line unitward.mode=audit
check 'unitward.mode=audit: the boot gate masks nothing' 'it masks' eval '! gate "$STATE/boot.snapshot"'
check 'unitward.mode=audit: the boot gate reports' "it said: $(<"$WORK/said")" grep -q planted.service "$WORK/said"
start_daemon
audited 'unitward.mode=audit'
check_status 'unitward.mode=audit: the package manager' 0 locked_out
check_status 'unitward.mode=audit: status' 1 unitward status
check_said 'unitward.mode=audit: status says why' "policy says enforce, audits because unitward.mode=audit is on the kernel's command line"
check_status 'unitward.mode=audit: the policy may be loaded again' 0 unitward reload
audited 'unitward.mode=audit, loaded again'
unitward doctor --policy "$POLICY" >"$WORK/said" 2>&1
check 'unitward.mode=audit: doctor says why' "$(<"$WORK/said")" grep -q 'unitward.mode=audit is on' "$WORK/said"
rm "$UNITS/mended.service"
stop_daemon

command_line unitward.mode=off
check 'unitward.mode=off: the boot gate masks nothing' 'it masks' eval '! gate "$STATE/boot.snapshot"'
check 'unitward.mode=off: the boot gate says nothing' "it said: $(<"$WORK/said")" test ! -s "$WORK/said"
check_status 'unitward.mode=off: the daemon ends well' 0 run_daemon 10
check_said 'unitward.mode=off: it says so' "unitward.mode=off is on the kernel's command line: nothing is guarded"
check 'unitward.mode=off: a stranger' "it said: $said" passes
check_status 'unitward.mode=off: the package manager' 0 locked_out
check_status 'unitward.mode=off: status' 3 unitward status
check_said 'unitward.mode=off: status says why' "unitward.mode=off is on the kernel's command line"
rm "$UNITS/mended.service"

# The machine is mended, and boots as ever.
command_line
rm "$UNITS/planted.service"
start_daemon
denied 'without it: a stranger' create "$EVIL" attack create "$EVIL"
check_loads 'without it: what is authorised loads' "$UNITS/authorised.service"

finish
