/* Which units are started by themselves, sooner or later: by a boot or a login, or by what these have started. */
#include <limits.h>

#include "unitward/udev_text.h"
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
                               accept && strchr("yYtT1", *accept) ? "@" : "", implied[i].starts);
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

struct activation {
        struct closure *closure;
        const char *directory;
};

/* SystemdService= of a D-Bus service file: whoever sends a message starts it. */
static int reach_activated(const char *name, void *userdata)
{
        const struct activation *activation = userdata;
        _cleanup_free_ char *path = format("%s/%s", activation->directory, name);
        const struct unit_file *file = NULL;
        const char *service;
        struct node *node;
        int r;

        if (!path)
                return -ENOMEM;
        if (!ends_with(name, ".service"))
                return 0;
        r = posture_look(activation->closure->posture, path, false, &node);
        if (r == 0 && node->error == 0 && S_ISREG(node->st.st_mode))
                r = parsed_get(activation->closure->posture, node->path, &file);
        if (r < 0 || !file)
                return r == -ENOMEM ? r : 0;
        service = unit_file_value(file, "D-BUS Service", "SystemdService");
        return service ? reach(activation->closure, service) : 0;
}

static int reach_bus(struct closure *closure)
{
        static const char *const directories[][5] = {
                [UNIT_SCOPE_SYSTEM] = { "/usr/share/dbus-1/system-services", "/usr/local/share/dbus-1/system-services",
                                        "/etc/dbus-1/system-services", "/run/dbus-1/system-services", NULL },
                [UNIT_SCOPE_USER] = { "/usr/share/dbus-1/services", "/usr/local/share/dbus-1/services",
                                      "/etc/dbus-1/services", NULL },
        };
        int r = 0;

        for (const char *const *directory = directories[closure->catalog->scope]; r == 0 && *directory; directory++) {
                struct activation activation = { closure, *directory };

                r = posture_list(closure->posture, *directory, reach_activated, &activation);
        }
        return r;
}

static int reach_wanted(const char *unit, bool of_users, void *userdata)
{
        const struct activation *activation = userdata;

        return of_users == (activation->closure->catalog->scope == UNIT_SCOPE_USER) ? reach(activation->closure, unit)
                                                                                    : 0;
}

static int reach_by_rules(const char *name, void *userdata)
{
        const struct activation *activation = userdata;
        _cleanup_free_ char *path = format("%s/%s", activation->directory, name), *text = NULL;
        size_t size;
        int r;

        if (!path)
                return -ENOMEM;
        if (!ends_with(name, ".rules"))
                return 0;
        r = posture_read(activation->closure->posture, path, UDEV_FILE_MAX, &text, &size);
        return r == 0 ? udev_wanted_units(text, size, reach_wanted, userdata) : posture_fatal(r);
}

/* What udev's rules have started when a device comes. */
static int reach_devices(struct closure *closure)
{
        static const char *const directories[] = { "/etc/udev/rules.d", "/run/udev/rules.d",
                                                   "/usr/local/lib/udev/rules.d", "/usr/lib/udev/rules.d" };
        int r = 0;

        for (size_t i = 0; r == 0 && i < ARRAY_SIZE(directories); i++) {
                struct activation activation = { closure, directories[i] };

                r = posture_list(closure->posture, directories[i], reach_by_rules, &activation);
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
        if (r == 0)
                r = reach_devices(closure);
        return r == 0 ? reach_bus(closure) : r;
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
