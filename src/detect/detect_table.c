/* The reasons, and what each is worth. An alert takes 60 by default, a record 40.
 *
 * - 60 and more: an alert by itself. What no package ships and nobody has to do in a unit: a shell that connects back,
 * code that is fetched and run; and a unit that nothing authorises, whatever is in it.
 * - 45 to 50: an alert when the unit is new too. A program in /tmp is seldom meant well.
 * - 25 to 40: a record when the unit is new. Administrators do that: tunnels, programs in homes, libraries of their
 * own.
 * - 5 to 15: circumstances. Each is true of many units that are as they should be; all of them together (unit-new,
 *   writer-unknown, interval-short, inline-program, program-unowned, runs-as-root: 60) of hardly one.
 *
 * tests/integration/labelled.py prints how far they are made to the measure of the units known when they were set: its
 * units called "later" are others. */
#include <stdio.h>
#include <stdlib.h>

#include "detect_internal.h"
#include "unitward/util.h"

/* Reasons of one group say the same thing more or less plainly: only the heaviest counts. */
enum group {
        GROUP_AUTHORITY, /* is it authorised */
        GROUP_CHANGE,    /* is it new */
        GROUP_WRITER,    /* by whom */
        GROUP_PLACE,     /* where the program lies */
        GROUP_PROGRAM,   /* what it is */
        GROUP_NAMED,     /* is it what the unit says */
        GROUP_COMMAND,   /* what it is told to do */
        GROUP_LIBRARIES,
        GROUP_NAME,
        GROUP_SCHEDULE,
        GROUP_USER,
        GROUP_COUNT_,
};

static const struct {
        const char *id;
        enum group group;
        unsigned weight;
        const char *text; /* why it counts, as a clause */
} reasons[REASON_COUNT_] = {
        [REASON_UNIT_UNAUTHORISED] = { "unit-unauthorised", GROUP_AUTHORITY, 60,
                                       "nothing authorises its unit, a drop-in or its timer as it is now" },
        [REASON_UNIT_LOADED_UNSEEN] = { "unit-loaded-unseen", GROUP_AUTHORITY, 60,
                                        "its unit was loaded before anybody watched, and nothing authorises it" },
        [REASON_WRITER_REFUSED] = { "writer-refused", GROUP_AUTHORITY, 60,
                                    "somebody wrote its unit whom the policy does not let" },
        [REASON_UNIT_NEW] = { "unit-new", GROUP_CHANGE, 15, "its unit is new" },
        [REASON_UNIT_CHANGED] = { "unit-changed", GROUP_CHANGE, 10, "its unit was changed lately" },
        [REASON_DROP_IN_CHANGED] = { "drop-in-changed", GROUP_CHANGE, 10, "a drop-in of its unit was changed lately" },
        [REASON_TIMER_CHANGED] = { "timer-changed", GROUP_CHANGE, 10, "what triggers its unit was changed lately" },
        [REASON_UNIT_TRANSIENT] = { "unit-transient", GROUP_CHANGE, 10,
                                    "its unit is in no file: somebody asked for it" },
        [REASON_WRITER_UNKNOWN] = { "writer-unknown", GROUP_WRITER, 10, "nobody knows who changed it" },
        [REASON_PROGRAM_MEMFD] = { "program-memfd", GROUP_PLACE, 70,
                                   "the program was never a file: it is in memory alone" },
        [REASON_PROGRAM_DELETED] = { "program-deleted", GROUP_PLACE, 50, "the program's file is deleted" },
        [REASON_PROGRAM_TEMPORARY] = { "program-temporary", GROUP_PLACE, 45,
                                       "the program, or its script, lies in a temporary directory" },
        [REASON_PROGRAM_WRITABLE] = { "program-writable", GROUP_PLACE, 40,
                                      "others than root may write the program or a directory above it" },
        [REASON_PROGRAM_HIDDEN] = { "program-hidden", GROUP_PLACE, 40, "the program, or its script, is hidden" },
        [REASON_PROGRAM_HOME] = { "program-home", GROUP_PLACE, 20, "a system unit runs a program from a home" },
        [REASON_PROGRAM_DIFFERS] = { "program-differs", GROUP_PROGRAM, 45,
                                     "the program is not what its package shipped" },
        [REASON_PROGRAM_CHANGED] = { "program-changed", GROUP_PROGRAM, 15,
                                     "the program was changed lately, and by no package manager" },
        [REASON_PROGRAM_UNOWNED] = { "program-unowned", GROUP_PROGRAM, 5, "the program belongs to no package" },
        [REASON_PROGRAM_NOT_NAMED] = { "program-not-named", GROUP_NAMED, 30,
                                       "its unit's file names another program than the one that was started" },
        [REASON_REVERSE_SHELL] = { "reverse-shell", GROUP_COMMAND, 75, "it gives a shell to whom it connects to" },
        [REASON_FETCH_AND_RUN] = { "fetch-and-run", GROUP_COMMAND, 70, "it fetches a program and runs it" },
        [REASON_CODE_IN_MEMORY] = { "code-in-memory", GROUP_COMMAND, 65, "it runs code that is in memory alone" },
        [REASON_GIVES_ACCESS] = { "gives-access", GROUP_COMMAND, 60, "it changes who may log in or become root" },
        [REASON_ENCODED] = { "encoded", GROUP_COMMAND, 50, "what it runs is encoded" },
        [REASON_URL_PROGRAM] = { "url-program", GROUP_COMMAND, 50, "an interpreter has a URL as its program" },
        [REASON_NETWORK_TOOL] = { "network-tool", GROUP_COMMAND, 25, "it fetches something or connects to somewhere" },
        [REASON_INLINE_PROGRAM] = { "inline-program", GROUP_COMMAND, 10, "its program stands on the command line" },
        [REASON_LIBRARIES] = { "libraries", GROUP_LIBRARIES, 35,
                               "its unit changes which libraries or code programs load" },
        [REASON_IMITATES] = { "imitates", GROUP_NAME, 30, "it bears the name of a part of the system, and is none" },
        [REASON_INTERVAL_SHORT] = { "interval-short", GROUP_SCHEDULE, 15, "its timer fires often" },
        [REASON_RUNS_AS_ROOT] = { "runs-as-root", GROUP_USER, 5, "it runs as root" },
};

