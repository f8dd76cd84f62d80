/* What the files of a unit say: the unit, its drop-ins, its timer. Read on the recorder when something was started for
 * it, and kept until a record tells of a change; what no zone protects may change without one, so not for long. */
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <sys/stat.h>

#include "detection.h"
#include "unitward/tree.h"
#include "unitward/unit_file.h"
#include "unitward/unit_meaning.h"
#include "unitward/util.h"

#define KEPT_USEC (60u * 1000000u)
#define DROP_INS_MAX 64u

bool unit_text(const char *path, char **ret, size_t *ret_size)
{
        struct stat st;
        _cleanup_close_ int object = object_open((struct tree_place){ AT_FDCWD, path }, &st), fd = -1;
        char target[PATH_MAX];

        if (object >= 0 && S_ISLNK(st.st_mode) && realpath(path, target)) {
                close_pointer(&object);
                object = object_open((struct tree_place){ AT_FDCWD, target }, &st);
        }
        fd = object >= 0 && S_ISREG(st.st_mode) ? object_reopen(object, O_RDONLY) : -1;
        return fd >= 0 && read_fd(fd, UNIT_FILE_MAX, ret, ret_size) >= 0;
}

/* ---- What is read ---------------------------------------------------------------------------------------------- */

struct reading {
        struct unit_known *unit;
        struct inventory *inventory;
        const struct policy *policy;
        bool user;
};

/* As it lies there now; what lies elsewhere is nobody's to authorise. */
static bool is_unauthorised(struct inventory *inventory, const char *path)
{
        struct inventory_facts facts;
        struct signature signature;
        char parent[PATH_MAX];
        const char *name = path_split(path, parent, sizeof parent);
        struct stat st, directory;

        if (!name || stat(path, &st) < 0 || stat(parent, &directory) < 0)
                return false;
        signature = signature_of(&st);
        inventory_find(inventory, &signature, &facts);
        if (facts.found)
                return !facts.authorised;
        inventory_place(inventory, file_id_of(&directory), name, &facts);
        return facts.found;
}

static void append_programs(struct unit_known *unit, const char *text, size_t size)
{
        char **more = NULL, **all;
        size_t n = 0, m = 0;

        if (unit_programs(text, size, &more) < 0)
                return;
        while (unit->programs && unit->programs[n])
                n++;
        while (more[m])
                m++;
        all = reallocarray(unit->programs, n + m + 1, sizeof *all);
        if (all) {
                memcpy(all + n, more, (m + 1) * sizeof *all);
                unit->programs = all;
        } else
                for (size_t i = 0; i < m; i++)
                        free(more[i]);
        free(more);
}

static void add_text(struct reading *reading, const char *name, const char *path, bool runs)
{
        struct unit_known *unit = reading->unit;
        _cleanup_free_ char *text = NULL;
        size_t size;

        unit->unauthorised |= is_unauthorised(reading->inventory, path);
        if (!unit_text(path, &text, &size)) {
                unit->whole = false;
                return;
        }
        (void)detect_contents_add(&unit->contents, name, text, size, reading->user);
        if (!runs)
                return;
        /* Specifiers and another root: its names mean something else than they say. */
        if (memchr(text, '%', size) || memmem(text, size, "Root", 4) || memmem(text, size, "Extension", 9))
                unit->whole = false;
        append_programs(unit, text, size);
        if (!unit->command)
                unit_find_command(unit, text, size);
}

/* ---- Where it lies --------------------------------------------------------------------------------------------- */

/* A zone's pattern for homes is every user's: only this one's counts. */
static bool is_his(const char *directory, uid_t user)
{
        struct stat st;

        return user == (uid_t)-1 || (stat(directory, &st) == 0 && (st.st_uid == user || st.st_uid == 0));
}

typedef bool directory_fn(struct reading *reading, const char *directory, void *userdata);

static bool each_match(struct reading *reading, const char *pattern, directory_fn *each, void *userdata)
{
        glob_t found = { 0 };
        bool done = false;

        if (!strchr(pattern, '*'))
                return each(reading, pattern, userdata);
        if (glob(pattern, GLOB_NOSORT | GLOB_ONLYDIR, NULL, &found) == 0)
                for (size_t i = 0; i < found.gl_pathc && !done; i++)
                        done = is_his(found.gl_pathv[i], reading->unit->user) &&
                               each(reading, found.gl_pathv[i], userdata);
        globfree(&found);
        return done;
}

/* Every directory with units of that manager, the most important first, until it returns true. */
static void each_directory(struct reading *reading, directory_fn *each, void *userdata)
{
        for (size_t i = 0; i < policy_n_zones(reading->policy); i++) {
                const struct zone *zone = policy_zone(reading->policy, (int)i);

                for (size_t j = 0; j < zone->n_paths; j++) {
                        const struct zone_path *path = &zone->paths[j];

                        if (path->is_file || path->place > PLACE_GENERATED ||
                            (strstr(path->pattern, "/systemd/user") != NULL) != reading->user)
                                continue;
                        if (each_match(reading, path->pattern, each, userdata))
                                return;
                }
        }
}

struct search {
        const char *name;
        char path[PATH_MAX];
};

