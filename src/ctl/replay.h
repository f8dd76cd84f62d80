/* unitward explain --replay: what a recorded day would be under another policy. */
#pragma once

#include "unitward/recorded.h"

#include "../policy/policy_internal.h"
#include "recorded_log.h"

#define REPLAY_GROUPS_MAX 5000u /* more are told together: which paths and actors is lost then */

enum replay_change {
        REPLAY_REFUSED,        /* was allowed, would not be */
        REPLAY_ALLOWED,        /* the other way round */
        REPLAY_OTHERWISE,      /* denied or quarantined, the other would be */
        REPLAY_RULE,           /* the same by another rule */
        REPLAY_CHANGE_COUNT_,
        REPLAY_SAME = REPLAY_CHANGE_COUNT_,
};

/* Accesses that are alike, and change alike. */
struct replay_group {
        enum replay_change change;
        enum operation operation;
        char *zone, *pattern, *actor; /* "": none */
        char old_rule[POLICY_ID_MAX], new_rule[POLICY_ID_MAX];
        enum outcome old_outcome, new_outcome;
        uint64_t n, first_usec, last_usec;
};

struct replay_groups;
struct replay_groups *replay_groups_new(void);
void replay_groups_free(struct replay_groups *groups); /* accepts NULL */
/* 0 or -ENOMEM. */
int replay_groups_add(struct replay_groups *groups, const struct policy *policy, const struct recorded *recorded,
                      struct verdict verdict);
/* By kind of change, then the most frequent first. Belongs to the groups. */
const struct replay_group *const *replay_groups_sorted(struct replay_groups *groups, size_t *ret_n);

enum replay_change replay_change_of(const struct recorded *recorded, struct verdict verdict);

struct replay {
        const struct policy *policy;
        struct recorded *recorded; /* the one that is being decided */
        struct replay_groups *groups;
        struct recorded_log log;
        uint64_t kinds[RECORDED_KIND_COUNT_], assumed[RECORDED_ASSUMPTIONS];
        uint64_t changed[REPLAY_SAME + 1];
        uint64_t first_usec, last_usec; /* of what was decided again */
};

void replay_print(struct replay *replay);
void replay_print_json(struct replay *replay);

/* Decides the logs again and prints; an enum ctl_exit. */
int replay_run(struct policy *policy, char *const *files, size_t n_files, bool json);
