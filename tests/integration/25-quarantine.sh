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

finish
