/* Opening the ledger. One that is damaged, or gone though there was one, is kept aside and made anew from its export.
 *
 * Where that is of no use either, only what the package manager can explain is authorised, and nobody can tell the rest
 * from what an intruder left. To undo it would take every unit of the administrator's own; to take it for authorised is
 * what whoever removed the ledger wanted. So the daemon says so and only audits until somebody has looked: the file
 * "unreviewed" in the state directory keeps it so over restarts. A first start is the same where the policy wants the
 * baseline reviewed. */
#include <fcntl.h>

#include "guard_internal.h"
#include "unitward/ledger_rebuild.h"
#include "unitward/util.h"

#define REVIEW                                                                                                         \
        "look at what is there with: unitward diff; then authorise it with: unitward baseline --take, or bring an "    \
        "export of yours: unitward ledger import FILE. Until then nothing is prevented"

struct state_paths {
        char *ledger, *exported, *unreviewed;
};

static void state_paths_done(struct state_paths *paths)
{
        free(paths->ledger);
        free(paths->exported);
        free(paths->unreviewed);
}

static int state_paths_init(const struct guard *guard, struct state_paths *ret)
{
        const char *directory = guard->options.state_directory;

        ret->ledger = format("%s/ledger.db", directory);
        ret->exported = format("%s/ledger.export", directory);
        ret->unreviewed = format("%s/unreviewed", directory);
        return ret->ledger && ret->exported && ret->unreviewed ? 0 : -ENOMEM;
}

/* For the records, and for whoever is at the terminal or reads the service's messages. Takes both. */
static void report(struct guard *guard, char *message, char *hint)
{
        (void)fprintf(stderr, "unitwardd: %s; %s\n", message ? message : "no memory", hint ? hint : "");
        guard_record(guard, RECORD_PROBLEM, message, hint);
}

static int mark_unreviewed(const char *path)
{
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

        return fd < 0 ? -errno : fsync_parent(path);
}

/* The mark comes first: a ledger without entries and without it would have everything undone. */
static int make_empty(struct guard *guard, const struct state_paths *paths, const char *lost, char *why)
{
        _cleanup_free_ char *aside = NULL;
        unsigned n;
        int r = mark_unreviewed(paths->unreviewed);

        if (r == 0)
                r = ledger_keep_aside(paths->exported, &aside); /* the next export would replace it */
        if (r == 0)
                r = ledger_rebuild(paths->ledger, NULL, &n, NULL);
        if (r == 0)
                report(guard,
                       format("the ledger %s, and %s cannot replace it (%s): only what belongs to packages is "
                              "authorised",
                              lost, aside ? aside : paths->exported, why ? why : "it is not there"),
                       format(REVIEW));
        free(why);
        return r;
}

static int rebuild(struct guard *guard, const struct state_paths *paths)
{
        _cleanup_free_ char *aside = NULL, *lost = NULL;
        char *why = NULL;
        unsigned n = 0;
        int r = ledger_keep_aside(paths->ledger, &aside);

        if (r < 0)
                return r;
        lost = aside ? format("was damaged, and is kept as %s", aside) : format("is gone");
        if (!lost)
                return -ENOMEM;
        r = ledger_rebuild(paths->ledger, paths->exported, &n, &why);
        if (r == -ENOENT || r == -EBADMSG || r == -EPROTO)
                return make_empty(guard, paths, lost, why);
        free(why);
        if (r < 0)
                return r;
        report(guard, format("the ledger %s; made anew from %s with %u entries", lost, paths->exported, n),
               format("find out who or what did it; compare with: unitward diff"));
        return 0;
}

static int ignore(const struct ledger_entry *entry, void *userdata)
{
        (void)entry;
        (void)userdata;
        return 0;
}

/* A table that is whole can hold what no ledger does. */
static int open_checked(const char *path, struct ledger **ret)
{
        struct ledger *ledger = NULL;
        int r = ledger_open(path, &ledger);

        if (r == 0)
                r = ledger_each(ledger, ignore, NULL);
        if (r < 0) {
                ledger_close(ledger);
                return r;
        }
        *ret = ledger;
        return 0;
}

/* Whoever wants it enforced from the first moment on has to say what: a baseline that nobody has looked at would make
 * authorised for good what was planted before. The policy's own mode counts, so that no boot in audit mode takes one.
 */
static bool wants_review(const struct policy_settings *settings)
{
        return settings->baseline == BASELINE_REVIEWED ||
               (settings->baseline == BASELINE_BY_MODE && settings->mode == MODE_ENFORCE);
}

int guard_open_ledger(struct guard *guard)
{
        _cleanup_(state_paths_done) struct state_paths paths = { 0 };
        int r = state_paths_init(guard, &paths);
        bool missing = r == 0 && access(paths.ledger, F_OK) < 0 && errno == ENOENT;

        if (r < 0)
                return r;
        r = missing && ledger_lived_here(paths.ledger) ? -EUCLEAN : open_checked(paths.ledger, &guard->ledger);
        if (r == -EUCLEAN) {
                r = rebuild(guard, &paths);
                if (r < 0)
                        return guard_refuse("cannot make anew", paths.ledger, r, "see its disk");
                r = open_checked(paths.ledger, &guard->ledger);
        }
        if (r == -EPROTO)
                return guard_refuse("cannot open", paths.ledger, r,
                                    "a later unitward wrote it: install that, or move the state directory away");
        if (r < 0)
                return guard_refuse("cannot open the ledger", paths.ledger, r, "check the state directory");
        if (wants_review(policy_settings(guard->policy)) && ledger_has_baseline(guard->ledger) == 0) {
                r = mark_unreviewed(paths.unreviewed);
                if (r < 0)
                        return guard_refuse("cannot write", paths.unreviewed, r, "check the state directory");
        }
        guard->claims.unreviewed = access(paths.unreviewed, F_OK) == 0;
        return 0;
}

void guard_reviewed(struct guard *guard)
{
        _cleanup_(state_paths_done) struct state_paths paths = { 0 };
        enum mode before = guard_mode(guard);

        if (!guard->claims.unreviewed)
                return;
        if (state_paths_init(guard, &paths) < 0 || (unlink(paths.unreviewed) < 0 && errno != ENOENT))
                return guard_record(guard, RECORD_PROBLEM,
                                    format("what was reviewed cannot be noted: %s", strerror(errno)),
                                    format("remove unreviewed in the state directory, and restart"));
        __atomic_store_n(&guard->claims.unreviewed, false, __ATOMIC_RELAXED);
        guard_mode_publish(guard);
        guard_mode_settle(guard, before);
        outbox_snapshot(&guard->outbox, guard_snapshot_headers(guard));
}
