/* Lines of an event log, made into a page: it is UTF-8, has no control characters, and as many tags as it would have if
 * nobody had written "<". */
#include "unitward/report.h"
#include "unitward/text.h"
#include "unitward/util.h"

#define INPUT_MAX 900u /* what is longer is cut, here and there elsewhere */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_lines(struct report_events *events, char *text)
{
        char *rest = text, *line;

        while ((line = strsep(&rest, "\n"))) {
                json_t *event = json_loads(line, 0, NULL);

                if (json_is_object(event))
                        (void)report_events_take(events, event);
                json_decref(event);
        }
}

static char *page_of(char *text)
{
        struct report_events *events = report_events_new(0, 1800000000000000u);
        char *page = NULL;
        size_t length;
        FILE *stream = open_memstream(&page, &length);
        json_t *facts;

        if (!events || !stream)
                abort();
        take_lines(events, text);
        facts = json_pack("{s:o}", "events", report_events_to_json(events));
        if (report_page(stream, facts) < 0 || fclose(stream) != 0)
                abort();
        json_decref(facts);
        (void)report_events_free(events);
        return page;
}

static size_t tags_of(const char *page)
{
        size_t n = 0;

        if (!text_is_utf8(page))
                abort();
        for (; *page; page++) {
                if (((unsigned char)*page < ' ' && *page != '\n') || *page == 0x7f)
                        abort();
                n += *page == '<';
        }
        return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const char stand_in[] = "\xe2\x80\xb9"; /* U+2039, the single left-pointing angle quotation mark */
        char text[INPUT_MAX + 1], other[3 * INPUT_MAX + 1], *to = other, *page, *harmless;

        if (size > INPUT_MAX)
                return 0;
        memcpy(text, data, size);
        text[size] = '\0';
        if (strstr(text, stand_in) || strstr(text, "2039"))
                return 0; /* what differs in it alone would be alike */
        for (const char *c = text; *c; c++) {
                if (*c == '<')
                        to = stpcpy(to, stand_in);
                else
                        *to++ = *c;
        }
        *to = '\0';
        page = page_of(text);
        harmless = page_of(other);
        if (tags_of(page) != tags_of(harmless))
                abort();
        free(page);
        free(harmless);
        return 0;
}
