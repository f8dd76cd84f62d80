/* Openers whose events were read and who are not answered yet: managers before others, each in the order they came. */
#include "verdicts_internal.h"
#include "unitward/util.h"

struct queued {
        struct opener opener;
        enum intent intent;
        bool looked_at;
        TAILQ_ENTRY(queued) next;
};
TAILQ_HEAD(queued_list, queued);

struct opener_queue {
        struct queued_list classes[QUEUE_CLASSES], unused;
        size_t n, n_touched; /* of the entries; those beyond were never used, and are no memory yet */
        struct queued entries[QUEUE_MAX];
};

struct opener_queue *queue_new(void)
{
        struct opener_queue *queue = calloc(1, sizeof *queue);

        if (!queue)
                return NULL;
        for (size_t i = 0; i < QUEUE_CLASSES; i++)
                TAILQ_INIT(&queue->classes[i]);
        TAILQ_INIT(&queue->unused);
        return queue;
}

struct opener_queue *queue_free(struct opener_queue *queue)
{
        free(queue);
        return NULL;
}

size_t queue_length(const struct opener_queue *queue)
{
        return queue->n;
}

bool queue_has_room(const struct opener_queue *queue, size_t n, size_t waiting_max)
{
        return queue->n + n <= QUEUE_MAX && queue->n + n <= waiting_max;
}

bool queue_add(struct opener_queue *queue, const struct opener *opener, enum queue_class class)
{
        struct queued *queued = TAILQ_FIRST(&queue->unused);

        if (queued)
                TAILQ_REMOVE(&queue->unused, queued, next);
        else if (queue->n_touched < QUEUE_MAX)
                queued = &queue->entries[queue->n_touched++];
        else
                return false;
        queued->opener = *opener;
        queued->intent = INTENT_UNSEEN;
        queued->looked_at = false;
        TAILQ_INSERT_TAIL(&queue->classes[class], queued, next);
        queue->n++;
        return true;
}

#define LOOK_AHEAD 8 /* managers who come meanwhile wait for it */

void queue_look_ahead(struct opener_queue *queue, struct intent_table *intents)
{
        struct queued *queued = TAILQ_FIRST(&queue->classes[QUEUE_OTHERS]);

        if (!queued || !TAILQ_NEXT(queued, next))
                return; /* nobody's reply comes in between */
        for (unsigned i = 0; queued && i < LOOK_AHEAD; i++, queued = TAILQ_NEXT(queued, next)) {
                if (queued->looked_at || queued->opener.truncates || queued->opener.gated)
                        continue;
                queued->intent = intent_glance(intents, queued->opener.tid);
                queued->looked_at = true;
        }
}

bool queue_take(struct opener_queue *queue, enum queue_class class, struct opener *ret, enum intent *ret_intent)
{
        struct queued *queued = TAILQ_FIRST(&queue->classes[class]);

        if (!queued)
                return false;
        *ret = queued->opener;
        *ret_intent = queued->intent;
        TAILQ_REMOVE(&queue->classes[class], queued, next);
        TAILQ_INSERT_HEAD(&queue->unused, queued, next);
        queue->n--;
        return true;
}
