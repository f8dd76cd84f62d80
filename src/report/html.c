#include <inttypes.h>
#include <stdarg.h>

#include "unitward/html.h"
#include "unitward/text.h"

void html_put(struct html *html, const char *markup)
{
        (void)fputs(markup, html->stream);
}

void html_putf(struct html *html, const char *markup, ...)
{
        va_list arguments;

        va_start(arguments, markup);
        (void)vfprintf(html->stream, markup, arguments);
        va_end(arguments);
}

static const char *entity_of(char c)
{
        switch (c) {
        case '&':
                return "&amp;";
        case '<':
                return "&lt;";
        case '>':
                return "&gt;";
        case '"':
                return "&quot;";
        case '\'':
                return "&#39;";
        default:
                return NULL;
        }
}

void html_text(struct html *html, const char *bytes)
{
        _cleanup_free_ char *text = bytes ? text_escape(bytes) : NULL;
        size_t size = text ? strlen(text) : 0, shown = text ? text_cut(text, size, HTML_TEXT_MAX) : 0;

        if (bytes && !text)
                html_put(html, "(out of memory)");
        for (size_t i = 0; i < shown; i++) {
                const char *entity = entity_of(text[i]);

                if (entity)
                        html_put(html, entity);
                else
                        (void)fputc(text[i], html->stream);
        }
        if (shown < size)
                html_put(html, "\xe2\x80\xa6");
}

void html_count(struct html *html, uint64_t n)
{
        char digits[24];
        int length = snprintf(digits, sizeof digits, "%" PRIu64, n);

        for (int i = 0; i < length; i++) {
                if (i > 0 && (length - i) % 3 == 0)
                        (void)fputc(',', html->stream);
                (void)fputc(digits[i], html->stream);
        }
}
