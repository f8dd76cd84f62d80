/* One run of unitward polkit: what was asked for, and the two files. */
#pragma once

#include "unitward/ctl.h"

#include "polkit.h"

struct polkit_options {
        struct ctl_common common;
        int what; /* an enum key; 0: not said yet */
        const char *policy, *root, *only;
};

enum { POLKIT_RULES, POLKIT_BUS, POLKIT_FILES };

extern const char *const polkit_file_names[POLKIT_FILES]; /* "rules" and "bus" */

struct polkit_job {
        struct polkit_options options;
        struct policy *policy; /* NULL for --remove, which needs none */
        struct polkit_model model;
        struct polkit_file files[POLKIT_FILES];
};

/* The files' places and texts, by options and policy. An enum ctl_exit: what went wrong was said. */
int polkit_job_make(struct polkit_job *job);
void polkit_job_done(struct polkit_job *job); /* releases the policy too */

/* Each an enum ctl_exit. */
int polkit_job_print(struct polkit_job *job);
int polkit_job_check(struct polkit_job *job);
int polkit_job_install(struct polkit_job *job);
int polkit_job_remove(struct polkit_job *job);

/* For these: how the files are on the disk, and what is to be said of that. */
int polkit_job_look(struct polkit_job *job);
json_t *polkit_job_files(const struct polkit_job *job);
json_t *polkit_job_left_out(const struct polkit_job *job);
void polkit_job_tell_left_out(const struct polkit_job *job);
