/* What execve(2) says to who is refused, "Operation not permitted", does not name unitward: one line on his terminal
 * does. */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "unitward/record_command.h"
#include "unitward/text.h"
#include "unitward/util.h"

#define LINES_MAX 5u
#define WINDOW_USEC (2u * 1000000u)
#define TOLD_MAX 160u /* bytes of the command line */

/* Of pseudo-terminals, devices.txt of the kernel's documentation. */
#define PTS_MAJOR_FIRST 136u
#define PTS_MAJOR_LAST 143u

static bool is_polite(struct terminal_manners *manners)
{
        uint64_t now = now_monotonic_usec();

        if (now - manners->since_usec > WINDOW_USEC)
                *manners = (struct terminal_manners){ now, 0 };
        return manners->n++ < LINES_MAX;
}

/* His who asked, or who logged in to ask as somebody else. */
static bool is_own(int fd, const struct actor *actor)
{
        struct stat st;

        return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && major(st.st_rdev) >= PTS_MAJOR_FIRST &&
               major(st.st_rdev) <= PTS_MAJOR_LAST && (st.st_uid == actor->uid || st.st_uid == actor->login_uid);
}

static char *line_for(const struct record *record)
{
        _cleanup_free_ char *line = text_escape(record->command->line ? record->command->line : record->command->name);
        bool killed = record->kind == RECORD_EVASION;

        if (!line)
                return NULL;
        return format("unitward %s \"%.*s%s\" by rule \"%s\"; \"unitward explain --command ...\" says why\r\n",
                      killed ? "ended" : "refused", (int)TOLD_MAX, line, strlen(line) > TOLD_MAX ? "..." : "",
                      record->rule);
}

bool terminal_tell(struct terminal_manners *manners, const struct record *record)
{
        _cleanup_close_ int fd = -1;
        _cleanup_free_ char *line = NULL;
        size_t size;

        if (!record->command || !*record->command->terminal || !record->actor || record->mode != MODE_ENFORCE ||
            record->outcome == OUTCOME_ALLOW || !is_polite(manners))
                return false;
        fd = open(record->command->terminal, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || !is_own(fd, record->actor))
                return false;
        line = line_for(record);
        size = line ? strlen(line) : 0;
        return size > 0 && write(fd, line, size) == (ssize_t)size;
}
