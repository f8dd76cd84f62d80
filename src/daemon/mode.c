/* Which mode counts. No I/O here but the clock. */
#include <time.h>

#include "unitward/mode.h"
#include "unitward/util.h"

static const struct {
        const char *name, *why, *remedy;
} sources[] = {
        [MODE_FROM_OPTION] = { "option", "it was started with --audit", "start it without --audit" },
        [MODE_FROM_COMMAND_LINE] = { "command-line", "unitward.mode=audit is on the kernel's command line",
                                     "boot without it" },
        [MODE_FROM_REVIEW] = { "review", "nobody has said yet that what is there is authorised",
                               "unitward baseline --review, then: unitward baseline --take" },
        [MODE_FROM_OVERRIDE] = { "override", NULL, "unitward enforce" },
        [MODE_FROM_POLICY] = { "policy", NULL, NULL },
};

const char *mode_source_name(enum mode_source source)
{
        return sources[source].name;
}

const char *mode_remedy(enum mode_source source)
{
        return sources[source].remedy;
}

static enum mode_source source_of(const struct mode_claims *claims)
{
        if (claims->option)
                return MODE_FROM_OPTION;
        if (claims->command_line)
                return MODE_FROM_COMMAND_LINE;
        if (claims->unreviewed)
                return MODE_FROM_REVIEW;
        return claims->override.given ? MODE_FROM_OVERRIDE : MODE_FROM_POLICY;
}

uint64_t mode_enforced_until(const struct mode_claims *claims)
{
        const struct mode_override *override = &claims->override;

        switch (source_of(claims)) {
        case MODE_FROM_POLICY:
                return MODE_AS_POLICY;
        case MODE_FROM_OVERRIDE:
                return override->mode == MODE_AUDIT ? MODE_NEVER
                       : override->until_usec       ? override->until_usec
                                                    : MODE_ALWAYS;
        case MODE_FROM_OPTION:
        case MODE_FROM_COMMAND_LINE:
        case MODE_FROM_REVIEW:
                break;
        }
        return MODE_NEVER;
}

struct mode_ruling mode_rule(const struct mode_claims *claims, uint64_t now_usec)
{
        uint64_t until = mode_enforced_until(claims);
        enum mode mode = now_usec < until ? MODE_ENFORCE : MODE_AUDIT;

        return (struct mode_ruling){ until == MODE_AS_POLICY ? claims->policy : mode, source_of(claims) };
}

bool mode_is_trial(const struct mode_override *override)
{
        return override->given && override->mode == MODE_ENFORCE && override->until_usec;
}

bool mode_override_follow(struct mode_override *override, enum mode policy)
{
        if (!override->given || override->policy == policy)
                return false;
        *override = (struct mode_override){ 0 };
        return true;
}

/* Back to audit mode: what the policy says, or what has to be said in its place. */
bool mode_override_expire(struct mode_override *override, uint64_t now_usec)
{
        if (!mode_is_trial(override) || now_usec < override->until_usec)
                return false;
        override->mode = MODE_AUDIT;
        override->until_usec = 0;
        override->given = override->policy != MODE_AUDIT;
        return true;
}

/* ---- For people ---------------------------------------------------------------------------------------- */

static uint64_t to_realtime(const struct mode_override *override, uint64_t now_usec, uint64_t now_realtime_usec)
{
        return override->until_usec > now_usec ? now_realtime_usec + (override->until_usec - now_usec)
                                               : now_realtime_usec;
}

static char *explain_trial(const struct mode_override *override, uint64_t until_realtime_usec)
{
        time_t seconds = (time_t)(until_realtime_usec / 1000000u);
        char text[32] = "";
        struct tm tm;

        if (localtime_r(&seconds, &tm))
                (void)strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm);
        return format("policy says %s, enforced until %s unless confirmed by: unitward confirm",
                      mode_name(override->policy), text);
}

char *mode_explain(const struct mode_claims *claims, uint64_t now_usec, uint64_t now_realtime_usec)
{
        const struct mode_override *override = &claims->override;
        enum mode_source source = source_of(claims);

        if (source == MODE_FROM_POLICY)
                return format("policy says %s", mode_name(claims->policy));
        if (source != MODE_FROM_OVERRIDE)
                return format("policy says %s, audits because %s", mode_name(claims->policy), sources[source].why);
        if (mode_is_trial(override))
                return explain_trial(override, to_realtime(override, now_usec, now_realtime_usec));
        return format("policy says %s, %s by %s until it says something else, or a reboot", mode_name(claims->policy),
                      override->mode == MODE_ENFORCE ? "enforced" : "set to audit", override->by);
}

json_t *mode_to_json(const struct mode_claims *claims)
{
        uint64_t now = now_boottime_usec(), now_realtime = now_realtime_usec();
        struct mode_ruling ruling = mode_rule(claims, now);
        _cleanup_free_ char *why = mode_explain(claims, now, now_realtime);
        const char *remedy = ruling.mode == MODE_AUDIT ? mode_remedy(ruling.source) : NULL;
        json_t *result = json_pack("{s:s, s:s, s:s, s:s*, s:s*}", "mode", mode_name(ruling.mode), "source",
                                   mode_source_name(ruling.source), "policy", mode_name(claims->policy), "why", why,
                                   "remedy", remedy);

        if (!result || ruling.source != MODE_FROM_OVERRIDE)
                return result;
        (void)json_object_set_new(result, "by", json_string(claims->override.by));
        (void)json_object_set_new(result, "confirmed", json_boolean(!mode_is_trial(&claims->override)));
        if (mode_is_trial(&claims->override))
                (void)json_object_set_new(result, "until_usec",
                                          json_integer((json_int_t)to_realtime(&claims->override, now, now_realtime)));
        return result;
}
