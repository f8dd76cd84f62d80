/* Whom sudoers lets run what. See sudoers.h. */
#include <fnmatch.h>

#include "sudoers_internal.h"

#define DEPTH_MAX 16u     /* of aliases in aliases */
#define STEPS_MAX 100000u /* words looked at for one question */

struct sudoers *sudoers_new(void)
{
        return calloc(1, sizeof(struct sudoers));
}

static void words_free(struct sudo_words *words)
{
        for (size_t i = 0; i < words->n; i++)
                free(words->words[i]);
        free(words->words);
        free(words);
}

struct sudoers *sudoers_free(struct sudoers *sudoers)
{
        if (!sudoers)
                return NULL;
        for (size_t i = 0; i < sudoers->n_entries; i++)
                free(sudoers->entries[i].arguments);
        for (size_t i = 0; i < sudoers->n_aliases; i++) {
                struct sudo_alias *alias = &sudoers->aliases[i];

                for (size_t k = 0; alias->arguments && k < alias->members->n; k++)
                        free(alias->arguments[k]);
                free(alias->arguments);
                free(alias->name);
        }
        for (size_t i = 0; i < sudoers->n_defaults; i++)
                free(sudoers->defaults[i].exempt_group);
        for (size_t i = 0; i < sudoers->n_lists; i++)
                words_free(sudoers->lists[i]);
        for (size_t i = 0; i < sudoers->n_files; i++)
                free(sudoers->files[i]);
        free(sudoers->files);
        free(sudoers->lists);
        free(sudoers->entries);
        free(sudoers->aliases);
        free(sudoers->defaults);
        free(sudoers);
        return NULL;
}

/* ---- Lists ------------------------------------------------------------------------------------------------- */

enum match { MATCH_NONE, MATCH_YES, MATCH_NOT };

struct question {
        const struct sudoers *sudoers;
        const struct sudo_user *user;
        const char *name; /* of the program */
        unsigned steps;
};

typedef enum match (*match_function)(struct question *question, const char *word, unsigned depth);

static const struct sudo_alias *alias_named(const struct sudoers *sudoers, enum sudo_alias_kind kind, const char *name)
{
        for (size_t i = 0; i < sudoers->n_aliases; i++)
                if (sudoers->aliases[i].kind == kind && sudoers->aliases[i].members &&
                    streq(sudoers->aliases[i].name, name))
                        return &sudoers->aliases[i];
        return NULL;
}

static enum match negate(enum match match)
{
        return match == MATCH_YES ? MATCH_NOT : match == MATCH_NOT ? MATCH_YES : MATCH_NONE;
}

/* The last word that matches decides. */
static enum match match_list(struct question *question, const struct sudo_words *list, match_function matches,
                             unsigned depth)
{
        for (size_t i = list->n; i > 0 && depth < DEPTH_MAX && question->steps < STEPS_MAX; i--) {
                const char *word = list->words[i - 1];
                bool not = *word == '!';
                enum match match;

                question->steps++;
                match = matches(question, word + not, depth);
                if (match != MATCH_NONE)
                        return not ? negate(match) : match;
        }
        return MATCH_NONE;
}

static enum match yes_if(bool condition)
{
        return condition ? MATCH_YES : MATCH_NONE;
}

static enum match match_user(struct question *question, const char *word, unsigned depth)
{
        const struct sudo_user *user = question->user;
        const struct sudo_alias *alias;
        char number[16];

        if (streq(word, "ALL"))
                return MATCH_YES;
        if (*word == '%')
                return yes_if(word[1] != ':' && user->is_member(word + 1, user->userdata));
        (void)snprintf(number, sizeof number, "#%u", user->uid);
        if (*word == '#')
                return yes_if(streq(word, number));
        alias = alias_named(question->sudoers, ALIAS_USER, word);
        return alias ? match_list(question, alias->members, match_user, depth + 1) : yes_if(streq(word, user->name));
}

static enum match match_root(struct question *question, const char *word, unsigned depth)
{
        const struct sudo_alias *alias = alias_named(question->sudoers, ALIAS_RUNAS, word);

        if (streq(word, "ALL") || streq(word, "root") || streq(word, "#0"))
                return MATCH_YES;
        return alias ? match_list(question, alias->members, match_root, depth + 1) : MATCH_NONE;
}

/* ---- Commands ---------------------------------------------------------------------------------------------- */

/* sudo compares what a path leads to: /bin/systemctl is /usr/bin/systemctl. */
static bool is_program(const char *word, const char *name)
{
        static const char *const directories[] = { "/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/" };
        size_t length = strlen(word);

        if (*word == '^')
                return strstr(word, name) != NULL;
        for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
                char path[64];

                (void)snprintf(path, sizeof path, "%s%s", directories[i], name);
                if (length > 0 && word[length - 1] == '/' ? streq(word, directories[i])
                                                          : fnmatch(word, path, FNM_PATHNAME) == 0)
                        return true;
        }
        return false;
}

