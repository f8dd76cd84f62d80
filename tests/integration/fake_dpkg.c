/* A program that the test policy allows to change units, as it would allow dpkg.
 *
 *   fake_dpkg unpack FILE      standard input becomes FILE, in dpkg's own steps
 *   fake_dpkg remove FILE
 *   fake_dpkg run COMMAND...   as a maintainer script: a child, which may have children
 *
 * Exit status: 0 done, 1 refused (the errno's name is printed), 2 usage; run: the command's own. */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "unitward/util.h"

static int refused(void)
{
        (void)puts(strerrorname_np(errno));
        return 1;
}

static int copy_input(int to)
{
        char buffer[4096];
        ssize_t n;

        while ((n = read(STDIN_FILENO, buffer, sizeof buffer)) > 0)
                if (write(to, buffer, (size_t)n) != n)
                        return -1;
        return (int)n;
}

/* dpkg writes NAME.dpkg-new, sets its owner and mode, keeps the old file as a hard link NAME.dpkg-tmp,
 * renames the new one over it, and removes the link. */
static int unpack(const char *file)
{
        char new[4096], old[4096];

        (void)snprintf(new, sizeof new, "%s.dpkg-new", file);
        (void)snprintf(old, sizeof old, "%s.dpkg-tmp", file);
        _cleanup_close_ int fd = open(new, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

        if (fd < 0 || copy_input(fd) < 0 || fchown(fd, 0, 0) < 0 || fchmod(fd, 0644) < 0 || fsync(fd) < 0)
                return refused();
        bool replaces = link(file, old) == 0;
        if (rename(new, file) < 0 || (replaces && unlink(old) < 0))
                return refused();
        return 0;
}

static int run(char **command)
{
        pid_t child = fork();
        int status;

        if (child == 0) {
                (void)execvp(command[0], command);
                _exit(127);
        }
        if (child < 0 || waitpid(child, &status, 0) < 0)
                return refused();
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
        (void)alarm(60);
        if (argc == 3 && streq(argv[1], "unpack"))
                return unpack(argv[2]);
        if (argc == 3 && streq(argv[1], "remove"))
                return unlink(argv[2]) < 0 ? refused() : 0;
        if (argc >= 3 && streq(argv[1], "run"))
                return run(argv + 2);
        (void)fputs("usage: fake_dpkg unpack FILE | remove FILE | run COMMAND...\n", stderr);
        return 2;
}
