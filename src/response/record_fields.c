/* The schema: what happened and what was decided. Who it was: record_subject.c; what it was done to: record_object.c;
 * what a command was asked for: record_command.c; what a manager started: record_alert.c; how often: record_summary.c.
 */
#include "record_private.h"
#include "unitward/record_alert.h"
#include "unitward/text.h"
#include "unitward/util.h"

#define ECS_VERSION "8.11"

/* ECS categories and types of what was tried. */
static const struct {
        const char *category, *type;
} operations[OPERATION_COUNT_] = {
        [OPERATION_CREATE] = { "file", "creation" },       [OPERATION_MODIFY] = { "file", "change" },
        [OPERATION_REMOVE] = { "file", "deletion" },       [OPERATION_RENAME] = { "file", "change" },
        [OPERATION_LINK] = { "file", "creation" },         [OPERATION_ENABLE] = { "configuration", "change" },
        [OPERATION_MASK] = { "configuration", "change" },  [OPERATION_READ] = { "file", "access" },
        [OPERATION_LOAD] = { "configuration", "access" },  [OPERATION_TRANSIENT] = { "configuration", "creation" },
        [OPERATION_EXEC] = { "process", "start" },         [OPERATION_APPROVE] = { "configuration", "change" },
        [OPERATION_MOUNT] = { "configuration", "change" },
};

/* ---- What happened -------------------------------------------------------------------------------- */

static bool get_timestamp(const struct record *record, json_t **ret)
{
        char text[TIMESTAMP_SIZE];

        return field_text(timestamp_format(record->time_usec, text), ret);
}

static bool get_message(const struct record *record, json_t **ret)
{
        _cleanup_free_ char *headline = record_headline(record);

        *ret = headline ? json_string(headline) : NULL;
        return true;
}

static bool get_event_kind(const struct record *record, json_t **ret)
{
        return field_text(record_is_denial(record) ? "alert" : "event", ret);
}

static bool get_category(const struct record *record, json_t **ret)
{
        if (record->start)
                return field_list("process", ret);
        return field_list(record->decided ? operations[record->operation].category : "configuration", ret);
}

static bool get_type(const struct record *record, json_t **ret)
{
        if (record->start)
                return field_list("start", ret);
        return field_list(record->decided ? operations[record->operation].type : "info", ret);
}

static bool get_action(const struct record *record, json_t **ret)
{
        return field_text(record->decided ? operation_name(record->operation) : record_kind_name(record->kind), ret);
}

static bool get_outcome(const struct record *record, json_t **ret)
{
        return field_text(record_came_to_pass(record) ? "success" : "failure", ret);
}

static bool get_provider(const struct record *record, json_t **ret)
{
        (void)record;
        return field_text("unitward", ret);
}

static bool get_code(const struct record *record, json_t **ret)
{
        return field_text(record_kind_message_id(record->kind), ret);
}

static bool get_severity(const struct record *record, json_t **ret)
{
        return field_integer(record_priority(record), ret);
}

static bool get_technique(const struct record *record, json_t **ret)
{
        const char *technique = record_is_denial(record) ? record_technique(record) : NULL;

        return technique ? field_list(technique, ret) : false;
}

/* ---- What was decided ------------------------------------------------------------------------------ */

static bool get_record_kind(const struct record *record, json_t **ret)
{
        return field_text(record_kind_name(record->kind), ret);
}

static bool get_mode(const struct record *record, json_t **ret)
{
        return field_text(mode_name(record->mode), ret);
}

static bool get_operation(const struct record *record, json_t **ret)
{
        return record->decided && field_text(operation_name(record->operation), ret);
}

static bool get_verdict(const struct record *record, json_t **ret)
{
        return record->decided && field_text(outcome_name(record->outcome), ret);
}

static bool get_enforced(const struct record *record, json_t **ret)
{
        if (!record->decided)
                return false;
        *ret = json_boolean(record->mode == MODE_ENFORCE);
        return true;
}

