/* Changing what was decided on: through the daemon where it protects it, by ourselves elsewhere. */
#include <fcntl.h>

#include "posture_fix.h"
#include "unitward/ctl.h"
#include "unitward/ledger.h"
#include "unitward/protocol.h"
#include "unitward/text.h"

#define TIMEOUT_MS 30000

void fix_done(struct fix *fix)
{
        repairs_free(fix->repairs, fix->n);
        free(fix->errors);
        free(fix->directory);
        free(fix->state);
}

int fix_begin(struct fix *fix, const char *state)
{
        json_t *answer = NULL;
        const char *said = NULL;

        if (!state && protocol_call(ctl_socket(), "ledger-sync", NULL, TIMEOUT_MS, &answer) == 0)
                said = json_string_value(json_object_get(answer, "state"));
        fix->state = strdup(state ? state : said ? said : STATE_PATH);
        json_decref(answer);
        fix->directory = fix->state ? format("%s/posture", fix->state) : NULL;
        return fix->directory ? 0 : -ENOMEM;
}

/* ---- What is going to be done ------------------------------------------------------------------------------ */

static void print_change(const struct repair_state *from, const struct repair_state *to)
{
        const char *comma = "";

        if (!to->exists || !from->exists) {
                fputs(to->exists ? "comes back, a link to " : "goes, a link to ", stdout);
                ctl_print_text(stdout, STYLE_PLAIN, to->exists ? to->target : from->target);
                return;
        }
        if (from->uid != to->uid || from->gid != to->gid) {
                printf("owner %u:%u, was %u:%u", to->uid, to->gid, from->uid, from->gid);
                comma = "; ";
        }
        if (from->mode != to->mode && !from->target) {
                printf("%smode %04o, was %04o", comma, (unsigned)to->mode, (unsigned)from->mode);
                comma = "; ";
        }
        if (from->attributes_size != to->attributes_size)
                printf("%s%s", comma,
                       from->attributes_size > to->attributes_size ? "no access control list any more"
                                                                   : "the access control list again");
}

void fix_print_plan(const struct fix *fix)
{
        for (size_t i = 0; i < fix->n; i++) {
                ctl_print_text(stdout, STYLE_BOLD, fix->repairs[i].path);
                fputs(": ", stdout);
                print_change(&fix->repairs[i].before, &fix->repairs[i].after);
                putchar('\n');
        }
        (void)fflush(stdout);
}

bool fix_confirm(const struct fix *fix, bool yes, const char *question)
{
        char answer[16];

        if (yes)
                return true;
        if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
                ctl_error("say --yes to do it without a question", "nothing was changed");
                return false;
        }
        fprintf(stderr, "%s %zu objects? [y/N] ", question, fix->n);
        if (fgets(answer, sizeof answer, stdin) && (*answer == 'y' || *answer == 'Y'))
                return true;
        ctl_error(NULL, "nothing was changed");
        return false;
}

/* ---- Without the daemon ------------------------------------------------------------------------------------- */

struct search {
        const struct fix *fix;
        const char *path;
};

static int is_among(const struct ledger_entry *entry, void *userdata)
{
        struct search *search = userdata;

        for (size_t i = 0; i < search->fix->n; i++)
                if (streq(search->fix->repairs[i].path, entry->path)) {
                        search->path = search->fix->repairs[i].path;
                        return -EEXIST;
                }
        return 0;
}

/* The daemon that is not running now would take all of it for somebody's doing when it starts, and undo it. */
static bool is_for_the_daemon(const struct fix *fix)
{
        _cleanup_free_ char *path = format("%s/ledger.db", fix->state);
        struct search search = { fix, NULL };
        struct ledger *ledger;

        if (!path || ledger_open_read(path, &ledger) < 0)
                return false;
        (void)ledger_each(ledger, is_among, &search);
        ledger_close(ledger);
        if (search.path)
                ctl_error("start it, and fix then: systemctl start unitward.service",
                          "%s is authorised as it is by the ledger of a daemon that does not run, and would undo it",
                          search.path);
        return search.path != NULL;
}

