#include "ledger_text_internal.h"
#include "unitward/ledger_text.h"
#include "unitward/text.h"
#include "unitward/util.h"

struct reader {
        const char *at, *end; /* what is still to be read */
        unsigned line;
        char *scratch;  /* the line being read, cut into its fields; room for the longest */
        char *previous; /* path */
        const struct ledger_text_handler *handler;
        char **ret_why;
};

/* The first reason is the one that counts. */
static int damaged(struct reader *reader, const char *what)
{
        if (reader->ret_why && !*reader->ret_why)
                *reader->ret_why = format("line %u: %s", reader->line, what);
        return -EBADMSG;
}

/* ---- Lines ---------------------------------------------------------------------------- */

/* Takes the next line into the scratch. False at the end. */
static bool next_line(struct reader *reader)
{
        const char *newline =
                reader->at < reader->end ? memchr(reader->at, '\n', (size_t)(reader->end - reader->at)) : NULL;

        if (!newline)
                return false;
        memcpy(reader->scratch, reader->at, (size_t)(newline - reader->at));
        reader->scratch[newline - reader->at] = '\0';
        reader->at = newline + 1;
        reader->line++;
        return true;
}

/* ---- Headers and entries ----------------------------------------------------------------------------- */

static int read_entry(struct reader *reader)
{
        struct ledger_entry entry;
        const char *wrong = ledger_text_parse_entry(reader->scratch, &entry);

        if (wrong)
                return damaged(reader, wrong);
        if (reader->previous && strcmp(reader->previous, entry.path) >= 0)
                return damaged(reader, "path: expected the entries in the order of their paths, each once");
        free(reader->previous);
        reader->previous = strdup(entry.path);
        if (!reader->previous)
                return -ENOMEM;
        return reader->handler->entry ? reader->handler->entry(reader->handler->userdata, &entry) : 0;
}

static int read_header(struct reader *reader)
{
        char *value = reader->scratch, *key = strsep(&value, " ");

        if (!value || !*key || !ledger_text_unescape(value))
                return damaged(reader, "expected a header, KEY VALUE, or an empty line");
        return reader->handler->header ? reader->handler->header(reader->handler->userdata, key, value) : 0;
}

/* ---- The whole ------------------------------------------------------------------------------------- */

/* Between the first line and the last, as often as it is wanted. */
static int read_body(struct reader body, const struct ledger_text_handler *handler)
{
        bool entries = false;
        int r = 0;

        body.handler = handler;
        while (r >= 0 && next_line(&body)) {
                if (entries)
                        r = read_entry(&body);
                else if (*body.scratch)
                        r = read_header(&body);
                else
                        entries = true;
        }
        if (r >= 0 && !entries)
                r = damaged(&body, "expected an empty line after the headers");
        free(body.previous);
        return r;
}

static int read_first_line(struct reader *reader)
{
        if (!next_line(reader) || !starts_with(reader->scratch, LEDGER_TEXT_MAGIC " "))
                return damaged(reader, "expected " LEDGER_TEXT_MAGIC " " LEDGER_TEXT_VERSION);
        if (!streq(reader->scratch, LEDGER_TEXT_MAGIC " " LEDGER_TEXT_VERSION)) {
                (void)damaged(reader, "a later version of the format");
                return -EPROTO;
        }
        return 0;
}

/* The last line is taken off, when the digest in it is that of all before it. */
static int read_last_line(struct reader *reader)
{
        static const char start[] = "\n" LEDGER_TEXT_DIGEST " ";
        const size_t length = strlen(LEDGER_TEXT_DIGEST " ") + DIGEST_HEX_SIZE - 1 + strlen("\n");
        size_t size = (size_t)(reader->end - reader->at);
        const char *last = reader->end - length;
        char hex[DIGEST_HEX_SIZE];
        struct digest said, found;

        if (size <= length || reader->end[-1] != '\n' || memcmp(last - 1, start, strlen(start)) != 0)
                return damaged(reader, "the end is missing: expected " LEDGER_TEXT_DIGEST " and the digest as the last "
                                       "line");
        memcpy(hex, last + strlen(LEDGER_TEXT_DIGEST " "), sizeof hex - 1);
        hex[sizeof hex - 1] = '\0';
        digest_buffer(reader->at, (size_t)(last - reader->at), &found);
        if (digest_from_hex(hex, &said) < 0 || memcmp(&said, &found, sizeof said) != 0)
                return damaged(reader,
                               "the digest in the last line is not that of the text: it was changed or damaged");
        reader->end = last;
        return 0;
}

static size_t longest_line(const char *text, size_t size)
{
        size_t longest = 0;

        for (const char *end = text + size; text < end;) {
                const char *newline = memchr(text, '\n', (size_t)(end - text));
                const char *stop = newline ? newline : end;

                if ((size_t)(stop - text) > longest)
                        longest = (size_t)(stop - text);
                text = stop + 1;
        }
        return longest;
}

int ledger_text_read(const char *text, size_t size, const struct ledger_text_handler *handler, char **ret_why)
{
        static const struct ledger_text_handler nothing;
        _cleanup_free_ char *scratch = malloc(longest_line(text, size) + 1), *why = NULL;
        struct reader reader = { .at = text, .end = text + size, .scratch = scratch, .ret_why = &why };
        int r;

        if (!scratch)
                return -ENOMEM;
        if (memchr(text, '\0', size) || size > LEDGER_TEXT_MAX)
                r = damaged(&reader, size > LEDGER_TEXT_MAX ? "longer than any ledger" : "a NUL byte");
        else
                r = read_last_line(&reader);
        if (r == 0)
                r = read_first_line(&reader);
        if (r == 0)
                r = read_body(reader, &nothing);
        if (r == 0)
                r = read_body(reader, handler);
        if (r < 0 && why && ret_why)
                *ret_why = steal_pointer(why);
        return r;
}
