/* Whether polkit and the bus say what the policy says now. */
#include "polkit_job.h"
#include "unitward/doctor.h"

#define REMEDY "unitward polkit --install"

static void say_files(struct doctor *doctor, const struct polkit_job *job)
{
        unsigned current = 0, missing = 0;

        for (size_t i = 0; i < POLKIT_FILES; i++) {
                current += job->files[i].state == POLKIT_CURRENT;
                missing += job->files[i].state == POLKIT_MISSING;
        }
        if (current == POLKIT_FILES)
                doctor_say(doctor, HEALTH_OK, "polkit and the system bus refuse what the policy refuses", NULL, NULL);
        else if (missing == POLKIT_FILES)
                doctor_say(doctor, HEALTH_WARN, "polkit and the system bus do not know the policy",
                           "for users who are not root polkit's own defaults count there", REMEDY);
        else
                doctor_say(doctor, HEALTH_WARN, "polkit and the system bus do not say what the policy says now",
                           "users are refused too much there, or too little", REMEDY);
}

/* Where there is no polkit, systemd refuses everybody but root. */
void doctor_check_polkit(struct doctor *doctor)
{
        _cleanup_(polkit_job_done) struct polkit_job job = { 0 };

        if (!doctor->policy || access("/etc/polkit-1", F_OK) < 0)
                return;
        job.policy = policy_ref(doctor->policy);
        if (polkit_job_make(&job) != CTL_OK || job.model.n_answers == 0)
                return;
        for (size_t i = 0; i < POLKIT_FILES; i++)
                if (polkit_file_look(&job.files[i], policy_digest(job.policy)) < 0)
                        return; /* not root's eyes */
        say_files(doctor, &job);
}
