#include <stdlib.h>

#include "unitward/ctl.h"
#include "unitward/text.h"

static const char *const style_sequences[STYLE_COUNT_] = {
        [STYLE_BOLD] = "\033[1m",
        [STYLE_GOOD] = "\033[32m",
        [STYLE_WARN] = "\033[33m",
        [STYLE_BAD] = "\033[1;31m",
};

bool ctl_colour(FILE *stream)
{
        const char *no_colour = getenv("NO_COLOR");

        return (!no_colour || !*no_colour) && isatty(fileno(stream));
}

void ctl_print_text(FILE *out, enum ctl_style style, const char *text)
{
        const char *sequence = ctl_colour(out) ? style_sequences[style] : NULL;
        _cleanup_free_ char *escaped = text_escape(text);

        if (sequence)
                fputs(sequence, out);
        fputs(escaped ? escaped : "(out of memory)", out);
        if (sequence)
                fputs("\033[0m", out);
}

void ctl_print_json(const json_t *json)
{
        (void)json_dumpf(json, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
        fputc('\n', stdout);
}

char *ctl_json_text(const json_t *value)
{
        switch (value ? json_typeof(value) : JSON_NULL) {
        case JSON_STRING:
                return strdup(json_string_value(value));
        case JSON_TRUE:
                return strdup("yes");
        case JSON_FALSE:
                return strdup("no");
        case JSON_NULL:
                return strdup("-");
        case JSON_OBJECT:
        case JSON_ARRAY:
        case JSON_INTEGER:
        case JSON_REAL:
                break;
        }
        return json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
}