size_t detect_n_reasons(void)
{
        return REASON_COUNT_;
}

const char *detect_reason_id(size_t reason)
{
        return reasons[reason].id;
}

const char *detect_reason_text(size_t reason)
{
        return reasons[reason].text;
}

unsigned detect_reason_weight(size_t reason)
{
        return reasons[reason].weight;
}

unsigned reasons_score(uint64_t found)
{
        unsigned heaviest[GROUP_COUNT_] = { 0 }, score = 0;

        for (size_t i = 0; i < REASON_COUNT_; i++)
                if (found & REASON_BIT(i) && reasons[i].weight > heaviest[reasons[i].group])
                        heaviest[reasons[i].group] = reasons[i].weight;
        for (size_t i = 0; i < GROUP_COUNT_; i++)
                score += heaviest[i];
        return score;
}

/* The heaviest that is left; of equals the first. */
static size_t heaviest_of(uint64_t found)
{
        size_t heaviest = REASON_COUNT_;

        for (size_t i = 0; i < REASON_COUNT_; i++)
                if (found & REASON_BIT(i) &&
                    (heaviest == REASON_COUNT_ || reasons[i].weight > reasons[heaviest].weight))
                        heaviest = i;
        return heaviest;
}

char *detect_reasons_text(uint64_t found)
{
        char *text = NULL;
        size_t size;
        FILE *stream = open_memstream(&text, &size);

        if (!stream)
                return NULL;
        for (size_t i = heaviest_of(found), n = 0; i < REASON_COUNT_; i = heaviest_of(found), n++) {
                (void)fprintf(stream, "%s%s", n > 0 ? "; " : "", reasons[i].text);
                found &= ~REASON_BIT(i);
        }
        if (fclose(stream) < 0) {
                free(text);
                return NULL;
        }
        return text;
}

const char *detect_author_name(enum detect_author author)
{
        static const char *const names[DETECT_AUTHOR_COUNT_] = {
                [DETECT_AUTHOR_NONE] = "unknown",
                [DETECT_AUTHOR_REFUSED] = "refused",
                [DETECT_AUTHOR_ALLOWED] = "allowed",
                [DETECT_AUTHOR_PACKAGE] = "package",
        };

        return names[author];
}

const char *detect_outcome_name(enum detect_outcome outcome)
{
        static const char *const names[DETECT_OUTCOME_COUNT_] = {
                [DETECT_NOTHING] = "nothing", [DETECT_RECORD] = "record", [DETECT_ALERT] = "alert",
                [DETECT_DENY] = "deny",       [DETECT_STOP] = "stop",
        };

        return names[outcome];
}

const char *detect_severity_name(enum detect_severity severity)
{
        static const char *const names[] = {
                [DETECT_LOW] = "low",
                [DETECT_MEDIUM] = "medium",
                [DETECT_HIGH] = "high",
                [DETECT_CRITICAL] = "critical",
        };

        return names[severity];
}