static bool get_rule(const struct record *record, json_t **ret)
{
        return record->decided && field_bytes(record->rule, ret);
}

static bool get_quarantine_id(const struct record *record, json_t **ret)
{
        return field_text(record->quarantine_id, ret);
}

static bool get_hint(const struct record *record, json_t **ret)
{
        if (record->hint)
                return field_bytes(record->hint, ret);
        if (*record->quarantine_id) {
                *ret = json_sprintf("unitward quarantine show %s", record->quarantine_id);
                return true;
        }
        if (record->unkept.is)
                return field_text("it was not kept, the quarantine is full: unitward quarantine list; unitward "
                                  "quarantine purge",
                                  ret);
        if (record->start && *record->alert) {
                *ret = json_sprintf("unitward events --alerts --id %s", record->alert);
                return true;
        }
        if (record->command && record->outcome != OUTCOME_ALLOW)
                return field_text("what decides, and for whom it is allowed: unitward explain --command", ret);
        if (!record->decided || record->operation != OPERATION_LOAD || record->outcome == OUTCOME_ALLOW)
                return false;
        return field_text("if it belongs there, let its actor do it: see unitward.conf(5)", ret);
}

/* ---- Where it was said ------------------------------------------------------------------------------- */

static bool get_hostname(const struct record *record, json_t **ret)
{
        char name[256];

        (void)record;
        return gethostname(name, sizeof name) == 0 && field_bytes(name, ret);
}

static bool get_ecs_version(const struct record *record, json_t **ret)
{
        (void)record;
        return field_text(ECS_VERSION, ret);
}

static const struct record_field event_fields[] = {
        { "@timestamp", NULL, get_timestamp },
        { "message", "MESSAGE", get_message },
        { "event.kind", NULL, get_event_kind },
        { "event.category", NULL, get_category },
        { "event.type", NULL, get_type },
        { "event.action", "UNITWARD_ACTION", get_action },
        { "event.outcome", NULL, get_outcome },
        { "event.provider", "SYSLOG_IDENTIFIER", get_provider },
        { "event.code", "MESSAGE_ID", get_code },
        { "log.syslog.severity.code", "PRIORITY", get_severity },
        { "rule.name", "UNITWARD_RULE", get_rule },
        { "threat.technique.id", "UNITWARD_TECHNIQUE", get_technique },
        { "unitward.kind", "UNITWARD_KIND", get_record_kind },
        { "unitward.mode", "UNITWARD_MODE", get_mode },
        { "unitward.verdict", "UNITWARD_VERDICT", get_verdict },
        { "unitward.enforced", "UNITWARD_ENFORCED", get_enforced },
        { "unitward.operation", "UNITWARD_OPERATION", get_operation },
        { "unitward.quarantine_id", "UNITWARD_QUARANTINE_ID", get_quarantine_id },
        { "unitward.hint", "UNITWARD_HINT", get_hint },
        { "host.hostname", NULL, get_hostname },
        { "ecs.version", NULL, get_ecs_version },
        { NULL, NULL, NULL },
};

static int each_of(const struct record_field *field, const struct record *record, record_field_visit *visit,
                   void *userdata)
{
        int r = 0;

        for (; r == 0 && field->get; field++) {
                json_t *value = NULL;

                if (!field->get(record, &value))
                        continue;
                r = value ? visit(field, value, userdata) : -ENOMEM;
                json_decref(value);
        }
        return r;
}

int record_each_field(const struct record *record, record_field_visit *visit, void *userdata)
{
        const struct record_field *const tables[] = { event_fields,         record_subject_fields,
                                                      record_object_fields, record_command_fields,
                                                      record_alert_fields,  record_summary_fields };
        int r = 0;

        for (size_t i = 0; i < ARRAY_SIZE(tables) && r == 0; i++)
                r = each_of(tables[i], record, visit, userdata);
        return r;
}
