#!/bin/bash
# unitward posture --fix while the daemon guards what it changes, and without one: shown first, written down, authorised as it
# is then, undone.
. "${0%/*}/lib.sh"

printf 'root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n' >"$SCRATCH/etc/passwd"
printf 'root:x:0:\nalice:x:1000:\n' >"$SCRATCH/etc/group"

# What is weak, and safe to mend: paths.
weak=("$UNITS" "$UNITS/authorised.service.d" "$UNITS/authorised.service" "$UNITS/tampered.service" "$SCRATCH/usr/lib/systemd"
	"$UNITS/multi-user.target.wants/gone.service")
chmod 0777 "$UNITS" "$UNITS/authorised.service.d" "$SCRATCH/usr/lib/systemd"
chmod 0666 "$UNITS/authorised.service"
chown 1000:1000 "$UNITS/tampered.service"
ln -s ../gone.service "$UNITS/multi-user.target.wants/gone.service"
# A list that leaves the mode as it was is as weak.
if setfacl -m u:1000:rw "$UNITS/removed.service" 2>/dev/null; then
	weak+=("$UNITS/removed.service")
else
	skip 'an access control list' "$FILESYSTEM has none"
fi
# Somebody else's name for it would change with it.
unit linked >"$UNITS/linked.service"
ln "$UNITS/linked.service" "$SCRATCH/srv/other-name"
chmod 0666 "$UNITS/linked.service"

# Of the object alone, a directory without what is in it.
look() {
	stat -c '%F %a %u:%g %N' "$1" 2>&1
	[ -L "$1" ] || getfacl -cp "$1" 2>/dev/null
}
is_as() { [ "$(look "$1")" = "$2" ]; }
declare -A before=()
for path in "${weak[@]}"; do before[$path]=$(look "$path"); done
linked=$(state_of "$UNITS/linked.service")

start_daemon

posture() { timeout 20 "$BUILD/unitward" --socket "$RUNTIME/control" posture --root "$SCRATCH" --state "$STATE" "$@"; }
by_operator() {
	if watched; then operator posture --root "$SCRATCH" --state "$STATE" "$@"; else posture "$@"; fi
}
all_as_before() {
	local path
	for path in "${weak[@]}"; do is_as "$path" "${before[$path]}" || { echo "$path: $(look "$path")"; return 1; }; done
}
none_is_weak() {
	local path
	for path in "${weak[@]}"; do ! is_as "$path" "${before[$path]}" || { echo "$path as before"; return 1; }; done
}
safe_left() { posture --json | jq -c --arg root "$SCRATCH" '[.findings[] | select(.mend.safe and .counts) | [.check, .path]]'; }
differs() { unitward diff --state "$STATE" --policy "$POLICY" 2>&1; }

# ---- what is asked before anything changes ----

check_status 'without a terminal: refused' 1 by_operator --fix
check_said 'without a terminal: what to do' 'say --yes'
check_said 'without a terminal: shown all the same' 'authorised.service: mode 0664, was 0666'
check 'without a terminal: nothing changed' "$(all_as_before)" all_as_before
if watched; then
	check_status 'somebody who may not approve: refused' 1 posture --fix --yes
	check_said 'somebody who may not approve: who may' 'refused by the rule'
	check 'somebody who may not approve: nothing changed' "$(all_as_before)" all_as_before
	check 'somebody who may not approve: nothing written down' 'there is a file' test -z "$(ls "$STATE"/posture)"
fi
check_status 'nothing to undo: says so' 1 by_operator --undo --yes
check_said 'nothing to undo: where it would be' 'nothing to undo in'

# ---- fix ----

check_status 'fix: one is left, and said' 1 by_operator --fix --yes
check_said 'fix: what is left, and why' 'linked.service is left as it is.*another name elsewhere'
check_said 'fix: how to undo it' '--undo=[0-9]'
check 'fix: nothing is weak any more' "$(none_is_weak)" none_is_weak
check_state 'fix: a file with another name elsewhere is left' "$UNITS/linked.service" "$linked"
check 'fix: nothing else that is safe is found' "$(safe_left)" test "$(safe_left)" = \
	"[[\"unit-writable\",\"${UNITS#"$SCRATCH"}/linked.service\"]]"
check 'fix: modes only become less, and root'"'"'s group is root' "$(stat -c %a "$UNITS/authorised.service")" test "$(stat -c %a "$UNITS/authorised.service")" = 664
check 'fix: the record of what was is root'"'"'s alone' "$(ls -l "$STATE"/posture)" \
	test "$(stat -c '%a %u' "$STATE"/posture/*.json)" = '600 0'
if watched; then
	sleep 0.5
	check 'fix: the daemon leaves it so' "$(none_is_weak)" none_is_weak
	check 'fix: the ledger is what is there' "$(differs)" differs
	recorded 'fix' '(.message // "" | test("posture: repair of [0-9]+"))'
	recorded 'fix: each object' '.file.path == "'"$UNITS/authorised.service"'" and (.message // "" | test("repaired"))'
	chmod 0666 "$UNITS/authorised.service"
	if enforcing; then
		mode_is() { [ "$(stat -c %a "$UNITS/authorised.service")" = 664 ]; }
		check 'what was fixed is what comes back' "mode $(stat -c %a "$UNITS/authorised.service")" within 2 mode_is
	else
		chmod 0664 "$UNITS/authorised.service"
	fi
	stop_daemon
	start_daemon
	sleep 0.3
	check 'a restart: stays fixed' "$(none_is_weak)" none_is_weak
fi

# ---- undo ----

if watched; then
	check_status 'undo by somebody who may not approve: refused' 1 posture --undo --yes
	check 'undo by somebody who may not approve: nothing changed' "$(none_is_weak)" none_is_weak
	stop_daemon
	check_status 'its daemon does not run: refused' 3 by_operator --undo --yes
	check_said 'its daemon does not run: what to do' 'systemctl start unitward.service'
	start_daemon
fi
check_status 'undo' 0 by_operator --undo --yes --json
check 'undo: all of it' "$said" jq -e '.failed == 0 and .undone' <<<"$said"
check 'undo: as it was' "$(all_as_before)" all_as_before
if watched; then
	sleep 0.5
	check 'undo: the daemon leaves it so' "$(all_as_before)" all_as_before
	check 'undo: the ledger is what is there' "$(differs)" differs
fi
check_status 'undo: only once' 1 by_operator --undo --yes
finish
