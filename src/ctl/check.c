/* unitward check: what the daemon would say to a policy, before it has to. */
#include "unitward/ctl.h"
#include "unitward/policy.h"
#include "unitward/text.h"

#include "../policy/policy_internal.h"

#define DROP_IN_PARENT "policy.d"
#define MAIN_NAME "unitward.conf"

enum key { KEY_STRICT = 0x100, KEY_DROP_IN, KEY_IN_FORCE };

struct options {
        struct ctl_common common;
        bool strict;
        bool drop_in;
        bool in_force;
        const char *name; /* of the drop-in in policy.d; NULL: another one */
        bool verbose;
        char **files; /* NULL: the policy in its place */
        int n_files;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
        struct options *options = state->input;

        switch (key) {
        case ARGP_KEY_INIT:
                state->child_inputs[0] = state->input;
                return 0;
        case KEY_STRICT:
                options->strict = true;
                return 0;
        case KEY_DROP_IN:
                options->drop_in = true;
                options->name = arg;
                return 0;
        case KEY_IN_FORCE:
                options->in_force = true;
                return 0;
        case 'v':
                options->verbose = true;
                return 0;
        case ARGP_KEY_ARGS:
                options->files = state->argv + state->next;
                options->n_files = state->argc - state->next;
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

static const struct argp_option option_table[] = {
        { "strict", KEY_STRICT, NULL, 0, "Warnings count as errors", 0 },
        { "verbose", 'v', NULL, 0, "Name the contents that the policy authorises", 0 },
        { "drop-in", KEY_DROP_IN, "NAME", OPTION_ARG_OPTIONAL,
          "FILE is meant for " DROP_IN_PARENT
          ": check it along with the policy in its place; as the NAME there, instead of "
          "one that has it",
          0 },
        { "in-force", KEY_IN_FORCE, NULL, 0,
          "Exit status 1 also unless it is what the daemon has in force: it has not been loaded since it changed", 0 },
        { 0 },
};

static const struct argp parser = {
        .options = option_table,
        .parser = parse_option,
        .args_doc = "[FILE...]",
        .doc = "Validates and lints policies; without FILE the one in its place, " POLICY_PATH ".\v"
               "A FILE in a directory " DROP_IN_PARENT " is checked with the " MAIN_NAME
               " above it. Exit status 1 when a policy "
               "would be refused.",
        .children = ctl_common_children,
};

/* The main file of a drop-in that lies in a policy.d; NULL when it does not. */
static char *find_main(const char *file)
{
        static const char parent[] = DROP_IN_PARENT;
        const char *slash = strrchr(file, '/');
        size_t length = slash ? (size_t)(slash - file) : 0, tail = sizeof parent - 1;

        if (length < tail || strncmp(slash - tail, parent, tail) != 0 ||
            (length > tail && file[length - tail - 1] != '/'))
                return NULL;
        return format("%.*s%s", (int)(length - tail), file, MAIN_NAME);
}

/* One policy's result. */
struct result {
        struct policy *policy; /* NULL: refused */
        struct policy_report report;
        int error;
        const char *in_force; /* the digest of the policy that is; NULL: nobody asked */
};

static void result_load(struct result *result, const char *file, const struct options *options, unsigned flags)
{
        char *beside = options->drop_in ? NULL : find_main(file);
        const char *main_file = options->drop_in ? POLICY_PATH : beside;
        bool is_extra = options->drop_in || (beside && !ends_with(file, ".conf")); /* not read from policy.d */
        const struct policy_drop_in drop_in = { file, options->name };

        result->error = policy_load_with(main_file ? main_file : file, is_extra ? &drop_in : NULL, flags,
                                         &result->policy, &result->report);
        free(beside);
}

static void result_done(struct result *result)
{
        result->policy = policy_unref(result->policy);
        policy_report_done(&result->report);
}

/* A file that is not in its place yet, in a repository or in a temporary directory, may be anybody's: what
 * the daemon would mind about its ownership there becomes a warning. */
static void result_make(struct result *result, const char *file, const struct options *options)
{
        struct result unowned = { 0 };

        result_load(result, file, options, 0);
        if (result->error != -EPERM || streq(file, POLICY_PATH) || starts_with(file, "/etc/unitward/"))
                return;
        result_load(&unowned, file, options, POLICY_SKIP_OWNER_CHECK);
        for (size_t i = 0; i < result->report.n_findings; i++)
                (void)report_add(&unowned.report, false, (struct position){ "as it is now", 0 }, NULL, "%s",
                                 result->report.findings[i].text);
        result_done(result);
        *result = unowned;
}

static bool result_is_ok(const struct result *result, bool strict)
{
        return result->policy && !(strict && result->report.n_findings > 0);
}

static bool result_is_in_force(const struct result *result)
{
        return !result->in_force || (result->policy && streq(result->in_force, policy_digest(result->policy)));
}

static json_t *finding_to_json(const struct policy_finding *finding)
{
        json_t *json = json_pack("{s:s}", "severity", finding->is_error ? "error" : "warning");

        (void)json_set_bytes(json, "text", finding->text); /* it may quote what a damaged file holds */
        return json;
}

static json_t *authorised_to_json(const struct policy *policy)
{
        json_t *all = json_array();

        for (size_t i = 0; i < policy->n_authorised; i++) {
                const struct policy_authorised *authorised = &policy->authorised[i];
                char hex[DIGEST_HEX_SIZE];
                json_t *json = json_pack("{s:s*, s:I}", "sha256",
                                         authorised->target ? NULL : digest_to_hex(&authorised->digest, hex), "line",
                                         (json_int_t)authorised->line);

                (void)json_set_bytes(json, "path", authorised->path);
                (void)json_set_bytes(json, "file", authorised->file);
                if (authorised->target)
                        (void)json_set_bytes(json, "target", authorised->target);
                (void)json_array_append_new(all, json);
        }
        return all;
}

static json_t *result_to_json(const struct result *result, const char *file, bool ok)
{
        const struct policy *policy = result->policy;
        json_t *findings = json_array(), *json = json_pack("{s:b, s:o}", "ok", ok, "findings", findings);

        (void)json_set_bytes(json, "file", file);
        for (size_t i = 0; i < result->report.n_findings; i++)
                json_array_append_new(findings, finding_to_json(&result->report.findings[i]));
        if (policy)
                json_object_update_new(
                        json, json_pack("{s:s, s:I, s:I, s:I, s:o, s:s}", "mode", mode_name(policy->settings.mode),
                                        "zones", (json_int_t)policy->n_zones, "actors", (json_int_t)policy->n_actors,
                                        "rules", (json_int_t)policy->n_rules, "authorised", authorised_to_json(policy),
                                        "digest", policy->digest));
        if (result->in_force)
                json_object_set_new(json, "in_force", json_boolean(result_is_in_force(result)));
        return json;
}

static void print_findings(const struct policy_report *report)
{
        for (size_t i = 0; i < report->n_findings; i++) {
                const struct policy_finding *finding = &report->findings[i];

                ctl_print_text(stdout, finding->is_error ? STYLE_BAD : STYLE_WARN,
                               finding->is_error ? "error" : "warning");
                fputs(": ", stdout);
                ctl_print_text(stdout, STYLE_PLAIN, finding->text);
                putchar('\n');
        }
}

static void print_authorised(const struct policy *policy)
{
        for (size_t i = 0; i < policy->n_authorised; i++) {
                const struct policy_authorised *authorised = &policy->authorised[i];
                char hex[DIGEST_HEX_SIZE];

                fputs("  ", stdout);
                ctl_print_text(stdout, STYLE_PLAIN, authorised->path);
                fputs(authorised->target ? " -> " : " sha256 ", stdout);
                ctl_print_text(stdout, STYLE_PLAIN,
                               authorised->target ? authorised->target : digest_to_hex(&authorised->digest, hex));
                fputs(" (", stdout);
                ctl_print_text(stdout, STYLE_PLAIN, authorised->file);
                printf(":%u)\n", authorised->line);
        }
}

static void print_result(const struct result *result, const char *file, bool ok)
{
        const struct policy *policy = result->policy;

        print_findings(&result->report);
        ctl_print_text(stdout, STYLE_PLAIN, file);
        ctl_print_text(stdout, ok ? STYLE_GOOD : STYLE_BAD, ok ? ": ok" : ": refused");
        if (policy) {
                printf(", mode %s, %zu zones, %zu actors, %zu rules", mode_name(policy->settings.mode), policy->n_zones,
                       policy->n_actors, policy->n_rules);
                if (policy->n_authorised > 0)
                        printf(", %zu authorised contents", policy->n_authorised);
                printf(", digest %.12s", policy->digest);
        }
        if (!policy && result->report.n_findings == 0)
                printf(", %s", strerror(-result->error));
        putchar('\n');
        if (policy && !result_is_in_force(result))
                printf("  the daemon has another one in force, digest %.12s; load this one with: unitward reload\n",
                       result->in_force);
}

/* Reports on one file, into files when it is not NULL, else to people. */
static bool check_file(const char *file, const struct options *options, const char *in_force, json_t *files)
{
        _cleanup_(result_done) struct result result = { 0 };
        bool ok;

        result_make(&result, file, options);
        result.in_force = in_force;
        ok = result_is_ok(&result, options->strict);
        if (files)
                json_array_append_new(files, result_to_json(&result, file, ok));
        else
                print_result(&result, file, ok);
        if (!files && options->verbose && result.policy)
                print_authorised(result.policy);
        return ok && result_is_in_force(&result);
}

int ctl_check(int argc, char **argv)
{
        static char installed[] = POLICY_PATH;
        char *usual[] = { installed };
        struct options options = { .files = usual, .n_files = 1 };
        json_t *files = NULL, *status = NULL;
        const char *in_force = NULL;
        bool ok = true;

        if (argp_parse(&parser, argc, argv, 0, NULL, &options) != 0)
                return CTL_USAGE;
        if (options.in_force) {
                int r = ctl_call("status", NULL, &status);

                if (r != CTL_OK)
                        return r;
                in_force = json_string_value(json_at(status, "policy.digest")) ?: "";
        }
        if (options.common.json)
                files = json_array();
        for (int i = 0; i < options.n_files; i++)
                ok &= check_file(options.files[i], &options, in_force, files);
        if (files) {
                json_t *json = json_pack("{s:b, s:o}", "ok", ok, "files", files);

                ctl_print_json(json);
                json_decref(json);
        }
        json_decref(status);
        return ok ? CTL_OK : CTL_FINDING;
}
