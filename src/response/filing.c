#include <fcntl.h>
#include <jansson.h>
#include <sys/stat.h>

#include "unitward/filing.h"
#include "unitward/util.h"

struct filing {
        TAILQ_ENTRY(filing) next;
        UT_hash_handle hh;
        char id[QUARANTINE_ID_MAX];
        char *path;
        char *key; /* NULL: nothing is the same as this */
        json_t *why;
        unsigned times;        /* that it was planted */
        struct record *record; /* NULL: none yet */
};

void filings_init(struct filings *filings)
{
        *filings = (struct filings){ .open = false };
        TAILQ_INIT(&filings->list);
}

static struct filing *filing_free(struct filing *filing)
{
        json_decref(filing->why);
        record_free(filing->record);
        free(filing->path);
        free(filing->key);
        free(filing);
        return NULL;
}

static void filing_remove(struct filings *filings, struct filing *filing)
{
        if (filing->key)
                HASH_DEL(filings->by_key, filing);
        TAILQ_REMOVE(&filings->list, filing, next);
        filings->n--;
}

void filings_done(struct filings *filings)
{
        struct filing *filing;

        while ((filing = TAILQ_FIRST(&filings->list))) {
                filing_remove(filings, filing);
                filing_free(filing);
        }
}

/* True when it is gone, as one of those that are set aside already. */
static bool is_merged(struct filings *filings, const struct filing_what *what, char ret_id[static QUARANTINE_ID_MAX])
{
        struct filing *filing = NULL;
        struct stat st;

        if (what->key)
                HASH_FIND_STR(filings->by_key, what->key, filing);
        if (!filing || fstatat(what->dir, what->name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISLNK(st.st_mode) ||
            unlinkat(what->dir, what->name, 0) < 0)
                return false;
        filing->times++;
        filings->n_merged++;
        (void)string_copy(ret_id, QUARANTINE_ID_MAX, filing->id);
        json_decref(what->why);
        return true;
}

int filings_add(struct filings *filings, struct quarantine *quarantine, const struct filing_what *what,
                char ret_id[static QUARANTINE_ID_MAX])
{
        struct filing *filing;
        int r;

        if (!filings->open || filings->failed_usec)
                return -EAGAIN;
        if (is_merged(filings, what, ret_id))
                return 0;
        if (filings->n >= FILINGS_MAX)
                return -EAGAIN;
        filing = calloc(1, sizeof *filing);
        if (!filing)
                return -ENOMEM;
        filing->path = strdup(what->path);
        filing->key = what->key ? strdup(what->key) : NULL;
        filing->times = 1;
        r = !filing->path || (what->key && !filing->key)
                    ? -ENOMEM
                    : quarantine_set_aside(quarantine, what->dir, what->name, filing->id);
        if (r < 0) {
                filing_free(filing);
                return r;
        }
        filing->why = what->why;
        TAILQ_INSERT_TAIL(&filings->list, filing, next);
        if (filing->key) {
                HASH_ADD_KEYPTR(hh, filings->by_key, filing->key, strlen(filing->key), filing);
                if (!HASH_ADDED(hh, filing))
                        free(steal_pointer(filing->key)); /* then the next one of its kind is kept by itself, too */
        }
        if (++filings->n > filings->n_most)
                filings->n_most = filings->n;
        (void)string_copy(ret_id, QUARANTINE_ID_MAX, filing->id);
        return 0;
}

bool filings_keep_record(struct filings *filings, const char *id, struct record *record)
{
        struct filing *filing;

        if (filings->n == 0)
                return false;
        /* From the end: it is nearly always the one that was added last. */
        TAILQ_FOREACH_REVERSE(filing, &filings->list, filing_list, next)
        if (streq(filing->id, id)) {
                if (filing->record)
                        record_free(record); /* the first one tells of all */
                else
                        filing->record = record;
                return true;
        }
        return false;
}

static int filing_file(struct filing *filing, struct quarantine *quarantine)
{
        if (filing->times > 1)
                (void)json_object_set_new(filing->why, "times", json_integer(filing->times));
        return quarantine_file(quarantine, filing->id, filing->path, filing->why);
}

int filings_work(struct filings *filings, struct quarantine *quarantine, struct outbox *outbox, size_t most)
{
        struct filing *filing;

        for (; most > 0 && (filing = TAILQ_FIRST(&filings->list)); most--) {
                int r = filing_file(filing, quarantine);

                if (r < 0 && r != -ENOENT) {
                        filings->failed_usec = now_monotonic_usec();
                        return r;
                }
                filings->failed_usec = 0;
                filing_remove(filings, filing);
                if (r == 0)
                        outbox_seal(outbox, filing->id);
                if (filing->record)
                        outbox_record(outbox, steal_pointer(filing->record));
                filing_free(filing);
        }
        return 0;
}
