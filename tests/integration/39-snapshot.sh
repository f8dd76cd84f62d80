#!/bin/bash
# The boot snapshot follows the ledger, also in a zone of its own: nobody else writes there, the daemon does. The
# generator masks by it, and asks the daemon what it does not say yet.
# modes: audit enforce
. "${0%/*}/lib.sh"

OWN=$SCRATCH/own
SNAPSHOT=$OWN/boot.snapshot
EARLY=$WORK/early
mkdir "$OWN" "$EARLY" "$WORK/policy.d"
more_options=(--snapshot "$SNAPSHOT")
echo "zones: { own: { paths = [ \"$OWN/\" ]; }; };" >"$WORK/policy.d/50-own.conf"

has_path() { grep -qF -- "	$1	" "$SNAPSHOT" 2>/dev/null; }
lacks_path() { ! has_path "$1"; }
is_intact() { [ "$(sed '$d' "$SNAPSHOT" | sha256sum | cut -d' ' -f1)" = "$(sed -n '$s/^sha256 //p' "$SNAPSHOT")" ]; }
snapshots() { jq -r 'select(.unitward.kind == "snapshot").message' "$LOG"; }

# gate [OPTION...]: what the generator puts into the early directory, and says.
gate() {
	rm -rf "$EARLY" && mkdir "$EARLY"
	gate_said=$(SYSTEMD_UNIT_PATH=$UNITS:$VENDOR SYSTEMD_PROC_CMDLINE='' \
		"$BUILD/unitward-generator" --policy "$POLICY" --snapshot "$SNAPSHOT" --golden "$STATE/golden" \
		--socket "$RUNTIME/boot-gate" "$@" "$EARLY" "$EARLY" "$EARLY" 2>&1)
}
masks() { [ "$(readlink "$EARLY/$1")" = /dev/null ]; }
early_is_empty() { [ -z "$(ls -A "$EARLY")" ]; }

start_daemon
check 'the baseline is in it' 'it is not' within 3 has_path "$UNITS/authorised.service"
check 'it is whole' 'its digest is wrong' is_intact
check 'its digest is recorded' "recorded: $(snapshots)" eval 'snapshots | grep -q "$(sed -n "\$s/^sha256 //p" "$SNAPSHOT")"'
check 'everybody may read it' 'its mode is wrong' test "$(stat -c %a "$SNAPSHOT")" = 644
check 'the export is for root alone' 'its mode is wrong' test "$(stat -c %a "$STATE/ledger.export")" = 600
check 'volatile places are left out' 'they are in it' lacks_path "$RUN/transient"

permitted 'an allowed unit' create "$UNITS/good.timer" attack create "$UNITS/good.timer"
check 'it follows' 'it does not' within 3 has_path "$UNITS/good.timer"

# Of a thousand changes in a row, not a snapshot each.
before=$(snapshots | wc -l)
fake_dpkg run bash -c "for i in {1..1000}; do echo '[Timer]' >$UNITS/many\$i.timer; done"
check 'it follows a thousand' 'it does not' within 10 has_path "$UNITS/many1000.timer"
after=$(snapshots | wc -l)
check 'they are written together' "$((after - before)) snapshots" test $((after - before)) -le 12

denied 'writing it' modify "$SNAPSHOT" attack write-append "$SNAPSHOT"
rm "$SNAPSHOT"
check 'removed, it is written again' 'it is not' within 4 has_path "$UNITS/many1000.timer"
check 'and whole' 'its digest is wrong' is_intact
check 'nothing of it is in quarantine' 'it is' test -z "$(grep -lF "$OWN" "$STATE"/quarantine/*/evidence.json 2>/dev/null)"

# With the daemon, what is newer than the snapshot is not masked; it knows better.
cp "$SNAPSHOT" "$WORK/old.snapshot"
fake_dpkg run bash -c "echo '[Timer]' >$UNITS/newest.timer"
gate --snapshot "$WORK/old.snapshot"
check 'the daemon is asked' "masked: $(ls "$EARLY")" early_is_empty
gate --snapshot "$WORK/old.snapshot" --socket "$RUNTIME/nobody"
! enforcing || check 'nobody answers: the snapshot decides' "it said: $gate_said" masks newest.timer

# Clients that anybody can run fill the socket that is for everybody; root's generator has another.
if type -P python3 >/dev/null; then
	python3 - "$RUNTIME/boot-gate" >"$WORK/crowd" <<-'END' &
		import os, socket, sys, time
		os.setgroups([]); os.setgid(65534); os.setuid(65534)
		clients = [socket.socket(socket.AF_UNIX) for _ in range(12)]
		for client in clients: client.connect(sys.argv[1])
		print("here", flush=True)
		time.sleep(4)
	END
	crowd=$!
	within 5 test -s "$WORK/crowd" || bail_out 'there is no crowd'
	sleep 0.1 # until the daemon has taken them
	gate --snapshot "$WORK/old.snapshot"
	check 'beside a crowd: root has places of its own' "masked: $(ls "$EARLY")" early_is_empty
	gate --snapshot "$WORK/old.snapshot" --socket "$RUNTIME/control"
	check 'root is answered all the same' "masked: $(ls "$EARLY")" early_is_empty
	wait $crowd
else
	skip 'crowded out' 'no python3'
fi

setpriv --reuid=65534 --regid=65534 --clear-groups "$BUILD/unitward" --socket "$RUNTIME/boot-gate" status >"$WORK/said" 2>&1
check 'strangers learn nothing else there' "it said: $(<"$WORK/said")" grep -q 'does not know this command' "$WORK/said"

within 3 has_path "$UNITS/newest.timer"
stop_daemon
evil evil.service
mv "$planted" "$UNITS/evil.service"
gate
if enforcing; then
	check 'planted without the daemon: masked' "it said: $gate_said" masks evil.service
else
	check 'planted without the daemon: only reported' "masked: $(ls "$EARLY")" early_is_empty
fi
check 'planted without the daemon: reported' "it said: $gate_said" eval '[[ $gate_said = *"$UNITS/evil.service is not authorised"* ]]'
rm "$UNITS/evil.service"
start_daemon
finish
