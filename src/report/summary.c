/* The page's head: what state this machine is in, what happened in four figures, and what to do about it. */
#include "page.h"

static void put_state(struct html *html, const json_t *facts)
{
        const json_t *status = json_at(facts, "daemon.status");

        html_put(html, "<p class=\"state\">");
        if (!json_is_true(json_at(facts, "daemon.answers")))
                html_put(html,
                         "<b class=\"denied\">The daemon does not answer</b>: whether anything is protected is not "
                         "known.");
        else if (json_is_true(json_object_get(status, "enforcing")))
                html_put(html,
                         "<b class=\"good\">It enforces</b>: what the policy does not allow is prevented or undone.");
        else
                html_put(html,
                         "<b class=\"unprevented\">It only audits</b>: what the policy does not allow is reported, and "
                         "nothing is prevented.");
        html_put(html, "</p>\n");
}

static void put_figure(struct html *html, const char *class, const char *words, uint64_t n)
{
        html_putf(html, "<li class=\"%s\"><span>%s</span> <b>", class, words);
        html_count(html, n);
        html_put(html, "</b></li>\n");
}

static uint64_t alerts_of(const json_t *facts)
{
        return json_array_size(json_at(facts, "events.alerts.rows"));
}

static void put_figures(struct html *html, const json_t *facts)
{
        const json_t *totals = json_at(facts, "events.totals");

        if (!totals)
                return;
        html_put(html, "<ul class=\"figures\">\n");
        put_figure(html, "denied", "attempts denied", page_number(totals, "denied"));
        put_figure(html, "quarantined", "undone, kept in quarantine", page_number(totals, "quarantined"));
        put_figure(html, "unprevented", "not prevented (audit mode)", page_number(totals, "unprevented"));
        put_figure(html, "allowed", "allowed changes", page_number(totals, "allowed"));
        html_put(html, "</ul>\n");
}

/* ---- What to do ---------------------------------------------------------------------------------------------- */

struct list {
        struct html *html;
        unsigned n;
};

static void begin_item(struct list *list)
{
        html_put(list->html, list->n++ == 0 ? "<ol>\n<li>" : "<li>");
}

static void put_item(struct list *list, const char *text, const char *remedy)
{
        begin_item(list);
        html_text(list->html, text);
        if (*remedy) {
                html_put(list->html, " &#8212; ");
                html_text(list->html, remedy);
        }
        html_put(list->html, "</li>\n");
}

static void put_counted(struct list *list, uint64_t n, const char *one, const char *many, const char *command)
{
        if (n == 0)
                return;
        begin_item(list);
        page_words(list->html, n, one, many);
        html_putf(list->html, " <code>%s</code></li>\n", command);
}

static void list_daemon(struct list *list, const json_t *facts)
{
        const json_t *status = json_at(facts, "daemon.status");
        size_t i;
        json_t *problem;

        if (!status) {
                put_item(list, "The daemon does not answer", page_string(facts, "daemon.hint"));
                return;
        }
        if (!json_is_true(json_object_get(status, "enforcing"))) {
                begin_item(list);
                html_put(list->html,
                         "Nothing is prevented. When what is reported here is as it should be, try it: <code>unitward "
                         "enforce --for 10m</code>, then <code>unitward confirm</code></li>\n");
        }
        if (*page_string(status, "policy.last_error"))
                put_item(list, "The policy on the disk is refused, the one before is in force",
                         page_string(status, "policy.last_error"));
        json_array_foreach(json_object_get(status, "problems"), i, problem)
                put_item(list, json_string_value(problem), "");
}

static void list_doctor(struct list *list, const json_t *facts)
{
        bool answers = json_is_true(json_at(facts, "daemon.answers"));
        size_t i;
        json_t *finding;

        json_array_foreach(json_object_get(facts, "doctor"), i, finding)
                if (streq(page_string(finding, "level"), "fail") &&
                    (answers || !streq(page_string(finding, "what"), "the daemon does not answer")))
                        put_item(list, page_string(finding, "what"), page_string(finding, "remedy"));
}

static uint64_t serious_of(const json_t *facts)
{
        uint64_t n = 0;
        size_t i;
        json_t *finding;

        json_array_foreach(json_at(facts, "posture.findings"), i, finding)
                n += json_is_true(json_object_get(finding, "counts"));
        return n;
}

static void list_found(struct list *list, const json_t *facts)
{
        uint64_t kept = json_array_size(json_at(facts, "quarantine.items")) + page_number(facts, "quarantine.more");

        put_counted(list, alerts_of(facts), "alert about what systemd started:", "alerts about what systemd started:",
                    "unitward events --alerts");
        put_counted(list, kept, "thing in quarantine, to be looked at and purged or restored:",
                    "things in quarantine, to be looked at and purged or restored:", "unitward quarantine list");
        put_counted(
                list, serious_of(facts), "weakness that an intruder could use, which the policy does not accept:",
                "weaknesses that an intruder could use, which the policy does not accept:", "unitward posture --fix");
        put_counted(list, page_number(facts, "events.totals.unprevented"),
                    "change that enforce mode would have refused: wanted, or an attack? See",
                    "changes that enforce mode would have refused: wanted, or attacks? See", "unitward suggest");
        put_counted(list, page_number(facts, "events.malformed"),
                    "line of the event log is none of unitward's: compare it with",
                    "lines of the event log are none of unitward's: compare it with", "journalctl -u unitward.service");
}

void page_summary(struct html *html, const json_t *facts)
{
        struct list list = { .html = html };

        put_state(html, facts);
        put_figures(html, facts);
        html_put(html, "<section id=\"next\" aria-labelledby=\"next-heading\">\n<h2 id=\"next-heading\">What to do "
                       "next</h2>\n");
        list_daemon(&list, facts);
        list_doctor(&list, facts);
        list_found(&list, facts);
        html_put(html, list.n > 0
                               ? "</ol>\n"
                               : "<p>Nothing needs anybody. The next report: <code>unitward report --html FILE --since "
                                 "7d</code>.</p>\n");
        html_put(html, "</section>\n");
}
