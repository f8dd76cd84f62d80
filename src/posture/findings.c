/* The list of findings: one for each check and object, however many units it is about. */
#include "posture_internal.h"
#include "unitward/glob.h"

#define UNITS_NAMED 20 /* of a finding; the others are counted */

struct finding_entry {
        struct finding finding;
        char *last; /* the unit that was counted last: a check goes from unit to unit */
        char *key;
        UT_hash_handle hh;
};

static const char *const severities[SEVERITY_COUNT_] = { "info", "low", "medium", "high", "critical" };

const char *severity_name(enum severity severity)
{
        return severities[severity];
}

/* ---- Mends ------------------------------------------------------------------------------------------------- */

static char **words_copy(const char *const *words)
{
        size_t n = 0;
        char **copy;

        while (words[n])
                n++;
        copy = calloc(n + 1, sizeof *copy);
        for (size_t i = 0; copy && i < n; i++) {
                copy[i] = strdup(words[i]);
                if (!copy[i]) {
                        while (i > 0)
                                free(copy[--i]);
                        free(copy);
                        return NULL;
                }
        }
        return copy;
}

static void words_free(char **words)
{
        for (char **word = words; word && *word; word++)
                free(*word);
        free(words);
}

/* The command that does what the kind says. */
static int mend_command(const struct finding_draft *draft, char ***ret)
{
        char mode[8], owner[32];
        const char *const commands[][6] = {
                [MEND_CHMOD] = { "chmod", mode, "--", draft->path, NULL },
                [MEND_CHOWN] = { "chown", "-h", owner, "--", draft->path, NULL },
                [MEND_REMOVE_ACL] = { "setfacl", "-b", "--", draft->path, NULL },
                [MEND_REMOVE_LINK] = { "rm", "--", draft->path, NULL },
        };
        const char *const *words = draft->mend == MEND_COMMAND ? draft->argv : commands[draft->mend % MEND_COMMAND];

        if (draft->mend == MEND_NOTHING)
                return 0;
        (void)snprintf(mode, sizeof mode, "%04o", (unsigned)draft->mode & 07777u);
        (void)snprintf(owner, sizeof owner, "%u:%u", draft->uid, draft->gid);
        *ret = words_copy(words);
        return *ret ? 0 : -ENOMEM;
}

static int mend_init(struct mend *mend, const struct finding_draft *draft)
{
        *mend = (struct mend){
                .kind = draft->mend, .safe = draft->safe, .mode = draft->mode, .uid = draft->uid, .gid = draft->gid
        };
        if (draft->advice && !(mend->advice = strdup(draft->advice)))
                return -ENOMEM;
        return mend_command(draft, &mend->argv);
}

static void mend_done(struct mend *mend)
{
        words_free(mend->argv);
        free(mend->advice);
}

/* ---- Adding ------------------------------------------------------------------------------------------------ */

static void entry_free(struct finding_entry *entry)
{
        struct finding *finding = &entry->finding;

        for (size_t i = 0; i < finding->n_units; i++)
                free(finding->units[i]);
        free(finding->units);
        people_done(&finding->who);
        mend_done(&finding->mend);
        free(finding->what);
        free(finding->path);
        free(entry->last);
        free(entry->key);
        free(entry);
}

static int count_unit(struct finding_entry *entry, const char *unit)
{
        char *last;

        if (entry->last && streq(entry->last, unit))
                return 0;
        last = strdup(unit);
        if (!last)
                return -ENOMEM;
        free(entry->last);
        entry->last = last;
        entry->finding.more_units++;
        return 0;
}

static int add_unit(struct finding_entry *entry, const char *unit)
{
        struct finding *finding = &entry->finding;
        char **more;

        for (size_t i = 0; i < finding->n_units; i++)
                if (streq(finding->units[i], unit))
                        return 0;
        if (finding->n_units == UNITS_NAMED)
                return count_unit(entry, unit);
        more = reallocarray(finding->units, finding->n_units + 1, sizeof *more);
        if (!more)
                return -ENOMEM;
        finding->units = more;
        more[finding->n_units] = strdup(unit);
        return more[finding->n_units] ? (finding->n_units++, 0) : -ENOMEM;
}

static int say(struct finding *finding, const struct finding_draft *draft)
{
        char *what = strdup(draft->what);
        struct mend mend;

        if (!what || mend_init(&mend, draft) < 0) {
                free(what);
                return -ENOMEM;
        }
        free(finding->what);
        mend_done(&finding->mend);
        finding->what = what;
        finding->mend = mend;
        finding->severity = draft->severity;
        return 0;
}

