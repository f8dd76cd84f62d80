/* Linux audit: a user record, as the audit project's specifications have them. */
#include <libaudit.h>

#include "record_private.h"
#include "unitward/record_command.h"
#include "unitward/record_summary.h"
#include "unitward/record_text.h"
#include "unitward/util.h"

/* Names with a dash are unitward's own; the kernel puts pid=, uid=, auid= of who sends it before. */
static void put_untrusted(FILE *stream, const char *name, const char *value)
{
        char *text = value && *value ? audit_encode_nv_string(name, value, 0) : NULL;

        if (text)
                (void)fprintf(stream, " %s", text);
        free(text);
}

static void put_number(FILE *stream, const char *name, long long value)
{
        (void)fprintf(stream, " %s=%lld", name, value);
}

static void put_actor(FILE *stream, const struct actor *actor)
{
        if (!actor)
                return;
        put_number(stream, "actor-pid", actor->pid);
        if (actor->n_ancestry > 0) {
                put_untrusted(stream, "actor-exe", actor->ancestry[0].exe_path);
                put_untrusted(stream, "actor-unit", actor->ancestry[0].unit);
        }
        if (actor->n_ancestry > 1)
                put_untrusted(stream, "actor-parent", actor->ancestry[1].exe_path);
        if (!actor->known)
                return;
        put_number(stream, "actor-uid", actor->uid);
        put_number(stream, "actor-auid", actor->login_uid == (uid_t)-1 ? -1 : (long long)actor->login_uid);
}

static void put_decision(FILE *stream, const struct record *record)
{
        const char *technique = record_is_denial(record) ? record_technique(record) : NULL;

        if (record->decided) {
                (void)fprintf(stream, " verdict=%s enforced=%s", outcome_name(record->outcome),
                              record->mode == MODE_ENFORCE ? "yes" : "no");
                put_untrusted(stream, "rule", record->rule);
        }
        if (technique)
                (void)fprintf(stream, " technique=%s", technique);
        put_untrusted(stream, "quarantine", record->quarantine_id);
        put_untrusted(stream, "alert", record->alert);
        if (record->summary)
                put_number(stream, "count", (long long)record->summary->count);
}

/* What cannot be cut is first, what is long is last. */
char *record_to_audit(const struct record *record)
{
        _cleanup_free_ char *text = NULL;
        size_t size;
        FILE *stream = open_memstream(&text, &size);

        if (!stream)
                return NULL;
        (void)fprintf(stream, "op=%s kind=%s",
                      record->decided ? operation_name(record->operation) : record_kind_name(record->kind),
                      record_kind_name(record->kind));
        put_decision(stream, record);
        put_untrusted(stream, "unit", record->unit);
        put_actor(stream, record->actor);
        put_untrusted(stream, "path", record->path);
        if (record->command)
                put_untrusted(stream, "cmd", record->command->line);
        if (!record->decided)
                put_untrusted(stream, "reason", record->message);
        if (fclose(stream) < 0)
                return NULL;
        if (size > AUDIT_MESSAGE_MAX) /* between two fields */
                for (size = AUDIT_MESSAGE_MAX; size > 0 && text[size] != ' ';)
                        size--;
        text[size] = '\0';
        return steal_pointer(text);
}
