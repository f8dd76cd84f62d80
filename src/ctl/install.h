/* Between the parts of `unitward install'. */
#pragma once

#include "unitward/ctl.h"
#include "unitward/unit_file.h"

/* Appends to list, for the request, the links that enabling the unit of this name and contents means. 0; -EINVAL:
 * *ret_why says why it cannot be enabled and what to do (caller frees); -errno. */
int install_links(const char *unit, const struct unit_file *file, json_t *list, char **ret_why);
