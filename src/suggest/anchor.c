/* Whom a rule could name: what distinguishes who did it from an intruder. A shell, an interpreter, an editor, a session
 * does not; a package manager above it does, or a service that is configuration management's. */
#include "suggest_internal.h"

static const char gone[] = "who it was nobody knows, it had ended before it could be looked at: no rule can name him";
static const char managers[] =
        "systemd did it for somebody who asked otherwise than by a permitted command, over the bus or with a copy of "
        "systemctl: who, it does not say";
static const char users[] = "a user's, not root's: what users may do with units of their own is for you to say";
static const char sessions[] = "somebody's session as root: an administrator's, or of whoever has his login. Let him "
                               "approve it, or run it as a "
                               "service of its own";
static const char schedulers[] =
        "a job of cron or at: whoever can write a crontab could do it. Run it as a service of its own";
static const char interpreters[] = "nothing above it but shells, interpreters and tools: what it does and what "
                                   "somebody makes it do look the same. If it is "
                                   "your configuration management, say so: --trust";
static const char shells[] = "by way of a shell or another program below a service, as when somebody has broken into "
                             "it. If it is your configuration "
                             "management, say so: --trust";
static const char unowned[] = "no package owns its program. If that is yours, say so: --trust";
static const char missing[] = "its program is not on this machine, where nobody can look at it. Ask where it is, or "
                              "say that it is yours: --trust";
static const char writable[] =
        "its program, or one above it, lies where others than packages and administrators put programs";
static const char replaced[] = "its program was removed or replaced while it ran";
static const char raw[] = "a login of configuration management, and none of its modules: somebody's shell";

static void refuse(struct observation *observation, const char *why)
{
        observation->doubt = why;
        observation->is_attackers = true;
}

bool suggest_trusts(const struct suggest *suggest, const char *name)
{
        for (size_t i = 0; name && i < suggest->options.n_trusted; i++)
                if (streq(suggest->options.trusted[i], name))
                        return true;
        return false;
}

/* A program that does what it was made for: whoever it is, he is not just anybody. */
static bool is_distinct(const char *path)
{
        return *path == '/' && !program_is_tool(path) && !known_infrastructure(path);
}

static bool set(struct anchor *anchor, enum anchor_kind kind, const char *name)
{
        anchor->kind = kind;
        return string_copy(anchor->name, sizeof anchor->name, name);
}

static bool has_tool(const struct actor_class *actor_class)
{
        for (size_t i = 0; i < actor_class->programs.n; i++)
                if (program_is_tool(actor_class->programs.items[i].path))
                        return true;
        return false;
}

static bool has_session(const struct actor_class *actor_class)
{
        for (size_t i = 0; i < actor_class->units.n; i++)
                if (starts_with(actor_class->units.items[i], "session-") ||
                    starts_with(actor_class->units.items[i], "user@") || streq(actor_class->units.items[i], "*"))
                        return true;
        return false;
}

/* One that an administrator has described by programs or services already. */
static bool find_actor(const struct suggest *suggest, const struct actor *actor, struct anchor *anchor)
{
        const struct policy *policy = suggest->policy;

        for (size_t i = 0; i < policy->n_actors; i++) {
                const struct actor_class *actor_class = &policy->actors[i];

                if (actor_class->preset || (!actor_class->programs.n && !actor_class->units.n) ||
                    has_tool(actor_class) || has_session(actor_class) || !actor_class_matches(actor_class, actor))
                        continue;
                anchor->managed = anchor->descends = actor_class->descendants;
                return set(anchor, ANCHOR_ACTOR, actor_class->name);
        }
        return false;
}

static bool is_below_package_manager(const struct actor *actor)
{
        for (size_t i = 0; i < actor->n_ancestry; i++)
                if (known_package_manager(actor->ancestry[i].exe_path))
                        return true;
        return false;
}

static bool find_manager_program(const struct suggest *suggest, const struct actor *actor, struct anchor *anchor)
{
        for (size_t i = 0; i < actor->n_ancestry; i++) {
                const char *path = actor->ancestry[i].exe_path;

                if (!known_package_manager(path) && !suggest_trusts(suggest, path))
                        continue;
                anchor->managed = true;
                anchor->descends = i > 0;
                return set(anchor, ANCHOR_PROGRAM, path);
        }
        return false;
}

static bool find_management_unit(const struct suggest *suggest, const struct actor *actor, struct anchor *anchor)
{
        const char *unit = actor->ancestry[0].unit;

        if (!unit || (!suggest_trusts(suggest, unit) && !known_management_unit(unit)))
                return false;
        anchor->managed = true;
        return set(anchor, ANCHOR_UNIT, unit);
}

