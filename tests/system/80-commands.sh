#!/bin/bash
# Who may use systemctl, systemd-run and their like: each line of commands.table is tried by a real
# login, or without one, and what comes of it is looked at.
# releases: bookworm trixie
# shellcheck source-path=SCRIPTDIR source=people.sh
. "$(dirname "$0")/people.sh"
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# --- the table ---------------------------------------------------------------------------------

cells=() # "cellN WHO EFFECT ENFORCE AUDIT COMMAND"
read_table() {
	local who effect enforce audit command n=0
	while read -r who effect enforce audit command; do
		case $who in '' | '#'*) continue ;; esac
		n=$((n + 1))
		cells+=("cell$n $who $effect $enforce $audit ${command//%/cell$n}")
	done <"$here/commands.table"
}

split() { # CELL
	read -r name who effect enforce audit command <<<"$1"
	expected=${!mode}
}

# --- what there is to begin with ----------------------------------------------------------------

lasting() { # ROOT NAME EFFECT
	case $3 in
	disabled | stopped | restarted) ln -s "/lib/systemd/system/$2.service" "$1/etc/systemd/system/multi-user.target.wants/" ;;
	unmasked) ln -s /dev/null "$1/etc/systemd/system/$2.service" ;;
	linked) printf '[Service]\nExecStart=/bin/true\n' >"$1/srv/stage/$2-linked.service" ;;
	reverted)
		mkdir "$1/etc/systemd/system/$2.service.d"
		printf '[Unit]\nDescription=old\n' >"$1/etc/systemd/system/$2.service.d/old.conf"
		;;
	linger | crontab) chroot "$1" useradd --no-create-home "$2" ;;
	esac
}

unit_of() { # NAME TARGET
	cat <<-END
		[Service]
		Type=oneshot
		RemainAfterExit=yes
		ExecStart=/bin/sh -c 'echo >>/srv/marker/$1'
		[Install]
		WantedBy=$2
	END
}

prepare() {
	local cell program
	people_prepare "$1"
	for cell in "${cells[@]}"; do
		split "$cell"
		unit_of "$name" multi-user.target >"$1/usr/lib/systemd/system/$name.service"
		unit_of "$name" default.target >"$1/usr/lib/systemd/user/$name.service"
		lasting "$1" "$name" "$effect"
	done
	for program in systemctl systemd-run loginctl; do
		cp "$1/usr/bin/$program" "$1/srv/stage/" # as one brings along
	done
	cp "$here/by-bus" "$1/srv/stage/by-bus"
	for program in enable disable mask control transient transient-service; do
		ln -s by-bus "$1/srv/stage/$program"
	done
	# What counts is above the last of the comments that systemctl has put there; newer ones say which line first.
	printf '#!/bin/bash\nsed -i "2a [Unit]\\nDescription=edited" "${@: -1}"\n' >"$1/srv/stage/editor"
	chmod +x "$1/srv/stage/editor"
}

# --- what comes of it ---------------------------------------------------------------------------

# As seen by the container; from out here nobody is asked.
there() { [ -e "/proc/$leader/root$1" ] || [ -L "/proc/$leader/root$1" ]; }
any_there() { compgen -G "/proc/$leader/root$1" >/dev/null; }

came_about() { # NAME EFFECT STATUS SAID
	case $2 in
	enabled) there "/etc/systemd/system/multi-user.target.wants/$1.service" ;;
	enabled-run) there "/run/systemd/system/multi-user.target.wants/$1.service" ;;
	enabled-user) there "/home/nina/.config/systemd/user/default.target.wants/$1.service" ;;
	global) there "/etc/systemd/user/default.target.wants/$1.service" ;;
	disabled) ! there "/etc/systemd/system/multi-user.target.wants/$1.service" ;;
	masked) there "/etc/systemd/system/$1.service" ;;
	unmasked) ! there "/etc/systemd/system/$1.service" ;;
	linked) there "/etc/systemd/system/$1-linked.service" ;;
	edited) any_there "/etc/systemd/system/$1.service.d/override.conf" ;;
	controlled) any_there "/etc/systemd/system.control/$1.service.d/*.conf" ;;
	controlled-run) any_there "/run/systemd/system.control/$1.service.d/*.conf" ;;
	reverted) ! there "/etc/systemd/system/$1.service.d/old.conf" ;;
	environment) in_container systemctl show-environment | grep -q "^$1=" ;;
	marker) there "/srv/marker/$1" ;;
	restarted) [ "$(wc -l <"/proc/$leader/root/srv/marker/$1")" -ge 2 ] ;;
	stopped) [ "$(in_container systemctl is-active "$1.service")" = inactive ] ;;
	linger) there "/var/lib/systemd/linger/$1" || there /var/lib/systemd/linger/nina ;;
	crontab) there "/var/spool/cron/crontabs/$1" ;;
	crontab-nina) there /var/spool/cron/crontabs/nina ;;
	job) grep -q '^job [0-9]' <<<"$4" ;;
	works) [ "$3" = 0 ] ;;
	*) echo "$2: no such effect" >&2 ;;
	esac
}

declare -A said status began ended
try() { # EXPECTED: all cells of which that is expected
	local cell
	for cell in "${cells[@]}"; do
		split "$cell"
		[ "$enforce" = "$1" ] || continue
		began[$name]=${EPOCHREALTIME}
		said[$name]=$(as "$who" "$command" 2>&1)
		status[$name]=$?
		ended[$name]=${EPOCHREALTIME}
	done
}

# A record of a refusal that is about the cell's unit, or about a command that was run between its beginning and its end.
was_recorded() { # NAME
	jq -es --argjson from "${began[$1]}" --argjson to "${ended[$1]}" --arg mode "$mode" --arg name "$1" "$record_fields"'
		def time: field("@timestamp") | (.[0:19] + "Z" | fromdate) + ("0" + .[19:26] | tonumber);
		any(.[]; verdict != "allow" and verdict != null and mode == $mode and (field("message") | test("\\b" + $name + "\\b")) or
			(field("event.action") | . == "exec" or . == "read") and time >= $from and time <= $to)' \
		"$work/$mode.records" >/dev/null
}

judge() { # CELL
	local what
	split "$1"
	what="$who: $command"
	if came_about "$name" "$effect" "${status[$name]}" "${said[$name]}"; then
		[ "$expected" = yes ] && ok "$what" || not_ok "$what" "it came about: $effect"
	elif [ "$expected" = yes ]; then
		not_ok "$what" "$effect did not come about: $(why "${status[$name]}" "${said[$name]}")"
	else
		ok "$what is refused"
	fi
	[ "$enforce" = yes ] || [ "$audit" = no ] || expect "a record says so of $what" was_recorded "$name"
}

read_table
tried=(audit enforce)
[ "$release" = bookworm ] || [ -n "${ALL-}" ] || tried=(enforce)
for mode in $(modes "${tried[@]}"); do
	boot "$mode" || continue
	expect "everybody logs in" people_log_in
	try no
	sleep 2.5 # nothing that was permitted is remembered (CLIENT_USEC)
	try yes
	sleep 1
	in_container unitward events --json >"$work/$mode.records"
	for cell in "${cells[@]}"; do judge "$cell"; done
	halt
done
