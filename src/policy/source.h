/* The files of a policy, read and taken apart by libconfig but not yet understood. */
#pragma once

#include <libconfig.h>

#include "policy_internal.h"

struct source {
        char *path;
        char *text;
        size_t size;
        config_t config;
        bool has_config;
};

/* The main file first, then the drop-ins in name order. */
struct sources {
        size_t n;
        struct source *items;
};

/* PATH, its policy.d and, if not NULL, one more drop-in. What is wrong goes into the report; 0, -EPERM or another
 * -errno. Either way the caller's to release. */
int sources_read(struct sources *sources, const char *path, const struct policy_drop_in *drop_in, unsigned flags,
                 struct policy_report *report);

/* One file, without a policy.d. 0 or -errno, and the report says why. */
int sources_add_file(struct sources *sources, const char *path, unsigned flags, struct policy_report *report);

/* One from memory; 0 or -ENOMEM. */
int sources_take_text(struct sources *sources, const char *name, const char *text);

/* Lets libconfig parse them; 0, or -EINVAL and the report says where. */
int sources_parse(struct sources *sources, struct policy_report *report);

/* Of all texts, one after the other; 0 or -ENOMEM. */
int sources_digest(const struct sources *sources, struct digest *ret);
void sources_done(struct sources *sources);
