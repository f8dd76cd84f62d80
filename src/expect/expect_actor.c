/* Who does something, as a test describes him: the words are those of the policy's actors, with one value each. */
#include <stddef.h>
#include <sys/stat.h>

#include "unitward/recorded.h"

#include "expect_internal.h"

/* As written. */
struct description {
        struct string_list exe, unit, label, login_group;
        struct id_list uid, gid, groups, login_uid;
        const config_setting_t *ancestors; /* a list of programs, or of groups; NULL: none */
        unsigned preset;
        bool gone;
};

static const char *check_unit_name(const char *text)
{
        if (strpbrk(text, "*?["))
                return "is a pattern; expected the name of one unit";
        return check_unit_pattern(text);
}

static const struct setting actor_settings[] = {
        { .name = "exe", .parse = parse_strings, .offset = offsetof(struct description, exe), .check = check_plain },
        { .name = "ancestors", .parse = expect_keep_setting, .offset = offsetof(struct description, ancestors) },
        { .name = "unit",
          .parse = parse_strings,
          .offset = offsetof(struct description, unit),
          .check = check_unit_name },
        { .name = "uid", .parse = parse_users, .offset = offsetof(struct description, uid) },
        { .name = "gid", .parse = parse_groups, .offset = offsetof(struct description, gid) },
        { .name = "group", .parse = parse_groups, .offset = offsetof(struct description, groups) },
        { .name = "login_uid", .parse = parse_login_users, .offset = offsetof(struct description, login_uid) },
        { .name = "login_group",
          .parse = parse_strings,
          .offset = offsetof(struct description, login_group),
          .check = check_text },
        { .name = "label", .parse = parse_strings, .offset = offsetof(struct description, label), .check = check_text },
        { .name = "preset",
          .parse = parse_word,
          .offset = offsetof(struct description, preset),
          .words = &actor_preset_words },
        { .name = "gone", .parse = parse_bool, .offset = offsetof(struct description, gone) },
        { 0 },
};

static const struct setting ancestor_settings[] = {
        { .name = "exe",
          .parse = parse_strings,
          .offset = offsetof(struct description, exe),
          .required = true,
          .check = check_plain },
        { .name = "unit",
          .parse = parse_strings,
          .offset = offsetof(struct description, unit),
          .check = check_unit_name },
        { 0 },
};

static void description_done(struct description *description)
{
        string_list_done(&description->exe);
        string_list_done(&description->unit);
        string_list_done(&description->label);
        string_list_done(&description->login_group);
        id_list_done(&description->uid);
        id_list_done(&description->gid);
        id_list_done(&description->groups);
        id_list_done(&description->login_uid);
}

char *expect_only(struct loader *loader, const config_setting_t *group, const char *name, struct string_list *list)
{
        if (list->n > 1)
                complain(loader, config_setting_get_member(group, name), "has %zu values; expected one", list->n);
        return list->n > 0 ? steal_pointer(list->items[0]) : NULL;
}

static id_t only_id(struct loader *loader, const config_setting_t *group, const char *name, const struct id_list *list,
                    id_t otherwise)
{
        if (list->n > 1)
                complain(loader, config_setting_get_member(group, name), "has %zu values; expected one", list->n);
        return list->n > 0 ? list->ids[0] : otherwise;
}

/* As the next process upwards. One without a unit of its own is in that of whom it started. */
static void add_process(struct loader *loader, const config_setting_t *group, struct description *description,
                        struct actor *actor)
{
        const struct actor_process *child = actor->n_ancestry ? &actor->ancestry[actor->n_ancestry - 1] : NULL;
        struct actor_process *process;

        if (actor->n_ancestry == ACTOR_ANCESTORS_MAX) {
                complain(loader, group, "is one process too many; expected at most %d", ACTOR_ANCESTORS_MAX);
                return;
        }
        process = &actor->ancestry[actor->n_ancestry++];
        process->exe_path = expect_only(loader, group, "exe", &description->exe);
        process->unit = expect_only(loader, group, "unit", &description->unit);
        if (!process->exe_path)
                process->exe_path = strdup("");
        if (!process->unit && child && child->unit)
                process->unit = strdup(child->unit);
        if (!process->exe_path || (!process->unit && child && child->unit))
                loader->out_of_memory = true;
}

static void add_ancestor(struct loader *loader, const config_setting_t *value, void *userdata)
{
        struct actor *actor = userdata;
        struct description description = { 0 };
        const char *path, *wrong;

        if (config_setting_is_group(value)) {
                group_parse(loader, value, ancestor_settings, &description);
                add_process(loader, value, &description, actor);
                description_done(&description);
                return;
        }
        path = value_string(loader, value);
        wrong = path ? check_plain(path) : NULL;
        if (wrong)
                complain(loader, value, "\"%s\" %s", path, wrong);
        else if (path && !string_list_add(&description.exe, path))
                loader->out_of_memory = true;
        else if (path)
                add_process(loader, value, &description, actor);
        description_done(&description);
}

