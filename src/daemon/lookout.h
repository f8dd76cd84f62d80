/* The lookout: a thread that learns what managers start (starts.h), gathers who that is, and hands it to the recorder.
 * It decides nothing and nobody waits for it. */
#pragma once

#include "unitward/starts.h"

struct guard;
struct policy;
struct lookout;

/* The thread runs when this returns. 0 or -errno. */
int lookout_new(struct guard *guard, struct lookout **ret);
struct lookout *lookout_free(struct lookout *lookout); /* accepts NULL; returns NULL; joins the thread */

/* From any thread, NULL is fine: what it forks and executes is told until then (CLOCK_MONOTONIC). */
void lookout_follow(struct lookout *lookout, pid_t pid, uint64_t until_usec);

/* From any thread, NULL is fine: whether anything is watched, and whose children; who is a manager is looked for again.
 */
void lookout_set_policy(struct lookout *lookout, const struct policy *policy);

enum starts_watcher lookout_watcher(const struct lookout *lookout);
struct starts_counters lookout_counters(const struct lookout *lookout);
