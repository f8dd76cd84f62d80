/* What the guard keeps on disk: ledger, golden copies, quarantine, log. Each refusal says what stands in the way
 * and what to do about it. */
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>

#include "guard_internal.h"
#include "unitward/util.h"

int guard_refuse(const char *what, const char *path, int error, const char *advice)
{
        (void)fprintf(stderr, "unitwardd: %s %s: %s; %s\n", what, path, strerror(-error), advice);
        return error;
}

/* A guard whose supervisor was killed may be on its way out still. */
static int lock_patiently(int fd)
{
        const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };

        for (int tries = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; tries++) {
                if (errno != EWOULDBLOCK || tries == 50)
                        return -errno;
                (void)nanosleep(&pause, NULL);
        }
        return 0;
}

/* Two daemons would each undo what the other allows, and write one ledger. */
static int lock_state(struct guard *guard)
{
        const char *path = guard->options.state_directory;
        int r;

        guard->state_lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        r = guard->state_lock < 0 ? -errno : lock_patiently(guard->state_lock);
        return r < 0 ? guard_refuse("cannot lock", path, r, "is another unitwardd running?") : 0;
}

static int open_golden(struct guard *guard)
{
        _cleanup_free_ char *path = format("%s/golden", guard->options.state_directory);
        int r = path ? golden_open(path, &guard->settler.golden) : -ENOMEM;

        return r < 0 ? guard_refuse("cannot open", path ? path : "golden", r, "check the state directory") : 0;
}

static int open_pending(struct guard *guard)
{
        int r = pending_open(guard->options.runtime_directory, &guard->pending);

        return r < 0 ? guard_refuse("cannot write in", guard->options.runtime_directory, r,
                                    "choose another with --runtime")
                     : 0;
}

/* Where nobody held the groups while there was no guard, what happened after the last notes were looked at is not told.
 */
static int open_note_log(struct guard *guard)
{
        guard->note_memory = note_log_map(guard->options.runtime_directory, &guard->note_log_lasts);
        if (!guard->note_memory)
                return -ENOMEM;
        return note_log_new(guard->note_memory, NOTE_LOG_SIZE, lifeline_is_inherited(guard->options.lifeline),
                            &guard->note_log);
}

struct quarantine_limits guard_quarantine_limits(const struct policy_settings *settings)
{
        return (struct quarantine_limits){ settings->quarantine_max_bytes, settings->quarantine_max_file,
                                           settings->quarantine_when_full };
}

static int open_quarantine(struct guard *guard)
{
        const struct quarantine_limits limits = guard_quarantine_limits(policy_settings(guard->policy));
        _cleanup_free_ char *path = format("%s/quarantine", guard->options.state_directory);
        int r = path ? quarantine_open(path, &limits, &guard->settler.quarantine) : -ENOMEM;

        return r < 0 ? guard_refuse("cannot open", path ? path : "quarantine", r, "check the state directory") : 0;
}

/* There before the marks, so that it is guarded from the start: what is written down there somebody has root undo. */
static int make_posture(struct guard *guard)
{
        _cleanup_free_ char *path = format("%s/posture", guard->options.state_directory);
        int r = path ? make_directories(path, 0700) : -ENOMEM;

        return r < 0 ? guard_refuse("cannot make", path ? path : "posture", r, "check the state directory") : 0;
}

static int open_sinks(struct guard *guard)
{
        const struct record_sinks_options options = {
                .json_path = guard->options.log_path,
                .journal = !guard->options.foreground,
                .terminal = guard->options.foreground ? stderr : NULL,
                .colour = isatty(STDERR_FILENO) && !getenv("NO_COLOR"),
        };
        _cleanup_free_ char *audit_socket = format("%s-audit", guard->options.runtime_directory);
        int r = record_sinks_open(&options, &guard->sinks);

        if (r == 0)
                r = record_limit_new(&guard->record_limit);
        if (r == 0)
                r = audit_socket ? couriers_init(&guard->couriers, audit_socket) : -ENOMEM;
        if (r == 0)
                recorder_configure(guard, &policy_settings(guard->policy)->records);
        return r < 0 ? guard_refuse("cannot open", guard->options.log_path ? guard->options.log_path : "the log", r,
                                    "choose another with --log, or --no-log")
                     : 0;
}

/* A reboot empties /run: what was authorised there before is not expected back. */
static int note_boot(struct guard *guard)
{
        _cleanup_free_ char *path = format("%s/boot-id", guard->options.state_directory);
        char now[64] = "", then[64] = "";
        int r = 0;

        if (!path)
                return -ENOMEM;
        (void)read_text_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", now, sizeof now);
        (void)read_text_at(AT_FDCWD, path, then, sizeof then);
        guard->settler.new_boot = !streq(now, then);
        if (guard->settler.new_boot) {
                _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

                r = fd < 0 ? -errno : write_all(fd, now, strlen(now));
        }
        return r < 0 ? guard_refuse("cannot write", path, r, "check the state directory") : 0;
}

static int open_snapshots(struct guard *guard)
{
        _cleanup_free_ char *path = format("%s/ledger.export", guard->options.state_directory);
        int r = path ? snapshots_new(path, guard->options.snapshot_path, &guard->snapshots) : -ENOMEM;

        guard->settler.snapshot_path = guard->options.snapshot_path;
        return r;
}

int guard_open_state(struct guard *guard)
{
        int (*const steps[])(struct guard *) = { lock_state,      guard_open_ledger, open_pending,    open_note_log,
                                                 guard_mode_open, open_golden,       open_quarantine, make_posture,
                                                 open_sinks,      note_boot,         open_snapshots };
        int r = make_directories(guard->options.state_directory, 0700);

        if (r < 0)
                return guard_refuse("cannot make", guard->options.state_directory, r, "choose another with --state");
        for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
                r = steps[i](guard);
                if (r < 0)
                        return r;
        }
        return 0;
}
