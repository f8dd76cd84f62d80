#include <limits.h>

#include "unit_internal.h"
#include "unitward/text.h"
#include "unitward/unit_name.h"
#include "unitward/util.h"

#define MEANING_MAX 512

/* A change with its contents read, and where it is. */
struct reading {
        const struct unit_change *change;
        const char *name;      /* last component of the path */
        const char *directory; /* the one before */
        enum place place;      /* PLACE_UNITS, PLACE_DROPINS or PLACE_DEPENDENCIES also in a generated directory */
        struct unit_file *before, *after;
        bool removed, masked, was_masked;
};

/* ---- Dependencies ---------------------------------------------------------------------------------------- */

/* "multi-user.target" of "multi-user.target.wants", and what such a directory does. */
static const struct {
        const char *suffix, *before, *after;
} dependencies[] = {
        { ".wants", "start ", "" },
        { ".requires", "start and require ", "" },
        { ".upholds", "start ", " and keep it running" },
};

static void put_dependency(FILE *stream, const struct reading *reading)
{
        const struct unit_change *change = reading->change;
        char parent[UNIT_NAME_MAX];
        const char *occasion;
        size_t i = 0, length;

        while (i + 1 < ARRAY_SIZE(dependencies) && !ends_with(reading->directory, dependencies[i].suffix))
                i++;
        length = strlen(reading->directory) - strlen(dependencies[i].suffix);
        (void)string_copy(parent, length + 1 < sizeof parent ? length + 1 : sizeof parent, reading->directory);
        occasion = unit_occasion_of_target(parent, unit_is_users(change->path));
        if (reading->removed)
                (void)fputs("no longer makes", stream);
        else if (reading->masked)
                (void)fputs("keeps the vendor from making", stream);
        else
                put_verb(stream, change, "makes");
        (void)fprintf(stream, " %s %s%s%s", parent, dependencies[i].before, change->unit, dependencies[i].after);
        if (occasion)
                (void)fprintf(stream, ", %s", occasion);
}

/* ---- Drop-ins ------------------------------------------------------------------------------------------------ */

static void put_drop_in(FILE *stream, const struct reading *reading)
{
        const struct unit_change *change = reading->change;
        char of[UNIT_NAME_MAX + 64];

        if (!ends_with(reading->name, ".conf"))
                return; /* systemd does not look at it */
        unit_describe(change->unit, of, sizeof of);
        if (!reading->removed && !reading->masked && reading->after) {
                bool told = put_differences(stream, reading->before, reading->after, of);

                if (told)
                        return;
        }
        if (reading->removed)
                (void)fputs(reading->was_masked ? "unmasks" : "removes", stream);
        else if (reading->masked)
                put_verb(stream, change, "masks");
        else
                put_verb(stream, change, change->operation == OPERATION_MODIFY || reading->before ? "changes" : "adds");
        (void)fputs(" the drop-in ", stream);
        put_value(stream, reading->name);
        (void)fprintf(stream, " of %s", of);
        if (!reading->removed && !reading->masked && reading->after)
                (void)fputs(reading->before ? " in comments and layout only" : ", which sets nothing", stream);
        else if (!reading->removed && !reading->masked && change->target) {
                (void)fputs(", a link to ", stream);
                put_value(stream, change->target);
        }
}

/* ---- Units --------------------------------------------------------------------------------------------------- */

static void put_outranked(FILE *stream, const struct reading *reading, const char *words)
{
        if (reading->change->outranked) {
                (void)fprintf(stream, ", %s ", words);
                put_value(stream, reading->change->outranked);
        }
}

static void put_removal(FILE *stream, const struct reading *reading)
{
        const struct unit_change *change = reading->change;

        (void)fprintf(stream, reading->was_masked ? "unmasks %s" : "takes %s away", change->unit);
        if (!reading->was_masked && change->target) {
                (void)fputs(", a link to ", stream);
                put_value(stream, change->target);
        }
        put_outranked(stream, reading, "so that systemd uses");
}

static void put_unit_file(FILE *stream, const struct reading *reading)
{
        const struct unit_change *change = reading->change;
        bool known = reading->before || change->operation == OPERATION_MODIFY;

        if (reading->after && reading->before && !reading->was_masked) {
                if (!put_differences(stream, reading->before, reading->after, change->unit))
                        (void)fprintf(stream, "changes comments and layout of %s only", change->unit);
        } else if (reading->after) {
                put_contents(stream, change, reading->after);
        } else {
                put_verb(stream, change, known ? "changes" : "adds");
                (void)fprintf(stream, " the %s %s", unit_name_type(change->unit) + 1, change->unit);
        }
        if (reading->after && unit_file_refused_line(reading->after) > 0)
                (void)fprintf(stream, ", refused by systemd because of line %u",
                              unit_file_refused_line(reading->after));
        if (!known)
                put_outranked(stream, reading, "in place of");
}

