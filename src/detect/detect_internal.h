/* What the parts of detection share: detect_table.c has the reasons, detect_judge.c the decision, detect_contents.c reads
 * unit files, detect_process.c a process's arguments, detect_command.c command lines of both. */
#pragma once

#include "unitward/detect.h"

/* In the order of the table. */
enum detect_reason {
        REASON_UNIT_UNAUTHORISED,
        REASON_UNIT_LOADED_UNSEEN,
        REASON_WRITER_REFUSED,
        REASON_UNIT_NEW,
        REASON_UNIT_CHANGED,
        REASON_DROP_IN_CHANGED,
        REASON_TIMER_CHANGED,
        REASON_UNIT_TRANSIENT,
        REASON_WRITER_UNKNOWN,
        REASON_PROGRAM_MEMFD,
        REASON_PROGRAM_DELETED,
        REASON_PROGRAM_TEMPORARY,
        REASON_PROGRAM_WRITABLE,
        REASON_PROGRAM_HIDDEN,
        REASON_PROGRAM_HOME,
        REASON_PROGRAM_DIFFERS,
        REASON_PROGRAM_CHANGED,
        REASON_PROGRAM_UNOWNED,
        REASON_PROGRAM_NOT_NAMED,
        REASON_REVERSE_SHELL,
        REASON_FETCH_AND_RUN,
        REASON_CODE_IN_MEMORY,
        REASON_GIVES_ACCESS,
        REASON_ENCODED,
        REASON_URL_PROGRAM,
        REASON_NETWORK_TOOL,
        REASON_INLINE_PROGRAM,
        REASON_LIBRARIES,
        REASON_IMITATES,
        REASON_INTERVAL_SHORT,
        REASON_RUNS_AS_ROOT,
        REASON_COUNT_,
};

#define REASON_BIT(reason) (UINT64_C(1) << (reason))

/* The score of a set of reasons: in each group the heaviest. */
unsigned reasons_score(uint64_t reasons);

/* What a command line does; the first word is the program. n is at least 1. Allocates a copy of what a shell is to run. */
uint64_t command_reasons(char *const *words, size_t n, bool user);

/* What a text does that a shell runs, or another interpreter. Bounded by its length; 0 where there is no memory. */
uint64_t shell_reasons(const char *text, bool user);
uint64_t code_reasons(const char *text);

/* What a program, by its name, and its arguments are good for in a pipeline: bits. */
enum segment_kind {
        SEGMENT_FETCHES  = 1 << 0, /* curl */
        SEGMENT_CONNECTS = 1 << 1, /* nc */
        SEGMENT_DECODES  = 1 << 2, /* base64 -d */
        SEGMENT_SHELL    = 1 << 3, /* sh, python3: runs what it reads */
        SEGMENT_CHANGES  = 1 << 4, /* tee, cp, echo with a ">": writes to the files it names */
};
unsigned segment_kinds(char *const *words, size_t n);

/* What one command does, without looking into what it makes an interpreter run. */
uint64_t segment_reasons(char *const *words, size_t n, bool user);
