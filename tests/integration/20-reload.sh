#!/bin/bash
# The policy is loaded again: a good one replaces the running one, a bad one leaves it in force.
# filesystems: ext4
# modes: enforce
. "${0%/*}/lib.sh"

mode_of_daemon() { unitward status --json | jq -r .mode; }
mode_is() { [ "$(mode_of_daemon)" = "$1" ]; }

start_daemon
check 'status tells the mode' "$(mode_of_daemon)" mode_is enforce

MODE=audit write_policy
kill -HUP "$daemon"
check 'SIGHUP: audit mode is in force' "$(mode_of_daemon)" within 2 mode_is audit
check_status 'SIGHUP: nothing is refused any more' 0 attack create "$UNITS/audited.timer"
check 'audited: the manager may load it' 'its load is denied' loads "$UNITS/audited.timer"

write_policy
check_status 'check --in-force: another policy than the daemon has' 1 unitward check --in-force "$POLICY"
check_said 'check --in-force: what to do' 'load this one with: unitward reload'
check_status 'unitward reload' 0 unitward reload
check_status 'check --in-force: the same' 0 unitward check --in-force "$POLICY"
check_status 'check --in-force: nobody answers' 3 unitward check --in-force --socket "$WORK/nobody" "$POLICY"
check 'unitward reload: enforce mode is in force' "$(mode_of_daemon)" mode_is enforce
denied 'create after reload' create "$UNITS/evil.timer" attack create "$UNITS/evil.timer"
check_does_not_load 'planted in audit mode: does not load in enforce mode' "$UNITS/audited.timer"

# refused NAME: the policy as it is now is refused at its line, and the old one stays in force.
refused() {
	local line
	line=$(grep -n 'WRONG' "$POLICY" | cut -d: -f1)
	check_status "$1: unitward reload fails" 1 unitward reload
	check_said "$1: file and line are named" "unitward\.conf:$line:"
	kill -HUP "$daemon"
	recorded "$1" '.event.action == "policy" or (.message // "" | test("unitward.conf:[0-9]+:"))'
	check "$1: the old policy is in force" "$(mode_of_daemon)" mode_is enforce
	denied "create after $1" create "$UNITS/evil.timer" attack create "$UNITS/evil.timer"
}

MODE=audit write_policy 'colour = "green"; # WRONG'
refused 'unknown setting'
MODE=audit write_policy 'zones = ( ; # WRONG'
refused 'syntax error'

MODE=audit write_policy
chmod 0666 "$POLICY"
check_status 'policy that others may write: refused' 1 unitward reload
check 'policy that others may write: the old one is in force' "$(mode_of_daemon)" mode_is enforce
chmod 0644 "$POLICY"
cp "$POLICY" "$POLICY.away"
for size in 0 40; do
	truncate -s $size "$POLICY"
	check_status "policy that is cut after $size bytes: refused" 1 unitward reload
	check_said "policy that is cut after $size bytes: the file is named" 'unitward\.conf'
	check "policy that is cut after $size bytes: the old one is in force" "$(mode_of_daemon)" mode_is enforce
done
mv "$POLICY.away" "$POLICY"
mv "$POLICY" "$POLICY.away"
check_status 'policy that is gone: refused' 1 unitward reload
mv "$POLICY.away" "$POLICY"

# policy.d adds to it, all or nothing.
write_policy
mkdir "$WORK/policy.d"
echo 'mode = ; # WRONG' >"$WORK/policy.d/50-broken.conf"
check_status 'broken fragment: refused' 1 unitward reload
check_said 'broken fragment: file and line are named' '50-broken\.conf:1:'
echo >"$WORK/policy.d/50-broken.conf"
check_status 'emptied fragment: refused' 1 unitward reload
check_said 'emptied fragment: the file is named' '50-broken\.conf'
rm "$WORK/policy.d/50-broken.conf"
# A place that was not protected before: what is there would go, /etc/fstab say.
mkdir "$SCRATCH/etc/new" "$SCRATCH/etc/empty"
echo 'zones: { empty: { paths = [ "'"$SCRATCH/etc/empty"'" ]; }; };' >"$WORK/policy.d/60-places.conf"
check_status 'an empty place is new: loaded' 0 unitward reload
denied 'create there' create "$SCRATCH/etc/empty/evil" attack create "$SCRATCH/etc/empty/evil"
echo root >"$SCRATCH/etc/new/table"
sed -i 's|};.*|}; new: { paths = [ "'"$SCRATCH/etc/new"'" ]; }; };|' "$WORK/policy.d/60-places.conf"
check_status 'one that holds something: refused' 1 unitward reload
check_said 'one that holds something: it is named' "would go to quarantine: $SCRATCH/etc/new"
check_said 'one that holds something: what to do' 'load it with mode = .audit'
check 'one that holds something: nothing is taken' "$(ls "$SCRATCH/etc/new")" test -e "$SCRATCH/etc/new/table"
denied 'the old policy stays in force' create "$SCRATCH/etc/empty/evil" attack create "$SCRATCH/etc/empty/evil"
echo 'mode = "audit";' >"$WORK/policy.d/90-mode.conf"
check_status 'in audit mode: loaded' 0 unitward reload
check_status 'in audit mode: authorised' 0 operator baseline --take --yes
rm "$WORK/policy.d/90-mode.conf"
check_status 'authorised: loaded' 0 unitward reload
check 'authorised: stays' "$(ls "$SCRATCH/etc/new")" test -e "$SCRATCH/etc/new/table"
denied 'write there' modify "$SCRATCH/etc/new/table" attack write-append "$SCRATCH/etc/new/table"

permitted 'create' create "$UNITS/good.timer" attack create "$UNITS/good.timer"

finish
