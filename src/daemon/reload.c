/* Exchanging the policy between two events: checked in full before anything changes. */
#include "guard_internal.h"
#include "lookout.h"
#include "unitward/util.h"

char *policy_report_text(const struct policy_report *report)
{
        char *text = strdup("");

        for (size_t i = 0; text && i < report->n_findings; i++) {
                char *longer = format("%s%s%s\n", text,
                                      report->findings[i].is_error ? "" : "warning: ", report->findings[i].text);

                free(text);
                text = longer;
        }
        return text;
}

struct handover {
        struct guard *guard;
        struct policy *fresh;
};

static void publish(void *userdata)
{
        struct handover *handover = userdata;

        verdicts_set_policy(handover->guard->verdicts, handover->fresh);
}

/* Zones are numbered in the order they are written, and a new policy may write them in another. */
static int *renumbering(const struct policy *from, const struct policy *to)
{
        size_t n = policy_n_zones(from);
        int *map = calloc(n + 1, sizeof *map);

        for (size_t i = 0; map && i < n; i++) {
                int index = policy_zone_index(to, policy_zone(from, (int)i)->name);

                map[i] = index < 0 ? ZONE_UNPLACED : index;
        }
        return map;
}

/* Takes the reference on fresh. *ret_ended: what an administrator said about the mode no longer counts. */
static int exchange(struct guard *guard, struct policy *fresh, bool *ret_ended)
{
        _cleanup_free_ int *map = renumbering(guard->policy, fresh);
        struct handover handover = { guard, fresh };

        if (!map) {
                policy_unref(fresh);
                return -ENOMEM;
        }
        inventory_renumber(&guard->settler.inventory, map, policy_n_zones(guard->policy), publish, &handover);
        policy_unref(guard->policy);
        guard->policy = fresh;
        guard->policy_loaded_usec = now_realtime_usec();
        guard->policy_generation++;
        guard->settler.policy = fresh;
        detection_set_policy(guard->detection, fresh);
        lookout_set_policy(guard->lookout, fresh);
        *ret_ended = guard_mode_follow(guard);
        guard_mode_publish(guard);
        return 0;
}

static void apply_settings(struct guard *guard)
{
        const struct policy_settings *settings = policy_settings(guard->policy);
        const struct quarantine_limits limits = guard_quarantine_limits(settings);

        quarantine_set_limits(guard->settler.quarantine, &limits);
        outbox_settings(&guard->outbox, &settings->records);
        if (guard->control)
                (void)control_set_group(guard->control, settings->control_gid);
}

static int load(struct guard *guard, struct policy **ret, char **ret_why)
{
        struct policy *fresh = NULL;
        struct policy_report report;
        int r = policy_load(guard->options.policy_path, 0, &fresh, &report);

        *ret_why = policy_report_text(&report);
        policy_report_done(&report);
        if (r == 0)
                r = policy_inherit_exes(fresh, guard->policy);
        if (r < 0) {
                policy_unref(fresh);
                return r;
        }
        *ret = fresh;
        return 0;
}

static bool would_enforce(const struct guard *guard, const struct policy *fresh)
{
        struct mode_claims claims = guard->claims;

        claims.policy = policy_settings(fresh)->mode;
        (void)mode_override_follow(&claims.override, claims.policy);
        return mode_rule(&claims, now_boottime_usec()).mode == MODE_ENFORCE;
}

/* What would be taken away at once, although nobody has looked at it. */
static int refuse_new_places(const struct guard *guard, const struct policy *fresh, char **ret_why)
{
        _cleanup_free_ char *places = NULL;
        int r = would_enforce(guard, fresh) ? new_places(guard->policy, fresh, &places) : 0;

        if (r < 0 || !places)
                return r;
        free(*ret_why);
        *ret_why = format("it protects what was not protected before, and enforces: what is there already is not "
                          "authorised, and would go to quarantine: %s\n"
                          "load it with mode = \"audit\" in a drop-in that comes last, look at it: unitward diff, "
                          "authorise it: unitward baseline --take, and enforce then",
                          places);
        return -EBUSY;
}

int guard_reload(struct guard *guard, char **ret_why)
{
        const struct cause cause = { .actor = NULL };
        enum mode before = guard_mode(guard);
        _cleanup_free_ char *mode = NULL;
        struct policy *fresh;
        bool ended = false;
        int r = own_policy_load(guard, load, &fresh, ret_why);

        free(guard->policy_error);
        guard->policy_error = NULL;
        if (r == 0) {
                r = refuse_new_places(guard, fresh, ret_why);
                if (r < 0)
                        policy_unref(fresh);
        }
        if (r == 0)
                r = exchange(guard, fresh, &ended);
        if (r < 0) {
                guard->policy_error = *ret_why ? strdup(*ret_why) : NULL;
                guard_record(guard, RECORD_POLICY,
                             format("the new policy is refused, the old one stays in force: %s",
                                    *ret_why && **ret_why ? *ret_why : strerror(-r)),
                             format("mend it, try it with: unitward check, then: unitward reload"));
                return r;
        }
        apply_settings(guard);
        /* Whoever may reload has said so; in enforce mode only whom the policy lets could write it. */
        guard->settler.policy_counts = before == MODE_AUDIT || !own_policy_is_guarded(guard);
        (void)territory_renew(&guard->settler, &cause);
        if (guard->settler.policy_counts)
                own_policy_settle(guard);
        guard->settler.policy_counts = false;
        verdicts_look_at_programs(guard->verdicts); /* what was let go may lie where one of them is */
        guard_mode_settle(guard, before);
        outbox_snapshot(&guard->outbox, guard_snapshot_headers(guard));
        mode = mode_explain(&guard->claims, now_boottime_usec(), now_realtime_usec());
        guard_record(guard, RECORD_POLICY,
                     format("policy loaded: %s mode (%s%s), %zu rules, digest %.16s", mode_name(guard_mode(guard)),
                            mode ? mode : "", ended ? ", what the daemon was told before has ended" : "",
                            policy_n_rules(guard->policy), policy_digest(guard->policy)),
                     NULL);
        return 0;
}

/* A package upgrade has replaced a program that the policy names: the same policy, by the new inodes too.
 * Where its text has changed meanwhile, that waits for somebody to ask for it. */
void guard_refresh_programs(struct guard *guard)
{
        _cleanup_free_ char *why = NULL;
        struct policy *fresh;
        bool ended;

        if (load(guard, &fresh, &why) < 0)
                return;
        if (!streq(policy_digest(fresh), policy_digest(guard->policy))) {
                policy_unref(fresh);
                return;
        }
        (void)exchange(guard, fresh, &ended);
}
