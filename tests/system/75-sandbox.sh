#!/bin/bash
# The service as its unit confines it and as it confines itself: it has what it needs and no more, and sees every mount.
# releases: bookworm trixie
[ "${RELEASE-}" != trixie ] || further=(polkitd libglib2.0-bin passwd bsdutils) # the root of 84-polkit.sh
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

tried=(absent enforce)
[ "$release" = bookworm ] || tried=(enforce)

exposure=2.5 # systemd-analyze's; unitwardd(8) explains each point of it

exposure_is() { # LIMIT OPTION...
	local limit=$1
	shift
	systemd-analyze security --no-pager --threshold="${limit/./}" "$@" | tail -n 1
	return "${PIPESTATUS[0]}"
}

daemons() { pgrep -x unitwardd; pgrep -x unitward-scout; } # in a container there is no process connector
supervisor() { systemctl show --value -p MainPID unitward.service; }
guard() { pgrep -nP "$(supervisor)"; }

is_where_pid_1_is() { [ "$(readlink "/proc/$1/ns/mnt")" = "$(readlink /proc/1/ns/mnt)" ]; }
guard_is_where_pid_1_is() { is_where_pid_1_is "$(guard)"; }
supervisor_is_elsewhere() { ! is_where_pid_1_is "$(supervisor)"; }

# What it may not do by a path, whoever it is: the same for each place that a directive of the unit is about.
supervisor_writes_nowhere() {
	local root each said
	root=/proc/$(supervisor)/root
	for each in usr etc etc/systemd/system etc/unitward var/lib/unitward var/log/unitward run/systemd/system sys/fs/cgroup; do
		said=$(mkdir "$root/$each/unitward-was-here" 2>&1) && { echo "into $each it does"; return 1; }
		[[ $said = *'Read-only file system' ]] || { echo "$said"; return 1; }
	done
	for each in proc/sys/kernel/core_pattern proc/kcore dev/kmsg dev/sda home/admin; do
		! ls -d "$root/$each" 2>/dev/null || { echo "it sees $each"; return 1; }
	done
}

next_guard_is_where_pid_1_is() {
	local before after
	before=$(guard)
	kill -KILL "$before" || return
	until after=$(guard) && [ "$after" != "$before" ] && unitward status >/dev/null; do sleep 0.1; done
	guard_is_where_pid_1_is
}

# The kernel's log is kept from it; what it says must not be lost. With such a policy no guard starts.
supervisor_is_heard() {
	local supervisor policy=/etc/unitward/unitward.conf
	supervisor=$(supervisor)
	kill -STOP "$supervisor" && kill -KILL "$(guard)" && mount --bind /dev/null $policy && kill -CONT "$supervisor" || return
	until journalctl -q -b -u unitward.service --no-pager | grep 'a guard ended while it started, by exit status'; do sleep 0.1; done
	umount $policy || return
	until unitward status >/dev/null; do sleep 0.1; done
	[ "$(supervisor)" = "$supervisor" ]
}

# Whose directory it is, is the collector's business.
start_metrics() {
	mkdir -p /var/lib/prometheus/node-exporter && chown 1000:1000 /var/lib/prometheus{,/node-exporter} &&
		systemctl start unitward-metrics.timer
}
metrics_are_there() { grep -qx 'unitward_up 1' /var/lib/prometheus/node-exporter/unitward.prom; }

has_no_network() { [ "$(readlink "/proc/$(guard)/ns/net")" != "$(readlink /proc/1/ns/net)" ]; }

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
	said=$(in_container unitward doctor --json | jq -r '[.[] |
		select(.what | test("CAP_|capabilit|confined|system calls|mount namespace"))]
		| "\([.[] | select(.level != "ok").what] | join(", ")) of \(length)"')
	echo "$said"
	[ "$said" = ' of 13' ]
}

thread_is() { # NAME POLICY
	local comm
	comm=$(grep -lx "$1" "/proc/$(guard)"/task/*/comm) && comm=${comm%/comm} && chrt -p "${comm##*/}" | grep "$2"
}
work_goes_before_others() { [ "$(ps -o ni= -p "$(guard)" | tr -d ' ')" = -15 ]; }
supervisor_is_first() { chrt -p "$(supervisor)" | tr '\n' ' ' | grep -q 'SCHED_RR.*priority: 2'; }

# Whoever makes mounts private first hides what he mounts from those who are in another mount namespace.
mount_in_private() {
	mount --make-rprivate / && mount -t tmpfs hidden /etc/systemd/system
}

bind_mount() { mkdir -p /srv/other && mount --bind /srv/other /etc/systemd/system; }

is_recorded() { # TYPE
	in_container unitward events --json |
		jq -es --arg type "$1" 'any(.[]; .file.path == "/etc/systemd/system" and .unitward.mount_type == $type)' >/dev/null
}

is_mounted() { findmnt -n --mountpoint /etc/systemd/system >/dev/null; }
is_not_mounted() { ! is_mounted; }
unmount() { umount /etc/systemd/system; }
type_of_root() { findmnt -n -o FSTYPE /; }

try_mount() { # NAME TYPE COMMAND
	expect "$1" in_container "$3"
	if [ "$mode" = enforce ]; then
		expect "$1: taken off" await 5 in_container is_not_mounted
		expect "$1: recorded" await 5 is_recorded "$2"
	else
		expect "$1: stays" in_container is_mounted
		in_container unmount
	fi
}

try_service() {
	if [ -n "${INSTRUMENTED:-}" ]; then
		skip "exposure is $exposure at most" "a sanitizer needs ptrace(2)"
	else
		expect "exposure is $exposure at most" in_container exposure_is "$exposure" unitward.service
		expect "offline too" in_container exposure_is "$exposure" --offline=true /usr/lib/systemd/system/unitward.service
	fi
	expect "it is confined" in_container is_confined
	expect "doctor: it has what it needs, and no more" all_is_well
	expect "the supervisor goes first" in_container supervisor_is_first
	expect "then the verdict thread" in_container thread_is verdicts SCHED_RR
	expect "the recorder is as everybody" in_container thread_is recorder SCHED_OTHER
	expect "so is the housekeeper" in_container thread_is unitwardd SCHED_OTHER
	expect "but before others" in_container work_goes_before_others
	expect "it has no network" in_container has_no_network
	expect "the supervisor has a mount namespace of its own" in_container supervisor_is_elsewhere
	expect "by a path it writes nowhere" in_container supervisor_writes_nowhere
	expect "metrics are collected" as_admin start_metrics
	expect "metrics are there" await 10 in_container metrics_are_there
	expect "their exposure is 1.5 at most" in_container exposure_is 1.5 unitward-metrics.service
	expect "the guard is where PID 1 is" in_container guard_is_where_pid_1_is
}

try_all() {
	[ "$mode" = absent ] || try_service
	try_mount "a bind mount" "$(in_container type_of_root)" bind_mount
	try_mount "a mount nobody else is told of" tmpfs mount_in_private
	[ "$mode" = absent ] || {
		expect "the next guard is where PID 1 is" in_container next_guard_is_where_pid_1_is
		expect "a mount after that" in_container mount_in_private
		expect "a mount after that: taken off" await 5 in_container is_not_mounted
		expect "the supervisor is heard" in_container supervisor_is_heard
	}
}

for mode in $(modes "${tried[@]}"); do
	boot "$mode" || continue
	try_all
	halt
done
