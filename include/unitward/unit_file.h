/* Reads a unit file: systemd.syntax(7), as systemd 252 and 257 do it.
 *
 * Sections, "Key=value", comments with '#' or ';', continuation with a backslash at the end of the line
 * (comment lines inside a continued value are left out), leading and trailing whitespace taken away. Lines
 * end with a newline, a carriage return or a NUL. Specifiers and quotes are left as they are. What systemd
 * skips with a warning is skipped: a line without '=', a setting before the first section. What makes it
 * refuse the rest ends the file here too: a malformed section header, a line that is not UTF-8.
 * The bytes may be anybody's: memory and time are bounded by the size. */
#pragma once

#include <stddef.h>

#define UNIT_FILE_MAX (1024u * 1024u) /* longer contents are not looked at */

struct unit_setting {
        const char *section;   /* "Service"; systemd ignores sections that begin with "X-", here they are kept */
        const char *key;       /* "ExecStart" */
        const char *value;     /* continuation joined by spaces; "" resets a list */
        unsigned line;         /* from 1; where the setting ends */
};

struct unit_file;

/* The text is copied. 0; -EFBIG: longer than UNIT_FILE_MAX; -ENOMEM. */
int unit_file_parse(const char *text, size_t size, struct unit_file **ret);
struct unit_file *unit_file_free(struct unit_file *file); /* accepts NULL; returns NULL */

/* In the order of the file; strings live as long as the file. */
size_t unit_file_n_settings(const struct unit_file *file);
const struct unit_setting *unit_file_setting(const struct unit_file *file, size_t index);

/* The last value of a key, or NULL: for settings that are not lists. */
const char *unit_file_value(const struct unit_file *file, const char *section, const char *key);

/* The line that systemd stops at, refusing the unit (of a drop-in: what follows). 0: none. */
unsigned unit_file_refused_line(const struct unit_file *file);
