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

/* ---- Among the system's own -------------------------------------------------------------------------------- */

bool people_are_real(const struct posture *posture, const struct people *people)
{
        const uid_t *members;

        if (people->everybody)
                return true;
        for (size_t i = 0; i < people->n_users; i++)
                if (posture_account_of(posture, people->users[i]))
                        return true;
        for (size_t i = 0; i < people->n_groups; i++)
                if (posture_members(posture, people->groups[i], &members) > 0)
                        return true;
        return false;
}

static bool is_runner(const struct runner *runner, uid_t uid)
{
        return uid == 0 || uid == runner->uid || (runner->dynamic && uid >= DYNAMIC_MIN && uid <= DYNAMIC_MAX);
}

static bool holds_others(const struct posture *posture, gid_t gid, const struct runner *runner)
{
        const uid_t *members;
        size_t n = posture_members(posture, gid, &members);

        for (size_t i = 0; i < n; i++)
                if (!is_runner(runner, members[i]))
                        return true;
        return n == 0 && !(runner->dynamic && gid >= DYNAMIC_MIN && gid <= DYNAMIC_MAX);
}

int people_others(const struct posture *posture, const struct people *people, const struct runner *runner,
                  struct people *ret)
{
        int r = 0;

        ret->everybody |= people->everybody;
        for (size_t i = 0; r == 0 && i < people->n_users; i++)
                if (!is_runner(runner, people->users[i]))
                        r = people_add_user(ret, people->users[i]);
        for (size_t i = 0; r == 0 && i < people->n_groups; i++)
                if (holds_others(posture, people->groups[i], runner))
                        r = people_add_group(ret, people->groups[i]);
        return r;
}

#define USERS_NAMED 8
#define MEMBERS_NAMED 5

static void put_user(FILE *stream, const struct posture *posture, uid_t uid)
{
        const struct account *account = posture_account_of(posture, uid);

        if (account)
                fputs(account->name, stream);
        else
                fprintf(stream, "whoever gets the user number %u", uid);
}

static void put_group(FILE *stream, const struct posture *posture, gid_t gid)
{
        const char *name = posture_group_name(posture, gid);
        const uid_t *members;
        size_t n = posture_members(posture, gid, &members);

        if (name)
                fprintf(stream, "group %s", name);
        else
                fprintf(stream, "group %u", gid);
        if (n == 0)
                fputs(", which has no members", stream);
        for (size_t i = 0; i < n && i < MEMBERS_NAMED; i++) {
                fputs(i == 0 ? " (" : ", ", stream);
                put_user(stream, posture, members[i]);
        }
        if (n > MEMBERS_NAMED)
                fprintf(stream, " and %zu more", n - MEMBERS_NAMED);
        if (n > 0)
                fputc(')', stream);
}

static void put_people(FILE *stream, const struct posture *posture, const struct people *people)
{
        const char *comma = "";

        for (size_t i = 0; i < people->n_users && i < USERS_NAMED; i++, comma = ", ") {
                fputs(comma, stream);
                put_user(stream, posture, people->users[i]);
        }
        if (people->n_users > USERS_NAMED)
                fprintf(stream, " and %zu more users", people->n_users - USERS_NAMED);
        for (size_t i = 0; i < people->n_groups; i++, comma = ", ") {
                fputs(comma, stream);
                put_group(stream, posture, people->groups[i]);
        }
        if (!*comma)
                fputs("nobody but root", stream);
}

char *people_text(const struct posture *posture, const struct people *people)
{
        char *text = NULL;
        size_t size;
        FILE *stream = open_memstream(&text, &size);

        if (!stream)
                return NULL;
        if (people->everybody)
                fputs("everybody", stream);
        else
                put_people(stream, posture, people);
        if (fclose(stream) == 0)
                return text;
        free(text);
        return NULL;
}
