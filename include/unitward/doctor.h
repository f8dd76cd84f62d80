/* unitward doctor: what holds on this machine and what does not. Each check says what it found. */
#pragma once

#include <jansson.h>

#include "unitward/capabilities.h"
#include "unitward/policy.h"

enum health { HEALTH_OK, HEALTH_WARN, HEALTH_FAIL, HEALTH_COUNT_ };

struct doctor {
        json_t *status;        /* what the daemon says of itself, or its refusal; NULL: it does not answer */
        int status_result;     /* protocol_call's */
        const char *policy_path; /* given, or the daemon's, or the default */
        struct policy *policy; /* once check_policy has loaded it; otherwise NULL */
        struct capabilities kernel; /* once check_kernel has tried them; otherwise none */
        json_t *findings;      /* [{"level", "what", "consequence", "remedy"}]; NULL: they are printed */
        enum health worst;
};

/* Asks the daemon and runs all checks, in a process that has no threads yet. The struct is all zero, or has findings. */
void doctor_run(struct doctor *doctor, const char *policy_path);
void doctor_done(struct doctor *doctor);

/* what: "kernel 6.18.2". consequence and remedy may be NULL. */
void doctor_say(struct doctor *doctor, enum health health, const char *what, const char *consequence,
                const char *remedy);

/* The same, with more members of the finding for programs. Takes facts, which may be NULL. */
void doctor_say_with(struct doctor *doctor, enum health health, const char *what, const char *consequence,
                     const char *remedy, json_t *facts);

/* What holds in a directory, for this kernel and what its file system can carry: {"create": true, ...}, each of which
 * is the answer to one thing that somebody may try there (tests/integration/78-doctor.sh tries them). NULL: no memory. */
json_t *guarantees_to_json(const struct capabilities *kernel, const struct directory_capabilities *place);
/* The same for people: {"create": "creating a file is refused", ...}. NULL: no memory. */
json_t *guarantees_in_words(void);

/* In the order in which they are run. */
void doctor_check_kernel(struct doctor *doctor);
void doctor_check_limits(struct doctor *doctor);
void doctor_check_manager(struct doctor *doctor);
void doctor_check_policy(struct doctor *doctor);
void doctor_check_places(struct doctor *doctor);
void doctor_check_commands(struct doctor *doctor); /* the policy's gated ones */
void doctor_check_daemon(struct doctor *doctor);
void doctor_check_sandbox(struct doctor *doctor);
void doctor_check_polkit(struct doctor *doctor);
