/* Whether a text is what RFC 5424, or an audit user record, has to be. */
#pragma once

#include <stdbool.h>
#include <string.h>

#include "unitward/text.h"

static inline bool is_plain(const char *text)
{
        for (; *text; text++)
                if ((unsigned char)*text < ' ' || *text == 0x7f)
                        return false;
        return true;
}

/* One SD-PARAM after its space; NULL: it is none. Otherwise what follows. */
static inline const char *skip_parameter(const char *at)
{
        const size_t name = strspn(at, "abcdefghijklmnopqrstuvwxyz_0123456789");

        if (name == 0 || name > 32 || at[name] != '=' || at[name + 1] != '"')
                return NULL;
        for (at += name + 2; *at && *at != '"'; at++) {
                if (*at == ']')
                        return NULL;
                if (*at == '\\' && !*++at)
                        return NULL;
        }
        return *at == '"' ? at + 1 : NULL;
}

/* ... up to its SD-ELEMENT's end. */
static inline bool is_syslog(const char *text)
{
        const char *at = text;

        if (!is_plain(text) || !text_is_utf8(text) || *text != '<')
                return false;
        for (unsigned field = 0; field < 6; field++) { /* PRI and VERSION, TIMESTAMP, HOSTNAME, APP-NAME, PROCID, MSGID */
                at = strchr(at, ' ');
                if (!at++ || *at == ' ')
                        return false;
        }
        if (*at++ != '[')
                return false;
        at += strcspn(at, " ]=\"");
        while (at && *at == ' ')
                at = skip_parameter(at + 1);
        return at && at[0] == ']' && at[1] == ' ';
}

/* NAME=VALUE, with one space between; a value in quotes has neither quotes nor control characters in it. */
static inline bool is_audit(const char *text)
{
        if (!is_plain(text))
                return false;
        while (*text) {
                const size_t name = strspn(text, "abcdefghijklmnopqrstuvwxyz-");

                if (name == 0 || text[name] != '=')
                        return false;
                text += name + 1;
                if (*text == '"') {
                        text = strchr(text + 1, '"');
                        if (!text++)
                                return false;
                } else
                        text += strcspn(text, " \"");
                if (*text == ' ' && *++text)
                        continue;
                return !*text && text[-1] != ' ';
        }
        return true;
}
