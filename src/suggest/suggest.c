/* From an event log to suggestions: what was refused is kept once for all that is alike, then judged in the light of
 * all. */
#include "suggest_internal.h"

#define RUN_USEC UINT64_C(10000000) /* so long after a run a manager may still do what it asked for */

struct suggest *suggest_new(const struct suggest_options *options, struct policy *policy)
{
        struct suggest *suggest = calloc(1, sizeof *suggest);

        if (!suggest)
                return NULL;
        suggest->options = *options;
        suggest->policy = policy_ref(policy);
        suggest->recorded = calloc(1, sizeof *suggest->recorded);
        return suggest->recorded ? suggest : suggest_free(suggest);
}

static struct observation *observation_free(struct observation *observation)
{
        if (observation) {
                json_decref(observation->event);
                free(observation->key);
                free(observation->unit);
                free(observation->path);
                free(observation->pattern);
                free(observation->actor);
                free(observation->command);
                free(observation);
        }
        return NULL;
}

struct suggest *suggest_free(struct suggest *suggest)
{
        struct observation *observation, *next;

        if (!suggest)
                return NULL;
        result_done(&suggest->result);
        groups_free(suggest);
        HASH_ITER(hh, suggest->observations, observation, next) {
                HASH_DEL(suggest->observations, observation);
                observation_free(observation);
        }
        alerts_forget(suggest);
        string_list_done(&suggest->texts);
        free(suggest->recorded);
        (void)policy_unref(suggest->policy);
        free(suggest);
        return NULL;
}

const char *suggest_text(struct suggest *suggest, char *text)
{
        char **slot = text ? array_grow(&suggest->texts.items, &suggest->texts.n, sizeof *slot) : NULL;

        if (!slot) {
                free(text);
                suggest->out_of_memory = true;
                return "";
        }
        *slot = text;
        return text;
}

/* ---- One event ---------------------------------------------------------------------------------------- */

static char *ancestry_text(const struct actor *actor)
{
        char *text = strdup("");

        for (size_t i = 0; text && i < actor->n_ancestry; i++) {
                char *longer = format("%s %s@%s", text, actor->ancestry[i].exe_path,
                                      actor->ancestry[i].unit ? actor->ancestry[i].unit : "");

                free(text);
                text = longer;
        }
        return text;
}

static char *request_text(const struct recorded *recorded)
{
        const struct command_request *request = &recorded->request;
        char *text = format("%d%d%d", (int)request->scope, request->unclear, request->units_unknown);

        for (size_t i = 0; text && i < request->n_verbs + request->n_units; i++) {
                const char *word = i < request->n_verbs ? request->verbs[i].name : request->units[i - request->n_verbs];
                char *longer = format("%s %s", text, word);

                free(text);
                text = longer;
        }
        return text;
}

/* Equal for what is decided alike by any policy. */
static char *key_of(const struct recorded *recorded, const struct observation *follows)
{
        const struct actor *actor = &recorded->actor;
        const struct access *access = &recorded->access;
        _cleanup_free_ char *ancestry = ancestry_text(actor), *request = NULL;

        if (access->operation == OPERATION_EXEC)
                request = request_text(recorded);
        if (!ancestry || (access->operation == OPERATION_EXEC && !request))
                return NULL;
        return format("%d %d %d%d%d %u %u %u %s|%s|%s|%s|%s|%s|%p", (int)access->operation, access->zone, actor->known,
                      actor->manager, actor->user_manager, actor->uid, actor->gid, actor->login_uid, ancestry,
                      recorded->path, access->unit ? access->unit : "", access->command ? access->command : "",
                      access->client ? access->client : "", request ? request : "", (const void *)follows);
}

static bool effects_fit(const struct observation *run, const struct access *access)
{
        unsigned wanted = access->place == PLACE_TRANSIENT ? COMMAND_WRITES_TRANSIENT : COMMAND_WRITES_UNITS;

        return run->effects & wanted;
}

/* The latest run that was refused, and let pass in audit mode, and that asked for this. */
static struct observation *find_run(const struct suggest *suggest, const struct recorded *recorded)
{
        const struct access *access = &recorded->access;
        size_t n = suggest->n_runs < ARRAY_SIZE(suggest->runs) ? suggest->n_runs : ARRAY_SIZE(suggest->runs);

