/* Permitted runs of gated commands: on whose behalf a manager changes something. Owned by the verdict thread.
 *
 * A client is added when its first look permits it, confirmed when the second one agrees, and forgotten CLIENT_USEC after
 * it has ended: an enabled unit's link is told of when systemctl may be gone already. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "unitward/access.h"
#include "unitward/command.h"

#define CLIENTS_MAX 256u               /* more at once: the oldest that has ended is forgotten, else the new one is not kept */
#define CLIENT_USEC (2u * 1000000u)

struct clients;

struct clients *clients_new(void);
struct clients *clients_free(struct clients *clients); /* accepts NULL; returns NULL */

/* Readable when a run has ended: then call clients_expire, also for those that have ended long enough ago. */
int clients_fd(const struct clients *clients);
void clients_expire(struct clients *clients, uint64_t now_usec);

/* pidfd: of the run, duplicated. command: its name in the policy, copied. A reference on the actor is taken.
 * 0; -ENOSPC: no room; other -errno. */
int clients_add(struct clients *clients, struct actor *actor, int pidfd, const char *command,
                const struct command_request *request);

/* The run was killed, or is not what it was permitted as; what was not added is fine. */
void clients_remove(struct clients *clients, pid_t pid);

/* The command by whose permitted run this happens, or NULL. The actor itself is such a run, or: a manager (or logind) does
 * what such a run asks for, told by the run's effects, its scope, for a user manager the uid, and for what is transient
 * the unit that it named, or systemd-run's own kind of name (run-*), of a type that its verb makes. alive_only: what ended
 * does not count, for a question that is asked while the client waits for its answer. The string lives until the next
 * call. */
const char *clients_find(struct clients *clients, const struct access *access, bool alive_only, uint64_t now_usec);
