/* Permission events: each is answered once, now or when its opener has waited long enough. The reply
 * comes first, the record after it. */
#include "verdicts_internal.h"
#include "unitward/record.h"
#include "unitward/unit_name.h"
#include "unitward/util.h"

/* ---- Replying and recording ----------------------------------------------------------------------- */

/* The number of bits tells the next power of two. */
static void count_wait(struct verdict_counters *counters, uint64_t waited_usec)
{
        const uint64_t longest = waited_usec > 1 ? waited_usec - 1 : 0;
        const unsigned n_bits = longest > 0 ? 64u - (unsigned)__builtin_clzll(longest) : 0;

        verdicts_count(&counters->waits[n_bits < WAITS_COUNT ? n_bits : WAITS_COUNT - 1]);
        (void)__atomic_add_fetch(&counters->waited_usec, waited_usec, __ATOMIC_RELAXED);
}

void opens_reply(struct verdicts *verdicts, const struct question *question, bool allow)
{
        /* -ENOENT: the opener was killed while it waited, or the supervisor has answered him. */
        (void)fan_group_reply(question->group, question->fd, allow ? FAN_ALLOW : FAN_DENY);
        lifeline_answered(verdicts->options.lifeline, question->fd);
        (void)close(question->fd);
        if (question->since_usec > 0)
                count_wait(&verdicts->counters, now_monotonic_usec() - question->since_usec);
}

void opens_pass(struct verdicts *verdicts, const struct question *question)
{
        opens_reply(verdicts, question, true);
        verdicts_count(&verdicts->counters.passed);
}

void opens_record(struct verdicts *verdicts, const struct access *access, struct verdict verdict, enum record_kind kind)
{
        struct record *record = record_new_decided(kind, verdicts->policy, access, verdict);

        if (record)
                record->mode = verdicts_mode(verdicts);
        outbox_record(verdicts->options.outbox, record);
}

void opens_count(struct verdicts *verdicts, enum outcome outcome)
{
        verdicts_count(outcome == OUTCOME_ALLOW  ? &verdicts->counters.allowed
                       : outcome == OUTCOME_DENY ? &verdicts->counters.denied
                                                 : &verdicts->counters.quarantined);
}

bool question_is_authorised(const struct question *question)
{
        return question->facts.found && question->facts.authorised && question->facts.whole_signature;
}

void opens_decide(struct verdicts *verdicts, const struct question *question, enum operation operation, bool late)
{
        struct actor *actor = actor_gather(&verdicts->managers, question->tid, -1);
        char unit[UNIT_NAME_MAX] = "";
        struct access access = { .operation = operation,
                                 .actor = actor,
                                 .zone = question->facts.zone,
                                 .place = question->facts.place,
                                 .path = question->facts.path,
                                 .unit = unit };
        struct verdict verdict = { policy_settings(verdicts->policy)->on_timeout, "on_timeout" };

        if (question->facts.found)
                unit_name_of(question->facts.place, question->facts.directory_name, question->facts.name, unit);
        if (!late && actor)
                verdict = policy_decide(verdicts->policy, &access);
        if (!late && *question->facts.rule)
                verdict = (struct verdict){ OUTCOME_DENY, question->facts.rule };
        opens_reply(verdicts, question, verdict.outcome == OUTCOME_ALLOW || verdicts_mode(verdicts) == MODE_AUDIT);
        if (late)
                verdicts_count(&verdicts->counters.timeouts);
        opens_count(verdicts, verdict.outcome);
        if (late || verdict.outcome != OUTCOME_ALLOW)
                opens_record(verdicts, &access, verdict, late ? RECORD_TIMEOUT : RECORD_ACCESS);
        actor_unref(actor);
}

/* ---- The event ------------------------------------------------------------------------------------------------ */

/* 1, 0; -EAGAIN: it cannot be seen yet. May it not wait any longer, the lease alone decides; truncate(2), which takes
 * none, is undone then. */
static int is_write(const struct verdicts *verdicts, const struct question *question, bool may_wait)
{
        enum intent intent = question->intent;
        int r;

        if (question->truncates) {
                r = intent_is_truncate(verdicts->intents, question->tid);
                return r < 0 && !may_wait ? 0 : r;
        }
        if (intent == INTENT_UNSEEN)
                intent = intent_of(verdicts->intents, question->fd, question->tid);
        if (intent == INTENT_UNSEEN && may_wait)
                return -EAGAIN;
        if (intent == INTENT_UNSEEN)
                intent = intent_by_lease(question->fd);
        return intent == INTENT_WRITE || (intent == INTENT_CREATE && !question->facts.found);
}

static bool look_at(struct verdicts *verdicts, struct question *question)
{
        if (fstat(question->fd, &question->st) < 0)
                return false;
        question->signature = signature_of(&question->st);
        verdicts_find(verdicts, &question->signature, &question->facts);
        return true;
}

/* PID 1 reads hundreds of units in a row. That one who opens to write is not he, the lease alone says, unless it is
 * with O_RDONLY|O_TRUNC, which systemd has no use for; his registers take as long as all the rest. */
static bool is_load_by_pid1(const struct verdicts *verdicts, const struct question *question)
{
        return question->tid == 1 && !question->truncates && verdicts->managers.systemd_is_pid1 &&
               question_is_authorised(question) && intent_by_lease(question->fd) == INTENT_READ;
}

