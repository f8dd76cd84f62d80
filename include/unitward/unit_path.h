/* systemd's unit search path, as libsystemd says it (sd_path_lookup). Reads the environment and, below
 * libsystemd, a few links; not for the verdict path. */
#pragma once

#include <limits.h>
#include <stdbool.h>

#include "unitward/access.h"

enum unit_scope { UNIT_SCOPE_SYSTEM, UNIT_SCOPE_USER };

/* The directories, most important first, in a NULL-terminated vector (release with unit_path_free). For
 * UNIT_SCOPE_USER only those that are every user's: none below a home or a runtime directory, where the
 * answer would depend on who asks. 0 or -errno. */
int unit_path_search(enum unit_scope scope, char ***ret);
void unit_path_free(char ***directories);

/* The file of the same name that systemd would take if this one were not there: in the next directory of the system's
 * or of every user's search path that has one. False: there is none, or not that kind of directory. Asks the disk. */
bool unit_path_outranked(const char *path, char ret[static PATH_MAX]);

/* What lies in a directory of the search path, told by its last component: "transient" and "*.control"
 * PLACE_TRANSIENT, "generator*" PLACE_GENERATED, else PLACE_UNITS. */
enum place unit_path_place(const char *directory);

/* What comes and goes with a boot or with the manager: below /run, transient and generated units. By its name alone. */
bool unit_path_is_volatile(const char *path);
