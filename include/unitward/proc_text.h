/* Bounded readers of /proc's texts. All bytes are untrusted: a process chooses its name, its cgroup's name
 * and more. Each returns 0, or -EBADMSG for what cannot be such a text; outputs are untouched on failure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* /proc/PID/stat, proc(5). The command name may contain anything, ") R 1 " included: the last ')' ends it. */
struct proc_stat {
        char state;
        pid_t parent;
        pid_t session;
        uint64_t start_time;   /* clock ticks since boot */
        bool io_worker;        /* a thread that works for io_uring: it never executes anything */
};
int proc_stat_parse(const char *text, struct proc_stat *ret);

/* The same text: where the environment ends, which execve(2) writes last; 0: it has not yet, or nobody may know. */
int proc_stat_environment_end(const char *text, uint64_t *ret);

/* /proc/PID/status: thread group, parent, effective ids, supplementary groups (at most max_groups are taken). */
struct proc_status {
        pid_t thread_group;
        pid_t parent;
        uid_t uid;
        gid_t gid;
        size_t n_groups;
        pid_t tracer;          /* 0: none */
};
int proc_status_parse(const char *text, gid_t *groups, size_t max_groups, struct proc_status *ret);

/* /proc/TID/syscall: number and six arguments, in registers. -EAGAIN for "running"; -ENOENT for "-1 ..."
 * (blocked, but not in a system call) and for an io_uring worker: it has a copy of the registers of whoever
 * made it, which say nothing of its own open. The kernel leaves it no program counter. */
struct proc_syscall {
        long number;
        uint64_t arguments[6];
};
int proc_syscall_parse(const char *text, struct proc_syscall *ret);

/* /proc/PID/cgroup: the system's unit ("cron.service", "session-3.scope", "user@1000.service"): the outermost,
 * because whoever has a cgroup delegated to him names the ones inside. -ENOENT when the process is in none. */
int proc_cgroup_parse(const char *text, char *unit, size_t size);

/* The same text: the unit inside the user's manager ("backup.service" below "user@1000.service"). Its names are the user's
 * choice. -ENOENT when the process is in none. */
int proc_cgroup_parse_user(const char *text, char *unit, size_t size);
