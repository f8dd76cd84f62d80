/* The words of a story: what is printed comes from the log; whoever wrote that, it does not command the terminal. */
#include "alerts.h"
#include "unitward/ctl.h"
#include "unitward/text.h"

#define ANCESTORS_SHOWN 6u
#define LABEL_WIDTH 11

const char *story_text_at(const json_t *event, const char *path)
{
        return json_string_value(json_at(event, path));
}

void story_put(const char *text)
{
        ctl_print_text(stdout, STYLE_PLAIN, text);
}

void story_put_value(const json_t *event, const char *path)
{
        _cleanup_free_ char *text = ctl_json_text(json_at(event, path));

        story_put(text ? text : "");
}

void story_label(const char *label)
{
        (void)fputs("  ", stdout);
        ctl_print_text(stdout, STYLE_BOLD, label);
        (void)printf("%*s", (int)(LABEL_WIDTH - strlen(label)), "");
}

void story_end_line(void)
{
        (void)putchar('\n');
}

static char *time_text(const char *timestamp)
{
        uint64_t usec;

        return timestamp && timestamp_parse(timestamp, &usec) == 0 ? format_time(usec) : NULL;
}

void story_put_time(const char *timestamp)
{
        _cleanup_free_ char *text = time_text(timestamp);

        story_put(text ? text : "at an unknown time");
}

void story_put_clock(const char *timestamp)
{
        _cleanup_free_ char *text = time_text(timestamp);
        const char *space = text ? strchr(text, ' ') : NULL;

        story_put(space ? space + 1 : "");
}

/* ---- Who -------------------------------------------------------------------------------------------------- */

/* " < bash < sshd": those above, by their programs' names. */
static void put_ancestry(const json_t *ancestry)
{
        size_t n = json_array_size(ancestry);

        for (size_t i = 1; i < n && i <= ANCESTORS_SHOWN; i++) {
                const char *program = story_text_at(json_array_get(ancestry, i), "executable");
                const char *slash = program ? strrchr(program, '/') : NULL;

                story_put(" < ");
                story_put(slash && slash[1] ? slash + 1 : program && *program ? program : "(kernel)");
        }
        if (n > ANCESTORS_SHOWN + 1)
                story_put(" < ...");
}

void story_put_writer(const json_t *by)
{
        if (!json_is_object(by)) {
                story_put("somebody unknown");
                return;
        }
        story_put_value(by, "executable");
        story_put(" (pid ");
        story_put_value(by, "pid");
        story_put(", uid ");
        story_put_value(by, "uid");
        if (json_is_integer(json_object_get(by, "login_uid"))) {
                story_put(", login ");
                story_put_value(by, "login_uid");
        }
        if (story_text_at(by, "unit")) {
                story_put(", ");
                story_put_value(by, "unit");
        }
        story_put(")");
        put_ancestry(json_object_get(by, "ancestry"));
}

void story_put_process(const json_t *event)
{
        story_put_value(event, "process.executable");
        story_put(" (pid ");
        story_put_value(event, "process.pid");
        story_put(", uid ");
        story_put_value(event, "user.id");
        story_put(")");
        if (story_text_at(event, "process.command_line")) {
                story_put(": ");
                story_put_value(event, "process.command_line");
        }
}
