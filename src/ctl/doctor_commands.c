/* Whether this machine lets the daemon see what gated commands are asked for. */
#include <fcntl.h>

#include "unitward/doctor.h"
#include "unitward/util.h"

#define PTRACE_SCOPE "/proc/sys/kernel/yama/ptrace_scope"
#define NOBODY_READS 3 /* admin-guide/LSM/Yama.rst of the kernel's documentation */
#define LINKER_CACHE "/etc/ld.so.cache"

static void check_memory(struct doctor *doctor)
{
        char text[32];

        if (read_text_at(AT_FDCWD, PTRACE_SCOPE, text, sizeof text) < 0 || atoi(text) < NOBODY_READS)
                doctor_say(doctor, HEALTH_OK, "arguments of gated commands can be read", NULL, NULL);
        else
                doctor_say(doctor, HEALTH_WARN, "sysctl kernel.yama.ptrace_scope is 3",
                           "no arguments can be read: only who may ask a gated command for anything may run it",
                           "set it to 2 where it is configured, and reboot: it cannot be lowered");
}

static void check_linker(struct doctor *doctor)
{
        if (access(LINKER_CACHE, F_OK) == 0)
                doctor_say(doctor, HEALTH_OK, LINKER_CACHE " is there",
                           "gated commands wait there for their second look", NULL);
        else
                doctor_say(doctor, HEALTH_WARN, LINKER_CACHE " is missing",
                           "who changes the arguments of a gated command while it is run is killed too late at times",
                           "make it with: ldconfig");
}

void doctor_check_commands(struct doctor *doctor)
{
        if (!doctor->policy || policy_n_commands(doctor->policy) == 0)
                return;
        check_memory(doctor);
        check_linker(doctor);
}
