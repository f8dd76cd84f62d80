#!/bin/bash
# Audit mode changes nothing: after every attack the disk is as it would be without unitward,
# and nothing was missed. The records are in the journal with all their fields, and go with it to another machine (here: the same).
# shellcheck source-path=SCRIPTDIR source=people.sh
. "$(dirname "$0")/people.sh" # for its root, which has systemd-journal-remote
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=attacks.sh
. "$here/attacks.sh"

attacks="write rename hardlink symlink"

unit_files() {
	(cd /etc/systemd/system && find . -printf '%p %y %m %u:%g %n %l\n' | grep -v unitward | sort &&
		md5sum evil-*)
}

# --- forwarded ---------------------------------------------------------------------------------

# The shipped configurations, but for certificates, and where to.
prepare() { # ROOT
	local kind
	for kind in upload remote; do
		mkdir -p "$1/etc/systemd/journal-$kind.conf.d"
		sed 's,https://COLLECTOR,http://127.0.0.1,; /^Server.*File=/d; /^TrustedCertificateFile=/d' \
			"$top/packaging/forwarding/journal-$kind.conf" >"$1/etc/systemd/journal-$kind.conf.d/unitward.conf"
	done
	mkdir -p "$1/srv/collected"
}

collect() {
	systemd-run --quiet --unit=collector /lib/systemd/systemd-journal-remote --listen-http=127.0.0.1:19532 \
		--output=/srv/collected/ && systemctl start systemd-journal-upload.service
}

# The denial of a path, as one line of JSON.
record_of() { # PATH
	in_container unitward events --json | jq -c --arg path "$1" 'select(.file.path == $path and .unitward.kind == "access")' | head -n 1
}
entry_of() { # PATH [OPTION...]
	journalctl --output=json --all SYSLOG_IDENTIFIER=unitward UNITWARD_KIND=access UNITWARD_PATH="$1" "${@:2}" | head -n 1
}
is_collected() { [ -n "$(in_container entry_of "$1" -D /srv/collected 2>/dev/null)" ]; }

# Whatever the event log has, the entry has by the name that unitward-records(7) pairs it with, and nothing else.
same_fields() { # RECORD ENTRY
	jq -ne --slurpfile record "$1" --slurpfile entry "$2" --rawfile manual "$top/packaging/man/unitward-records.7" '
		def text: if type == "string" then . else tojson end;
		def texts: if type == "array" then map(text) | sort else [text] end; # the journal keeps no order
		[$manual | split("\n")[] | capture("^\\.B (?<json>[a-z@._\\\\0-9]+) (?<journal>[A-Z0-9_]+)$")] as $pairs |
		[$pairs[] | . as $pair | ($record[0] | getpath($pair.json | split("."))) as $value |
			select($value != null) | {key: $pair.journal, value: ($value | texts)}] | from_entries |
		. as $expected | ($entry[0] | with_entries(select(.key | startswith("UNITWARD_")) | .value |= texts)) as $found |
		($expected | with_entries(select(.key | startswith("UNITWARD_")))) as $ours |
		if $ours == $found and ($ours | length) > 15 and $entry[0].MESSAGE == $record[0].message then true
		else error("\($ours) is not \($found)") end'
}

forwarded() {
	local path=/etc/systemd/system/evil-write.timer
	record_of "$path" >"$work/record"
	in_container entry_of "$path" >"$work/entry"
	expect "the journal has each field" same_fields "$work/record" "$work/entry"
	expect "journal-upload to journal-remote" in_container collect
	expect "the record is collected" await 60 is_collected "$path"
	in_container entry_of "$path" -D /srv/collected >"$work/collected"
	expect "with each field" same_fields "$work/record" "$work/collected"
}

for mode in $(modes absent audit); do
	boot "$mode" || continue
	for attack in $attacks; do
		expect "$attack succeeds" in_container "attack_$attack"
	done
	in_container unit_files >"$work/files.$mode"
	for attack in $attacks; do
		expect "$attack: the timer fires" takes_effect "$attack"
		[ "$mode" = absent ] || for suffix in service timer; do
			expect "$attack: a record of the $suffix" \
				recorded "/etc/systemd/system/evil-$attack.$suffix"
		done
	done
	if [ "$mode" = audit ]; then
		expect "nothing in quarantine" nothing_in_quarantine
		[ ! -e "$work/files.absent" ] ||
			expect "the same files" diff "$work/files.absent" "$work/files.audit"
		forwarded
	fi
	halt
done
