/* Notifications: what has no permission event is noticed here and settled by the housekeeper. */
#include <limits.h>

#include "programs.h"
#include "verdicts_internal.h"
#include "unitward/condemn.h"
#include "unitward/unit_name.h"
#include "unitward/util.h"

/* What was noticed before an opener's event has to be known before its answer, and a flood must not keep the others
 * waiting: what is more than this is read in the next round, and a manager waits for that (verdicts->behind). */
#define BUFFERS_PER_ROUND 4

void changes_add(struct verdicts *verdicts, struct note *note)
{
        if (!note)
                note = note_new(NOTE_EVERYTHING, NULL, NULL, NULL);
        if (note)
                TAILQ_INSERT_TAIL(&verdicts->notes, note, next);
}

void changes_publish(struct verdicts *verdicts)
{
        notes_publish(verdicts->options.notes, &verdicts->notes);
}

/* A link that appeared may be refused: until that is settled no manager loads what it leads to. */
static void suspect(struct verdicts *verdicts, const struct fan_change *change, const char *directory)
{
        if ((change->mask & (FAN_CREATE | FAN_MOVED_TO)) && !(change->mask & FAN_ONDIR) &&
            verdicts_mode(verdicts) == MODE_ENFORCE)
                condemn_suspect(verdicts->options.groups, verdicts->options.inventory, directory, change->name);
}

/* By whose permitted run it was: kept with the note, the run may have ended before that is settled. */
static void put_down(struct verdicts *verdicts, struct note *note, enum place place)
{
        const struct actor *actor = note->actor;
        char path[PATH_MAX], unit[UNIT_NAME_MAX];
        struct access access = { .operation = OPERATION_CREATE, /* or another: not known yet */
                                 .actor = actor,
                                 .zone = ZONE_UNPLACED,
                                 .place = place,
                                 .path = path,
                                 .unit = unit };
        const char *client;

        if (!actor || !path_join(path, sizeof path, note->directory, note->name))
                return;
        unit_name_of(place, strrchr(note->directory, '/') + 1, note->name, unit);
        if (place == PLACE_TRANSIENT && (actor->manager || actor->user_manager))
                access.operation = OPERATION_TRANSIENT;
        client = execs_client(verdicts, &access, false);
        note->client = client ? strdup(client) : NULL;
}

/* For another guard, should this one die before it is settled; with what is there, by which that one knows whether
 * somebody came after. */
static void keep(struct verdicts *verdicts, struct note *note)
{
        char path[PATH_MAX];
        struct stat st;

        if (path_join(path, sizeof path, note->directory, note->name) && lstat(path, &st) == 0)
                note->seen = signature_of(&st);
        note_log_add(verdicts->options.notes->log, note);
        note->kept = note_log_mark(verdicts->options.notes->log);
}

/* A directory for golden copies: it is to be guarded as the others are. */
static bool makes_place(const struct verdicts *verdicts, const struct fan_change *change)
{
        return (change->mask & FAN_CREATE) && (change->mask & FAN_ONDIR) && change->has_directory &&
               inventory_has_state(verdicts->options.inventory, &change->directory, change->name);
}

/* An upgrade may have replaced the program of a gated command. True: the directory is one where these are. */
static bool follow_program(struct verdicts *verdicts, const struct fan_change *change)
{
        if (!change->has_directory || !programs_watch(verdicts->programs, &change->directory))
                return false;
        if (programs_have_name(verdicts->programs, change->name))
                programs_look(verdicts->programs, verdicts->policy);
        return true;
}

