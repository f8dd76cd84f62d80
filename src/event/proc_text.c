#include <inttypes.h>
#include <limits.h>

#include "unitward/proc_text.h"
#include "unitward/unit_name.h"
#include "unitward/util.h"

#define IO_WORKER 0x10u /* among the flags: PF_IO_WORKER */

int proc_stat_parse(const char *text, struct proc_stat *ret)
{
        const char *rest = strrchr(text, ')');
        struct proc_stat stat;
        unsigned flags;
        int parent, session;

        if (!rest)
                return -EBADMSG;
        /* state ppid pgrp session tty tpgid flags minflt cminflt majflt cmajflt utime stime cutime cstime
         * priority nice threads itrealvalue starttime */
        if (sscanf(rest + 1, " %c %d %*d %d %*d %*d %u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %" SCNu64,
                   &stat.state, &parent, &session, &flags, &stat.start_time) != 5)
                return -EBADMSG;
        stat.parent = parent;
        stat.session = session;
        stat.io_worker = flags & IO_WORKER;
        *ret = stat;
        return 0;
}

#define FIELDS_TO_ENVIRONMENT_END 49 /* env_end is the 51st, the state the third */

int proc_stat_environment_end(const char *text, uint64_t *ret)
{
        const char *rest = strrchr(text, ')');
        uint64_t end;

        for (int i = 0; rest && i < FIELDS_TO_ENVIRONMENT_END; i++)
                rest = strchr(rest + 1, ' ');
        if (!rest || sscanf(rest, " %" SCNu64, &end) != 1)
                return -EBADMSG;
        *ret = end;
        return 0;
}

/* The value behind "Name:" at the start of a line, or NULL. */
static const char *status_value(const char *text, const char *name)
{
        size_t length = strlen(name);

        for (const char *line = text; line; line = strchr(line, '\n'), line = line ? line + 1 : NULL)
                if (strncmp(line, name, length) == 0 && line[length] == ':')
                        return line + length + 1;
        return NULL;
}

static size_t groups_parse(const char *value, gid_t *groups, size_t max)
{
        size_t n = 0;

        while (n < max) {
                char *end;

                while (*value == ' ' || *value == '\t')
                        value++;
                if (*value < '0' || *value > '9')
                        break;
                unsigned long group = strtoul(value, &end, 10);
                if (group > UINT_MAX)
                        break;
                groups[n++] = (gid_t)group;
                value = end;
        }
        return n;
}

int proc_status_parse(const char *text, gid_t *groups, size_t max_groups, struct proc_status *ret)
{
        const char *tgid = status_value(text, "Tgid"), *uid = status_value(text, "Uid");
        const char *gid = status_value(text, "Gid"), *list = status_value(text, "Groups");
        const char *ppid = status_value(text, "PPid"), *tracer = status_value(text, "TracerPid");
        struct proc_status status;
        int thread_group, parent, tracing = 0;

        if (!tgid || !ppid || !uid || !gid || sscanf(tgid, "%d", &thread_group) != 1 ||
            sscanf(ppid, "%d", &parent) != 1 || sscanf(uid, "%*u %u", &status.uid) != 1 ||
            sscanf(gid, "%*u %u", &status.gid) != 1)
                return -EBADMSG;
        if (tracer && sscanf(tracer, "%d", &tracing) != 1)
                return -EBADMSG;
        status.thread_group = thread_group;
        status.parent = parent;
        status.tracer = tracing;
        status.n_groups = list ? groups_parse(list, groups, max_groups) : 0;
        *ret = status;
        return 0;
}

int proc_syscall_parse(const char *text, struct proc_syscall *ret)
{
        const size_t n = ARRAY_SIZE(ret->arguments);
        struct proc_syscall call;
        uint64_t more[2]; /* stack pointer, program counter */
        char *at;

        if (starts_with(text, "running"))
                return -EAGAIN;
        if (starts_with(text, "-1"))
                return -ENOENT;
        call.number = strtol(text, &at, 10);
        if (at == text)
                return -EBADMSG;
        for (size_t i = 0; i < n + ARRAY_SIZE(more); i++) {
                const char *word = at;

                *(i < n ? &call.arguments[i] : &more[i - n]) = strtoull(word, &at, 16);
                if (*word != ' ' || at == word)
                        return -EBADMSG;
        }
        if (more[1] == 0)
                return -ENOENT;
        *ret = call;
        return 0;
}

/* The path of the unified hierarchy ("0::/...") or of systemd's own one ("1:name=systemd:/..."), unless systemd has
 * nobody in there: it has left that hierarchy, as in a container on a machine that still has it. */
static const char *cgroup_path(const char *text)
{
        const char *unified = starts_with(text, "0::") ? text : strstr(text, "\n0::");

        /* Only behind the number that begins a line: the path may contain anything but a newline. */
        for (const char *line = text; line; line = strchr(line, '\n'), line = line ? line + 1 : NULL)
                if (starts_with(line + strspn(line, "0123456789"), ":name=systemd:") &&
                    !(unified && starts_with(strchr(line, '='), "=systemd:/\n")))
                        return strchr(line, '=') + strlen("=systemd:");
        return unified ? strchr(unified, '/') : NULL;
}

int proc_cgroup_parse(const char *text, char *unit, size_t size)
{
        const char *path = cgroup_path(text);
        char found[UNIT_NAME_MAX] = "";

        if (!path)
                return -ENOENT;
        for (size_t left = strcspn(path, "\n"); left > 0;) {
                size_t length = strcspn(path, "/\n");
                char component[UNIT_NAME_MAX];

                if (length > left)
                        length = left;
                if (length > 0 && length < sizeof component) {
                        /* systemd puts "_" before a name that would collide with a cgroup file. */
                        const char *name = component;

                        memcpy(component, path, length);
                        component[length] = '\0';
                        if (*name == '_')
                                name++;
                        if (unit_name_is_valid(name) && !ends_with(name, ".slice")) {
                                (void)string_copy(found, sizeof found, name);
                                break;
                        }
                        if (!ends_with(name, ".slice"))
                                break; /* what is in a cgroup that systemd did not make was named by others */
                } else if (length > 0)
                        break;
                if (length == left)
                        break;
                path += length + 1;
                left -= length + 1;
        }
        if (!*found)
                return -ENOENT;
        (void)string_copy(unit, size, found);
        return 0;
}