static int apply_alone(struct fix *fix, bool undo)
{
        int r = 0;

        if (is_for_the_daemon(fix))
                return CTL_UNREACHABLE;
        if (!undo)
                r = repair_log_write(fix->directory, fix->id, fix->repairs, fix->n);
        if (r < 0) {
                ctl_error("nothing was changed; make room there, or name another directory with --state",
                          "what is there now cannot be written down in %s: %s", fix->directory, strerror(-r));
                return CTL_FINDING;
        }
        for (size_t i = 0; i < fix->n; i++)
                fix->errors[i] = repair_apply(&fix->repairs[i]);
        return CTL_OK;
}

/* ---- With it ------------------------------------------------------------------------------------------------ */

static int call(const struct fix *fix, bool undo, json_t **ret)
{
        json_t *list = undo ? NULL : repairs_to_json(fix->repairs, fix->n),
               *arguments = json_pack("{s:s}", "id", fix->id);
        _cleanup_free_ char *text = list ? json_dumps(list, JSON_COMPACT) : NULL;
        _cleanup_close_ int file = text ? ctl_memory_file(text, strlen(text)) : -1;
        const struct protocol_files files = { &file, undo ? 0 : 1 };
        int r = -ENOMEM;

        json_decref(list);
        if (undo || file >= 0)
                r = protocol_call_with(ctl_socket(), undo ? "repair-undo" : "repair", arguments, &files, TIMEOUT_MS,
                                       ret);
        json_decref(arguments);
        return r;
}

static void take_answer(struct fix *fix, const json_t *answer)
{
        for (size_t i = 0; i < fix->n; i++) {
                const json_t *item = json_array_get(answer, i);
                const char *state = json_string_value(json_object_get(item, "state"));

                if (state && streq(state, "elsewhere"))
                        fix->errors[i] = repair_apply(&fix->repairs[i]);
                else
                        fix->errors[i] = -(int)json_integer_value(json_object_get(item, "errno"));
        }
}

int fix_apply(struct fix *fix, bool undo)
{
        json_t *answer;
        int r;

        fix->errors = calloc(fix->n, sizeof *fix->errors);
        r = fix->errors ? call(fix, undo, &answer) : -ENOMEM;
        if (r == -ENOENT || r == -ECONNREFUSED)
                return apply_alone(fix, undo);
        if (r < 0) {
                ctl_error("nothing was changed; see: unitward status", "the daemon did not answer: %s", strerror(-r));
                return CTL_UNREACHABLE;
        }
        fix->with_daemon = true;
        if (r > 0)
                ctl_error(json_string_value(json_object_get(answer, "hint")), "%s",
                          json_string_value(json_object_get(answer, "error")));
        else
                take_answer(fix, answer);
        json_decref(answer);
        return r > 0 ? CTL_FINDING : CTL_OK;
}

/* ---- What became of it -------------------------------------------------------------------------------------- */

static const char *why(int error)
{
        return error == -ESTALE ? "it is not as it was when it was looked at" : strerror(-error);
}

static void print_json(const struct fix *fix, bool undo, size_t failed)
{
        json_t *list = json_array();

        for (size_t i = 0; i < fix->n; i++) {
                json_t *item = json_pack("{s:b}", "done", fix->errors[i] == 0);

                (void)json_set_bytes(item, "path", fix->repairs[i].path);
                if (fix->errors[i] < 0)
                        (void)json_object_set_new(item, "why", json_string(why(fix->errors[i])));
                (void)json_array_append_new(list, item);
        }
        list = json_pack("{s:s, s:b, s:I, s:I, s:o}", "id", fix->id, "undone", undo, "done",
                         (json_int_t)(fix->n - failed), "failed", (json_int_t)failed, "objects", list);
        ctl_print_json(list);
        json_decref(list);
}

int fix_report(const struct fix *fix, bool undo, bool json)
{
        size_t failed = 0;

        for (size_t i = 0; i < fix->n; i++)
                if (fix->errors[i] < 0) {
                        _cleanup_free_ char *path = text_escape(fix->repairs[i].path);

                        failed++;
                        if (!json)
                                ctl_error(NULL, "%s: %s", path ? path : "", why(fix->errors[i]));
                }
        if (json)
                print_json(fix, undo, failed);
        else if (undo)
                printf("%zu of %zu are as they were.\n", fix->n - failed, fix->n);
        else
                printf("%zu of %zu done. To have them as they were: unitward posture --undo=%s\n", fix->n - failed,
                       fix->n, fix->id);
        return failed > 0 ? CTL_FINDING : CTL_OK;
}
