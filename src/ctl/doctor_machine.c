#include <fcntl.h>
#include <sys/utsname.h>

#include "unitward/capabilities.h"
#include "unitward/doctor.h"
#include "unitward/managers.h"
#include "unitward/util.h"

static void say_capability(struct doctor *doctor, const struct capability *capability, bool held)
{
        if (held)
                doctor_say(doctor, HEALTH_OK, capability->name, capability->gives, NULL);
        else
                doctor_say(doctor, capability->required ? HEALTH_FAIL : HEALTH_WARN, capability->name,
                           capability->without, capability->remedy);
}

void doctor_check_kernel(struct doctor *doctor)
{
        struct utsname name;
        int r = capabilities_probe(&doctor->kernel);

        (void)uname(&name);
        _cleanup_free_ char *kernel = format("kernel %s", name.release);
        if (r < 0) {
                doctor_say(doctor, HEALTH_FAIL, kernel ? kernel : "kernel",
                           r == -EPERM ? "what it can do was not tried" : strerror(-r),
                           r == -EPERM ? "run it as root, outside of containers" : "make /run or /tmp writable");
                return;
        }
        doctor_say(doctor, HEALTH_OK, kernel ? kernel : "kernel", NULL, NULL);
        for (size_t i = 0; i < capability_count(); i++)
                say_capability(doctor, capability_at(i), capability_is_held(&doctor->kernel, i));
}

struct limit {
        const char *name;
        unsigned long long least;
        const char *consequence;
        const char *remedy;
};

/* Names have dots where their path below /proc/sys has slashes. */
static char *limit_path(const struct limit *limit)
{
        char *path = format("/proc/sys/%s", limit->name);

        for (char *dot = path; dot && (dot = strchr(dot, '.'));)
                *dot = '/';
        return path;
}

static void check_limit(struct doctor *doctor, const struct limit *limit)
{
        _cleanup_free_ char *path = limit_path(limit), *what = NULL;
        char text[32];
        unsigned long long value;

        if (!path || read_text_at(AT_FDCWD, path, text, sizeof text) < 0)
                return; /* a kernel that does not have the limit */
        value = strtoull(text, NULL, 10);
        what = format("sysctl %s is %llu", limit->name, value);
        if (!what)
                return;
        if (value < limit->least)
                doctor_say(doctor, HEALTH_WARN, what, limit->consequence, limit->remedy);
        else
                doctor_say(doctor, HEALTH_OK, what, NULL, NULL);
}

void doctor_check_limits(struct doctor *doctor)
{
        static const struct limit limits[] = {
                { "fs.fanotify.max_user_groups", 16, "unitwardd may not get its three groups",
                  "sysctl -w fs.fanotify.max_user_groups=128" },
                { "fs.fanotify.max_queued_events", 16384,
                  "a flood of changes overflows the queue and all is settled anew",
                  "sysctl -w fs.fanotify.max_queued_events=16384" },
                { "fs.leases-enable", 1, "whether an open is for writing cannot be asked of the kernel",
                  "sysctl -w fs.leases-enable=1" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
                check_limit(doctor, &limits[i]);
}

void doctor_check_manager(struct doctor *doctor)
{
        struct managers managers;

        managers_init(&managers);
        if (managers.systemd_is_pid1)
                doctor_say(doctor, HEALTH_OK, "systemd is PID 1", "nothing unauthorised is loaded", NULL);
        else
                doctor_say(doctor, HEALTH_WARN, "systemd is not PID 1",
                           "directories are protected, no manager is gated",
                           "in a container, run unitwardd on the host");
}
