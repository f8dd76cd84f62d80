#include <dirent.h>
#include <fcntl.h>
#include <time.h>

#include "quarantine_private.h"
#include "unitward/util.h"

#define ID_PATTERN "00000000T000000.000000Z-0000" /* 0 stands for any digit */

static void quarantine_close_pointer(struct quarantine **quarantine)
{
        (void)quarantine_close(*quarantine);
}

/* The one gate between text from outside and a path: no slash, no dot at the start, one length. */
static bool id_is_valid(const char *id)
{
        const char *pattern = ID_PATTERN;

        for (; *pattern; pattern++, id++)
                if (*pattern == '0' ? !(*id >= '0' && *id <= '9') : *id != *pattern)
                        return false;
        return *id == '\0';
}

void quarantine_id_new(struct quarantine *quarantine, char ret_id[static QUARANTINE_ID_MAX])
{
        uint64_t now = now_realtime_usec();
        time_t seconds = (time_t)(now / 1000000u);
        struct tm utc;
        size_t n;

        (void)gmtime_r(&seconds, &utc);
        n = strftime(ret_id, QUARANTINE_ID_MAX, "%Y%m%dT%H%M%S", &utc);
        (void)snprintf(ret_id + n, QUARANTINE_ID_MAX - n, ".%06uZ-%04u", (unsigned)(now % 1000000u),
                       quarantine->counter);
        quarantine->counter = (quarantine->counter + 1) % 10000;
}

