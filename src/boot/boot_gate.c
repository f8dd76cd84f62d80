/* The order of things. */
#include <fcntl.h>
#include <sys/stat.h>
#include <syslog.h>

#include "boot_internal.h"
#include "unitward/command_line.h"
#include "unitward/text.h"

struct gate {
        const struct boot_options *options;
        struct policy_settings settings;
        bool has_settings;
        struct boot_snapshot snapshot;
        struct boot_walk units, generators;
        enum command_line_mode wanted;
        bool audit, silent; /* silent: the daemon has recorded what there is to say */
        unsigned n_masked, n_helpless;
};

/* ---- What is to be done at all ----------------------------------------------------------------------- */

/* The policy of the disk counts: it may have been changed to mend something. One that cannot be used changes nothing,
 * as it does for the daemon. */
static bool only_audits(const struct gate *gate, enum mode mode)
{
        return mode == MODE_AUDIT || gate->wanted == COMMAND_LINE_AUDIT;
}

/* ---- One finding ---------------------------------------------------------------------------------------- */

static const char *state_text(enum boot_state state)
{
        static const char *const texts[] = { [BOOT_INTACT] = "is authorised",
                                             [BOOT_TOUCHED] = "has another owner or mode than authorised",
                                             [BOOT_CHANGED] = "is not as it was authorised",
                                             [BOOT_UNKNOWN] = "is not authorised" };

        return texts[state];
}

static const char *action_text(enum boot_action action)
{
        static const char *const texts[] = { [BOOT_NOTHING] = "has no effect",
                                             [BOOT_MASK] = "masked",
                                             [BOOT_CONTENTS] = "its authorised contents are loaded instead",
                                             [BOOT_LINK] = "the authorised link is used instead",
                                             [BOOT_HOLD] = "its unit does not start",
                                             [BOOT_HELPLESS] = "cannot be helped" };

        return texts[action];
}

static void report(struct gate *gate, const char *path, enum boot_state state, const struct boot_remedy *remedy, int r)
{
        _cleanup_free_ char *shown = text_escape(path);
        bool helpless = remedy->action == BOOT_HELPLESS;

        if (gate->silent || !shown)
                return;
        if (r < 0)
                boot_report_list(LOG_CRIT, "%s %s, and could not be masked: %s", shown, state_text(state),
                                 strerror(-r));
        else if (helpless)
                boot_report_list(LOG_ERR, "%s %s: only reported, %s", shown, state_text(state), remedy->why);
        else
                boot_report_list(gate->audit ? LOG_WARNING : LOG_ERR, "%s %s%s %s", shown, state_text(state),
                                 gate->audit ? ", in enforce mode:" : ":", action_text(remedy->action));
}

static void deal_with(struct gate *gate, const struct boot_walk *walk, const struct boot_finding *finding, int early)
{
        struct boot_remedy remedy = boot_remedy_of(walk, finding, gate->options->golden);
        int r = gate->audit ? 0 : boot_act(walk, finding, &remedy, early);

        report(gate, finding->path, finding->state, &remedy, r);
        if (r < 0 || remedy.action == BOOT_HELPLESS)
                gate->n_helpless++;
        else if (remedy.action != BOOT_NOTHING)
                gate->n_masked++;
        free(remedy.data);
}

