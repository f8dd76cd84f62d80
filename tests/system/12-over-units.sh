#!/bin/bash
# Units that are there already are edited, replaced, emptied, masked and removed.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=attempts.sh
. "$here/attempts.sh"

units=/etc/systemd/system
attempts=(
	"sed $units/sed*"
	"append $units/victim-append.service /usr/bin/bash"
	"copy $units/victim-copy.service /usr/bin/cp"
	"replace $units/victim-replace.service"
	"renamed $units/evil-renamed.txt /usr/bin/bash"
	"outranks $units/victim-outranks.service /usr/bin/bash"
	"truncate $units/victim-truncate.service"
	"empty $units/victim-empty.service /usr/bin/touch"
	"mask $units/victim-mask.service"
	"remove $units/victim-remove.service"
	"away $units/victim-away.service"
	"disable $units/multi-user.target.wants/victim-disable.service"
)
stopped='truncate empty mask remove away disable'

attack_sed() { sed -i s,good-,evil-, /etc/systemd/system/victim-sed.service; }
attack_append() { echo 'ExecStartPost=/usr/bin/touch /srv/marker/evil-append' >>/etc/systemd/system/victim-append.service; }
attack_copy() { evil copy >/srv/stage/copy && cp /srv/stage/copy /etc/systemd/system/victim-copy.service; }
attack_replace() { evil replace >/srv/stage/replace && mv /srv/stage/replace /etc/systemd/system/victim-replace.service; }
attack_renamed() { # from a name that systemd does not look at
	evil renamed >/etc/systemd/system/evil-renamed.txt
	mv /etc/systemd/system/evil-renamed.txt /etc/systemd/system/evil-renamed.service
}
attack_outranks() { evil outranks >/etc/systemd/system/victim-outranks.service; } # the package's own is elsewhere
attack_truncate() { truncate -s 0 /etc/systemd/system/victim-truncate.service; }
attack_empty() { touch /etc/systemd/system/victim-empty.service; }
attack_mask() { ln -s /dev/null /etc/systemd/system/victim-mask.service; }
attack_remove() { rm /etc/systemd/system/victim-remove.service; }
attack_away() { mv /etc/systemd/system/victim-away.service /srv/stage; }
attack_disable() { rm /etc/systemd/system/multi-user.target.wants/victim-disable.service; }
trigger_disable() { true; }
effect_disable() { [ ! -L "/proc/$leader/root$units/multi-user.target.wants/victim-disable.service" ]; }

prepare() { # ROOT
	local name
	for name in sed append copy replace truncate remove away; do victim "$1" $name $units; done
	for name in outranks empty mask disable; do victim "$1" $name; done
	ln -s /usr/lib/systemd/system/victim-disable.service "$1$units/multi-user.target.wants/"
}

try_in_modes
