/* What the control socket can ask of the daemon. */
#include <sys/utsname.h>

#include "requests_internal.h"
#include "unitward/text.h"
#include "unitward/util.h"

/* ---- status -------------------------------------------------------------------------------------- */

static json_t *policy_json(const struct guard *guard)
{
        return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:s*}", "path", guard->options.policy_path, "digest",
                         policy_digest(guard->policy), "rules", (json_int_t)policy_n_rules(guard->policy), "zones",
                         (json_int_t)policy_n_zones(guard->policy), "generation", (json_int_t)guard->policy_generation,
                         "loaded_usec", (json_int_t)guard->policy_loaded_usec, "last_error", guard->policy_error);
}

static json_t *marks_json(struct guard *guard, json_t *problems)
{
        struct directory *directory, *next;
        json_int_t present = 0, absent = 0, parents = 0;

        HASH_ITER(hh_path, guard->settler.inventory.by_path, directory, next) {
                if (directory->present && !directory->watched) {
                        _cleanup_free_ char *path = text_escape(directory->path);
                        _cleanup_free_ char *text = path ? format("%s is not protected: its file system or a limit "
                                                                  "refused the mark",
                                                                  path)
                                                         : NULL;

                        if (text)
                                (void)json_array_append_new(problems, json_string(text));
                }
                *(directory->place == PLACE_PARENT ? &parents : directory->present ? &present : &absent) += 1;
        }
        return json_pack("{s:I, s:I, s:I, s:I}", "directories", present, "parents", parents, "files",
                         (json_int_t)guard->settler.inventory.n_authorised, "absent", absent);
}

static json_t *counters_json(struct guard *guard)
{
        const struct verdict_counters counters = verdicts_counters(guard->verdicts);

        return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "allowed",
                         (json_int_t)counters.allowed, "denied", (json_int_t)counters.denied, "quarantined",
                         (json_int_t)guard->settler.n_quarantined, "restored", (json_int_t)guard->settler.n_restored,
                         "passed", (json_int_t)counters.passed, "held", (json_int_t)counters.held, "changes",
                         (json_int_t)counters.changes, "timeouts", (json_int_t)counters.timeouts, "overflows",
                         (json_int_t)counters.overflows, "records_dropped",
                         (json_int_t)outbox_progress(&guard->outbox).dropped, "problems",
                         (json_int_t)guard->settler.n_problems, "notes_unkept",
                         (json_int_t)note_log_unkept(guard->note_log), "evasions", (json_int_t)counters.evasions);
}

static json_t *courier_json(const struct courier *courier)
{
        return json_pack("{s:I, s:I, s:b}", "sent", (json_int_t)__atomic_load_n(&courier->sent, __ATOMIC_RELAXED),
                         "lost", (json_int_t)__atomic_load_n(&courier->lost, __ATOMIC_RELAXED), "failing",
                         __atomic_load_n(&courier->failing, __ATOMIC_RELAXED));
}

static json_t *couriers_json(struct guard *guard, json_t *problems)
{
        const struct record_settings *settings = &policy_settings(guard->policy)->records;

        if (settings->syslog_records != RECORDS_OFF &&
            __atomic_load_n(&guard->couriers.syslog.failing, __ATOMIC_RELAXED))
                (void)json_array_append_new(
                        problems,
                        json_sprintf("records do not reach %s, and are counted: look whether a syslog reads it, "
                                     "or set \"syslog\" in the policy",
                                     settings->syslog_socket));
        if (settings->audit_records != RECORDS_OFF && __atomic_load_n(&guard->couriers.audit.failing, __ATOMIC_RELAXED))
                (void)json_array_append_new(
                        problems, json_string("records do not reach Linux audit, and are counted: systemctl status "
                                              "unitward-audit.socket unitward-audit.service"));
        return json_pack("{s:o, s:o}", "syslog", courier_json(&guard->couriers.syslog), "linux_audit",
                         courier_json(&guard->couriers.audit));
}

/* Each queue: what is in it, at most so far, and what did not fit. */
static json_t *queue_json(struct guard *guard)
{
        const struct verdict_counters counters = verdicts_counters(guard->verdicts);
        const struct filings *filings = &guard->settler.filings;
        const struct outbox_progress records = outbox_progress(&guard->outbox);
        const struct notes_usage notes = notes_usage(&guard->notes);
        const struct {
                const char *key;
                uint64_t value;
        } all[] = {
                { "held", counters.pending },
                { "held_most", counters.pending_most },
                { "unsettled", notes.unsettled },
                { "unsettled_most", notes.most },
                { "overflows", counters.overflows },
                { "notes_lost", notes.lost },
                { "filings", filings->n },
                { "filings_most", filings->n_most },
                { "starved", counters.starved },
                { "records", records.records },
                { "records_most", records.records_most },
                { "records_dropped", records.dropped },
                { "records_summed", record_limit_counted(guard->record_limit) },
        };
        json_t *queue = json_object();

        for (size_t i = 0; i < ARRAY_SIZE(all); i++)
                (void)json_object_set_new(queue, all[i].key, json_integer((json_int_t)all[i].value));
        return queue;
}

