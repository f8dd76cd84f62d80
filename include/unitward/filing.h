/* Filing: the slow half of what settling takes to quarantine, for afterwards.
 *
 * While notes are settled a manager may wait for a directory. What was planted there is set aside for it
 * (quarantine.h), which is one rename; the evidence, its mark and its record are a filing in this queue. The same link
 * planted again by the same process before its filing is done is one filing, and the evidence says how often it was.
 * The queue is bounded: what is beyond is taken in full, as long as that may last. The housekeeper's. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "unitward/hash.h"
#include "unitward/outbox.h"
#include "unitward/quarantine.h"

#define FILINGS_MAX 2048u

struct filing;
TAILQ_HEAD(filing_list, filing);

struct filings {
        bool open;             /* something may be set aside: notes are being settled */
        struct filing_list list;
        struct filing *by_key; /* links, by who planted which where */
        size_t n, n_most;      /* now; at most so far */
        uint64_t n_merged;     /* links that were planted again */
        uint64_t failed_usec;  /* the last filing failed then, CLOCK_MONOTONIC; 0: it did not */
};

void filings_init(struct filings *filings);
void filings_done(struct filings *filings); /* what is left is filed by the next start, see quarantine_open */

/* What is at NAME in dir, now at path, is set aside. key: what makes it the same as one before; NULL: nothing does.
 * Takes why on 0. -EAGAIN: not now, take it in full; otherwise as quarantine_set_aside. */
struct filing_what {
        int dir;
        const char *name, *path;
        const char *key;
        json_t *why;
};
int filings_add(struct filings *filings, struct quarantine *quarantine, const struct filing_what *what,
                char ret_id[static QUARANTINE_ID_MAX]);

/* The record of it waits for the evidence; then it is posted. Takes it. False: not this one's, it was not taken. */
bool filings_keep_record(struct filings *filings, const char *id, struct record *record);

/* At most so many of them. 0, or why the first of those that are left cannot be filed: it stays where it is. */
int filings_work(struct filings *filings, struct quarantine *quarantine, struct outbox *outbox, size_t most);
