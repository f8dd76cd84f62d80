/* What somebody can try in a protected directory, and what it takes to withstand that. */
#include "unitward/doctor.h"
#include "unitward/util.h"

struct ground {
        const struct capabilities *kernel;
        const struct directory_capabilities *place;
};

static bool opens_wait(const struct ground *ground)
{
        return ground->kernel->open_perm && ground->place->open_perm;
}

static bool arrivals_are_told(const struct ground *ground)
{
        return ground->kernel->names && ground->place->names;
}

/* The husk is removed by the name that was notified, and a link that nobody told of is followed to where nothing waits.
 */
static bool names_are_settled(const struct ground *ground)
{
        return opens_wait(ground) && arrivals_are_told(ground);
}

static bool truncation_waits(const struct ground *ground)
{
        return ground->kernel->pre_access && ground->place->pre_access;
}

static bool flags_are_read(const struct ground *ground)
{
        return opens_wait(ground) && ground->kernel->syscall_flags;
}

static bool writers_are_told(const struct ground *ground)
{
        return opens_wait(ground) && ground->kernel->lease;
}

static bool threads_are_known(const struct ground *ground)
{
        return flags_are_read(ground) && ground->kernel->report_tid;
}

static bool movers_are_known(const struct ground *ground)
{
        return arrivals_are_told(ground) && ground->kernel->pidfd;
}

static bool moves_are_told(const struct ground *ground)
{
        return arrivals_are_told(ground) && ground->kernel->rename;
}

static bool tools_are_met(const struct ground *ground)
{
        return movers_are_known(ground) && ground->kernel->exec_perm;
}

static bool mounters_are_known(const struct ground *ground)
{
        return ground->kernel->mount_events;
}

static const struct guarantee {
        const char *name;
        bool (*holds)(const struct ground *ground);
        const char *words;
} guarantees[] = {
        { "create", names_are_settled, "creating a file is refused, and not even an empty one is left" },
        { "write", opens_wait, "writing to a file is refused, by its name or by a handle" },
        { "write_unseen_flags", writers_are_told, "writing by openat2 or io_uring is refused, and reading is not" },
        { "truncating_read", flags_are_read, "opening to read that cuts the file is refused" },
        { "read_beside_writer", threads_are_known, "who reads is not taken for who writes at that time" },
        { "truncate", truncation_waits, "truncate(2) is refused, not only undone" },
        { "arrival", arrivals_are_told, "what is renamed or linked in, or removed, is undone" },
        { "rename_whole", moves_are_told, "a rename is recorded with both names" },
        { "arrival_actor", movers_are_known, "who renamed, linked or removed is recorded" },
        { "arrival_tool", tools_are_met, "so is who is gone at once, as mv(1) is" },
        { "load", names_are_settled, "a manager does not get what is not authorised, links included" },
        { "mount_actor", mounters_are_known, "a mount over it is recorded with who it was" },
};

json_t *guarantees_in_words(void)
{
        json_t *json = json_object();

        for (size_t i = 0; json && i < ARRAY_SIZE(guarantees); i++)
                (void)json_object_set_new(json, guarantees[i].name, json_string(guarantees[i].words));
        return json;
}

json_t *guarantees_to_json(const struct capabilities *kernel, const struct directory_capabilities *place)
{
        const struct ground ground = { kernel, place };
        json_t *json = json_object();

        for (size_t i = 0; json && i < ARRAY_SIZE(guarantees); i++)
                (void)json_object_set_new(json, guarantees[i].name, json_boolean(guarantees[i].holds(&ground)));
        return json;
}
