/* The exec gate: runs of gated commands are decided twice, by the arguments that the caller had when execve(2) asked, and
 * by those that the program has when it is there. Part of the verdict thread. */
#pragma once

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
        struct command_request request;
        struct verdict verdict;
        bool opened;           /* its second event was passed: FAN_OPEN_PERM comes after FAN_OPEN_EXEC_PERM */
        bool kept;             /* as a client */
        bool found;            /* execs_found.c: nobody knows whether it was let through, nor who ran it, but its parent */
        bool owes_look;        /* found, but the last guard let it through a moment ago */
        uint64_t began_usec, look_usec, pause_usec; /* CLOCK_MONOTONIC: first look, next one; until the one after that */
        TAILQ_ENTRY(exec) next;
};

struct exec *exec_free(struct exec *exec); /* accepts NULL; returns NULL */

/* What these arguments ask for. arguments: NULL: unclear, because of why. */
void exec_parse(const struct verdicts *verdicts, const char *command, const struct arguments *arguments, const char *why,
                struct command_request *ret);

/* The access is filled in with what decided: pointers into the request. */
struct verdict exec_decide(const struct verdicts *verdicts, const struct exec *exec, const char *path,
                           const struct command_request *request, struct access *ret);

/* arguments may be NULL. message: taken; NULL: none. */
void exec_record(struct verdicts *verdicts, enum record_kind kind, const struct access *access, struct verdict verdict,
                 const struct command_request *request, const struct arguments *arguments, char *message);

bool exec_is_traced(pid_t tid); /* also when nothing can be learned */

/* execs_second.c: it was let through, and is looked at again; before the reply. false: there is no room. */
bool execs_expect(struct verdicts *verdicts, struct exec *exec);
struct exec *execs_find(const struct verdicts *verdicts, pid_t tid);

/* execs_found.c: what a run that was found is, once it is a gated command. False: it is none. Then: may it be? */
bool exec_recognise(const struct verdicts *verdicts, struct exec *exec);
struct verdict exec_decide_found(const struct verdicts *verdicts, const struct exec *exec, const char *path,
                                 const struct command_request *request, struct access *ret);

bool exec_keep_client(struct verdicts *verdicts, const struct exec *exec, const struct command_request *request);

/* Somebody opens what every program opens first. False: it is one of ours, and was killed. */
bool execs_meet(struct verdicts *verdicts, pid_t tid);
