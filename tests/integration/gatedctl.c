/* A command to be gated: leaves a marker for each verb that it was given, MARKERS/VERB, as the effect to look for.
 * "hold" waits until it is killed, or for 5 s at most. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
        const char *directory = getenv("MARKERS");
        char path[PATH_MAX];

        for (int i = 1; directory && i < argc; i++) {
                int fd;

                if (*argv[i] == '-' || strchr(argv[i], '/') || strchr(argv[i], '.'))
                        continue;
                (void)snprintf(path, sizeof path, "%s/%s", directory, argv[i]);
                fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
                if (fd < 0)
                        return 3;
                (void)close(fd);
                if (strcmp(argv[i], "is-system-running") == 0)
                        (void)sleep(5);
                break;
        }
        return 0;
}
