/* attack OPERATION PATH [PATH]: changes a file in one particular way.
 *
 * Prints "done" or the name of the errno. Exit status: 0 it was done, 1 it was refused, 2 usage,
 * 77 it cannot be tried on this kernel or file system. `attack` alone lists the operations. */
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "unitward/util.h"

#define PAYLOAD "[Timer]\nOnCalendar=minutely\n# planted\n"
#define NOBODY 65534u

enum { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_CANNOT_TRY = 77 };

struct operation {
        const char *name;
        int n_paths;
        int (*run)(const struct operation *self, char **paths); /* 0, or -1 and errno */
        int (*open)(const char *path, int flags);               /* for those that open and write */
        int flags;
};

static const char *directory_of(const char *path)
{
        static char copy[PATH_MAX];

        (void)snprintf(copy, sizeof copy, "%s", path);
        return dirname(copy);
}

/* ---- ways to open ---- */

static int open_plain(const char *path, int flags)
{
        return open(path, flags | O_CLOEXEC, 0644);
}

static int open_creat(const char *path, int flags)
{
        (void)flags;
        return creat(path, 0644);
}

static int open_openat2(const char *path, int flags)
{
        struct open_how how = { .flags = (unsigned)flags, .mode = flags & O_CREAT ? 0644 : 0 };

        return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
}

