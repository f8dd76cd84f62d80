#!/bin/bash
# valgrind over each command of unitward, and the generator: it finds no error, and nothing that was allocated is lost at exit.
# filesystems: ext4
# modes: enforce
. "${0%/*}/lib.sh"

type -P valgrind >/dev/null || skip_all 'valgrind is not installed'
! has_sanitizers || skip_all 'the build has sanitizers, which valgrind cannot run'

start_daemon
# tool NAME COMMAND...: what it ends with does not matter here.
tool() {
	local name=$1
	shift
	timeout 120 valgrind --quiet --leak-check=full --show-leak-kinds=definite,indirect,possible --errors-for-leak-kinds=definite,indirect,possible \
		--error-exitcode=99 --log-file="$WORK/tool" "$@" >"$WORK/said" 2>&1 </dev/null
	status=$?
	check "$name: valgrind is silent" "exit status $status: $(grep -m 3 '^==' "$WORK/tool")" \
		eval '[ $status -lt 99 ] && ! grep -q "^==" "$WORK/tool"'
}
evil tool.service
mv "$planted" "$UNITS/tool.service"
within 10 state_is "$UNITS/tool.service" absent
id=$(unitward quarantine list --json | jq -r '.[0].id')
cat >"$WORK/commands.conf" <<-END
	mode = "enforce";
	zones: { system-units: { preset = "system-units"; root = "$SCRATCH"; }; };
	actors: { operators: { uid = 0; }; };
	commands: { systemctl: { preset = "systemctl"; }; };
	rules = ( { id = "read"; command = "systemctl"; verb = "@read"; then = "allow"; } );
END
cat >"$WORK/tests.conf" <<-END
	tests = ( { actor = { exe = "/bin/sh"; ancestors = [ "/bin/ls" ]; }; on = "create"; path = "$UNITS/x.timer"; then = "allow"; },
	          { actor = { uid = 5; }; command = "systemctl 'status' x"; then = "allow"; rule = "read"; } );
END
# shellcheck disable=SC2162 # a word may have spaces in it
while read -a words; do
	tool "unitward ${words[*]//$WORK/}" "$BUILD/unitward" --socket "$RUNTIME/control" "${words[@]}"
done <<-END
	status --json
	events --log $LOG --json --denied --since 1h
	quarantine list
	quarantine show $id
	quarantine purge --older-than 1
	diff --json
	approve $UNITS/nothing.service
	revoke $UNITS/nothing.service
	install $OUTSIDE/nothing.service
	ledger export
	ledger import $WORK/commands.conf
	explain --policy $POLICY --uid 0 --op create $UNITS/x.timer
	explain --policy $WORK/commands.conf --json --command systemctl\ enable\ x.timer
	explain --policy $WORK/commands.conf --replay $LOG
	test --policy $WORK/commands.conf $WORK/tests.conf
	test --json --policy $POLICY $WORK/tests.conf $LOG
	suggest --policy $POLICY --replay $LOG
	suggest --policy $POLICY --trust /usr/bin/bash --json --since 1h --replay $LOG
	check $POLICY
	check --json $WORK/commands.conf
	check $LOG
	report --html $WORK/report.html --json --since 1h --log $LOG
	enforce --for 1m
	confirm
	audit
	doctor --policy $POLICY
	polkit --policy $WORK/commands.conf
	polkit --policy $WORK/commands.conf --check
END
mkdir -p "$WORK/early"
tool 'unitward-generator' env SYSTEMD_UNIT_PATH="$UNITS:$VENDOR" "$BUILD/unitward-generator" --policy "$POLICY" \
	--snapshot "$STATE/boot.snapshot" --golden "$STATE/golden" --socket "$RUNTIME/boot-gate" "$WORK/early" "$WORK/early" "$WORK/early"
finish
