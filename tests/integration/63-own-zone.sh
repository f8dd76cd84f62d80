#!/bin/bash
# A31, A32: unitward's own policy, state and programs are a zone of their own without being written as one.
# filesystems: ext4 tmpfs
# modes: audit enforce
. "${0%/*}/lib.sh"

# An installed system, in the scratch one.
ETC=$SCRATCH/etc/unitward
POLICY=$ETC/unitward.conf
STATE=$SCRATCH/var/lib/unitward
RUNTIME=$SCRATCH/run/unitward
more_options=(--policy "$POLICY" --state "$STATE" --runtime "$RUNTIME" --snapshot "$ETC/boot.snapshot")
mkdir -p "$ETC/policy.d" "$SCRATCH"/var/lib "$SCRATCH"/usr/{sbin,bin}
echo '# a program' | tee "$SCRATCH/usr/sbin/unitwardd" >"$SCRATCH/usr/bin/unitward"
chmod 0755 "$SCRATCH/usr/sbin/unitwardd" "$SCRATCH/usr/bin/unitward"
write_policy
cat >"$ETC/policy.d/own.conf" <<-END
	rules = (
	        { id = "operators-own-policy"; actor = "operators"; zone = "unitward"; place = "configuration"; then = "allow"; },
	        { id = "packages-own-programs"; actor = "packages"; zone = "unitward"; then = "allow"; }
	);
END
chmod 0644 "$POLICY" "$ETC/policy.d/own.conf"
status_is() { unitward status --json | jq -e "$1" >/dev/null; }
start_daemon
check 'it has settled' "$(unitward status --json | jq -c .gap)" within 10 status_is .gap.done
check 'it has a zone' "$(unitward status --json | jq -c .policy)" status_is '.policy.zones == 4'
digest=$(unitward status --json | jq -r .policy.digest)

# text FILE: another policy, to be moved into place.
another() {
	planted=$OUTSIDE/$1
	mkdir -p "$OUTSIDE"
	printf 'default = "allow";\n' >"$planted"
}

if enforcing; then
	denied 'policy: written' modify "$POLICY" attack write "$POLICY"
	denied 'policy: truncated' modify "$POLICY" attack rdonly-trunc "$POLICY"
	denied 'policy: a drop-in made' create "$ETC/policy.d/evil.conf" attack create "$ETC/policy.d/evil.conf"
	another evil.conf
	quarantined 'policy: a drop-in moved in' rename "$ETC/policy.d/evil.conf" attack rename "$planted" "$ETC/policy.d/evil.conf"
	another unitward.conf
	quarantined 'policy: replaced' rename "$POLICY" attack rename "$planted" "$POLICY"
	undone 'policy: removed' remove "$POLICY" attack unlink "$POLICY"
	undone 'policy: made writable' modify "$POLICY" attack chmod-open "$POLICY"
	denied 'program: written' modify "$SCRATCH/usr/sbin/unitwardd" attack write "$SCRATCH/usr/sbin/unitwardd"
	another unitwardd
	quarantined 'program: replaced' rename "$SCRATCH/usr/sbin/unitwardd" attack rename "$planted" "$SCRATCH/usr/sbin/unitwardd"
	check_status 'reload' 0 unitward reload
	check 'the policy is what it was' "$(unitward status --json | jq -c .policy)" status_is '.policy.digest == "'"$digest"'"'

	# Somebody who loads what he slips in.
	(
		while [ ! -e "$WORK/enough" ]; do
			another slipped
			mv "$planted" "$ETC/policy.d/slipped.conf"
		done
	) 2>/dev/null &
	slipper=$!
	for _ in $(seq 20); do
		unitward reload >/dev/null 2>&1
		unitward status --json | jq -r .policy.digest
	done | sort -u >"$WORK/digests"
	: >"$WORK/enough"
	wait $slipper
	check 'what is slipped in is never loaded' "$(<"$WORK/digests")" test "$(<"$WORK/digests")" = "$digest"
	within 5 state_is "$ETC/policy.d/slipped.conf" absent
	check_status 'reload after that' 0 unitward reload
