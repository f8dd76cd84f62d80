#!/bin/bash
# unitward install: whole or not at all, authorised in the same step, refused to whoever may not approve.
. "${0%/*}/lib.sh"

watched || { ok 'absent: there is nobody to ask'; exit 0; }
start_daemon

mkdir -p "$OUTSIDE"
app=$OUTSIDE/app.service
printf '[Unit]\nDescription=app\n[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target graphical.target\nAlias=other.service\n' >"$app"
chmod 0666 "$app" && chown 1000:1000 "$app"

check_status 'install by a root shell' 1 unitward install "$app"
check_said 'the refusal names the rule' 'refused by the rule "default"'
check_state 'refused: nothing is there' "$UNITS/app.service" absent
path=$UNITS/app.service
recorded 'install by a root shell' "$IS_OF_PATH"' and .event.action == "approve" and .unitward.verdict == "deny"'

check_status 'install' 0 operator install "$app"
check_said 'install: says what next' 'daemon-reload'
check 'install: the contents' "$(cat "$UNITS/app.service")" cmp "$app" "$UNITS/app.service"
check 'install: owner and mode' "$(stat -c '%u:%g %a' "$UNITS/app.service")" \
	test "$(stat -c '%u:%g %a' "$UNITS/app.service")" = '0:0 644'
check_loads 'install: it loads' "$UNITS/app.service"
check 'install: nothing else is left' "$(ls -A "$UNITS")" eval '! compgen -G "$UNITS/.#*"'
recorded 'install' "$IS_OF_PATH"' and .event.action == "approve" and .unitward.verdict == "allow" and
	.rule.name == "operators-approve" and (.message | test("installed"))'
keep "$UNITS/app.service"

check_status 'install again: not over it' 1 operator install "$app"
check_said 'install again: says how' '--force'
echo '# second' >>"$app"
check_status 'install --force' 0 operator install --force --enable "$app"
check 'install --force: the new contents' "$(cat "$UNITS/app.service")" cmp "$app" "$UNITS/app.service"
for name in multi-user.target.wants/app.service graphical.target.wants/app.service other.service; do
	check "install --enable: $name" 'it is not' test "$(readlink "$UNITS/$name")" = "$UNITS/app.service"
	keep "$UNITS/$name"
done
check_status 'install --enable again is fine' 0 operator install --force --enable "$app"
keep "$UNITS/app.service"

printf '[Service]\nExecStart=/bin/echo %%i\n[Install]\nWantedBy=multi-user.target\nDefaultInstance=one\n' >"$OUTSIDE/many@.service"
check_status 'install --enable of a template' 0 operator install --enable "$OUTSIDE/many@.service"
check 'template: its default instance' 'it is not enabled' \
	test "$(readlink "$UNITS/multi-user.target.wants/many@one.service")" = "$UNITS/many@.service"
keep "$UNITS/multi-user.target.wants/many@one.service"

printf '[Service]\nNice=5\n' >"$OUTSIDE/nice.conf"
check_status 'install --drop-in' 0 operator install --drop-in app.service "$OUTSIDE/nice.conf"
keep "$UNITS/app.service.d/nice.conf"
if ! enforcing; then
	mkdir "$UNITS/vendor.service.d" && echo '# planted' >"$UNITS/vendor.service.d/evil.conf"
	sleep 0.3
	check_status 'a drop-in beside one that was planted' 1 operator install --drop-in vendor.service "$OUTSIDE/nice.conf"
	check 'a drop-in beside one that was planted: that one is not authorised' "$(unitward ledger export | grep evil.conf)" \
		eval '! unitward ledger export | grep -q evil.conf'
fi
check_status 'install --user --name' 0 operator install --user --name renamed.service "$app"
keep "$SCRATCH/etc/systemd/user/renamed.service"

check_status 'a name that is no unit' 1 operator install --name app.txt "$app"
check_status 'a name with a path' 1 operator install --name ../evil.service "$app"
check_status 'a hidden name' 1 operator install --name .evil.service "$app"
check_state 'it is nowhere' "$SCRATCH/etc/systemd/evil.service" absent
check_status 'a drop-in that is no .conf' 1 operator install --drop-in app.service "$app"
check_status 'all or nothing' 1 operator install "$OUTSIDE/many@.service" --force --name app.txt
printf '[Service]\nExecStart=/bin/true\n' >"$OUTSIDE/plain.service"
check_status 'nothing to enable' 1 operator install --enable "$OUTSIDE/plain.service"
check_state 'nothing to enable: nothing is there' "$UNITS/plain.service" absent
printf '[Service]\nExecStart=/tmp/x\n' >"$OUTSIDE/odd.timer"
check_status 'an odd unit: installed, with a warning' 0 operator install "$OUTSIDE/odd.timer"
check_said 'an odd unit: what is odd' 'warning: .*\[Timer\]'

# What an attacker changes of it comes back.
if enforcing; then
	before=$(state_of "$UNITS/app.service")
	rm "$UNITS/app.service"
	check 'removed: it comes back' 'it does not' within 2 state_is "$UNITS/app.service" "$before" ||
		check 'removed: the contents come back' 'they do not' within 2 cmp -s "$app" "$UNITS/app.service"
	keep "$UNITS/app.service"
fi
finish
