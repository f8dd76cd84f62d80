/* Which executables are service managers: the one that PID 1 runs when PID 1 is systemd, the ones it ran
 * before an upgrade replaced it (a user manager keeps running the old inode), and those the policy names.
 *
 * One for each thread that asks. Reads /proc only. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "unitward/file_id.h"

#define MANAGERS_MAX 16

struct managers {
        bool systemd_is_pid1;
        size_t n_named, n_exes;
        struct file_id named[MANAGERS_MAX];  /* by the policy: other service managers, treated as PID 1 is */
        struct file_id exes[MANAGERS_MAX];   /* PID 1's, oldest first */
};

/* Looks at PID 1. */
void managers_init(struct managers *managers);

/* Replaces those that the policy names; more than MANAGERS_MAX are ignored. */
void managers_set_named(struct managers *managers, const struct file_id *exes, size_t n);

/* PID 1 may have executed a new binary since (systemctl daemon-reexec). */
void managers_refresh(struct managers *managers);

/* True when the thread's process runs a manager's executable. Looks at PID 1 again before it says no. */
bool managers_include(struct managers *managers, pid_t tid);

/* The same without another look at PID 1: for what only costs time when the answer is wrong. */
bool managers_recognise(const struct managers *managers, pid_t tid);

/* All of them: at most 2 * MANAGERS_MAX. Returns how many. */
size_t managers_exes(const struct managers *managers, struct file_id *ret);

/* The executable alone. */
bool managers_know_exe(const struct managers *managers, struct file_id exe);
bool managers_named_exe(const struct managers *managers, struct file_id exe);
