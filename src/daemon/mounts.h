/* Between the parts of what is done about mounts: mounts.c finds those that are new or gone, mounts_decide.c decides
 * and detaches, mounts_start.c takes what is there at the start, mounts_ids.c knows the others by number. */
#pragma once

#include "guard_internal.h"
#include "unitward/mount_table.h"

#define TOLD_MAX 64   /* of one batch; of further ones it is not known who mounted them */

/* Who mounted what. */
struct told {
        int id;
        struct actor *actor;
};

/* Where something was mounted or is no longer: looked at again when all of them are decided. */
struct touched {
        char *target;
        struct actor *actor;
};

struct mounts {
        struct mount_table known; /* decided, or there before the start */
        int root;                 /* mount of our root directory, which need not be in a table */
        struct told told[TOLD_MAX];
        size_t n_told;
        uint64_t *ids;         /* unique ones of those that matter */
        size_t n_ids;
        uint64_t listed;       /* how many directories were known when these were listed; 0: they were not */
        struct touched *touched;
        size_t n_touched;
        struct mount_table on_trial; /* of this batch */
        bool changed;
        int missed_id; /* the last one of which that is said */
        bool missed; /* a walk ended before a mount that was not decided */
};

/* mounts_ids.c: which changes matter, without reading the table. */
bool mounts_are_listed(const struct guard *guard);
bool mounts_id_matters(struct guard *guard, uint64_t id, int *ret_id);
bool mounts_target_matters(const char *target, void *userdata); /* settler */

/* mounts_start.c: what is known by now, should this guard die. */
void mounts_bequeath(struct guard *guard);

void mounts_forget_batch(struct mounts *mounts);

/* The policy's verdict on a mount that is there, or is to be entered at a start. It is harmless when nothing authorised
 * is missing because of it: then only a rule can refuse it. */
struct mount_trial {
        const struct mount *mount;
        struct actor *actor;   /* borrowed; NULL: not known */
        struct access access;
        char unit[256];
        bool fathomless;       /* mount_table.h */
        struct settle_covered covered;
        struct verdict verdict;
        bool gone;             /* refused, and detached */
};

void mount_try(struct guard *guard, const struct mount *mount, struct actor *actor, struct mount_trial *ret);

/* What follows from it: a record; a refused one is detached, or never looked into where it must not be. */
void mount_carry_out(struct guard *guard, struct mount_trial *trial);

/* Only a verdict of "hides-nothing": its contents could not be put right. Then it is refused after all. */
bool mount_is_on_trial(const struct mount_trial *trial);
void mount_refuse(struct guard *guard, struct mount_trial *trial);
