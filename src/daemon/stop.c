/* The end: who may bring it about, and how. */
#include <signal.h>
#include <stdlib.h>

#include "guard_internal.h"
#include "unitward/stop.h"
#include "unitward/util.h"

/* After the answer to who asked for it, which goes out at the control socket's priority. */
#define STOP_PRIORITY (SD_EVENT_PRIORITY_IDLE + 1)

bool stop_is_service(bool foreground)
{
        return !foreground && getenv("NOTIFY_SOCKET");
}

bool stop_counts(pid_t sender)
{
        return sender == 0 || sender == getppid() || sender == getpid();
}

/* The supervisor hands on what it was sent, and says in whose name: 0 when it has obeyed already. */
static pid_t sender_of(const struct signalfd_siginfo *info)
{
        return info->ssi_code == SI_QUEUE && (pid_t)info->ssi_pid == getppid() ? (pid_t)info->ssi_int
                                                                               : (pid_t)info->ssi_pid;
}

static void record_refusal(struct guard *guard, const struct signalfd_siginfo *info)
{
        struct actor *actor = actor_gather(guard_managers(guard), sender_of(info), -1);
        char described[512] = "somebody";
        struct record *record;

        if (actor)
                (void)actor_describe(actor, described, sizeof described);
        record = record_new(RECORD_STOP_REFUSED);
        if (record) {
                record->mode = guard_mode(guard);
                record->actor = actor_ref(actor);
                record->message = format("%s from %s is ignored: only its manager stops unitward like that",
                                         info->ssi_signo == SIGINT ? "SIGINT" : "SIGTERM", described);
                record->hint = strdup("who may approve stops it with: unitward stop");
        }
        outbox_record(&guard->outbox, record);
        actor_unref(actor);
}

int stop_on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
        struct guard *guard = userdata;

        (void)source;
        if (!guard->is_service || stop_counts(sender_of(info)))
                return sd_event_exit(guard->event, 0);
        record_refusal(guard, info);
        return 0;
}

static int on_told(sd_event_source *source, void *userdata)
{
        struct guard *guard = userdata;

        (void)source;
        return sd_event_exit(guard->event, guard->exit_status);
}

int stop_soon(struct guard *guard, bool restart)
{
        sd_event_source *source;
        int r = sd_event_add_defer(guard->event, &source, on_told, guard);

        if (r < 0)
                return r;
        guard->exit_status = guard->is_service && !restart ? STOP_EXIT_STATUS : 0;
        r = sd_event_source_set_priority(source, STOP_PRIORITY);
        if (r == 0)
                r = sd_event_source_set_floating(source, true);
        sd_event_source_unref(source);
        return r;
}
