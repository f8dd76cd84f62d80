#!/bin/bash
# A13: not the protected directory is attacked, but what it lies in; and directories that did not exist yet.
# everywhere: an overlay does not rename directories that lie beneath
. "${0%/*}/lib.sh"

start_daemon

readonly PARENT=$SCRATCH/etc/systemd

# comes_back NAME COMMAND...: however it went, the system's units are there again as they were.
comes_back() {
	local name=$1 before
	shift
	enforcing || cp -a "$PARENT" "$OUTSIDE/kept"
	before=$(state_of "$UNITS")
	try "$@" || { skip "$name" "$FILESYSTEM: $said"; return; }
	it_is_put_right "$name" "$UNITS" "$before"
	check_does_not_load "$name: what was planted does not load" "$UNITS/evil.service"
	enforcing || { rm -rf "$PARENT" && mv "$OUTSIDE/kept" "$PARENT"; }
}

# plant DIRECTORY: something to put in the parent's place.
plant() {
	mkdir -p "$1/system"
	printf '[Service]\nExecStart=/bin/sh\n# planted\n' >"$1/system/evil.service"
}

comes_back 'parent renamed away' mv -T "$PARENT" "$OUTSIDE/away"

plant "$OUTSIDE/planted"
comes_back 'parent replaced' sh -c "mv -T '$PARENT' '$OUTSIDE/replaced' && mv -T '$OUTSIDE/planted' '$PARENT'"

plant "$OUTSIDE/exchange"
comes_back 'parent exchanged' attack rename-exchange "$OUTSIDE/exchange" "$PARENT"
[ $status = 77 ] || evidence 'parent exchanged' "$UNITS/evil.service" '# planted'

comes_back 'directory removed' rm -rf "$UNITS"
comes_back 'directory removed and made again' \
	sh -c "rm -rf '$UNITS'; mkdir -p '$UNITS'; cd '$UNITS' && echo '# planted' >evil.service"

denied 'after all that, create' create "$UNITS/evil.timer" attack create "$UNITS/evil.timer"
permitted 'after all that, create' create "$UNITS/good.timer" attack create "$UNITS/good.timer"

# ---- directories that appear ----

mkdir -p "$RUN/transient"
check_marked 'directory that was missing' "$RUN/transient"
denied 'in a directory that was missing' create "$RUN/transient/evil.timer" attack create "$RUN/transient/evil.timer"
if ! watched; then rm "$RUN/transient/evil.timer"; fi

evil evil.timer
mkdir -p "$OUTSIDE/attached" && mv "$planted" "$OUTSIDE/attached"
try attack rename "$OUTSIDE/attached" "$SCRATCH/etc/systemd/system.attached"
if enforcing; then
	within 2 state_is "$SCRATCH/etc/systemd/system.attached/evil.timer" absent
	check_state 'missing directory arrives full: emptied' "$SCRATCH/etc/systemd/system.attached/evil.timer" absent
fi
check_does_not_load 'missing directory arrives full: does not load' "$SCRATCH/etc/systemd/system.attached/evil.timer"

evil evil.timer
mkdir -p "$OUTSIDE/control" && mv "$planted" "$OUTSIDE/control"
try attack symlink "$OUTSIDE/control" "$SCRATCH/etc/systemd/system.control"
if enforcing; then
	within 2 state_is "$SCRATCH/etc/systemd/system.control" absent
	check_state 'missing directory arrives as a link: removed' "$SCRATCH/etc/systemd/system.control" absent
fi
check_does_not_load 'missing directory arrives as a link: does not load' "$SCRATCH/etc/systemd/system.control/evil.timer"

# A new user, whose home comes with a unit in it.
mkdir -p "$OUTSIDE/bob/.config/systemd/user" && evil bob/.config/systemd/user/evil.service && chown -R 1001:1001 "$OUTSIDE/bob"
try attack rename "$OUTSIDE/bob" "$SCRATCH/home/bob"
bob=$SCRATCH/home/bob/.config/systemd/user
if enforcing; then
	within 2 state_is "$bob/evil.service" absent
	check_state 'unit in a new home: removed' "$bob/evil.service" absent
	check 'unit in a new home: the home itself stays' 'it is gone' test -d "$SCRATCH/home/bob/.config"
fi
check_does_not_load 'unit in a new home: does not load' "$bob/evil.service"

# A new user, without anything yet.
mkdir -p "$SCRATCH/home/carol"
check_marked 'new home' "$SCRATCH/home/carol"
mkdir -p "$SCRATCH/home/carol/.config/systemd/user"
check_marked 'user units in a new home' "$SCRATCH/home/carol/.config/systemd/user"
denied 'in a new home' create "$SCRATCH/home/carol/.config/systemd/user/evil.timer" \
	attack create "$SCRATCH/home/carol/.config/systemd/user/evil.timer"

finish