static struct finding_entry *entry_new(struct posture *posture, char *key, const struct finding_draft *draft)
{
        struct finding_entry *entry = calloc(1, sizeof *entry);

        if (!entry) {
                free(key);
                return NULL;
        }
        entry->key = key;
        entry->finding.check = draft->check;
        entry->finding.path = strdup(draft->path);
        if (draft->st) {
                entry->finding.id = file_id_of(draft->st);
                entry->finding.mode = draft->st->st_mode;
        }
        if (entry->finding.path && say(&entry->finding, draft) == 0)
                HASH_ADD_KEYPTR(hh, posture->by_key, entry->key, strlen(entry->key), entry);
        if (!HASH_ADDED(hh, entry)) {
                entry_free(entry);
                return NULL;
        }
        posture->n_findings++;
        return entry;
}

int posture_add(struct posture *posture, const struct finding_draft *draft)
{
        char *key = format("%u %s", draft->check, draft->path);
        struct finding_entry *entry = NULL;
        int r = 0;

        if (!key)
                return -ENOMEM;
        HASH_FIND(hh, posture->by_key, key, strlen(key), entry);
        if (entry) {
                free(key);
                if (draft->severity > entry->finding.severity)
                        r = say(&entry->finding, draft);
        } else if (!(entry = entry_new(posture, key, draft)))
                r = -ENOMEM;
        if (r == 0 && draft->who)
                r = people_add_all(&entry->finding.who, draft->who);
        if (r == 0 && draft->unit)
                r = add_unit(entry, draft->unit);
        return r;
}

int posture_unseen(struct posture *posture, const char *path, int error)
{
        struct unseen *more;

        for (size_t i = 0; i < posture->n_unseen; i++)
                if (streq(posture->unseen[i].path, path))
                        return 0;
        more = reallocarray(posture->unseen, posture->n_unseen + 1, sizeof *more);
        if (!more)
                return -ENOMEM;
        posture->unseen = more;
        more[posture->n_unseen] = (struct unseen){ strdup(path), error };
        return more[posture->n_unseen].path ? (posture->n_unseen++, 0) : -ENOMEM;
}

/* ---- The end ----------------------------------------------------------------------------------------------- */

static int worst_first(const void *a, const void *b)
{
        const struct finding *x = *(const struct finding *const *)a, *y = *(const struct finding *const *)b;

        if (x->severity != y->severity)
                return x->severity > y->severity ? -1 : 1;
        if (x->check != y->check)
                return x->check < y->check ? -1 : 1;
        return strcmp(x->path, y->path);
}

/* What is still accepted counts before what was. */
static void judge(const struct posture *posture, struct finding *finding)
{
        const uint64_t now = now_realtime_usec();

        for (size_t i = 0; posture->policy && i < policy_n_accepted(posture->policy); i++) {
                const struct policy_accepted *accepted = policy_accepted(posture->policy, i);
                bool expired = accepted->until_usec <= now;

                if (accepted->check != finding->check || !glob_match_path(accepted->path, finding->path) ||
                    (finding->accepted && (expired || !finding->expired)))
                        continue;
                finding->accepted = accepted;
                finding->expired = expired;
        }
}

int findings_finish(struct posture *posture)
{
        struct finding_entry *entry, *next;
        size_t n = 0;

        free(posture->sorted);
        posture->sorted = calloc(posture->n_findings + 1, sizeof(struct finding *));
        if (!posture->sorted)
                return -ENOMEM;
        HASH_ITER(hh, posture->by_key, entry, next) {
                judge(posture, &entry->finding);
                posture->sorted[n++] = &entry->finding;
        }
        qsort(posture->sorted, n, sizeof(struct finding *), worst_first);
        return 0;
}

void findings_done(struct posture *posture)
{
        struct finding_entry *entry, *next;

        HASH_ITER(hh, posture->by_key, entry, next) {
                HASH_DEL(posture->by_key, entry);
                entry_free(entry);
        }
        free(posture->sorted);
        for (size_t i = 0; i < posture->n_unseen; i++)
                free(posture->unseen[i].path);
        free(posture->unseen);
}

size_t posture_n_findings(const struct posture *posture)
{
        return posture->n_findings;
}

const struct finding *posture_finding(const struct posture *posture, size_t index)
{
        return posture->sorted[index];
}

bool finding_counts(const struct finding *finding)
{
        return finding->severity > SEVERITY_INFO && (!finding->accepted || finding->expired);
}

size_t posture_n_unseen(const struct posture *posture)
{
        return posture->n_unseen;
}

const struct unseen *posture_unseen_at(const struct posture *posture, size_t index)
{
        return &posture->unseen[index];
}
