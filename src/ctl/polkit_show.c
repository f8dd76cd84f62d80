/* unitward polkit --print and --check. */
#include "polkit_job.h"

json_t *polkit_job_left_out(const struct polkit_job *job)
{
        json_t *list = json_array();

        for (size_t i = 0; i < job->model.n_notes; i++)
                (void)json_array_append_new(list, json_pack("{s:s, s:s}", "rule", job->model.notes[i].rule->id, "why",
                                                            job->model.notes[i].text));
        return list;
}

/* What polkit cannot say is told to whoever makes the files; it stands in them as well. */
void polkit_job_tell_left_out(const struct polkit_job *job)
{
        for (size_t i = 0; i < job->model.n_notes && !job->options.common.json; i++)
                fprintf(stderr, "unitward: rule \"%s\" %s\n", job->model.notes[i].rule->id, job->model.notes[i].text);
}

int polkit_job_print(struct polkit_job *job)
{
        const char *only = job->options.only;
        json_t *json = job->options.common.json ? json_pack("{s:o}", "left_out", polkit_job_left_out(job)) : NULL;

        for (size_t i = 0; i < POLKIT_FILES; i++) {
                if (only && !streq(only, polkit_file_names[i]))
                        continue;
                if (json)
                        (void)json_object_set_new(json, polkit_file_names[i], json_string(job->files[i].text));
                else if (only)
                        fputs(job->files[i].text, stdout);
                else
                        printf("%s==> %s <==\n%s", i ? "\n" : "", job->files[i].path, job->files[i].text);
        }
        if (json)
                ctl_print_json(json);
        json_decref(json);
        polkit_job_tell_left_out(job);
        return CTL_OK;
}

int polkit_job_look(struct polkit_job *job)
{
        for (size_t i = 0; i < POLKIT_FILES; i++) {
                struct polkit_file *file = &job->files[i];
                int r = polkit_file_look(file, job->policy ? policy_digest(job->policy) : "");

                if (r == 0)
                        continue;
                ctl_error(r == -EACCES ? "run it with sudo" : NULL, "%s cannot be read: %s", file->path, strerror(-r));
                return CTL_FINDING;
        }
        return CTL_OK;
}

static void add_earlier(const char *path, void *userdata)
{
        (void)json_array_append_new(userdata, json_string(path));
}

json_t *polkit_job_files(const struct polkit_job *job)
{
        json_t *list = json_array();

        for (size_t i = 0; i < POLKIT_FILES; i++)
                (void)json_array_append_new(list, json_pack("{s:s, s:s}", "path", job->files[i].path, "state",
                                                            polkit_state_word(job->files[i].state)));
        return list;
}

static void print_states(const struct polkit_job *job, const json_t *earlier)
{
        size_t i;
        json_t *path;

        for (i = 0; i < POLKIT_FILES; i++) {
                const struct polkit_file *file = &job->files[i];

                ctl_print_text(stdout, STYLE_PLAIN, file->path);
                fputs(": ", stdout);
                ctl_print_text(stdout, file->state == POLKIT_CURRENT ? STYLE_GOOD : STYLE_BAD,
                               polkit_state_text(file->state));
                putchar('\n');
        }
        json_array_foreach(earlier, i, path) {
                ctl_print_text(stdout, STYLE_WARN, json_string_value(path));
                puts(": polkit reads it first, what it permits is permitted");
        }
}

int polkit_job_check(struct polkit_job *job)
{
        int status = polkit_job_look(job);
        json_t *earlier;

        if (status != CTL_OK)
                return status;
        for (size_t i = 0; i < POLKIT_FILES; i++)
                if (job->files[i].state != POLKIT_CURRENT)
                        status = CTL_FINDING;
        earlier = json_array();
        polkit_earlier_rules(job->options.root ?: "", add_earlier, earlier);
        if (job->options.common.json) {
                json_t *json = json_pack("{s:b, s:o, s:o, s:o}", "ok", status == CTL_OK, "files", polkit_job_files(job),
                                         "earlier_rules", json_incref(earlier), "left_out", polkit_job_left_out(job));

                ctl_print_json(json);
                json_decref(json);
        } else {
                print_states(job, earlier);
                if (status != CTL_OK)
                        ctl_error("make them anew: unitward polkit --install", "polkit and the bus do not say what the "
                                                                               "policy says");
        }
        json_decref(earlier);
        return status;
}
