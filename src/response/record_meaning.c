#include <fcntl.h>
#include <limits.h>

#include "unitward/record_meaning.h"
#include "unitward/tree.h"
#include "unitward/unit_file.h"
#include "unitward/unit_meaning.h"
#include "unitward/unit_path.h"
#include "unitward/util.h"

/* Contents, or that they are not known. */
struct contents {
        char *data; /* NULL: not known */
        size_t size;
};

static void contents_done(struct contents *contents)
{
        free(contents->data);
}

static struct contents read_object(int object, const struct stat *st)
{
        _cleanup_close_ int fd = S_ISREG(st->st_mode) ? object_reopen(object, O_RDONLY) : -1;
        struct contents contents = { 0 };

        if (fd >= 0)
                (void)read_fd(fd, UNIT_FILE_MAX, &contents.data, &contents.size);
        return contents;
}

static uint64_t ctime_usec(const struct stat *st)
{
        return (uint64_t)st->st_ctim.tv_sec * 1000000u + (uint64_t)st->st_ctim.tv_nsec / 1000u;
}

/* The file as it lies there; ctime not 0: unless it was changed since then. */
static struct contents read_unit(const char *path, uint64_t as_of_usec)
{
        struct stat st;
        _cleanup_close_ int object = object_open((struct tree_place){ AT_FDCWD, path }, &st);

        return object < 0 || (as_of_usec && ctime_usec(&st) != as_of_usec) ? (struct contents){ 0 }
                                                                           : read_object(object, &st);
}

enum { JOINED_ENOUGH = 1 };

/* A directory's drop-ins one after the other, as systemd adds them up. */
static int join_drop_in(int dir, const char *name, void *userdata)
{
        struct contents *all = userdata;
        _cleanup_(contents_done) struct contents one = { 0 };
        struct stat st;
        _cleanup_close_ int object = ends_with(name, ".conf") ? object_open((struct tree_place){ dir, name }, &st) : -1;
        char *larger;

        if (object < 0 || !S_ISREG(st.st_mode))
                return 0;
        if (all->size + (uint64_t)st.st_size >= UNIT_FILE_MAX)
                return JOINED_ENOUGH;
        one = read_object(object, &st);
        if (!one.data || all->size + one.size >= UNIT_FILE_MAX)
                return JOINED_ENOUGH;
        larger = realloc(all->data, all->size + one.size + 1);
        if (!larger)
                return -ENOMEM;
        memcpy(larger + all->size, one.data, one.size);
        all->data = larger;
        all->size += one.size;
        all->data[all->size++] = '\n';
        return 0;
}

static struct contents read_evidence(const struct meaning_sources *sources, const char *id)
{
        struct stat st;
        _cleanup_close_ int object = quarantine_content(sources->quarantine, id, &st);
        struct contents contents = { 0 };

        if (object < 0 || !S_ISDIR(st.st_mode))
                return object < 0 ? contents : read_object(object, &st);
        (void)directory_each(object, join_drop_in, &contents);
        return contents;
}

static struct contents read_before(const struct meaning_sources *sources, const struct record *record)
{
        static const struct digest unknown = { 0 };
        struct contents contents = { 0 };

        if (memcmp(&record->before, &unknown, sizeof unknown) == 0)
                return contents;
        if (!sources->outbox || outbox_copy(sources->outbox, &record->before, &contents.data, &contents.size) < 0)
                (void)golden_load(sources->golden, &record->before, &contents.data, &contents.size);
        return contents;
}

static struct contents read_after(const struct meaning_sources *sources, const struct record *record)
{
        struct contents contents = { 0 };

        if (record->unkept.is) {
                contents.data = bytes_duplicate(record->unkept.data, record->unkept.data_size);
                contents.size = contents.data ? record->unkept.data_size : 0;
        } else if (*record->quarantine_id)
                contents = read_evidence(sources, record->quarantine_id);
        else if (record->file.known && !record->target)
                contents = read_unit(record->path, record->file.ctime_usec);
        return contents;
}

