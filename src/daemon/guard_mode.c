/* The mode that counts is told to everybody who acts by it; what an administrator said about it is kept, and ends. */
#include <systemd/sd-daemon.h>

#include "guard_internal.h"
#include "unitward/command_line.h"
#include "unitward/util.h"

#define ACCURACY_USEC 10000u

enum mode guard_mode(const struct guard *guard)
{
        return mode_rule(&guard->claims, now_boottime_usec()).mode;
}

/* The boot gate reads it at the next boot, where what an administrator said and the command line no longer count. */
char *guard_snapshot_headers(const struct guard *guard)
{
        const struct mode_claims *claims = &guard->claims;
        enum mode mode = claims->option || claims->unreviewed ? MODE_AUDIT : claims->policy;

        return snapshots_headers(guard->policy, mode, claims->unreviewed);
}

static int keep(struct guard *guard)
{
        const struct mode_override *override = &guard->claims.override;
        const char *directory = guard->options.runtime_directory;

        return override->given ? mode_file_write(directory, override) : mode_file_remove(directory);
}

/* ---- Telling ------------------------------------------------------------------------------------------ */

static int on_trial_ends(sd_event_source *source, uint64_t usec, void *userdata)
{
        (void)source;
        (void)usec;
        guard_mode_expire(userdata);
        return 0;
}

static void arm(struct guard *guard)
{
        guard->trial = sd_event_source_unref(guard->trial);
        if (mode_is_trial(&guard->claims.override))
                (void)sd_event_add_time(guard->event, &guard->trial, CLOCK_BOOTTIME, guard->claims.override.until_usec,
                                        ACCURACY_USEC, on_trial_ends, guard);
}

void guard_mode_publish(struct guard *guard)
{
        enum mode mode = guard_mode(guard);

        verdicts_enforce_until(guard->verdicts, mode_enforced_until(&guard->claims));
        guard->settler.mode = mode;
        __atomic_store_n(&guard->mode_now, mode, __ATOMIC_RELAXED);
        arm(guard);
        (void)sd_pid_notifyf(guard->options.main_pid, false, "STATUS=%s mode, %llu authorised names", mode_name(mode),
                             (unsigned long long)guard->settler.inventory.n_authorised);
}

void guard_mode_settle(struct guard *guard, enum mode before)
{
        const struct cause nobody = { .actor = NULL };

        if (before == MODE_AUDIT && guard->settler.mode == MODE_ENFORCE)
                settle_everything(&guard->settler, &nobody);
        if (guard->settler.n_pending)
                housekeeper_retry_later(guard);
}

/* ---- What an administrator said ------------------------------------------------------------------------- */

int guard_mode_override(struct guard *guard, const struct mode_override *override)
{
        const struct mode_override former = guard->claims.override;
        enum mode before = guard_mode(guard);
        int r;

        guard->claims.override = *override;
        r = keep(guard);
        /* Nobody must be locked in for want of room: what cannot be kept counts all the same, as long as this daemon
         * runs, if it weakens. What would be enforced for longer than somebody asked for is not begun. */
        if (r < 0 && override->given && override->mode == MODE_ENFORCE) {
                guard->claims.override = former;
                return r;
        }
        guard_mode_publish(guard);
        guard_mode_settle(guard, before);
        return r;
}

void guard_mode_expire(struct guard *guard)
{
        if (!mode_override_expire(&guard->claims.override, now_boottime_usec())) {
                arm(guard); /* it has got another end meanwhile */
                return;
        }
        (void)keep(guard); /* what is there has ended as well */
        if (guard->verdicts)
                guard_mode_publish(guard);
        guard_record(guard, RECORD_CONTROL,
                     format("enforce mode was not confirmed in time: it only audits again, nothing is prevented"),
                     format("once more: unitward enforce --for 10m; then, in time: unitward confirm"));
}

bool guard_mode_follow(struct guard *guard)
{
        guard->claims.policy = policy_settings(guard->policy)->mode;
        if (!mode_override_follow(&guard->claims.override, guard->claims.policy))
                return false;
        (void)keep(guard); /* the next start finds by itself that it has ended */
        return true;
}

/* Nothing decides yet. */
int guard_mode_open(struct guard *guard)
{
        const char *directory = guard->options.runtime_directory;
        int r = mode_file_read(directory, &guard->claims.override);

        guard->claims.option = guard->options.force_audit;
        guard->claims.command_line = command_line_machine() == COMMAND_LINE_AUDIT;
        if (r < 0)
                guard_record(guard, RECORD_PROBLEM,
                             format("what was said about the mode cannot be read from %s/mode: %s; the policy's counts",
                                    directory, strerror(-r)),
                             format("remove it; say it again with: unitward enforce, or: unitward audit"));
        if (guard_mode_follow(guard))
                guard_record(
                        guard, RECORD_CONTROL,
                        format("the policy says another mode than when the daemon was told one: the policy's counts"),
                        NULL);
        if (mode_is_trial(&guard->claims.override) && now_boottime_usec() >= guard->claims.override.until_usec)
                guard_mode_expire(guard);
        return 0;
}
