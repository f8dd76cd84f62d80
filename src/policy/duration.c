/* Spans of time in the policy. */
#include <inttypes.h>

#include "unitward/unit_schedule.h"

#include "loader.h"

#define SECOND UINT64_C(1000000)

/* "7d", or a number of seconds. */
void parse_duration(struct loader *loader, const config_setting_t *value, const struct setting *setting, void *field)
{
        const char *text = config_setting_get_string(value);
        uint64_t usec = 0;

        if (config_setting_type(value) == CONFIG_TYPE_INT)
                usec = (uint64_t)(config_setting_get_int(value) > 0 ? config_setting_get_int(value) : 0) * SECOND;
        else if (!text || !unit_parse_span(text, &usec)) {
                complain(loader, value, "is no span of time; expected one such as \"10min\", \"1h 30min\" or \"7d\"");
                return;
        }
        if (usec < setting->range.min * SECOND || usec > setting->range.max * SECOND)
                complain(loader, value, "is out of range; expected %" PRIu64 " to %" PRIu64 " seconds",
                         setting->range.min, setting->range.max);
        else
                *(uint64_t *)field = usec;
}
