/* Command lines as text, and what is understood of them as text: for tables. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "unitward/command.h"
#include "unitward/util.h"

/* Splits at single spaces: two of them have an empty word between them. Returns the number of words. */
static inline int words_of(char *text, char **words, size_t max)
{
        size_t n = 0;

        for (char *word = text; word && n + 1 < max;)
                words[n++] = strsep(&word, " ");
        words[n] = NULL;
        return (int)n;
}

/* "system enable=install start=control cron.service" or "unclear: LD_PRELOAD is set"; "+ units" are the effects, "?" says
 * that there are other units. The string is static. */
static inline const char *said(const struct command_request *request)
{
        static const char *const effects[] = { " +units", " +transient", " +linger" };
        static char text[4096];
        size_t size = 0;

#define SAY(...) size += (size_t)snprintf(text + size, sizeof text - size, __VA_ARGS__)
        if (request->unclear) {
                SAY("unclear: %s", request->why);
                return text;
        }
        SAY("%s", command_scope_name(request->scope));
        for (size_t i = 0; i < request->n_verbs; i++)
                SAY(" %s=%s", request->verbs[i].name, verb_class_name(request->verbs[i].verb_class));
        for (size_t i = 0; i < request->n_units && size < 3000; i++)
                SAY(" %s", request->units[i]);
        if (request->units_unknown)
                SAY(" ?");
        for (size_t i = 0; i < ARRAY_SIZE(effects); i++)
                if (request->effects & 1u << i)
                        SAY("%s", effects[i]);
#undef SAY
        return text;
}

/* What is understood of a line: the name of a preset, then argv from its first word on. */
static inline const char *understood(const char *preset, const char *line, const char *environment)
{
        struct command_request request;
        char text[2][8192];
        char *argv[COMMAND_ARGUMENTS_MAX + 2], *envp[32];
        int argc;

        assert_true(string_copy(text[0], sizeof text[0], line) && string_copy(text[1], sizeof text[1], environment));
        argc = words_of(text[0], argv, ARRAY_SIZE(argv));
        if (!words_of(text[1], envp, ARRAY_SIZE(envp)) || !*environment)
                envp[0] = NULL;
        command_parse(command_preset_find(preset), argc, argv, envp, &request);
        assert_true(request.unclear == (request.why != NULL));
        assert_true(request.unclear || request.n_verbs >= 1);
        return said(&request);
}

struct saying {
        const char *line;
        const char *said;
};

static inline void check_sayings(const char *preset, const struct saying *sayings, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                const char *is = understood(preset, sayings[i].line, "");

                if (!streq(is, sayings[i].said))
                        fail_msg("\"%s\"\nshould be \"%s\"\nbut is    \"%s\"", sayings[i].line, sayings[i].said, is);
        }
}
