#!/bin/bash
# Quarantine: what was taken is listed, shown, put back, purged; and what happens when it is full.
# filesystems: ext4 tmpfs
# modes: enforce
. "${0%/*}/lib.sh"

write_policy 'quarantine: { max_size = "1M"; when_full = "keep"; };'
start_daemon

quarantine() { unitward quarantine "$@"; }
id_of() { quarantine list --json | jq -r --arg path "$1" 'map(select(.path == $path))[-1].id // empty'; }
is_listed() { [ -n "$(id_of "$1")" ]; }

evil kept.service
chmod 0640 "$planted" && chown 1000:1000 "$planted"
planted_state=$(state_of "$planted")
quarantined 'unit' 'rename|create' "$UNITS/kept.service" attack rename "$planted" "$UNITS/kept.service"
check 'list' "$(quarantine list 2>&1)" within 2 is_listed "$UNITS/kept.service"
id=$(id_of "$UNITS/kept.service")

check_status 'show' 0 quarantine show "$id" --json
check_said 'show: who it was' "\"pid\": *$actor\b"
check_said 'show: what it was' "\"path\": *\"$UNITS/kept.service\""
digest=$(sha256sum <(printf '[Service]\nExecStart=/bin/sh -c id\n# planted\n'))
sealed() { quarantine show "$id" --json | grep -q "${digest%% *}"; }
check 'show: its SHA-256' "$(quarantine show "$id" --json)" within 2 sealed
check 'evidence is for root alone' "$(stat -c %a "$STATE/quarantine")" test "$(stat -c %a "$STATE/quarantine")" = 700
check 'content cannot be run' "$(stat -c %a "$STATE/quarantine/$id/content")" test "$(stat -c %a "$STATE/quarantine/$id/content")" = 400

check_status 'restore by somebody whom the policy does not let approve' 1 quarantine restore "$id"
check_said 'restore refused: says which rule' 'rule "default"'
check_state 'restore refused: it stays in quarantine' "$UNITS/kept.service" absent
check_status 'restore' 0 operator quarantine restore "$id"
keep "$UNITS/kept.service"
check 'restore: contents, mode and owner' "$(state_of "$UNITS/kept.service")" \
	test "$(state_of "$UNITS/kept.service" | cut -d' ' -f2-)" = "$(cut -d' ' -f2- <<<"$planted_state")"
check_loads 'restore: it is authorised' "$UNITS/kept.service"
check 'restore: it is no longer listed' 'it is' test -z "$(id_of "$UNITS/kept.service")"

for i in 1 2; do
	evil taken.service
	attack rename "$planted" "$UNITS/taken.service" >/dev/null
	within 2 state_is "$UNITS/taken.service" absent
done
ids=$(quarantine list --json | jq 'map(select(.path | endswith("/taken.service"))) | length')
check 'the same name twice is kept twice' "$ids" test "$ids" = 2
unit 'in its place' | fake_dpkg unpack "$UNITS/taken.service"
check_status 'restore never overwrites' 1 operator quarantine restore "$(id_of "$UNITS/taken.service")"
check_status 'purge' 0 quarantine purge "$(id_of "$UNITS/taken.service")"
check_status 'purge --all' 0 quarantine purge --all
check_status 'purge --all: nothing is left' 1 compgen -G "$STATE/quarantine/*/content"
for command in show restore purge; do
	check_status "$command of what is no ID: refused" 1 quarantine "$command" ../../etc/passwd
done

# Full: nothing more can be taken, and still nothing of it is loaded.
for i in 1 2 3 4; do
	evil full-$i.service
	dd if=/dev/zero bs=1K count=400 status=none | tr '\0' '#' >>"$planted"
	attack rename "$planted" "$UNITS/full-$i.service" >/dev/null
	sleep 0.2
	check_does_not_load "full, unit $i of 400 KiB: does not load" "$UNITS/full-$i.service"
