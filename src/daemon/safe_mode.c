#include <fcntl.h>
#include <sys/stat.h>

#include "unitward/safe_mode.h"
#include "unitward/util.h"

static bool is_thread_of(pid_t guard, pid_t tid)
{
        char path[64];

        if (guard <= 0)
                return false;
        (void)snprintf(path, sizeof path, "/proc/%d/task/%d", (int)guard, (int)tid);
        return access(path, F_OK) == 0;
}

/* Between its two looks, perhaps. */
static bool runs_command(const struct lifeline *lifeline, pid_t tid)
{
        char path[64];
        struct stat st;

        (void)snprintf(path, sizeof path, "/proc/%d/exe", (int)tid);
        return stat(path, &st) == 0 && lifeline_is_program(lifeline, file_id_of(&st));
}

/* Whose program cannot be looked at may be one. */
static bool is_manager(const struct lifeline *lifeline, pid_t tid)
{
        char path[64];
        struct stat st;

        if (tid == 1)
                return true;
        (void)snprintf(path, sizeof path, "/proc/%d/exe", (int)tid);
        return stat(path, &st) < 0 || lifeline_is_manager(lifeline, file_id_of(&st));
}

/* Refused with EAGAIN exactly while somebody has it open for writing, and who waits to do so counts; fcntl(2). */
static bool is_written(int fd)
{
        if (fcntl(fd, F_SETLEASE, F_RDLCK) < 0)
                return errno == EAGAIN;
        (void)fcntl(fd, F_SETLEASE, F_UNLCK);
        return false;
}

bool safe_mode_allows(const struct lifeline *lifeline, const struct opener *opener, pid_t guard)
{
        struct signature signature;
        struct stat st;

        if (opener->goes_on || lifeline_lets_through(lifeline) || is_thread_of(guard, opener->tid))
                return true;
        if (opener->executes && !opener->gated)
                return true;
        if (fstat(opener->fd, &st) < 0)
                return false;
        /* What is asked for nobody can tell here; what every program opens is no command's. */
        if (opener->gated)
                return !lifeline_is_program(lifeline, file_id_of(&st)) && !runs_command(lifeline, opener->tid);
        if (S_ISDIR(st.st_mode))
                return true;
        if (opener->truncates || is_written(opener->fd))
                return false;
        signature = signature_of(&st);
        return lifeline_knows(lifeline, &signature) || !is_manager(lifeline, opener->tid);
}

static void reply(struct lifeline *lifeline, const struct fan_groups *groups, const struct opener *opener, bool allows)
{
        if (fan_group_reply(opener->access ? groups->access : groups->permission, opener->fd,
                            allows ? FAN_ALLOW : FAN_DENY) == 0)
                lifeline_stood_in(lifeline, allows);
}

/* Who would be refused may as well wait for a guard, unless he is a manager; what a manager has forked to run a command
 * is none any more, though it looks like one. */
static bool can_wait(const struct lifeline *lifeline, const struct opener *opener, bool allows, bool patient)
{
        return !allows && patient && ((opener->gated && opener->tid != 1) || !is_manager(lifeline, opener->tid));
}

bool safe_mode_answer(struct lifeline *lifeline, const struct fan_groups *groups, const struct opener *opener,
                      pid_t guard, bool patient)
{
        bool allows = safe_mode_allows(lifeline, opener, guard);

        if (can_wait(lifeline, opener, allows, patient))
                return false;
        reply(lifeline, groups, opener, allows);
        return true;
}

bool safe_mode_answer_noted(struct lifeline *lifeline, const struct fan_groups *groups, const struct opener *opener,
                            pid_t guard, bool patient)
{
        bool allows = safe_mode_allows(lifeline, opener, guard);

        if (can_wait(lifeline, opener, allows, patient) || !lifeline_has(lifeline, opener))
                return false;
        reply(lifeline, groups, opener, allows);
        return true;
}

static bool answer_own(const struct fan_groups *groups, const struct opener *opener, pid_t guard)
{
        if (!is_thread_of(guard, opener->tid))
                return false;
        (void)fan_group_reply(opener->access ? groups->access : groups->permission, opener->fd, FAN_ALLOW);
        return true;
}

/* own: the guard's alone are answered. */
static bool read_some(struct lifeline *lifeline, const struct fan_groups *groups, bool access, pid_t guard,
                      bool patient, bool own, bool *left)
{
        _Alignas(8) unsigned char buffer[LIFELINE_BATCH];
        ssize_t size = read(access ? groups->access : groups->permission, buffer,
                            fan_read_size(fan_waiting_max(), sizeof buffer));
        struct fan_open open;
        size_t offset = 0;

        while (fan_open_next(buffer, size > 0 ? (size_t)size : 0, &offset, &open) > 0) {
                struct opener opener = opener_of(&open, access);

                if (opener.fd < 0)
                        continue;
                if (own ? answer_own(groups, &opener, guard)
                        : safe_mode_answer(lifeline, groups, &opener, guard, patient)) {
                        (void)close(opener.fd);
                        continue;
                }
                *left = opener.left = true;
                opener.due_usec = opener.since_usec + lifeline_deadman_usec(lifeline);
                lifeline_note(lifeline, &opener);
        }
        return size > 0;
}

#define SINGLE_EVENTS (LIFELINE_BATCH / FAN_EVENT_METADATA_LEN) /* as many as are read at once when there is room */

static bool read_group(struct lifeline *lifeline, const struct fan_groups *groups, bool access, pid_t guard,
                       bool patient, bool own)
{
        bool left = false;

        if (fan_waiting_max() > 0) {
                (void)read_some(lifeline, groups, access, guard, patient, own, &left);
                return left;
        }
        /* There is no descriptor to wait with: one by one, and everybody is answered. */
        for (size_t i = 0; i < SINGLE_EVENTS && read_some(lifeline, groups, access, guard, false, false, &left); i++)
                ;
        return left;
}

bool safe_mode_read(struct lifeline *lifeline, const struct fan_groups *groups, pid_t guard, bool patient)
{
        bool left = read_group(lifeline, groups, false, guard, patient, false);

        return read_group(lifeline, groups, true, guard, patient, false) || left;
}

bool safe_mode_read_own(struct lifeline *lifeline, const struct fan_groups *groups, pid_t guard)
{
        bool left = read_group(lifeline, groups, false, guard, true, true);

        return read_group(lifeline, groups, true, guard, true, true) || left;
}
