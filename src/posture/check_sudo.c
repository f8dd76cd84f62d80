/* Whom sudo lets run systemctl and its like as root without asking for a password: he can have his own unit started,
 * and is root then, without any exploit. */
#include <limits.h>

#include "posture_internal.h"
#include "unitward/sudoers.h"

#define SUDOERS_PATH "/etc/sudoers"
#define INCLUDES_MAX 1000u

static const char *const programs[] = { "systemctl",   "systemd-run", "busctl",         "machinectl",
                                        "portablectl", "loginctl",    "systemd-sysext", "systemd-stdio-bridge" };

struct check {
        struct posture *posture;
        struct sudoers *sudoers;
        char *groups; /* /etc/group; NULL: there is none */
        bool installed;
        unsigned n_files;
        const struct account *account; /* who is asked about; NULL: somebody without an account here */
        const char *program;
        struct sudo_grant everybodys[ARRAY_SIZE(programs)]; /* what all have without a password; file NULL: nothing */
};

/* ---- Reading ----------------------------------------------------------------------------------------------- */

static int read_sudoers(const char *path, bool is_directory, void *userdata);

struct listing {
        struct check *check;
        const char *directory;
};

/* sudo leaves out what packages and editors leave behind. */
static int read_in_directory(const char *name, void *userdata)
{
        const struct listing *listing = userdata;
        char path[PATH_MAX];

        if (strchr(name, '.') || ends_with(name, "~") || !path_join(path, sizeof path, listing->directory, name))
                return 0;
        return read_sudoers(path, false, listing->check);
}

static int read_sudoers(const char *path, bool is_directory, void *userdata)
{
        struct check *check = userdata;
        struct listing listing = { check, path };
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        if (check->n_files++ >= INCLUDES_MAX)
                return 0;
        r = is_directory ? posture_list(check->posture, path, read_in_directory, &listing)
                         : posture_read(check->posture, path, SUDOERS_MAX, &text, &size);
        if (r == 0 && !is_directory)
                r = sudoers_parse(check->sudoers, path, text, size, read_sudoers, check);
        if (r == -ENOMEM || r == -ENOENT || r == 0)
                return posture_fatal(r);
        return posture_unseen(check->posture, path, -r);
}

/* ---- Members ----------------------------------------------------------------------------------------------- */

static bool is_member(const char *group, void *userdata)
{
        const struct check *check = userdata;
        const uid_t *members;
        size_t n;
        gid_t gid;

        if (!check->account)
                return false;
        if (*group == '#')
                gid = (gid_t)strtoul(group + 1, NULL, 10);
        else if (!posture_group_named(check->posture, group, &gid))
                return false;
        n = posture_members(check->posture, gid, &members);
        for (size_t i = 0; i < n; i++)
                if (members[i] == check->account->uid)
                        return true;
        return false;
}

/* ---- Findings ---------------------------------------------------------------------------------------------- */

static int add(struct check *check, const struct sudo_grant *grant, enum severity severity, char *what)
{
        const char *const argv[] = { "visudo", "-f", grant->file, NULL };
        struct people who = { .everybody = !check->account };
        struct finding_draft draft = {
                .check = CHECK_SUDO,
                .severity = check->installed ? severity : SEVERITY_INFO,
                .path = grant->file,
                .what = what,
                .who = &who,
                .mend = MEND_COMMAND,
                .argv = argv,
                .advice = check->installed ? "have it ask for a password: PASSWD: instead of NOPASSWD:, and nothing in "
                                             "Defaults that ends that"
                                           : "there is no sudo that would read it",
        };
        struct node *node;
        int r = what ? posture_look(check->posture, grant->file, false, &node) : -ENOMEM;

        if (r == 0 && !node->error) {
                draft.st = &node->st;
                draft.path = node->path;
        }
        if (r == 0 && check->account)
                r = people_add_user(&who, check->account->uid);
        if (r == 0)
                r = posture_add(check->posture, &draft);
        people_done(&who);
        free(what);
        return r;
}

