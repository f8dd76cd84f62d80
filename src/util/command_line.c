#include <fcntl.h>

#include "unitward/command_line.h"
#include "unitward/util.h"

#define LINE_MAX_SIZE 65536u
#define SPACE " \t\n"

/* What follows the prefix in the text of that length, quotes left out; NULL: it does not begin so. */
static const char *after_prefix(const char *text, size_t length, const char *prefix)
{
        const char *end = text + length;

        for (; *prefix; prefix++) {
                while (text < end && *text == '"')
                        text++;
                if (text == end || *text++ != *prefix)
                        return NULL;
        }
        return text;
}

static bool is_word(const char *text, size_t length, const char *word)
{
        const char *rest = after_prefix(text, length, word);

        while (rest && rest < text + length && *rest == '"')
                rest++;
        return rest == text + length;
}

enum command_line_mode command_line_mode(const char *line)
{
        enum command_line_mode mode = COMMAND_LINE_NOTHING;

        while (*(line += strspn(line, SPACE))) {
                size_t length = strcspn(line, SPACE);

                if (is_word(line, length, "unitward.mode=off"))
                        return COMMAND_LINE_OFF;
                if (is_word(line, length, "unitward.mode=audit"))
                        mode = COMMAND_LINE_AUDIT;
                line += length;
        }
        return mode;
}

char *command_line_read(void)
{
        bool container = access("/run/systemd/container", F_OK) == 0;
        char *text = NULL;
        size_t size;

        if (read_file_at(AT_FDCWD, container ? "/proc/1/cmdline" : "/proc/cmdline", LINE_MAX_SIZE, &text, &size) < 0)
                return strdup("");
        for (size_t i = 0; i < size; i++)
                if (text[i] == '\0')
                        text[i] = ' '; /* between arguments */
        return text;
}

enum command_line_mode command_line_machine(void)
{
        _cleanup_free_ char *line = command_line_read();

        return line ? command_line_mode(line) : COMMAND_LINE_NOTHING;
}
