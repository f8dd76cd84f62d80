/* What the parts of the quarantine share. */
#pragma once

#include <stdbool.h>
#include <sys/queue.h>
#include <sys/stat.h>

#include "unitward/quarantine.h"
#include "unitward/tree.h"

#define QUARANTINE_CONTENT "content"
#define QUARANTINE_EVIDENCE "evidence.json"
/* What an item takes besides its content: two directory entries, the evidence. It bounds the number of items. */
#define ITEM_OVERHEAD 8192u
#define EVIDENCE_MAX (1024u * 1024u)

/* Bounds for a tree: while it is taken somebody may be waiting; removing is cheaper than copying. */
#define TREE_OBJECTS_MAX 10000u
#define TREE_DEPTH_MAX 32u
#define TREE_REMOVE_MAX (20u * TREE_OBJECTS_MAX)

struct quarantine_item {
        TAILQ_ENTRY(quarantine_item) by_age;
        char id[QUARANTINE_ID_MAX];
        uint64_t bytes;
};

struct quarantine {
        int fd; /* the directory; the only member that quarantine_seal uses */
        struct quarantine_limits limits;
        unsigned counter; /* the last part of the next ID */
        uint64_t bytes, count;
        int aside;                  /* incoming/ */
        char *aside_path;           /* of it */
        uint64_t aside_bytes, n_aside;
        unsigned n_prepared;        /* items, since incoming/ itself was prepared */
        uint64_t aside_prepared_usec; /* CLOCK_MONOTONIC */
        TAILQ_HEAD(quarantine_items, quarantine_item) items;
        quarantine_prepare *prepare; /* NULL: nothing is to be prepared */
        void *userdata;
};

/* Room for so many bytes, by purging when the limits say so. -ENOSPC. */
int quarantine_make_room(struct quarantine *quarantine, uint64_t bytes);

/* A new directory for an item: its descriptor, and its ID. */
int quarantine_item_create(struct quarantine *quarantine, char ret_id[static QUARANTINE_ID_MAX]);

int quarantine_item_create_as(struct quarantine *quarantine, const char *id); /* or the one that is there */
void quarantine_id_new(struct quarantine *quarantine, char ret_id[static QUARANTINE_ID_MAX]);

/* incoming/, with what is still in there. */
int quarantine_aside_open(struct quarantine *quarantine, const char *directory);

/* Files an object that is already in here: quarantine_take without the limits, which it has passed. */
int quarantine_take_aside(struct quarantine *quarantine, const char *id, const char *path, json_t *why);

/* An item for the list, freed with free(3) until it is in it; NULL: no memory. From then on it counts, with what is in
 * its directory. */
struct quarantine_item *quarantine_item_new(const char *id);
void quarantine_item_add(struct quarantine *quarantine, struct quarantine_item *item);

/* An existing item's directory. -EINVAL: not an ID; -ENOENT. */
int quarantine_item_open(const struct quarantine *quarantine, const char *id);

/* What quarantine_restore needs to know of the evidence. */
struct evidence_facts {
        mode_t mode; /* type and permissions, as it was found */
        uid_t uid;
        gid_t gid;
        bool cut;
};

/* The evidence about an object that is still where it was planted (an O_PATH descriptor). NULL: no memory. */
json_t *evidence_new(int object, const struct stat *st, json_t *why);

/* Reads stored evidence, and nothing that is not, or not this item's: -EBADMSG. */
int evidence_parse(const char *text, size_t size, const char *id, json_t **ret);
int evidence_read(int item, const char *id, json_t **ret);
int evidence_facts(const json_t *evidence, struct evidence_facts *ret);

/* Replaces the item's evidence in one step; flush makes it durable as well. */
int evidence_write(int item, const json_t *evidence, bool flush);