static const char *name_of(const struct check *check)
{
        return check->account ? check->account->name : "everybody";
}

/* A pattern in arguments takes spaces, and so whole words, as many as one likes. */
static int add_limited(const struct sudo_grant *grant, void *userdata)
{
        struct check *check = userdata;
        bool open = strpbrk(grant->arguments, "*[") || *grant->arguments == '^';

        if (grant->password)
                return 0;
        return add(check, grant, open ? SEVERITY_HIGH : SEVERITY_LOW,
                   format("lets %s run %s%s%s as root without a password (line %u)%s", name_of(check), check->program,
                          *grant->arguments ? " " : "", grant->arguments, grant->line,
                          open ? ": a pattern takes other options and units as well" : ""));
}

static struct sudo_user user_of(struct check *check)
{
        return (struct sudo_user){
                .name = check->account ? check->account->name : "",
                .uid = check->account ? check->account->uid : (uid_t)-2,
                .is_member = is_member,
                .userdata = check,
        };
}

static bool is_same(const struct sudo_grant *a, const struct sudo_grant *b)
{
        return a->file && b->file && streq(a->file, b->file) && a->line == b->line;
}

/* Whether those who have an account have what somebody without one has: "ALL, !alice" is not everybody. */
static bool all_have(struct check *check, const char *program, const struct sudo_grant *wanted)
{
        bool all = true;

        for (size_t i = 0; all && i < posture_n_accounts(check->posture); i++) {
                struct sudo_grant grant = { 0 };
                struct sudo_user user;

                check->account = posture_account(check->posture, i);
                user = user_of(check);
                all = check->account->uid == 0 ||
                      (sudoers_grants(check->sudoers, &user, program, &grant) > 0 && is_same(&grant, wanted));
        }
        check->account = NULL;
        return all;
}

/* What everybody may is said of everybody, and not once more of each. */
static bool is_told(struct check *check, size_t i, const struct sudo_grant *grant)
{
        if (check->account)
                return is_same(grant, &check->everybodys[i]);
        if (!all_have(check, programs[i], grant))
                return true;
        check->everybodys[i] = *grant;
        return false;
}

static int check_user(struct check *check)
{
        const struct sudo_user user = user_of(check);
        int r = 0;

        for (size_t i = 0; r == 0 && i < ARRAY_SIZE(programs); i++) {
                struct sudo_grant grant;

                check->program = programs[i];
                if (sudoers_grants(check->sudoers, &user, programs[i], &grant) == 0) {
                        r = sudoers_each_limited(check->sudoers, &user, programs[i], add_limited, check);
                        continue;
                }
                if (!grant.password && !is_told(check, i, &grant))
                        r = add(check, &grant, check->account ? SEVERITY_HIGH : SEVERITY_CRITICAL,
                                grant.everything ? format("lets %s run everything as root without a password (line %u)",
                                                          name_of(check), grant.line)
                                                 : format("lets %s run %s as root without a password (line %u)",
                                                          name_of(check), programs[i], grant.line));
                if (grant.everything)
                        break;
        }
        return r;
}

static bool is_installed(struct posture *posture)
{
        static const char *const paths[] = { "/usr/bin/sudo", "/usr/local/bin/sudo", "/bin/sudo" };

        for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
                struct node *node;

                if (posture_look(posture, paths[i], false, &node) == 0 && !node->error)
                        return true;
        }
        return false;
}

int posture_check_sudo(struct posture *posture)
{
        struct check check = { .posture = posture, .sudoers = sudoers_new(), .installed = is_installed(posture) };
        int r = check.sudoers ? read_sudoers(SUDOERS_PATH, false, &check) : -ENOMEM;

        if (r == 0)
                r = check_user(&check);
        for (size_t i = 0; r == 0 && i < posture_n_accounts(posture); i++) {
                check.account = posture_account(posture, i);
                r = check.account->uid == 0 ? 0 : check_user(&check);
        }
        sudoers_free(check.sudoers);
        return r;
}
