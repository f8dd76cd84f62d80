#!/bin/bash
# Who it was, where the kernel asks nobody: known while he lives, and otherwise what he left behind. The atomic moves of
# configuration management are recognised.
# filesystems: ext4 tmpfs
. "${0%/*}/lib.sh"

# One process, so that it may be stopped for a moment: a supervisor would replace a guard that is.
more_options=(--unsupervised)
start_daemon

is_stopped() { [ -z "$(grep -L '^State:.T' /proc/"$daemon"/task/*/status)" ]; }

# unseen COMMAND...: done and over before the daemon can look.
unseen() {
	watched && kill -STOP "$daemon" && within 5 is_stopped
	try "$@"
	watched && kill -CONT "$daemon"
}

# recorded_unknown NAME PATH FILTER: by nobody known, refused by the default and by no rule, and what is known is told.
recorded_unknown() {
	local path=$2 operation='.*' verdict='deny|quarantine'
	recorded "$1" "$IS_DECIDED and .unitward.actor_known == false and .process.executable == null and
		.rule.name == \"default\" and $3"
}

is_absent() { [ ! -e "$1" ] && [ ! -L "$1" ]; }

# ---- somebody who is gone ----

evil gone.timer
chown 1000:1000 "$planted"
touch -d '2020-01-02 03:04:05 UTC' "$planted"
unseen attack rename "$planted" "$UNITS/gone.timer"
check 'gone: the attack is made' "it said: $said" test "$status" = 0
! enforcing || check 'gone: undone' 'still there' within 2 is_absent "$UNITS/gone.timer"
evidence 'gone' "$UNITS/gone.timer" planted
recorded_unknown 'gone: owner and time' "$UNITS/gone.timer" \
	'.file.uid == "1000" and .file.gid == "1000" and .file.mtime == "2020-01-02T03:04:05.000000Z"'

# Written by somebody who was seen, moved by somebody who was not.
permitted 'a file' create "$UNITS/written.txt" sh -c "echo '# written' >'$UNITS/written.txt'; sleep 0.2"
unset "kept[$UNITS/written.txt]"
unseen attack rename "$UNITS/written.txt" "$UNITS/written.timer"
check 'last writer: the attack is made' "it said: $said" test "$status" = 0
! enforcing || check 'last writer: undone' 'still there' within 2 is_absent "$UNITS/written.timer"
recorded_unknown 'last writer' "$UNITS/written.timer" '(.unitward.last_writer | test("^/.*\\(pid [0-9]+, uid 0"))'

# ---- the atomic moves of configuration management ----

# Written somewhere by another program than the one that moves it.
evil uploaded.service
permitted 'uploaded, then moved' 'rename|create' "$UNITS/uploaded.service" mv "$planted" "$UNITS/uploaded.service"
evil uploaded.timer
quarantined 'uploaded, then moved by a stranger' 'rename|create' "$UNITS/uploaded.timer" attack rename "$planted" "$UNITS/uploaded.timer"

# A temporary file in the directory itself, its owner and mode, then the rename over what was there.
atomically() { # TEMPORARY NAME
	echo "umask 077; cat '$planted' >'$UNITS/$1' && chown 0:0 '$UNITS/$1' && chmod 0644 '$UNITS/$1' &&
		mv -f '$UNITS/$1' '$UNITS/$2'"
}
evil ansible.service
permitted 'like Ansible' 'rename|modify' "$UNITS/tampered.service" sh -c "$(atomically .ansible_tmpk3x2tampered.service tampered.service)"
evil puppet.timer
permitted 'like Puppet' 'rename|create' "$UNITS/puppet.timer" sh -c "$(atomically puppet.timer20261123-12-abc puppet.timer)"
evil stranger.timer
try sh -c "$(atomically .ansible_tmpk3x2stranger.timer stranger.timer)"
if enforcing; then
	check 'like Ansible, by a stranger: refused' "it said: $said" test "$status" != 0
	check 'like Ansible, by a stranger: nothing is there' "$(ls -A "$UNITS")" is_absent "$UNITS/stranger.timer"
	check 'like Ansible, by a stranger: no husk' "$(ls -A "$UNITS")" is_absent "$UNITS/.ansible_tmpk3x2stranger.timer"
else
	check 'like Ansible, by a stranger: done' "it said: $said" test -s "$UNITS/stranger.timer"
fi
operation=create verdict=deny path=$UNITS/.ansible_tmpk3x2stranger.timer recorded 'like Ansible, by a stranger' "$IS_DECIDED"

finish
