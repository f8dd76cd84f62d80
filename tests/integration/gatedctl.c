/* A command to be gated: leaves a marker for each verb that it was given, MARKERS/VERB, as the effect to look for.
 * Before that it waits until a file HOLD is there, 10 s at most. */
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
                for (int j = 0; getenv("HOLD") && access(getenv("HOLD"), F_OK) < 0 && j < 1000; j++)
                        (void)usleep(10000);
                (void)snprintf(path, sizeof path, "%s/%s", directory, argv[i]);
                fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
                if (fd < 0)
                        return 3;
                (void)close(fd);
                break;
        }
        return 0;
}