static json_t *quarantine_json(struct guard *guard)
{
        uint64_t bytes, count;

        quarantine_usage(guard->settler.quarantine, &bytes, &count);
        return json_pack("{s:I, s:I, s:I, s:I}", "bytes", (json_int_t)bytes, "count", (json_int_t)count, "max_bytes",
                         (json_int_t)policy_settings(guard->policy)->quarantine_max_bytes, "unkept",
                         (json_int_t)guard->settler.n_unkept);
}

/* What managers and holders had of the time before the start. */
static json_t *gap_json(struct guard *guard, json_t *problems)
{
        bool asks = guard_managers(guard)->systemd_is_pid1;

        if (guard->gap.search_ended)
                (void)json_array_append_new(
                        problems, json_string("not all processes were looked through for who holds protected files "
                                              "open: unitward stop --restart does it again"));
        if (guard->gap.n_silent)
                (void)json_array_append_new(
                        problems, json_string("a service manager did not say what it had loaded before the start: "
                                              "systemctl list-units, and look for what is not yours"));
        return json_pack("{s:b, s:I, s:b, s:I, s:I, s:I, s:I}", "done", guard->gap.done, "held",
                         (json_int_t)guard->gap.n_held, "asks_managers", asks, "managers_asked",
                         (json_int_t)guard->gap.n_asked, "managers_silent", (json_int_t)guard->gap.n_silent, "loaded",
                         (json_int_t)guard->gap.n_loaded, "stopped", (json_int_t)guard->gap.n_stopped);
}

static void store_problems(struct guard *guard, json_t *problems)
{
        static const char runtime[] = "the latest changes would not outlive a crash: there is no room for them in the "
                                      "runtime directory";
        static const char notes[] =
                "whose the changes were that are just being settled would not outlive a crash: make "
                "4 MiB of room in the runtime directory, on a tmpfs, and restart";

        static const char full[] =
                "the quarantine is full: what is not authorised is removed, its records have its size "
                "and digest; make room: unitward quarantine list; unitward quarantine purge";

        if (guard->claims.unreviewed)
                (void)json_array_append_new(
                        problems, json_string("what is there is not reviewed: nothing is prevented until: unitward "
                                              "baseline --take, or: unitward ledger import FILE"));
        if (outbox_progress(&guard->outbox).lost)
                (void)json_array_append_new(problems, json_string("the ledger is behind: memory was short; restart"));
        if (__atomic_load_n(&guard->ledger_failed, __ATOMIC_RELAXED))
                (void)json_array_append_new(problems, json_string("the ledger cannot be written, and is kept in memory "
                                                                  "meanwhile: make room where the state directory is"));
        if (__atomic_load_n(&guard->n_backlog, __ATOMIC_RELAXED) && pending_unlogged(guard->pending))
                (void)json_array_append_new(problems, json_string(runtime));
        if (guard->settler.n_unkept && !quarantine_has_room(guard->settler.quarantine, 0))
                (void)json_array_append_new(problems, json_string(full));
        if (!guard->note_log_lasts)
                (void)json_array_append_new(problems, json_string(notes));
}

static void queue_problems(struct guard *guard, json_t *problems)
{
        const struct verdict_counters counters = verdicts_counters(guard->verdicts);
        _cleanup_free_ char *starved = NULL;

        if (counters.starved == 0)
                return;
        starved = format("%llu opens were denied by the kernel, unasked: more waited than there are descriptors; raise "
                         "LimitNOFILE= of unitward.service",
                         (unsigned long long)counters.starved);
        if (starved)
                (void)json_array_append_new(problems, json_string(starved));
}

static void command_problems(struct guard *guard, json_t *problems)
{
        uint64_t n = verdicts_unwatched_programs(guard->verdicts);
        _cleanup_free_ char *text = NULL;

        if (n == 0)
                return;
        text = format(
                "%llu programs of gated commands, or directories where they belong, cannot be watched: their file "
                "system or a limit refused the mark",
                (unsigned long long)n);
        if (text)
                (void)json_array_append_new(problems, json_string(text));
}

