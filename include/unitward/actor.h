/* Who acts: the facts about a process, gathered once from /proc and then immutable.
 *
 * An actor is shared by reference between the verdict thread, the housekeeper and the recorder. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "unitward/file_id.h"

#define ACTOR_ANCESTORS_MAX 24 /* a deeper chain is cut; what lies beyond cannot match a rule */
#define ACTOR_GROUPS_MAX 64
#define ACTOR_UNIT_MAX 256     /* systemd's UNIT_NAME_MAX, 255 and the NUL */

/* One process in the chain from the actor (index 0) up to PID 1. */
struct actor_process {
        pid_t pid;             /* as seen in the daemon's PID namespace */
        struct file_id exe;    /* of /proc/PID/exe; unset for a kernel thread or a zombie */
        char *exe_path;        /* for people, as the kernel prints it (" (deleted)" included); never NULL */
        char *unit;            /* systemd unit from its cgroup ("cron.service", "session-1.scope"); NULL: none */
};

struct actor {
        unsigned references;   /* atomic; see actor_ref */
        bool known;            /* false: gone before it could be looked at; no actor condition matches it */
        bool manager;          /* PID 1 when it is systemd, or a helper that PID 1 itself forked (its session) */
        bool user_manager;     /* another process running PID 1's executable as user@UID.service, or its helper */
        pid_t pid;             /* thread group; 0 when it is not visible in this PID namespace */
        pid_t parent;          /* when it was gathered */
        uint64_t start_time;   /* field 22 of /proc/PID/stat, clock ticks since boot */
        uint64_t parent_start_time; /* likewise; 0: the chain below is not whole, or not what was gathered for this actor */
        pid_t session;         /* session id: set by fork and setsid(2) alone, so it cannot be joined */
        uid_t uid;             /* effective */
        gid_t gid;             /* effective */
        uid_t login_uid;       /* /proc/PID/loginuid; (uid_t)-1: not from a login */
        size_t n_groups;
        gid_t groups[ACTOR_GROUPS_MAX]; /* supplementary */
        char *label;           /* security label from /proc/PID/attr/current; NULL: none */
        size_t n_ancestry;     /* at least 1 when known */
        struct actor_process ancestry[ACTOR_ANCESTORS_MAX];
};

/* What the kernel says of a process; pidfd: of it, or -1 where it waits for an answer and cannot go away.
 * Its parents and ids are read first: they are all that is left of a zombie, and a process that goes while it
 * is looked at leaves what was read until then. Reads /proc only; opens nothing protected, asks no NSS, is
 * bounded. Never fails for want of the process: then the result has known == false. NULL: no memory. */
struct managers;
struct actor *actor_gather(const struct managers *managers, pid_t pid, int pidfd);

/* Who has the same parent and was looked at a moment ago, or NULL. Borrowed. */
typedef const struct actor *(*actor_find_sibling)(void *userdata, pid_t parent);

/* The same of a thread that waits for an answer. Where its parent is what it was when a sibling was gathered, its ancestors
 * are taken from there: a shell's commands have them in common. */
struct actor *actor_gather_beside(const struct managers *managers, pid_t tid, actor_find_sibling find, void *userdata);

/* It is about to execute the program behind fd: its facts become those of the process after that. Only while
 * nobody else holds a reference. 0, or -errno and it stays what it was. */
int actor_executes(struct actor *actor, int fd);

/* The cheap half of it: ids and parent alone, known == false. actor_complete adds the parents, if they are
 * still there, for a process that is not any more; only while nobody else holds a reference. */
struct actor *actor_glimpse(pid_t pid, int pidfd);
void actor_complete(const struct managers *managers, struct actor *actor);

/* A pidfd of the process that had this number at the time (CLOCK_BOOTTIME) and is still there. -ESRCH: it is another's. */
int actor_open(pid_t pid, uint64_t usec);

/* True when the process is this actor still: not another one of its number, not another program, not another
 * user. Four system calls instead of a hundred. */
bool actor_is_current(const struct actor *actor, int pidfd);

/* Somebody of whom only the pid is known. NULL when memory is exhausted. */
struct actor *actor_unknown(pid_t pid);

struct actor *actor_ref(struct actor *actor);
struct actor *actor_unref(struct actor *actor); /* accepts NULL; returns NULL */

/* "/usr/bin/mv (pid 12, uid 0, login 1000, ssh.service)" into the buffer; for people. */
const char *actor_describe(const struct actor *actor, char *buffer, size_t size);
