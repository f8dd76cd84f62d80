/* An access as the event log recorded it, made into what it was: for deciding it again, and for learning from it.
 *
 * What a record does not hold is assumed, and said to be. Programs are known by the path that the record has: the inode of
 * then is another today, or on another machine. */
#pragma once

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "unitward/command.h"
#include "unitward/policy.h"

/* What had to be assumed. */
enum recorded_assumption {
        RECORDED_ASSUMED_MANAGER = 1 << 0, /* an older record: whether it was a manager its pid and unit tell */
        RECORDED_ASSUMED_PLACE = 1 << 1,   /* no pattern of the policy covers the path: it lies where the record says */
        RECORDED_ASSUMED_WORDS = 1 << 2,   /* of a command the arguments are cut: its verbs and units are those recorded */
        RECORDED_ASSUMED_PROGRAM = 1 << 3, /* a program that the policy names and that is not on this machine */
        RECORDED_ASSUMED_ALIKE = 1 << 4,   /* a summary: what it counts is what its last record was */
};
#define RECORDED_ASSUMPTIONS 5

/* Why a record is not decided again. */
enum recorded_kind {
        RECORDED_DECISION,     /* it is */
        RECORDED_TELLS,        /* it tells something: started, problem, baseline */
        RECORDED_VOUCHED,      /* no rule decided but contents, a package's records, a deadline */
        RECORDED_LOAD,         /* a manager opened it: that follows from what is authorised */
        RECORDED_KIND_COUNT_,
};

struct recorded {
        enum recorded_kind kind;
        uint64_t time_usec;    /* CLOCK_REALTIME */
        uint64_t times;        /* that it happened: 1, or what a summary counts */
        enum outcome outcome;  /* then */
        const char *rule;      /* then; belongs to the event */
        unsigned assumptions;
        char path[PATH_MAX];
        struct actor actor;    /* its strings belong to the event, but for: */
        char exes[ACTOR_ANCESTORS_MAX][PATH_MAX]; /* " (deleted)" is taken off */
        struct placement placement;
        struct command_request request; /* OPERATION_EXEC */
        bool is_protected;     /* false: nothing of the policy covers it, everybody may */
        struct access access;  /* points into this struct, the event and the policy */
};

/* Fills *ret, which must stay where it is. 0: see kind, of which all but RECORDED_DECISION leave the access empty. -EBADMSG: the
 * event is none of unitward's. Pointers into the event live as long as that. */
int recorded_read(const struct policy *policy, const json_t *event, struct recorded *ret);

/* As the daemon would. For a command the access holds what decided. */
struct verdict recorded_decide(const struct policy *policy, struct recorded *recorded);
#define RECORDED_UNPROTECTED "unprotected" /* the rule's name when nothing of the policy covers it */

const char *recorded_assumption_text(unsigned index); /* "... in N records" of the bit 1 << index */
const char *recorded_kind_text(enum recorded_kind kind);

/* What accesses like this one have in common: a path with a star for its name, "systemctl enable". Caller frees. */
char *recorded_pattern(const struct access *access);
/* "/usr/bin/vim in session-3.scope, uid 0, login 1000". Caller frees. */
char *recorded_actor_words(const struct actor *actor);

/* Gives programs that the policy names and that are not here an identity of their own, so that they are known by their path.
 * Before the policy is used by anybody. */
void policy_stand_in(struct policy *policy);
/* The identity of the policy's program at this path; unset when it names none there. *ret_stands_in: it is not here. */
struct file_id policy_program_named(const struct policy *policy, const char *path, bool *ret_stands_in);