int quarantine_item_open(const struct quarantine *quarantine, const char *id)
{
        int fd;

        if (!id_is_valid(id))
                return -EINVAL;
        fd = openat(quarantine->fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

int quarantine_item_create(struct quarantine *quarantine, char ret_id[static QUARANTINE_ID_MAX])
{
        char id[QUARANTINE_ID_MAX];
        int fd, r;

        do {
                quarantine_id_new(quarantine, id);
                r = mkdirat(quarantine->fd, id, 0700) < 0 ? -errno : 0;
        } while (r == -EEXIST);
        fd = r < 0 ? r : quarantine_item_open(quarantine, id);
        if (fd >= 0)
                (void)string_copy(ret_id, QUARANTINE_ID_MAX, id);
        return fd;
}

int quarantine_item_create_as(struct quarantine *quarantine, const char *id)
{
        int fd = quarantine_item_open(quarantine, id);

        if (fd != -ENOENT)
                return fd;
        return mkdirat(quarantine->fd, id, 0700) < 0 ? -errno : quarantine_item_open(quarantine, id);
}

static uint64_t item_measure(int item)
{
        static const struct tree_limits limits = { .max_objects = TREE_OBJECTS_MAX, .max_depth = TREE_DEPTH_MAX };
        struct tree_usage usage = { 0 };

        /* Of a FIFO only the description was kept. */
        (void)tree_measure((struct tree_place){ item, QUARANTINE_CONTENT }, &limits, &usage);
        return usage.bytes + ITEM_OVERHEAD;
}

struct quarantine_item *quarantine_item_new(const char *id)
{
        struct quarantine_item *item = calloc(1, sizeof *item);

        if (item)
                (void)string_copy(item->id, sizeof item->id, id);
        return item;
}

void quarantine_item_add(struct quarantine *quarantine, struct quarantine_item *item)
{
        _cleanup_close_ int fd = quarantine_item_open(quarantine, item->id);

        item->bytes = fd < 0 ? ITEM_OVERHEAD : item_measure(fd);
        quarantine->bytes += item->bytes;
        quarantine->count++;
        TAILQ_INSERT_TAIL(&quarantine->items, item, by_age);
}

static void item_forget(struct quarantine *quarantine, struct quarantine_item *item)
{
        quarantine->bytes -= item->bytes;
        quarantine->count--;
        TAILQ_REMOVE(&quarantine->items, item, by_age);
        free(item);
}

static int only_ids(const struct dirent *entry)
{
        return id_is_valid(entry->d_name);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
        return strcmp((*a)->d_name, (*b)->d_name);
}

static int items_load(struct quarantine *quarantine)
{
        struct dirent **entries;
        int n = scandirat(quarantine->fd, ".", &entries, only_ids, by_name);
        int r = n < 0 ? -errno : 0;

        for (int i = 0; i < n; i++) {
                struct quarantine_item *item = r == 0 ? quarantine_item_new(entries[i]->d_name) : NULL;

                if (item)
                        quarantine_item_add(quarantine, item);
                else if (r == 0)
                        r = -ENOMEM;
                free(entries[i]);
        }
        if (n >= 0)
                free(entries);
        return r;
}

int quarantine_open(const char *directory, const struct quarantine_limits *limits, struct quarantine **ret)
{
        _cleanup_(quarantine_close_pointer) struct quarantine *quarantine = calloc(1, sizeof *quarantine);
        int r;

        if (!quarantine)
                return -ENOMEM;
        TAILQ_INIT(&quarantine->items);
        quarantine->fd = quarantine->aside = -1;
        quarantine->limits = *limits;
        r = make_directories(directory, 0700);
        if (r < 0)
                return r;
        quarantine->fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (quarantine->fd < 0)
                return -errno;
        r = items_load(quarantine);
        if (r == 0)
                r = quarantine_aside_open(quarantine, directory);
        if (r < 0)
                return r;
        *ret = steal_pointer(quarantine);
        return 0;
}

struct quarantine *quarantine_close(struct quarantine *quarantine)
{
        if (quarantine) {
                while (!TAILQ_EMPTY(&quarantine->items))
                        item_forget(quarantine, TAILQ_FIRST(&quarantine->items));
                close_pointer(&quarantine->aside);
                close_pointer(&quarantine->fd);
                free(quarantine->aside_path);
                free(quarantine);
        }
        return NULL;
}

void quarantine_set_limits(struct quarantine *quarantine, const struct quarantine_limits *limits)
{
        quarantine->limits = *limits;
}

void quarantine_prepare_items(struct quarantine *quarantine, quarantine_prepare *prepare, void *userdata)
{
        quarantine->prepare = prepare;
        quarantine->userdata = userdata;
}

void quarantine_each(const struct quarantine *quarantine, void (*tell)(void *userdata, const char *id), void *userdata)
{
        const struct quarantine_item *item;

        TAILQ_FOREACH(item, &quarantine->items, by_age)
                tell(userdata, item->id);
}

void quarantine_usage(struct quarantine *quarantine, uint64_t *ret_bytes, uint64_t *ret_count)
{
        *ret_bytes = quarantine->bytes + quarantine->aside_bytes;
        *ret_count = quarantine->count + quarantine->n_aside;
}

static int item_purge(struct quarantine *quarantine, struct quarantine_item *item)
{
        int r = tree_remove((struct tree_place){ quarantine->fd, item->id }, UINT32_MAX);

        if (r == 0)
                item_forget(quarantine, item);
        return r;
}

bool quarantine_has_room(const struct quarantine *quarantine, uint64_t bytes)
{
        uint64_t used = quarantine->bytes + quarantine->aside_bytes + ITEM_OVERHEAD;

        return quarantine->limits.when_full == QUARANTINE_FULL_PURGE_OLDEST ||
               (used < quarantine->limits.max_bytes && bytes <= quarantine->limits.max_bytes - used);
}

bool quarantine_keeps_all(const struct quarantine *quarantine)
{
        return quarantine->limits.when_full == QUARANTINE_FULL_KEEP;
}

int quarantine_make_room(struct quarantine *quarantine, uint64_t bytes)
{
        uint64_t max = quarantine->limits.max_bytes;

        bytes += ITEM_OVERHEAD + quarantine->aside_bytes;
        /* What can never fit costs no evidence. */
        if (bytes > max)
                return -EDQUOT;
        while (quarantine->bytes > max - bytes) {
                struct quarantine_item *oldest = TAILQ_FIRST(&quarantine->items);

                if (quarantine->limits.when_full != QUARANTINE_FULL_PURGE_OLDEST || !oldest)
                        return -EDQUOT;
                if (item_purge(quarantine, oldest) < 0)
                        return -ENOSPC;
        }
        return 0;
}

int quarantine_show(struct quarantine *quarantine, const char *id, json_t **ret)
{
        _cleanup_close_ int item = quarantine_item_open(quarantine, id);

        return item < 0 ? item : evidence_read(item, id, ret);
}

int quarantine_list(struct quarantine *quarantine, json_t **ret)
{
        struct quarantine_item *item;
        json_t *list = json_array();

        TAILQ_FOREACH(item, &quarantine->items, by_age) {
                json_t *evidence = NULL;
                int r = quarantine_show(quarantine, item->id, &evidence);

                /* Whatever happened to its evidence, that it is here is a fact. */
                if (r < 0)
                        evidence = json_pack("{s:s, s:s}", "id", item->id, "state", "damaged");
                if (json_array_append_new(list, evidence) < 0) {
                        json_decref(list);
                        return -ENOMEM;
                }
        }
        if (!list)
                return -ENOMEM;
        *ret = list;
        return 0;
}

int quarantine_purge(struct quarantine *quarantine, const char *id)
{
        struct quarantine_item *item;

        if (!id_is_valid(id))
                return -EINVAL;
        TAILQ_FOREACH(item, &quarantine->items, by_age)
                if (streq(item->id, id))
                        return item_purge(quarantine, item);
        return -ENOENT;
}
