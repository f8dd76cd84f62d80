#include <fcntl.h>
#include <sys/stat.h>

#include "requests_internal.h"
#include "unitward/util.h"

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

int request_contents(const struct control_peer *peer, size_t index, size_t max, char **ret, size_t *ret_size)
{
        int fd = index < peer->n_files ? peer->files[index] : -1, seals = fcntl(fd, F_GET_SEALS);
        struct stat st;

        if (seals < 0 || (seals & SEALS) != SEALS || fstat(fd, &st) < 0)
                return -EINVAL;
        if ((uint64_t)st.st_size > max)
                return -EFBIG;
        if (lseek(fd, 0, SEEK_SET) < 0)
                return -errno;
        return read_fd(fd, max, ret, ret_size);
}