static void change_note(struct verdicts *verdicts, const struct fan_change *change)
{
        enum place place = PLACE_PARENT;
        char directory[4096];
        struct actor *actor;
        struct note *note;
        int r = -ENOENT;

        if (change->mask & FAN_Q_OVERFLOW)
                verdicts_count(&verdicts->counters.overflows);
        else if (change->pid == verdicts->self && !makes_place(verdicts, change))
                return; /* settling's own work */
        else if (change->mask & FAN_OPEN_EXEC) {
                acquaintances_glimpse(verdicts->acquaintances, change->pid, change->pidfd);
                return;
        } else if (change->has_directory)
                r = inventory_change_matters(verdicts->options.inventory, &change->directory, change->name, directory,
                                             &place);
        if (follow_program(verdicts, change) && r < 0)
                return; /* nothing else is protected there */
        if (r == 0)
                return;
        verdicts_count(&verdicts->counters.changes);
        if (r < 0) {
                /* A directory that was moved out of its zone takes its mark along: no reason to hurry. */
                changes_add(verdicts,
                            note_new(change->mask & FAN_Q_OVERFLOW ? NOTE_EVERYTHING : NOTE_FOREIGN, NULL, NULL, NULL));
                return;
        }
        suspect(verdicts, change, directory);
        actor = acquaintances_identify(verdicts->acquaintances, &verdicts->managers, change->pid, change->pidfd);
        note = note_new(NOTE_CHANGE, directory, change->name, actor);
        if (note) {
                note->mask = change->mask;
                put_down(verdicts, note, place);
                keep(verdicts, note);
        }
        changes_add(verdicts, note);
}

/* One buffer of what a group tells. True: it may have more to tell. */
static bool read_buffer(struct verdicts *verdicts, int group)
{
        struct note_log *log = verdicts->options.notes->log;
        void *buffer = note_log_buffer(log);
        struct fan_change change = { .pidfd = -1 };
        size_t offset = 0;
        ssize_t n;
        int r;

        note_log_reading(log);
        n = read(group, buffer, FAN_BUFFER_SIZE);
        note_log_read_some(log, n > 0 ? (size_t)n : 0);
        if (n <= 0) {
                note_log_confirm(log);
                return false;
        }
        while ((r = fan_change_next(buffer, (size_t)n, &offset, &change)) > 0) {
                change_note(verdicts, &change);
                note_log_looked_at(log, offset);
                close_pointer(&change.pidfd);
        }
        if (r < 0)
                changes_add(verdicts, note_new(NOTE_EVERYTHING, NULL, NULL, NULL));
        return true;
}

static bool read_group(struct verdicts *verdicts, int group)
{
        bool more = true;

        for (int i = 0; more && i < BUFFERS_PER_ROUND; i++)
                more = read_buffer(verdicts, group);
        return more;
}

void changes_read(struct verdicts *verdicts)
{
        const struct fan_groups *groups = verdicts->options.groups;
        int weak[FAN_WEAK_MAX];
        size_t n_weak;

        if (verdicts->deaf)
                return;
        n_weak = fan_groups_weak_told(groups, weak);
        verdicts->behind = read_group(verdicts, groups->notification);
        for (size_t i = 0; i < n_weak; i++)
                verdicts->behind |= read_group(verdicts, weak[i]);
}

void changes_inherit(struct verdicts *verdicts)
{
        uint64_t usec;
        _cleanup_free_ unsigned char *left = note_log_unread(verdicts->options.notes->log, &usec);
        struct fan_change change;
        size_t offset = 0;

        while (left && fan_change_next(left, FAN_BUFFER_SIZE, &offset, &change) > 0) {
                change.pidfd = actor_open(change.pid, usec); /* the number was one of that guard's */
                change_note(verdicts, &change);
                close_pointer(&change.pidfd);
        }
}

/* Whatever was mounted, one note is enough to have the table of mounts read; all of them are for who it was. */
#define MOUNTS_PER_ROUND 64

void changes_read_mounts(struct verdicts *verdicts)
{
        struct mount_change change;

        for (int i = 0; i < MOUNTS_PER_ROUND && mount_watch_next(&verdicts->mounts, &change) > 0; i++) {
                struct actor *actor = NULL;
                struct note *note;

                if (change.pid != verdicts->self) {
                        if (change.pid > 0)
                                actor = acquaintances_identify(verdicts->acquaintances, &verdicts->managers, change.pid,
                                                               change.pidfd);
                        note = note_new(NOTE_MOUNT, NULL, NULL, actor);
                        if (note)
                                note->mask = change.id;
                        changes_add(verdicts, note);
                }
                close_pointer(&change.pidfd);
        }
}
