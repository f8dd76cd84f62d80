/* Which units are started by themselves, sooner or later: by a boot or a login, or by what these have started. */
#include "../unit/unit_internal.h"
#include "units.h"

struct closure {
        struct posture *posture;
        struct catalog *catalog;
        size_t n, room; /* reached, and not looked at yet */
        struct unit_entry **queue;
};

static int reach_entry(struct closure *closure, struct unit_entry *entry)
{
        if (entry->unit.reachable || entry->unit.masked)
                return 0;
        if (closure->n == closure->room) {
                size_t room = closure->room ? 2 * closure->room : 256;
                struct unit_entry **larger = reallocarray(closure->queue, room, sizeof(struct unit_entry *));

                if (!larger)
                        return -ENOMEM;
                closure->queue = larger;
                closure->room = room;
        }
        entry->unit.reachable = true;
        closure->queue[closure->n++] = entry;
        return 0;
}

static int reach(struct closure *closure, const char *name)
{
        struct unit_entry *entry;
        int r = unit_load(closure->posture, closure->catalog, name, &entry);

        return r == 0 && entry ? reach_entry(closure, entry) : r;
}

/* ---- From unit to unit ------------------------------------------------------------------------------------- */

static int expand(const struct unit_entry *entry, const char *word, char ret[static UNIT_NAME_MAX])
{
        _cleanup_free_ char *name = posture_expand(NULL, &entry->unit, word);

        return name && string_copy(ret, UNIT_NAME_MAX, name) ? 0 : -EINVAL;
}

struct from {
        struct closure *closure;
        const struct unit_entry *entry;
};

static int reach_words(const struct unit_setting *setting, const char *path, void *userdata)
{
        const struct from *from = userdata;
        const char *word = setting->value;
        char name[UNIT_NAME_MAX];
        int r = 0;

        (void)path;
        while (r == 0 && *(word += strspn(word, " \t"))) {
                size_t length = strcspn(word, " \t");
                _cleanup_free_ char *one = strndup(word, length);

                if (!one)
                        return -ENOMEM;
                if (expand(from->entry, one, name) == 0)
                        r = reach(from->closure, name);
                word += length;
        }
        return r;
}

static const struct {
        const char *section, *key;
} references[] = {
        { "Unit", "Wants" },   { "Unit", "Requires" },  { "Unit", "Requisite" },  { "Unit", "BindsTo" },
        { "Unit", "Upholds" }, { "Unit", "OnFailure" }, { "Unit", "OnSuccess" },  { "Timer", "Unit" },
        { "Path", "Unit" },    { "Socket", "Service" }, { "Service", "Sockets" },
};

/* What a timer, a path, a socket or an automount starts without saying so. */
static int reach_implied(struct closure *closure, const struct unit_entry *entry)
{
        static const struct {
                const char *type, *section, *key, *starts;
        } implied[] = {
                { ".timer", "Timer", "Unit", ".service" },
                { ".path", "Path", "Unit", ".service" },
                { ".socket", "Socket", "Service", ".service" },
                { ".automount", "Automount", "Unit", ".mount" },
        };
        const char *name = entry->unit.name, *type = strrchr(name, '.'), *accept;
        char started[UNIT_NAME_MAX];

        for (size_t i = 0; type && i < ARRAY_SIZE(implied); i++) {
                if (!streq(type, implied[i].type) ||
                    posture_unit_value(&entry->unit, implied[i].section, implied[i].key))
                        continue;
                accept = posture_unit_value(&entry->unit, "Socket", "Accept");
                (void)snprintf(started, sizeof started, "%.*s%s%s", (int)(type - name), name,
                               accept && unit_is_true(accept) ? "@" : "", implied[i].starts);
                return reach(closure, started);
        }
        return 0;
}

static int reach_name(const char *name, void *userdata)
{
        return reach(userdata, name);
}

static int reach_directory(const char *path, void *userdata)
{
        struct closure *closure = userdata;

        return posture_list(closure->posture, path, reach_name, closure);
}

static int follow(struct closure *closure, const struct unit_entry *entry)
{
        static const char *const suffixes[] = { ".wants", ".requires", ".upholds" };
        struct from from = { closure, entry };
        int r = reach_implied(closure, entry);

        for (size_t i = 0; r == 0 && i < ARRAY_SIZE(references); i++)
                r = posture_unit_settings(&entry->unit, references[i].section, references[i].key, reach_words, &from);
        for (size_t i = 0; r == 0 && i < ARRAY_SIZE(suffixes); i++)
                r = unit_directories(closure->catalog, entry->unit.name, suffixes[i], reach_directory, closure);
        return r;
}

/* ---- Where it begins --------------------------------------------------------------------------------------- */

/* What managers, logind and getty start by themselves, and what is at the end of a boot. */
static const char *const system_roots[] = {
        "default.target",
        "basic.target",
        "sysinit.target",
        "ctrl-alt-del.target",
        "rescue.target",
        "emergency.target",
        "reboot.target",
        "poweroff.target",
        "halt.target",
        "kexec.target",
        "suspend.target",
        "hibernate.target",
        "hybrid-sleep.target",
        "suspend-then-hibernate.target",
        "autovt@tty1.service",
        "user@1000.service",
        "user-runtime-dir@1000.service",
        NULL,
};

static const char *const user_roots[] = {
        "default.target",
        "basic.target",
        "exit.target",
        "graphical-session-pre.target",
        "graphical-session.target",
        "xdg-desktop-autostart.target",
        NULL,
};

/* What somebody has enabled counts, whether or not what it is for is reached; so does what a device brings. */
static int reach_enabled(struct closure *closure)
{
        static const char *const suffixes[] = { ".wants", ".requires", ".upholds" };
        struct catalog_directory *directory, *next;
        int r = 0;

        HASH_ITER(hh, closure->catalog->directories, directory, next)
                for (size_t i = 0; i < directory->n * ARRAY_SIZE(suffixes); i++) {
                        const char *path = directory->paths[i / ARRAY_SIZE(suffixes)];

                        if (r == 0 && ends_with(path, suffixes[i % ARRAY_SIZE(suffixes)]) &&
                            (!starts_with(path, "/usr/") || strstr(path, ".device.")))
                                r = reach_directory(path, closure);
                }
        return r;
}

static int reach_roots(struct closure *closure)
{
        const char *const *roots = closure->catalog->scope == UNIT_SCOPE_SYSTEM ? system_roots : user_roots;
        int r = 0;

        for (; r == 0 && *roots; roots++)
                r = reach(closure, *roots);
        if (r == 0)
                r = reach_enabled(closure);
        return r == 0 ? activated_each(closure->posture, closure->catalog->scope, reach_name, closure) : r;
}

/* A user's own units count without further ado: he starts what he likes. */
static int reach_all(struct closure *closure)
{
        struct catalog_name *name, *next;
        int r = 0;

        HASH_ITER(hh, closure->catalog->names, name, next)
                if (r == 0)
                        r = reach(closure, name->name);
        return r;
}

int closure_make(struct posture *posture)
{
        struct closure closure = { .posture = posture };
        int r = 0;

        for (size_t i = 0; r == 0 && i < posture->n_catalogs; i++) {
                closure.catalog = &posture->catalogs[i];
                r = closure.catalog->uid == (uid_t)-1 ? reach_roots(&closure) : reach_all(&closure);
                while (r == 0 && closure.n > 0)
                        r = follow(&closure, closure.queue[--closure.n]);
        }
        free(closure.queue);
        return r;
}
