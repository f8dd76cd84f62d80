/* The small containers of the policy. They only grow, and only while it is loaded. */

#include "policy_internal.h"

void *array_grow(void *items, size_t *n, size_t size)
{
        char *grown = reallocarray(*(void **)items, *n + 1, size);

        if (!grown)
                return NULL;
        memcpy(items, &grown, sizeof grown);
        memset(grown + *n * size, 0, size);
        return grown + (*n)++ * size;
}

bool string_list_add(struct string_list *list, const char *item)
{
        char *copy = strdup(item), **slot = copy ? array_grow(&list->items, &list->n, sizeof *list->items) : NULL;

        if (!slot) {
                free(copy);
                return false;
        }
        *slot = copy;
        return true;
}

bool string_list_matches(const struct string_list *list, bool (*matches)(const char *pattern, const char *text),
                         const char *text)
{
        for (size_t i = 0; i < list->n; i++)
                if (matches(list->items[i], text))
                        return true;
        return false;
}

void string_list_done(struct string_list *list)
{
        while (list->n > 0)
                free(list->items[--list->n]);
        free(list->items);
        list->items = NULL;
}

bool id_list_add(struct id_list *list, id_t id)
{
        id_t *slot;

        if (id_list_has(list, id))
                return true;
        slot = array_grow(&list->ids, &list->n, sizeof *list->ids);
        if (!slot)
                return false;
        *slot = id;
        return true;
}

bool id_list_has(const struct id_list *list, id_t id)
{
        for (size_t i = 0; i < list->n; i++)
                if (list->ids[i] == id)
                        return true;
        return false;
}

void id_list_done(struct id_list *list)
{
        free(list->ids);
        *list = (struct id_list){ 0 };
}
