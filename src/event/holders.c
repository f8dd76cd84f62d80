/* The mode of a link in /proc/PID/fd and map_files says how the file was opened, so most cost one call. */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "unitward/holders.h"
#include "unitward/util.h"

enum { FOUND_DESCRIPTOR = 1, FOUND_MAPPING = 2 };

struct scan {
        const struct holders_search *search;
        unsigned char *found; /* for each file, by the present process */
        pid_t pid;
        int process; /* /proc/PID */
        bool mapped;
};

/* Each entry of a directory of /proc; what is gone meanwhile is no error. */
typedef int (*entry_function)(struct scan *scan, int dir, const char *name);

static int each_entry(struct scan *scan, int at, const char *path, entry_function each)
{
        int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
        DIR *listing = fd < 0 ? NULL : fdopendir(fd);
        struct dirent *item;

        if (!listing) {
                close_pointer(&fd);
                return 0;
        }
        while (r == 0 && (item = readdir(listing)))
                if (item->d_name[0] != '.')
                        r = each(scan, dirfd(listing), item->d_name);
        (void)closedir(listing);
        return r;
}

static int may_go_on(const struct scan *scan)
{
        if (__atomic_load_n(scan->search->stopping, __ATOMIC_ACQUIRE))
                return -ECANCELED;
        return now_monotonic_usec() > scan->search->deadline_usec ? -ETIME : 0;
}

/* A private mapping of a file that was opened for writing changes nothing in it. */
static bool is_shared(const struct scan *scan, const char *range)
{
        _cleanup_close_ int fd = openat(scan->process, "maps", O_RDONLY | O_CLOEXEC);
        _cleanup_fclose_ FILE *maps = fd < 0 ? NULL : fdopen(fd, "re");
        uint64_t wanted = strtoull(range, NULL, 16), start;
        char line[512], shared = 0;

        if (!maps)
                return true;
        (void)steal_fd(&fd);
        while (fgets(line, sizeof line, maps))
                if (sscanf(line, "%" SCNx64 "-%*x %*c%*c%*c%c", &start, &shared) == 2 && start == wanted)
                        return shared == 's';
        return false;
}

static int look_at_link(struct scan *scan, int dir, const char *name)
{
        const unsigned char bit = scan->mapped ? FOUND_MAPPING : FOUND_DESCRIPTOR;
        const struct holders_search *search = scan->search;
        struct stat st;

        if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !(st.st_mode & S_IWUSR) ||
            fstatat(dir, name, &st, 0) < 0 || !S_ISREG(st.st_mode))
                return 0;
        for (size_t i = 0; i < search->n_files; i++) {
                if (!file_id_equal(search->files[i], file_id_of(&st)) || scan->found[i] & bit ||
                    (scan->mapped && !is_shared(scan, name)))
                        continue;
                scan->found[i] |= bit;
                search->found(search->userdata, i, scan->pid, scan->mapped);
        }
        return 0;
}

/* A thread may have a table of descriptors of its own. */
static int look_at_thread(struct scan *scan, int dir, const char *name)
{
        char path[64];
        int r = may_go_on(scan);

        (void)snprintf(path, sizeof path, "%.32s/fd", name);
        return r < 0 ? r : each_entry(scan, dir, path, look_at_link);
}

static int look_at_process(struct scan *scan, int dir, const char *name)
{
        _cleanup_close_ int process = -1;
        int r;

        scan->pid = (pid_t)strtol(name, NULL, 10);
        if (scan->pid <= 0 || scan->pid == getpid())
                return 0;
        process = openat(dir, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (process < 0)
                return 0;
        scan->process = process;
        memset(scan->found, 0, scan->search->n_files);
        scan->mapped = false;
        r = each_entry(scan, process, "task", look_at_thread);
        scan->mapped = true;
        return r < 0 ? r : each_entry(scan, process, "map_files", look_at_link);
}

int holders_find(const struct holders_search *search)
{
        _cleanup_free_ unsigned char *found = calloc(search->n_files + 1, 1);
        struct scan scan = { .search = search, .found = found };

        return found ? each_entry(&scan, AT_FDCWD, "/proc", look_at_process) : -ENOMEM;
}
