/* What was changed of units lately, and by whom: from the records themselves, so that what detection knows is what
 * everybody can read. */
#include <limits.h>

#include "detection.h"
#include "unitward/unit_meaning.h"
#include "unitward/util.h"

bool unit_template(const char *unit, char ret[static UNIT_NAME_MAX])
{
        const char *at = strchr(unit, '@'), *dot = strrchr(unit, '.');

        if (!at || !dot || at + 1 >= dot)
                return false;
        (void)snprintf(ret, UNIT_NAME_MAX, "%.*s%s", (int)(at + 1 - unit), unit, dot);
        return true;
}

static bool is_about(const char *named, const char *unit)
{
        char template[UNIT_NAME_MAX];

        return streq(named, unit) || (unit_template(unit, template) && streq(named, template));
}

static void changed_done(struct unit_changed *changed)
{
        (void)actor_unref(changed->change.actor);
        free(changed->change.path);
        free(changed->change.meaning);
        *changed = (struct unit_changed){ 0 };
}

void changes_done(struct changes_table *table)
{
        for (size_t i = 0; i < table->n; i++)
                changed_done(&table->all[i]);
        table->n = table->next = 0;
}

/* ---- Taking them ------------------------------------------------------------------------------------------------ */

/* By what a rule has let pass: a program of that name may be anybody's, but not one that was allowed. */
static bool is_package_manager(const struct actor *actor)
{
        static const char *const programs[] = { "/usr/bin/dpkg", "/usr/bin/rpm", "/usr/bin/apt-get", "/usr/bin/apt",
                                                "/usr/bin/dnf",  "/usr/bin/yum", "/usr/bin/zypper" };

        for (size_t i = 0; actor && i < actor->n_ancestry; i++)
                for (size_t j = 0; j < ARRAY_SIZE(programs); j++)
                        if (streq(actor->ancestry[i].exe_path, programs[j]))
                                return true;
        return false;
}

static enum detect_author author_of(const struct record *record)
{
        if (record->outcome != OUTCOME_ALLOW)
                return DETECT_AUTHOR_REFUSED;
        return streq(record->rule, "package-records") || is_package_manager(record->actor) ? DETECT_AUTHOR_PACKAGE
                                                                                           : DETECT_AUTHOR_ALLOWED;
}

#define CHANGING                                                                                                       \
        (1u << OPERATION_CREATE | 1u << OPERATION_MODIFY | 1u << OPERATION_REMOVE | 1u << OPERATION_RENAME |           \
         1u << OPERATION_LINK | 1u << OPERATION_ENABLE | 1u << OPERATION_MASK | 1u << OPERATION_TRANSIENT |            \
         1u << OPERATION_APPROVE)
#define CREATING (1u << OPERATION_CREATE | 1u << OPERATION_RENAME | 1u << OPERATION_LINK | 1u << OPERATION_TRANSIENT)

/* What was undone or refused has changed nothing; managers and generators write what is allowed all the time. */
static bool is_change(const struct record *record)
{
        const bool allowed = record->outcome == OUTCOME_ALLOW;

        if (!record->decided || !record->path || !*record->unit || record->attributes_only ||
            !(1u << record->operation & CHANGING) || (!allowed && record->mode == MODE_ENFORCE))
                return false;
        switch (record->place) {
        case PLACE_UNITS:
        case PLACE_DROPINS:
        case PLACE_DEPENDENCIES:
                return true;
        case PLACE_TRANSIENT:
        case PLACE_GENERATED:
                return !allowed;
        default:
                return false;
        }
}

static struct unit_changed *find_path(struct changes_table *table, const char *path)
{
        for (size_t i = 0; i < table->n; i++)
                if (table->all[i].change.path && streq(table->all[i].change.path, path))
                        return &table->all[i];
        return NULL;
}

static struct unit_changed *make_room(struct changes_table *table)
{
        struct unit_changed *changed = &table->all[table->next];

        table->next = (table->next + 1) % DETECTION_CHANGES_MAX;
        if (table->n < DETECTION_CHANGES_MAX)
                table->n++;
        changed_done(changed);
        return changed;
}

/* The file, when it is another than it was, or has grown. */
static void look_at_activation(struct unit_changed *changed)
{
        _cleanup_free_ char *text = NULL;
        struct signature signature;
        struct stat st;
        size_t size;

        if (changed->drop_in || !unit_name_type(changed->unit) || ends_with(changed->unit, ".service") ||
            !changed->change.path || stat(changed->change.path, &st) < 0)
                return;
        signature = signature_of(&st);
        if (signature_equal(&signature, &changed->read) || !unit_text(changed->change.path, &text, &size))
                return;
        changed->read = signature;
        if (!unit_activates(changed->unit, text, size, changed->activates))
                *changed->activates = '\0';
}

