/* The write gate: who may write a unit file, and where a file is that the inventory does not know. */
#include <fcntl.h>
#include <limits.h>

#include "verdicts_internal.h"
#include "unitward/unit_name.h"
#include "unitward/util.h"

/* ---- Where a file is that the inventory does not know -------------------------------------------------- */

/* The directory at the path, when the name in it is this file; its identity in *ret_id. */
static bool is_the_file(const struct question *question, const char *directory, const char *name,
                        struct file_id *ret_id)
{
        _cleanup_close_ int dir = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
        struct stat st, there;

        if (dir < 0 || fstat(dir, &st) < 0 || fstatat(dir, name, &there, AT_SYMLINK_NOFOLLOW) < 0 ||
            !file_id_equal(file_id_of(&there), question->signature.id))
                return false;
        *ret_id = file_id_of(&st);
        return true;
}

/* Only the directory's identity counts: the same one may be mounted at a path that no zone names. */
static bool place_at(struct verdicts *verdicts, struct question *question, const char *directory, const char *name)
{
        struct inventory_facts facts;
        struct file_id id;

        if (!is_the_file(question, directory, name, &id))
                return false;
        inventory_place(verdicts->options.inventory, id, name, &facts);
        question->outside = !facts.found && !facts.taken;
        if (question->outside)
                return true;
        facts.found = false; /* the place is known, the file is not */
        question->facts = facts;
        return true;
}

static bool place_by_path(struct verdicts *verdicts, struct question *question)
{
        char path[PATH_MAX], directory[PATH_MAX];
        const char *name;
        ssize_t n = readlink(fd_path(question->fd).text, path, sizeof path - 1);

        if (n <= 0)
                return false;
        path[n] = '\0';
        (void)string_copy(question->facts.path, sizeof question->facts.path, path);
        name = path_split(path, directory, sizeof directory);
        return name && !streq(directory, "/") && place_at(verdicts, question, directory, name);
}

/* By the opener's path first, which is nearly always right; then by the names that were just created.
 * Either counts only when the name there is this inode. */
bool opens_place(struct verdicts *verdicts, struct question *question)
{
        struct note *note;

        if (place_by_path(verdicts, question))
                return !question->outside;
        TAILQ_FOREACH_REVERSE(note, &verdicts->notes, note_list, next)
        if (note->kind == NOTE_CHANGE && (note->mask & (FAN_CREATE | FAN_MOVED_TO)) &&
            place_at(verdicts, question, note->directory, note->name))
                return !question->outside;
        return false;
}

void opens_let_go(struct verdicts *verdicts, const struct question *question)
{
        fan_groups_unmark(verdicts->options.groups, FAN_MARK_UNIT, question->fd);
        opens_pass(verdicts, question);
}

/* ---- Writing ---------------------------------------------------------------------------------------------- */

