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
