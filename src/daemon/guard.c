#include <fcntl.h>
#include <signal.h>
#include <systemd/sd-daemon.h>

#include "guard_internal.h"
#include "lookout.h"
#include "stopping.h"
#include "unitward/boot_gate.h"
#include "unitward/priority.h"
#include "unitward/sandbox.h"
#include "unitward/stop.h"
#include "unitward/util.h"

const struct managers *guard_managers(struct guard *guard)
{
        const struct file_id *exes;
        size_t n = policy_manager_exes(guard->policy, &exes);

        managers_set_named(&guard->managers, exes, n);
        managers_refresh(&guard->managers);
        return &guard->managers;
}

void guard_record(struct guard *guard, enum record_kind kind, char *message, char *hint)
{
        struct record *record = record_new(kind);

        if (record) {
                record->mode = guard_mode(guard);
                record->message = message;
                record->hint = hint;
        } else {
                free(message);
                free(hint);
        }
        outbox_record(&guard->outbox, record);
}

/* ---- Building -------------------------------------------------------------------------------------- */

static int load_policy(struct guard *guard)
{
        struct policy_report report;
        _cleanup_free_ char *text = NULL;
        int r = policy_load(guard->options.policy_path, 0, &guard->policy, &report);

        text = policy_report_text(&report);
        policy_report_done(&report);
        if (text && *text)
                (void)fprintf(stderr, "%s", text);
        if (r < 0)
                return guard_refuse("the policy is refused:", guard->options.policy_path, r, "see: unitward check");
        guard->policy_loaded_usec = now_realtime_usec();
        guard->policy_generation = 1;
        guard->claims.policy = policy_settings(guard->policy)->mode;
        return 0;
}

static int block_signals(void)
{
        sigset_t signals;

        (void)sigemptyset(&signals);
        (void)sigaddset(&signals, SIGHUP);
        (void)sigaddset(&signals, SIGUSR1);
        (void)sigaddset(&signals, SIGTERM);
        (void)sigaddset(&signals, SIGINT);
        (void)signal(SIGPIPE, SIG_IGN);
        /* Somebody who breaks the lease that intent and settling hold for a moment has the kernel send
         * SIGIO, fcntl(2), and that ends a process that does not expect it. */
        (void)signal(SIGIO, SIG_IGN);
        return pthread_sigmask(SIG_BLOCK, &signals, NULL) ? -EINVAL : 0;
}

static int build(struct guard *guard)
{
        struct verdicts_options options = { .groups = &guard->groups,
                                            .lifeline = guard->options.lifeline,
                                            .left_openers = guard->options.left_openers,
                                            .inventory = &guard->settler.inventory,
                                            .notes = &guard->notes,
                                            .outbox = &guard->outbox };
        int r;

        r = notes_init(&guard->notes);
        if (r == 0)
                r = outbox_init(&guard->outbox);
        if (r == 0)
                r = tally_init(&guard->tally);
        if (r == 0)
                r = inventory_init(&guard->settler.inventory);
        guard->settler.inventory.known = lifeline_known(guard->options.lifeline);
        if (r == 0)
                r = block_signals();
        if (r == 0)
                r = load_policy(guard);
        if (r == 0)
                r = own_policy_init(guard);
        if (r == 0)
                r = guard_open_state(guard);
        if (r == 0)
                notes_keep(&guard->notes, guard->note_log);
        if (r == 0)
                r = verdicts_new(&options, guard->policy, &guard->verdicts);
        if (r == 0)
                r = sd_event_default(&guard->event);
        if (r >= 0)
                r = detection_new(guard, &guard->detection);
        if (r >= 0)
                r = stopping_new(guard, &guard->stopping);
        if (r < 0)
                return r;
        guard->settler.groups = &guard->groups;
        filings_init(&guard->settler.filings);
        quarantine_prepare_items(guard->settler.quarantine, undo_prepare_item, &guard->settler);
        guard->settler.policy = guard->policy;
        guard->settler.outbox = &guard->outbox;
        guard_mode_publish(guard);
        return 0;
}

