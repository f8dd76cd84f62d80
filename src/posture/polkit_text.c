/* polkit's rules.d, by the words in them. See polkit_text.h. */
#include <ctype.h>

#include "polkit_text_internal.h"
#include "unitward/util.h"

const char *const polkit_actions[] = {
        "org.freedesktop.systemd1.manage-units",    "org.freedesktop.systemd1.manage-unit-files",
        "org.freedesktop.systemd1.set-environment", "org.freedesktop.systemd1.reload-daemon",
        "org.freedesktop.policykit.exec",           "org.freedesktop.machine1.host-shell",
        "org.freedesktop.portable1.attach-images",  NULL,
};

/* ---- Without comments -------------------------------------------------------------------------------------- */

/* The end of what begins at i: a string, a comment, or a character. *ret_keep: it is no comment. */
static size_t token_end(const char *text, size_t size, size_t i, bool *ret_keep)
{
        char c = text[i], next = i + 1 < size ? text[i + 1] : '\0';
        const char *end;

        *ret_keep = !(c == '/' && (next == '/' || next == '*'));
        if (c == '"' || c == '\'' || c == '`') {
                for (i++; i < size && text[i] != c && text[i] != '\n'; i++)
                        i += text[i] == '\\' && i + 1 < size;
                return i < size ? i + 1 : size;
        }
        if (*ret_keep)
                return i + 1;
        end = next == '/'    ? memchr(text + i, '\n', size - i)
              : i + 2 < size ? memmem(text + i + 2, size - i - 2, "*/", 2)
                             : NULL;
        return !end ? size : (size_t)(end - text) + (next == '/' ? 0 : 2);
}

/* Comments become spaces, lines stay lines. A regular expression with a quote in it hides the rest of its line. */
static char *without_comments(const char *text, size_t size)
{
        char *copy = malloc(size + 1);
        bool keep;

        for (size_t i = 0, end; copy && i < size; i = end) {
                end = token_end(text, size, i, &keep);
                for (; i < end; i++)
                        copy[i] = text[i] == '\n' ? '\n' : keep && text[i] ? text[i] : ' ';
        }
        if (copy)
                copy[size] = '\0';
        return copy;
}

/* ---- What a rule says -------------------------------------------------------------------------------------- */

static bool has(const char *rule, const char *end, const char *word)
{
        return memmem(rule, (size_t)(end - rule), word, strlen(word)) != NULL;
}

/* The action in full; or, of one that is compared by its beginning or by a pattern, a part that is long enough. */
static const char *action_in(const char *rule, const char *end)
{
        static const char *const parts[] = { "systemd1.", "systemd1\\", "freedesktop.systemd1" };

        for (const char *const *action = polkit_actions; *action; action++)
                if (has(rule, end, *action))
                        return *action;
        for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
                for (const char *at = memmem(rule, (size_t)(end - rule), parts[i], strlen(parts[i])); at;) {
                        at += strlen(parts[i]);
                        if (at < end && strchr("\"'*/.(", *at)) /* "org.freedesktop.systemd1." and no more */
                                return polkit_actions[0];
                        at = memmem(at, (size_t)(end - at), parts[i], strlen(parts[i]));
                }
        return NULL;
}

static bool says_yes(const char *rule, const char *end)
{
        return has(rule, end, "Result.YES") || has(rule, end, "'yes'") || has(rule, end, "\"yes\"") ||
               has(rule, end, "Result[\"YES\"]") || has(rule, end, "Result['YES']");
}

/* The string after the word and what stands between it and its quote; into name. False: none. */
static bool name_after(const char *at, const char *end, const char *between, char name[static 64])
{
        size_t n = 0;
        char quote;

        while (at < end && strchr(between, *at) && *at)
                at++;
        if (at >= end || (*at != '"' && *at != '\''))
                return false;
        quote = *at++;
        while (at < end && *at != quote && n < 63)
                name[n++] = *at++;
        name[n] = '\0';
        return n > 0 && at < end && *at == quote;
}

static size_t names_after(const char *rule, const char *end, const char *word, const char *between,
                          char names[static POLKIT_NAMES_MAX][64], bool *unread)
{
        size_t n = 0;

        for (const char *at = rule; (at = memmem(at, (size_t)(end - at), word, strlen(word)));) {
                at += strlen(word);
                if (n < POLKIT_NAMES_MAX && name_after(at, end, between, names[n]))
                        n++;
                else
                        *unread = true;
        }
        return n;
}

static bool describe(const char *rule, const char *end, struct polkit_grant *grant)
{
        static const char *const conditions[] = { "isInNetGroup", "subject.active", "subject.local", "subject.session",
                                                  "subject.seat", "subject.groups", "polkit.spawn",  "subject.pid",
                                                  "system_unit",  "subject[",       "no_new_privs" };

        grant->action = action_in(rule, end);
        if (!says_yes(rule, end) || (!grant->action && has(rule, end, "action.id")))
                return false;
        grant->one_unit = has(rule, end, "lookup(\"unit\")") || has(rule, end, "lookup('unit')");
        grant->n_groups = names_after(rule, end, "isInGroup", " \t\n(", grant->groups, &grant->conditional);
        grant->n_users = names_after(rule, end, "subject.user", " \t\n=", grant->users, &grant->conditional);
        for (size_t i = 0; i < ARRAY_SIZE(conditions); i++)
                grant->conditional |= has(rule, end, conditions[i]);
        return true;
}

int polkit_rules_each(const char *text, size_t size, polkit_grant_function each, void *userdata)
{
        static const char begin[] = "addRule";
        _cleanup_free_ char *copy = without_comments(text, size);
        const char *rule, *line = copy;
        unsigned n = 1;
        int r = 0;

        if (!copy)
                return -ENOMEM;
        rule = strstr(copy, begin);
        while (r == 0 && rule) {
                struct polkit_grant grant = { 0 };
                const char *next = strstr(rule + strlen(begin), begin), *end = next ? next : copy + strlen(copy);

                for (; line < rule; line++)
                        n += *line == '\n';
                grant.line = n;
                if (describe(rule, end, &grant))
                        r = each(&grant, userdata);
                rule = next;
        }
        return r;
}
