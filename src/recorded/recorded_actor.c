/* Who it was, from a record. */
#include <fcntl.h>

#include "unitward/text.h"
#include "unitward/glob.h"

#include "recorded_parts.h"

/* The program as the policy knows it: by the path that the record has or, where that is another name of it, by what is
 * there today. What the policy does not name needs no identity. */
static struct file_id identify(const struct policy *policy, const char *path, unsigned *assumptions)
{
        bool stands_in;
        struct file_id id = policy_program_named(policy, path, &stands_in);
        struct stat st;

        if (stands_in)
                *assumptions |= RECORDED_ASSUMED_PROGRAM;
        if (!file_id_is_set(id) && *path == '/' && stat(path, &st) == 0)
                id = file_id_of(&st);
        return id;
}

static void read_process(const struct policy *policy, const json_t *json, struct recorded *recorded)
{
        static const char deleted[] = " (deleted)";
        struct actor *actor = &recorded->actor;
        struct actor_process *process = &actor->ancestry[actor->n_ancestry];
        const char *exe = json_string_value(json_object_get(json, "executable"));
        char *path = recorded->exes[actor->n_ancestry++];

        (void)string_copy(path, PATH_MAX, exe ? exe : "");
        if (ends_with(path, deleted))
                path[strlen(path) - strlen(deleted)] = '\0';
        *process = (struct actor_process){
                .pid = (pid_t)json_integer_value(json_object_get(json, "pid")),
                .exe = identify(policy, path, &recorded->assumptions),
                .exe_path = path,
                .unit = (char *)(uintptr_t)json_string_value(json_object_get(json, "unit")),
        };
}

static bool number_at(const json_t *event, const char *path, id_t *ret)
{
        const json_t *value = json_at(event, path);
        const char *text = json_string_value(value);
        char *end = NULL;
        unsigned long number = text ? strtoul(text, &end, 10) : (unsigned long)json_integer_value(value);

        if (!json_is_integer(value) && (!text || !*text || *end))
                return false;
        *ret = (id_t)number;
        return number <= UINT32_MAX;
}

static void read_groups(const json_t *event, struct actor *actor)
{
        const json_t *groups = json_at(event, "unitward.actor_groups");
        size_t i;
        json_t *group;

        json_array_foreach(groups, i, group)
                if (actor->n_groups < ACTOR_GROUPS_MAX)
                        actor->groups[actor->n_groups++] = (gid_t)json_integer_value(group);
}

/* Older records do not say it. */
static void guess_manager(const struct policy *policy, struct actor *actor)
{
        const struct actor_process *process = &actor->ancestry[0];
        const struct file_id *exes;
        size_t n = policy_manager_exes(policy, &exes);
        bool is_systemd = ends_with(process->exe_path, "/systemd");

        actor->manager = actor->pid == 1 && is_systemd;
        actor->user_manager =
                !actor->manager && is_systemd && process->unit && glob_match("user@*.service", process->unit);
        for (size_t i = 0; i < n; i++)
                actor->manager |= file_id_is_set(process->exe) && file_id_equal(exes[i], process->exe);
}

static void read_manager(const struct policy *policy, const json_t *event, struct recorded *recorded)
{
        const json_t *manager = json_at(event, "unitward.actor_manager");
        const char *which = json_string_value(manager);

        recorded->actor.manager = which && streq(which, "system");
        recorded->actor.user_manager = which && streq(which, "user");
        if (manager || recorded->actor.n_ancestry == 0)
                return;
        recorded->assumptions |= RECORDED_ASSUMED_MANAGER;
        guess_manager(policy, &recorded->actor);
}

int recorded_actor(const struct policy *policy, const json_t *event, struct recorded *recorded)
{
        struct actor *actor = &recorded->actor;
        id_t number;
        size_t i;
        json_t *process;

        *actor = (struct actor){
                .references = 1,
                .known = json_is_true(json_at(event, "unitward.actor_known")),
                .pid = (pid_t)json_integer_value(json_at(event, "process.pid")),
                .label = (char *)(uintptr_t)recorded_text_at(event, "unitward.actor_label"),
                .login_uid = (uid_t)-1,
                .gid = (gid_t)-1,
        };
        json_array_foreach(json_at(event, "unitward.ancestry"), i, process)
                if (actor->n_ancestry < ACTOR_ANCESTORS_MAX)
                        read_process(policy, process, recorded);
        if (!actor->known)
                return 0;
        if (!number_at(event, "user.id", &number) || actor->n_ancestry == 0)
                return -EBADMSG;
        actor->uid = number;
        if (number_at(event, "user.group.id", &number))
                actor->gid = number;
        if (number_at(event, "unitward.login_uid", &number))
                actor->login_uid = number;
        read_groups(event, actor);
        read_manager(policy, event, recorded);
        return 0;
}
