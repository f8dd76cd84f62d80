/* unitward explain about a command line: what it asks for, as the gate reads it, and the verdict on that. */
#include <limits.h>
#include <sys/stat.h>

#include "unitward/text.h"

#include "explain.h"

static const char *base_name(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

static int find_by_path(const struct policy *policy, const char *path)
{
        struct stat st;

        return stat(path, &st) == 0 ? policy_command_of(policy, file_id_of(&st)) : -ENOENT;
}

static int find_by_name(const struct policy *policy, const char *name)
{
        bool is_path = strchr(name, '/');
        const char *program;

        for (size_t i = 0; i < policy_n_commands(policy); i++)
                for (size_t j = 0; (program = policy_command_program(policy, i, j)); j++)
                        if (streq(is_path ? program : base_name(program), name))
                                return (int)i;
        return is_path ? -ENOENT : policy_command_index(policy, name);
}

/* The same program may go by names that no policy lists, such as links to it. */
static int find_in_directories(const struct policy *policy, const char *name)
{
        static const char *const directories[] = { "/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
                                                   "/usr/bin",        "/sbin",          "/bin" };
        char path[PATH_MAX];

        for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
                int index = path_join(path, sizeof path, directories[i], name) ? find_by_path(policy, path) : -ENOENT;

                if (index >= 0)
                        return index;
        }
        return -ENOENT;
}

static int find_command(const struct policy *policy, const char *word)
{
        int index = find_by_name(policy, word);

        if (index >= 0)
                return index;
        return strchr(word, '/') ? find_by_path(policy, word) : find_in_directories(policy, word);
}

void explain_command(struct question *question, struct explain_options *options)
{
        const struct policy *policy = question->policy;
        struct access *access = &question->access;
        int index = find_command(policy, options->words[0]);

        *access = (struct access){ .operation = options->operation, .actor = &options->actor, .path = "", .unit = "" };
        access->zone = ZONE_UNPLACED;
        access->command = index < 0 ? options->words[0] : policy_command_name(policy, (size_t)index);
        question->outcome = OUTCOME_ALLOW;
        question->is_protected = index >= 0;
        if (index < 0)
                return;
        if (access->operation == OPERATION_EXEC) {
                command_parse(policy_command_preset(policy, (size_t)index), (int)options->n_words, options->words,
                              options->variables, &question->request);
                question->outcome = policy_decide_command(policy, access, &question->request).outcome;
        } else {
                question->outcome = policy_decide(policy, access).outcome;
        }
        question->rule = policy_find_rule(policy, access);
}

static json_t *verbs_to_json(const struct command_request *request)
{
        json_t *verbs = json_array();

        for (size_t i = 0; i < request->n_verbs; i++) {
                json_t *verb = json_pack("{s:s}", "class", verb_class_name(request->verbs[i].verb_class));

                (void)json_set_bytes(verb, "verb", request->verbs[i].name);
                json_array_append_new(verbs, verb);
        }
        return verbs;
}

static json_t *units_to_json(const struct command_request *request)
{
        json_t *units = json_array();

        for (size_t i = 0; i < request->n_units; i++) {
                json_t *unit = json_object();

                (void)json_set_bytes(unit, "unit", request->units[i]);
                json_array_append(units, json_object_get(unit, "unit"));
                json_decref(unit);
        }
        return units;
}

void explain_request_to_json(const struct question *question, json_t *json)
{
        const struct command_request *request = &question->request;

        if (!question->is_protected || question->access.operation != OPERATION_EXEC)
                return;
        json_object_set_new(json, "unclear", request->unclear ? json_string(request->why) : json_null());
        if (request->unclear)
                return;
        json_object_set_new(json, "scope", json_string(command_scope_name(request->scope)));
        json_object_set_new(json, "verbs", verbs_to_json(request));
        json_object_set_new(json, "units", units_to_json(request));
        json_object_set_new(json, "units_unknown", json_boolean(request->units_unknown));
}

static void print_verbs(const json_t *verbs)
{
        const char *label = "verb";
        size_t i;
        json_t *item;

        json_array_foreach(verbs, i, item) {
                _cleanup_free_ char *text = format("%s (@%s)", json_string_value(json_object_get(item, "verb")),
                                                   json_string_value(json_object_get(item, "class")));

                explain_print_line(label, text);
                label = "";
        }
}

static void print_units(const json_t *json)
{
        const json_t *units = json_object_get(json, "units");
        const char *label = "unit";
        size_t i;
        json_t *item;

        json_array_foreach(units, i, item) {
                explain_print_line(label, json_string_value(item));
                label = "";
        }
        if (json_is_true(json_object_get(json, "units_unknown")))
                explain_print_line(label, "others, which a pattern stands for or which are too many");
}

/* Which of several it was, where it matters. */
static void print_decisive(const json_t *json)
{
        const char *verb = json_string_value(json_object_get(json, "verb")),
                   *unit = json_string_value(json_object_get(json, "unit"));
        size_t n_units =
                json_array_size(json_object_get(json, "units")) + json_is_true(json_object_get(json, "units_unknown"));
        _cleanup_free_ char *text = NULL;

        if (json_array_size(json_object_get(json, "verbs")) * n_units < 2 ||
            streq(json_string_value(json_object_get(json, "outcome")), outcome_name(OUTCOME_ALLOW)))
                return;
        text = format("%s %s", verb, unit ? unit : "for units that are not known");
        explain_print_line("refused", text);
}

void explain_request_print(const json_t *json)
{
        const json_t *unclear = json_object_get(json, "unclear");

        if (!unclear) { /* no run */
                explain_print_line("unit", json_string_value(json_object_get(json, "unit")));
                return;
        }
        if (json_is_string(unclear))
                explain_print_line("unclear", json_string_value(unclear));
        explain_print_line("scope", json_string_value(json_object_get(json, "scope")));
        print_verbs(json_object_get(json, "verbs"));
        print_units(json);
        print_decisive(json);
}
