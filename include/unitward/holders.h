/* Who has a file open for writing, or mapped so that he may write: looked for in /proc, for those that a lease has shown
 * to be held by somebody. Opens nothing but directories of /proc. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "unitward/file_id.h"

struct holders_search {
        const struct file_id *files;
        size_t n_files;
        const bool *stopping;  /* atomic: another thread wants it to end */
        uint64_t deadline_usec;/* CLOCK_MONOTONIC */
        /* Once for each process, file and way: by a descriptor, or by a shared mapping. */
        void (*found)(void *userdata, size_t file, pid_t pid, bool mapped);
        void *userdata;
};

/* All processes but this one, their threads' own tables too. 0; -ETIME: the deadline passed; -ECANCELED; -errno. */
int holders_find(const struct holders_search *search);
