/* Detection: starts and records come together here, on the recorder. */
#include "detection.h"
#include "unitward/util.h"

int detection_new(struct guard *guard, struct detection **ret)
{
        struct detection *detection = calloc(1, sizeof *detection);

        if (!detection)
                return -ENOMEM;
        detection->guard = guard;
        detection->policy = policy_ref(guard->policy);
        *ret = detection;
        return 0;
}

struct detection *detection_free(struct detection *detection)
{
        if (!detection)
                return NULL;
        changes_done(&detection->changes);
        units_forget(&detection->units);
        policy_unref(detection->incoming);
        policy_unref(detection->policy);
        free(detection);
        return NULL;
}

void detection_set_policy(struct detection *detection, struct policy *policy)
{
        policy_unref(__atomic_exchange_n(&detection->incoming, policy_ref(policy), __ATOMIC_ACQ_REL));
}

struct detection_counters detection_counters(const struct detection *detection)
{
        return (struct detection_counters){
                .alerts = __atomic_load_n(&detection->counters.alerts, __ATOMIC_RELAXED),
                .unsaid = __atomic_load_n(&detection->counters.unsaid, __ATOMIC_RELAXED),
                .refused = __atomic_load_n(&detection->counters.refused, __ATOMIC_RELAXED),
                .stopped = __atomic_load_n(&detection->counters.stopped, __ATOMIC_RELAXED),
        };
}

void detection_count_stopped(struct detection *detection)
{
        (void)__atomic_add_fetch(&detection->counters.stopped, 1, __ATOMIC_RELAXED);
}

bool detection_is_enforcing(const struct detection *detection)
{
        return __atomic_load_n(&detection->guard->mode_now, __ATOMIC_RELAXED) == MODE_ENFORCE;
}

static const struct detect_settings *adopt_policy(struct detection *detection)
{
        struct policy *incoming = __atomic_exchange_n(&detection->incoming, NULL, __ATOMIC_ACQ_REL);

        if (incoming) {
                policy_unref(detection->policy);
                detection->policy = incoming;
                units_forget(&detection->units);
                /* What this one refuses is found out anew. */
                verdicts_refuse_no_longer(detection->guard->verdicts, NULL);
        }
        return &policy_settings(detection->policy)->detection;
}

/* ---- Facts ------------------------------------------------------------------------------------------------------ */

static uint64_t age_of(uint64_t then_usec)
{
        const uint64_t now = now_realtime_usec();

        return then_usec < now ? now - then_usec : 0;
}

uid_t start_user(const struct start *start)
{
        return start->user_manager ? start->actor->uid : (uid_t)-1;
}

static struct detect_change change_of(const struct unit_changed *changed)
{
        if (!changed)
                return (struct detect_change){ 0 };
        return (struct detect_change){ .happened = true,
                                       .created = changed->created,
                                       .age_usec = age_of(changed->change.time_usec),
                                       .author = changed->change.author,
                                       .path = changed->change.path };
}

static struct detect_unit unit_facts(const struct unit_known *known, const struct changes_of_unit *changed, bool user)
{
        return (struct detect_unit){ .name = known->name,
                                     .path = known->path,
                                     .user = user,
                                     .transient = known->transient,
                                     .unauthorised = known->unauthorised,
                                     .loaded_unseen = changed->loaded != NULL,
                                     .file = change_of(changed->file),
                                     .drop_in = change_of(changed->drop_in),
                                     .trigger = change_of(changed->trigger),
                                     .contents = known->contents };
}

/* What is known of a unit now, and what became of it; user: as start_user has it. */
static const struct unit_known *look_up(struct detection *detection, const char *name, uid_t user,
                                        struct detect_unit *ret_facts)
{
        const struct unit_known *known =
                units_find(&detection->units, detection->policy, &detection->guard->settler.inventory,
                           &detection->changes, name, user);
        struct changes_of_unit changed;

        changes_find(&detection->changes, name, &changed);
        *ret_facts = unit_facts(known, &changed, user != (uid_t)-1);
        return known;
}

