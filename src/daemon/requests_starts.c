/* What is said of the watch over what managers start. */
#include "lookout.h"
#include "requests_internal.h"
#include "unitward/util.h"

/* Why it is not the connector. */
static const char *why_not_connector(int error)
{
        switch (error) {
        case 0:
                return NULL;
        case -EOPNOTSUPP:
                return "the kernel's process connector is not to be had here: it is in the initial PID and network "
                       "namespaces alone";
        case -EPERM:
                return "the kernel's process connector needs CAP_NET_ADMIN here";
        default:
                return strerror(-error);
        }
}

/* Why nobody is watched, which is a problem. */
static const char *why_nobody(const struct starts_sources *sources)
{
        return sources->scout >= 0
                       ? "what managers start is not watched any more: unitwardd's process for that, "
                         "unitward-scout, has ended; unitward stop --restart starts another"
                       : "what managers start is not watched: the kernel has neither a process connector here "
                         "nor room for one more fanotify group (sysctl fs.fanotify.max_user_groups)";
}

json_t *request_starts_json(struct guard *guard, json_t *problems)
{
        const bool enabled = policy_settings(guard->policy)->detection.enabled;
        const enum starts_watcher watcher = lookout_watcher(guard->lookout);
        const struct starts_counters starts = lookout_counters(guard->lookout);
        const struct detection_counters counters = detection_counters(guard->detection);

        if (watcher == STARTS_NONE && enabled)
                (void)json_array_append_new(problems, json_string(why_nobody(&guard->options.starts)));
        return json_pack("{s:s, s:s*, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "watcher",
                         enabled ? starts_watcher_name(watcher) : "off", "why",
                         why_not_connector(guard->options.starts.connector_error), "seen", (json_int_t)starts.seen,
                         "followed", (json_int_t)starts.followed, "missed", (json_int_t)starts.missed, "lost",
                         (json_int_t)starts.lost, "wakeups", (json_int_t)starts.wakeups, "alerts",
                         (json_int_t)counters.alerts, "unsaid", (json_int_t)counters.unsaid, "refused",
                         (json_int_t)counters.refused, "stopped", (json_int_t)counters.stopped);
}
