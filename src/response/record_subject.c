/* The schema: who it was. What it was done to: record_object.c; the rest of it: record_fields.c. */
#include "record_private.h"
#include "unitward/text.h"
#include "unitward/util.h"

static const struct actor_process *process_of(const struct record *record, size_t generation)
{
        return record->actor && record->actor->n_ancestry > generation ? &record->actor->ancestry[generation] : NULL;
}

static bool knows_actor(const struct record *record)
{
        return record->actor && record->actor->known;
}

static bool get_pid(const struct record *record, json_t **ret)
{
        return record->actor && record->actor->pid > 0 && field_integer(record->actor->pid, ret);
}

static bool get_executable(const struct record *record, json_t **ret)
{
        const struct actor_process *process = process_of(record, 0);

        return process && field_bytes(process->exe_path, ret);
}

static bool get_parent_pid(const struct record *record, json_t **ret)
{
        const struct actor_process *parent = process_of(record, 1);

        return parent && field_integer(parent->pid, ret);
}

static bool get_parent_executable(const struct record *record, json_t **ret)
{
        const struct actor_process *parent = process_of(record, 1);

        return parent && field_bytes(parent->exe_path, ret);
}

/* An identifier, not a number, in ECS. */
static bool get_user(const struct record *record, json_t **ret)
{
        if (!knows_actor(record))
                return false;
        *ret = json_sprintf("%u", record->actor->uid);
        return true;
}

static bool get_gid(const struct record *record, json_t **ret)
{
        if (!knows_actor(record))
                return false;
        *ret = json_sprintf("%u", record->actor->gid);
        return true;
}

static bool get_groups(const struct record *record, json_t **ret)
{
        json_t *groups;

        if (!knows_actor(record) || record->actor->n_groups == 0)
                return false;
        groups = json_array();
        for (size_t i = 0; groups && i < record->actor->n_groups; i++)
                if (json_array_append_new(groups, json_integer(record->actor->groups[i])) < 0) {
                        json_decref(groups);
                        groups = NULL;
                }
        *ret = groups;
        return true;
}

/* Decided when it was looked at: nobody can tell from its program later. */
static bool get_manager(const struct record *record, json_t **ret)
{
        if (!knows_actor(record))
                return false;
        if (record->actor->manager || record->actor->user_manager)
                *ret = json_string(record->actor->manager ? "system" : "user");
        else
                *ret = json_null();
        return true;
}

static bool get_login_uid(const struct record *record, json_t **ret)
{
        if (!knows_actor(record))
                return false;
        *ret = record->actor->login_uid == (uid_t)-1 ? json_null() : json_integer(record->actor->login_uid);
        return true;
}

static bool get_actor_unit(const struct record *record, json_t **ret)
{
        const struct actor_process *process = process_of(record, 0);

        return process && field_bytes(process->unit, ret);
}

static bool get_client(const struct record *record, json_t **ret)
{
        return field_text(record->client, ret);
}

static bool get_actor_label(const struct record *record, json_t **ret)
{
        return record->actor && field_bytes(record->actor->label, ret);
}

static bool get_actor_known(const struct record *record, json_t **ret)
{
        if (!record->actor)
                return false;
        *ret = json_boolean(record->actor->known);
        return true;
}

static bool get_session(const struct record *record, json_t **ret)
{
        return knows_actor(record) && field_integer(record->actor->session, ret);
}

static json_t *ancestor_to_json(const struct actor_process *process)
{
        _cleanup_free_ char *executable = text_to_utf8(process->exe_path), *unit = NULL;

        if (process->unit)
                unit = text_to_utf8(process->unit);
        return executable ? json_pack("{s:i, s:s, s:s?}", "pid", process->pid, "executable", executable, "unit", unit)
                          : NULL;
}

json_t *record_ancestry(const struct actor *actor)
{
        json_t *list = json_array();

        for (size_t i = 0; list && i < actor->n_ancestry; i++)
                if (json_array_append_new(list, ancestor_to_json(&actor->ancestry[i])) < 0) {
                        json_decref(list);
                        list = NULL;
                }
        return list;
}

static bool get_ancestry(const struct record *record, json_t **ret)
{
        if (!process_of(record, 0))
                return false;
        *ret = record_ancestry(record->actor);
        return true;
}

const struct record_field record_subject_fields[] = {
        { "process.pid", "UNITWARD_PID", get_pid },
        { "process.executable", "UNITWARD_EXE", get_executable },
        { "process.parent.pid", "UNITWARD_PARENT_PID", get_parent_pid },
        { "process.parent.executable", "UNITWARD_PARENT_EXE", get_parent_executable },
        { "user.id", "UNITWARD_UID", get_user },
        { "user.group.id", "UNITWARD_GID", get_gid },
        { "unitward.actor_groups", NULL, get_groups },
        { "unitward.actor_manager", "UNITWARD_ACTOR_MANAGER", get_manager },
        { "unitward.actor_unit", "UNITWARD_ACTOR_UNIT", get_actor_unit },
        { "unitward.client", "UNITWARD_CLIENT", get_client },
        { "unitward.actor_label", "UNITWARD_ACTOR_LABEL", get_actor_label },
        { "unitward.actor_known", "UNITWARD_ACTOR_KNOWN", get_actor_known },
        { "unitward.login_uid", "UNITWARD_LOGIN_UID", get_login_uid },
        { "unitward.session", "UNITWARD_SESSION", get_session },
        { "unitward.ancestry", "UNITWARD_ANCESTRY", get_ancestry },
        { NULL, NULL, NULL },
};
