/* Between the parts of `ledger import': import_read.c takes the text in, requests_import.c checks what it
 * says, import_apply.c does it. */
#pragma once

#include "requests_internal.h"
#include "unitward/hash.h"

/* One line of the text. */
struct line {
        struct ledger_entry entry; /* its strings are the line's */
        char *text[5];
        void *attributes;
        UT_hash_handle hh;
};

struct import {
        struct guard *guard;
        struct actor *actor;
        bool merge;
        struct line *lines; /* by path, in order */
        size_t n, n_headers;
        size_t n_applied; /* lines that were more than known already */
        uint64_t step_ends_usec;
        size_t n_added, n_changed, n_removed;
        struct control_answer *answer;
};

/* The text that came along, checked as a text. 0; -errno and the answer says what is wrong with which line. */
int import_read(struct import *import, const struct control_peer *peer);
void import_done(struct import *import);

/* Called for each line: now and then settles what was noticed meanwhile, so that nobody's load waits for all of them.
 * What the inventory says of any path may be another thing afterwards. */
void import_step(struct import *import);

/* What a line would change. */
enum difference { DIFFERENCE_NONE, DIFFERENCE_NEW, DIFFERENCE_CHANGED };
enum difference import_compare(const struct import *import, const struct ledger_entry *new);

/* Calls each for every path that is authorised and that the text does not have, until one is negative; a directory
 * that the policy itself names stays, and what is volatile. entry NULL: the directory. */
typedef int (*import_missing_t)(struct import *import, struct directory *directory, struct entry *entry,
                                const char *path);
int import_each_missing(struct import *import, import_missing_t each);

/* The inventory and, through the outbox, the ledger, line by line; then the disk is settled. */
int import_apply(struct import *import);
