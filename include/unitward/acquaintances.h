/* Actors seen lately, by pid. A short command is gone before the notification of what it did is read;
 * what its permission events told about it a moment ago still holds. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "unitward/actor.h"

#define ACQUAINTANCES_MAX 1024u
#define ACQUAINTANCE_USEC (2u * 1000000u) /* a change is read within milliseconds; pids take longer to come round */

struct acquaintances;

struct acquaintances *acquaintances_new(void);
struct acquaintances *acquaintances_free(struct acquaintances *acquaintances);

/* Changes are told of so much later than at other times: nobody is forgotten meanwhile. 0: as at first. */
void acquaintances_wait(struct acquaintances *acquaintances, uint64_t usec);

/* Keeps a reference to somebody known. */
void acquaintances_meet(struct acquaintances *acquaintances, struct actor *actor);

/* Only notes who its parent is and whom it runs as: what is needed, should it be gone when it is asked for. */
void acquaintances_glimpse(struct acquaintances *acquaintances, pid_t pid, int pidfd);

/* A thread that waits for an answer and cannot go away: gathered, or remembered when it has not changed since.
 * A new reference; NULL only without memory. */
struct actor *acquaintances_receive(struct acquaintances *acquaintances, const struct managers *managers, pid_t tid);

/* True when the pid was met within the time. */
bool acquaintances_know(const struct acquaintances *acquaintances, pid_t pid);

/* The actor that a change is told of: gathered now, or remembered when the process is gone (or a zombie,
 * whose executable is). pidfd: of the process, -1 when it was gone. A new reference; NULL only without memory. */
struct actor *acquaintances_identify(struct acquaintances *acquaintances, const struct managers *managers, pid_t pid,
                                     int pidfd);