static void deal_with_all(struct gate *gate, const struct boot_walk *walk)
{
        _cleanup_close_ int early = open(gate->options->early, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        for (size_t i = 0; i < walk->n_findings; i++)
                if (!walk->findings[i].authorised)
                        deal_with(gate, walk, &walk->findings[i], early);
}

/* ---- What is gone ------------------------------------------------------------------------------------------- */

static bool was_walked(const struct boot_walk *walk, const char *path)
{
        for (size_t i = 0; i < walk->n_directories; i++) {
                size_t length = strlen(walk->directories[i].path);

                if (strncmp(path, walk->directories[i].path, length) == 0 && path[length] == '/')
                        return true;
        }
        return false;
}

/* A running daemon puts it back, and one that starts does: until then somebody should know. */
static void report_missing(struct gate *gate)
{
        for (size_t i = 0; i < gate->snapshot.n_entries; i++) {
                const struct boot_entry *entry = &gate->snapshot.entries[i];
                struct stat st;

                if (entry->seen || entry->kind == ENTRY_DIRECTORY || !was_walked(&gate->units, entry->path) ||
                    lstat(entry->path, &st) == 0 || errno != ENOENT)
                        continue;

                _cleanup_free_ char *shown = text_escape(entry->path);
                boot_report_list(LOG_WARNING, "%s was authorised and is gone: unitwardd(8) puts it back when it starts",
                                 shown ? shown : "?");
        }
}

/* ---- With a snapshot, and without ------------------------------------------------------------------------------ */

static void summarise(const struct gate *gate)
{
        if (gate->silent || gate->n_masked + gate->n_helpless == 0)
                return;
        if (boot_report_left_out())
                boot_report(LOG_ERR, "%u more were left out of this list", boot_report_left_out());
        boot_report(LOG_ERR,
                    "%u not authorised %s, %u only reported; see: unitward diff. If one is yours: start "
                    "unitward.service, unitward approve PATH; to boot without this once: unitward.mode=off",
                    gate->n_masked, gate->audit ? "would be masked" : "masked", gate->n_helpless);
}

static void compare(struct gate *gate)
{
        enum mode mode;
        bool answered;

        gate->units.snapshot = gate->generators.snapshot = &gate->snapshot;
        boot_walk_units(&gate->units, gate->options->scope);
        boot_walk_generators(&gate->generators, gate->options->scope);
        answered = boot_ask(&gate->units, gate->options->socket, &mode);
        if (answered || gate->units.n_findings == 0)
                answered |= boot_ask(&gate->generators, gate->options->socket, &mode);
        if (answered) {
                gate->audit = only_audits(gate, mode);
                gate->silent = mode == MODE_AUDIT;
        }
        /* As the daemon does when it starts and finds what was installed meanwhile. */
        if (!answered && gate->settings.package_records && gate->units.n_findings > 0)
                (void)boot_ask_packages(&gate->units, boot_package_shipped);
        deal_with_all(gate, &gate->units);
        deal_with_all(gate, &gate->generators);
        if (!answered)
                report_missing(gate);
        if (gate->units.incomplete)
                boot_report(LOG_ERR, "not all of the search path could be read: what is not authorised may be loaded");
        summarise(gate);
}

static void mask_unowned(struct gate *gate)
{
        boot_walk_units(&gate->units, gate->options->scope);
        if (!boot_ask_packages(&gate->units, boot_package_owns)) {
                boot_report(LOG_ERR, "the package manager's records cannot be read: nothing is masked");
                return;
        }
        deal_with_all(gate, &gate->units);
        summarise(gate);
}

static void run(struct gate *gate)
{
        _cleanup_free_ char *why = NULL;
        int r = boot_snapshot_read(gate->options->snapshot, &gate->snapshot, &why);

        /* What nobody has looked at yet is no more masked than the daemon prevents it. */
        gate->audit = gate->snapshot.unreviewed ||
                      only_audits(gate, gate->has_settings ? gate->settings.mode : gate->snapshot.mode);
        if (r == 0) {
                compare(gate);
                return;
        }
        boot_report(LOG_ERR,
                    "%s cannot be used: %s; %s. Start unitward.service, which writes it anew, and see: unitward diff",
                    gate->options->snapshot, why ? why : strerror(-r),
                    gate->settings.boot_on_damage == BOOT_DAMAGE_MASK_UNOWNED ? "what no package owns is masked"
                                                                              : "what is not authorised may be loaded");
        if (gate->settings.boot_on_damage == BOOT_DAMAGE_MASK_UNOWNED)
                mask_unowned(gate);
}

void boot_gate_run(const struct boot_options *options)
{
        struct gate gate = { .options = options, .settings.boot_gate = true };

        boot_deadline(options->seconds);
        gate.wanted = command_line_mode(options->command_line);
        if (gate.wanted == COMMAND_LINE_OFF)
                return;
        gate.has_settings = policy_read_settings(options->policy, &gate.settings) == 0;
        if (!gate.has_settings)
                boot_report(LOG_ERR, "%s cannot be used, the mode is that of the boot snapshot; see: unitward check",
                            options->policy);
        if (gate.settings.boot_gate)
                run(&gate);
        boot_walk_done(&gate.units);
        boot_walk_done(&gate.generators);
        boot_snapshot_done(&gate.snapshot);
}
