/* Credentials in unit files that others may read, and files that the policy wants nobody to read. */
#include <ctype.h>

#include "../unit/unit_internal.h"
#include "units.h"

struct look {
        struct posture *posture;
        const struct posture_unit *unit;
};

/* ---- Who reads --------------------------------------------------------------------------------------------- */

static bool may_be_searched(const struct node *directory)
{
        for (; directory; directory = directory->parent)
                if (!(directory->st.st_mode & S_IXOTH))
                        return false;
        return true;
}

/* Everybody, or a group with somebody in it. */
static int find_readers(const struct posture *posture, const struct node *node, struct people *ret)
{
        const uid_t *members;

        if (node->st.st_mode & S_IROTH && may_be_searched(node->parent))
                ret->everybody = true;
        if (node->st.st_mode & S_IRGRP && posture_members(posture, node->st.st_gid, &members) > 0)
                return people_add_group(ret, node->st.st_gid);
        return 0;
}

static int add_reading(struct posture *posture, const char *path, struct finding_draft *draft)
{
        _cleanup_(people_done) struct people readers = { 0 };
        struct node *node;
        int r = posture_look(posture, path, false, &node);

        if (r < 0 || node->error != 0 || !S_ISREG(node->st.st_mode))
                return r == -ENOMEM ? r : 0;
        r = find_readers(posture, node, &readers);
        if (r < 0 || people_is_empty(&readers))
                return r;
        draft->path = node->path;
        draft->st = &node->st;
        draft->who = &readers;
        draft->mend = MEND_CHMOD;
        draft->safe = true;
        draft->mode = node->st.st_mode & 07777 & ~(mode_t)(S_IRWXO | (readers.n_groups > 0 ? S_IRGRP : 0));
        return posture_add(posture, draft);
}

/* ---- Credentials ------------------------------------------------------------------------------------------- */

static bool contains_word(const char *name, size_t length)
{
        static const char *const words[] = { "PASSWORD",    "PASSWD",   "PASSPHRASE", "SECRET",
                                             "TOKEN",       "API_KEY",  "APIKEY",     "ACCESS_KEY",
                                             "PRIVATE_KEY", "AUTH_KEY", "SECRET_KEY", "CREDENTIAL" };
        char upper[128];

        if (length >= sizeof upper)
                return false;
        for (size_t i = 0; i < length; i++)
                upper[i] = (char)toupper((unsigned char)name[i]);
        upper[length] = '\0';
        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                if (strstr(upper, words[i]))
                        return true;
        return false;
}

/* "https://name:password@host". */
static bool has_user_information(const char *value)
{
        const char *scheme = strstr(value, "://"), *at = scheme ? strchr(scheme + 3, '@') : NULL,
                   *colon = scheme ? strchr(scheme + 3, ':') : NULL;

        return at && colon && colon < at && at > colon + 1 && !memchr(scheme + 3, '/', (size_t)(at - scheme - 3));
}

/* A path, a number or a word of yes and no is none: "PASSWORD_FILE=/etc/x", "TOKEN_TTL=60", "USE_SECRET=yes". */
static bool is_secret(const char *assignment)
{
        static const char *const words[] = { "yes", "no", "true", "false", "on", "off" };
        const char *equals = strchr(assignment, '='), *value = equals ? equals + 1 : NULL;

        if (!value || !*value)
                return false;
        if (has_user_information(value))
                return true;
        if (!contains_word(assignment, (size_t)(equals - assignment)) || *value == '/' || *value == '$' ||
            strspn(value, "0123456789") == strlen(value))
                return false;
        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                if (streq(value, words[i]))
                        return false;
        return true;
}

static int add_secret(struct look *look, const char *path, const char *what, size_t length)
{
        _cleanup_free_ char *text = format("holds a credential that may be read: %.*s", (int)length, what);
        struct finding_draft draft = {
                .check = CHECK_UNIT_SECRET,
                .severity = SEVERITY_MEDIUM,
                .what = text,
                .unit = look->unit->name,
                .advice = "systemctl show tells it to everybody all the same: have it in a file of its own and use "
                          "LoadCredential=, then give out a new one",
        };

        return text ? add_reading(look->posture, path, &draft) : -ENOMEM;
}

static int check_environment(const struct unit_setting *setting, const char *path, void *userdata)
{
        struct look *look = userdata;
        const char *line = setting->value;
        struct exec_command words;
        int r = 0;

        while (r >= 0 && (r = exec_command_next(&line, &words)) > 0) {
                for (size_t i = 0; r >= 0 && i < words.n; i++)
                        if (is_secret(words.words[i]))
                                r = add_secret(look, path, words.words[i], strcspn(words.words[i], "="));
                exec_command_done(&words);
        }
        return r;
}

/* ID:VALUE; an empty one only says that there is none. */
static int check_credential(const struct unit_setting *setting, const char *path, void *userdata)
{
        const char *colon = strchr(setting->value, ':');

        return colon && colon[1] ? add_secret(userdata, path, setting->value, (size_t)(colon - setting->value)) : 0;
}

static int check_unit(struct posture *posture, const struct posture_unit *unit)
{
        static const char *const sections[] = { "Service", "Socket", "Mount", "Swap" };
        struct look look = { posture, unit };
        int r = 0;

        for (size_t i = 0; r == 0 && i < ARRAY_SIZE(sections); i++) {
                r = posture_unit_settings(unit, sections[i], "Environment", check_environment, &look);
                if (r == 0)
                        r = posture_unit_settings(unit, sections[i], "SetCredential", check_credential, &look);
        }
        return r;
}

/* ---- What the policy says ---------------------------------------------------------------------------------- */

static int check_restricted(struct posture *posture, const struct unit_source *source, const char *unit)
{
        struct finding_draft draft = { .check = CHECK_UNIT_READABLE,
                                       .severity = SEVERITY_LOW,
                                       .what = "may be read, in a zone where the policy restricts reading",
                                       .unit = unit };
        struct placement placement;

        policy_place(posture->policy, source->path, &placement);
        return placement.zone >= 0 && policy_restricts_read(posture->policy, placement.zone)
                       ? add_reading(posture, source->path, &draft)
                       : 0;
}

int posture_check_secrets(struct posture *posture)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < posture->n_units; i++) {
                const struct unit_entry *entry = (const struct unit_entry *)posture->units[i];

                r = check_unit(posture, &entry->unit);
                for (size_t j = 0; posture->policy && r == 0 && j < entry->n_sources; j++)
                        r = check_restricted(posture, &entry->sources[j], entry->unit.name);
        }
        return r;
}
