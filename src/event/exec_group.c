#include <fcntl.h>
#include <unistd.h>

#include "unitward/exec_group.h"
#include "unitward/fan_group.h"
#include "unitward/mount_table.h"
#include "unitward/util.h"

int exec_group_open(void)
{
        int group = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC | FAN_NONBLOCK,
                                  O_RDONLY | O_LARGEFILE | O_CLOEXEC | O_NOATIME | O_NONBLOCK);

        return group < 0 ? -errno : group;
}

/* Programs come from elsewhere too; but nobody waits for a server here. */
static bool is_asked(const struct mount *mount)
{
        return !mount_is_served_by_others(mount) && !starts_with(mount->type, "fuse");
}

void exec_group_mark(int group)
{
        struct mount_table table = { 0 };

        if (mount_table_read(NULL, NULL, &table) < 0)
                return;
        for (size_t i = 0; i < table.n; i++)
                if (is_asked(&table.mounts[i]))
                        (void)fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN_EXEC, AT_FDCWD,
                                            table.mounts[i].target);
        mount_table_done(&table);
}

void exec_group_forget(int group)
{
        (void)fanotify_mark(group, FAN_MARK_FLUSH | FAN_MARK_FILESYSTEM, 0, AT_FDCWD, "/");
}

size_t exec_group_read(int group, pid_t *processes, size_t max, bool *ret_lost)
{
        union {
                struct fanotify_event_metadata first;
                unsigned char bytes[4096];
        } buffer;
        struct fan_open open;
        size_t n = 0;
        ssize_t size = 1;

        *ret_lost = false;
        while (n + sizeof buffer / FAN_EVENT_METADATA_LEN <= max && (size = read(group, &buffer, sizeof buffer)) > 0)
                for (size_t offset = 0; fan_open_next(&buffer, (size_t)size, &offset, &open) > 0;) {
                        if (open.fd >= 0)
                                (void)close(open.fd);
                        *ret_lost |= open.fd < 0;
                        /* A script and its interpreter, a program and its dynamic linker are told of one after another.
                         */
                        if (open.fd >= 0 && open.tid > 0 && (n == 0 || processes[n - 1] != open.tid))
                                processes[n++] = open.tid;
                }
        *ret_lost |= size < 0 && (errno == EMFILE || errno == ENFILE);
        return n;
}
