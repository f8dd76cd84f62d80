/* What polkit lets people do with systemd without a password: rules, older local authorities, defaults of actions. */
#include <limits.h>

#include "unitward/polkit_text.h"
#include "posture_internal.h"

struct check;
typedef int (*reading)(const char *text, size_t size, polkit_grant_function each, void *userdata);

struct check {
        struct posture *posture;
        const char *suffix;
        reading read;
        bool in_force;                /* something is installed that reads such files */
        const char *directory, *path; /* now */
};

/* Members of groups that have none can still come: from elsewhere, or later. */
static int people_of(const struct check *check, const struct polkit_grant *grant, struct people *who)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < grant->n_groups; i++) {
                gid_t gid;

                if (posture_group_named(check->posture, grant->groups[i], &gid))
                        r = people_add_group(who, gid);
        }
        for (size_t i = 0; r == 0 && i < grant->n_users; i++) {
                const struct account *account = posture_account_named(check->posture, grant->users[i]);

                if (account)
                        r = people_add_user(who, account->uid);
        }
        who->everybody = grant->n_groups + grant->n_users == 0 && !grant->conditional;
        return r;
}

static enum severity severity_of(const struct check *check, const struct polkit_grant *grant, const struct people *who)
{
        if (!check->in_force)
                return SEVERITY_INFO;
        if (grant->one_unit)
                return SEVERITY_LOW;
        if (who->everybody)
                return SEVERITY_CRITICAL;
        if (people_are_real(check->posture, who))
                return SEVERITY_HIGH;
        return grant->conditional ? SEVERITY_MEDIUM : SEVERITY_LOW; /* those it names are not there */
}

static char *words_of(const struct polkit_grant *grant)
{
        _cleanup_free_ char *names = strdup("");

        for (size_t i = 0; names && i < grant->n_groups + grant->n_users; i++) {
                bool is_group = i < grant->n_groups;
                char *more = format("%s%s%s%s", names, i ? ", " : "", is_group ? "group " : "",
                                    is_group ? grant->groups[i] : grant->users[i - grant->n_groups]);

                free(names);
                names = more;
        }
        if (!names)
                return NULL;
        return format("answers yes to %s%s for %s%s (line %u)", grant->action ? grant->action : "any action",
                      grant->one_unit ? ", asking which unit," : "",
                      *names               ? names
                      : grant->conditional ? "whom its conditions let"
                                           : "everybody",
                      *names && grant->conditional ? " and on other conditions" : "", grant->line);
}

static int add(const struct polkit_grant *grant, void *userdata)
{
        const struct check *check = userdata;
        _cleanup_free_ char *what = words_of(grant);
        /* What a package brought comes again: rules of one's own are asked before it. */
        const char *const argv[] = { "sudoedit",
                                     starts_with(check->path, "/usr/") ? "/etc/polkit-1/rules.d/00-local.rules"
                                                                       : check->path,
                                     NULL };
        struct people who = { 0 };
        struct finding_draft draft = {
                .check = CHECK_POLKIT,
                .path = check->path,
                .what = what,
                .who = &who,
                .mend = MEND_COMMAND,
                .argv = argv,
                .advice = check->in_force ? "have it answer AUTH_ADMIN; this is told from its words, what it does "
                                            "polkit says: pkcheck --action-id ACTION --process PID"
                                          : "nothing is installed that reads it",
        };
        struct node *node;
        int r = what ? posture_look(check->posture, check->path, false, &node) : -ENOMEM;

        if (r == 0 && !node->error)
                draft.st = &node->st;
        if (r == 0)
                r = people_of(check, grant, &who);
        draft.severity = severity_of(check, grant, &who);
        if (r == 0)
                r = posture_add(check->posture, &draft);
        people_done(&who);
        return r;
}

static int check_file(const char *name, void *userdata)
{
        struct check *check = userdata;
        _cleanup_free_ char *text = NULL;
        char path[PATH_MAX];
        size_t size;
        int r;

        if (!ends_with(name, check->suffix) || !path_join(path, sizeof path, check->directory, name))
                return 0;
        r = posture_read(check->posture, path, POLKIT_FILE_MAX, &text, &size);
        check->path = path;
        if (r == 0)
                r = check->read(text, size, add, check);
        check->path = NULL;
        return r == -EFBIG ? posture_unseen(check->posture, path, EFBIG) : posture_fatal(r);
}

static int check_directory(struct check *check, const char *directory)
{
        int r;

        check->directory = directory;
        r = posture_list(check->posture, directory, check_file, check);
        return posture_fatal(r);
}

/* localauthority/10-vendor.d/NAME.pkla */
static int check_below(const char *name, void *userdata)
{
        struct check *check = userdata;
        const char *above = check->directory;
        char path[PATH_MAX];
        int r = path_join(path, sizeof path, above, name) ? check_directory(check, path) : 0;

        check->directory = above;
        return r;
}

static bool is_there(struct posture *posture, const char *const *paths)
{
        struct node *node;

        for (; *paths; paths++)
                if (posture_look(posture, *paths, false, &node) == 0 && !node->error)
                        return true;
        return false;
}

static int check_authorities(struct posture *posture)
{
        static const char *const authorities[] = { "/etc/polkit-1/localauthority", "/var/lib/polkit-1/localauthority" };
        static const char *const readers[] = { "/usr/bin/pkla-check-authorization", "/usr/lib/policykit-1/polkitd",
                                               NULL };
        struct check check = { posture, ".pkla", polkit_authority_each, is_there(posture, readers), NULL, NULL };
        int r = 0;

        for (size_t i = 0; r == 0 && i < ARRAY_SIZE(authorities); i++) {
                check.directory = authorities[i];
                r = posture_list(posture, authorities[i], check_below, &check);
                r = posture_fatal(r);
        }
        return r;
}

int posture_check_polkit(struct posture *posture)
{
        static const char *const daemons[] = { "/usr/lib/polkit-1/polkitd", "/usr/libexec/polkitd",
                                               "/usr/lib/policykit-1/polkitd", NULL };
        static const char *const rules[] = { "/etc/polkit-1/rules.d", "/run/polkit-1/rules.d",
                                             "/usr/local/share/polkit-1/rules.d", "/usr/share/polkit-1/rules.d" };
        bool in_force = is_there(posture, daemons);
        struct check by_rule = { posture, ".rules", polkit_rules_each, in_force, NULL, NULL },
                     by_default = { posture, ".policy", polkit_policy_each, in_force, NULL, NULL };
        int r = 0;

        for (size_t i = 0; r == 0 && i < ARRAY_SIZE(rules); i++)
                r = check_directory(&by_rule, rules[i]);
        if (r == 0)
                r = check_directory(&by_default, "/usr/share/polkit-1/actions");
        return r == 0 ? check_authorities(posture) : r;
}
