#!/bin/bash
# The service as its unit confines it and as it confines itself: it has what it needs and no more, and sees every mount.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

exposure=3.9 # systemd-analyze's; unitwardd(8) explains each point of it

exposure_is() { # LIMIT OPTION...
	local limit=$1 is
	shift
	is=$(systemd-analyze security --no-pager "$@" | sed -n 's/.*exposure level for .*: \([0-9.]*\) .*/\1/p')
	echo "it is $is"
	awk -v is="$is" -v limit="$limit" 'BEGIN { exit !(is != "" && is <= limit) }'
}

daemons() { pgrep -x unitwardd; }

sees_what_pid_1_sees() {
	local pid
	for pid in $(daemons); do
		[ "$(readlink "/proc/$pid/ns/mnt")" = "$(readlink /proc/1/ns/mnt)" ] || { echo "process $pid does not"; return 1; }
	done
}

has_no_network() { [ "$(readlink "/proc/$(daemons | tail -n 1)/ns/net")" != "$(readlink /proc/1/ns/net)" ]; }

is_confined() {
	local status
	for status in $(daemons | sed 's,.*,/proc/&/task/*/status,'); do
		[ "$(grep -cE '^(NoNewPrivs:	1|Seccomp:	2|CapAmb:	0+|CapInh:	0+)$' "$status")" = 4 ] ||
			{ echo "$status: $(grep -E '^(Name|NoNew|Seccomp|Cap)' "$status" | tr '\n\t' '; ')"; return 1; }
	done
}

# What `unitward doctor` says of it.
all_is_well() {
	local said
	said=$(in_container unitward doctor --json | jq -r '[.[] | select(.what | test("CAP_|capabilit|confined|system calls"))]
		| "\([.[] | select(.level != "ok").what] | join(", ")) of \(length)"')
	echo "$said"
	[ "$said" = ' of 12' ]
}

verdict_thread_goes_first() {
	local thread
	for thread in "/proc/$(daemons | tail -n 1)"/task/*; do
		[ "$(<"$thread/comm")" != verdicts ] || chrt -p "${thread##*/}" | grep -q SCHED_RR || return
	done
}

# Whoever makes mounts private first hides what he mounts from those who are in another mount namespace.
mount_in_private() {
	mount --make-rprivate / && mount -t tmpfs hidden /etc/systemd/system
}

is_recorded() {
	in_container unitward events --json |
		jq -es 'any(.[]; .file.path == "/etc/systemd/system" and .unitward.mount_type == "tmpfs")' >/dev/null
}

is_mounted() { findmnt -n --source hidden >/dev/null; }
is_not_mounted() { ! is_mounted; }

for mode in $(modes absent enforce); do
	boot "$mode" || continue
	if [ "$mode" = enforce ]; then
		expect "exposure is $exposure at most" in_container exposure_is "$exposure" unitward.service
		expect "offline too" in_container exposure_is "$exposure" --offline=true /usr/lib/systemd/system/unitward.service
		expect "it is confined" in_container is_confined
		expect "doctor: it has what it needs, and no more" all_is_well
		expect "the verdict thread goes first" in_container verdict_thread_goes_first
		expect "it has no network" in_container has_no_network
		expect "it sees what PID 1 sees" in_container sees_what_pid_1_sees
	fi
	expect "a mount nobody else is told of" in_container mount_in_private
	if [ "$mode" = enforce ]; then
		expect "it is seen, and taken off" await 5 in_container is_not_mounted
		expect "it is recorded" await 5 is_recorded
	else
		expect "it stays" in_container is_mounted
	fi
	halt
done
