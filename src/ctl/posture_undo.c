/* unitward posture --undo: what --fix has changed becomes what it was, where nobody has changed it since. */
#include "posture_fix.h"
#include "unitward/ctl.h"
#include "unitward/protocol.h"

static int read_log(struct fix *fix, const char *id)
{
        int r = 0;

        if (id && !repair_id_is_valid(id)) {
                ctl_error("it is what --fix said, as in: unitward posture --undo=20261126-120000-000001",
                          "%s is no id of a fix", id);
                return CTL_USAGE;
        }
        if (id)
                (void)string_copy(fix->id, sizeof fix->id, id);
        else
                r = repair_log_last(fix->directory, fix->id);
        if (r == 0)
                r = repair_log_read(fix->directory, fix->id, &fix->repairs, &fix->n);
        if (r == -ENOENT)
                ctl_error("what can be undone is in the files *.json there", "there is nothing to undo in %s%s%s",
                          fix->directory, id ? " with the id " : "", id ? id : "");
        else if (r < 0)
                ctl_error(r == -EPERM ? "look who wrote it: it says what root changes" : "undo it by hand",
                          "%s/%s.json: %s", fix->directory, fix->id, strerror(-r));
        return r < 0 ? CTL_FINDING : CTL_OK;
}

/* Said once all of it is as it was. */
static void close_log(const struct fix *fix)
{
        json_t *arguments, *answer = NULL;
        int r;

        if (!fix->with_daemon) {
                r = repair_log_undone(fix->directory, fix->id);
        } else {
                arguments = json_pack("{s:s, s:b}", "id", fix->id, "done", true);
                r = protocol_call(ctl_socket(), "repair-undo", arguments, 30000, &answer);
                json_decref(arguments);
                json_decref(answer);
        }
        if (r != 0)
                ctl_error("the next --undo does it once more, which changes nothing", "%s/%s.json stays",
                          fix->directory, fix->id);
}

int posture_undo(const char *id, const struct fix_options *options)
{
        _cleanup_(fix_done) struct fix fix = { 0 };
        int r;

        if (geteuid() != 0) {
                ctl_error("run it with sudo", "only root can undo it");
                return CTL_FINDING;
        }
        if (fix_begin(&fix, options->state) < 0)
                return CTL_FINDING;
        r = read_log(&fix, id);
        if (r != CTL_OK)
                return r;
        for (size_t i = 0; i < fix.n; i++)
                repair_reverse(&fix.repairs[i]);
        if (!options->json)
                fix_print_plan(&fix);
        if (!fix_confirm(&fix, options->yes, "Undo the fix of"))
                return CTL_FINDING;
        r = fix_apply(&fix, true);
        if (r != CTL_OK)
                return r;
        r = fix_report(&fix, true, options->json);
        if (r == CTL_OK)
                close_log(&fix);
        return r;
}
