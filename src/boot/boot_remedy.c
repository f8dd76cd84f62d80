/* What takes the place of something that is not authorised. Looks, and changes nothing. */
#include <fcntl.h>

#include "boot_internal.h"
#include "unitward/golden.h"

/* A golden copy by its digest (golden.h): that module also repairs its directory, which is not for others to do. */
static bool golden_contents(const char *golden, const struct digest *digest, char **ret, size_t *ret_size)
{
        char hex[DIGEST_HEX_SIZE], path[PATH_MAX];
        _cleanup_free_ char *data = NULL;
        struct digest actual;
        size_t size;

        (void)digest_to_hex(digest, hex);
        if ((size_t)snprintf(path, sizeof path, "%s/%.2s/%s", golden, hex, hex + 2) >= sizeof path ||
            read_file_at(AT_FDCWD, path, GOLDEN_FILE_MAX, &data, &size) < 0)
                return false;
        digest_buffer(data, size, &actual);
        if (memcmp(&actual, digest, sizeof actual) != 0)
                return false;
        *ret = steal_pointer(data);
        *ret_size = size;
        return true;
}

/* What is at the path, when it has the entry's contents: judged by the bytes that are read. */
static bool disk_contents(const struct boot_entry *entry, char **ret, size_t *ret_size)
{
        _cleanup_close_ int fd = open(entry->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        _cleanup_free_ char *data = NULL;
        struct digest actual;
        size_t size;

        if (fd < 0 || read_fd(fd, GOLDEN_FILE_MAX, &data, &size) < 0)
                return false;
        digest_buffer(data, size, &actual);
        if (memcmp(&actual, &entry->digest, sizeof actual) != 0)
                return false;
        *ret = steal_pointer(data);
        *ret_size = size;
        return true;
}

/* A relative target is so from where the link is; in the early directory it would lead elsewhere. */
static char *absolute_target(const struct boot_entry *entry)
{
        const char *slash = strrchr(entry->path, '/');

        if (*entry->target == '/')
                return strdup(entry->target);
        return format("%.*s/%s", (int)(slash - entry->path), entry->path, entry->target);
}

static bool supply(const struct boot_entry *entry, const char *golden, struct boot_remedy *remedy)
{
        if (entry->kind == ENTRY_LINK) {
                remedy->data = absolute_target(entry);
                remedy->action = BOOT_LINK;
                return remedy->data != NULL;
        }
        remedy->action = BOOT_CONTENTS;
        return entry->kind == ENTRY_FILE && (disk_contents(entry, &remedy->data, &remedy->size) ||
                                             golden_contents(golden, &entry->digest, &remedy->data, &remedy->size));
}

/* Without a snapshot: what a package owns. */
static bool find_owned(const struct boot_walk *walk, const struct boot_finding *finding, struct boot_remedy *remedy)
{
        const struct boot_finding *best = NULL;
        char target[PATH_MAX];
        ssize_t n;

        for (size_t i = 0; i < walk->n_findings; i++) {
                const struct boot_finding *other = &walk->findings[i];

                if (other->authorised && streq(other->below, finding->below) && (!best || other->rank < best->rank))
                        best = other;
        }
        if (!best)
                return false;
        n = readlink(best->path, target, sizeof target - 1);
        remedy->action = best->rank < finding->rank ? BOOT_NOTHING : n < 0 ? BOOT_CONTENTS : BOOT_LINK;
        if (remedy->action == BOOT_CONTENTS)
                return read_file_at(AT_FDCWD, best->path, GOLDEN_FILE_MAX, &remedy->data, &remedy->size) == 0;
        if (remedy->action == BOOT_LINK) {
                target[n] = '\0';
                remedy->data = absolute_target(&(struct boot_entry){ .path = best->path, .target = target });
        }
        return remedy->action == BOOT_NOTHING || remedy->data;
}

/* What systemd would load under the name if only what is authorised were there. */
static bool find_authorised(const struct boot_walk *walk, const struct boot_finding *finding, const char *golden,
                            struct boot_remedy *remedy)
{
        if (!walk->snapshot)
                return find_owned(walk, finding, remedy);
        for (size_t i = 0; i < walk->n_directories; i++) {
                const struct boot_entry *entry;
                char path[PATH_MAX];
                struct stat st;

                if (!path_join(path, sizeof path, walk->directories[i].path, finding->below))
                        continue;
                entry = boot_snapshot_find(walk->snapshot, path);
                if (!entry)
                        continue;
                if (i < finding->rank && lstat(path, &st) == 0 && boot_compare(entry, path, &st) <= BOOT_TOUCHED) {
                        remedy->action = BOOT_NOTHING;
                        return true;
                }
                if (supply(entry, golden, remedy))
                        return true;
        }
        return false;
}

/* Units of the other types run nothing, and the boot may need them. */
static bool runs_something(const char *unit)
{
        static const char *const types[] = { ".service", ".timer", ".socket", ".path" };

        for (size_t i = 0; i < ARRAY_SIZE(types); i++)
                if (ends_with(unit, types[i]))
                        return true;
        return false;
}

/* Enabled by somebody who was allowed to: no reason to keep it from starting. */
static bool is_wanted(const struct boot_walk *walk, const char *unit)
{
        char directory[PATH_MAX];

        for (size_t i = 0; walk->snapshot && i < walk->snapshot->n_entries; i++) {
                const struct boot_entry *entry = &walk->snapshot->entries[i];
                const char *name = path_split(entry->path, directory, sizeof directory);

                if (entry->kind == ENTRY_LINK && name && streq(name, unit) &&
                    (ends_with(directory, ".wants") || ends_with(directory, ".requires") ||
                     ends_with(directory, ".upholds")))
                        return true;
        }
        return false;
}

static struct boot_remedy helpless(const char *why)
{
        return (struct boot_remedy){ .action = BOOT_HELPLESS, .why = why };
}

/* Nothing outranks a *.control directory: what is in it is loaded, and must not start. */
static struct boot_remedy hold(const struct boot_walk *walk, const struct boot_finding *finding)
{
        struct stat st;

        if (*finding->unit == '*')
                return helpless("it applies to all units of a type, and nothing outranks it");
        if (finding->place == PLACE_UNITS && lstat(finding->path, &st) == 0 && S_ISLNK(st.st_mode))
                return helpless("it is a link, and nothing outranks it");
        if (finding->place == PLACE_DROPINS && !runs_something(finding->unit))
                return helpless("nothing outranks it, and the boot may need its unit");
        if (finding->place == PLACE_DEPENDENCIES && is_wanted(walk, finding->unit))
                return (struct boot_remedy){ .action = BOOT_NOTHING };
        return (struct boot_remedy){ .action = BOOT_HOLD };
}

struct boot_remedy boot_remedy_of(const struct boot_walk *walk, const struct boot_finding *finding, const char *golden)
{
        struct boot_remedy remedy = { .action = BOOT_MASK };

        if (finding->state == BOOT_TOUCHED)
                return helpless("its contents are authorised");
        if (finding->place == PLACE_PROGRAMS)
                return helpless("it is a program that the manager runs beside this one");
        if (walk->directories[finding->rank].outranks)
                return hold(walk, finding);
        if (find_authorised(walk, finding, golden, &remedy))
                return remedy;
        if (finding->state == BOOT_CHANGED && finding->place == PLACE_UNITS && !runs_something(finding->unit))
                return helpless("its authorised contents cannot be read, and the boot may need it");
        return (struct boot_remedy){ .action = BOOT_MASK };
}
