# Sourced, after lib.sh, by the scripts about gated commands: a command with the preset systemctl, whose program is one of ours.
#
# It leaves a file $MARKERS/VERB; "operator run COMMAND" is somebody who may ask it for anything, everybody else for
# what only reads.

GATED=$SCRATCH/usr/bin/gatedctl
export MARKERS=$WORK/markers
RULES=$WORK/policy.d/gated.conf

install_gated() {
	install -D -m 0755 "$BUILD/tests/gatedctl" "$SCRATCH/usr/bin/new-gatedctl"
	mv "$SCRATCH/usr/bin/new-gatedctl" "$GATED"
}

# gate [SETTING...]: the policy about it, with further settings.
gate() {
	mkdir -p "$WORK/policy.d"
	cat >"$RULES" <<-END
		commands: { systemctl: { preset = "systemctl"; exe = [ "$GATED" ]; }; };
		rules = (
		        { id = "reading-is-free"; command = "systemctl"; verb = "@read"; then = "allow"; },
		        { id = "operators-command"; actor = "operators"; command = "systemctl"; then = "allow"; },
		        { id = "operators-read"; actor = "operators"; on = "read"; command = "systemctl"; then = "allow"; }
		);
	END
	printf '%s\n' "$@" >>"$RULES"
	chmod 0644 "$RULES"
}

marked_for() { [ -e "$MARKERS/$1" ]; }
forget_marks() { rm -f "$MARKERS"/*; }

readonly IS_EXEC='.event.action == "exec" and .unitward.command == "systemctl" and .unitward.mode == $mode
	and (.unitward.verdict // "" | test($verdict)) and (.rule.name // "") != "" and (.process.pid == $pid or .process.parent.pid == $pid)'

# refused NAME VERB COMMAND...: VERB has no effect, and a record says who asked for it.
refused() {
	local name=$1 verb=$2 verdict=deny
	shift 2
	forget_marks
	try "$@"
	if enforcing; then
		check "$name: refused" "it said: $said, status $status" test "$status" != 0
		check "$name: never runs" 'it ran' eval "! marked_for $verb"
	else
		check "$name: runs" "it said: $said, status $status" marked_for "$verb"
	fi
	recorded "$name" "$IS_EXEC${more:+ and $more}"
}

# runs NAME VERB COMMAND...: VERB has its effect.
runs() {
	local name=$1 verb=$2
	shift 2
	forget_marks
	try "$@"
	check "$name: runs" "it said: $said, status $status" marked_for "$verb"
	check "$name: ends well" "it said: $said, status $status" test "$status" = 0
}

mkdir -p "$MARKERS" "$SCRATCH/usr/bin"
chmod 1777 "$MARKERS"
install_gated
gate