static int ask_io_uring(const char *path, int flags, unsigned char how)
{
        struct io_uring_params params = { 0 };
        int ring = (int)syscall(SYS_io_uring_setup, 1, &params);

        if (ring < 0) {
                errno = ENOSYS; /* switched off: not what is being tried here */
                return -1;
        }
        size_t completions = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
        char *rings = mmap(NULL, completions, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
        struct io_uring_sqe *request =
                mmap(NULL, sizeof *request, PROT_READ | PROT_WRITE, MAP_SHARED, ring, (off_t)IORING_OFF_SQES);
        if (rings == MAP_FAILED || (void *)request == MAP_FAILED)
                return -1;

        *request = (struct io_uring_sqe){
                .opcode = IORING_OP_OPENAT,
                .flags = how,
                .fd = AT_FDCWD,
                .addr = (uintptr_t)path,
                .len = 0644,
                .open_flags = (unsigned)flags,
        };
        *(unsigned *)(void *)(rings + params.sq_off.array) = 0;
        __atomic_store_n((unsigned *)(void *)(rings + params.sq_off.tail), 1, __ATOMIC_RELEASE);
        if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
                return -1;

        int result = ((struct io_uring_cqe *)(void *)(rings + params.cq_off.cqes))->res;
        if (result >= 0)
                return result;
        errno = -result;
        return -1;
}

static int open_io_uring(const char *path, int flags)
{
        return ask_io_uring(path, flags, 0);
}

/* A thread of the kernel's opens it. */
static int open_io_worker(const char *path, int flags)
{
        return ask_io_uring(path, flags, IOSQE_ASYNC);
}

/* A new file is opened in its directory, an old one itself: neither by its name. */
static int open_by_handle(const char *path, int flags)
{
        struct {
                struct file_handle head;
                unsigned char bytes[MAX_HANDLE_SZ];
        } handle = { .head.handle_bytes = MAX_HANDLE_SZ };
        const char *directory = directory_of(path);
        bool creates = flags & O_CREAT;
        int mount_id;
        _cleanup_close_ int mount = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (mount < 0 || name_to_handle_at(AT_FDCWD, creates ? directory : path, &handle.head, &mount_id, 0) < 0)
                return -1;
        if (!creates)
                return open_by_handle_at(mount, &handle.head, flags);
        _cleanup_close_ int parent = open_by_handle_at(mount, &handle.head, O_RDONLY | O_DIRECTORY);
        return parent < 0 ? -1 : openat(parent, strrchr(path, '/') + 1, flags, 0644);
}

/* ---- what is done once it is open ---- */

static int write_payload(int fd)
{
        return write(fd, PAYLOAD, strlen(PAYLOAD)) < 0 ? -1 : 0;
}

static int map_payload(int fd)
{
        char *map = mmap(NULL, strlen(PAYLOAD), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

        if (map == MAP_FAILED)
                return -1;
        memcpy(map, PAYLOAD, strlen(PAYLOAD));
        return munmap(map, strlen(PAYLOAD));
}

static int copy_payload(const struct operation *self, char **paths)
{
        bool by_sendfile = streq(self->name, "sendfile");
        _cleanup_close_ int from = open(paths[0], O_RDONLY | O_CLOEXEC);
        _cleanup_close_ int to = open(paths[1], O_WRONLY | O_CLOEXEC);

        if (from < 0 || to < 0)
                return -1;
        ssize_t copied = by_sendfile ? sendfile(to, from, NULL, 4096) : copy_file_range(from, NULL, to, NULL, 4096, 0);
        return copied < 0 ? -1 : 0;
}

static int run_open(const struct operation *self, char **paths)
{
        _cleanup_close_ int fd = self->open(paths[0], self->flags);

        return fd < 0 ? -1 : write_payload(fd);
}

static int run_open_only(const struct operation *self, char **paths)
{
        _cleanup_close_ int fd = self->open(paths[0], self->flags);

        return fd < 0 ? -1 : 0;
}

/* ---- arrivals: new names without an open ---- */

static int link_unnamed(const char *directory, const char *name)
{
        char unnamed[64];
        _cleanup_close_ int fd = open(directory, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644);

        if (fd < 0 || write_payload(fd) < 0)
                return -1;
        (void)snprintf(unnamed, sizeof unnamed, "/proc/self/fd/%d", fd);
        return linkat(AT_FDCWD, unnamed, AT_FDCWD, name, AT_SYMLINK_FOLLOW);
}

static int run_tmpfile(const struct operation *self, char **paths)
{
        (void)self;
        return link_unnamed(directory_of(paths[0]), paths[0]);
}

static int run_tmpfile_from(const struct operation *self, char **paths)
{
        (void)self;
        return link_unnamed(paths[0], paths[1]);
}

static int run_rename(const struct operation *self, char **paths)
{
        return renameat2(AT_FDCWD, paths[0], AT_FDCWD, paths[1], (unsigned)self->flags);
}

static int run_link(const struct operation *self, char **paths)
{
        (void)self;
        return link(paths[0], paths[1]);
}

static int run_symlink(const struct operation *self, char **paths)
{
        (void)self;
        return symlink(paths[0], paths[1]);
}

static int run_mkdir(const struct operation *self, char **paths)
{
        (void)self;
        return mkdir(paths[0], 0755);
}

/* The directory and what it is for, before anybody can have looked at it. */
static int run_mkdir_create(const struct operation *self, char **paths)
{
        return mkdir(directory_of(paths[0]), 0755) < 0 ? -1 : run_open(self, paths);
}

static int run_mknod(const struct operation *self, char **paths)
{
        return mknod(paths[0], (mode_t)self->flags | 0644, makedev(1, 3));
}

static int run_unlink(const struct operation *self, char **paths)
{
        (void)self;
        return unlink(paths[0]);
}

static int run_rmdir(const struct operation *self, char **paths)
{
        (void)self;
        return rmdir(paths[0]);
}

/* ---- attributes ---- */

static int run_truncate(const struct operation *self, char **paths)
{
        (void)self;
        return truncate(paths[0], 0);
}

static int run_chmod(const struct operation *self, char **paths)
{
        return chmod(paths[0], (mode_t)self->flags);
}

static int run_chown(const struct operation *self, char **paths)
{
        (void)self;
        return chown(paths[0], NOBODY, NOBODY);
}

static int run_setxattr(const struct operation *self, char **paths)
{
        (void)self;
        return setxattr(paths[0], "user.planted", PAYLOAD, strlen(PAYLOAD), 0);
}

/* setfacl -m u:nobody:rw, without setfacl. */
static int run_acl(const struct operation *self, char **paths)
{
        struct {
                struct posix_acl_xattr_header header;
                struct posix_acl_xattr_entry entries[5];
        } acl = {
                .header = { POSIX_ACL_XATTR_VERSION },
                .entries = {
                        { ACL_USER_OBJ, ACL_READ | ACL_WRITE, (unsigned)ACL_UNDEFINED_ID },
                        { ACL_USER, ACL_READ | ACL_WRITE, NOBODY },
                        { ACL_GROUP_OBJ, ACL_READ, (unsigned)ACL_UNDEFINED_ID },
                        { ACL_MASK, ACL_READ | ACL_WRITE, (unsigned)ACL_UNDEFINED_ID },
                        { ACL_OTHER, ACL_READ, (unsigned)ACL_UNDEFINED_ID },
                },
        };

        (void)self;
        return setxattr(paths[0], "system.posix_acl_access", &acl, sizeof acl, 0);
}

/* chattr +i and -i: what root uses to make a file stay. */
static int run_flags(const struct operation *self, char **paths)
{
        _cleanup_close_ int fd = open(paths[0], O_RDONLY | O_CLOEXEC);
        int flags;

        if (fd < 0 || ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
                return errno == ENOTTY ? (errno = EOPNOTSUPP, -1) : -1;
        flags = self->flags ? flags | FS_IMMUTABLE_FL : flags & ~FS_IMMUTABLE_FL;
        return ioctl(fd, FS_IOC_SETFLAGS, &flags);
}

/* Renamed in and pinned, before anybody can have taken it away. */
static int run_rename_pin(const struct operation *self, char **paths)
{
        _cleanup_close_ int fd = open(paths[0], O_RDONLY | O_CLOEXEC);
        int flags;

        (void)self;
        if (fd < 0 || ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
                return errno == ENOTTY ? (errno = EOPNOTSUPP, -1) : -1;
        flags |= FS_IMMUTABLE_FL;
        return rename(paths[0], paths[1]) < 0 ? -1 : ioctl(fd, FS_IOC_SETFLAGS, &flags);
}

/* ---- through a descriptor from before ---- */

static int change_held(const char *way, int fd, char *map)
{
        if (streq(way, "held-write"))
                return write_payload(fd);
        if (streq(way, "held-truncate"))
                return ftruncate(fd, 0);
        if (streq(way, "held-fallocate"))
                return fallocate(fd, 0, 0, 8192);
        if (streq(way, "held-map"))
                return map_payload(fd);
        memcpy(map, PAYLOAD, strlen(PAYLOAD)); /* held-mapping: no system call at all */
        return 0;
}

/* Opens and maps, says "held", waits for a line on standard input, changes the file, says "changed", and keeps
 * it open until the next line. */
static int run_held(const struct operation *self, char **paths)
{
        _cleanup_close_ int fd = open(paths[0], O_RDWR | O_CLOEXEC);
        char *map = fd < 0 ? MAP_FAILED : mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

        if (map == MAP_FAILED)
                return -1;
        (void)alarm(60); /* the daemon starts meanwhile */
        (void)setvbuf(stdout, NULL, _IOLBF, 0);
        (void)puts("held");
        (void)getchar();
        if (change_held(self->name, fd, map) < 0)
                return -1;
        (void)puts("changed");
        (void)getchar();
        return 0;
}

static const struct operation operations[] = {
        { "create", 1, run_open, open_plain, O_CREAT | O_EXCL | O_WRONLY },
        { "create-creat", 1, run_open, open_creat, O_WRONLY },
        { "create-openat2", 1, run_open, open_openat2, O_CREAT | O_EXCL | O_WRONLY },
        { "create-io-uring", 1, run_open, open_io_uring, O_CREAT | O_EXCL | O_WRONLY },
        { "create-by-handle", 1, run_open, open_by_handle, O_CREAT | O_EXCL | O_WRONLY },
        { "create-rdonly", 1, run_open_only, open_plain, O_CREAT | O_EXCL | O_RDONLY },
        { "create-empty", 1, run_open_only, open_plain, O_CREAT | O_EXCL | O_WRONLY },
        { "create-tmpfile", 1, run_tmpfile, NULL, 0 },
        { "create-tmpfile-from", 2, run_tmpfile_from, NULL, 0 },
        { "mkdir-create", 1, run_mkdir_create, open_plain, O_CREAT | O_EXCL | O_WRONLY },
        { "write", 1, run_open, open_plain, O_WRONLY },
        { "write-rdwr", 1, run_open, open_plain, O_RDWR },
        { "write-append", 1, run_open, open_plain, O_WRONLY | O_APPEND },
        { "write-trunc", 1, run_open, open_plain, O_WRONLY | O_TRUNC },
        { "write-openat2", 1, run_open, open_openat2, O_WRONLY },
        { "write-io-uring", 1, run_open, open_io_uring, O_WRONLY },
        { "write-by-handle", 1, run_open, open_by_handle, O_WRONLY },
        { "read", 1, run_open_only, open_plain, O_RDONLY },
        { "read-openat2", 1, run_open_only, open_openat2, O_RDONLY },
        { "read-io-uring", 1, run_open_only, open_io_uring, O_RDONLY },
        { "read-io-worker", 1, run_open_only, open_io_worker, O_RDONLY },
        { "read-by-handle", 1, run_open_only, open_by_handle, O_RDONLY },
        { "rdonly-trunc", 1, run_open_only, open_plain, O_RDONLY | O_TRUNC },
        { "copy-file-range", 2, copy_payload, NULL, 0 },
        { "sendfile", 2, copy_payload, NULL, 0 },
        { "rename", 2, run_rename, NULL, 0 },
        { "rename-noreplace", 2, run_rename, NULL, RENAME_NOREPLACE },
        { "rename-exchange", 2, run_rename, NULL, RENAME_EXCHANGE },
        { "rename-pin", 2, run_rename_pin, NULL, 0 },
        { "link", 2, run_link, NULL, 0 },
        { "symlink", 2, run_symlink, NULL, 0 },
        { "mkdir", 1, run_mkdir, NULL, 0 },
        { "mknod-file", 1, run_mknod, NULL, S_IFREG },
        { "mknod-fifo", 1, run_mknod, NULL, S_IFIFO },
        { "mknod-socket", 1, run_mknod, NULL, S_IFSOCK },
        { "mknod-device", 1, run_mknod, NULL, S_IFCHR },
        { "unlink", 1, run_unlink, NULL, 0 },
        { "rmdir", 1, run_rmdir, NULL, 0 },
        { "truncate", 1, run_truncate, NULL, 0 },
        { "chmod-open", 1, run_chmod, NULL, 0777 },
        { "chmod-shut", 1, run_chmod, NULL, 0000 },
        { "chown", 1, run_chown, NULL, 0 },
        { "setxattr", 1, run_setxattr, NULL, 0 },
        { "acl", 1, run_acl, NULL, 0 },
        { "pin", 1, run_flags, NULL, true },
        { "unpin", 1, run_flags, NULL, false },
        { "held-write", 1, run_held, NULL, 0 },
        { "held-truncate", 1, run_held, NULL, 0 },
        { "held-fallocate", 1, run_held, NULL, 0 },
        { "held-map", 1, run_held, NULL, 0 },
        { "held-mapping", 1, run_held, NULL, 0 },
};

static int usage(void)
{
        for (size_t i = 0; i < ARRAY_SIZE(operations); i++)
                (void)printf("%s%s\n", operations[i].name, operations[i].n_paths == 2 ? " PATH PATH" : " PATH");
        return EXIT_USAGE;
}

static const struct operation *operation_find(int argc, char **argv)
{
        for (size_t i = 0; argc > 1 && i < ARRAY_SIZE(operations); i++)
                if (streq(operations[i].name, argv[1]) && operations[i].n_paths == argc - 2)
                        return &operations[i];
        return NULL;
}

int main(int argc, char **argv)
{
        const struct operation *operation = operation_find(argc, argv);

        if (!operation)
                return usage();
        (void)alarm(10);
        if (operation->run(operation, argv + 2) < 0) {
                int error = errno;

                (void)puts(strerrorname_np(error));
                return error == ENOSYS || error == EOPNOTSUPP || error == EXDEV ? EXIT_CANNOT_TRY : EXIT_REFUSED;
        }
        (void)puts("done");
        (void)fflush(stdout);
        (void)usleep(50 * 1000); /* stays for a moment, as a shell would: who it was can be seen */
        return EXIT_DONE;
}
