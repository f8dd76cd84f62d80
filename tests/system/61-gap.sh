#!/bin/bash
# What a manager loaded while unitward was stopped is reported when it is there again, and stopped when the policy says
# so. Without a reload, which the boot gate would stop: a unit that the manager does not know yet is read when it is asked for.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

units=etc/systemd/system
home=home/admin/.config/systemd/user

prepare() { # ROOT
	local name
	cat >"$1/etc/unitward/policy.d/tester.conf" <<-END
		actors: { tester: { login_uid = [ "admin" ]; uid = [ 0 ]; }; };
		rules = ( { id = "tester-approves"; actor = "tester"; on = "approve"; then = "allow"; } );
		gap: { stop_loaded = false; };
	END
	for name in good tampered extended; do
		sleeps >"$1/usr/lib/systemd/system/$name.service"
	done
}

sleeps() { printf '[Service]\nExecStart=/usr/bin/sleep infinity\n'; }

is_inactive() { ! in_container systemctl is-active --quiet "$1"; }
user() { setpriv --reuid=1000 --regid=1000 --clear-groups env XDG_RUNTIME_DIR=/run/user/1000 systemctl --user "$@"; }
user_is_active() { in_container user is-active --quiet evil-user.service; }

is_stopped() { [ "$(in_container systemctl show -P ActiveState unitward.service)" = inactive ]; } # and not about to be

stop_unitward() {
	as_admin unitward stop && await 10 is_stopped
}

plant() {
	local each
	for each in evil-gap evil-timed; do sleeps >"$root/$units/$each.service"; done
	printf '[Timer]\nOnActiveSec=1ms\nAccuracySec=1ms\n' >"$root/$units/evil-timed.timer"
	mkdir -p "$root/srv/evil" && sleeps >"$root/srv/evil/evil-linked.service"
	ln -s /srv/evil/evil-linked.service "$root/$units/evil-linked.service"
	echo Nice=1 >>"$root/usr/lib/systemd/system/tampered.service"
	mkdir -p "$root/$units/extended.service.d"
	printf '[Service]\nNice=1\n' >"$root/$units/extended.service.d/evil.conf"
	mkdir -p "$root/$home"
	sleeps >"$root/$home/evil-user.service"
	chown -R 1000:1000 "$root/home/admin"
}

load() {
	systemctl start good.service evil-gap.service evil-timed.timer evil-linked.service tampered.service extended.service &&
		user start evil-user.service
}

# loaded UNIT PATTERN: of the record's message.
loaded() {
	in_container unitward events --json | jq -es --arg unit "$1" --arg pattern "$2" --arg mode "$mode" \
		'any(.[]; .unitward.kind == "loaded" and .unitward.target_unit == $unit and .unitward.mode == $mode and
			(.message | test($pattern)) and (.file.path // "" | startswith("/")) and (.unitward.hint // "" | length > 0))' >/dev/null
}
is_asked() { in_container unitward status --json | jq -e '.gap.done and .gap.managers_asked >= 2 and .gap.managers_silent == 0' >/dev/null; }

starts() { # the daemon, and asks
	expect "unitward starts" in_container systemctl start unitward.service
	expect "both managers were asked" await 15 is_asked
}

for mode in $(modes audit enforce); do
	boot "$mode" || continue
	expect "a user's manager runs" in_container systemctl start user@1000.service
	expect "an approver stops unitward" stop_unitward
	plant
	expect "what was planted runs" in_container load
	starts
	for name in evil-gap.service evil-timed.timer evil-timed.service evil-linked.service evil-user.service; do
		expect "$name is reported" await 5 loaded "$name" 'and active, from a file that is not authorised$'
	done
	expect "a drop-in is reported" loaded extended.service 'with a drop-in that was not authorised'
	word='perhaps from contents'
	[ "$mode" = enforce ] || word='from a file that is not authorised'
	expect "a changed unit is reported" loaded tampered.service "$word"
	refuse "an authorised one is not" '' loaded good.service .
	for name in evil-gap.service evil-timed.timer evil-linked.service; do
		expect "$name still runs" in_container systemctl is-active "$name"
	done
	expect "the user's still runs" user_is_active
	if [ "$mode" = enforce ]; then
		expect "an approver stops unitward again" stop_unitward
		sed -i 's/stop_loaded = false/stop_loaded = true/' "$root/etc/unitward/policy.d/tester.conf"
		starts
		for name in evil-gap.service evil-timed.timer evil-timed.service evil-linked.service; do
			expect "$name is reported as stopped" await 5 loaded "$name" 'it was stopped$'
			expect "$name does not run any more" await 5 is_inactive "$name"
		done
		refuse "the user's does not run any more" '' user_is_active
	fi
	for name in good.service tampered.service extended.service; do
		expect "$name still runs" in_container systemctl is-active "$name"
	done
	halt
done
