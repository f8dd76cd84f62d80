#!/bin/bash
# A04: a unit arrives by rename: from outside, in exchange for another, within the directory.
# everywhere: RENAME_EXCHANGE; an overlay does not rename what lies beneath
. "${0%/*}/lib.sh"

start_daemon

for way in rename rename-noreplace; do
	evil "$way.timer"
	quarantined "$way" 'rename|create' "$UNITS/$way.timer" attack "$way" "$planted" "$UNITS/$way.timer"
	evil "$way.timer"
	permitted "$way" 'rename|create' "$UNITS/permitted-$way.timer" attack "$way" "$planted" "$UNITS/permitted-$way.timer"
done

evil exchanged.service
quarantined 'exchange' 'rename|modify' "$UNITS/authorised.service" attack rename-exchange "$planted" "$UNITS/authorised.service"
evil exchanged.timer
permitted 'exchange' 'rename|modify' "$UNITS/tampered.timer" attack rename-exchange "$planted" "$UNITS/tampered.timer"

# What was harmless under its old name.
recorded_as="$UNITS/(notes\.txt|evil\.timer)" \
	undone 'rename within the directory' 'rename|create|remove' "$UNITS" attack rename "$UNITS/notes.txt" "$UNITS/evil.timer"
check_does_not_load 'rename within the directory: does not load' "$UNITS/evil.timer"

mkdir -p "$OUTSIDE"/{evil,good}.service.d/deeper
evil evil.service.d/evil.conf
quarantined 'rename of a directory' 'rename|create' "$UNITS/evil.service.d" attack rename "$OUTSIDE/evil.service.d" "$UNITS/evil.service.d"
evil good.service.d/good.conf
permitted 'rename of a directory' 'rename|create' "$UNITS/good.service.d" attack rename "$OUTSIDE/good.service.d" "$UNITS/good.service.d"

evil mv.timer
quarantined 'mv' 'rename|create' "$RUN/system/mv.timer" mv "$planted" "$RUN/system/mv.timer"
evil mv.timer
permitted 'mv' 'rename|create' "$UNITS/mv.timer" sh -c "mv '$planted' '$UNITS/mv.timer'"

# From another file system, mv creates and writes.
printf '# planted' >"$WORK/other.timer"
[ "$(stat -c %d "$WORK")" = "$(stat -c %d "$SCRATCH")" ] ||
	denied 'mv from another file system' create "$UNITS/other.timer" mv "$WORK/other.timer" "$UNITS/other.timer"

finish
