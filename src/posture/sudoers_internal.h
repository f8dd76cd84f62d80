/* Between the parts of sudoers: sudoers_line.c makes words of lines, sudoers_parse.c entries of words, sudoers.c decides. */
#pragma once

#include "unitward/sudoers.h"
#include "unitward/util.h"

struct sudo_words {
        size_t n;
        char **words;          /* with their '!', if any, in front; owned */
};

enum sudo_tag { TAG_UNSET, TAG_PASSWD, TAG_NOPASSWD };

struct sudo_entry {
        struct sudo_words *users, *runas; /* of the sudoers; runas NULL: root */
        struct sudo_words *command;       /* one word */
        char *arguments;       /* NULL: any */
        enum sudo_tag tag;
        const char *file;
        unsigned line;
};

enum sudo_alias_kind { ALIAS_USER, ALIAS_RUNAS, ALIAS_HOST, ALIAS_COMMAND };

struct sudo_alias {
        enum sudo_alias_kind kind;
        char *name;
        struct sudo_words *members;
        char **arguments;      /* ALIAS_COMMAND: of each member, as in sudo_entry */
};

struct sudo_default {
        char scope;            /* ':' users, '!' commands, '>' runas, '@' hosts, 0: everything */
        struct sudo_words *of; /* NULL: everything */
        bool authenticate;
        char *exempt_group;    /* NULL: it is about authenticate */
};

struct sudoers {
        size_t n_entries, n_aliases, n_defaults, n_lists, n_files;
        struct sudo_entry *entries;
        struct sudo_alias *aliases;
        struct sudo_default *defaults;
        struct sudo_words **lists; /* all that the others point to */
        char **files;
};

/* A logical line is read from left to right. */
struct sudo_cursor {
        const char *at;        /* NUL-terminated */
};

void sudo_skip_spaces(struct sudo_cursor *cursor);
bool sudo_take(struct sudo_cursor *cursor, char c); /* after spaces */

/* One word: ends at a space or at one of stops, unless quoted or escaped. NULL: there is none, or no memory. */
char *sudo_word(struct sudo_cursor *cursor, const char *stops);

/* Words between commas, each perhaps with '!' in front. NULL: no memory; it may be empty. The sudoers owns it. */
struct sudo_words *sudo_list(struct sudoers *sudoers, struct sudo_cursor *cursor, const char *stops);
struct sudo_words *sudo_words_new(struct sudoers *sudoers);
int sudo_words_add(struct sudo_words *words, char *word); /* takes the word */

/* A command as it is in a list of them, after its tags: the word with its '!', and its arguments. -ENODATA: none. */
int sudo_command(struct sudo_cursor *cursor, char **ret_word, char **ret_arguments);

/* One more at the end of an array: its place, zeroed, or NULL. */
void *sudo_grow(void *array, size_t *n, size_t size);
