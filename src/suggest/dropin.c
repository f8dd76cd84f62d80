/* Suggestions as a drop-in that somebody reads before he keeps it. */
#include <inttypes.h>

#include "suggest_internal.h"

/* What others chose stays within its line. */
static int comment(FILE *out, const char *before, const char *text)
{
        _cleanup_free_ char *escaped = text_escape(text);

        if (!escaped)
                return -ENOMEM;
        fprintf(out, "%s%s", before, escaped);
        return 0;
}

static int write_samples(FILE *out, const char *first, const char *next, const struct suggest_sample *samples, size_t n)
{
        int r = 0;

        for (size_t i = 0; i < n && r == 0; i++) {
                r = comment(out, i == 0 ? first : next, samples[i].text);
                fprintf(out, " (%" PRIu64 ")\n", samples[i].n);
        }
        return r;
}

/* indent: what each line begins with. */
static int write_evidence(FILE *out, const char *indent, const struct suggest_evidence *evidence)
{
        _cleanup_free_ char *samples = format("%s#   ", indent), *by = format("%s#   by ", indent),
                            *more = format("%s#      ", indent);
        char first[TIMESTAMP_SIZE], last[TIMESTAMP_SIZE];
        int r;

        if (!samples || !by || !more)
                return -ENOMEM;
        fprintf(out, "%s# %" PRIu64 " record%s, %.19sZ to %.19sZ\n", indent, evidence->n, evidence->n == 1 ? "" : "s",
                timestamp_format(evidence->first_usec, first), timestamp_format(evidence->last_usec, last));
        r = write_samples(out, samples, samples, evidence->samples, evidence->n_samples);
        if (r == 0 && evidence->more_samples)
                fprintf(out, "%sand others\n", samples);
        return r < 0 ? r : write_samples(out, by, more, evidence->actors, evidence->n_actors);
}

/* A condition a line. Semicolons in quotes are names'. */
static void write_conditions(FILE *out, const char *text)
{
        bool quoted = false;

        fputs("  ", out);
        for (; *text; text++) {
                quoted ^= *text == '"';
                fputc(*text, out);
                if (*text == ';' && !quoted && text[1] == ' ' && text[2] != '}') {
                        fputs("\n    ", out);
                        text++;
                }
        }
}

static int write_rule(FILE *out, const struct suggest_rule *rule)
{
        int r = write_evidence(out, "  ", &rule->evidence);

        for (size_t i = 0; i < rule->n_warnings && r == 0; i++) {
                r = comment(out, "  # WARNING: ", rule->warnings[i]);
                fputc('\n', out);
        }
        write_conditions(out, rule->text);
        return r;
}

static bool is_first(const struct suggest_result *result, size_t index)
{
        const struct suggest_rule *rule = result->rules[index];

        for (size_t i = 0; i < index; i++)
                if (streq(result->rules[i]->actor, rule->actor))
                        return false;
        return rule->actor_text;
}

static void write_actors(FILE *out, const struct suggest_result *result)
{
        bool any = false;

        for (size_t i = 0; i < result->n_rules; i++) {
                if (!is_first(result, i))
                        continue;
                fprintf(out, "%s  %s\n", any ? "" : "\nactors: {\n", result->rules[i]->actor_text);
                any = true;
        }
        if (any)
                fputs("};\n", out);
}

static int write_refusals(FILE *out, const struct suggest_result *result)
{
        const char *why = "";
        int r = 0;

        if (result->n_refusals > 0)
                fputs("\n# ---- Not suggested ----------------------------------------------------------------\n", out);
        for (size_t i = 0; i < result->n_refusals && r == 0; i++) {
                const struct suggest_refusal *refusal = result->refusals[i];

                if (!streq(refusal->why, why)) {
                        r = comment(out, "#\n# ", refusal->why);
                        fputc('\n', out);
                        why = refusal->why;
                }
                if (r == 0)
                        r = write_evidence(out, "", &refusal->evidence);
        }
        return r;
}

static void write_head(FILE *out, const struct suggest_result *result)
{
        char first[TIMESTAMP_SIZE], last[TIMESTAMP_SIZE];

        if (result->n_records == 0) {
                fputs("# The policy allows everything that was recorded.\n", out);
                return;
        }
        fprintf(out,
                "# Suggested by unitward suggest. From %.19sZ to %.19sZ the policy refuses %" PRIu64 " records;\n"
                "# with these rules it would allow %" PRIu64 " of them and refuse %" PRIu64 ", see below.\n",
                timestamp_format(result->first_usec, first), timestamp_format(result->last_usec, last),
                result->n_records, result->n_allowed, result->n_records - result->n_allowed);
        if (result->n_ignored > 0)
                fprintf(out,
                        "# %" PRIu64
                        " of them were too many to be looked at, whoever made so many: ask again with --since.\n",
                        result->n_ignored);
        if (result->n_rules > 0)
                fputs("# Read each rule and its warnings. Then: /etc/unitward/policy.d/50-suggested.conf, unitward "
                      "check,\n"
                      "# unitward reload.\n",
                      out);
}

int suggest_write(const struct suggest_result *result, FILE *out)
{
        int r = 0;

        write_head(out, result);
        write_actors(out, result);
        if (result->n_rules > 0)
                fputs("\nrules = (\n", out);
        for (size_t i = 0; i < result->n_rules && r == 0; i++) {
                r = write_rule(out, result->rules[i]);
                fputs(i + 1 < result->n_rules ? ",\n\n" : "\n", out);
        }
        if (result->n_rules > 0)
                fputs(");\n", out);
        return r < 0 ? r : write_refusals(out, result);
}
