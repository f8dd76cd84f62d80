/* Which records of the log belong to an alert. */
#include "alerts.h"
#include "unitward/ctl.h"
#include "unitward/text.h"

#define STORIES_MAX 1000u /* the last ones */
#define FOLLOWERS_MAX 50u /* of one; further ones are counted */

static const char *text_at(const json_t *event, const char *path)
{
        const char *text = json_string_value(json_at(event, path));

        return text ? text : "";
}

static bool is_recent(const struct alerts *alerts, const json_t *event)
{
        uint64_t usec;

        return alerts->since_usec == UINT64_MAX || timestamp_parse(text_at(event, "@timestamp"), &usec) < 0 ||
               usec >= alerts->since_usec;
}

static bool is_alert(const struct alerts *alerts, const json_t *event)
{
        return streq(text_at(event, "unitward.kind"), "alert") && is_recent(alerts, event) &&
               (!alerts->id || starts_with(text_at(event, "unitward.alert_id"), alerts->id));
}

/* The daemon says that it follows, or it is done from within the alert's unit. */
static bool follows(const json_t *event, const json_t *alert)
{
        const char *id = text_at(event, "unitward.alert_id"), *unit = text_at(alert, "unitward.target_unit");

        if (*id)
                return streq(id, text_at(alert, "unitward.alert_id"));
        return *unit && streq(text_at(event, "unitward.actor_unit"), unit);
}

static int story_begin(struct alerts *alerts, json_t *event)
{
        json_t *story = json_pack("{s:O, s:[], s:i}", "alert", event, "then", "more", 0);

        if (!alerts->stories)
                alerts->stories = json_array();
        if (!story || !alerts->stories || json_array_append(alerts->stories, story) < 0) {
                json_decref(story);
                return -ENOMEM;
        }
        if (json_array_size(alerts->stories) > STORIES_MAX)
                (void)json_array_remove(alerts->stories, 0);
        if (alerts->at_once && !alerts->json)
                alert_print(story);
        json_decref(story);
        return 0;
}

static int story_go_on(const struct alerts *alerts, json_t *story, json_t *event)
{
        json_t *then = json_object_get(story, "then"), *more = json_object_get(story, "more");

        if (alerts->at_once && !alerts->json)
                alert_print_follower(event);
        if (json_array_size(then) < FOLLOWERS_MAX)
                return json_array_append(then, event) < 0 ? -ENOMEM : 0;
        return json_integer_set(more, json_integer_value(more) + 1) < 0 ? -ENOMEM : 0;
}

static void print_line(const json_t *json)
{
        (void)json_dumpf(json, stdout, JSON_COMPACT);
        (void)putchar('\n');
}

int alerts_take(struct alerts *alerts, json_t *event)
{
        if (is_alert(alerts, event)) {
                if (alerts->at_once && alerts->json)
                        print_line(event);
                return story_begin(alerts, event);
        }
        /* What a unit does is laid to its last alert. */
        for (size_t i = json_array_size(alerts->stories); i > 0; i--) {
                json_t *story = json_array_get(alerts->stories, i - 1);

                if (!follows(event, json_object_get(story, "alert")))
                        continue;
                if (alerts->at_once && alerts->json)
                        print_line(event);
                return story_go_on(alerts, story, event);
        }
        return 0;
}

void alerts_print(const struct alerts *alerts)
{
        const json_t *story;
        size_t i;

        if (alerts->at_once)
                return;
        json_array_foreach(alerts->stories, i, story)
                (alerts->json ? print_line : alert_print)(story);
}

void alerts_done(struct alerts *alerts)
{
        json_decref(alerts->stories);
        alerts->stories = NULL;
}