/* True when the login decides, one way or the other. */
static bool find_management_login(struct suggest *suggest, const struct actor *actor, struct observation *observation)
{
        const char *login = actor->login_uid == (uid_t)-1
                                    ? NULL
                                    : suggest->options.user_name(suggest->options.userdata, actor->login_uid);
        struct anchor *anchor = &observation->anchor;
        bool trusted = suggest_trusts(suggest, login);

        if (!login || (!trusted && !known_management_login(login)))
                return false;
        anchor->managed = true;
        anchor->session = actor->ancestry[0].unit && known_session_unit(actor->ancestry[0].unit);
        for (size_t i = 0; i < actor->n_ancestry && !*anchor->program; i++) {
                if (known_interpreter(actor->ancestry[i].exe_path))
                        (void)string_copy(anchor->program, sizeof anchor->program, actor->ancestry[i].exe_path);
                anchor->descends = i > 0;
        }
        if (!*anchor->program && !trusted)
                refuse(observation, raw);
        else
                (void)set(anchor, ANCHOR_LOGIN, login);
        return true;
}

static bool is_in_writable_place(const char *path)
{
        static const char *const places[] = { "/tmp", "/var/tmp", "/dev/shm", "/home", "/root", "/run", "/proc" };

        for (size_t i = 0; i < ARRAY_SIZE(places); i++)
                if (path_is_in(path, places[i]))
                        return true;
        return starts_with(path, "/memfd:");
}

/* A service's own program, by itself: nothing between it and systemd that could have been made to start it. */
static bool acts_by_itself(const struct actor *actor)
{
        const char *path = actor->ancestry[0].exe_path;

        for (size_t i = 1; i < actor->n_ancestry; i++)
                if (!streq(actor->ancestry[i].exe_path, path) && !known_infrastructure(actor->ancestry[i].exe_path))
                        return false;
        return is_distinct(path);
}

static const char *doubt_program(const struct suggest *suggest, const json_t *event, const char *path)
{
        const char *exe = json_string_value(json_at(event, "process.executable"));
        struct suggest_program program;

        if (is_in_writable_place(path))
                return writable;
        if (exe && ends_with(exe, " (deleted)"))
                return replaced;
        program = suggest->options.look(suggest->options.userdata, path);
        if (!program.exists)
                return missing;
        return program.owner == SUGGEST_OWNER_NOBODY ? unowned : NULL;
}

static void anchor_program(const struct suggest *suggest, const struct actor *actor, struct observation *observation)
{
        const struct actor_process *process = &actor->ancestry[0];
        const char *doubt = doubt_program(suggest, observation->event, process->exe_path);
        struct anchor *anchor = &observation->anchor;

        if (doubt)
                refuse(observation, doubt);
        else if (!set(anchor, ANCHOR_PROGRAM, process->exe_path))
                refuse(observation, writable);
        else if (process->unit)
                (void)string_copy(anchor->unit, sizeof anchor->unit, process->unit);
}

/* Why somebody who is not a service's own program by itself is not to be told from an intruder. */
static const char *doubt_chain(const struct actor *actor)
{
        const char *why = interpreters;

        for (size_t i = 0; i < actor->n_ancestry; i++) {
                const char *path = actor->ancestry[i].exe_path;

                if (is_in_writable_place(path))
                        return writable;
                if (is_distinct(path))
                        why = shells;
        }
        return why;
}

static void anchor_by_program(const struct suggest *suggest, const struct actor *actor, struct observation *observation)
{
        const char *unit = actor->ancestry[0].unit;

        if (unit && known_session_unit(unit))
                refuse(observation, sessions);
        else if (unit && known_scheduler_unit(unit))
                refuse(observation, schedulers);
        else if (acts_by_itself(actor))
                anchor_program(suggest, actor, observation);
        else
                refuse(observation, doubt_chain(actor));
}

void anchor_find(struct suggest *suggest, const struct recorded *recorded, struct observation *observation)
{
        const struct actor *actor = &recorded->actor;

        observation->anchor.packages = actor->known && is_below_package_manager(actor);
        if (!actor->known || actor->n_ancestry == 0)
                refuse(observation, gone);
        else if (actor->manager || actor->user_manager)
                refuse(observation, managers); /* unless it follows a run: doubt_whole */
        else if (actor->uid != 0)
                refuse(observation, users);
        else if (!find_actor(suggest, actor, &observation->anchor) &&
                 !find_manager_program(suggest, actor, &observation->anchor) &&
                 !find_management_unit(suggest, actor, &observation->anchor) &&
                 !find_management_login(suggest, actor, observation))
                anchor_by_program(suggest, actor, observation);
}
