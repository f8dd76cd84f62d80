/* Which mode counts, and why: this is the one place that says so.
 *
 * The policy's mode counts unless somebody has said otherwise. The policy's file belongs to who manages the
 * configuration, so "unitward enforce" and "unitward audit" do not write it: what they say is kept in the runtime
 * directory, for as long as the machine runs and the policy's file says the same as then. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "unitward/policy.h"

/* Who has the say, the strongest first. All but the last two are for audit mode. */
enum mode_source {
        MODE_FROM_OPTION,       /* unitwardd --audit */
        MODE_FROM_COMMAND_LINE, /* unitward.mode=audit */
        MODE_FROM_REVIEW,       /* nobody has said yet that what is there is authorised, or the ledger was lost */
        MODE_FROM_OVERRIDE,     /* unitward enforce, unitward audit */
        MODE_FROM_POLICY,
};
const char *mode_source_name(enum mode_source source);

#define MODE_BY_MAX 256

/* What an administrator said. */
struct mode_override {
        bool given;
        enum mode mode;
        enum mode policy;       /* what the policy said then: as soon as it says something else, that counts */
        uint64_t until_usec;    /* CLOCK_BOOTTIME: from then on audit mode; 0: confirmed, or audit mode already */
        char by[MODE_BY_MAX];   /* who, for people */
};

struct mode_claims {
        bool option, command_line;
        bool unreviewed;        /* atomic: the recorder reads it too */
        struct mode_override override;
        enum mode policy;
};

struct mode_ruling {
        enum mode mode;
        enum mode_source source;
};

/* Pure. now: CLOCK_BOOTTIME. */
struct mode_ruling mode_rule(const struct mode_claims *claims, uint64_t now_usec);

/* The same for a thread that knows the policy's mode itself, in one word that can be exchanged atomically: until when it
 * enforces, CLOCK_BOOTTIME. */
#define MODE_AS_POLICY 0u              /* as the policy that it decides by says */
#define MODE_NEVER 1u                  /* it audits: that time is long past */
#define MODE_ALWAYS UINT64_MAX
uint64_t mode_enforced_until(const struct mode_claims *claims);

/* True while somebody has to say "unitward confirm", or it goes back to audit mode. */
bool mode_is_trial(const struct mode_override *override);

/* What is left of an override when the policy says this mode, and at this time. True: it has changed. */
bool mode_override_follow(struct mode_override *override, enum mode policy);
bool mode_override_expire(struct mode_override *override, uint64_t now_usec);

/* Why, for people: "policy says audit, enforced until ..."; without a final stop. Caller frees; NULL: no memory. */
char *mode_explain(const struct mode_claims *claims, uint64_t now_usec, uint64_t now_realtime_usec);

/* What to do so that it enforces, where it audits for another reason than the policy's; NULL: no such reason. */
const char *mode_remedy(enum mode_source source);

/* {mode, source, why, remedy, policy, confirmed, until_usec (since 1970), by}: what does not apply is left out. NULL: no
 * memory. */
json_t *mode_to_json(const struct mode_claims *claims);

/* ---- What survives a death of the daemon: DIRECTORY/mode, JSON, root's alone; not a reboot. */

/* Whole or not at all. 0 or -errno. */
int mode_file_write(const char *directory, const struct mode_override *override);
int mode_file_remove(const char *directory);

/* 0, and not given when there is none, or one of another boot. -EBADMSG: it cannot be one; other -errno. */
int mode_file_read(const char *directory, struct mode_override *ret);

/* Its text, in the boot of that id. 0; -ESTALE: of another boot; -EBADMSG. */
int mode_override_parse(const char *text, size_t size, const char *boot_id, struct mode_override *ret);
