/* Between the parts of the verdict thread: verdicts.c is the thread, changes.c reads notifications,
 * reading.c reads permission events, queue.c keeps those that are to be answered, opens.c answers them, held.c keeps the
 * openers that have to wait. */
#pragma once

#include <sys/queue.h>

#include "refusals.h"
#include "unitward/acquaintances.h"
#include "unitward/clients.h"
#include "unitward/intent.h"
#include "unitward/managers.h"
#include "unitward/mode.h"
#include "unitward/mount_watch.h"
#include "unitward/record.h"
#include "unitward/verdicts.h"

#define TRUSTED_MAX 8
#define HELD_MAX 1024          /* more at once are answered as if their deadline had passed */

#define FOUND_MAX 64           /* runs of gated commands at a start; more are not known as clients */

#define TICKET_UNKNOWN UINT64_MAX

/* A permission event on its way to an answer. */
struct question {
        int group, fd;
        pid_t tid;
        uint64_t since_usec;   /* CLOCK_MONOTONIC: when it was read, by whichever guard */
        bool truncates;        /* FAN_PRE_ACCESS: may be truncate(2) */
        bool gated;            /* lifeline.h */
        int executes;          /* of a gated program: what intent_program_call says; call: when that is 1 */
        struct execute_call call;
        enum intent intent;    /* INTENT_UNSEEN: to be found out */
        bool unread;           /* his memory was not read in time */
        bool unseen;           /* nor were his registers */
        bool outside;          /* marked, but proven not to lie in a protected directory any more */
        struct stat st;
        struct signature signature;
        struct inventory_facts facts;
};

/* What an opener waits for. */
enum held_until {
        UNTIL_SETTLED,         /* the directory is */
        UNTIL_PROGRAMS,        /* the policy's programs are looked up again */
        UNTIL_READ,            /* his memory is read: reader.h */
        UNTIL_SEEN,            /* his registers can be: intent.h */
};

struct held {
        int group, fd;
        pid_t tid;
        uint64_t since_usec;
        bool truncates, gated;
        enum held_until until;
        uint64_t ticket;       /* answered when this is settled (TICKET_UNKNOWN: not all of it is noticed yet) ... */
        uint64_t deadline_usec;/* ... or at this time, CLOCK_MONOTONIC */
        uint64_t look_usec;    /* UNTIL_SEEN: when he is looked at next; UINT64_MAX otherwise */
        TAILQ_ENTRY(held) next;
};
TAILQ_HEAD(held_list, held);
TAILQ_HEAD(exec_list, exec);

struct verdicts {
        struct verdicts_options options;
        struct policy *policy;         /* the thread's own reference */
        struct policy *incoming;       /* atomic: handed in by verdicts_set_policy */
        struct managers managers;
        struct intent_table *intents;
        struct acquaintances *acquaintances;
        struct mount_watch mounts;
        struct note_list notes;        /* noticed, not yet published */
        bool behind;                   /* the kernel may have more to tell of what is past */
        struct opener_queue *queue;
        struct held_list held;
        size_t n_held;
        struct refusals refusals;      /* programs that managers may not execute for some units */
        struct programs *programs;     /* of gated commands */
        struct reader *reader;         /* of what they are asked for */
        bool left_unasked;             /* the last who ran one might ask for anything */
        bool asked_to_look;            /* atomic: at the programs again */
        struct clients *clients;       /* permitted runs of them */
        struct exec_list execs;        /* runs between their two looks */
        size_t n_execs;
        pid_t found[FOUND_MAX];        /* atomic; 0: none. Runs that were there when this guard started */
        int barrier;                   /* what is marked while there are some; -1: it was not needed yet */
        struct file_id barrier_id;
        struct verdict_counters counters;
        uint64_t enforce_until;        /* atomic: mode_enforced_until */
        pid_t trusted[TRUSTED_MAX];    /* atomic; 0: nobody */
        size_t n_trusted;              /* atomic */
        pid_t self;                    /* thread group */
        bool inherits;                 /* another guard served before */
        bool knows;                    /* what that one knew: ready was seen, and who waited for it is answered */
        size_t n_early;                /* openers that wait for it */
        bool deaf;                     /* notifications are left where they are until asked_to_listen */
        bool asked_to_listen;          /* atomic: the directories that they are about are known */
        int caught_up;                 /* eventfd: what was told until then is published; -1: not deaf at first */
        uint64_t started_usec;         /* CLOCK_MONOTONIC */
        pthread_t thread;
        bool started, stopping, ready; /* stopping, ready: atomic */
        int wake;                      /* eventfd: stop, new policy, sign of life */
        uint64_t asked, answered;      /* atomic: signs of life */
};

enum mode verdicts_mode(const struct verdicts *verdicts);
void verdicts_count(uint64_t *counter);

/* inventory_find with the policy that its zone numbers belong to. */
void verdicts_find(struct verdicts *verdicts, const struct signature *signature, struct inventory_facts *ret);

