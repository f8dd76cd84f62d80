/* What any daemon of this kind costs at least, to measure with.
 *
 *   floor opens DIRECTORY...             is asked about each open there, and allows it
 *   floor arrivals DIRECTORY ASIDE       is told of each name that is moved there, and moves it on to ASIDE
 *
 * Prints "ready" and works until it is ended. Nothing but directories is marked, never a mount or a file system. */
#include <fcntl.h>
#include <poll.h>
#include <sys/fanotify.h>

#include "unitward/util.h"

static int fail(const char *what)
{
        perror(what);
        return 1;
}

static void be_ready(void)
{
        (void)puts("ready");
        (void)fflush(stdout);
}

static int answer_opens(char **directories)
{
        int group = fanotify_init(FAN_CLASS_CONTENT | FAN_CLOEXEC, O_RDONLY | O_LARGEFILE | O_CLOEXEC);
        _Alignas(struct fanotify_event_metadata) char buffer[65536];
        ssize_t size;

        if (group < 0)
                return fail("fanotify_init");
        for (; *directories; directories++)
                if (fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_ONLYDIR,
                                  FAN_OPEN_PERM | FAN_ONDIR | FAN_EVENT_ON_CHILD, AT_FDCWD, *directories) < 0)
                        return fail(*directories);
        be_ready();
        while ((size = read(group, buffer, sizeof buffer)) > 0) {
                struct fanotify_event_metadata *event = (void *)buffer;

                for (; FAN_EVENT_OK(event, size); event = FAN_EVENT_NEXT(event, size)) {
                        const struct fanotify_response reply = { .fd = event->fd, .response = FAN_ALLOW };

                        (void)!write(group, &reply, sizeof reply);
                        (void)close(event->fd);
                }
        }
        return fail("read");
}

/* The name follows the handle of its directory, which is the only one. */
static const char *name_of(const struct fanotify_event_metadata *event)
{
        const struct fanotify_event_info_fid *info = (const void *)(event + 1);
        const struct file_handle *handle = (const void *)info->handle;

        return (const char *)handle->f_handle + handle->handle_bytes;
}

static int move_arrivals(const char *directory, const char *aside)
{
        int group = fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_DFID_NAME | FAN_CLOEXEC, O_RDONLY | O_CLOEXEC);
        int from = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC),
            to = open(aside, O_PATH | O_DIRECTORY | O_CLOEXEC);
        _Alignas(struct fanotify_event_metadata) char buffer[65536];
        ssize_t size;

        if (group < 0 || from < 0 || to < 0)
                return fail("fanotify_init, open");
        if (fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_ONLYDIR, FAN_MOVED_TO, AT_FDCWD, directory) < 0)
                return fail(directory);
        be_ready();
        while ((size = read(group, buffer, sizeof buffer)) > 0) {
                struct fanotify_event_metadata *event = (void *)buffer;

                for (; FAN_EVENT_OK(event, size); event = FAN_EVENT_NEXT(event, size))
                        if (renameat(from, name_of(event), to, name_of(event)) < 0)
                                return fail(name_of(event));
        }
        return fail("read");
}

int main(int argc, char **argv)
{
        if (argc >= 3 && streq(argv[1], "opens"))
                return answer_opens(argv + 2);
        if (argc == 4 && streq(argv[1], "arrivals"))
                return move_arrivals(argv[2], argv[3]);
        (void)fputs("usage: floor opens DIRECTORY... | floor arrivals DIRECTORY ASIDE\n", stderr);
        return 2;
}
