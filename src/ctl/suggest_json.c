/* Suggestions as JSON: the same facts as the drop-in's, and that itself. */
#include "unitward/text.h"

#include "suggest.h"

static json_t *samples_to_json(const struct suggest_sample *samples, size_t n)
{
        json_t *list = json_array();

        for (size_t i = 0; i < n; i++) {
                json_t *json = json_pack("{s:I}", "records", (json_int_t)samples[i].n);

                (void)json_set_bytes(json, "text", samples[i].text);
                json_array_append_new(list, json);
        }
        return list;
}

static void add_time(json_t *json, const char *key, uint64_t usec)
{
        char text[TIMESTAMP_SIZE];

        if (usec > 0)
                json_object_set_new(json, key, json_string(timestamp_format(usec, text)));
}

static json_t *evidence_to_json(const struct suggest_evidence *evidence)
{
        json_t *json = json_pack("{s:I, s:o, s:o}", "records", (json_int_t)evidence->n, "samples",
                                 samples_to_json(evidence->samples, evidence->n_samples), "actors",
                                 samples_to_json(evidence->actors, evidence->n_actors));

        add_time(json, "first", evidence->first_usec);
        add_time(json, "last", evidence->last_usec);
        return json;
}

static const char *kind_name(enum suggest_kind kind)
{
        static const char *const names[] = {
                [SUGGEST_CHANGES] = "changes",
                [SUGGEST_COMMANDS] = "commands",
                [SUGGEST_READS] = "reads",
        };

        return names[kind];
}

static json_t *rule_to_json(const struct suggest_rule *rule)
{
        json_t *warnings = json_array(),
               *json = json_pack("{s:s, s:s, s:s, s:s, s:s?, s:o, s:o}", "id", rule->id, "kind", kind_name(rule->kind),
                                 "actor", rule->actor, "rule", rule->text, "actor_definition", rule->actor_text,
                                 "warnings", warnings, "evidence", evidence_to_json(&rule->evidence));

        for (size_t i = 0; i < rule->n_warnings; i++) {
                _cleanup_free_ char *text = text_to_utf8(rule->warnings[i]);

                json_array_append_new(warnings, json_string(text ? text : ""));
        }
        return json;
}

static json_t *refusal_to_json(const struct suggest_refusal *refusal)
{
        json_t *json = json_pack("{s:o}", "evidence", evidence_to_json(&refusal->evidence));

        (void)json_set_bytes(json, "why", refusal->why);
        return json;
}

static char *drop_in(const struct suggest_result *result)
{
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);
        int r = out ? suggest_write(result, out) : -ENOMEM;

        if (out && fclose(out) != 0)
                r = -ENOMEM;
        if (r == 0)
                return text;
        free(text);
        return NULL;
}

int suggest_print_json(const struct suggest_result *result)
{
        _cleanup_free_ char *text = drop_in(result);
        json_t *rules = json_array(), *refusals = json_array(), *json;

        for (size_t i = 0; i < result->n_rules; i++)
                json_array_append_new(rules, rule_to_json(result->rules[i]));
        for (size_t i = 0; i < result->n_refusals; i++)
                json_array_append_new(refusals, refusal_to_json(result->refusals[i]));
        json = json_pack("{s:o, s:o, s:I, s:I, s:I, s:s?}", "suggested", rules, "not_suggested", refusals, "records",
                         (json_int_t)result->n_records, "allowed", (json_int_t)result->n_allowed, "ignored",
                         (json_int_t)result->n_ignored, "drop_in", text);
        if (!json || !text) {
                json_decref(json);
                return -ENOMEM;
        }
        add_time(json, "first", result->first_usec);
        add_time(json, "last", result->last_usec);
        ctl_print_json(json);
        json_decref(json);
        return 0;
}
