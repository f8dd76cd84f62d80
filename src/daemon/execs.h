/* The exec gate: runs of gated commands are decided twice, by the arguments that the caller had when execve(2) asked, and
 * by those that the program has when it is there. Part of the verdict thread. */
#pragma once

#include <limits.h>
#include <sys/queue.h>

#include "verdicts_internal.h"
#include "unitward/arguments.h"
#include "unitward/command.h"

#define EXECS_MAX 512u         /* between their two looks; more at once are refused */

struct exec {
        pid_t pid, tid;        /* thread group; the thread that called */
        int pidfd, process;    /* of the thread group; its directory in /proc */
        struct file_id program;
        char command[POLICY_ID_MAX];
        struct actor *actor;   /* owned: who ran it */
        struct arguments *arguments; /* owned, as the caller had them; NULL: they could not be read */
        char terminal[32];     /* record_command.h */
        bool unclear;          /* what it asks for was, at the first look */
        bool unasked;          /* whoever runs it may ask for anything: its arguments are read when it is there */
        bool kept;             /* as a client */
        bool found;            /* execs_found.c: nobody knows whether it was let through, nor who ran it, but its parent */
        bool owes_look;        /* found, but the last guard let it through a moment ago */
        uint64_t began_usec, look_usec, pause_usec; /* CLOCK_MONOTONIC: first look, next one; until the one after that */
        TAILQ_ENTRY(exec) next;
};

struct exec *exec_free(struct exec *exec); /* accepts NULL; returns NULL */

/* From its pid: pidfd and process, -1 where it is not there. */
void exec_hold_process(struct exec *exec);

/* One look at it. */
struct exec_look {
        char path[PATH_MAX];   /* of the program */
        const struct arguments *arguments; /* borrowed; NULL: they could not be read */
        struct command_request request;
        struct access access;  /* with what decided: it points into the request, to path and into the exec */
        struct verdict verdict;
};

/* The terminal of whoever waits as this thread, if the policy has him told. */
void exec_find_terminal(const struct verdicts *verdicts, struct exec *exec, pid_t tid);

/* execs_request.c: its arguments may be wanted soon. */
void exec_begin_to_read(struct verdicts *verdicts, const struct question *question);

/* True when it is permitted whatever it asks for: decided as what is not clear, and its arguments are not read. */
bool exec_may_ask_for_anything(struct verdicts *verdicts, const struct question *question, struct exec *exec,
                               struct exec_look *look);

/* What it asks for, for the first look. False: it is held until its memory is read. */
bool exec_read_request(struct verdicts *verdicts, const struct question *question, struct exec *exec,
                       struct exec_look *look);

/* What the arguments ask for. why: it is not clear because of that; NULL: it may be clear. */
void exec_parse(const struct verdicts *verdicts, const struct exec *exec, const char *why, struct exec_look *look);

/* Whether the exec's actor may. */
void exec_decide(const struct verdicts *verdicts, const struct exec *exec, struct exec_look *look);

/* message: taken; NULL: none. */
void exec_record(struct verdicts *verdicts, enum record_kind kind, const struct exec *exec, const struct exec_look *look,
                 char *message);

bool exec_is_traced(pid_t tid); /* also when nothing can be learned */

/* execs_second.c: it was let through, and is looked at again; before the reply. request: what it asks for, as far as that is
 * known; NULL: not at all. false: there is no room. */
bool execs_expect(struct verdicts *verdicts, struct exec *exec, const struct command_request *request);
struct exec *execs_find(const struct verdicts *verdicts, pid_t tid);

/* execs_found.c: what a run that was found is, once it is a gated command. False: it is none. Then: may it be? */
bool exec_recognise(const struct verdicts *verdicts, struct exec *exec);
void exec_decide_found(const struct verdicts *verdicts, const struct exec *exec, struct exec_look *look);

/* For what a manager does for it. False: it asks for nothing of that kind, or there is no room. */
bool exec_keep_client(struct verdicts *verdicts, const struct exec *exec, const struct command_request *request);

/* Somebody opens what every program opens first. False: it is one of ours, and was killed. */
bool execs_meet(struct verdicts *verdicts, pid_t tid);
