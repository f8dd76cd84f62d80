#include <ctype.h>

#include "sudoers_internal.h"

void *sudo_grow(void *array, size_t *n, size_t size)
{
        char **all = array;
        char *more = reallocarray(*all, *n + 1, size);

        if (!more)
                return NULL;
        *all = more;
        more += *n * size;
        memset(more, 0, size);
        (*n)++;
        return more;
}

void sudo_skip_spaces(struct sudo_cursor *cursor)
{
        cursor->at += strspn(cursor->at, " \t");
}

bool sudo_take(struct sudo_cursor *cursor, char c)
{
        sudo_skip_spaces(cursor);
        if (*cursor->at != c || !c)
                return false;
        cursor->at++;
        return true;
}

char *sudo_word(struct sudo_cursor *cursor, const char *stops)
{
        char *word = malloc(strlen(cursor->at) + 1);
        size_t n = 0;
        bool quoted = false;

        if (!word)
                return NULL;
        for (; *cursor->at; cursor->at++) {
                if (*cursor->at == '"') {
                        quoted = !quoted;
                        continue;
                }
                if (*cursor->at == '\\' && cursor->at[1])
                        cursor->at++;
                else if (!quoted && (strchr(" \t", *cursor->at) || strchr(stops, *cursor->at)) &&
                         !(n == 1 && *word == '%' && *cursor->at == ':'))
                        break;
                word[n++] = *cursor->at;
        }
        word[n] = '\0';
        return word;
}

struct sudo_words *sudo_words_new(struct sudoers *sudoers)
{
        struct sudo_words *words = calloc(1, sizeof *words), **place;

        if (!words)
                return NULL;
        place = sudo_grow(&sudoers->lists, &sudoers->n_lists, sizeof *place);
        if (!place) {
                free(words);
                return NULL;
        }
        return *place = words;
}

int sudo_words_add(struct sudo_words *words, char *word)
{
        char **place = word ? sudo_grow(&words->words, &words->n, sizeof *place) : NULL;

        if (!place) {
                free(word);
                return -ENOMEM;
        }
        *place = word;
        return 0;
}

/* An even number of them is none. */
static bool take_not(struct sudo_cursor *cursor)
{
        bool not = false;

        while (sudo_take(cursor, '!'))
                not = !not ;
        return not ;
}

static char *with_not(char *word, bool not )
{
        char *all = not &&word ? format("!%s", word) : NULL;

        if (!not )
                return word;
        free(word);
        return all;
}

struct sudo_words *sudo_list(struct sudoers *sudoers, struct sudo_cursor *cursor, const char *stops)
{
        struct sudo_words *list = sudo_words_new(sudoers);

        do {
                bool not = take_not(cursor);
                char *word;

                sudo_skip_spaces(cursor);
                if (!list || !*cursor->at || strchr(stops, *cursor->at))
                        return list;
                word = sudo_word(cursor, stops);
                if (sudo_words_add(list, with_not(word, not )) < 0)
                        return NULL;
        } while (sudo_take(cursor, ','));
        return list;
}

/* "sha256:DIGEST, sha512:DIGEST /bin/ls": the commands are as many as without. */
static void skip_digests(struct sudo_cursor *cursor)
{
        do {
                sudo_skip_spaces(cursor);
                if (!starts_with(cursor->at, "sha") || !isdigit((unsigned char)cursor->at[3]))
                        return;
                cursor->at += strcspn(cursor->at, " \t,");
        } while (sudo_take(cursor, ','));
}

/* Up to an unquoted comma or colon, which end a command. Spaces at the end are none of it. */
static char *arguments_of(struct sudo_cursor *cursor)
{
        const char *from;
        size_t length = 0;
        char *text;

        sudo_skip_spaces(cursor);
        from = cursor->at;
        if (!*from || strchr(",:", *from))
                return NULL;
        text = malloc(strlen(from) + 1);
        for (bool quoted = false; text && *cursor->at && (quoted || !strchr(",:", *cursor->at)); cursor->at++) {
                if (*cursor->at == '"')
                        quoted = !quoted;
                else {
                        if (*cursor->at == '\\' && cursor->at[1])
                                cursor->at++;
                        text[length++] = *cursor->at;
                }
        }
        while (text && length > 0 && strchr(" \t", text[length - 1]))
                length--;
        if (text)
                text[length] = '\0';
        return text;
}

/* "^/usr/bin/(a|b), c$" may have anything in it. */
static char *pattern_word(struct sudo_cursor *cursor)
{
        const char *from = cursor->at, *end = from;
        char *word;

        do
                end = strchr(end + 1, '$');
        while (end && end[1] && !strchr(" \t,:", end[1]));
        if (!end)
                return sudo_word(cursor, ",:");
        word = strndup(from, (size_t)(end + 1 - from));
        cursor->at = end + 1;
        return word;
}

int sudo_command(struct sudo_cursor *cursor, char **ret_word, char **ret_arguments)
{
        bool not ;
        char *word;

        skip_digests(cursor);
        not = take_not(cursor);
        sudo_skip_spaces(cursor);
        if (!*cursor->at || strchr(",:=", *cursor->at))
                return -ENODATA;
        word = with_not(*cursor->at == '^' ? pattern_word(cursor) : sudo_word(cursor, ",:="), not );
        if (!word)
                return -ENOMEM;
        *ret_word = word;
        *ret_arguments = arguments_of(cursor);
        return 0;
}
