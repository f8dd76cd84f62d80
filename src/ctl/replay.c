/* A recorded day, decided again. */
#include "unitward/ctl.h"

#include "replay.h"

enum replay_change replay_change_of(const struct recorded *recorded, struct verdict verdict)
{
        bool allowed = recorded->outcome == OUTCOME_ALLOW, allows = verdict.outcome == OUTCOME_ALLOW;

        if (allowed != allows)
                return allows ? REPLAY_ALLOWED : REPLAY_REFUSED;
        if (recorded->outcome != verdict.outcome)
                return REPLAY_OTHERWISE;
        return streq(recorded->rule, verdict.rule) ? REPLAY_SAME : REPLAY_RULE;
}

static void count(struct replay *replay, const struct recorded *recorded)
{
        for (unsigned i = 0; i < RECORDED_ASSUMPTIONS; i++)
                replay->assumed[i] += (recorded->assumptions >> i) & 1 ? recorded->times : 0;
        if (replay->first_usec == 0 || recorded->time_usec < replay->first_usec)
                replay->first_usec = recorded->time_usec;
        if (recorded->time_usec > replay->last_usec)
                replay->last_usec = recorded->time_usec;
}

static int decide_again(const json_t *event, void *userdata)
{
        struct replay *replay = userdata;
        struct recorded *recorded = replay->recorded;
        enum replay_change change;
        struct verdict verdict;
        int r = recorded_read(replay->policy, event, recorded);

        if (r < 0)
                return r;
        replay->kinds[recorded->kind] += recorded->times;
        if (recorded->kind != RECORDED_DECISION)
                return 0;
        count(replay, recorded);
        verdict = recorded_decide(replay->policy, recorded);
        change = replay_change_of(recorded, verdict);
        replay->changed[change] += recorded->times;
        return change == REPLAY_SAME ? 0 : replay_groups_add(replay->groups, replay->policy, recorded, verdict);
}

static int status_of(const struct replay *replay, int error)
{
        bool changes =
                replay->changed[REPLAY_REFUSED] || replay->changed[REPLAY_ALLOWED] || replay->changed[REPLAY_OTHERWISE];

        return error < 0 || changes || replay->log.n_malformed > 0 ? CTL_FINDING : CTL_OK;
}

int replay_run(struct policy *policy, char *const *files, size_t n_files, bool json)
{
        struct replay replay = { .policy = policy,
                                 .recorded = calloc(1, sizeof *replay.recorded),
                                 .groups = replay_groups_new() };
        int r = -ENOMEM;

        policy_stand_in(policy);
        if (replay.recorded && replay.groups)
                r = recorded_log_read(&replay.log, files, n_files, decide_again, &replay);
        else
                ctl_error(NULL, "%s", strerror(ENOMEM));
        if (r == 0 && json)
                replay_print_json(&replay);
        else if (r == 0)
                replay_print(&replay);
        recorded_log_complain(&replay.log);
        replay_groups_free(replay.groups);
        free(replay.log.first_malformed);
        free(replay.recorded);
        return status_of(&replay, r);
}