/* Somebody wants it enforced, and it is not. */
static void mode_problems(const struct guard *guard, json_t *problems)
{
        const uint64_t now = now_boottime_usec();
        const struct mode_ruling ruling = mode_rule(&guard->claims, now);
        _cleanup_free_ char *why = NULL, *text = NULL;

        if (ruling.mode == MODE_ENFORCE || guard->claims.policy == MODE_AUDIT || ruling.source == MODE_FROM_REVIEW)
                return;
        why = mode_explain(&guard->claims, now, now_realtime_usec());
        text = format("nothing is prevented: %s; %s", why ? why : "", mode_remedy(ruling.source));
        if (text)
                (void)json_array_append_new(problems, json_string(text));
}

int request_status(void *userdata, const struct control_peer *peer, json_t *arguments, struct control_answer *ret)
{
        struct guard *guard = userdata;
        const struct inventory *inventory = &guard->settler.inventory;
        json_t *problems = json_array();
        struct utsname kernel;

        (void)peer;
        (void)arguments;
        (void)uname(&kernel);
        mode_problems(guard, problems);
        store_problems(guard, problems);
        queue_problems(guard, problems);
        command_problems(guard, problems);
        ret->result = json_pack(
                "{s:s, s:I, s:s, s:b, s:o, s:I, s:I, s:b, s:s, s:o, s:o, s:o, s:{s:I, s:I}, s:o, s:o, s:o, "
                "s:{s:I}, s:o, s:o, s:o, s:o}",
                "version", UNITWARD_VERSION, "pid", (json_int_t)getpid(), "mode", mode_name(guard_mode(guard)),
                "enforcing", guard_mode(guard) == MODE_ENFORCE, "mode_ruling", mode_to_json(&guard->claims),
                "started_usec", (json_int_t)guard->started_usec, "uptime_usec",
                (json_int_t)(now_boottime_usec() - guard->began_usec), "systemd_is_pid1",
                guard_managers(guard)->systemd_is_pid1, "kernel", kernel.release, "policy", policy_json(guard),
                "capabilities", capabilities_to_json(&guard->capabilities), "marks", marks_json(guard, problems),
                "inventory", "authorised", (json_int_t)inventory->n_authorised, "tolerated",
                (json_int_t)inventory->n_tolerated, "counters", counters_json(guard), "queue", queue_json(guard),
                "quarantine", quarantine_json(guard), "ledger", "entries", (json_int_t)inventory->n_authorised, "gap",
                gap_json(guard, problems), "starts", request_starts_json(guard, problems), "sent",
                couriers_json(guard, problems), "problems", problems);
        return ret->result ? 0 : -ENOMEM;
}

/* ---- reload ------------------------------------------------------------------------------------------ */

static json_t *lines_json(const char *text)
{
        json_t *lines = json_array();

        while (lines && text && *text) {
                size_t length = strcspn(text, "\n");

                if (length > 0)
                        (void)json_array_append_new(lines, json_stringn(text, length));
                text += length + (text[length] == '\n');
        }
        return lines;
}

static int handle_reload(void *userdata, const struct control_peer *peer, json_t *arguments, struct control_answer *ret)
{
        struct guard *guard = userdata;
        char *why = NULL;
        int r = guard_reload(guard, &why);

        (void)peer;
        (void)arguments;
        if (r < 0)
                return request_error(ret, r, why,
                                     strdup("the old policy stays in force; try the new one with: unitward "
                                            "check"));
        ret->result = json_pack("{s:s, s:I, s:s, s:o, s:o}", "digest", policy_digest(guard->policy), "rules",
                                (json_int_t)policy_n_rules(guard->policy), "mode", mode_name(guard_mode(guard)),
                                "mode_ruling", mode_to_json(&guard->claims), "warnings", lines_json(why));
        free(why);
        return ret->result ? 0 : -ENOMEM;
}

const struct control_command guard_commands[] = {
        { "status", false, request_status },
        { "metrics", false, request_metrics },
        { "reload", true, handle_reload },
        { "quarantine-list", false, request_quarantine_list },
        { "quarantine-show", false, request_quarantine_show },
        { "quarantine-restore", true, request_quarantine_restore },
        { "quarantine-purge", true, request_quarantine_purge },
        { "approve", true, request_approve },
        { "revoke", true, request_revoke },
        { "install", true, request_install },
        { "baseline-take", true, request_baseline_take },
        { "ledger-import", true, request_ledger_import },
        { "ledger-sync", true, request_ledger_sync },
        { "repair", true, request_repair },
        { "repair-undo", true, request_repair_undo },
        { "stop", true, request_stop },
        { "enforce", true, request_enforce },
        { "audit", true, request_audit },
        { "confirm", true, request_confirm },
        { "boot-check", false, request_boot_check }, /* root's generators: nobody else can crowd them out here */
        { NULL, false, NULL },
};
