/* Stories: an alert and what follows it. One for each unit; the same again is only counted. On the recorder. */
#include "detection.h"
#include "lookout.h"
#include "stopping.h"
#include "unitward/util.h"

#define STORY_USEC (UINT64_C(24) * 3600 * 1000000) /* what is not started again for so long begins another */
#define FOLLOW_USEC (10u * 60u * 1000000u)
#define FOLLOW_UPS_MAX 50u
#define ALERTS_A_MINUTE 30u
#define MINUTE_USEC (60u * 1000000u)

/* ---- Stories --------------------------------------------------------------------------------------------- */

static struct story *find_story(struct detection *detection, const char *unit, uid_t user)
{
        const uint64_t now = now_monotonic_usec();

        for (size_t i = 0; i < detection->n_stories; i++) {
                struct story *story = &detection->stories[i];

                if (streq(story->unit, unit) && story->user == user)
                        return story->last_usec + STORY_USEC > now ? story : NULL;
        }
        return NULL;
}

static struct story *begin_story(struct detection *detection, const struct start *start)
{
        struct story *story = &detection->stories[0];

        if (detection->n_stories < DETECTION_STORIES_MAX)
                story = &detection->stories[detection->n_stories++];
        else
                for (size_t i = 1; i < detection->n_stories; i++)
                        if (detection->stories[i].last_usec < story->last_usec)
                                story = &detection->stories[i];
        *story = (struct story){ .user = start_user(start) };
        alert_id_make(story->id);
        (void)string_copy(story->unit, sizeof story->unit, start->unit);
        return story;
}

static bool is_followed(const struct story *story)
{
        return story && story->outcome >= DETECT_ALERT && now_monotonic_usec() < story->follow_until_usec;
}

/* ---- Telling --------------------------------------------------------------------------------------------- */

static void add_change(void *userdata, const struct unit_changed *changed)
{
        _cleanup_free_ char *meaning = changed_meaning(changed);
        struct alert_change change = changed->change;

        if (meaning)
                change.meaning = meaning;
        (void)record_alert_add(userdata, &change);
}

static void take_words(struct record_alert *alert, const char *words, size_t size)
{
        alert->arguments = words ? bytes_duplicate(words, size) : NULL;
        alert->arguments_size = alert->arguments ? size : 0;
}

static void fill(struct detection *detection, struct record *record, const struct start *start,
                 const struct unit_known *known, struct story *story)
{
        struct record_alert *alert = record->start;
        struct changes_of_unit changed;

        record->time_usec = start->time_usec;
        record->mode = __atomic_load_n(&detection->guard->mode_now, __ATOMIC_RELAXED);
        record->actor = actor_ref(start->actor);
        record->path = known && known->path ? strdup(known->path) : NULL;
        (void)string_copy(record->unit, sizeof record->unit, start->unit);
        (void)string_copy(record->alert, sizeof record->alert, story->id);
        alert->starts = story->starts;
        take_words(alert, start->arguments, start->arguments_size);
        if (!known)
                return;
        if (!alert->arguments) {
                take_words(alert, known->command, known->command_size);
                alert->by_unit = alert->arguments;
        }
        (void)string_copy(alert->timer, sizeof alert->timer, known->trigger);
        alert->interval_usec = known->contents.interval_usec;
        changes_find(&detection->changes, start->unit, &changed);
        alert->loaded_usec = changed.loaded_usec;
        changes_each(&detection->changes, start->unit, add_change, alert);
}

static struct record *record_of(struct detection *detection, enum record_kind kind, const struct detect_result *result,
                                const struct start *start, const struct unit_known *known, struct story *story)
{
        struct record *record = record_new(kind);

        if (!record)
                return NULL;
        record->start = record_alert_new(result);
        if (!record->start)
                return record_free(record);
        fill(detection, record, start, known, story);
        return record;
}

/* A flood of them would hide the first. Those that are left out are counted, and the next one says so. */
static bool may_alert(struct detection *detection, struct record *record)
{
        const uint64_t now = now_monotonic_usec();

        if (now > detection->minute_usec + MINUTE_USEC) {
                detection->minute_usec = now;
                detection->in_minute = 0;
        }
        if (detection->in_minute++ >= ALERTS_A_MINUTE) {
                detection->unsaid++;
                (void)__atomic_add_fetch(&detection->counters.unsaid, 1, __ATOMIC_RELAXED);
                return false;
        }
        if (detection->unsaid > 0)
                record->hint =
                        format("%u more alerts were left out before this one: unitward status", detection->unsaid);
        detection->unsaid = 0;
        (void)__atomic_add_fetch(&detection->counters.alerts, 1, __ATOMIC_RELAXED);
        return true;
}

