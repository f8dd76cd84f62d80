/* What reachable units run, read and stand on: whoever else may change it becomes the one whom the unit runs as. */
#include <limits.h>

#include "../unit/unit_internal.h"
#include "programs.h"
#include "unitward/glob.h"

/* ---- Settings ---------------------------------------------------------------------------------------------- */

static int check_run(const struct unit_run *run, void *userdata)
{
        const struct job *job = userdata;
        const struct runner root = { 0 }, *runner = run->full_privileges ? &root : &job->runner;
        _cleanup_free_ char *word = posture_expand(job->posture, job->unit, run->word), *path = NULL;

        if (!word || !*word)
                return 0;
        if (run->kind != UNIT_RUN_SCRIPT)
                return use_named(job, runner, word, run->may_fail || run->kind == UNIT_RUN_INLINE);
        if (*word == '/')
                return use_file(job, USE_PROGRAM, runner, word, true);
        if (!job->working_directory)
                return 0;
        path = format("%s/%s", job->working_directory, word);
        return path ? use_file(job, USE_PROGRAM, runner, path, true) : -ENOMEM;
}

static int check_command(const struct unit_setting *setting, const char *path, void *userdata)
{
        (void)path;
        return unit_runs(setting->value, check_run, userdata);
}

struct matches {
        const struct job *job;
        const char *directory, *pattern;
};

static int check_match(const char *name, void *userdata)
{
        const struct matches *matches = userdata;
        _cleanup_free_ char *path = NULL;

        if (!glob_match(matches->pattern, name))
                return 0;
        path = format("%s/%s", matches->directory, name);
        return path ? use_file(matches->job, USE_SETTINGS, &matches->job->manager, path, true) : -ENOMEM;
}

/* EnvironmentFile= may be a pattern; the manager reads it. */
static int check_environment(const struct unit_setting *setting, const char *path, void *userdata)
{
        const struct job *job = userdata;
        bool optional = *setting->value == '-';
        _cleanup_free_ char *file = posture_expand(job->posture, job->unit, setting->value + optional);
        struct matches matches = { .job = job };
        char directory[PATH_MAX];

        (void)path;
        if (!file || *file != '/')
                return 0;
        if (!strpbrk(file, "*?["))
                return use_file(job, USE_SETTINGS, &job->manager, file, optional);
        matches.pattern = path_split(file, directory, sizeof directory);
        matches.directory = directory;
        if (!matches.pattern || strpbrk(directory, "*?["))
                return 0;
        return posture_list(job->posture, directory, check_match, &matches);
}

/* ID:PATH; without a path it comes from the manager. */
static int check_credential(const struct unit_setting *setting, const char *path, void *userdata)
{
        const struct job *job = userdata;
        const char *colon = strchr(setting->value, ':');
        _cleanup_free_ char *file = colon ? posture_expand(job->posture, job->unit, colon + 1) : NULL;

        (void)path;
        return file ? use_file(job, USE_CREDENTIAL, &job->manager, file, false) : 0;
}

/* ---- Units ------------------------------------------------------------------------------------------------- */

static const char *const sections[] = { "Service", "Socket", "Mount", "Swap" };

static const char *value_of(const struct posture_unit *unit, const char *key)
{
        const char *value = NULL;

        for (size_t i = 0; !value && i < ARRAY_SIZE(sections); i++)
                value = posture_unit_value(unit, sections[i], key);
        return value;
}

static char *path_of(const struct job *job, const char *key)
{
        const char *value = value_of(job->unit, key);
        char *path = value ? posture_expand(job->posture, job->unit, value + (*value == '-')) : NULL;

        if (path && *path == '/')
                return path;
        free(path);
        return NULL;
}

static int check_settings(struct job *job)
{
        static const char *const commands[] = { "ExecStart",  "ExecCondition", "ExecStartPre", "ExecStartPost",
                                                "ExecReload", "ExecStop",      "ExecStopPre",  "ExecStopPost" };
        static const struct {
                const char *key;
                setting_function check;
        } files[] = { { "EnvironmentFile", check_environment },
                      { "LoadCredential", check_credential },
                      { "LoadCredentialEncrypted", check_credential } };
        int r = 0;

        for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
                for (size_t j = 0; r == 0 && j < ARRAY_SIZE(commands); j++)
                        r = posture_unit_settings(job->unit, sections[i], commands[j], check_command, job);
                for (size_t j = 0; r == 0 && j < ARRAY_SIZE(files); j++)
                        r = posture_unit_settings(job->unit, sections[i], files[j].key, files[j].check, job);
        }
        return r;
}

static int check_unit(struct posture *posture, const struct posture_unit *unit)
{
        struct job job = { .posture = posture, .unit = unit, .root_directory = "" };
        const char *private_tmp;
        _cleanup_free_ char *root = NULL, *working = NULL, *search = NULL;
        int r = 0;

        if (!posture_runner(posture, unit, &job.runner))
                job.runner.uid = (uid_t)-1; /* nobody is expected to write there */
        job.manager.uid = unit->scope == UNIT_SCOPE_USER && unit->uid != (uid_t)-1 ? unit->uid : 0;
        private_tmp = value_of(unit, "PrivateTmp");
        job.private_tmp = private_tmp && (unit_is_true(private_tmp) || streq(private_tmp, "disconnected"));
        root = path_of(&job, "RootDirectory");
        working = path_of(&job, "WorkingDirectory");
        search = path_of(&job, "ExecSearchPath");
        job.root_directory = root && root[1] ? root : "";
        job.working_directory = working;
        job.search = search;
        if (root)
                r = use_file(&job, USE_ROOT, &job.manager, root, true);
        if (r == 0 && working)
                r = use_file(&job, USE_DIRECTORY, &job.runner, working, true);
        return r == 0 && !value_of(unit, "RootImage") ? check_settings(&job) : r;
}

int posture_check_programs(struct posture *posture)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < posture_n_units(posture); i++)
                if (posture_unit(posture, i)->reachable)
                        r = check_unit(posture, posture_unit(posture, i));
        return r;
}
