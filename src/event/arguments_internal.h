/* Between the two ways to arguments: a caller's memory, and /proc. */
#pragma once

#include <stdint.h>

#include "unitward/arguments.h"

/* The words as they come in. */
struct collection {
        char *text;
        size_t size, room;
        size_t n;
        uint32_t starts[ARGUMENTS_WORDS_MAX + ENVIRONMENT_WORDS_MAX];
};

/* Room for so many bytes more. 0; -E2BIG; -ENOMEM. */
int collection_reserve(struct collection *collection, size_t more);

/* n_arguments of the words are arguments. Takes the text. */
int collection_finish(struct collection *collection, size_t n_arguments, struct arguments **ret);
