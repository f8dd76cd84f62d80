/* A command line as words. Nothing is expanded: who asks what a line would do does not want it done. */
#include <ctype.h>

#include <errno.h>
#include <string.h>

#include "unitward/command.h"

/* Copies what one quote holds to *to; NULL: it does not end. */
static const char *copy_quoted(const char *from, char quote, char **to)
{
        while (*from && *from != quote) {
                if (quote == '"' && *from == '\\' && from[1] && strchr("\\\"$`", from[1]))
                        from++;
                *(*to)++ = *from++;
        }
        return *from ? from + 1 : NULL;
}

/* One word, copied to *to; what follows it, or NULL. */
static const char *copy_word(const char *from, char **to)
{
        while (from && *from && !isspace((unsigned char)*from)) {
                if (*from == '\'' || *from == '"') {
                        from = copy_quoted(from + 1, *from, to);
                        continue;
                }
                if (*from == '\\' && from[1])
                        from++;
                *(*to)++ = *from++;
        }
        return from;
}

int command_split(char *text, char **words, size_t max)
{
        const char *from = text;
        char *to = text;
        size_t n = 0;

        for (;;) {
                while (isspace((unsigned char)*from))
                        from++;
                if (!*from)
                        break;
                if (n == max)
                        return -E2BIG;
                words[n++] = to;
                from = copy_word(from, &to);
                if (!from)
                        return -EINVAL;
                from += *from != '\0'; /* the word's end may take its place */
                *to++ = '\0';
        }
        words[n] = NULL;
        return (int)n;
}