static void put_unit(FILE *stream, const struct reading *reading)
{
        const struct unit_change *change = reading->change;

        if (reading->removed)
                put_removal(stream, reading);
        else if (reading->masked) {
                put_verb(stream, change, "masks");
                (void)fprintf(stream, " %s", change->unit);
        } else if (change->target)
                put_link(stream, change);
        else
                put_unit_file(stream, reading);
}

static void put_attributes(FILE *stream, const struct reading *reading)
{
        put_verb(stream, reading->change, "changes");
        (void)fputs(" the owner, mode or attributes of ", stream);
        put_value(stream, reading->name);
}

/* x.service.d or x.target.wants itself; its contents are the drop-ins in it, one after the other. */
static void put_directory(FILE *stream, const struct reading *reading, enum place kind)
{
        const struct unit_change *change = reading->change;
        char of[UNIT_NAME_MAX + 64];

        if (change->operation == OPERATION_MODIFY) {
                put_attributes(stream, reading);
                return;
        }
        unit_describe(change->unit, of, sizeof of);
        if (kind == PLACE_DROPINS && reading->after && put_settings(stream, reading->after, of))
                return;
        if (reading->removed)
                (void)fputs("takes away all", stream);
        else if (change->target)
                put_verb(stream, change, "takes");
        else
                put_verb(stream, change, "makes");
        if (!reading->removed && !change->target)
                (void)fputs(" a directory for", stream);
        (void)fprintf(stream, kind == PLACE_DROPINS ? " drop-ins of %s" : " dependencies of %s", of);
        if (!reading->removed && change->target) {
                (void)fputs(" from ", stream);
                put_value(stream, change->target);
        }
}

/* ---- The change ---------------------------------------------------------------------------------------------- */

static void put_change(FILE *stream, const struct reading *reading)
{
        const struct unit_change *change = reading->change;
        enum place kind = unit_place_of_directory(PLACE_UNITS, reading->name);

        if (change->attributes_only)
                put_attributes(stream, reading);
        else if (change->place == PLACE_PROGRAMS)
                (void)put_program(stream, change, reading->directory, reading->name);
        else if (change->place == PLACE_CONFIGURATION)
                (void)put_configuration(stream, change, reading->before, reading->after);
        else if (change->place == PLACE_PARENT || !unit_name_type(change->unit))
                return;
        else if (reading->place == PLACE_DROPINS)
                put_drop_in(stream, reading);
        else if (reading->place == PLACE_DEPENDENCIES)
                put_dependency(stream, reading);
        else if (kind != PLACE_UNITS)
                put_directory(stream, reading, kind);
        else
                put_unit(stream, reading);
}

/* Escaped, and cut between characters. */
static char *finish(const char *text)
{
        char *escaped = text_escape(text);
        const size_t size = escaped ? strlen(escaped) : 0;

        if (size > MEANING_MAX)
                memcpy(escaped + text_cut(escaped, size, MEANING_MAX - strlen("...")), "...", sizeof "...");
        return escaped;
}

static bool is_change(enum operation operation)
{
        return operation != OPERATION_READ && operation != OPERATION_LOAD && operation != OPERATION_EXEC;
}

static char *meaning_of(const struct reading *reading)
{
        _cleanup_free_ char *text = NULL;
        size_t size;
        FILE *stream = open_memstream(&text, &size);

        if (!stream)
                return NULL;
        put_change(stream, reading);
        return fclose(stream) < 0 || !*text ? NULL : finish(text);
}

char *unit_meaning(const struct unit_change *change)
{
        struct reading reading = { .change = change };
        char parent[PATH_MAX], *meaning;
        const char *slash;

        reading.name = path_split(change->path, parent, sizeof parent);
        if (!reading.name || !is_change(change->operation))
                return NULL;
        slash = strrchr(parent, '/');
        reading.directory = slash ? slash + 1 : parent;
        reading.place = unit_place_of_directory(PLACE_UNITS, reading.directory);
        reading.removed = change->operation == OPERATION_REMOVE;
        reading.masked = change->operation == OPERATION_MASK ||
                         unit_is_masked(change->target, change->after, change->after_size);
        reading.was_masked = reading.removed ? unit_is_masked(change->target, change->before, change->before_size)
                                             : change->before && change->before_size == 0;
        if (change->before && unit_file_parse(change->before, change->before_size, &reading.before) < 0)
                reading.before = NULL;
        if (change->after && unit_file_parse(change->after, change->after_size, &reading.after) < 0)
                reading.after = NULL;
        meaning = meaning_of(&reading);
        unit_file_free(reading.before);
        unit_file_free(reading.after);
        return meaning;
}