static bool note_loaded(struct changes_table *table, const struct record *record)
{
        struct unit_changed *changed = record->path ? find_path(table, record->path) : NULL;

        if (!changed) {
                changed = make_room(table);
                changed->change.path = record->path ? strdup(record->path) : NULL;
                changed->change.time_usec = record->time_usec;
                changed->change.operation = OPERATION_LOAD;
                changed->change.author = DETECT_AUTHOR_REFUSED;
                (void)string_copy(changed->unit, sizeof changed->unit, record->unit);
        }
        changed->loaded = true;
        changed->loaded_usec = record->time_usec;
        return true;
}

bool changes_note(struct changes_table *table, const struct record *record)
{
        struct unit_changed *changed;
        bool created;

        if (record->kind == RECORD_LOADED)
                return note_loaded(table, record);
        if (record->decided && record->operation == OPERATION_LOAD && record->path) {
                changed = find_path(table, record->path);
                if (changed)
                        changed->loaded_usec = record->time_usec;
                return false;
        }
        if (!is_change(record))
                return false;
        changed = find_path(table, record->path);
        created = changed ? changed->created : (1u << record->operation & CREATING) != 0;
        if (changed)
                changed_done(changed);
        else
                changed = make_room(table);
        *changed = (struct unit_changed){ .drop_in = record->place == PLACE_DROPINS,
                                          .place = record->place,
                                          .created = created,
                                          .change = { .time_usec = record->time_usec,
                                                      .path = strdup(record->path),
                                                      .meaning = record->meaning ? strdup(record->meaning) : NULL,
                                                      .operation = record->operation,
                                                      .author = author_of(record),
                                                      .actor = record->actor ? actor_ref(record->actor) : NULL } };
        (void)string_copy(changed->change.rule, sizeof changed->change.rule, record->rule);
        (void)string_copy(changed->unit, sizeof changed->unit, record->unit);
        return true;
}

/* ---- What they mean ------------------------------------------------------------------------------------------- */

static bool text_beside(const char *path, const char *name, char **ret, size_t *ret_size)
{
        char directory[PATH_MAX], beside[PATH_MAX];

        return path_split(path, directory, sizeof directory) && path_join(beside, sizeof beside, directory, name) &&
               unit_text(beside, ret, ret_size);
}

char *changed_meaning(const struct unit_changed *changed)
{
        _cleanup_free_ char *after = NULL, *service = NULL;
        struct unit_change change = { .operation = changed->change.operation,
                                      .place = changed->place,
                                      .path = changed->change.path,
                                      .unit = changed->unit };
        char name[UNIT_NAME_MAX];

        if (!changed->created || changed->loaded || !changed->change.path || changed->place == PLACE_DEPENDENCIES ||
            !unit_text(changed->change.path, &after, &change.after_size))
                return NULL;
        change.after = after;
        if (unit_activates(changed->unit, after, change.after_size, name) &&
            text_beside(changed->change.path, name, &service, &change.service_size))
                change.service = service;
        return unit_meaning(&change);
}

/* ---- Finding them ------------------------------------------------------------------------------------------------ */

static void take_later(const struct unit_changed **best, const struct unit_changed *changed)
{
        if (!*best || (*best)->change.time_usec < changed->change.time_usec)
                *best = changed;
}

/* What was changed of a timer's drop-in is its change, and who starts the unit is known from the timer itself. */
static bool triggers(const struct changes_table *table, const struct unit_changed *changed, const char *unit)
{
        if (*changed->activates)
                return is_about(changed->activates, unit);
        for (size_t i = 0; changed->drop_in && i < table->n; i++)
                if (streq(table->all[i].unit, changed->unit) && *table->all[i].activates &&
                    is_about(table->all[i].activates, unit))
                        return true;
        return false;
}

const struct unit_changed *changes_of_path(struct changes_table *table, const char *path)
{
        return find_path(table, path);
}

void changes_find(struct changes_table *table, const char *unit, struct changes_of_unit *ret)
{
        *ret = (struct changes_of_unit){ 0 };
        for (size_t i = 0; i < table->n; i++)
                look_at_activation(&table->all[i]);
        for (size_t i = 0; i < table->n; i++) {
                const struct unit_changed *changed = &table->all[i];
                const bool own = is_about(changed->unit, unit);

                if (!own && !triggers(table, changed, unit))
                        continue;
                if (changed->loaded)
                        take_later(&ret->loaded, changed);
                if (changed->loaded_usec > ret->loaded_usec)
                        ret->loaded_usec = changed->loaded_usec;
                take_later(!own ? &ret->trigger : changed->drop_in ? &ret->drop_in : &ret->file, changed);
        }
}

void changes_each(const struct changes_table *table, const char *unit,
                  void (*each)(void *userdata, const struct unit_changed *change), void *userdata)
{
        const size_t first = table->n < DETECTION_CHANGES_MAX ? 0 : table->next;

        for (size_t i = 0; i < table->n; i++) {
                const struct unit_changed *changed = &table->all[(first + i) % table->n];

                if (is_about(changed->unit, unit) || triggers(table, changed, unit))
                        each(userdata, changed);
        }
}
