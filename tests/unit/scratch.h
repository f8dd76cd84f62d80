/* Directories for tests: on the file system of /tmp, on another one, and on one that is soon full. */
#pragma once

#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "unitward/tree.h"
#include "unitward/util.h"

static inline void scratch_make(char *template)
{
        size_t length = strlen(template);

        memcpy(template + length - 6, "XXXXXX", 6);
        assert_non_null(mkdtemp(template));
}

static inline void scratch_remove(const char *path)
{
        assert_int_equal(tree_remove((struct tree_place){ AT_FDCWD, path }, UINT32_MAX), 0);
}

/* A tmpfs of so many KiB on the directory, for this process alone. False, and said why, when that cannot be. */
static inline bool scratch_mount(const char *path, unsigned kib)
{
        _cleanup_free_ char *options = format("size=%uk", kib);

        if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0 ||
            mount("tmpfs", path, "tmpfs", 0, options) < 0) {
                print_message("skipped: cannot mount a tmpfs: %s\n", strerror(errno));
                return false;
        }
        return true;
}

static inline void scratch_unmount(const char *path)
{
        assert_int_equal(umount(path), 0);
}

static inline void write_file_at(int dir, const char *name, const void *data, size_t size)
{
        _cleanup_close_ int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

        assert_true(fd >= 0);
        assert_int_equal(write_all(fd, data, size), 0);
}