        if (access->operation == OPERATION_EXEC || access->client || access->command ||
            !(recorded->actor.manager || recorded->actor.user_manager))
                return NULL;
        for (size_t i = 0; i < n; i++) {
                struct observation *run = suggest->runs[(suggest->n_runs - 1 - i) % ARRAY_SIZE(suggest->runs)];

                if (effects_fit(run, access) && (run->units_unknown || streq(run->unit, access->unit)) &&
                    recorded->time_usec >= run->last_usec && recorded->time_usec - run->last_usec <= RUN_USEC)
                        return run;
        }
        return NULL;
}

static void describe(struct suggest *suggest, struct recorded *recorded, struct observation *observation)
{
        const struct access *access = &recorded->access;

        observation->operation = access->operation;
        observation->zone = access->zone;
        observation->place = access->place;
        observation->unit = strdup(access->unit ? access->unit : "");
        observation->path = strdup(recorded->path);
        observation->pattern = recorded_pattern(access);
        observation->actor = recorded_actor_words(&recorded->actor);
        observation->command = access->command ? strdup(access->command) : NULL;
        if (!observation->unit || !observation->path || !observation->pattern || !observation->actor ||
            (access->command && !observation->command))
                suggest->out_of_memory = true;
        if (access->operation != OPERATION_EXEC)
                return;
        observation->effects = recorded->request.effects;
        observation->units_unknown = recorded->request.units_unknown || recorded->request.n_units != 1;
}

static struct observation *observe_new(struct suggest *suggest, json_t *event, struct recorded *recorded, char *key,
                                       struct observation *follows)
{
        struct observation *observation = calloc(1, sizeof *observation);

        if (!observation)
                return NULL;
        observation->key = key;
        observation->event = json_incref(event);
        observation->follows = follows;
        describe(suggest, recorded, observation);
        if (!suggest->out_of_memory)
                HASH_ADD_KEYPTR(hh, suggest->observations, observation->key, strlen(observation->key), observation);
        if (suggest->out_of_memory || !HASH_ADDED(hh, observation)) {
                observation->key = NULL; /* the caller's */
                return observation_free(observation);
        }
        anchor_find(suggest, recorded, observation);
        doubt_object(suggest, recorded, observation);
        return observation;
}

static void count(struct observation *observation, const struct recorded *recorded)
{
        const uint64_t usec = recorded->time_usec;

        if (observation->n == 0 || usec < observation->first_usec)
                observation->first_usec = usec;
        observation->n += recorded->times;
        if (usec > observation->last_usec)
                observation->last_usec = usec;
}

static int observe(struct suggest *suggest, json_t *event, struct recorded *recorded)
{
        struct observation *follows = find_run(suggest, recorded), *observation;
        _cleanup_free_ char *key = key_of(recorded, follows);

        if (!key)
                return -ENOMEM;
        HASH_FIND_STR(suggest->observations, key, observation);
        if (!observation && HASH_COUNT(suggest->observations) >= SUGGEST_OBSERVATIONS_MAX) {
                suggest->result.n_ignored++;
                return 0;
        }
        if (!observation) {
                observation = observe_new(suggest, event, recorded, key, follows);
                if (!observation)
                        return -ENOMEM;
                key = NULL;
        }
        count(observation, recorded);
        if (observation->operation == OPERATION_EXEC)
                suggest->runs[suggest->n_runs++ % ARRAY_SIZE(suggest->runs)] = observation;
        return 0;
}

int suggest_take(struct suggest *suggest, json_t *event)
{
        struct recorded *recorded = suggest->recorded;
        struct suggest_result *result = &suggest->result;
        int r = recorded_read(suggest->policy, event, recorded);

        if (r < 0)
                return r;
        if (recorded->kind == RECORDED_TELLS)
                return alerts_learn(suggest, event);
        if (recorded->kind != RECORDED_DECISION || recorded_decide(suggest->policy, recorded).outcome == OUTCOME_ALLOW)
                return 0;
        if (result->n_records == 0 || recorded->time_usec < result->first_usec)
                result->first_usec = recorded->time_usec;
        result->n_records += recorded->times;
        if (recorded->time_usec > result->last_usec)
                result->last_usec = recorded->time_usec;
        return observe(suggest, event, recorded);
}

int suggest_conclude(struct suggest *suggest, const struct suggest_result **ret)
{
        int r;

        doubt_whole(suggest);
        r = groups_make(suggest);
        if (r == 0)
                r = verify(suggest);
        if (r == 0)
                r = result_make(suggest);
        if (r == 0 && suggest->out_of_memory)
                r = -ENOMEM;
        if (r == 0)
                *ret = &suggest->result;
        return r;
}