static struct detect_start start_facts(const struct start *start, const struct unit_known *known,
                                       const struct detect_settings *settings)
{
        const struct actor *actor = start->actor;
        struct detect_start facts = { .parent = start->user_manager ? DETECT_PARENT_USER : DETECT_PARENT_SYSTEM,
                                      .parent_pid = start->parent,
                                      .pid = actor->pid,
                                      .uid = actor->uid,
                                      .program = actor->n_ancestry > 0 ? actor->ancestry[0].exe_path : NULL,
                                      .arguments = start->arguments,
                                      .arguments_size = start->arguments_size,
                                      .deleted = start->deleted,
                                      .memfd = start->memfd,
                                      .writable = start->writable,
                                      .temporary = start->temporary,
                                      .not_named = unit_names_not(known, start) };

        if (start->changed_usec > 0 && age_of(start->changed_usec) <= settings->window_usec)
                facts.program_change = (struct detect_change){ .happened = true,
                                                               .created = start->created,
                                                               .age_usec = age_of(start->changed_usec),
                                                               .path = facts.program };
        return facts;
}

/* What takes longer to find out, for what is suspicious without it. */
static void add_package_facts(struct detection *detection, const struct start *start, struct detect_start *facts,
                              struct detect_unit *unit)
{
        struct package_facts found;

        detection_ask_packages(detection->guard->options.package_root, unit->path,
                               start->script ? start->script : facts->program, &found);
        unit->owned = found.unit_owned;
        facts->package_unknown = found.program_unknown;
        facts->package_differs = found.program_differs;
        if (found.program_shipped)
                facts->program_change.author = DETECT_AUTHOR_PACKAGE;
}

/* ---- Judging --------------------------------------------------------------------------------------------- */

void detection_start(struct detection *detection, struct start *start)
{
        const struct detect_settings *settings = adopt_policy(detection);
        const struct unit_known *known;
        struct detect_result result;
        struct detect_start facts;
        struct detect_unit unit;

        if (!settings->enabled || !*start->unit)
                return;
        if (start->followed) {
                story_follow_up(detection, start);
                return;
        }
        known = look_up(detection, start->unit, start_user(start), &unit);
        facts = start_facts(start, known, settings);
        detect_judge(settings, &facts, &unit, detect_process(&facts), &result);
        if (result.outcome == DETECT_NOTHING)
                return;
        add_package_facts(detection, start, &facts, &unit);
        detect_judge(settings, &facts, &unit, detect_process(&facts), &result);
        if (result.outcome > DETECT_NOTHING)
                story_tell(detection, &result, start, known);
}

/* ---- Records --------------------------------------------------------------------------------------------- */

/* Before anything is started: programs of a unit that would be refused are refused the first time too. */
static void judge_ahead(struct detection *detection, const char *name)
{
        const struct detect_settings *settings = &policy_settings(detection->policy)->detection;
        const struct detect_start facts = { .parent = DETECT_PARENT_SYSTEM, .parent_pid = 1 };
        const struct unit_known *known;
        struct detect_result result;
        struct detect_unit unit;

        if (!settings->enabled || (settings->deny_score == 0 && settings->stop_score == 0) ||
            !detection_is_enforcing(detection) || !ends_with(name, ".service"))
                return;
        known = look_up(detection, name, (uid_t)-1, &unit);
        detect_judge(settings, &facts, &unit, 0, &result);
        for (char **program = known->programs; result.outcome >= DETECT_DENY && program && *program; program++)
                verdicts_refuse_program(detection->guard->verdicts, *program, name, false);
}

void detection_record(struct detection *detection, struct record *record)
{
        if (!detection)
                return;
        (void)adopt_policy(detection);
        story_adopt(detection, record);
        if (!changes_note(&detection->changes, record))
                return;
        units_forget(&detection->units);
        verdicts_refuse_no_longer(detection->guard->verdicts, record->unit);
}

void detection_settled(struct detection *detection, const char *path)
{
        const struct unit_changed *changed = detection ? changes_of_path(&detection->changes, path) : NULL;

        if (!changed)
                return;
        units_forget(&detection->units);
        judge_ahead(detection, changed->unit);
}
