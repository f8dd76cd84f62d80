/* https://prometheus.io/docs/instrumenting/exposition_formats/, text format 0.0.4. */
#include <inttypes.h>

#include "metrics.h"
#include "unitward/ctl.h"
#include "unitward/text.h"
#include "unitward/util.h"

enum value {
        VALUE_NUMBER,
        VALUE_SECONDS, /* from microseconds */
        VALUE_TRUTH,   /* 1: it is true, or a text */
        VALUE_LENGTH,  /* of a list */
};

/* One value of the daemon's answer. */
static const struct metric {
        const char *name, *type, *path;
        enum value value;
        const char *help;
} metrics[] = {
        { "unitward_enforcing", "gauge", "status.enforcing", VALUE_TRUTH, "1: it enforces, 0: it only audits" },
        { "unitward_start_time_seconds", "gauge", "status.started_usec", VALUE_SECONDS,
          "When this guard started, since 1970" },
        { "unitward_guard_deaths_total", "counter", "guards_died", VALUE_NUMBER,
          "Guards that died and were replaced since the daemon started" },
        { "unitward_problems", "gauge", "status.problems", VALUE_LENGTH, "What unitward status calls a problem" },

        { "unitward_policy_rules", "gauge", "status.policy.rules", VALUE_NUMBER, "Rules of the policy in force" },
        { "unitward_policy_zones", "gauge", "status.policy.zones", VALUE_NUMBER, "Zones of the policy in force" },
        { "unitward_policy_generation", "gauge", "status.policy.generation", VALUE_NUMBER,
          "How many policies this guard has put in force; 1 is the one that it started with" },
        { "unitward_policy_load_time_seconds", "gauge", "status.policy.loaded_usec", VALUE_SECONDS,
          "When the policy in force was loaded, since 1970" },
        { "unitward_policy_refused", "gauge", "status.policy.last_error", VALUE_TRUTH,
          "1: the policy on the disk was refused, an older one is in force" },

        { "unitward_directories", "gauge", "status.marks.directories", VALUE_NUMBER, "Directories that are guarded" },
        { "unitward_ledger_entries", "gauge", "status.ledger.entries", VALUE_NUMBER, "Names that are authorised" },
        { "unitward_quarantine_items", "gauge", "status.quarantine.count", VALUE_NUMBER, "Evidence that is kept" },
        { "unitward_quarantine_bytes", "gauge", "status.quarantine.bytes", VALUE_NUMBER, "Its size" },
        { "unitward_quarantine_limit_bytes", "gauge", "status.quarantine.max_bytes", VALUE_NUMBER,
          "What the policy allows it to be" },

        { "unitward_passed_total", "counter", "status.counters.passed", VALUE_NUMBER,
          "Opens let through without a decision: what is authorised, or not protected" },
        { "unitward_changes_total", "counter", "status.counters.changes", VALUE_NUMBER,
          "Changes that the kernel told of" },
        { "unitward_taken_total", "counter", "status.counters.quarantined", VALUE_NUMBER,
          "What was taken out of protected directories" },
        { "unitward_restored_total", "counter", "status.counters.restored", VALUE_NUMBER,
          "What was put back as it is authorised" },
        { "unitward_held_total", "counter", "status.counters.held", VALUE_NUMBER,
          "Openers that waited until something was settled" },
        { "unitward_timeouts_total", "counter", "status.counters.timeouts", VALUE_NUMBER,
          "Openers who were answered because their deadline had passed" },
        { "unitward_evasions_total", "counter", "status.counters.evasions", VALUE_NUMBER,
          "Gated commands that were run otherwise than they were let through" },
        { "unitward_starved_total", "counter", "status.queue.starved", VALUE_NUMBER,
          "Openers whom the kernel refused for want of a descriptor" },
        { "unitward_overflows_total", "counter", "status.queue.overflows", VALUE_NUMBER,
          "Overflows of the kernel's queue; all is settled anew then" },
        { "unitward_records_dropped_total", "counter", "status.queue.records_dropped", VALUE_NUMBER,
          "Records that were lost because too many waited" },
        { "unitward_records_summed_total", "counter", "status.queue.records_summed", VALUE_NUMBER,
          "Records of repeated deeds that were counted in a summary instead of written" },

        { "unitward_syslog_sent_total", "counter", "status.sent.syslog.sent", VALUE_NUMBER,
          "Records that were sent to a syslog's socket" },
        { "unitward_syslog_lost_total", "counter", "status.sent.syslog.lost", VALUE_NUMBER,
          "Records that a syslog's socket did not take" },
        { "unitward_audit_sent_total", "counter", "status.sent.linux_audit.sent", VALUE_NUMBER,
          "Records that were sent to Linux audit" },
        { "unitward_audit_lost_total", "counter", "status.sent.linux_audit.lost", VALUE_NUMBER,
          "Records that the relay to Linux audit did not take" },

        { "unitward_openers_held", "gauge", "status.queue.held", VALUE_NUMBER, "Openers that wait for settling now" },
        { "unitward_changes_unsettled", "gauge", "status.queue.unsettled", VALUE_NUMBER,
          "Changes that were noticed and are not settled" },
        { "unitward_evidence_unfiled", "gauge", "status.queue.filings", VALUE_NUMBER,
          "What was taken and is not filed as evidence yet" },
        { "unitward_records_unwritten", "gauge", "status.queue.records", VALUE_NUMBER,
          "Records that are not written yet" },
};

