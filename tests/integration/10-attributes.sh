#!/bin/bash
# A10: owner, mode, attributes and access lists of a unit and of its directory.
# everywhere: extended attributes and ACLs
. "${0%/*}/lib.sh"

start_daemon

for way in chmod-open chmod-shut chown setxattr acl; do
	unit=$UNITS/authorised.service
	undone "$way of a unit" modify "$unit" attack "$way" "$unit"
	undone "$way of the directory" modify "$RUN/system" attack "$way" "$RUN/system"
done
undone 'chown of the home directory with units' modify "$ALICE" attack chown "$ALICE"

for way in chmod-open chown setxattr acl; do
	unit "$way" | fake_dpkg unpack "$UNITS/$way.service"
	permitted "$way" modify "$UNITS/$way.service" attack "$way" "$UNITS/$way.service"
done

# What has attributes of its own keeps them, and gets no others.
other() { [ "$1" = acl ] && echo setxattr || echo acl; }
for way in setxattr acl; do
	unit=$UNITS/with-$way.service
	unit "with-$way" | fake_dpkg unpack "$unit"
	try fake_dpkg run attack "$way" "$unit"
	check "a unit with $way" "it said: $said" test $status = 0
	! watched || fake_manager list "$UNITS" >/dev/null
	undone "$(other $way) of a unit that has $way" modify "$unit" attack "$(other $way)" "$unit"
	undone "removal of a unit that has $way" remove "$unit" attack unlink "$unit"
done

finish