static bool look_for(struct reading *reading, const char *directory, void *userdata)
{
        struct search *search = userdata;

        (void)reading;
        if (path_join(search->path, sizeof search->path, directory, search->name) && access(search->path, F_OK) == 0)
                return true;
        *search->path = '\0';
        return false;
}

/* The unit's own file, or its template's. */
static bool find_file(struct reading *reading, const char *name, struct search *ret)
{
        char template[UNIT_NAME_MAX];

        *ret = (struct search){ .name = name };
        each_directory(reading, look_for, ret);
        if (*ret->path || !unit_template(name, template))
                return *ret->path;
        ret->name = template;
        each_directory(reading, look_for, ret);
        ret->name = name;
        return *ret->path;
}

struct drop_ins {
        const char *unit, *directory; /* "x.service", "x.service.d" */
        bool runs;
        unsigned n;
};

static bool add_drop_ins(struct reading *reading, const char *directory, void *userdata)
{
        struct drop_ins *drop_ins = userdata;
        char pattern[PATH_MAX];
        glob_t found = { 0 };

        (void)snprintf(pattern, sizeof pattern, "%s/%s/*.conf", directory, drop_ins->directory);
        if (glob(pattern, 0, NULL, &found) == 0)
                for (size_t i = 0; i < found.gl_pathc && drop_ins->n < DROP_INS_MAX; i++, drop_ins->n++)
                        add_text(reading, drop_ins->unit, found.gl_pathv[i], drop_ins->runs);
        globfree(&found);
        return false;
}

static void read_drop_ins(struct reading *reading, const char *unit, bool runs)
{
        char own[UNIT_NAME_MAX + 2], template[UNIT_NAME_MAX];
        struct drop_ins drop_ins = { .unit = unit, .directory = own, .runs = runs };

        (void)snprintf(own, sizeof own, "%s.d", unit);
        each_directory(reading, add_drop_ins, &drop_ins);
        if (!unit_template(unit, template))
                return;
        (void)snprintf(own, sizeof own, "%s.d", template);
        each_directory(reading, add_drop_ins, &drop_ins);
}

/* ---- The unit, and what starts it ------------------------------------------------------------------------------ */

static void read_trigger(struct reading *reading, const struct changes_of_unit *changed)
{
        struct unit_known *unit = reading->unit;
        const char *dot = strrchr(unit->name, '.');
        struct search search;
        char name[UNIT_NAME_MAX];

        if (changed->trigger && !changed->trigger->drop_in)
                (void)string_copy(name, sizeof name, changed->trigger->unit);
        else if (!dot ||
                 (size_t)snprintf(name, sizeof name, "%.*s.timer", (int)(dot - unit->name), unit->name) >= sizeof name)
                return;
        if (!find_file(reading, name, &search))
                return;
        (void)string_copy(unit->trigger, sizeof unit->trigger, name);
        add_text(reading, name, search.path, false);
        read_drop_ins(reading, name, false);
}

static void read_unit(struct reading *reading, struct changes_table *changes)
{
        struct unit_known *unit = reading->unit;
        struct changes_of_unit changed;
        struct search search;

        unit->whole = true;
        changes_find(changes, unit->name, &changed);
        if (find_file(reading, unit->name, &search)) {
                unit->path = strdup(search.path);
                unit->transient = strstr(search.path, "/transient/") != NULL;
                add_text(reading, unit->name, search.path, true);
        } else
                unit->whole = false;
        read_drop_ins(reading, unit->name, true);
        read_trigger(reading, &changed);
        unit->unauthorised |= changed.loaded != NULL;
        unit->read_usec = now_monotonic_usec();
}

static void unit_done(struct unit_known *unit)
{
        for (char **program = unit->programs; program && *program; program++)
                free(*program);
        free(unit->programs);
        free(unit->command);
        free(unit->path);
        *unit = (struct unit_known){ 0 };
}

void units_forget(struct units_table *table)
{
        for (size_t i = 0; i < table->n; i++)
                unit_done(&table->all[i]);
        table->n = table->next = 0;
}

static struct unit_known *find(struct units_table *table, const char *name, uid_t user)
{
        for (size_t i = 0; i < table->n; i++)
                if (table->all[i].user == user && streq(table->all[i].name, name))
                        return &table->all[i];
        return NULL;
}

const struct unit_known *units_find(struct units_table *table, const struct policy *policy, struct inventory *inventory,
                                    struct changes_table *changes, const char *name, uid_t user)
{
        struct unit_known *unit = find(table, name, user);
        struct reading reading = { .inventory = inventory, .policy = policy, .user = user != (uid_t)-1 };

        if (unit && now_monotonic_usec() < unit->read_usec + KEPT_USEC)
                return unit;
        if (!unit) {
                unit = &table->all[table->next];
                table->next = (table->next + 1) % DETECTION_UNITS_MAX;
                if (table->n < DETECTION_UNITS_MAX)
                        table->n++;
        }
        unit_done(unit);
        (void)string_copy(unit->name, sizeof unit->name, name);
        unit->user = user;
        reading.unit = unit;
        read_unit(&reading, changes);
        return unit;
}
