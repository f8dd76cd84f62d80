#include <fcntl.h>
#include <sched.h>
#include <time.h>
#include <seccomp.h>

#include "unitward/fan_group.h"
#include "unitward/intent.h"
#include "unitward/proc_text.h"
#include "unitward/util.h"

/* The opener may still be on its way to sleep: on another CPU, where it is there at once, or on this one, where a
 * real-time thread has to sleep itself for it to get there. Each nap is twice as long as the one before, 1 ms in all;
 * where others have that CPU for longer, everybody else is not kept waiting too. */
#define RUNNING_YIELDS 5
#define RUNNING_NAPS 10
#define RUNNING_NAP_NSEC 1000L

enum call_kind {
        CALL_OPENS,    /* flags in the argument named */
        CALL_ASKS,     /* opens too, but what for is in memory that the opener can change */
        CALL_CREATES,  /* creat: for writing, always */
        CALL_EXECUTES, /* reads */
        CALL_TRUNCATES,
};

static const struct {
        const char *name;
        enum call_kind kind;
        unsigned argument; /* which one holds the flags, or the vector of arguments */
} opening_calls[] = {
        { "open", CALL_OPENS, 1 },          { "openat", CALL_OPENS, 2 },         { "open_by_handle_at", CALL_OPENS, 2 },
        { "creat", CALL_CREATES, 0 },       { "execve", CALL_EXECUTES, 1 },      { "execveat", CALL_EXECUTES, 2 },
        { "truncate", CALL_TRUNCATES, 0 },  { "truncate64", CALL_TRUNCATES, 0 }, { "openat2", CALL_ASKS, 0 },
        { "io_uring_enter", CALL_ASKS, 0 },
};

/* A 32-bit call is reported by its 32-bit number. The union of both tables is safe on x86: no number that
 * opens a file in one is that of a call in the other that could raise an open event. */
#define ARCHITECTURES 2

/* As many openers as are likely to be at it at once; each costs a descriptor. */
#define REGISTERS_KEPT 8

struct intent_table {
        /* The last openers' /proc/TID/syscall: who opens one unit, opens the next. It reads as ESRCH when he is gone.
         */
        struct {
                pid_t tid;
                int fd;
        } registers[REGISTERS_KEPT];
        size_t n;
        struct {
                long number;
                enum call_kind kind;
                unsigned argument;
                size_t pointer_size;
        } calls[ARRAY_SIZE(opening_calls) * ARCHITECTURES];
};

static void table_add(struct intent_table *table, uint32_t architecture, size_t pointer_size)
{
        for (size_t i = 0; i < ARRAY_SIZE(opening_calls); i++) {
                int number = seccomp_syscall_resolve_name_arch(architecture, opening_calls[i].name);

                if (number < 0)
                        continue;
                table->calls[table->n].number = number;
                table->calls[table->n].kind = opening_calls[i].kind;
                table->calls[table->n].argument = opening_calls[i].argument;
                table->calls[table->n].pointer_size = pointer_size;
                table->n++;
        }
}

static void close_registers(struct intent_table *table)
{
        for (size_t i = 0; i < REGISTERS_KEPT; i++) {
                close_pointer(&table->registers[i].fd);
                table->registers[i].fd = -1;
        }
}

int intent_table_new(struct intent_table **ret)
{
        struct intent_table *table = calloc(1, sizeof *table);
        uint32_t native = seccomp_arch_native();

        if (!table)
                return -ENOMEM;
        for (size_t i = 0; i < REGISTERS_KEPT; i++)
                table->registers[i].fd = -1;
        table_add(table, native, sizeof(void *));
        if (table->n == 0) {
                intent_table_free(table);
                return -EOPNOTSUPP;
        }
        if (native == SCMP_ARCH_X86_64)
                table_add(table, SCMP_ARCH_X86, sizeof(uint32_t));
        *ret = table;
        return 0;
}

struct intent_table *intent_table_free(struct intent_table *table)
{
        if (table)
                close_registers(table);
        free(table);
        return NULL;
}

/* Where descriptors are few, those who wait need them: then the last opener's alone is kept. */
static int open_registers(struct intent_table *table, pid_t tid, size_t slot)
{
        int *fd = &table->registers[slot].fd;
        char path[64];

        if (fan_waiting_max() == 0)
                close_registers(table);
        close_pointer(fd);
        table->registers[slot].tid = tid;
        (void)snprintf(path, sizeof path, "/proc/%d/syscall", tid);
        *fd = open(path, O_RDONLY | O_CLOEXEC);
        return *fd < 0 ? -errno : 0;
}

static int registers_of(struct intent_table *table, pid_t tid, struct proc_syscall *ret)
{
        const size_t slot = (size_t)tid % REGISTERS_KEPT;
        const int *fd = &table->registers[slot].fd;
        char text[256];
        ssize_t n = -1;
        int r;

        if (*fd >= 0 && table->registers[slot].tid == tid)
                n = pread(*fd, text, sizeof text - 1, 0);
        if (n < 0) {
                r = open_registers(table, tid, slot);
                if (r < 0)
                        return r;
                n = pread(*fd, text, sizeof text - 1, 0);
        }
        if (n < 0)
                return -errno;
        text[n] = '\0';
        return proc_syscall_parse(text, ret);
}

