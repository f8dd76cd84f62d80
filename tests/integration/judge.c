/* judge POLICY: what detection says of units when the first command of each is started, by the settings of that policy.
 * Reads lines of "CONTEXT UNIT FILE...", with tabs between; prints "SCORE OUTCOME REASON..." for each. CONTEXT, what
 * the daemon would know of it besides: refused: somebody wrote it a moment ago whom the policy does not let; allowed: a
 * rule let him; package: a package manager wrote it, and it is what that shipped; old: it has been there for long.
 *
 * Exit status: 0 end of input, 1 a file or the policy cannot be read, 2 usage. */
#include <stdio.h>

#include "unitward/detect.h"
#include "unitward/policy.h"
#include "unitward/unit_exec.h"
#include "unitward/unit_file.h"
#include "unitward/util.h"

#define MINUTE UINT64_C(60000000)
#define NOBODY 65534

struct facts {
        struct detect_start start;
        struct detect_unit unit;
        char program[4096], arguments[65536];
};

static void take_command(struct facts *facts, const struct unit_file *file)
{
        const char *line = unit_file_value(file, "Service", "ExecStart"),
                   *user = unit_file_value(file, "Service", "User");
        struct exec_command command;

        if (user && !streq(user, "root"))
                facts->start.uid = NOBODY;
        if (!line || exec_command_next(&line, &command) <= 0)
                return;
        (void)string_copy(facts->program, sizeof facts->program, command.program);
        facts->start.program = facts->program;
        for (size_t i = command.renamed; i < command.n; i++) {
                size_t size = strlen(command.words[i]) + 1;

                if (facts->start.arguments_size + size > sizeof facts->arguments)
                        break;
                memcpy(facts->arguments + facts->start.arguments_size, command.words[i], size);
                facts->start.arguments_size += size;
        }
        facts->start.arguments = facts->arguments;
        exec_command_done(&command);
}

static int take_file(struct facts *facts, const char *path, const struct detect_change *change)
{
        static char text[UNIT_FILE_MAX];
        bool is_drop_in = ends_with(path, ".conf"), is_timer = ends_with(path, ".timer");
        _cleanup_fclose_ FILE *stream = fopen(path, "re");
        struct unit_file *file;
        size_t size;

        if (!stream)
                return -errno;
        size = fread(text, 1, sizeof text, stream);
        if (unit_file_parse(text, size, &file) < 0)
                return -ENOMEM;
        if (!is_timer)
                take_command(facts, file);
        unit_file_free(file);
        *(is_drop_in ? &facts->unit.drop_in : is_timer ? &facts->unit.trigger : &facts->unit.file) = *change;
        return detect_contents_add(&facts->unit.contents, is_timer ? "x.timer" : "x.service", text, size, false);
}

static struct detect_change change_of(const char *context)
{
        struct detect_change change = { .happened = !streq(context, "old"), .created = true, .age_usec = MINUTE };

        change.author = streq(context, "refused")   ? DETECT_AUTHOR_REFUSED
                        : streq(context, "package") ? DETECT_AUTHOR_PACKAGE
                                                    : DETECT_AUTHOR_ALLOWED;
        return change;
}

static void print_result(const struct detect_result *result)
{
        printf("%u %s", result->score, detect_outcome_name(result->outcome));
        for (size_t i = 0; i < detect_n_reasons(); i++)
                if (result->reasons >> i & 1)
                        printf(" %s", detect_reason_id(i));
        (void)putchar('\n');
}

static int judge_line(const struct detect_settings *settings, char *line)
{
        static struct facts facts;
        const char *context = strsep(&line, "\t"), *file;
        struct detect_change change = change_of(context);
        struct detect_result result;

        facts = (struct facts){ .start = { .parent = DETECT_PARENT_SYSTEM, .parent_pid = 1 } };
        facts.unit.name = line ? strsep(&line, "\t") : "";
        facts.unit.path = "/etc/systemd/system/x.service";
        facts.unit.owned = streq(context, "package");
        facts.unit.unauthorised = streq(context, "refused");
        while ((file = strsep(&line, "\t")))
                if (take_file(&facts, file, &change) < 0) {
                        (void)fprintf(stderr, "%s cannot be read\n", file);
                        return -EIO;
                }
        detect_judge(settings, &facts.start, &facts.unit, detect_process(&facts.start), &result);
        print_result(&result);
        return 0;
}

static int judge_all(const struct detect_settings *settings)
{
        _cleanup_free_ char *line = NULL;
        size_t size = 0;
        ssize_t n;
        int r = 0;

        while (r >= 0 && (n = getline(&line, &size, stdin)) > 0) {
                line[strcspn(line, "\n")] = '\0';
                r = judge_line(settings, line);
        }
        return r;
}

int main(int argc, char **argv)
{
        struct policy_report report;
        struct policy *policy = NULL;
        int r;

        if (argc != 2)
                return 2;
        r = policy_load(argv[1], POLICY_SKIP_OWNER_CHECK, &policy, &report);
        for (size_t i = 0; r < 0 && i < report.n_findings; i++)
                (void)fprintf(stderr, "%s\n", report.findings[i].text);
        if (r >= 0)
                r = judge_all(&policy_settings(policy)->detection);
        policy_report_done(&report);
        policy_unref(policy);
        return r < 0;
}
