#!/bin/bash
# unitward explain about command lines: exit status, what it says, and its JSON. No daemon is asked.
# filesystems: tmpfs
# modes: enforce
. "${0%/*}/lib.sh"

cat >"$WORK/explain.conf" <<-END
	mode = "enforce";
	zones: { units: { preset = "system-units"; root = "$SCRATCH"; }; };
	actors: { boss: { uid = [ 0 ]; login_uid = [ 0 ]; }; manager: { preset = "manager"; }; };
	commands: {
	        systemctl: { preset = "systemctl"; };
	        own: { exe = [ "/bin/true" ]; };
	};
	rules = (
	        { id = "anybody-looks"; command = "*"; verb = "@read"; then = "allow"; },
	        { id = "boss-runs"; actor = "boss"; command = "*"; on = [ "exec", "read" ]; then = "allow"; },
	        { id = "web-restarts"; command = "systemctl"; verb = "restart"; unit = "web-*"; scope = "system"; then = "allow"; },
	        { id = "for-systemctl"; actor = "manager"; client = "systemctl"; on = "enable"; then = "allow"; }
	);
END
chmod 0644 "$WORK/explain.conf"

# explains NAME STATUS PATTERN ARGUMENT...
explains() {
	check_status "$1" "$2" unitward explain --policy "$WORK/explain.conf" "${@:4}"
	check_said "$1: says why" "$3"
}

explains 'a look' 0 'allow by anybody-looks.*scope +system.*verb +status \(@read\).*unit +cron\.service' \
	--uid 5 --command 'systemctl status cron'
explains 'a look, abbreviated and in another order' 0 'allow by anybody-looks' --uid 5 -- systemctl list-units --al --user
explains 'a change' 1 'deny by default.*verb +enable \(@install\).*start \(@control\)' --uid 5 --command 'systemctl --now enable x.timer'
explains 'a change by who may' 0 'allow by boss-runs' --uid 0 --login-uid 0 --command 'systemctl --now enable x.timer'
explains 'a unit that may be restarted' 0 'allow by web-restarts' --uid 5 -- systemctl restart web-1
explains 'and one that may not' 1 'refused +restart cron\.service' --uid 5 -- systemctl restart web-1 cron
explains 'a pattern for units' 1 'refused +restart for units that are not known' --uid 5 -- systemctl restart web-1 'web-*'
explains 'somebody else'"'"'s manager' 1 'scope +user' --uid 5 -- systemctl --user restart web-1
explains 'what is unclear' 1 'unclear +LD_PRELOAD is set' --uid 5 --env LD_PRELOAD=/tmp/x.so -- systemctl status
explains 'what is unclear, by who may' 0 'allow by boss-runs' --uid 0 --login-uid 0 --env LD_PRELOAD=/tmp/x.so -- systemctl status
explains 'a command of its own' 1 'command +own.*verb +go' --uid 5 -- /bin/true --fast go
explains 'a command that is not gated' 0 'the policy gates no such command' --uid 5 -- vi x
explains 'to copy a program' 1 'operation read.*command +systemctl' --uid 5 --op read --command systemctl
explains 'to copy it, by who may' 0 'allow by boss-runs' --uid 0 --login-uid 0 --op read --command systemctl

wants=$SCRATCH/etc/systemd/system/x.target.wants/a.service
explains 'what systemd does for a run' 0 'allow by for-systemctl.*client +systemctl' --manager --op enable --client systemctl "$wants"
explains 'what it does for nobody' 1 'for-systemctl: its "client" does not match' --manager --op enable "$wants"
explains 'a client that is no command' 2 'gates no command "busctl"' --manager --op enable --client busctl "$wants"

explains 'a quote that is open' 2 'quote that does not end' --command 'systemctl "'
explains 'two questions' 2 'without PATH' --command 'systemctl status' "$wants"
explains 'a command that is written' 2 'run, or read' --op create --command 'systemctl status'
explains 'nothing that is run' 2 '--command is missing' --op exec

said_as_json() { jq -e "$1" <<<"$said" >/dev/null; }
said=$(unitward explain --json --policy "$WORK/explain.conf" --uid 5 -- systemctl --user enable --now 'x y.timer' b)
check 'as JSON' "it said: $said" said_as_json '.outcome == "deny" and .rule == "default" and .scope == "user" and .unclear == null
	and [.verbs[].verb] == ["enable", "start"] and [.verbs[].class] == ["install", "control"]
	and .units == ["x\\x20y.timer", "b.service"] and .units_unknown == false
	and .verb == "enable" and (.passed_over | length) == 4'