done
recorded 'full' '.message // "" | test("quarantine.*full|full.*quarantine|No space"; "i")'
used=$(du -sk "$STATE/quarantine" | cut -f1)
check 'full: the limit is kept' "$used KiB" test "$used" -le 1100
quarantine purge --all >/dev/null
evil notice && mv "$planted" "$UNITS/notice"
for i in 1 2; do
	within 5 state_is "$UNITS/full-$i.service" absent
	check_state "after purge: unit $i is gone" "$UNITS/full-$i.service" absent
done

# Unless the policy says otherwise nothing stays for want of room: its record describes it.
fill() {
	local size i=0
	for size in 400 400 100 90 50 30 20 10 5 1 1 1 1; do
		evil fill-$1-$((++i)).service
		dd if=/dev/zero bs=1K count=$size status=none | tr '\0' '#' >>"$planted"
		mv "$planted" "$UNITS/fill-$1-$i.service"
	done
	within 5 eval '! compgen -G "$UNITS/fill-*" >/dev/null'
}
# described PATH DIGEST: its record has that, and no evidence.
described() {
	recorded_as=$1 recorded "described, ${1##*/}" "$IS_OF_PATH and .file.hash.sha256 == \"$2\" and .file.size > 0 and
		(.unitward.hint | test(\"quarantine is full\")) and .unitward.quarantine_id == null"
}
digest_of() { sha256sum "$1" | cut -d' ' -f1; }
write_policy 'quarantine: { max_size = "1M"; };'
check_status 'reload: what has no room is described' 0 unitward reload
check 'described: nothing stays' "$(ls "$UNITS")" fill a
kept_before=$(quarantine list --json | jq -c 'map(.id) | sort')
evil described.service
digest=$(digest_of "$planted")
printf '# more\n' >>"$planted" && more=$(digest_of "$planted")
undone 'described, a unit' 'rename|create' "$UNITS/described.service" attack rename "$planted" "$UNITS/described.service"
described "$UNITS/described.service" "$more"
recorded_as=$UNITS/described.service recorded 'described: what it meant' "$IS_OF_PATH and (.unitward.meaning | test(\"/bin/sh\"))"
evil described.service
undone 'described, another by the same name' 'rename|create' "$UNITS/described.service" attack rename "$planted" "$UNITS/described.service"
described "$UNITS/described.service" "$digest"
evil replaced.service
digest=$(digest_of "$planted")
undone 'described, in the place of what is authorised' 'rename|create|modify' "$UNITS/tampered.service" attack rename "$planted" "$UNITS/tampered.service"
described "$UNITS/tampered.service" "$digest"
check_loads 'described: what is authorised is back' "$UNITS/tampered.service"
undone 'described, a link' 'link|enable' "$UNITS/linked.service" attack symlink /srv/x.service "$UNITS/linked.service"
mkdir "$OUTSIDE/whole.service.d" && evil inside.conf && mv "$planted" "$OUTSIDE/whole.service.d/"
dd if=/dev/zero of="$OUTSIDE/whole.service.d/large.conf" bs=1K count=800 status=none
undone 'described, a directory' 'rename|create' "$UNITS/whole.service.d" attack rename "$OUTSIDE/whole.service.d" "$UNITS/whole.service.d"
check 'described: what was kept stays kept' "$(quarantine list --json | jq -c 'map(.id)')" \
	test "$(quarantine list --json | jq -c 'map(.id) | sort')" = "$kept_before"
is_full() { unitward status | grep -q 'the quarantine is full'; }
check 'described: status says so' "$(unitward status)" is_full
check 'described: and how many' "$(unitward status)" test "$(unitward status --json | jq .quarantine.unkept)" -ge 5

write_policy 'quarantine: { max_size = "1M"; when_full = "purge-oldest"; };'
check_status 'reload: the oldest makes room' 0 unitward reload
check 'purged: nothing stays' "$(ls "$UNITS")" fill b
evil huge.service
dd if=/dev/zero bs=1K count=1500 status=none | tr '\0' '#' >>"$planted"
undone 'purged: what can never fit is described' 'rename|create' "$UNITS/huge.service" attack rename "$planted" "$UNITS/huge.service"
check 'purged: the latest are kept' "$(quarantine list)" is_listed "$UNITS/fill-b-13.service"

finish
