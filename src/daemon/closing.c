#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "unitward/closing.h"
#include "unitward/util.h"

/* By clone(2), as a guard is started. The table is not shared, so the child keeps all that is open. */
static pid_t keep_open(void)
{
        pid_t self = getpid(), pid = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);

        if (pid != 0)
                return pid;
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
                _exit(EXIT_FAILURE);
        while (getppid() == self)
                (void)pause();
        _exit(EXIT_SUCCESS);
}

void closing_close(const struct lifeline *lifeline, unsigned from)
{
        pid_t keeper = keep_open();
        struct opener opener;

        for (int fd = (int)from; lifeline_next(lifeline, fd, &opener); fd = opener.fd + 1) {
                if ((unsigned)opener.fd > from)
                        (void)close_range(from, (unsigned)opener.fd - 1, 0);
                from = (unsigned)opener.fd + 1;
        }
        (void)close_range(from, ~0u, 0);
        if (keeper > 0)
                (void)kill(keeper, SIGKILL);
}