int guard_new(const struct guard_options *options, struct guard **ret)
{
        struct guard *guard = calloc(1, sizeof *guard);
        int r;

        if (!guard)
                return -ENOMEM;
        guard->options = *options;
        priority_of_verdicts();
        guard->is_service = stop_is_service(options->foreground);
        guard->groups = options->groups;
        guard->capabilities = options->capabilities;
        guard->notes.to_housekeeper = guard->notes.to_verdicts = guard->state_lock = guard->couriers.fd = -1;
        STAILQ_INIT(&guard->backlog);
        TAILQ_INIT(&guard->unsettled);
        guard->started_usec = now_realtime_usec();
        guard->began_usec = now_boottime_usec();
        managers_init(&guard->managers);
        r = build(guard);
        if (r < 0) {
                guard_free(guard);
                return r;
        }
        *ret = guard;
        return 0;
}

struct guard *guard_free(struct guard *guard)
{
        if (!guard)
                return NULL;
        guard->control = control_free(guard->control);
        guard->boot_control = control_free(guard->boot_control);
        guard->aftermath = aftermath_free(guard->aftermath);
        recorder_stop(guard);
        guard->lookout = lookout_free(guard->lookout);
        guard->stopping = stopping_free(guard->stopping);
        mounts_end(guard);
        guard->retry = sd_event_source_unref(guard->retry);
        guard->trial = sd_event_source_unref(guard->trial);
        guard->pardon = sd_event_source_unref(guard->pardon);
        guard->filing_idle = sd_event_source_unref(guard->filing_idle);
        guard->filing_again = sd_event_source_unref(guard->filing_again);
        guard->work_ends = sd_event_source_unref(guard->work_ends);
        guard->event = sd_event_unref(guard->event);
        record_sinks_close(guard->sinks);
        record_limit_free(guard->record_limit);
        couriers_done(&guard->couriers);
        meaning_sources_done(&guard->meanings);
        filings_done(&guard->settler.filings);
        quarantine_close(guard->settler.quarantine);
        golden_close(guard->settler.golden);
        ledger_close(guard->ledger);
        snapshots_free(guard->snapshots);
        backlog_drop(guard);
        unsettled_drop(guard);
        pending_close(guard->pending);
        /* Last of all that may open a protected path: until now somebody answers. */
        guard->verdicts = verdicts_free(guard->verdicts);
        close_pointer(&guard->state_lock);
        vouching_free(guard->settler.vouching);
        settle_forget_gap(&guard->settler);
        inventory_done(&guard->settler.inventory);
        writers_done(&guard->settler.writers);
        outbox_done(&guard->outbox);
        tally_done(&guard->tally);
        guard->detection = detection_free(guard->detection);
        notes_done(&guard->notes);
        note_log_free(guard->note_log); /* after the verdict thread has ended */
        note_log_unmap(guard->note_memory);
        policy_unref(guard->policy);
        free(guard->settler.policy_directory);
        free(guard->policy_error);
        free(guard);
        return NULL;
}

/* ---- Running ---------------------------------------------------------------------------------------- */

static int open_boot_control(struct guard *guard)
{
        _cleanup_free_ char *path = format("%s/" BOOT_GATE_SOCKET, guard->options.runtime_directory);

        return path ? control_new_public(guard->event, path, guard_boot_commands, guard, &guard->boot_control)
                    : -ENOMEM;
}

static int open_control(struct guard *guard)
{
        _cleanup_free_ char *path = format("%s/control", guard->options.runtime_directory);
        int r;

        if (!path)
                return -ENOMEM;
        r = make_directories(guard->options.runtime_directory, 0755);
        if (r == 0)
                r = control_new(guard->event, path, policy_settings(guard->policy)->control_gid, guard_commands, guard,
                                &guard->control);
        if (r == 0)
                r = open_boot_control(guard);
        return r < 0 ? guard_refuse("cannot listen on", path, r, "is another unitwardd running?") : 0;
}

