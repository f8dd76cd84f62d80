#!/bin/bash
# A14: a manager that read a planted link's name before it was removed opens what it led to, which no zone protects:
# that is refused for a while, to managers alone.
# modes: enforce
. "${0%/*}/lib.sh"

readonly FILE=$OUTSIDE/behind.service HIS=$SCRATCH/home/alice/his.service

reads() { cat "$1" >"$WORK/read"; }
writes() { echo '# more' >>"$1"; }
is_refused() { ! loads "$1" && [ "$(<"$WORK/loaded")" = EPERM ]; }

# planted_link NAME TARGET LINK [OWNER]: plants it, already its owner's, and waits until it is gone.
planted_link() {
	ln -s "$2" "$OUTSIDE/link"
	chown -h "${4:-0:0}" "$OUTSIDE/link"
	try attack rename "$OUTSIDE/link" "$3"
	check "$1: goes" 'it is still there' within 5 state_is "$3" absent
}

unit 'behind a link' >"$FILE"
unit 'next to it' >"$OUTSIDE/unrelated.service"
cp "$FILE" "$HIS"
chown 1000:1000 "$HIS"
start_daemon

check 'loads before' 'it does not' loads "$FILE"
planted_link 'link' "$FILE" "$UNITS/planted.service"
check 'what it led to does not load' "$(<"$WORK/loaded")" is_refused "$FILE"
operation=load path=$FILE verdict=deny executable=$PROGRAMS/fake_manager \
	recorded 'the load' "$IS_DECIDED and .rule.name == \"default\""
ln "$FILE" "$OUTSIDE/also.service"
check 'nor by another name' "$(<"$WORK/loaded")" is_refused "$OUTSIDE/also.service"
check 'anybody else reads it' 'he cannot' reads "$FILE"
check 'anybody else writes it' 'he cannot' writes "$FILE"
check 'a file next to it loads' "$(<"$WORK/loaded")" loads "$OUTSIDE/unrelated.service"
check_loads 'an authorised unit loads' "$UNITS/authorised.service"

# Nobody has files of others condemned by a link of his own.
planted_link "a user's link to a file of root's" "$OUTSIDE/unrelated.service" "$ALICE/to-root.service" 1000:1000
check 'the file loads' "$(<"$WORK/loaded")" loads "$OUTSIDE/unrelated.service"
planted_link "a user's link to his file" "$HIS" "$ALICE/to-his.service" 1000:1000
check 'the file does not load' "$(<"$WORK/loaded")" is_refused "$HIS"

# To start a program is not to load a unit.
install -m 0755 /bin/true "$OUTSIDE/program"
planted_link 'link to a program' "$OUTSIDE/program" "$UNITS/program.service"
check 'a manager does not load it' "$(<"$WORK/loaded")" is_refused "$OUTSIDE/program"
check 'a manager starts it' 'it was refused' fake_manager run "$OUTSIDE/program"

# Somebody who may makes the link meanwhile.
unit 'wanted after all' >"$OUTSIDE/wanted.service"
planted_link 'link to a wanted unit' "$OUTSIDE/wanted.service" "$UNITS/wanted.service"
check 'it does not load' "$(<"$WORK/loaded")" is_refused "$OUTSIDE/wanted.service"
permitted 'the same link' link "$UNITS/wanted.service" attack symlink "$OUTSIDE/wanted.service" "$UNITS/wanted.service"
check 'it loads at once' "$(<"$WORK/loaded")" loads "$OUTSIDE/wanted.service"

# What a unit link leads to that is authorised, or that nobody can load, is not touched.
planted_link 'alias of an authorised unit' "$UNITS/authorised.service" "$UNITS/alias.service"
check_loads 'the authorised unit loads' "$UNITS/authorised.service"
planted_link 'dangling link' "$OUTSIDE/nothing.service" "$UNITS/dangling.service"
unit 'made later' >"$OUTSIDE/nothing.service"
check 'what is made there later loads' "$(<"$WORK/loaded")" loads "$OUTSIDE/nothing.service"

is_pardoned() { loads "$FILE" && ! is_marked "$FILE"; }
check 'it loads again in the end, and nobody watches it' 'not after 15 s' within 15 is_pardoned

finish
