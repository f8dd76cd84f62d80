/* exhaust UID COMMAND...: becomes COMMAND, with all capabilities, as a user of whom there are as many fanotify groups
 * as there may be. The limit is counted for each user: nobody else notices. */
#include <cap-ng.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/fanotify.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "unitward/util.h"

static int become(uid_t uid)
{
        if (prctl(PR_SET_KEEPCAPS, 1) < 0 || setresuid(uid, uid, uid) < 0 || capng_get_caps_process() < 0)
                return -1;
        for (unsigned i = 0; i <= CAP_LAST_CAP; i++)
                if (capng_have_capability(CAPNG_PERMITTED, i))
                        (void)capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_INHERITABLE, i);
        if (capng_apply(CAPNG_SELECT_CAPS) < 0)
                return -1;
        for (unsigned long i = 0; i <= CAP_LAST_CAP; i++)
                (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0);
        return 0;
}

int main(int argc, char **argv)
{
        struct rlimit limit;

        if (argc < 3) {
                (void)fputs("usage: exhaust UID COMMAND...\n", stderr);
                return 2;
        }
        if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
                limit.rlim_cur = limit.rlim_max;
                (void)setrlimit(RLIMIT_NOFILE, &limit);
        }
        if (become((uid_t)strtoul(argv[1], NULL, 10)) < 0) {
                perror("exhaust");
                return 1;
        }
        while (fanotify_init(FAN_CLASS_NOTIF, O_RDONLY) >= 0) /* they stay open */
                ;
        if (errno != EMFILE) {
                perror("fanotify_init");
                return 1;
        }
        (void)execvp(argv[2], argv + 2);
        perror(argv[2]);
        return 127;
}
