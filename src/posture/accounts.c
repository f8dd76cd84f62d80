/* The system's users and groups: its /etc/passwd and /etc/group, and no other source of names. */
#include <limits.h>

#include "posture_internal.h"

#define ACCOUNTS_MAX (16u * 1024u * 1024u) /* bytes of one file */
#define FIELDS_MAX 8

struct group {
        const char *name;
        gid_t gid;
        size_t n;
        uid_t *members; /* ascending */
};

struct accounts {
        char *passwd, *groups; /* the texts that names point into */
        size_t n_accounts, n_groups;
        struct account *list;
        struct group *group_list;
};

/* Splits at colons, in place. */
static size_t split(char *line, char *fields[FIELDS_MAX])
{
        size_t n = 0;

        while (line && n < FIELDS_MAX)
                fields[n++] = strsep(&line, ":");
        return n;
}

static bool parse_id(const char *text, id_t *ret)
{
        char *end;
        unsigned long value;

        if (*text < '0' || *text > '9')
                return false;
        errno = 0;
        value = strtoul(text, &end, 10);
        if (*end || errno != 0 || value >= UINT32_MAX)
                return false;
        *ret = (id_t)value;
        return true;
}

static int parse_account(struct accounts *accounts, char *line)
{
        char *fields[FIELDS_MAX];
        struct account account, *more;

        if (split(line, fields) != 7 || !*fields[0] || !parse_id(fields[2], &account.uid) ||
            !parse_id(fields[3], &account.gid))
                return 0;
        account.name = fields[0];
        account.home = fields[5];
        account.shell = fields[6];
        more = reallocarray(accounts->list, accounts->n_accounts + 1, sizeof *more);
        if (!more)
                return -ENOMEM;
        accounts->list = more;
        more[accounts->n_accounts++] = account;
        return 0;
}

const struct account *posture_account_named(const struct posture *posture, const char *name)
{
        const struct accounts *accounts = posture->accounts;
        uid_t uid;

        for (size_t i = 0; i < accounts->n_accounts; i++)
                if (streq(accounts->list[i].name, name))
                        return &accounts->list[i];
        return parse_id(name, &uid) ? posture_account_of(posture, uid) : NULL;
}

const struct account *posture_account_of(const struct posture *posture, uid_t uid)
{
        for (size_t i = 0; i < posture->accounts->n_accounts; i++)
                if (posture->accounts->list[i].uid == uid)
                        return &posture->accounts->list[i];
        return NULL;
}

size_t posture_n_accounts(const struct posture *posture)
{
        return posture->accounts->n_accounts;
}

const struct account *posture_account(const struct posture *posture, size_t index)
{
        return &posture->accounts->list[index];
}

static int add_member(struct group *group, uid_t uid)
{
        size_t i = group->n;
        uid_t *more;

        while (i > 0 && group->members[i - 1] >= uid)
                i--;
        if (i < group->n && group->members[i] == uid)
                return 0;
        more = reallocarray(group->members, group->n + 1, sizeof *more);
        if (!more)
                return -ENOMEM;
        group->members = more;
        memmove(more + i + 1, more + i, (group->n - i) * sizeof *more);
        more[i] = uid;
        group->n++;
        return 0;
}

static int add_members(const struct posture *posture, struct group *group, char *names)
{
        char *name;
        int r = 0;

        while (r == 0 && (name = strsep(&names, ","))) {
                const struct account *account = *name ? posture_account_named(posture, name) : NULL;

                if (account)
                        r = add_member(group, account->uid);
        }
        for (size_t i = 0; r == 0 && i < posture->accounts->n_accounts; i++)
                if (posture->accounts->list[i].gid == group->gid)
                        r = add_member(group, posture->accounts->list[i].uid);
        return r;
}

static int parse_group(struct posture *posture, char *line)
{
        struct accounts *accounts = posture->accounts;
        char *fields[FIELDS_MAX];
        struct group group = { 0 }, *more;

        if (split(line, fields) != 4 || !*fields[0] || !parse_id(fields[2], &group.gid))
                return 0;
        group.name = fields[0];
        more = reallocarray(accounts->group_list, accounts->n_groups + 1, sizeof *more);
        if (!more)
                return -ENOMEM;
        accounts->group_list = more;
        more[accounts->n_groups] = group;
        return add_members(posture, &more[accounts->n_groups++], fields[3]);
}

/* A system without the file has nobody but root; one whose file may not be read was noted as unseen. */
static int read_lines(struct posture *posture, const char *path, char **ret)
{
        size_t size;
        int r = posture_read(posture, path, ACCOUNTS_MAX, ret, &size);

        return r == -ENOMEM ? r : 0;
}

int accounts_read(struct posture *posture)
{
        struct accounts *accounts = posture->accounts = calloc(1, sizeof *accounts);
        char *line, *next;
        int r;

        if (!accounts)
                return -ENOMEM;
        r = read_lines(posture, "/etc/passwd", &accounts->passwd);
        if (r == 0)
                r = read_lines(posture, "/etc/group", &accounts->groups);
        for (next = accounts->passwd; r == 0 && (line = strsep(&next, "\n"));)
                r = parse_account(accounts, line);
        for (next = accounts->groups; r == 0 && (line = strsep(&next, "\n"));)
                r = parse_group(posture, line);
        return r;
}

void accounts_done(struct posture *posture)
{
        struct accounts *accounts = posture->accounts;

        if (!accounts)
                return;
        for (size_t i = 0; i < accounts->n_groups; i++)
                free(accounts->group_list[i].members);
        free(accounts->group_list);
        free(accounts->list);
        free(accounts->passwd);
        free(accounts->groups);
        free(accounts);
}

static const struct group *group_of(const struct posture *posture, gid_t gid)
{
        for (size_t i = 0; i < posture->accounts->n_groups; i++)
                if (posture->accounts->group_list[i].gid == gid)
                        return &posture->accounts->group_list[i];
        return NULL;
}

bool posture_group_named(const struct posture *posture, const char *name, gid_t *ret)
{
        for (size_t i = 0; i < posture->accounts->n_groups; i++)
                if (streq(posture->accounts->group_list[i].name, name)) {
                        *ret = posture->accounts->group_list[i].gid;
                        return true;
                }
        return parse_id(name, ret);
}

const char *posture_group_name(const struct posture *posture, gid_t gid)
{
        const struct group *group = group_of(posture, gid);

        return group ? group->name : NULL;
}

size_t posture_members(const struct posture *posture, gid_t gid, const uid_t **ret)
{
        const struct group *group = group_of(posture, gid);

        *ret = group ? group->members : NULL;
        return group ? group->n : 0;
}