/* ---- Pairs -------------------------------------------------------------------------------------------- */

static void remember_taken(struct meaning_sources *sources, const struct record *record)
{
        unsigned slot = sources->n_taken % MEANING_TAKEN_MAX;

        if (!*record->quarantine_id || !ends_with(record->path, ".service"))
                return;
        free(sources->taken[slot].path);
        sources->taken[slot].path = strdup(record->path);
        (void)string_copy(sources->taken[slot].quarantine_id, QUARANTINE_ID_MAX, record->quarantine_id);
        sources->n_taken++;
}

static struct contents read_taken(const struct meaning_sources *sources, const char *path)
{
        struct contents contents = { 0 };

        for (unsigned i = sources->n_taken; i > 0 && i + MEANING_TAKEN_MAX > sources->n_taken; i--) {
                unsigned slot = (i - 1) % MEANING_TAKEN_MAX;

                if (sources->taken[slot].path && streq(sources->taken[slot].path, path)) {
                        contents = read_evidence(sources, sources->taken[slot].quarantine_id);
                        break;
                }
        }
        return contents;
}

static struct contents read_beside(const struct meaning_sources *sources, const char *path)
{
        struct contents contents = read_unit(path, 0);

        return contents.data ? contents : read_taken(sources, path);
}

/* "x@.service" of "x@y.service", in place. */
static bool make_template(char *path)
{
        char *at = strchr(strrchr(path, '/'), '@'), *type = strrchr(path, '.');

        if (!at || !type || at + 1 >= type)
                return false;
        memmove(at + 1, type, strlen(type) + 1);
        return true;
}

/* What a timer, socket or path starts, when it lies beside it, or lay there a moment ago. */
static struct contents read_service(const struct meaning_sources *sources, const struct unit_change *change)
{
        char directory[PATH_MAX], path[PATH_MAX], name[UNIT_NAME_MAX];
        struct contents contents = { 0 };

        if (!change->after || !unit_activates(change->unit, change->after, change->after_size, name) ||
            !path_split(change->path, directory, sizeof directory) || !path_join(path, sizeof path, directory, name))
                return contents;
        contents = read_beside(sources, path);
        if (!contents.data && make_template(path))
                contents = read_beside(sources, path);
        return contents;
}

/* ---- The record ----------------------------------------------------------------------------------------- */

/* What an administrator approves is what was done before. */
static enum operation operation_of(const struct record *record)
{
        if (record->operation != OPERATION_APPROVE)
                return record->operation;
        return record->file.known ? OPERATION_CREATE : OPERATION_REMOVE;
}

void record_find_meaning(struct meaning_sources *sources, struct record *record)
{
        _cleanup_(contents_done) struct contents before = { 0 }, after = { 0 }, service = { 0 };
        struct unit_change change = { .place = record->place, .path = record->path, .unit = record->unit };
        char outranked[PATH_MAX];

        if (!record->decided || !record->path || record->operation == OPERATION_LOAD ||
            record->operation == OPERATION_READ)
                return;
        remember_taken(sources, record);
        before = read_before(sources, record);
        after = read_after(sources, record);
        change.operation = operation_of(record);
        change.target = record->target;
        change.before = before.data;
        change.before_size = before.size;
        change.after = after.data;
        change.after_size = after.size;
        change.attributes_only = record->attributes_only;
        change.attempted =
                record->kind == RECORD_ACCESS && record->mode == MODE_ENFORCE && record->outcome != OUTCOME_ALLOW;
        service = read_service(sources, &change);
        change.service = service.data;
        change.service_size = service.size;
        if (unit_path_outranked(record->path, outranked))
                change.outranked = outranked;
        record->meaning = unit_meaning(&change);
}

void meaning_sources_done(struct meaning_sources *sources)
{
        for (size_t i = 0; i < MEANING_TAKEN_MAX; i++)
                free(sources->taken[i].path);
}
