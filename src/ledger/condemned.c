#include "unitward/condemned.h"
#include "unitward/util.h"

static struct condemned take_at(struct condemned_table *table, size_t i)
{
        struct condemned taken = table->all[i];

        table->n--;
        memmove(table->all + i, table->all + i + 1, (table->n - i) * sizeof *table->all);
        return taken;
}

const struct condemned *condemned_find(const struct condemned_table *table, struct file_id id)
{
        for (size_t i = 0; i < table->n; i++)
                if (file_id_equal(table->all[i].id, id))
                        return &table->all[i];
        return NULL;
}

bool condemned_put(struct condemned_table *table, struct condemned *condemned, struct condemned *ret_gone)
{
        const struct condemned *known = condemned_find(table, condemned->id);
        bool full = table->n == CONDEMNED_MAX;

        if (known) {
                *ret_gone = take_at(table, (size_t)(known - table->all));
                if (*condemned->rule == '\0')
                        memcpy(condemned->rule, ret_gone->rule, sizeof condemned->rule);
        } else if (full)
                *ret_gone = take_at(table, 0);
        table->all[table->n++] = *condemned;
        return known || full;
}

bool condemned_take(struct condemned_table *table, uint64_t now_usec, struct condemned *ret)
{
        if (table->n == 0 || table->all[0].until_usec > now_usec)
                return false;
        *ret = take_at(table, 0);
        return true;
}

void condemned_done(struct condemned *condemned)
{
        close_pointer(&condemned->fd);
        free(condemned->path);
}