fi

# ---- its state ----
permitted 'the ledger goes on' create "$UNITS/good.service" attack create "$UNITS/good.service"
in_ledger() { unitward ledger export --policy "$POLICY" --state "$STATE" --json | jq -e --arg path "$1" 'any(.[]; .path == $path)' >/dev/null; }
check 'the ledger is read beside the daemon' 'it is not there' within 5 in_ledger "$UNITS/good.service"
check_status 'diff reads it too' 0 unitward diff --policy "$POLICY" --state "$STATE"
check 'nobody was refused for that' "$(records '.unitward.target_unit == null and (.file.path // "" | test("ledger"))' | tail -n 1)" \
	eval '! has_record "(.file.path // \"\" | test(\"/ledger\"))"'

if enforcing; then
	golden=$(find "$STATE/golden" -type f | head -n 1)
	for file in ledger.db ledger.db-wal ledger.db-shm ledger.export "${golden#"$STATE/"}"; do
		try attack write-rdwr "$STATE/$file"
		check "state: $file cannot be written" "it said: $said" was_refused
	done
	denied 'state: a file made' create "$STATE/evil" attack create-empty "$STATE/evil"
	another export
	try attack rename "$planted" "$STATE/ledger.export"
	path=$STATE/ledger.export operation=rename verdict=deny recorded 'state: replaced' "$IS_DECIDED and $IS_BY_ACTOR"
	recorded 'state: replaced: what to do' '.unitward.kind == "problem" and (.message | test("ledger.export.*replaced"))'
	another beside
	quarantined 'state: a file moved in' rename "$STATE/beside" attack rename "$planted" "$STATE/beside"
	permitted 'state: the ledger goes on' create "$UNITS/good.timer" attack create "$UNITS/good.timer"
	check 'state: the export is written anew' "$(ls "$STATE")" within 5 grep -qs "good.timer" "$STATE/ledger.export"
	check_status 'state: nothing differs' 0 unitward diff --policy "$POLICY" --state "$STATE"
	try attack create "$RUNTIME/pending.evil"
	check 'run: cannot be written' "it said: $said" was_refused
else
	try attack create "$STATE/evil"
	check 'state: a file made: done' "$said" test $status = 0
	path=$STATE/evil operation=create verdict=deny recorded 'state: a file made' "$IS_DECIDED and $IS_BY_ACTOR"
fi

# ---- who may ----
"$PROGRAMS/operator" run sh -c "echo 'other_deadline_ms = 1900;' >>'$ETC/policy.d/own.conf'"
check 'an operator changes the policy' "$(tail -n 1 "$ETC/policy.d/own.conf")" grep -q 1900 "$ETC/policy.d/own.conf"
check_status 'and loads it' 0 unitward reload
check 'it is in force' "$(unitward status --json | jq -c .policy)" status_is '.policy.digest != "'"$digest"'"'
digest=$(unitward status --json | jq -r .policy.digest)
evil unitward
try fake_dpkg run attack rename "$planted" "$SCRATCH/usr/bin/unitward"
check 'a package brings a program' 'it is not there' grep -q planted "$SCRATCH/usr/bin/unitward"

# Meanwhile somebody else makes all directories be looked up again: he has not brought it.
(
	mkdir "$SCRATCH/home/passer-by"
	while [ ! -e "$WORK/passed" ]; do
		mkdir "$SCRATCH/home/passer-by/.config" && rmdir "$SCRATCH/home/passer-by/.config"
	done
) 2>/dev/null &
passer=$!
before=$(wc -l <"$LOG")
for count in $(seq 40); do
	evil unitward
	echo "# $count" >>"$planted"
	try fake_dpkg run attack rename "$planted" "$SCRATCH/usr/bin/unitward"
