/* The schema: what a summary stands for. */
#include "record_private.h"
#include "unitward/record_summary.h"
#include "unitward/text.h"
#include "unitward/util.h"

struct record_summary *record_summary_free(struct record_summary *summary)
{
        if (summary) {
                while (summary->n_targets > 0)
                        free(summary->targets[--summary->n_targets]);
                free(summary);
        }
        return NULL;
}

uint64_t record_times(const json_t *event)
{
        json_int_t count = json_integer_value(json_at(event, "unitward.count"));

        return count > 0 ? (uint64_t)count : 1;
}

static bool get_time(uint64_t usec, json_t **ret)
{
        char text[TIMESTAMP_SIZE];

        return field_text(timestamp_format(usec, text), ret);
}

static bool get_first(const struct record *record, json_t **ret)
{
        return record->summary && get_time(record->summary->first_usec, ret);
}

static bool get_last(const struct record *record, json_t **ret)
{
        return record->summary && get_time(record->summary->last_usec, ret);
}

static bool get_count(const struct record *record, json_t **ret)
{
        return record->summary && field_integer((json_int_t)record->summary->count, ret);
}

static bool get_kind(const struct record *record, json_t **ret)
{
        return record->summary && !record->summary->others && field_text(record_kind_name(record->summary->kind), ret);
}

static bool get_targets(const struct record *record, json_t **ret)
{
        json_t *list;

        if (!record->summary || record->summary->n_targets == 0)
                return false;
        list = json_array();
        for (unsigned i = 0; list && i < record->summary->n_targets; i++) {
                _cleanup_free_ char *text = text_to_utf8(record->summary->targets[i]);

                if (!text || json_array_append_new(list, json_string(text)) < 0) {
                        json_decref(list);
                        list = NULL;
                }
        }
        *ret = list;
        return true;
}

static bool get_n_targets(const struct record *record, json_t **ret)
{
        return record->summary && field_integer(record->summary->n_distinct, ret);
}

static bool get_more_targets(const struct record *record, json_t **ret)
{
        if (!record->summary)
                return false;
        *ret = json_boolean(record->summary->more_distinct);
        return true;
}

const struct record_field record_summary_fields[] = {
        { "event.start", "UNITWARD_FIRST", get_first },
        { "event.end", "UNITWARD_LAST", get_last },
        { "unitward.count", "UNITWARD_COUNT", get_count },
        { "unitward.summed_kind", "UNITWARD_SUMMED_KIND", get_kind },
        { "unitward.targets", "UNITWARD_TARGET", get_targets },
        { "unitward.n_targets", "UNITWARD_N_TARGETS", get_n_targets },
        { "unitward.more_targets", "UNITWARD_MORE_TARGETS", get_more_targets },
        { NULL, NULL, NULL },
};
