/* Between the files of the aftermath: what a gap left behind beside files, looked for on a thread of its own once the
 * daemon is ready. aftermath.c is the thread and what the housekeeper does about it; aftermath_held.c finds who holds
 * protected files open for writing; aftermath_loaded.c asks the managers what they have loaded, and
 * aftermath_judge.c judges it. */
#pragma once

#include <pthread.h>
#include <systemd/sd-bus.h>

#include "guard_internal.h"
#include "manager_bus.h"
#include "unitward/holders.h"
#include "unitward/managers.h"

#define AFTERMATH_HELD_MAX 1024u

/* Somebody has it open for writing since before it was watched. */
struct held_file {
        char *path;
        struct file_id id;
        bool hidden;           /* held all the while, and by nobody who is to be seen */
        size_t n_holders;
        struct {
                pid_t pid;
                bool open, mapped;
        } holders[8];          /* more are as many as these to the administrator */
};

struct aftermath {
        struct guard *guard;   /* the thread uses of it what is shared: inventory, outbox, verdicts */
        pthread_t thread;
        bool running, stopping; /* stopping: atomic */
        int done;              /* eventfd: the thread has finished */
        sd_event_source *start, *finish;

        /* Prepared by the housekeeper, before the thread runs. */
        enum mode mode;
        bool stop_loaded;
        size_t n_files, n_in_gap;
        char **files;          /* authorised ones, by path */
        char **in_gap;         /* paths */

        /* The thread's, until it has finished. */
        size_t n_held;
        struct held_file *held;
        bool search_ended;     /* before everybody was looked at */
        unsigned n_asked, n_silent; /* managers */
        unsigned n_loaded, n_stopped;
};

/* A service manager that is being asked. */
struct manager {
        struct aftermath *aftermath;
        struct managers *known;
        sd_bus *bus;
        const char *name;    /* for people: "PID 1", "the manager of user 1000" */
        const char *control; /* "systemctl", "systemctl --user" */
        uint64_t deadline_usec;
};

/* What it says of a unit; files as it read them. */
struct loaded_unit {
        char *name, *object, *active, *fragment;
        char **drop_ins;
};

/* The thread's two jobs. */
void aftermath_find_held(struct aftermath *aftermath);
void aftermath_ask_managers(struct aftermath *aftermath);

/* aftermath_judge.c: records the unit, and stops it, where it is not authorised. */
void aftermath_judge(struct manager *manager, const struct loaded_unit *unit);

bool aftermath_must_stop(const struct aftermath *aftermath);