/* What an entry or an alias's member is to the program. */
struct command_match {
        enum match match;
        const char *arguments; /* NULL: any */
        bool everything;
};

static bool is_any(const char *arguments)
{
        return !arguments || streq(arguments, "*");
}

static struct command_match match_command(struct question *question, const char *word, const char *arguments,
                                          bool limited, unsigned depth)
{
        bool not = *word == '!';
        const struct sudo_alias *alias = alias_named(question->sudoers, ALIAS_COMMAND, word + not );
        struct command_match match = { .everything = streq(word + not, "ALL") };

        question->steps++;
        if (alias && depth < DEPTH_MAX) {
                for (size_t i = alias->members->n; i > 0 && question->steps < STEPS_MAX; i--) {
                        match = match_command(question, alias->members->words[i - 1], alias->arguments[i - 1], limited,
                                              depth + 1);
                        if (match.match != MATCH_NONE)
                                break;
                }
        } else if (match.everything || is_program(word + not, question->name)) {
                match.arguments = is_any(arguments) ? NULL : arguments;
                match.match = yes_if(!match.arguments || limited);
        }
        if (not )
                match.match = negate(match.match);
        return match;
}

/* ---- Passwords --------------------------------------------------------------------------------------------- */

static bool default_concerns(struct question *question, const struct sudo_default *each)
{
        bool concerns = false;

        switch (each->scope) {
        case ':':
                return match_list(question, each->of, match_user, 0) == MATCH_YES;
        case '>':
                return match_list(question, each->of, match_root, 0) == MATCH_YES;
        case '!':
                for (size_t i = 0; !concerns && i < each->of->n; i++)
                        concerns = match_command(question, each->of->words[i], NULL, false, 0).match == MATCH_YES;
                return concerns;
        default: /* of which host this is nobody knows */
                return true;
        }
}

static bool asks_for_password(struct question *question, enum sudo_tag tag)
{
        const struct sudoers *sudoers = question->sudoers;
        bool asks = true;

        if (tag != TAG_UNSET)
                return tag == TAG_PASSWD;
        for (size_t i = 0; i < sudoers->n_defaults; i++) {
                const struct sudo_default *each = &sudoers->defaults[i];

                if (each->exempt_group) {
                        if (question->user->is_member(each->exempt_group, question->user->userdata))
                                return false;
                } else if (default_concerns(question, each))
                        asks = each->authenticate;
        }
        return asks;
}

/* ---- Questions --------------------------------------------------------------------------------------------- */

static bool concerns(struct question *question, const struct sudo_entry *entry)
{
        return match_list(question, entry->users, match_user, 0) == MATCH_YES &&
               (!entry->runas || match_list(question, entry->runas, match_root, 0) == MATCH_YES);
}

static struct sudo_grant grant_of(struct question *question, const struct sudo_entry *entry,
                                  const struct command_match *match)
{
        return (struct sudo_grant){ .file = entry->file,
                                    .line = entry->line,
                                    .arguments = match->arguments,
                                    .everything = match->everything,
                                    .password = asks_for_password(question, entry->tag) };
}

int sudoers_grants(const struct sudoers *sudoers, const struct sudo_user *user, const char *name,
                   struct sudo_grant *ret)
{
        struct question question = { sudoers, user, name, 0 };

        for (size_t i = sudoers->n_entries; i > 0; i--) {
                const struct sudo_entry *entry = &sudoers->entries[i - 1];
                struct command_match match;

                question.steps = 0;
                match = match_command(&question, entry->command->words[0], entry->arguments, false, 0);
                if (match.match == MATCH_NONE || !concerns(&question, entry))
                        continue;
                if (match.match == MATCH_NOT)
                        return 0;
                *ret = grant_of(&question, entry, &match);
                return 1;
        }
        return 0;
}

/* Those before one that forbids the program altogether are none. */
static size_t first_that_counts(struct question *question)
{
        for (size_t i = question->sudoers->n_entries; i > 0; i--) {
                const struct sudo_entry *entry = &question->sudoers->entries[i - 1];

                question->steps = 0;
                if (match_command(question, entry->command->words[0], entry->arguments, false, 0).match == MATCH_NOT &&
                    concerns(question, entry))
                        return i;
        }
        return 0;
}

int sudoers_each_limited(const struct sudoers *sudoers, const struct sudo_user *user, const char *name,
                         int (*each)(const struct sudo_grant *grant, void *userdata), void *userdata)
{
        struct question question = { sudoers, user, name, 0 };
        int r = 0;

        for (size_t i = first_that_counts(&question); r == 0 && i < sudoers->n_entries; i++) {
                const struct sudo_entry *entry = &sudoers->entries[i];
                struct command_match match;

                question.steps = 0;
                match = match_command(&question, entry->command->words[0], entry->arguments, true, 0);
                if (match.match == MATCH_YES && match.arguments && concerns(&question, entry)) {
                        struct sudo_grant grant = grant_of(&question, entry, &match);

                        r = each(&grant, userdata);
                }
        }
        return r;
}
