/* Is the guard alive? And while none serves, answers in its place. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>

#include "supervisor_internal.h"
#include "unitward/safe_mode.h"

#define PATIENCE_WRITERS (10 * SEC) /* of those who would be refused, but managers: PID 1 serves everybody */
#define START_MAX (20 * SEC)        /* a guard not ready by then is not going to be */
#define PULSE_MAX (60 * SEC)        /* the housekeeper's loop turns at least so often; see housekeeper.c */

static bool somebody_is_unread(const struct supervisor *supervisor)
{
        struct pollfd polls[] = { { supervisor->options->groups.permission, POLLIN, 0 },
                                  { supervisor->options->groups.access, POLLIN, 0 } };

        return poll(polls, ARRAY_SIZE(polls), 0) > 0;
}

static bool somebody_is_overdue(const struct supervisor *supervisor, uint64_t now)
{
        struct opener opener;

        for (int fd = 0; lifeline_next(supervisor->lifeline, fd, &opener); fd = opener.fd + 1)
                if (opener.due_usec < now)
                        return true;
        return false;
}

bool supervisor_somebody_waits(const struct supervisor *supervisor)
{
        struct opener opener;

        return somebody_is_unread(supervisor) || lifeline_next(supervisor->lifeline, 0, &opener);
}

/* Stopped, spinning or stuck, it comes to the same. */
static bool is_overdue(struct supervisor *supervisor, uint64_t now)
{
        uint64_t beats = lifeline_beats(supervisor->lifeline);

        if (beats != supervisor->beats ||
            (!somebody_is_unread(supervisor) && lifeline_queued(supervisor->lifeline) == 0)) {
                supervisor->beats = beats;
                supervisor->beaten_usec = now;
        }
        return now - supervisor->beaten_usec > lifeline_deadman_usec(supervisor->lifeline) ||
               somebody_is_overdue(supervisor, now);
}

static bool is_hopeless(const struct supervisor *supervisor, uint64_t now)
{
        uint64_t pulse = lifeline_pulse_usec(supervisor->lifeline);

        if (!lifeline_serves(supervisor->lifeline))
                return lifeline_has_served(supervisor->lifeline) && now > supervisor->start_usec + START_MAX;
        return pulse && now > pulse + PULSE_MAX;
}

void supervisor_look_after_guard(struct supervisor *supervisor, uint64_t now)
{
        if (supervisor->stop_usec) {
                if (now >= supervisor->stop_usec)
                        (void)kill(supervisor->guard, SIGKILL);
        } else if (!supervisor->overdue && ((lifeline_serves(supervisor->lifeline) && is_overdue(supervisor, now)) ||
                                            is_hopeless(supervisor, now)))
                supervisor_kill_guard(supervisor, now);
}

/* The kernel's name for where its only thread waits: fanotify_handle_event, fanotify_get_response. */
static bool is_asked_about(pid_t guard)
{
        char path[32], place[64];
        ssize_t n;
        int fd;

        (void)snprintf(path, sizeof path, "/proc/%d/wchan", (int)guard);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        n = fd < 0 ? -1 : read(fd, place, sizeof place - 1);
        close_pointer(&fd);
        if (n <= 0)
                return false;
        place[n] = '\0';
        return starts_with(place, "fanotify_");
}

/* The marks of the last guard are on what a new one opens first: its policy, its ledger. Its verdict thread does not
 * run yet to say that it may. */
bool supervisor_starts_behind_marks(const struct supervisor *supervisor)
{
        return supervisor->guard && !supervisor->overdue && !lifeline_serves(supervisor->lifeline) &&
               lifeline_has_served(supervisor->lifeline) &&
               lifeline_beats(supervisor->lifeline) == supervisor->beats_at_start;
}

/* No guard, or one that is not ready yet, or one that SIGKILL does not end because a disk does not answer. What is in
 * flight is a guard's to close while there is one. */
void supervisor_stand_in(struct supervisor *supervisor, uint64_t now)
{
        bool serves = lifeline_serves(supervisor->lifeline) && !supervisor->overdue;
        bool patient = now < supervisor->stand_in_usec + PATIENCE_WRITERS && fan_waiting_max() > 0;
        const struct fan_groups *groups = &supervisor->options->groups;
        struct opener opener;

        if (serves || !lifeline_has_served(supervisor->lifeline))
                return;
        if (now < supervisor->stand_in_usec) {
                if (supervisor_starts_behind_marks(supervisor) && is_asked_about(supervisor->guard) &&
                    safe_mode_read_own(supervisor->lifeline, groups, supervisor->guard))
                        event_wake(supervisor->options->left_openers);
                return;
        }
        for (int fd = 0; lifeline_next(supervisor->lifeline, fd, &opener); fd = opener.fd + 1)
                if (safe_mode_answer_noted(supervisor->lifeline, groups, &opener, supervisor->guard, patient) &&
                    !supervisor->guard)
                        supervisor_forget(supervisor, &opener);
        if (safe_mode_read(supervisor->lifeline, groups, supervisor->guard, patient))
                event_wake(supervisor->options->left_openers);
}