/* changes.c: takes what the kernel noticed; publishes what matters. */
void changes_read(struct verdicts *verdicts);
void changes_inherit(struct verdicts *verdicts); /* what a guard that died had read and not looked at */
void changes_read_mounts(struct verdicts *verdicts);
void changes_add(struct verdicts *verdicts, struct note *note);
void changes_publish(struct verdicts *verdicts);

/* queue.c: openers that were read and are not answered yet, the first that came first. Room for at least n more: as many
 * as may keep a descriptor, fan_waiting_max. */
#define QUEUE_MAX 8192
enum queue_class { QUEUE_MANAGERS, QUEUE_OTHERS, QUEUE_CLASSES };
struct opener_queue *queue_new(void); /* NULL: no memory */
struct opener_queue *queue_free(struct opener_queue *queue);
size_t queue_length(const struct opener_queue *queue);
bool queue_has_room(const struct opener_queue *queue, size_t n, size_t waiting_max);
bool queue_add(struct opener_queue *queue, const struct opener *opener, enum queue_class class); /* false: it is full */
/* False: there is none. *ret_intent: INTENT_UNSEEN where nobody has looked. */
bool queue_take(struct opener_queue *queue, enum queue_class class, struct opener *ret, enum intent *ret_intent);
/* Looks what those want who are next, while they sleep: each reply wakes all who wait, and who is awake cannot be looked at. */
void queue_look_ahead(struct opener_queue *queue, struct intent_table *intents);

/* reading.c: reads events from the groups that have some, and answers; while the queue is not empty there is more to do. */
void opens_read(struct verdicts *verdicts, bool permission, bool access);
void opens_answer_queued(struct verdicts *verdicts); /* at the end */

/* All who wait in the lifeline, or only those whom the supervisor has left to this guard. */
void opens_inherit(struct verdicts *verdicts, bool all);

/* opens.c: what kind of open it is, and the answer */
struct question question_of(const struct verdicts *verdicts, const struct opener *opener);
void opens_answer(struct verdicts *verdicts, const struct opener *opener, enum intent intent); /* INTENT_UNSEEN: to be found out */
void opens_answer_held(struct verdicts *verdicts, const struct held *held, bool late);
void opens_reply(struct verdicts *verdicts, const struct question *question, bool allow); /* and closes the descriptor */
void opens_pass(struct verdicts *verdicts, const struct question *question);
void opens_record(struct verdicts *verdicts, const struct access *access, struct verdict verdict, enum record_kind kind);
void opens_count(struct verdicts *verdicts, enum outcome outcome);
bool question_is_authorised(const struct question *question);

/* A read or a load that the policy has to decide; late: its deadline passed. */
void opens_decide(struct verdicts *verdicts, const struct question *question, enum operation operation, bool late);

/* writes.c. may_wait: programs that were replaced just now may be looked up again first. */
void opens_answer_write(struct verdicts *verdicts, struct question *question, bool may_wait);
bool opens_place(struct verdicts *verdicts, struct question *question);

/* Before a denial: true when the opener is held until the policy's programs are looked up again. */
bool opens_wait_for_programs(struct verdicts *verdicts, const struct question *question, enum outcome outcome);

/* Its mark is all that it has to do with protection: an allowed actor moved it out of the protected directories, or a
 * guard that died had condemned it. */
void opens_let_go(struct verdicts *verdicts, const struct question *question);

/* loads.c */
void opens_answer_read(struct verdicts *verdicts, struct question *question);
void opens_answer_directory(struct verdicts *verdicts, struct question *question);

/* A condemned file; and when the link to it is settled, or late. */
void opens_answer_condemned(struct verdicts *verdicts, const struct question *question);
void opens_answer_suspected(struct verdicts *verdicts, const struct question *question, bool late);

/* held.c */
bool held_add(struct verdicts *verdicts, const struct question *question, enum held_until until);
void held_release(struct verdicts *verdicts);
void held_release_all(struct verdicts *verdicts);
uint64_t held_due_usec(const struct verdicts *verdicts); /* CLOCK_MONOTONIC; UINT64_MAX: none */

/* execs.c: an event of a gated command's program, or of the barrier; may_wait: as opens_answer_write has it. */
void execs_answer(struct verdicts *verdicts, struct question *question, bool may_wait);
bool execs_concern(const struct verdicts *verdicts, int fd); /* it is of a gated command's program */

/* execs_found.c: what the last guard owes a look; what was found at the start */
void execs_inherit(struct verdicts *verdicts);
void execs_adopt_found(struct verdicts *verdicts);

/* execs_second.c: runs that are between their two looks; at the end, or at a guard's start: nobody is. */
void execs_look(struct verdicts *verdicts);

/* By whose permitted run it happens: clients_find. Who was not asked yet what for is asked now, if he is there. */
const char *execs_client(struct verdicts *verdicts, const struct access *access, bool alive_only);
uint64_t execs_due_usec(const struct verdicts *verdicts); /* CLOCK_MONOTONIC; UINT64_MAX: none */
void execs_drop(struct verdicts *verdicts);
void execs_lower_barrier(struct verdicts *verdicts);
void execs_let_barrier_go(struct verdicts *verdicts);
