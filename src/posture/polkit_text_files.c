/* polkit's older local authorities, and the defaults of actions. See polkit_text.h. */
#include <fnmatch.h>

#include "polkit_text_internal.h"
#include "unitward/util.h"

#define LINE_SIZE 1024u

/* The next line without spaces around it, cut where it is too long. False: that was all. */
static bool next_line(const char **at, const char *end, char line[static LINE_SIZE])
{
        const char *newline, *from = *at, *to;
        size_t n;

        if (from >= end)
                return false;
        newline = memchr(from, '\n', (size_t)(end - from));
        to = newline ? newline : end;
        *at = to + 1;
        while (from < to && strchr(" \t\r", *from))
                from++;
        while (to > from && strchr(" \t\r", to[-1]))
                to--;
        n = (size_t)(to - from) < LINE_SIZE ? (size_t)(to - from) : LINE_SIZE - 1;
        memcpy(line, from, n);
        line[n] = '\0';
        return true;
}

/* ---- .pkla ------------------------------------------------------------------------------------------------- */

/* "unix-user:alice;unix-group:adm;*" */
static void take_identities(char *list, struct polkit_grant *grant, bool *anybody)
{
        char *state;

        for (char *each = strtok_r(list, ";", &state); each; each = strtok_r(NULL, ";", &state)) {
                bool is_group = starts_with(each, "unix-group:");
                size_t *n = is_group ? &grant->n_groups : &grant->n_users;
                const char *name = strchr(each, ':');

                if (!name || streq(name, ":*"))
                        *anybody = true;
                else if (*n < POLKIT_NAMES_MAX)
                        (void)string_copy(is_group ? grant->groups[(*n)++] : grant->users[(*n)++], 64, name + 1);
        }
}

static const char *action_among(char *list)
{
        char *state;

        for (char *each = strtok_r(list, ";", &state); each; each = strtok_r(NULL, ";", &state))
                for (const char *const *action = polkit_actions; *action; action++)
                        if (fnmatch(each, *action, 0) == 0)
                                return *action;
        return NULL;
}

struct section {
        struct polkit_grant grant;
        bool yes, anybody;
};

static int end_section(const struct section *section, polkit_grant_function each, void *userdata)
{
        struct polkit_grant grant = section->grant;

        if (!section->yes || !grant.action || (!section->anybody && grant.n_groups + grant.n_users == 0))
                return 0;
        if (section->anybody)
                grant.n_groups = grant.n_users = 0;
        return each(&grant, userdata);
}

static void take_setting(struct section *section, char *line)
{
        char *value = strchr(line, '=');
        size_t length = value ? strcspn(line, " \t=") : 0;

        if (!value)
                return;
        value += 1 + strspn(value + 1, " \t");
        line[length] = '\0';
        if (streq(line, "Identity"))
                take_identities(value, &section->grant, &section->anybody);
        else if (streq(line, "Action"))
                section->grant.action = action_among(value);
        else if (starts_with(line, "Result"))
                section->yes |= streq(value, "yes");
}

int polkit_authority_each(const char *text, size_t size, polkit_grant_function each, void *userdata)
{
        const char *at = text, *end = text + size;
        struct section section = { .grant.line = 1 };
        char line[LINE_SIZE];
        int r = 0;

        for (unsigned n = 1; r == 0 && next_line(&at, end, line); n++) {
                if (*line == '[') {
                        r = end_section(&section, each, userdata);
                        section = (struct section){ .grant.line = n };
                } else if (*line != '#')
                        take_setting(&section, line);
        }
        return r == 0 ? end_section(&section, each, userdata) : r;
}

/* ---- .policy ----------------------------------------------------------------------------------------------- */

static const char *known_action(const char *line)
{
        const char *id = strstr(line, "<action id=");

        for (const char *const *action = polkit_actions; id && *action; action++) {
                size_t length = strlen(*action);

                id = strstr(line, "<action id=") + strlen("<action id=");
                if (strncmp(id + 1, *action, length) == 0 && id[0] == id[length + 1])
                        return *action;
        }
        return NULL;
}

int polkit_policy_each(const char *text, size_t size, polkit_grant_function each, void *userdata)
{
        const char *at = text, *end = text + size;
        struct polkit_grant grant = { 0 };
        char line[LINE_SIZE];
        int r = 0;

        for (unsigned n = 1; r == 0 && next_line(&at, end, line); n++) {
                if (strstr(line, "<action "))
                        grant = (struct polkit_grant){ .line = n, .action = known_action(line) };
                if (!grant.action || !strstr(line, "<allow_") || !strstr(line, ">yes<"))
                        continue;
                grant.conditional = !strstr(line, "<allow_any>");
                r = each(&grant, userdata);
                grant.action = NULL; /* once is enough */
        }
        return r;
}
