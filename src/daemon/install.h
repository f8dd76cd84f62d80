/* Between the parts of `install': requests_install.c reads and checks a request, install_piece.c puts in place. */
#pragma once

#include "requests_internal.h"

/* One name to be: a file with contents or a link, in the directory or one below it. */
struct piece {
        char *name;
        char *below; /* "x.service.d", "multi-user.target.wants"; NULL: in the directory itself */
        char *path;
        char *data; /* a file's contents */
        size_t size;
        char *target; /* a link's */
        struct subject subject;
        struct verdict verdict;
};

struct install {
        struct guard *guard;
        struct actor *actor;
        struct directory *directory;
        bool force;
        size_t n;
        struct piece *pieces;
};

/* Under a temporary name, flushed, renamed into place, authorised; its directory too where that is missing. One that is
 * there and is not authorised is left alone: -EPERM. 0 or -errno. */
int install_piece(const struct install *install, const struct piece *piece);
