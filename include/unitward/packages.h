/* The package manager's own records: which package a path belongs to, and what it shipped there.
 *
 * dpkg: its database is read directly (deb(5), dpkg(1): info/ with *.list and *.md5sums, status for the packages
 * and their configuration files, diversions), no program is run. rpm: `rpm` is run with a query of its own, bounded
 * in time. A path is never trusted for its name: only a file whose contents have the recorded digest matches. Root
 * can forge these records: they are asked at a start, for a review and for a rebuild, never for a change that the
 * daemon sees happen.
 * May wait for the disk: not for the verdict path. */
#pragma once

#include <stdbool.h>

#include "unitward/observe.h"

struct packages;

enum package_match {
        PACKAGE_NONE,          /* no package knows the path */
        PACKAGE_MATCHES,       /* owned, and what is there is what the package shipped: a file with its contents, a
                                * directory, a link that deb-systemd-helper recorded, to a unit that matches */
        PACKAGE_DIFFERS,       /* owned, and it is not */
        PACKAGE_UNVERIFIABLE,  /* owned, but the records have nothing to compare it with: another link, mostly */
        PACKAGE_MATCH_COUNT_,
};

const char *package_match_name(enum package_match match); /* "unowned", "matches", "differs", "unverifiable" */

#define PACKAGE_NAME_MAX 256

struct package_owner {
        enum package_match match;
        const char *manager;            /* "dpkg", "rpm"; "" for PACKAGE_NONE */
        char package[PACKAGE_NAME_MAX]; /* "cron 3.0pl1-162", with its version; "" for PACKAGE_NONE */
        bool is_configuration;          /* a conffile: the administrator may have changed it */
        struct digest digest;           /* PACKAGE_MATCHES and a regular file: of the very contents compared */
};

/* root: "" for this system, or a directory that holds another ("/mnt/image"); the paths are as they are seen from
 * here ("/mnt/image/etc/systemd/system"), with links in directories' names followed. Reads only what concerns
 * paths at or below the prefixes (NULL-terminated, absolute), in time proportional to the size of the database.
 * 0, also where there is no package manager (then nothing is owned); -errno. */
int packages_read(const char *root, const char *const *prefixes, struct packages **ret);
/* The same by dpkg's records alone, for who may execute nothing. */
int packages_read_dpkg_of(const char *root, const char *const *prefixes, struct packages **ret);
struct packages *packages_free(struct packages *packages); /* accepts NULL; returns NULL */

/* Whose the path is, with what is there now: PACKAGE_MATCHES means also that it is root's and nobody else may write
 * it. seen may not exist: then PACKAGE_DIFFERS for an owned path. 0, or -errno when it could not be read. */
int packages_match(const struct packages *packages, const char *path, const struct observed *seen,
                   struct package_owner *ret);

/* True when this very version ("cron 3.0pl1-162") is certainly no longer installed: removed, or whole in another
 * version. Not in the middle of an installation, and not when there are no records at all. */
bool packages_removed(const struct packages *packages, const char *package);

/* How many packages are installed, and how many of their files lie below the prefixes. */
size_t packages_count(const struct packages *packages, size_t *ret_files);
