/* A unit that somebody planted, or the arguments of what it runs, looked over by detection. The first byte says which.
 */
#include "unitward/detect.h"
#include "unitward/unit_schedule.h"
#include "unitward/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
        if (!holds)
                abort();
}

static void judge(const struct detect_start *start, const struct detect_contents *contents, uint64_t process)
{
        const struct detect_unit unit = { .name = "x.service",
                                          .path = "/etc/systemd/system/x.service",
                                          .contents = *contents };
        struct detect_settings settings;
        struct detect_result result;
        char *text;

        detect_settings_default(&settings);
        detect_judge(&settings, start, &unit, process, &result);
        require((result.reasons & process) == process && result.reasons >> detect_n_reasons() == 0);
        require(result.score <= 1000);
        text = detect_reasons_text(result.reasons);
        require(text && (*text != '\0') == (result.reasons != 0));
        free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *text = (const char *)data + 1;
        struct detect_start start = { .parent = DETECT_PARENT_SYSTEM, .uid = 1, .program = "/usr/bin/bash" };
        struct detect_contents contents = { 0 };
        char *copy;

        if (size < 2)
                return 0;
        size--;
        copy = strndup(text, size);
        require(copy != NULL);
        switch (*data % 4) {
        case 0:
        case 1:
                require(detect_contents_add(&contents, *data % 4 == 0 ? "x.service" : "x.timer", text, size, false) ==
                        0);
                judge(&start, &contents, 0);
                break;
        case 2:
                start.arguments = text;
                start.arguments_size = size;
                judge(&start, &contents, detect_process(&start));
                break;
        case 3: {
                uint64_t interval = unit_calendar_interval(copy), usec;

                require(interval <= UINT64_C(86400000000) && interval % 1000000 == 0);
                (void)unit_parse_span(copy, &usec);
        }
        }
        free(copy);
        return 0;
}
