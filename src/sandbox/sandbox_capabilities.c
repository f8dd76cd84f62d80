/* The capabilities that unitwardd needs, and what for. */
#include <cap-ng.h>
#include <errno.h>
#include <sys/prctl.h>

#include "unitward/sandbox.h"
#include "unitward/util.h"

#define S (1u << SANDBOX_SUPERVISOR)
#define G (1u << SANDBOX_GUARD)
#define C (1u << SANDBOX_SCOUT)

static const struct sandbox_capability table[] = {
        { "CAP_SYS_ADMIN", CAP_SYS_ADMIN, S | G | C,
          "opens the fanotify groups; takes away what is mounted over protected directories; what others have mapped",
          "nothing can be guarded" },
        { "CAP_SYS_CHROOT", CAP_SYS_CHROOT, S, "a guard joins the mount namespace of PID 1",
          "the daemon has to be started where PID 1 is" },
        { "CAP_SYS_PTRACE", CAP_SYS_PTRACE, S | G, "who acts: /proc/PID/exe, and the open's flags in its registers",
          "programs of other users are not recognised" },
        { "CAP_DAC_READ_SEARCH", CAP_DAC_READ_SEARCH, S | G | C,
          "reads what is protected, whoever owns it; where a file is that changed: file handles",
          "what users keep for themselves is not guarded" },
        { "CAP_LEASE", CAP_LEASE, S | G, "whether an open is for writing, from the kernel itself",
          "openat2 and io_uring opens for writing cannot be told from reading" },
        { "CAP_DAC_OVERRIDE", CAP_DAC_OVERRIDE, S | G, "takes away and puts back in directories of users",
          "what is planted there is reported, and stays" },
        { "CAP_CHOWN", CAP_CHOWN, S | G, "puts files back with their owner", "what is put back is root's" },
        { "CAP_FOWNER", CAP_FOWNER, S | G, "puts files back with their mode and times; sticky directories",
          "what others own cannot be put right" },
        { "CAP_FSETID", CAP_FSETID, S | G, "puts directories back with their setgid bit", "the bit is lost" },
        { "CAP_KILL", CAP_KILL, S | G, "ends gated commands that run otherwise than they were let through",
          "such a run is reported, and goes on" },
        { "CAP_LINUX_IMMUTABLE", CAP_LINUX_IMMUTABLE, S | G, "undoes chattr +i on what was planted",
          "what was made immutable stays" },
};

size_t sandbox_capability_count(void)
{
        return ARRAY_SIZE(table);
}

const struct sandbox_capability *sandbox_capability_at(size_t index)
{
        return &table[index];
}

uint64_t sandbox_capability_set(enum sandbox_role role)
{
        uint64_t set = 0;

        for (size_t i = 0; i < ARRAY_SIZE(table); i++)
                if (table[i].roles & 1u << role)
                        set |= UINT64_C(1) << table[i].number;
        return set;
}

/* What the process does not have it cannot keep. */
static void select_capabilities(uint64_t wanted)
{
        uint64_t held = 0;

        for (size_t i = 0; i < ARRAY_SIZE(table); i++)
                if (capng_have_capability(CAPNG_PERMITTED, (unsigned)table[i].number))
                        held |= UINT64_C(1) << table[i].number;
        capng_clear(CAPNG_SELECT_ALL);
        for (size_t i = 0; i < ARRAY_SIZE(table); i++)
                if (wanted & held & UINT64_C(1) << table[i].number)
                        (void)capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET,
                                           (unsigned)table[i].number);
}

int sandbox_reduce(enum sandbox_role role)
{
        bool bounds;

        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                return -errno;
        capng_setpid((int)gettid()); /* it remembers the supervisor's, from before the guard */
        if (capng_get_caps_process() < 0)
                return -EIO;
        /* The service manager may have kept CAP_SETPCAP for itself, without which the bounding set stays as it is: with
         * no_new_privs nothing in it can be had any more. */
        bounds = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP);
        select_capabilities(sandbox_capability_set(role));
        return capng_apply(bounds ? CAPNG_SELECT_ALL : CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT) < 0 ? -EPERM : 0;
}