static void answer(struct verdicts *verdicts, struct question *question, bool may_wait)
{
        int writes;

        if (!look_at(verdicts, question)) {
                opens_reply(verdicts, question, verdicts_mode(verdicts) == MODE_AUDIT);
                return;
        }
        if (S_ISDIR(question->st.st_mode)) {
                opens_answer_directory(verdicts, question);
                return;
        }
        if (question->facts.condemned) {
                opens_answer_condemned(verdicts, question);
                return;
        }
        if (is_load_by_pid1(verdicts, question)) {
                opens_answer_read(verdicts, question);
                return;
        }
        writes = is_write(verdicts, question, may_wait);
        if (writes < 0 && held_add(verdicts, question, UNTIL_SEEN))
                return;
        if (writes < 0)
                writes = is_write(verdicts, question, false);
        if (writes) {
                changes_read(verdicts); /* a new file's name is among them */
                opens_answer_write(verdicts, question, true);
        } else if (question->truncates)
                opens_pass(verdicts, question);
        else
                opens_answer_read(verdicts, question);
}

static void pass_late(struct verdicts *verdicts, const struct question *question)
{
        const struct access access = { .operation = OPERATION_LOAD,
                                       .zone = question->facts.zone,
                                       .place = question->facts.place,
                                       .path = question->facts.path,
                                       .unit = "" };

        opens_pass(verdicts, question);
        verdicts_count(&verdicts->counters.timeouts);
        opens_record(verdicts, &access, (struct verdict){ OUTCOME_ALLOW, "on_timeout" }, RECORD_TIMEOUT);
}

/* A guard that died takes along what it had condemned, and what it had just moved to quarantine; the marks stay. For as
 * long as it would have refused them to managers this one does; then such a mark means nothing any more. */
static bool is_left_behind(const struct verdicts *verdicts)
{
        return verdicts->inherits && now_monotonic_usec() > verdicts->started_usec + CONDEMNED_USEC;
}

void opens_answer_held(struct verdicts *verdicts, const struct held *held, bool late)
{
        struct question question = {
                .group = held->group,
                .fd = held->fd,
                .tid = held->tid,
                .since_usec = held->since_usec,
                .truncates = held->truncates,
                .gated = held->gated,
        };

        if (held->gated) {
                question.unread = late && held->until == UNTIL_READ;
                question.unseen = late && held->until == UNTIL_SEEN;
                execs_answer(verdicts, &question, held->until != UNTIL_PROGRAMS);
                return;
        }
        if (held->until == UNTIL_SEEN) {
                answer(verdicts, &question, !late);
                return;
        }

        (void)look_at(verdicts, &question);
        if (held->until == UNTIL_PROGRAMS) {
                opens_answer_write(verdicts, &question, false);
                return;
        }
        if (question.facts.condemned) {
                opens_answer_suspected(verdicts, &question, late);
                return;
        }
        /* A directory is let go in any case: an unreadable one would make every unit in it vanish, while
         * the files in it still are checked one by one. */
        if (!S_ISDIR(question.st.st_mode) ? question_is_authorised(&question) : !late) {
                opens_pass(verdicts, &question);
                return;
        }
        if (!question.facts.found)
                (void)opens_place(verdicts, &question);
        if (question.outside && is_left_behind(verdicts)) {
                opens_let_go(verdicts, &question);
                return;
        }
        if (S_ISDIR(question.st.st_mode)) {
                pass_late(verdicts, &question);
                return;
        }
        opens_decide(verdicts, &question, OPERATION_LOAD, late);
}

/* A short-lived program starts (witness.h): it is met before it can act, whoever runs it. */
static void meet_witness(struct verdicts *verdicts, const struct question *question)
{
        struct actor *actor;

        /* What it did as the program it was until now is told of before it becomes another. */
        changes_read(verdicts);
        actor = actor_gather(&verdicts->managers, question->tid, -1);

        if (actor && actor_executes(actor, question->fd) == 0)
                acquaintances_meet(verdicts->acquaintances, actor);
        actor_unref(actor);
        opens_pass(verdicts, question);
}

/* True: by a manager, for the suspicious unit, and it was answered. */
static bool refuse_start(struct verdicts *verdicts, const struct question *question)
{
        struct start *start = start_gather_denied(&verdicts->managers, question->tid, question->fd);

        if (!start || !managers_recognise(&verdicts->managers, start->parent)) {
                start_free(start);
                return false;
        }
        opens_reply(verdicts, question, false);
        outbox_start(verdicts->options.outbox, start);
        return true;
}

/* A program of a suspicious unit is executed: of all others who do that nothing more is asked. */
static bool answer_refused(struct verdicts *verdicts, const struct question *question)
{
        enum refusal_answer answer;
        struct stat st;

        if (verdicts_mode(verdicts) != MODE_ENFORCE || fstat(question->fd, &st) < 0)
                return false;
        answer = refusals_ask(&verdicts->refusals, file_id_of(&st), question->tid);
        if (answer == REFUSALS_LATE)
                fan_groups_unmark(verdicts->options.groups, FAN_MARK_REFUSED, question->fd);
        if (answer == REFUSALS_REFUSED && refuse_start(verdicts, question))
                return true;
        if (answer != REFUSALS_REFUSED && answer != REFUSALS_OTHER)
                return false;
        opens_pass(verdicts, question);
        return true;
}

struct question question_of(const struct verdicts *verdicts, const struct opener *opener)
{
        const struct fan_groups *groups = verdicts->options.groups;

        return (struct question){ .group = opener->access ? groups->access : groups->permission,
                                  .fd = opener->fd,
                                  .tid = opener->tid,
                                  .since_usec = opener->since_usec,
                                  .truncates = opener->truncates,
                                  .gated = opener->gated };
}

void opens_answer(struct verdicts *verdicts, const struct opener *opener, enum intent intent)
{
        struct question question = question_of(verdicts, opener);

        question.intent = intent;
        if (opener->executes && !opener->gated) {
                if (!answer_refused(verdicts, &question))
                        meet_witness(verdicts, &question);
        } else if (opener->gated)
                execs_answer(verdicts, &question, true);
        else
                answer(verdicts, &question, true);
}
