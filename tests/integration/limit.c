/* limit SECONDS COMMAND...: becomes COMMAND, which dies of SIGALRM when it takes longer. Unlike timeout(1) it
 * leaves no process between the test and the command, so the command's pid is known. */
#include "unitward/util.h"

int main(int argc, char **argv)
{
        if (argc < 3) {
                (void)fputs("usage: limit SECONDS COMMAND...\n", stderr);
                return 2;
        }
        (void)alarm((unsigned)strtoul(argv[1], NULL, 10));
        (void)execvp(argv[2], argv + 2);
        perror(argv[2]);
        return 127;
}
