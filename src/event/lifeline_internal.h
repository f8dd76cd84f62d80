/* The shared memory itself. */
#pragma once

#include "unitward/lifeline.h"

enum { GROUP_PERMISSION, GROUP_ACCESS, GROUP_COUNT };

struct slot {
        uint64_t due_usec; /* atomic, written last; 0: nobody is in flight */
        uint64_t since_usec;
        pid_t tid;
        uint16_t flags;
        uint16_t n_guards;
};

struct lifeline {
        bool allows_on_crash;         /* atomic */
        uint64_t enforces_until_usec; /* atomic; CLOCK_BOOTTIME */
        uint64_t deadman_usec;        /* atomic */
        bool serves, has_served;      /* atomic */
        uint64_t beats, pulse_usec;   /* atomic */
        uint64_t n_queued;            /* atomic: openers whose turn has not come */
        int last_fd;                  /* atomic: no opener was ever noted beyond */
        uint64_t unsummed;             /* atomic: records, of the guard that lives */
        struct outage outage;
        uint32_t n_managers;
        struct file_id managers[LIFELINE_MANAGERS_MAX];
        uint32_t n_programs;
        struct gated_program programs[LIFELINE_PROGRAMS_MAX];
        pid_t runs[LIFELINE_RUNS_MAX]; /* atomic; 0: none */
        unsigned char buffers[GROUP_COUNT][LIFELINE_BATCH] __attribute__((aligned(8)));
        struct slot slots[LIFELINE_OPENERS_MAX];
        struct decided_mounts mounts;
        uint32_t known_now; /* atomic: whose the guard that served last has filled */
        struct known known[2];
};