bool intent_can_be_seen(struct intent_table *table, pid_t tid)
{
        struct proc_syscall call;

        return registers_of(table, tid, &call) != -EAGAIN;
}

static int call_of(struct intent_table *table, pid_t tid, struct proc_syscall *ret)
{
        struct timespec nap = { .tv_nsec = RUNNING_NAP_NSEC };

        for (int i = 0; i < RUNNING_YIELDS + RUNNING_NAPS; i++) {
                int r = registers_of(table, tid, ret);

                if (r != -EAGAIN)
                        return r;
                if (i < RUNNING_YIELDS) {
                        (void)sched_yield();
                        continue;
                }
                (void)nanosleep(&nap, NULL);
                nap.tv_nsec *= 2;
        }
        return -EAGAIN;
}

/* A read lease is refused with EAGAIN exactly while somebody has the inode open for writing, and the
 * waiting opener already counts. */
static bool lease_says_writer(int event_fd)
{
        if (fcntl(event_fd, F_SETLEASE, F_RDLCK) == 0) {
                (void)fcntl(event_fd, F_SETLEASE, F_UNLCK);
                return false;
        }
        return true;
}

enum intent intent_by_lease(int event_fd)
{
        return lease_says_writer(event_fd) ? INTENT_WRITE : INTENT_READ;
}

/* INTENT_UNSEEN: they do not say. */
static enum intent intent_by_registers(const struct intent_table *table, const struct proc_syscall *call)
{
        for (size_t i = 0; i < table->n; i++) {
                uint64_t flags;

                if (table->calls[i].number != call->number)
                        continue;
                switch (table->calls[i].kind) {
                case CALL_OPENS:
                        flags = call->arguments[table->calls[i].argument];
                        if ((flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC))
                                return INTENT_WRITE;
                        return flags & O_CREAT ? INTENT_CREATE : INTENT_READ;
                case CALL_CREATES:
                case CALL_TRUNCATES:
                        return INTENT_WRITE;
                case CALL_EXECUTES:
                        return INTENT_READ;
                case CALL_ASKS:
                        return INTENT_UNSEEN;
                }
        }
        return INTENT_UNSEEN;
}

enum intent intent_glance(struct intent_table *table, pid_t tid)
{
        struct proc_syscall call;

        return registers_of(table, tid, &call) < 0 ? INTENT_UNSEEN : intent_by_registers(table, &call);
}

/* The registers say more than the lease both ways: O_RDONLY|O_TRUNC takes no write count, and a reader is not the
 * writer whom the lease saw. */
enum intent intent_of(struct intent_table *table, int event_fd, pid_t tid)
{
        enum intent intent = INTENT_UNSEEN;
        struct proc_syscall call;
        int r = call_of(table, tid, &call);

        if (r == -EAGAIN)
                return INTENT_UNSEEN;
        if (r == 0)
                intent = intent_by_registers(table, &call);
        return intent == INTENT_UNSEEN ? intent_by_lease(event_fd) : intent;
}

static int is_call(struct intent_table *table, pid_t tid, enum call_kind kind)
{
        struct proc_syscall call;
        int r = call_of(table, tid, &call);

        if (r < 0)
                return r == -EAGAIN ? r : 0;
        for (size_t i = 0; i < table->n; i++)
                if (table->calls[i].number == call.number && table->calls[i].kind == kind)
                        return 1;
        return 0;
}

int intent_is_truncate(struct intent_table *table, pid_t tid)
{
        return is_call(table, tid, CALL_TRUNCATES);
}

bool intent_is_execute(struct intent_table *table, pid_t tid)
{
        return is_call(table, tid, CALL_EXECUTES) > 0;
}

/* proc_syscall_parse sees no call of it; what usermodehelper executes looks the same. */
static bool is_io_worker(pid_t tid)
{
        char path[64], text[1024];
        struct proc_stat stat;

        (void)snprintf(path, sizeof path, "/proc/%d/stat", tid);
        return read_text_at(AT_FDCWD, path, text, sizeof text) > 0 && proc_stat_parse(text, &stat) == 0 &&
               stat.io_worker;
}

int intent_program_call(struct intent_table *table, pid_t tid, struct execute_call *ret)
{
        struct proc_syscall call = { 0 };
        int r = call_of(table, tid, &call);

        if (r == -ENOENT)
                return is_io_worker(tid) ? 0 : r;
        for (size_t i = 0; r == 0 && i < table->n; i++) {
                unsigned vector = table->calls[i].argument;

                if (table->calls[i].number != call.number)
                        continue;
                if (table->calls[i].kind != CALL_EXECUTES)
                        return 0;
                *ret = (struct execute_call){ table->calls[i].pointer_size, call.arguments[vector],
                                              call.arguments[vector + 1] };
                return 1;
        }
        return r < 0 ? r : -ENOENT;
}
