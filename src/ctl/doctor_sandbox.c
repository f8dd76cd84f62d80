/* What the daemon has of what it needs, from /proc: not what it says of itself. */
#include <fcntl.h>

#include "unitward/ctl.h"
#include "unitward/doctor.h"
#include "unitward/mount_namespace.h"
#include "unitward/sandbox.h"
#include "unitward/util.h"

#define REMEDY "see CapabilityBoundingSet= of unitward.service, or what the container was given; then restart it"

struct confinement {
        uint64_t capabilities; /* effective */
        bool no_new_privileges, filtered;
};

static unsigned long long field(const char *status, const char *name, int base)
{
        const char *at = strstr(status, name);

        return at ? strtoull(at + strlen(name), NULL, base) : 0;
}

static int read_confinement(json_int_t pid, struct confinement *ret)
{
        _cleanup_free_ char *path = format("/proc/%lld/status", (long long)pid), *status = NULL;
        size_t size;
        int r = path ? read_file_at(AT_FDCWD, path, 65536, &status, &size) : -ENOMEM;

        if (r < 0)
                return r;
        *ret = (struct confinement){
                .capabilities = field(status, "\nCapEff:", 16),
                .no_new_privileges = field(status, "\nNoNewPrivs:", 10) == 1,
                .filtered = field(status, "\nSeccomp:", 10) == 2,
        };
        return 0;
}

static void judge(struct doctor *doctor, const struct sandbox_capability *capability, uint64_t held)
{
        const bool is_held = held & UINT64_C(1) << capability->number, wanted = capability->roles & 1u << SANDBOX_GUARD;
        _cleanup_free_ char *what = format("the daemon %s %s", is_held ? "has" : "has no", capability->name);
        _cleanup_free_ char *start = format("at a start only: %s", capability->purpose);

        if (!what || !start)
                return;
        if (is_held == wanted)
                doctor_say(doctor, HEALTH_OK, what, wanted ? capability->purpose : start, NULL);
        else if (wanted)
                doctor_say(doctor, HEALTH_FAIL, what, capability->without, REMEDY);
}

static void check_calls(struct doctor *doctor, const struct confinement *confinement)
{
        if (confinement->filtered && confinement->no_new_privileges)
                doctor_say(doctor, HEALTH_OK, "the daemon makes only the system calls of its list", NULL, NULL);
        else
                doctor_say(doctor, HEALTH_FAIL, "the daemon is not confined", "who takes it over may do anything",
                           "restart unitward.service; if that does not help, it is not the unitwardd of this version");
}

static void check_excess(struct doctor *doctor, uint64_t held)
{
        const uint64_t excess = held & ~sandbox_capability_set(SANDBOX_GUARD);
        _cleanup_free_ char *what =
                format("the daemon has capabilities it does not need: %#llx", (unsigned long long)excess);

        if (excess && what)
                doctor_say(doctor, HEALTH_FAIL, what, "who takes it over has them too",
                           "restart unitward.service; capsh --decode names them");
}

static void check_mounts(struct doctor *doctor, pid_t pid)
{
        const int r = mount_namespace_is_host(pid);

        if (r > 0)
                doctor_say(doctor, HEALTH_OK, "the daemon is in the mount namespace of PID 1",
                           "it sees every mount over what is protected, and can take it off", NULL);
        else if (r == 0)
                doctor_say(doctor, HEALTH_FAIL, "the daemon is in another mount namespace than PID 1",
                           "what is mounted there over protected directories may stay",
                           "start it with --host-mounts, as unitward.service does");
        else
                doctor_say(doctor, HEALTH_WARN, "whether the daemon is in the mount namespace of PID 1 is not known",
                           strerror(-r), "run it as root");
}

void doctor_check_sandbox(struct doctor *doctor)
{
        const json_t *pid = json_object_get(doctor->status, "pid");
        struct confinement confinement;

        if (doctor->status_result != 0 || !json_is_integer(pid))
                return; /* check_daemon tells */
        if (read_confinement(json_integer_value(pid), &confinement) < 0) {
                doctor_say(doctor, HEALTH_WARN, "what the daemon may do is not to be seen here", NULL,
                           "run it where /proc shows the daemon");
                return;
        }
        check_calls(doctor, &confinement);
        for (size_t i = 0; i < sandbox_capability_count(); i++)
                judge(doctor, sandbox_capability_at(i), confinement.capabilities);
        check_excess(doctor, confinement.capabilities);
        check_mounts(doctor, (pid_t)json_integer_value(pid));
}
