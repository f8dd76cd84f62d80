#pragma once

#include "unitward/golden.h"

struct golden {
        int fd; /* the directory */
};
