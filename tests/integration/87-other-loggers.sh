#!/bin/bash
# Records elsewhere: syslog with structured data, as a real rsyslog understands it, and what the relay to Linux audit gets. Nobody is
# waited for, and what is lost is counted.
# filesystems: ext4
# modes: audit enforce
. "${0%/*}/lib.sh"

readonly SYSLOG=$WORK/syslog AUDIT=$RUNTIME-audit HEARD=$WORK/heard
top=$(cd "${0%/*}/../.." && pwd)

# rsyslog without its service, which its package would start. Kept between runs.
fetch_rsyslog() {
	local directory=${BUILD%/build*}/build/rsyslog
	[ -x "$directory/usr/sbin/rsyslogd" ] || (
		mkdir -p "$directory" && cd "$directory" || exit
		exec 9>lock && flock 9
		[ ! -x usr/sbin/rsyslogd ] || exit 0
		timeout 120 apt-get -qq -o APT::Sandbox::User=root download rsyslog libestr0 libfastjson4 liblognorm5 &&
			for package in *.deb; do dpkg-deb -x "$package" . && rm "$package"; done
	) >"$WORK/fetched" 2>&1
	libraries=$(echo "$directory"/usr/lib/*-linux-gnu)
	rsyslogd=$directory/usr/sbin/rsyslogd
	[ -x "$rsyslogd" ]
}
run_rsyslogd() { LD_LIBRARY_PATH=$libraries "$rsyslogd" -M "$libraries/rsyslog" -i NONE "$@"; }

# The shipped configuration, but for where it sends. What is not structured data is kept beside it.
# shellcheck disable=SC2016 # rsyslog's
keep_head='set $!pri = $pri; set $!time = exec_template("stamp"); set $!host = $hostname; set $!program = $programname;
	set $!kind = $msgid; set $!message = $msg;'
keep_head=${keep_head//$'\n'/}
start_rsyslog() {
	cat >"$WORK/rsyslog.conf" <<-'END'
		module(load="imuxsock" SysSock.Use="off")
		template(name="stamp" type="string" string="%timereported:::date-rfc3339,date-utc%")
		template(name="parsed" type="list") { property(name="$!") constant(value="\n") }
	END
	sed -e "s,Socket=\"[^\"]*\",Socket=\"$SYSLOG\"," \
		-e "s,action(type=\"omfwd\".*,action(type=\"omfile\" file=\"$HEARD.syslog\" template=\"parsed\")," \
		-e 's/action(type="mmpstrucdata")/&\n'"$keep_head"'/' -e '/TCP_Framing=/d; /queue.type=/d; /action.resumeRetryCount=/d' \
		"$top/packaging/forwarding/rsyslog-unitward.conf" >>"$WORK/rsyslog.conf"
	LD_LIBRARY_PATH=$libraries "$rsyslogd" -M "$libraries/rsyslog" -i NONE -n -f "$WORK/rsyslog.conf" 2>"$WORK/rsyslog.err" &
	syslog=$!
	within 10 test -S "$SYSLOG"
}

# What the relay is told: a datagram a line.
listen_as_relay() {
	rm -f "$AUDIT"
	# shellcheck disable=SC2016 # perl's
	perl -MSocket -MIO::Handle -e 'my ($s, $out, $text);
		socket($s, AF_UNIX, SOCK_DGRAM, 0) && bind($s, sockaddr_un($ARGV[0])) && open($out, ">>", $ARGV[1]) or die;
		$out->autoflush(1);
		while (defined(recv($s, $text, 65536, 0))) { print $out "$text\n" }' "$AUDIT" "$HEARD.audit" &
	relay=$!
	within 10 test -S "$AUDIT"
}

heard() { jq -es "map(.data = .[\"rfc5424-sd\"][\"unitward@32473\"]) | any(.[]; $1)" "$HEARD.syslog" >/dev/null 2>&1; } # FILTER
last_heard() { tail -n 1 "$HEARD.syslog" | cut -c 1-400; }
sent() { unitward status --json | jq -e ".sent.$1" >/dev/null; }
is_failing() { unitward status --json | jq -e '.problems[] | select(test("do not reach '"$1"'"))' >/dev/null; }

fetch_rsyslog || skip_all "rsyslog cannot be had: $(tail -n 1 "$WORK/fetched")"
check_status 'the shipped configuration is one of rsyslog' 0 run_rsyslogd -N1 -f <(
	echo 'module(load="imuxsock" SysSock.Use="off")'
	cat "$top/packaging/forwarding/rsyslog-unitward.conf"
)
start_rsyslog || bail_out "rsyslog does not start: $(tail -n 1 "$WORK/rsyslog.err")"
listen_as_relay || bail_out 'nobody listens in the place of the relay'

write_policy "syslog: { records = \"denied\"; socket = \"$SYSLOG\"; };"
start_daemon
denied 'a plain one' create "$UNITS/evil.timer" attack create "$UNITS/evil.timer"
hostile=$UNITS/'x"] evil="1 y\z.service'
recorded_as='.*' denied 'a name that would end its field' create "$hostile" attack create "$hostile"
permitted 'a package' create "$UNITS/shipped.timer" attack create "$UNITS/shipped.timer"

# Every field of the record is there by the journal's name, and as it is in the event log.
plain=$(jq -c 'select((.file.path // "" | endswith("/evil.timer")) and .unitward.kind == "access")' "$LOG" | head -n 1)
check 'syslog: heard, with all its fields' "$(last_heard)" within 10 heard "$(jq -r '
	".program == \"unitward\" and .kind == \"access\" and .pri == \"84\" and .host == \"" + .host.hostname + "\" and
	 (.time[:19]) == \"" + .["@timestamp"][:19] + "\" and (.message | test(\"create \")) and
	 .data.path == \"" + .file.path + "\" and .data.action == \"create\" and .data.rule == \"default\" and
	 .data.exe == \"" + .process.executable + "\" and .data.pid == \"" + (.process.pid | tostring) + "\" and
	 .data.verdict == \"deny\" and .data.mode == \"" + .unitward.mode + "\" and .data.uid == \"0\" and
	 .data.technique == \"T1053.006\" and .data.target_unit == \"evil.timer\" and .data.cut == null"' <<<"$plain")"
check 'syslog: a name is a value and no more' "$(last_heard)" within 10 heard \
	"(.data.path // \"\" | endswith(\"/x\\\"] evil=\\\"1 y\\\\z.service\")) and .data.evil == null"
check 'syslog: what was allowed is not asked for' "$(grep shipped "$HEARD.syslog")" test "$(grep -c shipped "$HEARD.syslog")" = 0
check 'syslog: counted' "$(unitward status --json | jq -c .sent)" sent 'syslog | .sent >= 2 and .lost == 0'

result=$(enforcing && echo - || echo +)
check 'audit: told, with who and what' "$(tail -n 2 "$HEARD.audit")" within 10 grep -qE "^[$result]op=create kind=access \
verdict=deny enforced=$(enforcing && echo yes || echo no) rule=\"default\" technique=T1053.006 unit=\"evil.timer\" actor-pid=[0-9]+ \
actor-exe=\"$PROGRAMS/attack\" .*actor-uid=0 actor-auid=.* path=\"$UNITS/evil.timer\"$" "$HEARD.audit"
check 'audit: such a name is encoded' "$(tail -n 2 "$HEARD.audit")" within 10 grep -qE " path=$(printf %s "$hostile" |
	od -An -v -tx1 | tr -d ' \n' | tr a-f A-F)$" "$HEARD.audit"
check 'audit: counted' "$(unitward status --json | jq -c .sent)" sent 'linux_audit | .sent >= 2 and .lost == 0'

# All of them, or none: from one moment to the next.
write_policy "syslog: { records = \"all\"; socket = \"$SYSLOG\"; }; linux_audit: { records = \"off\"; };"
check_status 'another policy' 0 unitward reload
told=$(wc -l <"$HEARD.audit")
permitted 'another package' create "$UNITS/second.timer" attack create "$UNITS/second.timer"
check 'syslog: what was allowed, too' "$(last_heard)" within 10 heard '.data.verdict == "allow" and .pri == "86"'
check 'audit: no more' "$(tail -n 1 "$HEARD.audit")" test "$(wc -l <"$HEARD.audit")" = "$told"

# Nobody reads: it is counted, said, and delays nobody.
kill -STOP $syslog
# shellcheck disable=SC2016 # perl's
check_status 'nobody reads there: others go on' 0 timeout 60 perl -e 'for (1..290) { open(my $f, "+<", $ARGV[0]) }' \
	"$UNITS/tampered.service"
check 'what was lost is counted' "$(unitward status --json | jq -c .sent)" within 20 sent 'syslog | .lost > 0 and .failing'
check 'status says what to do' "$(unitward status --json | jq -c .problems)" is_failing "$SYSLOG"
check 'as do the metrics' "$(unitward metrics | grep syslog)" eval 'unitward metrics | grep -q "^unitward_syslog_lost_total [1-9]"'
kill -CONT $syslog
sleep 0.5
denied 'afterwards' create "$UNITS/late.timer" attack create "$UNITS/late.timer"
check 'it is heard again' "$(last_heard)" within 10 heard '.data.path // "" | endswith("/late.timer")'
is_well() { ! is_failing "$SYSLOG"; }
check 'and status says no more' "$(unitward status --json | jq -c .problems)" within 5 is_well
kill $syslog $relay
wait $syslog $relay 2>/dev/null

# The relay itself, where this kernel takes what it says.
rm -f "$AUDIT"
if type -P systemd-socket-activate >/dev/null; then
	timeout 60 systemd-socket-activate --datagram --listen="$AUDIT" "$BUILD/unitward-audit" 2>"$WORK/relay.err" &
	relay=$!
	within 10 test -S "$AUDIT"
	write_policy 'linux_audit: { records = "all"; };'
	check_status 'the relay: a policy' 0 unitward reload
	denied 'the relay' create "$UNITS/last.timer" attack create "$UNITS/last.timer"
	check 'the relay: what it is told is taken from it' "$(unitward status --json | jq -c .sent)" sent 'linux_audit.failing | not'
	sleep 0.5
	if grep -q 'takes no audit records' "$WORK/relay.err"; then
		skip 'the relay: says it' "$(tail -n 1 "$WORK/relay.err")"
	else
		is_silent() { ! grep -q 'not recorded\|cannot read' "$WORK/relay.err" && kill -0 $relay; }
		check 'the relay: says it' "$(cat "$WORK/relay.err")" is_silent
	fi
	kill $relay 2>/dev/null
	wait $relay 2>/dev/null
else
	skip 'the relay' 'no systemd-socket-activate'
fi
check_status 'the relay by hand: says how it is started' 2 "$BUILD/unitward-audit"
check_said 'the relay by hand: the words' 'systemctl start unitward-audit.socket'

if type -P fluent-bit >/dev/null; then
	check_status 'the shipped configuration is one of Fluent Bit' 0 fluent-bit --dry-run -c "$top/packaging/forwarding/fluent-bit.conf"
else
	skip 'Fluent Bit' 'Debian has no package of it, and it is not installed here'
fi
finish
