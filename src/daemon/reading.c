/* Reads permission events, and says who is answered when: the daemon's own threads at once, managers before others. */
#include "verdicts_internal.h"
#include "unitward/safe_mode.h"
#include "unitward/util.h"

static bool is_trusted(const struct verdicts *verdicts, pid_t tid)
{
        /* 0 is who lives in another PID namespace, and an empty slot. */
        for (size_t i = 0; tid > 0 && i < TRUSTED_MAX; i++)
                if (__atomic_load_n(&verdicts->trusted[i], __ATOMIC_ACQUIRE) == tid)
                        return true;
        return false;
}

/* What they would have told is found by looking at everything. */
static void lose_events(struct verdicts *verdicts)
{
        verdicts_count(&verdicts->counters.overflows);
        changes_add(verdicts, note_new(NOTE_EVERYTHING, NULL, NULL, NULL));
}

/* A guard that took over from another does not know yet what that one knew: nobody is judged by half of it. He stays in
 * the lifeline until this one does, or the next. */
static bool is_early(const struct verdicts *verdicts)
{
        return verdicts->inherits && !verdicts->knows;
}

/* Unless his descriptor is one that this guard needs to get there, or that has no place in the lifeline. */
static void put_off(struct verdicts *verdicts, const struct opener *opener)
{
        struct lifeline *lifeline = verdicts->options.lifeline;

        if (verdicts->n_early++ < fan_waiting_max() && opener->fd < LIFELINE_OPENERS_MAX)
                return;
        (void)safe_mode_answer(lifeline, verdicts->options.groups, opener, verdicts->self, false);
        lifeline_answered(lifeline, opener->fd);
        (void)close(opener->fd);
}

static void pass_own(struct verdicts *verdicts, const struct opener *opener)
{
        const struct question question = question_of(verdicts, opener);

        opens_reply(verdicts, &question, true);
}

/* alone: there is nobody whom he could delay, so nobody asks who he is. */
static enum queue_class class_of(const struct verdicts *verdicts, const struct opener *opener, bool alone)
{
        return !alone && managers_recognise(&verdicts->managers, opener->tid) ? QUEUE_MANAGERS : QUEUE_OTHERS;
}

static void take(struct verdicts *verdicts, const struct opener *opener, bool alone)
{
        if (opener->goes_on || is_trusted(verdicts, opener->tid))
                pass_own(verdicts, opener);
        else if (opener->gated && !execs_concern(verdicts, opener->fd))
                opens_answer(verdicts, opener, INTENT_UNSEEN); /* the barrier: every program that starts may come by */
        else if (is_early(verdicts) && (!opener->executes || opener->gated))
                put_off(verdicts, opener);
        else if (is_early(verdicts))
                opens_answer(verdicts, opener,
                             INTENT_UNSEEN); /* not in the queue and in the lifeline: he would be answered twice */
        else if (queue_add(verdicts->queue, opener, class_of(verdicts, opener, alone)))
                lifeline_expect(verdicts->options.lifeline, opener->fd, LIFELINE_IN_QUEUE);
        else
                opens_answer(verdicts, opener, INTENT_UNSEEN);
}

static void answer(struct verdicts *verdicts, const struct opener *opener, enum intent intent)
{
        struct lifeline *lifeline = verdicts->options.lifeline;

        lifeline_expect(lifeline, opener->fd, now_monotonic_usec() + lifeline_deadman_usec(lifeline));
        opens_answer(verdicts, opener, intent);
}

void opens_inherit(struct verdicts *verdicts, bool all)
{
        struct lifeline *lifeline = verdicts->options.lifeline;
        struct opener opener;

        for (int fd = 0; lifeline_next(lifeline, fd, &opener); fd = opener.fd + 1) {
                if (!all && !opener.left)
                        continue;
                lifeline_adopt(lifeline, opener.fd, now_monotonic_usec() + lifeline_deadman_usec(lifeline));
                take(verdicts, &opener, false);
        }
}

static void read_batch(struct verdicts *verdicts, bool access, size_t waiting_max)
{
        struct lifeline *lifeline = verdicts->options.lifeline;
        const struct fan_groups *groups = verdicts->options.groups;
        unsigned char *buffer = lifeline_buffer(lifeline, access);
        ssize_t size =
                read(access ? groups->access : groups->permission, buffer, fan_read_size(waiting_max, LIFELINE_BATCH));
        bool starved = size < 0 && (errno == EMFILE || errno == ENFILE);
        size_t offset = 0, at = 0;
        struct fan_open open;
        int r;

        if (starved)
                verdicts_count(&verdicts->counters.starved);
        for (; (r = fan_open_next(buffer, size > 0 ? (size_t)size : 0, &offset, &open)) > 0; at = offset) {
                struct opener opener = opener_of(&open, access);
                bool alone = at == 0 && offset == (size_t)size && queue_length(verdicts->queue) == 0;

                if (opener.fd < 0) {
                        lose_events(verdicts);
                        continue;
                }
                opener.due_usec = opener.since_usec + lifeline_deadman_usec(lifeline);
                lifeline_take(lifeline, &opener, at);
                take(verdicts, &opener, alone);
        }
        if (r < 0)
                lose_events(verdicts);
}

#define ANSWERS_PER_ROUND 32 /* between looks at everything else that the thread has to see to */
#define BATCH_EVENTS (LIFELINE_BATCH / FAN_EVENT_METADATA_LEN)

/* Whoever can flood the kernel's queue must not delay a manager who comes after him: before each of the others is
 * answered, all is read that has come meanwhile, as far as there is room. */
void opens_read(struct verdicts *verdicts, bool permission, bool access)
{
        struct opener_queue *queue = verdicts->queue;
        struct opener opener;
        enum intent intent;

        for (int i = 0; i < ANSWERS_PER_ROUND; i++, permission = access = true) {
                const size_t waiting_max = fan_waiting_max(); /* a system call */

                if (permission && (queue_length(queue) == 0 || queue_has_room(queue, BATCH_EVENTS, waiting_max)))
                        read_batch(verdicts, false, waiting_max);
                if (access && (queue_length(queue) == 0 || queue_has_room(queue, BATCH_EVENTS, waiting_max)))
                        read_batch(verdicts, true, waiting_max);
                lifeline_set_queued(verdicts->options.lifeline, queue_length(queue));
                while (queue_take(queue, QUEUE_MANAGERS, &opener, &intent))
                        answer(verdicts, &opener, intent);
                queue_look_ahead(queue, verdicts->intents);
                if (queue_take(queue, QUEUE_OTHERS, &opener, &intent))
                        answer(verdicts, &opener, intent);
                if (queue_length(queue) == 0)
                        break;
        }
        lifeline_set_queued(verdicts->options.lifeline, queue_length(queue));
}

void opens_answer_queued(struct verdicts *verdicts)
{
        struct opener opener;
        enum intent intent;

        for (unsigned class = 0; class < QUEUE_CLASSES; class ++)
                while (queue_take(verdicts->queue, class, &opener, &intent))
                        answer(verdicts, &opener, intent);
}
