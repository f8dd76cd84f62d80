/* The programs of gated commands: known by their inode, marked, and followed when an upgrade replaces them. What still
 * runs of a former one, or is linked elsewhere, stays marked.
 *
 * Looked up by the verdict thread itself, as soon as a name changes in a directory where one of them belongs: an
 * execution of the new file is asked about from then on. Opens with O_PATH alone. */
#include <fcntl.h>
#include <limits.h>

#include "programs.h"
#include "unitward/util.h"

#define FORMER_MAX 4u /* of one program */
#define DIRECTORIES_MAX 64u
#define NAMES_MAX 256u

struct program {
        struct gated_program gated;
        char *path; /* as the policy has it; NULL: left by the last guard, by which name is not known */
        int pin;    /* -1: the last guard had it */
        bool current;
        bool wanted; /* the policy still names it */
};

struct programs {
        const struct fan_groups *groups;
        struct lifeline *lifeline;
        size_t n, n_directories, n_names;
        struct program all[LIFELINE_PROGRAMS_MAX];
        struct fan_handle *directories;
        char (*names)[NAME_MAX + 1];
        uint64_t n_unwatched; /* programs and directories that could not be marked, as of the last look */
};

struct programs *programs_new(const struct fan_groups *groups, struct lifeline *lifeline)
{
        struct programs *programs = calloc(1, sizeof *programs);
        struct gated_program left[LIFELINE_PROGRAMS_MAX];

        if (!programs)
                return NULL;
        programs->groups = groups;
        programs->lifeline = lifeline;
        programs->directories = calloc(DIRECTORIES_MAX, sizeof *programs->directories);
        programs->names = calloc(NAMES_MAX, sizeof *programs->names);
        if (!programs->directories || !programs->names)
                return programs_free(programs);
        programs->n = lifeline_programs(lifeline, left);
        for (size_t i = 0; i < programs->n; i++)
                programs->all[i] = (struct program){ .gated = left[i], .pin = -1 };
        return programs;
}

static void drop(struct programs *programs, size_t index)
{
        struct program *program = &programs->all[index];

        close_pointer(&program->pin);
        free(program->path);
        programs->n--;
        memmove(program, program + 1, (programs->n - index) * sizeof *program);
}

struct programs *programs_free(struct programs *programs)
{
        if (!programs)
                return NULL;
        while (programs->n > 0)
                drop(programs, programs->n - 1);
        free(programs->directories);
        free(programs->names);
        free(programs);
        return NULL;
}

const char *programs_command(const struct programs *programs, struct file_id id)
{
        /* The newest first: a number that came round is the newest one's. */
        for (size_t i = programs->n; i > 0; i--)
                if (file_id_equal(programs->all[i - 1].gated.id, id))
                        return programs->all[i - 1].gated.command;
        return NULL;
}

uint64_t programs_unwatched(const struct programs *programs)
{
        return __atomic_load_n(&programs->n_unwatched, __ATOMIC_RELAXED);
}

/* ---- Directories ------------------------------------------------------------------------------- */

static void add_name(struct programs *programs, const char *name)
{
        for (size_t i = 0; i < programs->n_names; i++)
                if (streq(programs->names[i], name))
                        return;
        if (programs->n_names < NAMES_MAX)
                (void)string_copy(programs->names[programs->n_names++], NAME_MAX + 1, name);
}

static int watch_directory(struct programs *programs, const char *path)
{
        _cleanup_close_ int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        struct fan_handle handle;
        int r;

        if (fd < 0)
                return -errno;
        r = fan_handle_of(fd, &handle);
        if (r == 0)
                r = fan_groups_mark(programs->groups, FAN_MARK_PARENT, fd);
        if (r < 0)
                return r;
        for (size_t i = 0; i < programs->n_directories; i++)
                if (memcmp(&programs->directories[i], &handle, sizeof handle) == 0)
                        return 0;
        if (programs->n_directories == DIRECTORIES_MAX)
                return -ENOSPC;
        programs->directories[programs->n_directories++] = handle;
        return 0;
}

/* Where a name would appear; of what is not there, the first directory above that is. */
static int watch_name(struct programs *programs, const char *path)
{
        char directory[PATH_MAX], above[PATH_MAX];
        const char *name = path_split(path, directory, sizeof directory);
        int r = -EINVAL;

        while (name) {
                add_name(programs, name);
                r = watch_directory(programs, directory);
                if (r != -ENOENT || streq(directory, "/"))
                        return r;
                (void)string_copy(above, sizeof above, directory);
                name = path_split(above, directory, sizeof directory);
        }
        return r;
}

static int watch_names(struct programs *programs, const char *path)
{
        char canonical[PATH_MAX];
        int r = watch_name(programs, path);

        if (r == 0 && realpath(path, canonical) && !streq(canonical, path))
                r = watch_name(programs, canonical);
        return r;
}

/* ---- Programs ----------------------------------------------------------------------------------- */

static bool is_of(const struct program *program, const char *command, const char *path)
{
        return program->path && streq(program->path, path) && streq(program->gated.command, command);
}

