/* The outbox: what has to reach a disk or journald, in order, for the recorder to carry out.
 *
 * Records from the verdict thread are dropped, and counted, when too many wait; what keeps the ledger
 * true is never dropped, and is written to the log of pending changes first. Adding never blocks on anything but the
 * queue's own lock. Only the housekeeper posts what keeps the ledger true. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "unitward/digest.h"
#include "unitward/hash.h"
#include "unitward/ledger.h"
#include "unitward/pending.h"
#include "unitward/quarantine.h"
#include "unitward/record.h"
#include "unitward/start.h"

#define OUTBOX_RECORDS_MAX 8192u

enum letter_kind {
        LETTER_RECORD,         /* write to the sinks */
        LETTER_GOLDEN,         /* store a golden copy */
        LETTER_PUT,            /* ledger */
        LETTER_REMOVE,         /* ledger */
        LETTER_BASELINE,       /* ledger: the baseline is complete */
        LETTER_SEAL,           /* hash and flush evidence */
        LETTER_REOPEN,         /* log rotation */
        LETTER_SNAPSHOT,       /* the boot snapshot is behind: other headers, or somebody touched it */
        LETTER_SETTINGS,       /* what the policy says of records has changed */
        LETTER_START,          /* a manager started something: it is judged after all records before it */
};

struct letter {
        enum letter_kind kind;
        struct record *record;
        struct start *start;
        struct record_settings settings; /* LETTER_SETTINGS */
        struct ledger_entry entry;  /* LETTER_PUT: its strings are in text, its attributes in data */
        struct digest digest;       /* LETTER_GOLDEN */
        char *data;                 /* LETTER_GOLDEN: contents; LETTER_REMOVE: path; LETTER_PUT: attributes;
                                * LETTER_SNAPSHOT: headers, or NULL */
        size_t size;
        char *text[5];              /* LETTER_PUT: path, target, source, rule, by */
        char quarantine_id[QUARANTINE_ID_MAX];
        uint64_t number;            /* in the log of pending changes; 0: it is not there */
        struct outbox *among;       /* LETTER_GOLDEN: its contents can be asked for there; NULL otherwise */
        UT_hash_handle hh;          /* there, by digest */
        STAILQ_ENTRY(letter) next;
};
STAILQ_HEAD(letter_list, letter);

struct outbox {
        pthread_mutex_t lock;
        pthread_cond_t filled;
        struct letter_list list;
        struct letter *copies;      /* LETTER_GOLDEN, until they are freed: taken by the recorder or not */
        struct pending *pending;    /* borrowed; NULL: ledger changes are not logged. The housekeeper's */
        size_t n_records, n_records_most; /* now; at most so far */
        uint64_t dropped;      /* records */
        uint64_t lost;         /* ledger changes that were impossible, for want of memory most likely: it is behind */
        uint64_t posted;       /* letters so far */
        uint64_t taken;        /* of these, handed to the recorder */
        uint64_t written;      /* of these, where they belong */
        bool closed;           /* atomic, for those who only ask */
};

/* What was posted so far is on the disk when as many are written. */
struct outbox_progress {
        uint64_t posted, written;
        uint64_t dropped, lost; /* records; ledger changes */
        uint64_t records, records_most; /* waiting for the recorder; at most so far */
};
struct outbox_progress outbox_progress(struct outbox *outbox);

/* So many ledger changes cannot be written, ever. */
void outbox_lost(struct outbox *outbox, uint64_t n);

/* The recorder: all that was taken has reached the disk. */
void outbox_reached(struct outbox *outbox);

int outbox_init(struct outbox *outbox);
void outbox_done(struct outbox *outbox);
void outbox_close(struct outbox *outbox); /* the recorder finishes what there is and ends */

void outbox_record(struct outbox *outbox, struct record *record);           /* takes ownership; NULL is fine */
void outbox_start(struct outbox *outbox, struct start *start);             /* the same; counts as a record */
void outbox_seal(struct outbox *outbox, const char *quarantine_id);
void outbox_signal(struct outbox *outbox, enum letter_kind kind);           /* LETTER_BASELINE, LETTER_REOPEN */
void outbox_settings(struct outbox *outbox, const struct record_settings *settings); /* copies */
void outbox_snapshot(struct outbox *outbox, char *headers);                 /* takes them; NULL: as before */

/* What keeps the ledger true. -ENOMEM: it was not posted; who cannot try again later says so with outbox_lost. */
int outbox_golden(struct outbox *outbox, const struct digest *digest, char *data, size_t size); /* takes data */
int outbox_put(struct outbox *outbox, const struct ledger_entry *entry);    /* copies */
int outbox_remove(struct outbox *outbox, const char *path);

/* The contents of a golden copy that is on its way to the store, which may take long on a slow or full disk (caller
 * frees). -ENOENT: none is, so it is there if anywhere. Any thread. */
int outbox_copy(struct outbox *outbox, const struct digest *digest, char **ret, size_t *ret_size);

/* Waits for letters and takes all of them. False: closed, and nothing is left. */
bool outbox_wait(struct outbox *outbox, struct letter_list *ret);

/* The same until that time (CLOCK_MONOTONIC; 0: for ever); then true and an empty list. */
bool outbox_wait_until(struct outbox *outbox, uint64_t deadline_usec, struct letter_list *ret);

/* Once it is carried out, by whom it was handed to; before outbox_done. Accepts NULL; returns NULL. */
struct letter *letter_free(struct letter *letter);
