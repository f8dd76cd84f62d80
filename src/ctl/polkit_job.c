/* The two files as the policy has them. */
#include "polkit_job.h"

const char *const polkit_file_names[POLKIT_FILES] = { [POLKIT_RULES] = "rules", [POLKIT_BUS] = "bus" };

void polkit_job_done(struct polkit_job *job)
{
        polkit_model_done(&job->model);
        policy_unref(job->policy);
        for (size_t i = 0; i < POLKIT_FILES; i++) {
                free(job->files[i].path);
                free(job->files[i].text);
        }
}

/* To take them away no policy is needed. */
int polkit_job_make(struct polkit_job *job)
{
        const char *root = job->options.root ?: "", *why = NULL;

        job->files[POLKIT_RULES].path = format("%s%s", root, POLKIT_RULES_PATH);
        job->files[POLKIT_BUS].path = format("%s%s", root, POLKIT_BUS_PATH);
        if (!job->policy) {
                job->files[POLKIT_RULES].text = strdup("");
                job->files[POLKIT_BUS].text = strdup("");
        } else if (polkit_model_make(&job->model, job->policy) == 0) {
                job->files[POLKIT_RULES].text = polkit_rules_text(&job->model, &why);
                job->files[POLKIT_BUS].text = polkit_bus_text(&job->model);
        }
        for (size_t i = 0; i < POLKIT_FILES; i++) {
                if (job->files[i].path && job->files[i].text)
                        continue;
                ctl_error(why ? "give the user or group another name, or leave it out of the policy" : NULL,
                          "the files cannot be made: %s", why ?: "out of memory");
                return CTL_FINDING;
        }
        return CTL_OK;
}
