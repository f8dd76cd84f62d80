#include <fcntl.h>
#include <sys/mman.h>

#include "unitward/ctl.h"

int ctl_memory_file(const void *data, size_t size)
{
        _cleanup_close_ int fd = memfd_create("unitward", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        int r;

        if (fd < 0)
                return -errno;
        r = write_all(fd, data, size);
        if (r == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
                r = -errno;
        return r < 0 ? r : steal_fd(&fd);
}
