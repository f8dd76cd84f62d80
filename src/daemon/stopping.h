/* Suspicious units are stopped: their manager is asked to, by the housekeeper, which does not wait for the answer. */
#pragma once

#include <sys/types.h>

struct guard;
struct stopping;

/* 0 or -errno. */
int stopping_new(struct guard *guard, struct stopping **ret);
struct stopping *stopping_free(struct stopping *stopping); /* accepts NULL; returns NULL */

/* From any thread. user: whose manager's unit it is, (uid_t)-1: the system's. alert: the story that its record belongs to. */
void stopping_add(struct stopping *stopping, const char *unit, uid_t user, const char *alert);
