/* Between the parts of the package records: packages.c keeps and compares, packages_dpkg.c and packages_rpm.c read,
 * packages_text.c takes dpkg's files apart, packages_links.c knows what deb-systemd-helper records. */
#pragma once

#include <stdint.h>

#include "unitward/digest.h"
#include "unitward/hash.h"
#include "unitward/packages.h"

#define PACKAGES_FILES_MAX (1u << 20) /* below the prefixes; what is beyond is owned by nobody */

/* Bytes in somebody else's buffer. */
struct slice {
        const char *at;
        size_t n;
};

bool slice_is(struct slice slice, const char *text);
/* Takes the first line off the text, without its newline. False: there is none. */
bool slice_line(struct slice *text, struct slice *ret);

enum package_digest { PACKAGE_DIGEST_NONE, PACKAGE_DIGEST_MD5, PACKAGE_DIGEST_SHA256, PACKAGE_DIGEST_TARGET };

struct package {
        const char *manager;
        char text[PACKAGE_NAME_MAX]; /* "cron 3.0pl1-162"; the name is the part before the space */
        bool there;                  /* its files are in place */
        bool whole;                  /* and it is configured: nothing about it will change by itself */
        bool gone;                   /* the records know it, and it is not installed */
        UT_hash_handle hh;           /* by the name */
};

struct package_file {
        char *path;                  /* on this disk: with the root */
        const struct package *package;
        enum package_digest kind;
        bool is_configuration;
        unsigned char digest[DIGEST_SIZE];
        char *target;                /* PACKAGE_DIGEST_TARGET: rpm knows where its links lead */
        UT_hash_handle hh;
};

struct diversion {
        char *from, *to;             /* without the root, aliases followed */
        char *package;               /* whose own file stays; ":": nobody's does */
};

/* A directory at the root that is a link to another: /lib, which is usr/lib. */
struct alias {
        char *name;                  /* "/lib" */
        char *target;                /* "/usr/lib" */
};

/* What is looked for, or the directory that a single file looked for is in. */
struct prefix {
        char *path;                  /* without the root, aliases followed */
        bool whole;                  /* all that is below it; otherwise only the directory itself */
        UT_hash_handle hh;
};

struct packages {
        char *root;                  /* "" or canonical, without a slash at its end */
        int root_fd;
        struct prefix *prefixes;
        size_t n_aliases;
        struct alias *aliases;
        size_t n_diversions;
        struct diversion *diversions;
        struct package *packages;
        struct package_file *files;
        struct {                     /* the directory of the last listed path: a list goes through them in order */
                bool known, concerned;
                size_t n;            /* of name */
                char name[4096];
                char real[4096];     /* with the root */
        } last;
};

/* ---- packages.c -------------------------------------------------------------------------------------- */

/* name and version make the text. The one that is known by the name already, if there is one. NULL: no memory, or a
 * name that is too long or no name. */
struct package *packages_add(struct packages *packages, const char *manager, struct slice name, struct slice version);
const struct package *packages_find(const struct packages *packages, struct slice name);

/* A path of the package, as the records have it, when a prefix concerns it. 1: it is kept (*ret, which may be another
 * package's that came first); 0: it is not; -ENOMEM. */
int packages_add_file(struct packages *packages, const struct package *package, struct slice path,
                      struct package_file **ret);

/* The file that a recorded path stands for, when it is this package's. */
struct package_file *packages_file(struct packages *packages, const struct package *package, struct slice path);

/* ---- packages_paths.c: what a recorded path is on this disk ------------------------------------------- */

/* Notes the root's own links, and the prefixes. 0 or -errno. */
int packages_open_root(struct packages *packages, const char *root, const char *const *prefixes);

/* What was said to be at from is at to, but for that package's own. 0 or -ENOMEM. */
int packages_divert(struct packages *packages, struct slice from, struct slice to, struct slice package);

/* The path's place on this disk, when a prefix concerns it. 1, 0, or -errno for a path that is none. */
int packages_place(struct packages *packages, const struct package *package, struct slice path,
                   char ret[static 4096]);

/* ---- packages_text.c: dpkg's files, as bytes that somebody may have damaged ------------------------------- */

/* One paragraph of status. */
struct dpkg_status {
        struct slice package, version, architecture, multi_arch, status, conffiles;
};

/* The next paragraph with a package in it; false at the end. */
bool dpkg_next_status(struct slice *text, struct dpkg_status *ret);

/* An unpacked package's files and their digests are in place, whether it is configured or not. */
enum dpkg_state { DPKG_ABSENT, DPKG_UNSETTLED, DPKG_UNPACKED, DPKG_INSTALLED };
enum dpkg_state dpkg_state_of(const struct dpkg_status *status);

int dpkg_take_diversions(struct packages *packages, struct slice text);
/* The number of paths that are kept; -ENOMEM. */
int dpkg_take_list(struct packages *packages, const struct package *package, struct slice text);
void dpkg_take_md5sums(struct packages *packages, const struct package *package, struct slice text);
void dpkg_take_conffiles(struct packages *packages, const struct package *package, struct slice text);

/* ---- packages_dpkg.c, packages_rpm.c: 0, also where there is no such database; -errno ------------------------ */

int packages_read_dpkg(struct packages *packages);
int packages_read_rpm(struct packages *packages);

/* One line of the query's output. 0; -EBADMSG: it is none; -ENOMEM. */
int rpm_take_line(struct packages *packages, const char *line);

/* ---- packages_links.c ---------------------------------------------------------------------------------- */

/* A link, or a directory of links, that no list names: made by a package's script through deb-systemd-helper.
 * PACKAGE_NONE or PACKAGE_MATCHES. */
int packages_match_enabled(const struct packages *packages, const char *path, const struct observed *seen,
                           struct package_owner *ret);