static void print_head(FILE *out, const char *name, const char *type, const char *help)
{
        (void)fprintf(out, "# HELP %s %s.\n# TYPE %s %s\n", name, help, name, type);
}

/* A label's value; a comma before all but the first. */
static void print_label(FILE *out, const char *name, const char *value, bool first)
{
        (void)fprintf(out, "%s%s=\"", first ? "" : ",", name);
        for (const char *at = value ? value : ""; *at; at++) {
                if (*at == '\n')
                        (void)fputs("\\n", out);
                else
                        (void)fprintf(out, "%s%c", *at == '\\' || *at == '"' ? "\\" : "", *at);
        }
        (void)fputc('"', out);
}

/* NAME{LABEL="...",...} of the texts below these keys. */
static void print_labelled(FILE *out, const char *name, const json_t *from, const char *const keys[])
{
        (void)fprintf(out, "%s{", name);
        for (size_t i = 0; keys[i]; i++)
                print_label(out, keys[i], json_string_value(json_object_get(from, keys[i])), i == 0);
        (void)fputc('}', out);
}

static void print_metric(FILE *out, const struct metric *metric, const json_t *answer)
{
        const json_t *value = json_at(answer, metric->path);

        print_head(out, metric->name, metric->type, metric->help);
        switch (metric->value) {
        case VALUE_NUMBER:
                (void)fprintf(out, "%s %lld\n", metric->name, (long long)json_integer_value(value));
                break;
        case VALUE_SECONDS:
                (void)fprintf(out, "%s %.6f\n", metric->name, (double)json_integer_value(value) / 1e6);
                break;
        case VALUE_TRUTH:
                (void)fprintf(out, "%s %d\n", metric->name, json_is_true(value) || json_is_string(value));
                break;
        case VALUE_LENGTH:
                (void)fprintf(out, "%s %zu\n", metric->name, json_array_size(value));
                break;
        }
}

/* Who runs what: a fleet compares versions and policies. */
static void print_identity(FILE *out, const json_t *answer)
{
        static const char *const build[] = { "version", "kernel", "mode", NULL }, *const policy[] = { "digest", NULL };

        print_head(out, "unitward_info", "gauge", "Which daemon this is; always 1");
        print_labelled(out, "unitward_info", json_object_get(answer, "status"), build);
        (void)fputs(" 1\n", out);
        print_head(out, "unitward_policy_info", "gauge", "Which policy is in force; always 1");
        print_labelled(out, "unitward_policy_info", json_at(answer, "status.policy"), policy);
        (void)fputs(" 1\n", out);
}

static void print_decisions(FILE *out, const json_t *answer)
{
        static const char *const labels[] = { "gate", "operation", "verdict", "mode", "rule", NULL };
        size_t i;
        json_t *decision;

        print_head(out, "unitward_decisions_total", "counter",
                   "Decisions that were recorded; in audit mode a denial was not done");
        json_array_foreach(json_at(answer, "tally.decisions"), i, decision) {
                print_labelled(out, "unitward_decisions_total", decision, labels);
                (void)fprintf(out, " %lld\n", (long long)json_integer_value(json_object_get(decision, "count")));
        }
}

static void print_records(FILE *out, const json_t *answer)
{
        const char *kind;
        json_t *count;

        print_head(out, "unitward_records_total", "counter",
                   "Records that were made, by their kinds, written or counted in a summary");
        json_object_foreach(json_at(answer, "tally.records"), kind, count) {
                (void)fputs("unitward_records_total{", out);
                print_label(out, "kind", kind, true);
                (void)fprintf(out, "} %lld\n", (long long)json_integer_value(count));
        }
}

/* The daemon's counters are each of one interval (verdicts.h), a histogram's of all up to its bound. */
static void print_waits(FILE *out, const json_t *answer)
{
        const json_t *counts = json_at(answer, "waits.counts");
        const size_t n = json_array_size(counts);
        uint64_t sum = 0;

        print_head(out, "unitward_wait_seconds", "histogram", "How long openers waited for their answers");
        for (size_t i = 0; i < n; i++) {
                sum += (uint64_t)json_integer_value(json_array_get(counts, i));
                if (i + 1 < n)
                        (void)fprintf(out, "unitward_wait_seconds_bucket{le=\"%g\"} %" PRIu64 "\n",
                                      (double)(UINT64_C(1) << i) / 1e6, sum);
        }
        (void)fprintf(out, "unitward_wait_seconds_bucket{le=\"+Inf\"} %" PRIu64 "\n", sum);
        (void)fprintf(out, "unitward_wait_seconds_sum %.6f\nunitward_wait_seconds_count %" PRIu64 "\n",
                      (double)json_integer_value(json_at(answer, "waits.usec")) / 1e6, sum);
}

int metrics_print(FILE *out, const json_t *answer)
{
        print_head(out, "unitward_up", "gauge", "1: the daemon answers");
        (void)fprintf(out, "unitward_up %d\n", answer != NULL);
        if (answer) {
                print_identity(out, answer);
                for (size_t i = 0; i < ARRAY_SIZE(metrics); i++)
                        print_metric(out, &metrics[i], answer);
                print_decisions(out, answer);
                print_records(out, answer);
                print_waits(out, answer);
        }
        return ferror(out) ? -EIO : 0;
}
