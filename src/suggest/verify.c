/* A suggestion is a promise: everything recorded is decided again under it before it is made. A rule that would also
 * let through what is not to be is no suggestion. */
#include "suggest_internal.h"

#define NAME "suggested.conf"

static const char too_wide[] = "a rule for it would let through others of this list as well: they cannot be told apart";
static const char refused[] =
        "no policy can be written for it here: its program is not to be believed, see unitward check";
static const char no_room[] = "a policy has no room for more actors or rules, and this is the rarest";
static const char remains[] = "a rule for it was tried, and another one still refuses it";
static const char follows[] =
        "systemd would write it for a run that is allowed then, and no rule lets it: see client in "
        "unitward.conf(5)";

void group_give_up(struct group *group, const char *why)
{
        free(group->text);
        group->text = NULL;
        for (size_t i = 0; i < group->n; i++)
                group->items[i]->doubt = why;
}

static bool is_written(const struct group *group, const struct group *only)
{
        return group->text && (!only || group == only);
}

/* One actor may be named by several rules. */
static bool is_first_with_actor(const struct suggest *suggest, const struct group *group, const struct group *only)
{
        for (const struct group *other = suggest->groups; other != group; other = other->hh.next)
                if (is_written(other, only) && streq(other->actor, group->actor))
                        return false;
        return group->actor_text;
}

char *groups_text(const struct suggest *suggest, const struct group *only)
{
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);
        const char *separator = "";

        if (!out)
                return NULL;
        fputs("actors: {\n", out);
        for (const struct group *group = suggest->groups; group; group = group->hh.next)
                if (is_written(group, only) && is_first_with_actor(suggest, group, only))
                        fprintf(out, "%s: %s;\n", group->actor, group->actor_text);
        fputs("};\nrules = (\n", out);
        for (const struct group *group = suggest->groups; group; group = group->hh.next) {
                if (!is_written(group, only))
                        continue;
                fprintf(out, "%s%s", separator, group->text);
                separator = ",\n";
        }
        fputs("\n);\n", out);
        if (fclose(out) == 0)
                return text;
        free(text);
        return NULL;
}

static int load(const struct suggest *suggest, const struct group *only, struct policy **ret)
{
        _cleanup_free_ char *text = groups_text(suggest, only);
        struct policy_report report;
        int r;

        if (!text)
                return -ENOMEM;
        r = policy_load_with_text(suggest->options.policy_path, NAME, text, suggest->options.flags, ret, &report);
        policy_report_done(&report);
        if (r == 0)
                policy_stand_in(*ret);
        return r;
}

/* One by one: those that the loader or the lint refuses. */
static int give_up_refused(struct suggest *suggest)
{
        for (struct group *group = suggest->groups; group; group = group->hh.next) {
                struct policy *policy = NULL;
                int r = load(suggest, group, &policy);

                (void)policy_unref(policy);
                if (r == -ENOMEM)
                        return r;
                if (r < 0)
                        group_give_up(group, refused);
        }
        return 0;
}

/* What a manager did for a run is done for a permitted one, where that is permitted now. */
static struct verdict decide(struct suggest *suggest, const struct policy *policy,
                             const struct observation *observation)
{
        struct recorded *recorded = suggest->recorded;
        const struct observation *run = observation->follows;
        struct verdict verdict = { OUTCOME_DENY, "" };
        const char *client = NULL;
        int index;

        if (run) {
                if (recorded_read(policy, run->event, recorded) < 0 ||
                    recorded_decide(policy, recorded).outcome != OUTCOME_ALLOW)
                        return verdict;
                index = policy_command_index(policy, run->command);
                client = index >= 0 ? policy_command_name(policy, (size_t)index) : NULL;
        }
        if (recorded_read(policy, observation->event, recorded) < 0)
                return verdict;
        if (client)
                recorded->access.client = client;
        return recorded_decide(policy, recorded);
}

/* True when a group was given up, and all has to be tried again. */
static bool find_too_wide(struct suggest *suggest, const struct policy *policy)
{
        bool any = false;

        for (const struct observation *each = suggest->observations; each; each = each->hh.next) {
                struct verdict verdict;
                struct group *group;

                if (!each->doubt)
                        continue;
                verdict = decide(suggest, policy, each);
                group = verdict.outcome == OUTCOME_ALLOW ? group_find(suggest, verdict.rule) : NULL;
                if (group && each->is_attackers)
                        group_give_up(group, too_wide);
                any |= group && each->is_attackers;
        }
        return any;
}

static void count(struct suggest *suggest, const struct policy *policy)
{
        suggest->result.n_allowed = 0;
        for (struct observation *each = suggest->observations; each; each = each->hh.next) {
                if (decide(suggest, policy, each).outcome == OUTCOME_ALLOW)
                        suggest->result.n_allowed += each->n;
                else if (!each->doubt)
                        each->doubt = each->follows ? follows : remains;
        }
}

/* A run of which nothing is suggested any more: neither is what systemd did for it. */
static void doubt_followers(struct suggest *suggest)
{
        for (struct observation *each = suggest->observations; each; each = each->hh.next)
                if (each->follows && each->follows->doubt) {
                        each->doubt = each->follows->doubt;
                        each->is_attackers = each->follows->is_attackers;
                }
}

/* Each can be loaded, and all together not: they are too many. False: there is none left. */
static bool give_up_rarest(struct suggest *suggest)
{
        struct group *rarest = NULL;

        for (struct group *group = suggest->groups; group; group = group->hh.next)
                if (group->text && (!rarest || group->seen < rarest->seen))
                        rarest = group;
        if (rarest)
                group_give_up(rarest, no_room);
        return rarest;
}

int verify(struct suggest *suggest)
{
        bool again = true;
        int r = give_up_refused(suggest);

        while (r == 0 && again) {
                struct policy *policy = NULL;

                doubt_followers(suggest);
                r = load(suggest, NULL, &policy);
                if (r < 0 && r != -ENOMEM && give_up_rarest(suggest))
                        r = 0;
                if (!policy)
                        continue;
                again = find_too_wide(suggest, policy);
                if (!again)
                        count(suggest, policy);
                (void)policy_unref(policy);
        }
        return r == -ENOMEM ? r : r < 0 ? -EINVAL : 0;
}
