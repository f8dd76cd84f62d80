#!/bin/bash
# What is on disk without authorisation is not loaded, even where it cannot be taken away.
# everywhere: which inode an event is about on an overlay
. "${0%/*}/lib.sh"

start_daemon

for file in "$UNITS/authorised.service" "$UNITS/authorised.service.d/hardening.conf" "$VENDOR/vendor.service" "$ALICE/alice.service"; do
	check_loads "${file#"$SCRATCH/"}: loads" "$file"
done

# Renamed in and made immutable at once: if it was too late to take it away, it stays, and is not loaded.
evil pinned.service
path=$UNITS/pinned.service verdict='deny|quarantine' operation='rename|create|load'
if try attack rename-pin "$planted" "$path"; then
	enforcing || check 'immutable unit: planted' "it said: $said" test $status = 0
	check_does_not_load 'immutable unit: does not load' "$path"
	said=$(fake_manager list "$UNITS")
	check_said 'immutable unit: the directory is still listed' 'authorised\.service'
	recorded 'immutable unit' "$IS_DECIDED"
	[ ! -e "$path" ] || attack unpin "$path" >/dev/null
	if enforcing; then
		touch "$OUTSIDE/notice" && mv "$OUTSIDE/notice" "$UNITS/notice"
		within 5 state_is "$path" absent
		check_state 'immutable unit: goes once it can' "$path" absent
	fi
else
	skip 'immutable unit' "$FILESYSTEM: $said"
fi

# The directory itself made immutable: nothing in it can be taken away or put back.
evil pinned.timer
try attack rename "$planted" "$RUN/system/pinned.timer"
if attack pin "$RUN/system" >"$WORK/said"; then
	check_does_not_load 'immutable directory: unit does not load' "$RUN/system/pinned.timer"
	check_loads 'immutable directory: authorised unit loads' "$RUN/system/runtime.service"
	attack unpin "$RUN/system" >/dev/null
fi

# Renamed in and loaded at once, again and again.
if watched; then
	loaded=0
	for round in $(seq 50); do
		evil at-once.service
		mv "$planted" "$UNITS/at-once.service"
		! loads "$UNITS/at-once.service" || loaded=$((loaded + 1))
		rm -f "$UNITS/at-once.service"
	done
	if enforcing; then
		check 'loaded at once, 50 rounds: never' "$loaded times" test $loaded = 0
	else
		check 'loaded at once, 50 rounds: always' "$loaded times" test $loaded = 50
		path="$UNITS/at-once.service" operation=load verdict='deny|quarantine' executable=$(type -P fake_manager)
		recorded 'loaded at once' "$IS_DECIDED and .process.executable == \$executable"
	fi
fi

# From audit to enforce: what was planted meanwhile.
if [ "$MODE" = audit ]; then
	evil meanwhile.service
	mv "$planted" "$UNITS/meanwhile.service"
	mkdir "$UNITS/vendor.service.d" && evil meanwhile.conf && mv "$planted" "$UNITS/vendor.service.d"
	check_loads 'planted in audit mode: loads' "$UNITS/meanwhile.service"
	MODE=enforce
	write_policy
	unitward reload >/dev/null
	check_does_not_load 'after the change to enforce: does not load' "$UNITS/meanwhile.service"
	check_does_not_load 'after the change to enforce: drop-in does not load' "$UNITS/vendor.service.d/meanwhile.conf"
	check_loads 'after the change to enforce: authorised unit loads' "$UNITS/authorised.service"
	stop_daemon
	start_daemon
	check_does_not_load 'after a restart: does not load' "$UNITS/meanwhile.service"
	check_does_not_load 'after a restart: drop-in does not load' "$UNITS/vendor.service.d/meanwhile.conf"
fi

finish