static void announce(struct guard *guard)
{
        const struct inventory *inventory = &guard->settler.inventory;

        outbox_snapshot(&guard->outbox, guard_snapshot_headers(guard));
        guard_record(guard, RECORD_STARTED,
                     format("%s mode, %llu authorised names in %llu directories, %zu rules",
                            mode_name(guard_mode(guard)), (unsigned long long)inventory->n_authorised,
                            (unsigned long long)inventory->n_directories, policy_n_rules(guard->policy)),
                     guard->settler.n_problems ? format("some places are not protected, see: unitward doctor") : NULL);
        if (guard->options.foreground)
                (void)fprintf(stderr, "unitward: ready, %s mode\n", mode_name(guard_mode(guard)));
        (void)sd_pid_notifyf(guard->options.main_pid, false, "READY=1\nSTATUS=%s mode, %llu authorised names",
                             mode_name(guard_mode(guard)), (unsigned long long)inventory->n_authorised);
}

/* A daemon that cannot be confined does not start: sandbox.h. */
static int confine(void)
{
        int r = sandbox_enter(SANDBOX_GUARD);

        if (r == 0)
                return 0;
        (void)guard_refuse("cannot enter", "the sandbox", r, SANDBOX_ADVICE);
        return -EOPNOTSUPP;
}

/* How much of it was without a guard, and who ended the one before. */
static void announce_takeover(struct guard *guard)
{
        struct outage outage = lifeline_outage(guard->options.lifeline);
        _cleanup_free_ char *unsummed = NULL;
        uint64_t lasted_ms = (now_monotonic_usec() - outage.died_usec) / 1000u;
        const char *how = outage.overdue ? "was ended because an answer was overdue" : "died";

        if (outage.n_unsummed > 0)
                unsummed = format("; %llu records of repeated deeds had been counted, and are in no summary",
                                  (unsigned long long)outage.n_unsummed);
        guard_record(
                guard, RECORD_TAKEOVER,
                format("the guard %s (signal %d), another one took over %llu ms later; meanwhile openers waited, and "
                       "the supervisor let %llu through and refused %llu%s",
                       how, outage.signal, (unsigned long long)lasted_ms, (unsigned long long)outage.n_allowed,
                       (unsigned long long)outage.n_denied, unsummed ? unsummed : ""),
                format("who did that? It was kill(2) if the kernel's log has nothing of it; it has happened %llu times",
                       (unsigned long long)outage.n_deaths));
}

/* PID 1 may be waiting: the verdict thread goes before ordinary work. It sleeps unless there is an event, and what it
 * does for one is bounded. It has the priority of the thread that makes it, which nobody could give it later; and while
 * everybody waits for a guard that takes over from another, so has what starts that guard. */
static int start_verdicts(struct guard *guard)
{
        int r = verdicts_start(guard->verdicts);

        if (!lifeline_is_inherited(guard->options.lifeline))
                priority_of_work();
        return r;
}

int guard_run(struct guard *guard)
{
        int r;

        verdicts_trust_thread(guard->verdicts, gettid());
        r = start_verdicts(guard);
        if (r == 0)
                r = guard_occupy(guard);
        if (r == 0)
                r = housekeeper_attach(guard);
        if (r == 0)
                r = pardon_attach(guard);
        if (r == 0)
                r = aftermath_attach(guard);
        if (r == 0)
                r = filer_attach(guard);
        if (r == 0)
                r = lookout_new(guard, &guard->lookout);
        if (r == 0)
                r = open_control(guard);
        priority_of_work();
        /* All that a start needs is done: it may have asked rpm. From here on nothing is executed. */
        if (r == 0)
                r = confine();
        if (r < 0)
                return r;
        housekeeper_settle_notes(guard);
        guard->settler.began_usec = now_monotonic_usec();
        verdicts_find_runs(guard->verdicts);
        verdicts_set_ready(guard->verdicts);
        announce(guard);
        if (lifeline_is_inherited(guard->options.lifeline))
                announce_takeover(guard);
        r = sd_event_loop(guard->event);
        (void)sd_pid_notify(guard->options.main_pid, false, "STOPPING=1");
        housekeeper_finish(guard);
        guard_record(guard, RECORD_STOPPED, format("stopped; unit directories are not protected until the next start"),
                     NULL);
        return r;
}
