/* Users and groups as sets of numbers. */
#include "posture_internal.h"

static int compare(id_t a, id_t b)
{
        return a < b ? -1 : a > b;
}

/* Ascending, each once. uid_t and gid_t are both id_t. */
static int add(id_t **ids, size_t *n, id_t id)
{
        size_t i = *n;
        id_t *more;

        while (i > 0 && compare((*ids)[i - 1], id) >= 0)
                i--;
        if (i < *n && (*ids)[i] == id)
                return 0;
        more = reallocarray(*ids, *n + 1, sizeof *more);
        if (!more)
                return -ENOMEM;
        *ids = more;
        memmove(more + i + 1, more + i, (*n - i) * sizeof *more);
        more[i] = id;
        ++*n;
        return 0;
}

int people_add_user(struct people *people, uid_t uid)
{
        return uid == 0 ? 0 : add(&people->users, &people->n_users, uid);
}

int people_add_group(struct people *people, gid_t gid)
{
        return gid == 0 ? 0 : add(&people->groups, &people->n_groups, gid);
}

int people_add_all(struct people *people, const struct people *more)
{
        int r = 0;

        people->everybody |= more->everybody;
        for (size_t i = 0; r == 0 && i < more->n_users; i++)
                r = people_add_user(people, more->users[i]);
        for (size_t i = 0; r == 0 && i < more->n_groups; i++)
                r = people_add_group(people, more->groups[i]);
        return r;
}

bool people_is_empty(const struct people *people)
{
        return !people->everybody && people->n_users == 0 && people->n_groups == 0;
}

void people_done(struct people *people)
{
        free(people->users);
        free(people->groups);
        *people = (struct people){ 0 };
}
