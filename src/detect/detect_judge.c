/* The decision: from what was started and what is known of its unit to a score. */
#include "detect_internal.h"
#include "unitward/glob.h"
#include "unitward/util.h"

#define HOUR_USEC (UINT64_C(3600) * 1000000)
#define MINUTE_USEC (UINT64_C(60) * 1000000)
#define FIRST_ORDINARY_UID 1000

void detect_settings_default(struct detect_settings *settings)
{
        *settings = (struct detect_settings){
                .enabled = true,
                .window_usec = 7 * 24 * HOUR_USEC,
                .timer_interval_usec = 10 * MINUTE_USEC,
                .parents = DETECT_PARENT_SYSTEM | DETECT_PARENT_USER,
                .users = DETECT_USERS_ANY,
                .record_score = 40,
                .alert_score = 60,
        };
}

/* ---- What is judged ------------------------------------------------------------------------------------- */

static bool is_ignored(const struct detect_settings *settings, const struct detect_unit *unit)
{
        for (size_t i = 0; i < settings->n_ignored; i++)
                if (glob_match(settings->ignored[i], unit->name))
                        return true;
        return false;
}

static bool is_of_user(enum detect_users users, uid_t uid)
{
        switch (users) {
        case DETECT_USERS_ROOT:
                return uid == 0;
        case DETECT_USERS_SYSTEM:
                return uid < FIRST_ORDINARY_UID;
        case DETECT_USERS_ANY:
                break;
        }
        return true;
}

/* Where nobody knows the path it may be any. */
static bool is_creation_path(const struct detect_settings *settings, const char *path)
{
        for (size_t i = 0; path && i < settings->n_creation_paths; i++)
                if (glob_match_path(settings->creation_paths[i], path))
                        return true;
        return !path || settings->n_creation_paths == 0;
}

/* ---- Its unit ------------------------------------------------------------------------------------------- */

/* What a package manager does explains itself. */
static bool change_counts(const struct detect_settings *settings, const struct detect_change *change)
{
        return change->happened && change->age_usec <= settings->window_usec &&
               change->author != DETECT_AUTHOR_PACKAGE && is_creation_path(settings, change->path);
}

static uint64_t reasons_of_change(const struct detect_settings *settings, const struct detect_change *change,
                                  enum detect_reason reason)
{
        uint64_t found;

        if (!change_counts(settings, change))
                return 0;
        found = REASON_BIT(reason);
        if (change->author == DETECT_AUTHOR_REFUSED)
                found |= REASON_BIT(REASON_WRITER_REFUSED);
        if (change->author == DETECT_AUTHOR_NONE)
                found |= REASON_BIT(REASON_WRITER_UNKNOWN);
        return found;
}

static uint64_t reasons_of_unit(const struct detect_settings *settings, const struct detect_unit *unit)
{
        uint64_t found = unit->contents.reasons, interval = unit->contents.interval_usec;

        if (unit->unauthorised && is_creation_path(settings, unit->path))
                found |= REASON_BIT(unit->loaded_unseen ? REASON_UNIT_LOADED_UNSEEN : REASON_UNIT_UNAUTHORISED);
        if (unit->transient)
                found |= REASON_BIT(REASON_UNIT_TRANSIENT);
        if (interval > 0 && interval < settings->timer_interval_usec)
                found |= REASON_BIT(REASON_INTERVAL_SHORT);
        return found |
               reasons_of_change(settings, &unit->file, unit->file.created ? REASON_UNIT_NEW : REASON_UNIT_CHANGED) |
               reasons_of_change(settings, &unit->drop_in, REASON_DROP_IN_CHANGED) |
               reasons_of_change(settings, &unit->trigger, REASON_TIMER_CHANGED);
}

/* Packages ship units called systemd-something; nobody else has reason to. */
static bool unit_imitates(const struct detect_unit *unit)
{
        static const char *const prefixes[] = { "systemd-", "dbus-", "kworker", "udev" };

        for (size_t i = 0; !unit->owned && unit->path && !unit->transient && i < ARRAY_SIZE(prefixes); i++)
                if (starts_with(unit->name, prefixes[i]))
                        return true;
        return false;
}

/* ---- The program ---------------------------------------------------------------------------------------- */

static uint64_t reasons_of_program(const struct detect_settings *settings, const struct detect_start *start)
{
        const struct detect_change *change = &start->program_change;
        const struct {
                bool is;
                enum detect_reason reason;
        } facts[] = {
                { start->memfd, REASON_PROGRAM_MEMFD },
                { start->deleted, REASON_PROGRAM_DELETED },
                { start->temporary, REASON_PROGRAM_TEMPORARY },
                { start->writable, REASON_PROGRAM_WRITABLE },
                { start->package_differs, REASON_PROGRAM_DIFFERS },
                { start->package_unknown, REASON_PROGRAM_UNOWNED },
                { start->not_named, REASON_PROGRAM_NOT_NAMED },
                { change->happened && change->age_usec <= settings->window_usec &&
                          change->author != DETECT_AUTHOR_PACKAGE,
                  REASON_PROGRAM_CHANGED },
                { start->uid == 0, REASON_RUNS_AS_ROOT },
        };
        uint64_t found = 0;

        for (size_t i = 0; i < ARRAY_SIZE(facts); i++)
                if (facts[i].is)
                        found |= REASON_BIT(facts[i].reason);
        return found;
}

/* ---- What it is worth ----------------------------------------------------------------------------------- */

static enum detect_outcome outcome_of(const struct detect_settings *settings, unsigned score)
{
        const unsigned from[DETECT_OUTCOME_COUNT_] = {
                [DETECT_RECORD] = settings->record_score,
                [DETECT_ALERT] = settings->alert_score,
                [DETECT_DENY] = settings->deny_score,
                [DETECT_STOP] = settings->stop_score,
        };

        for (enum detect_outcome outcome = DETECT_STOP; outcome > DETECT_NOTHING; outcome--)
                if (from[outcome] > 0 && score >= from[outcome])
                        return outcome;
        return DETECT_NOTHING;
}

static enum detect_severity severity_of(unsigned score)
{
        return score >= 120 ? DETECT_CRITICAL : score >= 90 ? DETECT_HIGH : score >= 60 ? DETECT_MEDIUM : DETECT_LOW;
}

void detect_judge(const struct detect_settings *settings, const struct detect_start *start,
                  const struct detect_unit *unit, uint64_t process, struct detect_result *ret)
{
        struct detect_result result = { .outcome = DETECT_NOTHING };

        if (settings->enabled && settings->parents & start->parent && is_of_user(settings->users, start->uid) &&
            !is_ignored(settings, unit)) {
                result.reasons = process | reasons_of_unit(settings, unit) | reasons_of_program(settings, start);
                if (unit_imitates(unit))
                        result.reasons |= REASON_BIT(REASON_IMITATES);
                result.score = reasons_score(result.reasons);
                result.severity = severity_of(result.score);
                result.outcome = outcome_of(settings, result.score);
        }
        *ret = result;
}