static void add_groups(struct loader *loader, const config_setting_t *group, const struct id_list *groups,
                       struct actor *actor)
{
        if (groups->n > ACTOR_GROUPS_MAX) {
                complain(loader, config_setting_get_member(group, "group"), "has %zu values; expected at most %d",
                         groups->n, ACTOR_GROUPS_MAX);
                return;
        }
        for (size_t i = 0; i < groups->n; i++)
                actor->groups[actor->n_groups++] = groups->ids[i];
}

static uid_t login_of(struct loader *loader, const config_setting_t *group, struct description *description)
{
        _cleanup_free_ char *login_group = expect_only(loader, group, "login_group", &description->login_group);

        if (login_group && description->login_uid.given)
                complain(loader, group, "has login_uid and login_group; expected one of them");
        if (login_group)
                return stand_in_member(login_group);
        return only_id(loader, group, "login_uid", &description->login_uid, (uid_t)-1);
}

static void fill(struct loader *loader, const config_setting_t *group, struct description *description,
                 struct actor *actor)
{
        actor->references = 1;
        actor->known = !description->gone;
        actor->manager = description->preset == ACTOR_PRESET_MANAGER;
        actor->user_manager = description->preset == ACTOR_PRESET_USER_MANAGER;
        actor->uid = only_id(loader, group, "uid", &description->uid, 0);
        actor->gid = only_id(loader, group, "gid", &description->gid, 0);
        actor->login_uid = login_of(loader, group, description);
        actor->label = expect_only(loader, group, "label", &description->label);
        add_groups(loader, group, &description->groups, actor);
        add_process(loader, group, description, actor);
        if (description->ancestors)
                values_each(loader, description->ancestors, add_ancestor, actor);
}

/* The index. */
static int add_actor(struct expect_loader *expect, const config_setting_t *group, const char *name)
{
        struct expectations *expectations = expect->expectations;
        struct expect_actor *actor = calloc(1, sizeof *actor),
                            **slot = actor ? array_grow(&expectations->actors, &expectations->n_actors, sizeof *slot)
                                           : NULL;
        struct description description = { 0 };

        if (!slot) {
                free(actor);
                expect->loader.out_of_memory = true;
                return -ENOMEM;
        }
        *slot = actor;
        (void)string_copy(actor->name, sizeof actor->name, name);
        group_parse(&expect->loader, group, actor_settings, &description);
        if (config_setting_is_group(group))
                fill(&expect->loader, group, &description, &actor->actor);
        description_done(&description);
        return (int)(expectations->n_actors - 1);
}

void expect_actor_free(struct expect_actor *actor)
{
        if (!actor)
                return;
        for (size_t i = 0; i < actor->actor.n_ancestry; i++) {
                free(actor->actor.ancestry[i].exe_path);
                free(actor->actor.ancestry[i].unit);
        }
        free(actor->actor.label);
        free(actor);
}

static int find_actor(const struct expect_loader *expect, const char *name)
{
        for (size_t i = expect->first_actor; i < expect->expectations->n_actors; i++)
                if (streq(expect->expectations->actors[i]->name, name))
                        return (int)i;
        return -ENOENT;
}

void expect_actors_parse(struct expect_loader *expect, const config_setting_t *group)
{
        if (!config_setting_is_group(group)) {
                complain(&expect->loader, group, "is not a group; expected { NAME: { ... }; ... }");
                return;
        }
        for (unsigned i = 0; i < (unsigned)config_setting_length(group); i++) {
                const config_setting_t *member = config_setting_get_elem(group, i);
                const char *name = config_setting_name(member);

                if (name_is_free(&expect->loader, member, name, NULL))
                        (void)add_actor(expect, member, name);
        }
}

int expect_actor_at(struct expect_loader *expect, const config_setting_t *value)
{
        const char *name;
        int index;

        if (config_setting_is_group(value))
                return add_actor(expect, value, "");
        name = value_string(&expect->loader, value);
        index = name ? find_actor(expect, name) : -EINVAL;
        if (index == -ENOENT)
                complain(&expect->loader, value,
                         "there is no actor \"%s\" in this file; expected one of its \"actors\"", name);
        return index;
}

static struct file_id identity_of(const struct policy *policy, const char *path)
{
        bool stands_in;
        struct file_id id = policy_program_named(policy, path, &stands_in);
        struct stat st;

        return !file_id_is_set(id) && stat(path, &st) == 0 ? file_id_of(&st) : id;
}

void expectations_bind(struct expectations *expectations, const struct policy *policy)
{
        for (size_t i = 0; i < expectations->n_actors; i++) {
                struct actor *actor = &expectations->actors[i]->actor;

                for (size_t j = 0; j < actor->n_ancestry; j++)
                        if (*actor->ancestry[j].exe_path)
                                actor->ancestry[j].exe = identity_of(policy, actor->ancestry[j].exe_path);
        }
}
