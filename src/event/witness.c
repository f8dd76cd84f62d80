#include <fcntl.h>

#include "unitward/util.h"
#include "unitward/witness.h"

static const char *const programs[] = {
        "/usr/bin/ln",       "/usr/bin/mv",      "/usr/bin/cp",       "/usr/bin/rm",        "/usr/bin/mkdir",
        "/usr/bin/rmdir",    "/usr/bin/unlink",  "/usr/bin/link",     "/usr/bin/chmod",     "/usr/bin/chown",
        "/usr/bin/chgrp",    "/usr/bin/install", "/usr/bin/touch",    "/usr/bin/mknod",     "/usr/bin/mkfifo",
        "/usr/bin/truncate", "/usr/bin/setfacl", "/usr/bin/setfattr", "/usr/bin/rename.ul",
};
_Static_assert(ARRAY_SIZE(programs) <= WITNESS_PROGRAMS_MAX, "as many inodes as programs");

void witness_refresh(struct witness *witness, const struct fan_groups *groups)
{
        for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
                struct stat st;

                if (stat(programs[i], &st) < 0 || file_id_equal(witness->marked[i], file_id_of(&st)))
                        continue;

                _cleanup_close_ int fd = open(programs[i], O_PATH | O_CLOEXEC);
                if (fd < 0 || fan_groups_mark(groups, FAN_MARK_WITNESS, fd) < 0)
                        continue;
                witness->marked[i] = file_id_of(&st);
                if (witness->asking)
                        (void)fan_groups_mark(groups, FAN_MARK_WITNESS_ASKING, fd);
        }
}

void witness_ask(struct witness *witness, const struct fan_groups *groups, bool asking)
{
        if (witness->asking == asking)
                return;
        witness->asking = asking;
        for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
                _cleanup_close_ int fd = open(programs[i], O_PATH | O_CLOEXEC);

                if (fd < 0)
                        continue;
                if (asking)
                        (void)fan_groups_mark(groups, FAN_MARK_WITNESS_ASKING, fd);
                else
                        fan_groups_unmark(groups, FAN_MARK_WITNESS_ASKING, fd);
        }
}
