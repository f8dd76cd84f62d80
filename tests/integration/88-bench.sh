#!/bin/bash
# The bench measures and reports: one section in a second or two. What it measures is not judged here.
# filesystems: tmpfs
# modes: enforce
. "${0%/*}/lib.sh"

bench() {
	(cd "${BUILD%/*}" && env -u KEEP RESULTS="$WORK/bench" RUNS=3 ROUNDS=20 OPENERS=2 FILESYSTEM=tmpfs timeout 60 tests/bench/run "$@") >"$WORK/table" 2>"$WORK/errors"
}
bench openers
said=$(<"$WORK/table")
check_said 'the table has what was measured' 'opens in a second, eight openers.*floor responder.*0\.8'
said=$(jq -c '[.machine.kernel, .machine.cpus, .machine.filesystem, .sections.openers.figures.openers.runs,
	(.sections.openers.figures.openers.ratio | .median, .p99), .sections.openers.figures.openers.subject.median] |
	map(type)' "$WORK/bench/results.json" 2>&1)
check_said 'so has the JSON, with the machine' '^\["string","number","string","number","number","number","number"\]$'
check_status 'who judges fails nothing' 0 "${BUILD%/*}/tests/bench/report" --goals "$WORK/bench"
check_said 'and says what was not measured' '[0-9]+ met, [0-9]+ missed, [0-9]+ not measured'
bench nothing
said=$(<"$WORK/errors")
check_said 'an unknown section is told of' 'there is no section "nothing"; there are: open work'
finish
