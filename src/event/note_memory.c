/* Where the log of notes lies: memory that outlives the process, and that no store into can fail or wait. */
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "unitward/note_log.h"
#include "unitward/util.h"

#define NAME "notes"

/* Nobody else's, and nobody else can have it open for writing. */
static bool is_ours(int fd)
{
        struct stat st;

        return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() && (st.st_mode & 07777) == 0600 &&
               st.st_nlink == 1;
}

/* All of it is allocated now: a store into a page that is not there, on a full tmpfs, is SIGBUS. */
static int notes_open(int dir)
{
        _cleanup_close_ int fd = openat(dir, NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

        if (fd >= 0 && !is_ours(fd)) {
                (void)close(steal_fd(&fd));
                (void)unlinkat(dir, NAME, 0);
                fd = openat(dir, NAME, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        }
        if (fd < 0 || ftruncate(fd, NOTE_LOG_SIZE) < 0 || fallocate(fd, 0, 0, NOTE_LOG_SIZE) < 0)
                return -errno;
        return steal_fd(&fd);
}

void *note_log_map(const char *directory, bool *ret_lasts)
{
        _cleanup_close_ int dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd = -1;
        void *memory = MAP_FAILED;
        struct statfs fs;

        if (dir >= 0 && fstatfs(dir, &fs) == 0 && fs.f_type == TMPFS_MAGIC)
                fd = notes_open(dir);
        if (fd >= 0)
                memory = mmap(NULL, NOTE_LOG_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        *ret_lasts = memory != MAP_FAILED;
        if (memory == MAP_FAILED)
                memory = mmap(NULL, NOTE_LOG_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return memory == MAP_FAILED ? NULL : memory;
}

void note_log_unmap(void *memory)
{
        if (memory)
                (void)munmap(memory, NOTE_LOG_SIZE);
}