/* False when the name is still this file. */
static bool is_unlinked(const struct question *question, const char *path)
{
        char directory[PATH_MAX];
        const char *name = path_split(path, directory, sizeof directory);
        struct stat st;

        if (!name || streq(directory, "/"))
                return true;

        _cleanup_close_ int dir = open(directory, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return dir < 0 || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
               !file_id_equal(file_id_of(&st), question->signature.id) || unlinkat(dir, name, 0) == 0;
}

/* A denied O_CREAT has left an empty file, which systemd would read as a mask: it goes before the reply. Where its
 * directory is mounted read-only, whoever made it came another way. */
static void remove_husk(const struct question *question)
{
        char path[PATH_MAX];
        ssize_t n;

        /* An empty file of the daemon's own was there before: a write-ahead log that was taken over. */
        if (question->facts.place == PLACE_STATE)
                return;
        if (question->facts.found || !S_ISREG(question->st.st_mode) || question->st.st_size != 0 ||
            question->st.st_nlink != 1 || is_unlinked(question, question->facts.path))
                return;
        n = readlink(fd_path(question->fd).text, path, sizeof path - 1);
        if (n <= 0)
                return;
        path[n] = '\0';
        (void)is_unlinked(question, path);
}

static enum operation write_operation(const struct question *question, const struct actor *actor, bool placed)
{
        if (placed && question->facts.place == PLACE_TRANSIENT && (actor->manager || actor->user_manager))
                return OPERATION_TRANSIENT;
        return question->facts.found || question->st.st_size > 0 ? OPERATION_MODIFY : OPERATION_CREATE;
}

static bool allows(const struct verdicts *verdicts, struct verdict verdict, const struct question *question)
{
        if (verdict.outcome == OUTCOME_ALLOW || verdicts_mode(verdicts) == MODE_AUDIT)
                return true;
        /* Quarantine lets the bytes of a new file land; for what is authorised it means deny. */
        return verdict.outcome == OUTCOME_QUARANTINE && !question->facts.found;
}

/* The housekeeper need not record it a second time when it settles the same change. */
static void note_decided(struct verdicts *verdicts, const struct question *question, struct actor *actor,
                         enum outcome outcome)
{
        char directory[PATH_MAX];
        const char *name = path_split(question->facts.path, directory, sizeof directory);
        struct note *note;

        if (!name)
                return;
        note = note_new(NOTE_DECIDED, directory, name, actor_ref(actor));
        if (!note)
                return; /* at worst there are two records */
        note->mask = (uint64_t)outcome;
        TAILQ_INSERT_HEAD(&verdicts->notes, note, next);
}

/* A package manager that has just replaced itself is a program the policy does not know yet. Before that
 * makes a denial, the housekeeper reads the policy's programs again. */
bool opens_wait_for_programs(struct verdicts *verdicts, const struct question *question, enum outcome outcome)
{
        if (outcome == OUTCOME_ALLOW || !policy_exes_changed(verdicts->policy))
                return false;
        changes_add(verdicts, note_new(NOTE_PROGRAMS, NULL, NULL, NULL));
        changes_publish(verdicts);
        return held_add(verdicts, question, UNTIL_PROGRAMS);
}

/* As long as what a guard that died had just taken may be asked about. */
static bool is_fresh(const struct verdicts *verdicts)
{
        return verdicts->inherits && now_monotonic_usec() <= verdicts->started_usec + CONDEMNED_USEC;
}

void opens_answer_write(struct verdicts *verdicts, struct question *question, bool may_wait)
{
        struct actor *actor = acquaintances_receive(verdicts->acquaintances, &verdicts->managers, question->tid);
        bool placed = question->facts.found || opens_place(verdicts, question), allow;
        char unit[UNIT_NAME_MAX] = "";
        struct verdict verdict;
        struct access access;

        if (!actor) {
                opens_reply(verdicts, question, verdicts_mode(verdicts) == MODE_AUDIT);
                return;
        }
        /* Created, and taken to quarantine before its creator's open was asked about: he must not write evidence. What
         * the last guard took this one does not know. */
        if (question->facts.taken || (question->outside && is_fresh(verdicts))) {
                actor_unref(actor);
                opens_decide(verdicts, question, OPERATION_MODIFY, false);
                return;
        }
        if (question->outside) {
                actor_unref(actor);
                opens_let_go(verdicts, question);
                return;
        }
        if (placed)
                unit_name_of(question->facts.place, question->facts.directory_name, question->facts.name, unit);
        access = (struct access){ .operation = write_operation(question, actor, placed),
                                  .actor = actor,
                                  .zone = placed ? question->facts.zone : ZONE_UNPLACED,
                                  .place = question->facts.place,
                                  .path = question->facts.path,
                                  .unit = unit };
        access.client = execs_client(verdicts, &access, true);
        verdict = policy_decide(verdicts->policy, &access);
        if (may_wait && opens_wait_for_programs(verdicts, question, verdict.outcome)) {
                actor_unref(actor);
                return;
        }
        allow = allows(verdicts, verdict, question);
        if (!allow && access.operation != OPERATION_MODIFY && placed)
                remove_husk(question);
        opens_reply(verdicts, question, allow);

        opens_count(verdicts, verdict.outcome);
        opens_record(verdicts, &access, verdict, RECORD_ACCESS);
        note_decided(verdicts, question, actor, verdict.outcome);
        actor_unref(actor);
}
