/* What a waiting opener wants of a file. Facts K1 to K3: the permission event does not say; the inode's
 * write count and the opener's registers do, and neither can be changed while it waits. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* System call numbers that mean an open, of this machine's own table and of its 32-bit one; and a descriptor for looking at
 * openers. One thread's. */
struct intent_table;

int intent_table_new(struct intent_table **ret); /* 0, -ENOMEM, or -EOPNOTSUPP: libseccomp knows no such call */
struct intent_table *intent_table_free(struct intent_table *table);

enum intent {
        INTENT_UNSEEN,         /* the opener is still on its way to sleep, intent_can_be_seen; or nobody has looked */
        INTENT_READ,
        INTENT_CREATE,         /* O_CREAT without writing: a write where the file is new, a read where it is not */
        INTENT_WRITE,          /* O_TRUNC included */
};

/* What the thread's open of event_fd is for. Where nothing can be learned, INTENT_WRITE: an unknown intent is
 * decided as the strongest. */
enum intent intent_of(struct intent_table *table, int event_fd, pid_t tid);

/* The same at once and by the registers alone: INTENT_UNSEEN where they cannot be seen now, or do not say. They stay what they are
 * until the opener is answered. */
enum intent intent_glance(struct intent_table *table, pid_t tid);

/* The same by the write count alone: never INTENT_UNSEEN, but O_RDONLY|O_TRUNC reads. */
enum intent intent_by_lease(int event_fd);

/* 1: the thread's access is truncate(2) by name; 0: it is not; -EAGAIN: as INTENT_UNSEEN. */
int intent_is_truncate(struct intent_table *table, pid_t tid);

/* Registers are there when the opener sleeps. It has been asked about before that, and where others keep the processor
 * busy it may be long until it gets so far. Looks once and does not wait, the others do for a millisecond. */
bool intent_can_be_seen(struct intent_table *table, pid_t tid);

/* True when it is execve(2) that opens: the program, or its interpreter. */
bool intent_is_execute(struct intent_table *table, pid_t tid);

/* Where execve(2) or execveat(2) finds the arguments and the environment. */
struct execute_call {
        size_t pointer_size;   /* 4: a 32-bit call */
        uint64_t argv, envp;   /* addresses in the caller's memory; 0: none */
};

/* What a thread does that waits before a program. 1: it executes it, *ret is set; 0: it is in a call that can do no more than
 * open it, or works for io_uring. -ENOENT: it is in another call; -EAGAIN: as INTENT_UNSEEN; other -errno: it may well
 * execute it. */
int intent_program_call(struct intent_table *table, pid_t tid, struct execute_call *ret);