done
: >"$WORK/passed"
wait $passer
sleep 0.5
check 'packages bring programs while others walk by' "$(tail -n 1 "$SCRATCH/usr/bin/unitward")" grep -qx '# 40' "$SCRATCH/usr/bin/unitward"
check 'packages bring programs: nobody else is blamed' "$(tail -n "+$((before + 1))" "$LOG" | grep -m 1 'usr/bin/unitward')" \
	eval '! tail -n "+$((before + 1))" "$LOG" | jq -e "select(.file.path == \"$SCRATCH/usr/bin/unitward\" and .unitward.verdict != \"allow\")" >/dev/null'
keep "$SCRATCH/usr/bin/unitward"
keep "$ETC/policy.d/own.conf"

# ---- the guard killed: the next one opens what the marks of the last one are on ----
takeovers() { records '.message // "" | test("took over")' | jq -r '.message | capture("over (?<ms>[0-9]+) ms").ms'; }
has_taken_over() { [ "$(takeovers | wc -l)" = "$1" ]; }
for times in 1 2 3 4 5; do
	kill -KILL "$(guard)"
	within 10 has_taken_over $times || break
done
check 'the guard killed: another takes over' "$(takeovers | wc -l) times of 5" has_taken_over 5
longest=$(takeovers | sort -n | tail -n 1)
check "the guard killed: after $longest ms at most" 'it waited for itself' test "${longest:-9999}" -lt 400
check 'the guard killed: the policy stays' "$(unitward status --json | jq -c .policy)" status_is '.policy.digest == "'"$digest"'"'

# ---- killed: its own last deeds are nobody else's ----
kill -KILL -- "-$daemon"
within 2 daemon_is_gone
before=$(ls "$STATE/quarantine" | wc -l)
start_daemon
within 5 in_ledger "$UNITS/good.service"
check 'killed: nothing of its own is taken for a stranger'"'"'s' "$(ls "$STATE/quarantine")" test "$(ls "$STATE/quarantine" | wc -l)" = "$before"
check 'killed: the policy stays' "$(unitward status --json | jq -c .policy)" status_is '.policy.digest == "'"$digest"'"'

# ---- stopped, changed, started: what is in force is what is there ----
stop_daemon
echo 'other_deadline_ms = 1800;' >"$ETC/policy.d/offline.conf"
chmod 0644 "$ETC/policy.d/offline.conf"
echo 'half a copy' >"$STATE/golden/half-9"
start_daemon
recorded 'changed while stopped' '.unitward.kind == "problem" and (.message | test("policy was changed while nobody watched"))'
keep "$ETC/policy.d/offline.conf"
check_status 'changed while stopped: nothing differs' 0 unitward diff --policy "$POLICY" --state "$STATE"

# ---- a golden copy on its way, while somebody makes all directories be looked up again ----
try attack mkdir "$SCRATCH/home/somebody"
try attack mkdir "$SCRATCH/home/somebody/.config"
sleep 1
check 'a copy on its way: stays' "$(ls "$STATE/golden" "$STATE/quarantine")" test -e "$STATE/golden/half-9"
check 'a copy on its way: nobody is blamed' "$(records '.file.path // "" | test("/half-")' | tail -n 1)" \
	eval '! has_record ".file.path // \"\" | test(\"/half-\")"'

if ! enforcing; then
	echo 'other_deadline_ms = 1700;' >"$ETC/policy.d/audited.conf"
	check_status 'changed in audit mode, and loaded' 0 unitward reload
	check 'is authorised with that' 'it is not' within 5 in_ledger "$ETC/policy.d/audited.conf"
	keep "$ETC/policy.d/audited.conf"
fi

# ---- a policy that wants none ----
stop_daemon
echo 'protect_unitward = false;' >"$ETC/policy.d/none.conf"
rm "$ETC/policy.d/own.conf"
unset "kept[$ETC/policy.d/own.conf]"
chmod 0644 "$ETC/policy.d/none.conf"
start_daemon
check 'without a zone: there is none' "$(unitward status --json | jq -c .policy)" status_is '.policy.zones == 3'
check_status 'without a zone: everybody writes' 0 attack create "$ETC/policy.d/free"

finish
