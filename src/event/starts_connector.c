/* What managers start, by the connector: forks of those known, then execs of their children. The filter in the kernel
 * follows the two lists. */
#include "starts_internal.h"
#include "unitward/connector.h"
#include "unitward/util.h"

/* Children may fork before they execute: a namespace of processes of its own takes one more. */
void starts_connector_attach(struct starts *starts)
{
        pid_t parents[STARTS_PARENTS_MAX + STARTS_FOLLOWED_MAX + STARTS_PENDING_MAX], children[STARTS_PENDING_MAX];
        struct connector_interest interest = { parents, children, 0, 0 };

        for (size_t i = 0; i < starts->n_parents; i++)
                parents[interest.n_parents++] = starts->parents[i].pid;
        for (size_t i = 0; i < starts->n_children; i++) {
                parents[interest.n_parents++] = starts->children[i].pid;
                children[interest.n_children++] = starts->children[i].pid;
        }
        if (connector_attach(starts->sources->connector, &interest) < 0)
                starts_count(&starts->counters.lost);
}

static void take_fork(struct starts *starts, const struct connector_event *event)
{
        const struct starts_parent *parent = starts_find_parent(starts, event->parent);
        const struct starts_child *between = parent ? NULL : starts_find_child(starts, event->parent);

        if (between)
                parent = &between->parent;
        if (parent) {
                const struct starts_parent copy = *parent;

                starts_add_child(starts, event->process, &copy);
        }
}

static bool take(struct starts *starts, const struct connector_event *event)
{
        struct starts_child *child;

        if (event->kind == CONNECTOR_FORK) {
                take_fork(starts, event);
                return true;
        }
        child = starts_find_child(starts, event->process);
        if (child) {
                child->executed = true;
                starts_look_at(starts, child);
        }
        return false;
}

/* Who executed something between its fork and the new filter is found by a look at each. */
void starts_connector_work(struct starts *starts)
{
        struct connector_event event;
        bool forked = false;
        int r;

        while ((r = connector_read(starts->sources->connector, &event)) != -EAGAIN) {
                if (r == -ENOBUFS)
                        starts_count(&starts->counters.lost);
                else if (r > 0)
                        forked |= take(starts, &event);
                else if (r < 0 && r != -EBADMSG)
                        break;
        }
        if (!forked)
                return;
        starts_connector_attach(starts);
        for (size_t i = starts->n_children; i-- > 0;)
                starts_look_at(starts, &starts->children[i]);
}
