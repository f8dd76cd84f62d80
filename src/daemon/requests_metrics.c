/* What the control socket can ask about counts: the status, and what is too much for it. */
#include "requests_internal.h"
#include "unitward/util.h"

static json_t *waits_json(const struct verdict_counters *counters)
{
        json_t *counts = json_array();

        for (size_t i = 0; i < WAITS_COUNT; i++)
                (void)json_array_append_new(counts, json_integer((json_int_t)counters->waits[i]));
        return json_pack("{s:o, s:I}", "counts", counts, "usec", (json_int_t)counters->waited_usec);
}

int request_metrics(void *userdata, const struct control_peer *peer, json_t *arguments, struct control_answer *ret)
{
        struct guard *guard = userdata;
        const struct verdict_counters counters = verdicts_counters(guard->verdicts);
        int r = request_status(guard, peer, arguments, ret);

        if (r < 0)
                return r;
        ret->result = json_pack("{s:o, s:o, s:o, s:I}", "status", ret->result, "tally", tally_to_json(&guard->tally),
                                "waits", waits_json(&counters), "guards_died",
                                (json_int_t)lifeline_outage(guard->options.lifeline).n_deaths);
        return ret->result ? 0 : -ENOMEM;
}
