#!/bin/bash
# A02: an authorised unit is written to, by every way to write to a file.
# everywhere: truncate(2) is stopped where the kernel asks before it (FAN_PRE_ACCESS)
. "${0%/*}/lib.sh"

# Each way has a unit of its own: the permitted change is to stay.
ways=(write-{rdwr,append,trunc,openat2,io-uring,by-handle} rdonly-trunc)
for way in write copy sendfile "${ways[@]}"; do
	unit "$way" | tee "$UNITS/$way.service" >"$UNITS/permitted-$way.service"
done
evil evil.service
start_daemon

for way in write "${ways[@]}"; do
	denied "$way" modify "$UNITS/$way.service" attack "$way" "$UNITS/$way.service"
	permitted "$way" modify "$UNITS/permitted-$way.service" attack "$way" "$UNITS/permitted-$way.service"
done

denied 'copy_file_range' modify "$UNITS/copy.service" attack copy-file-range "$planted" "$UNITS/copy.service"
permitted 'copy_file_range' modify "$UNITS/permitted-copy.service" attack copy-file-range "$planted" "$UNITS/permitted-copy.service"
denied 'sendfile' modify "$UNITS/sendfile.service" attack sendfile "$planted" "$UNITS/sendfile.service"
permitted 'sendfile' modify "$UNITS/permitted-sendfile.service" attack sendfile "$planted" "$UNITS/permitted-sendfile.service"

for file in "$VENDOR/vendor.service" "$RUN/system/runtime.service" "$ALICE/alice.service" "$UNITS/authorised.service.d/hardening.conf"; do
	denied "write to ${file#"$SCRATCH/"}" modify "$file" attack write-append "$file"
done

# Whoever is no manager may read.
check 'reading stays free' 'cannot be read' cmp -s "$UNITS/template@.service" <(unit template@.service)

finish
