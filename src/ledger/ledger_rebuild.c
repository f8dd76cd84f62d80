#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "unitward/inventory.h"
#include "unitward/ledger.h"
#include "unitward/ledger_rebuild.h"
#include "unitward/ledger_text.h"
#include "unitward/observe.h"
#include "unitward/text.h"
#include "unitward/tree.h"
#include "unitward/util.h"

#define ASIDE ".damaged-"

/* ---- Was there one? -------------------------------------------------------------------------------- */

static int on_any(int dir, const char *name, void *userdata)
{
        (void)dir;
        (void)name;
        (void)userdata;
        return 1;
}

static bool has_something(int directory, const char *name)
{
        _cleanup_close_ int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        return fd >= 0 && directory_each(fd, on_any, NULL) != 0;
}

static int on_aside(int dir, const char *name, void *userdata)
{
        (void)dir;
        return starts_with(name, userdata);
}

bool ledger_lived_here(const char *path)
{
        static const char *const files[] = { "ledger.export", "boot-id" };
        _cleanup_free_ char *aside = NULL;
        _cleanup_close_ int fd = -1;
        char directory[PATH_MAX];
        const char *name = path_split(path, directory, sizeof directory);

        if (!name)
                return false;
        fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return false;
        for (size_t i = 0; i < ARRAY_SIZE(files); i++)
                if (faccessat(fd, files[i], F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                        return true;
        aside = format("%s" ASIDE, name);
        return has_something(fd, "golden") || has_something(fd, "quarantine") ||
               (aside && directory_each(fd, on_aside, aside) > 0);
}

/* ---- Keeping aside --------------------------------------------------------------------------------- */

static int move(const char *path, const char *aside, const char *suffix)
{
        _cleanup_free_ char *from = format("%s%s", path, suffix), *to = format("%s%s", aside, suffix);

        if (!from || !to)
                return -ENOMEM;
        if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) < 0)
                return errno == ENOENT ? 0 : -errno;
        return 1;
}

int ledger_keep_aside(const char *path, char **ret)
{
        /* The database last: as long as it is there, the next start does the rest. */
        static const char *const suffixes[] = { "-shm", "-wal", "" };
        char now[TIMESTAMP_SIZE];
        _cleanup_free_ char *aside = format("%s" ASIDE "%s", path, timestamp_format(now_realtime_usec(), now));
        bool any = false;
        int r;

        if (!aside)
                return -ENOMEM;
        for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
                r = move(path, aside, suffixes[i]);
                if (r < 0)
                        return r;
                any |= r > 0;
        }
        r = fsync_parent(path);
        if (r < 0)
                return r;
        *ret = any ? steal_pointer(aside) : NULL;
        return 0;
}

/* ---- Making it anew -------------------------------------------------------------------------------- */

struct rebuild {
        struct ledger *ledger;
        unsigned n;
};

static void rebuild_done(struct rebuild *rebuild)
{
        rebuild->ledger = ledger_close(rebuild->ledger);
}

/* What is there and is the same is recognised from outside from now on: no start has to hash it again. */
static void recognise(struct ledger_entry *entry)
{
        _cleanup_(observed_done) struct observed seen = OBSERVED_NOTHING;
        struct signature signature;
        struct digest digest;

        if (entry->kind != ENTRY_FILE || observe(AT_FDCWD, entry->path, &seen) < 0 || !seen.exists ||
            !S_ISREG(seen.st.st_mode) || (uint64_t)seen.st.st_size != entry->size ||
            observe_contents(&seen, 0, &digest, NULL, NULL) < 0 || memcmp(&digest, &entry->digest, sizeof digest) != 0)
                return;
        signature = signature_of(&seen.st);
        entry->id = signature.id;
        entry->mtime_nsec = signature.mtime_nsec;
        entry->ctime_nsec = signature.ctime_nsec;
}

static int put_entry(void *userdata, const struct ledger_entry *entry)
{
        struct rebuild *rebuild = userdata;
        struct ledger_entry recognised = *entry;

        rebuild->n++;
        recognise(&recognised);
        return ledger_put(rebuild->ledger, &recognised);
}

static int fill(struct rebuild *rebuild, const char *text, size_t size, char **ret_why)
{
        const struct ledger_text_handler handler = { .entry = put_entry, .userdata = rebuild };
        int r = ledger_begin(rebuild->ledger);

        if (r == 0 && text)
                r = ledger_text_read(text, size, &handler, ret_why);
        if (r == 0)
                r = ledger_set_baseline(rebuild->ledger, now_realtime_usec());
        return r < 0 ? r : ledger_commit(rebuild->ledger);
}

/* Closed, all of it is in the one file: the log is gone. */
static int build(const char *path, const char *text, size_t size, unsigned *ret_n, char **ret_why)
{
        _cleanup_(rebuild_done) struct rebuild rebuild = { 0 };
        int r = ledger_open(path, &rebuild.ledger);

        if (r == 0)
                r = fill(&rebuild, text, size, ret_why);
        if (r == 0)
                *ret_n = rebuild.n;
        return r;
}

static void remove_all(const char *path)
{
        static const char *const suffixes[] = { "", "-wal", "-shm" };

        for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
                _cleanup_free_ char *name = format("%s%s", path, suffixes[i]);

                if (name)
                        (void)unlink(name);
        }
}

int ledger_rebuild(const char *path, const char *export_path, unsigned *ret_n, char **ret_why)
{
        _cleanup_free_ char *fresh = format("%s.rebuilt", path), *wal = format("%s.rebuilt-wal", path), *text = NULL;
        size_t size = 0;
        int r = fresh && wal ? 0 : -ENOMEM;

        if (r == 0 && export_path)
                r = read_file_at(AT_FDCWD, export_path, LEDGER_TEXT_MAX, &text, &size);
        if (r < 0)
                return r == -EFBIG ? -EBADMSG : r;
        remove_all(fresh);
        r = build(fresh, text, size, ret_n, ret_why);
        if (r == 0 && access(wal, F_OK) == 0)
                r = -EIO;
        if (r == 0 && renameat2(AT_FDCWD, fresh, AT_FDCWD, path, RENAME_NOREPLACE) < 0)
                r = -errno;
        if (r < 0) {
                remove_all(fresh);
                return r;
        }
        return fsync_parent(path);
}
