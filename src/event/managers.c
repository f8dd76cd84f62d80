#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#include "unitward/managers.h"
#include "unitward/util.h"

static int exe_of(pid_t tid, struct file_id *ret)
{
        char path[64];
        struct stat st;

        (void)snprintf(path, sizeof path, "/proc/%d/exe", tid);
        if (stat(path, &st) < 0)
                return -errno;
        *ret = file_id_of(&st);
        return 0;
}

static bool known(const struct file_id *exes, size_t n, struct file_id exe)
{
        for (size_t i = 0; i < n; i++)
                if (file_id_equal(exes[i], exe))
                        return true;
        return false;
}

void managers_init(struct managers *managers)
{
        memset(managers, 0, sizeof *managers);
        managers_refresh(managers);
}

/* PID 1 of a container can be anything, and a shell that is PID 1 makes no shell a manager. */
static bool pid1_is_systemd(void)
{
        char exe[256];
        ssize_t n = readlink("/proc/1/exe", exe, sizeof exe - 1);

        if (n < 0)
                return false;
        exe[n] = '\0';
        return sd_booted() > 0 && strstr(exe, "/systemd") != NULL;
}

void managers_refresh(struct managers *managers)
{
        struct file_id exe = { 0 };

        if (!managers->systemd_is_pid1)
                managers->systemd_is_pid1 = pid1_is_systemd();
        if (!managers->systemd_is_pid1 || exe_of(1, &exe) < 0 || known(managers->exes, managers->n_exes, exe))
                return;
        if (managers->n_exes == MANAGERS_MAX) {
                managers->n_exes--;
                memmove(managers->exes, managers->exes + 1, managers->n_exes * sizeof exe);
        }
        managers->exes[managers->n_exes++] = exe;
}

void managers_set_named(struct managers *managers, const struct file_id *exes, size_t n)
{
        managers->n_named = n < MANAGERS_MAX ? n : MANAGERS_MAX;
        if (managers->n_named > 0)
                memcpy(managers->named, exes, managers->n_named * sizeof *exes);
}

size_t managers_exes(const struct managers *managers, struct file_id *ret)
{
        memcpy(ret, managers->exes, managers->n_exes * sizeof *ret);
        memcpy(ret + managers->n_exes, managers->named, managers->n_named * sizeof *ret);
        return managers->n_exes + managers->n_named;
}

bool managers_named_exe(const struct managers *managers, struct file_id exe)
{
        return known(managers->named, managers->n_named, exe);
}

bool managers_know_exe(const struct managers *managers, struct file_id exe)
{
        return known(managers->exes, managers->n_exes, exe) || managers_named_exe(managers, exe);
}

bool managers_recognise(const struct managers *managers, pid_t tid)
{
        struct file_id exe = { 0 };

        return (tid == 1 && managers->systemd_is_pid1) || (exe_of(tid, &exe) == 0 && managers_know_exe(managers, exe));
}

bool managers_include(struct managers *managers, pid_t tid)
{
        struct file_id exe = { 0 };

        if (tid == 1 && managers->systemd_is_pid1)
                return true;
        if (exe_of(tid, &exe) < 0)
                return false;
        if (managers_know_exe(managers, exe))
                return true;
        managers_refresh(managers);
        return managers_know_exe(managers, exe);
}
