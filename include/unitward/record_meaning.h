/* What a recorded change means, found out after it was dealt with: from the evidence, the golden copy and the file.
 *
 * Reads files and may wait for a disk: the recorder alone calls this. */
#pragma once

#include "unitward/golden.h"
#include "unitward/outbox.h"
#include "unitward/quarantine.h"

#define MEANING_TAKEN_MAX 32u

struct meaning_sources {
        struct quarantine *quarantine; /* borrowed */
        struct golden *golden;         /* borrowed */
        struct outbox *outbox;         /* borrowed: golden copies that are not stored yet; NULL: none */
        struct {
                char *path;
                char quarantine_id[QUARANTINE_ID_MAX];
        } taken[MEANING_TAKEN_MAX];    /* services that went into quarantine lately: a timer for one may follow */
        unsigned n_taken;
};

/* Sets record->meaning where there is something to say. What cannot be read is not known, and nothing is said of it. */
void record_find_meaning(struct meaning_sources *sources, struct record *record);

void meaning_sources_done(struct meaning_sources *sources);