static void write_down(struct detection *detection, struct record *record)
{
        struct guard *guard = detection->guard;

        if (record && (record->kind != RECORD_ALERT || may_alert(detection, record)))
                recorder_write(guard, record);
        record_free(record);
}

/* ---- Doing ------------------------------------------------------------------------------------------------------ */

/* What its processes do from here on belongs to the story. */
static void follow(struct detection *detection, struct story *story, const struct start *start)
{
        story->follow_until_usec = now_monotonic_usec() + FOLLOW_USEC;
        if (!start->denied)
                lookout_follow(detection->guard->lookout, start->actor->pid, story->follow_until_usec);
}

void story_follow_up(struct detection *detection, struct start *start)
{
        const struct detect_result result = { .outcome = DETECT_RECORD };
        struct story *story = find_story(detection, start->unit, start_user(start));

        if (!is_followed(story) || story->follow_ups >= FOLLOW_UPS_MAX)
                return;
        story->follow_ups++;
        write_down(detection, record_of(detection, RECORD_START, &result, start, NULL, story));
}

static void act(struct detection *detection, const struct story *story, const struct detect_result *result,
                const struct start *start, char **programs, struct record *record)
{
        struct guard *guard = detection->guard;

        if (!detection_is_enforcing(detection) || result->outcome < DETECT_DENY)
                return;
        for (char **program = programs; program && *program; program++)
                verdicts_refuse_program(guard->verdicts, *program, start->unit, start->user_manager);
        /* What is refused again and again leaves nothing to stop. */
        if (result->outcome == DETECT_STOP && (!start->denied || !story->refused))
                stopping_add(guard->stopping, start->unit, start_user(start), story->id);
        record->start->done |= start->denied || result->outcome == DETECT_STOP;
}

/* It is an alert once, and once more when it turns out to be worse. */
static bool is_alert(const struct story *story, const struct detect_result *result)
{
        return result->outcome >= DETECT_ALERT && (story->outcome < DETECT_ALERT || result->severity > story->severity);
}

static void remember(struct story *story, const struct detect_result *result, const struct start *start)
{
        story->last_usec = now_monotonic_usec();
        story->reasons |= result->reasons;
        story->refused |= start->denied;
        if (result->outcome > story->outcome)
                story->outcome = result->outcome;
        if (result->severity > story->severity)
                story->severity = result->severity;
}

void story_tell(struct detection *detection, const struct detect_result *result, const struct start *start,
                const struct unit_known *known)
{
        struct story *story = find_story(detection, start->unit, start_user(start));
        bool alert, news;
        struct record *record;

        if (!story)
                story = begin_story(detection, start);
        alert = is_alert(story, result);
        news = alert || result->outcome > story->outcome || (result->reasons & ~story->reasons) != 0 ||
               (start->denied && !story->refused);
        if (alert && story->outcome >= DETECT_ALERT)
                alert_id_make(story->id); /* what comes now follows this one */
        story->starts++;
        if (start->denied)
                (void)__atomic_add_fetch(&detection->counters.refused, 1, __ATOMIC_RELAXED);
        record = record_of(detection, alert ? RECORD_ALERT : RECORD_START, result, start, known, story);
        if (!record)
                return; /* no memory: the next start is told of */
        act(detection, story, result, start, known->programs, record);
        remember(story, result, start);
        if (result->outcome >= DETECT_ALERT)
                follow(detection, story, start);
        if (news)
                write_down(detection, record);
        else
                record_free(record);
}

/* A process of a unit that there is an alert about: what it is refused, or does where it may not, is part of the story.
 */
void story_adopt(struct detection *detection, struct record *record)
{
        const struct actor *actor = record->actor;

        if (!record->decided || *record->alert || !actor)
                return;
        for (size_t i = 0; i < actor->n_ancestry; i++) {
                const char *unit = actor->ancestry[i].unit;
                struct story *story = unit ? find_story(detection, unit, (uid_t)-1) : NULL;

                if (!is_followed(story))
                        continue;
                (void)string_copy(record->alert, sizeof record->alert, story->id);
                return;
        }
}
