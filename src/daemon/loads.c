/* The load gate and the read gate: what a manager may read, and when it may look into a directory. */
#include <limits.h>

#include "verdicts_internal.h"
#include "unitward/util.h"

/* Nothing that was noticed waits to be settled. */
static bool is_all_settled(const struct verdicts *verdicts)
{
        return !verdicts->behind && TAILQ_EMPTY(&verdicts->notes) &&
               notes_noticed(verdicts->options.notes) == notes_settled(verdicts->options.notes);
}

/* Something about the file is not as it was left, though nothing was noticed: the housekeeper looks. */
static void ask_to_verify(struct verdicts *verdicts, const struct question *question)
{
        char directory[PATH_MAX];
        const char *name = path_split(question->facts.path, directory, sizeof directory);

        if (name && !streq(directory, "/"))
                changes_add(verdicts, note_new(NOTE_VERIFY, directory, name, NULL));
}

static void hold(struct verdicts *verdicts, const struct question *question)
{
        changes_publish(verdicts);
        if (!held_add(verdicts, question, UNTIL_SETTLED)) {
                if (S_ISDIR(question->st.st_mode))
                        opens_pass(verdicts, question);
                else
                        opens_decide(verdicts, question, OPERATION_LOAD, true);
        }
}

static void answer_load(struct verdicts *verdicts, struct question *question)
{
        /* Until the first settling is done, what a manager reads it could have read before as well. */
        if (!__atomic_load_n(&verdicts->ready, __ATOMIC_ACQUIRE)) {
                opens_pass(verdicts, question);
                return;
        }
        bool tolerated = question->facts.found && !question->facts.authorised && question->facts.whole_signature;

        changes_read(verdicts);
        changes_read_mounts(verdicts);
        if (tolerated && is_all_settled(verdicts)) {
                opens_decide(verdicts, question, OPERATION_LOAD, false);
                return;
        }
        if (!question->facts.found)
                (void)opens_place(verdicts, question);
        ask_to_verify(verdicts, question);
        hold(verdicts, question);
}

void opens_answer_read(struct verdicts *verdicts, struct question *question)
{
        bool restricted = policy_restricts_read(verdicts->policy, question->facts.zone);
        pid_t tid = question->tid;

        if (!restricted && question_is_authorised(question))
                opens_pass(verdicts, question);
        else if (managers_include(&verdicts->managers, tid)) {
                if (question_is_authorised(question))
                        opens_pass(verdicts, question);
                else
                        answer_load(verdicts, question);
                return;
        } else if (restricted)
                opens_decide(verdicts, question, OPERATION_READ, false);
        else
                opens_pass(verdicts, question);

        /* Whoever reads a unit often links it next, and links raise no permission event: meet him while
         * he is there. After the reply, so that nobody waits for it. */
        if (!acquaintances_know(verdicts->acquaintances, tid))
                actor_unref(acquaintances_receive(verdicts->acquaintances, &verdicts->managers, tid));
}

/* A manager reads a directory only when all that was noticed before is settled, wherever it was: by the
 * time it comes to the last directory of its search path, a link that slipped into the first is gone. */
void opens_answer_directory(struct verdicts *verdicts, struct question *question)
{
        if (policy_restricts_read(verdicts->policy, question->facts.zone) &&
            !managers_include(&verdicts->managers, question->tid)) {
                opens_decide(verdicts, question, OPERATION_READ, false);
                return;
        }
        changes_read(verdicts);
        changes_read_mounts(verdicts); /* over a directory that it opens next: no mark is there yet */
        if (!is_all_settled(verdicts) && managers_include(&verdicts->managers, question->tid))
                hold(verdicts, question);
        else
                opens_pass(verdicts, question);
}

/* The file lies where nothing is protected, so it is nobody's business but that of a manager that loads it. One that
 * executes it loads no unit: whoever plants a link to a shell would keep services from starting. */
void opens_answer_condemned(struct verdicts *verdicts, const struct question *question)
{
        if (!__atomic_load_n(&verdicts->ready, __ATOMIC_ACQUIRE) ||
            !managers_include(&verdicts->managers, question->tid) ||
            intent_is_execute(verdicts->intents, question->tid))
                opens_pass(verdicts, question);
        else if (*question->facts.rule)
                opens_decide(verdicts, question, OPERATION_LOAD, false);
        else
                hold(verdicts, question);
}

void opens_answer_suspected(struct verdicts *verdicts, const struct question *question, bool late)
{
        if (*question->facts.rule)
                opens_decide(verdicts, question, OPERATION_LOAD, false);
        else if (late)
                opens_decide(verdicts, question, OPERATION_LOAD, true);
        else
                opens_pass(verdicts, question); /* the link was allowed */
}
