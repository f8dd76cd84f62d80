/* Names that somebody else chose: always shown safely, always valid JSON, never changed by the way there and back. */
#include "unitward/text.h"
#include "unitward/util.h"

#include "../../src/ctl/explain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
        if (!holds)
                abort();
}

/* A command line becomes words in its own memory. */
static void split(char *line)
{
        char *words[8 + 1];
        const char *end = line + strlen(line) + 1;
        int n = command_split(line, words, 8);

        for (int i = 0; i < n; i++)
                require(words[i] >= line && words[i] + strlen(words[i]) < end);
        require(n < 0 || !words[n]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_free_ char *bytes = strndup((const char *)data, size), *utf8 = text_to_utf8(bytes),
                            *escaped = text_escape(bytes), *twice = text_escape(escaped), *again = NULL;
        json_t *json = json_object(), *string = json_string(utf8);
        uint64_t usec;

        require(string && streq(escaped, twice));
        for (const char *c = escaped; *c; c++)
                require((unsigned char)*c >= ' ' && *c != 0x7f);
        require(json_set_bytes(json, "path", bytes) == 0 && json_get_bytes(json, "path", &again) == 0);
        require(streq(again, bytes));
        (void)timestamp_parse(bytes, &usec);
        split(bytes);
        json_decref(string);
        json_decref(json);
        return 0;
}
