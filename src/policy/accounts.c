/* Users and groups: names become numbers here, so that a decision never waits for NSS. A name that exists
 * nowhere is warned about and no error: the same policy serves many machines. */
#include <grp.h>
#include <pwd.h>

#include "loader.h"

#define LOGIN_UNSET "unset" /* login_uid of what no login started */

static bool lookup_user(const char *name, id_t *ret)
{
        const struct passwd *entry = getpwnam(name);

        if (entry)
                *ret = entry->pw_uid;
        return entry;
}

static bool lookup_group(const char *name, id_t *ret)
{
        const struct group *entry = getgrnam(name);

        if (entry)
                *ret = entry->gr_gid;
        return entry;
}

static bool lookup_login_user(const char *name, id_t *ret)
{
        if (!streq(name, LOGIN_UNSET))
                return lookup_user(name, ret);
        *ret = (id_t)-1;
        return true;
}

/* What a setting's values are, and where their numbers go. */
struct accounts {
        const char *kind;
        bool (*lookup)(const char *name, id_t *ret);
        struct id_list *list;
};

static void add_id(struct loader *loader, struct id_list *list, id_t id)
{
        if (!id_list_add(list, id))
                loader->out_of_memory = true;
}

static void add_account(struct loader *loader, const config_setting_t *value, void *userdata)
{
        struct accounts *accounts = userdata;
        const char *name = config_setting_get_string(value);
        id_t id;

        if (name) {
                if (accounts->lookup(name, &id))
                        add_id(loader, accounts->list, id);
                else if (loader->flags & POLICY_STAND_IN_ACCOUNTS)
                        add_id(loader, accounts->list, stand_in_account(name));
                else
                        warn(loader, value, "there is no %s \"%s\" here; it matches nobody", accounts->kind, name);
        } else if (config_setting_type(value) == CONFIG_TYPE_INT && config_setting_get_int(value) >= 0) {
                add_id(loader, accounts->list, (id_t)config_setting_get_int(value));
        } else {
                complain(loader, value, "is no %s; expected a name in quotes or a number from 0", accounts->kind);
        }
}

static void parse_accounts(struct loader *loader, const config_setting_t *value, struct accounts accounts)
{
        accounts.list->given = true;
        values_each(loader, value, add_account, &accounts);
}

void parse_users(struct loader *loader, const config_setting_t *value, const struct setting *setting, void *field)
{
        (void)setting;
        parse_accounts(loader, value, (struct accounts){ "user", lookup_user, field });
}

void parse_login_users(struct loader *loader, const config_setting_t *value, const struct setting *setting, void *field)
{
        (void)setting;
        parse_accounts(loader, value, (struct accounts){ "user", lookup_login_user, field });
}

void parse_groups(struct loader *loader, const config_setting_t *value, const struct setting *setting, void *field)
{
        (void)setting;
        parse_accounts(loader, value, (struct accounts){ "group", lookup_group, field });
}

static void add_named_members(struct loader *loader, const struct group *group, struct id_list *members)
{
        id_t id;

        for (char **name = group->gr_mem; *name; name++)
                if (lookup_user(*name, &id)) /* glibc keeps users and groups in buffers of their own */
                        add_id(loader, members, id);
}

static void add_primary_members(struct loader *loader, gid_t gid, struct id_list *members)
{
        const struct passwd *entry;

        setpwent();
        while ((entry = getpwent()))
                if (entry->pw_gid == gid)
                        add_id(loader, members, entry->pw_uid);
        endpwent();
}

struct login_groups {
        struct id_list *members;
        bool found; /* one of them at least */
};

static void add_login_group(struct loader *loader, const config_setting_t *value, void *userdata)
{
        struct login_groups *groups = userdata;
        const char *name = value_string(loader, value);
        const struct group *group = name ? getgrnam(name) : NULL;
        gid_t gid;

        if (name && loader->flags & POLICY_STAND_IN_ACCOUNTS) {
                groups->found = true;
                add_id(loader, groups->members, stand_in_member(name));
        }
        if (!group)
                return;
        groups->found = true;
        gid = group->gr_gid;
        add_named_members(loader, group, groups->members);
        add_primary_members(loader, gid, groups->members);
}

void parse_login_groups(struct loader *loader, const config_setting_t *value, const struct setting *setting,
                        void *field)
{
        struct login_groups groups = { .members = field };

        (void)setting;
        groups.members->given = true;
        values_each(loader, value, add_login_group, &groups);
        /* "sudo" or "wheel": as with programs, one of the list is enough. */
        if (!groups.found)
                warn(loader, value, "there is no such group here; it matches nobody");
}

void parse_control_group(struct loader *loader, const config_setting_t *value, const struct setting *setting,
                         void *field)
{
        struct policy_settings *settings = field;
        const char *name = value_string(loader, value);
        id_t gid = (id_t)-1;

        (void)setting;
        if (!name)
                return;
        if (*name && !lookup_group(name, &gid))
                warn(loader, value, "there is no group \"%s\" here; only root may use the control socket", name);
        if (!string_copy(settings->control_group, sizeof settings->control_group, name))
                complain(loader, value, "is too long; expected the name of a group");
        settings->control_gid = gid;
}
