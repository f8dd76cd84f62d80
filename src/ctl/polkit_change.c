/* unitward polkit --install and --remove. */
#include "polkit_job.h"
#include "unitward/protocol.h"

#define SYNC_TIMEOUT_MS 5000

/* The first that is somebody else's, or NULL. */
static const struct polkit_file *find_foreign(const struct polkit_job *job)
{
        for (size_t i = 0; i < POLKIT_FILES; i++)
                if (job->files[i].state == POLKIT_FOREIGN)
                        return &job->files[i];
        return NULL;
}

static const char *change_hint(int error)
{
        if (error == -EACCES || error == -EPERM)
                return "run it with sudo, as somebody who may change the policy";
        return error == -ENOENT ? "its directory is missing: are polkit and dbus installed?" : NULL;
}

/* The daemon guards the files as it does the policy: what it takes back is not done. */
static int look_again(struct polkit_job *job, enum polkit_state done)
{
        json_t *answer = NULL;
        int r = protocol_call(ctl_socket(), "ledger-sync", NULL, SYNC_TIMEOUT_MS, &answer);

        if (r >= 0)
                json_decref(answer);
        r = polkit_job_look(job);
        for (size_t i = 0; r == CTL_OK && i < POLKIT_FILES; i++) {
                if (job->files[i].state == done)
                        continue;
                ctl_error("do it in a login session of somebody who may; see: unitward events --denied",
                          "%s was taken back: the policy lets you not change it", job->files[i].path);
                r = CTL_FINDING;
        }
        return r;
}

static int change_files(struct polkit_job *job, int (*change)(const struct polkit_file *file), enum polkit_state done)
{
        const struct polkit_file *foreign;
        int r = polkit_job_look(job);

        if (r != CTL_OK)
                return r;
        foreign = find_foreign(job);
        if (foreign) {
                ctl_error("move it away first", "%s was not made by unitward: nothing was changed", foreign->path);
                return CTL_FINDING;
        }
        for (size_t i = 0; i < POLKIT_FILES; i++) {
                const struct polkit_file *file = &job->files[i];

                r = file->state == done ? 0 : change(file);
                if (r == 0)
                        continue;
                ctl_error(change_hint(r), "%s cannot be changed: %s", file->path, strerror(-r));
                return CTL_FINDING;
        }
        return look_again(job, done);
}

static int report_change(struct polkit_job *job, const char *text)
{
        if (job->options.common.json) {
                json_t *json =
                        json_pack("{s:o, s:o}", "files", polkit_job_files(job), "left_out", polkit_job_left_out(job));

                ctl_print_json(json);
                json_decref(json);
                return CTL_OK;
        }
        for (size_t i = 0; i < POLKIT_FILES; i++)
                printf("%s %s\n", text, job->files[i].path);
        if (!job->options.root)
                puts("polkitd and dbus-daemon have noticed; dbus-broker reads it after: systemctl reload "
                     "dbus-broker.service");
        return CTL_OK;
}

int polkit_job_install(struct polkit_job *job)
{
        int status = change_files(job, polkit_file_install, POLKIT_CURRENT);

        polkit_job_tell_left_out(job);
        if (status == CTL_OK && policy_settings(job->policy)->mode == MODE_AUDIT && !job->options.common.json)
                fputs("unitward: the policy's mode is \"audit\": polkit refuses nothing and logs what it would "
                      "refuse\n",
                      stderr);
        return status == CTL_OK ? report_change(job, "installed") : status;
}

int polkit_job_remove(struct polkit_job *job)
{
        int status = change_files(job, polkit_file_remove, POLKIT_MISSING);

        return status == CTL_OK ? report_change(job, "removed") : status;
}
