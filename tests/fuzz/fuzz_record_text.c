/* Names that somebody chose, as syslog and Linux audit get them: they end no field, and begin none. */
#include "../unit/text_grammar.h"
#include "unitward/record_text.h"
#include "unitward/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The next text up to a NUL. */
static char *take(const uint8_t **data, size_t *size)
{
        size_t length = strnlen((const char *)*data, *size), step = length < *size ? length + 1 : length;
        char *text = strndup((const char *)*data, length);

        *data += step;
        *size -= step;
        return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct record *record = record_new(RECORD_ACCESS);
        struct actor *actor = actor_unknown(1);
        _cleanup_free_ char *host = NULL, *unit = NULL, *syslog = NULL, *audit = NULL;

        if (!record || !actor)
                abort();
        actor->known = true;
        actor->n_ancestry = 1;
        record->actor = actor;
        record->decided = true;
        record->outcome = OUTCOME_DENY;
        record->path = take(&data, &size);
        actor->ancestry[0].exe_path = take(&data, &size);
        actor->ancestry[0].unit = take(&data, &size);
        record->message = take(&data, &size);
        host = take(&data, &size);
        unit = take(&data, &size);
        (void)string_copy(record->unit, sizeof record->unit, unit);
        syslog = record_to_syslog(record, host, 1);
        audit = record_to_audit(record);
        if (!syslog || !audit || strlen(syslog) >= SYSLOG_MESSAGE_MAX || strlen(audit) > AUDIT_MESSAGE_MAX ||
            !is_syslog(syslog) || !is_audit(audit))
                abort();
        record_free(record);
        return 0;
}