/* The oldest former one goes when there are too many. */
static void make_former(struct programs *programs, const char *command, const char *path)
{
        size_t n = 0, oldest = 0;

        for (size_t i = programs->n; i > 0; i--) {
                struct program *program = &programs->all[i - 1];

                if (!is_of(program, command, path))
                        continue;
                program->current = false;
                oldest = i - 1;
                n++;
        }
        if (n <= FORMER_MAX)
                return;
        fan_groups_unmark(programs->groups, FAN_MARK_COMMAND, programs->all[oldest].pin);
        drop(programs, oldest);
}

static int add(struct programs *programs, const char *command, const char *path, int fd, struct file_id id)
{
        struct program program = { .gated.id = id, .path = strdup(path), .pin = -1, .current = true, .wanted = true };

        if (!program.path)
                return -ENOMEM;
        if (programs->n == LIFELINE_PROGRAMS_MAX) {
                free(program.path);
                return -ENOSPC;
        }
        program.pin = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        (void)string_copy(program.gated.command, sizeof program.gated.command, command);
        programs->all[programs->n++] = program;
        return 0;
}

/* It is known again by its name. */
static void forget_inherited(struct programs *programs, const char *command, struct file_id id)
{
        for (size_t i = programs->n; i > 0; i--) {
                const struct program *program = &programs->all[i - 1];

                if (!program->path && file_id_equal(program->gated.id, id) && streq(program->gated.command, command))
                        drop(programs, i - 1);
        }
}

static int look_at(struct programs *programs, const char *command, const char *path)
{
        _cleanup_close_ int fd = open(path, O_PATH | O_CLOEXEC);
        struct stat st;
        int r;

        if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
                return 0; /* its name is watched */
        r = fan_groups_mark(programs->groups, FAN_MARK_COMMAND, fd);
        if (r < 0)
                return r;
        for (size_t i = 0; i < programs->n; i++)
                if (programs->all[i].current && is_of(&programs->all[i], command, path) &&
                    file_id_equal(programs->all[i].gated.id, file_id_of(&st)))
                        return 0;
        forget_inherited(programs, command, file_id_of(&st));
        make_former(programs, command, path);
        return add(programs, command, path, fd, file_id_of(&st));
}

static bool is_wanted(const struct program *program, const struct policy *policy)
{
        const char *path;

        for (size_t i = 0; i < policy_n_commands(policy); i++) {
                if (!streq(program->gated.command, policy_command_name(policy, i)))
                        continue;
                for (size_t j = 0; (path = policy_command_program(policy, i, j)); j++)
                        if (!program->path || streq(program->path, path))
                                return true;
        }
        return false;
}

static bool is_shared(const struct programs *programs, const struct program *unwanted)
{
        for (size_t i = 0; i < programs->n; i++)
                if (programs->all[i].wanted && file_id_equal(programs->all[i].gated.id, unwanted->gated.id))
                        return true;
        return false;
}

static void release_unwanted(struct programs *programs, const struct policy *policy)
{
        for (size_t i = 0; i < programs->n; i++)
                programs->all[i].wanted = is_wanted(&programs->all[i], policy);
        for (size_t i = programs->n; i > 0; i--) {
                const struct program *program = &programs->all[i - 1];

                if (program->wanted)
                        continue;
                if (program->pin >= 0 && !is_shared(programs, program))
                        fan_groups_unmark(programs->groups, FAN_MARK_COMMAND, program->pin);
                drop(programs, i - 1);
        }
}

static void publish(struct programs *programs)
{
        struct gated_program all[LIFELINE_PROGRAMS_MAX];

        for (size_t i = 0; i < programs->n; i++)
                all[i] = programs->all[i].gated;
        lifeline_set_programs(programs->lifeline, all, programs->n);
}

void programs_look(struct programs *programs, const struct policy *policy)
{
        uint64_t n_unwatched = 0;
        const char *path;

        programs->n_directories = programs->n_names = 0;
        release_unwanted(programs, policy);
        for (size_t i = 0; i < policy_n_commands(policy); i++)
                for (size_t j = 0; (path = policy_command_program(policy, i, j)); j++) {
                        /* Watched first: what changes meanwhile is told of. */
                        n_unwatched += watch_names(programs, path) < 0;
                        n_unwatched += look_at(programs, policy_command_name(policy, i), path) < 0;
                }
        __atomic_store_n(&programs->n_unwatched, n_unwatched, __ATOMIC_RELAXED);
        publish(programs);
}

bool programs_watch(const struct programs *programs, const struct fan_handle *directory)
{
        for (size_t i = 0; i < programs->n_directories; i++)
                if (memcmp(&programs->directories[i], directory, sizeof *directory) == 0)
                        return true;
        return false;
}

bool programs_have_name(const struct programs *programs, const char *name)
{
        for (size_t i = 0; i < programs->n_names; i++)
                if (streq(programs->names[i], name))
                        return true;
        return false;
}
