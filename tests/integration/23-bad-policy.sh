#!/bin/bash
# A daemon with a damaged policy does not start: exit status 1, and file, line and reason.
# filesystems: ext4
# modes: enforce
. "${0%/*}/lib.sh"

cp "$POLICY" "$WORK/good.conf"

# does_not_start NAME PATTERN: with the policy as it is now.
does_not_start() {
	check_status "$1: does not start" 1 run_daemon 5
	check_said "$1: says where" "$2"
}

# damaged NAME SED-SCRIPT: the first line that it changes is the one to be named.
damaged() {
	local line
	sed "$2" "$WORK/good.conf" >"$POLICY"
	line=$(cmp "$POLICY" "$WORK/good.conf" | sed 's/.*line //')
	does_not_start "$1" "unitward\.conf:$line:"
	check_status "$1: unitward check agrees" 1 unitward check "$POLICY"
	check_said "$1: unitward check says where" "unitward\.conf:$line:"
}

damaged 'unknown mode' 's/"enforce"/"enforced"/'
damaged 'mode of the wrong type' 's/mode = .*/mode = 1;/'
damaged 'misspelt section' 's/^zones/zonez/'
damaged 'unknown preset' 's/preset = "system-units"/preset = "system-unit"/'
damaged 'relative root' 's/root = "\//root = "/'
damaged 'unknown setting of a zone' 's/homes = /house = /'
damaged 'executable that attackers have too' 's,"[^"]*fake_dpkg","/bin/sh",'
damaged 'unknown setting of an actor' 's/descendants/ascendants/'
damaged 'rule for an unknown actor' 's/actor = "packages"/actor = "pakcages"/'
damaged 'rule for an unknown zone' 's/zone = \[ "system-units"/zone = [ "system-unit"/'
damaged 'unknown operation' 's/"modify"/"modifies"/'
damaged 'unknown outcome' 's/then = "allow"/then = "permit"/'
damaged 'unknown default' 's/default = "deny"/default = "refuse"/'
damaged 'setting without a value' 's/^mode = .*/mode = ;/'
damaged 'stray bytes' $'s/^rules/\x01\xff\x02rules/'

cp "$WORK/good.conf" "$POLICY"
chmod 0666 "$POLICY"
does_not_start 'policy that others may write' 'unitward\.conf'
chmod 0644 "$POLICY"
chown 65534 "$POLICY"
does_not_start 'policy of another owner' 'unitward\.conf'
rm "$POLICY"
does_not_start 'policy that is missing' 'unitward\.conf'
mkdir "$POLICY"
does_not_start 'directory as policy' 'unitward\.conf'
rmdir "$POLICY"
chmod 0777 "$PROGRAMS/fake_dpkg"
cp "$WORK/good.conf" "$POLICY"
does_not_start 'executable that others may write' 'unitward\.conf:[0-9]+:'
chmod 0755 "$PROGRAMS/fake_dpkg"

# A list may name programs that this machine does not have.
sed 's/"[^"]*fake_dpkg"/"\/usr\/bin\/no-such-program"/' "$WORK/good.conf" >"$POLICY"
check_status 'executable that does not exist: is no error' 0 unitward check "$POLICY"
check_said 'executable that does not exist: is warned of' 'unitward\.conf:[0-9]+: packages'

# Contents that the policy authorises: check says where each is written, and only when it is asked.
{ cat "$WORK/good.conf"; echo 'authorised = ( { path = "/x/a.service"; target = "/dev/null"; } );'; } >"$POLICY"
check_status 'authorised contents: counted' 0 unitward check "$POLICY"
check_said 'authorised contents: how many' '1 authorised contents'
check 'authorised contents: not listed unasked' "$(unitward check "$POLICY")" \
	eval '! unitward check "$POLICY" | grep -q "/x/a.service -> "'
check_status 'authorised contents: --verbose' 0 unitward check --verbose "$POLICY"
check_said 'authorised contents: path, target, file and line' "/x/a.service -> /dev/null \\(.*unitward\.conf:$(wc -l <"$POLICY")\\)"
check 'authorised contents: --json' "$(unitward check --json "$POLICY")" \
	eval 'unitward check --json "$POLICY" | jq -e ".files[0].authorised | length == 1 and .[0].target == \"/dev/null\"" >/dev/null'

cp "$WORK/good.conf" "$POLICY"
rm -rf "${UNITS:?}" "${VENDOR:?}"
start_daemon
check 'a protected directory that is missing is no error' "$(tail -n 1 "$ERRORS")" daemon_runs

finish
