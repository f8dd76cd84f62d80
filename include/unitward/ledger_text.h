/* The ledger as text: one line an entry, in path order, so that it can be kept under version control, and the same
 * bytes after a round trip. `unitward ledger export`, the automatic export that a damaged ledger is rebuilt from, and
 * the snapshot of the boot gate are all this format.
 *
 *   unitward-ledger 1
 *   KEY VALUE                                 any number of headers: see struct ledger_text_header
 *   (an empty line)
 *   TYPE MODE UID:GID SIZE CONTENT ATTRIBUTES PATH SINCE SOURCE RULE BY [INODE MTIME CTIME]
 *   sha256 HEX                                of all bytes before this line
 *
 * Fields are separated by one tab. TYPE is "file", "link" or "directory". CONTENT is the SHA-256 of a file, the
 * target of a link, "-" for a directory. ATTRIBUTES is "-" (none but security.*), "?" (some, not known which) or hex.
 * SIZE is "-" but for files. Control characters, bytes from 0x7f on and the backslash are written as \xHH; an empty
 * field is "-", and a field that is "-" is \x2d. SINCE is timestamp_format's. The fields in brackets stand in
 * snapshots only; the times are in nanoseconds. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "unitward/ledger.h"

#define LEDGER_TEXT_MAX (256u * 1024u * 1024u)

/* ---- Writing ------------------------------------------------------------------------------------- */

struct ledger_text_writer;

/* signatures: with inode, mtime and ctime. The stream is the caller's; errors are told by the last call. */
int ledger_text_begin(FILE *stream, bool signatures, struct ledger_text_writer **ret);
int ledger_text_header(struct ledger_text_writer *writer, const char *key, const char *value); /* before entries */
int ledger_text_entry(struct ledger_text_writer *writer, const struct ledger_entry *entry);

/* Writes the last line, flushes the stream, frees the writer. ret_digest (may be NULL): that line's. 0, or the first
 * -errno of all calls. */
int ledger_text_end(struct ledger_text_writer *writer, struct digest *ret_digest);

/* ---- Reading ------------------------------------------------------------------------------------- */

struct ledger_text_handler {
        /* Each may be NULL; a negative result ends the reading and is returned. Strings are valid during the call. */
        int (*header)(void *userdata, const char *key, const char *value);
        int (*entry)(void *userdata, const struct ledger_entry *entry);
        void *userdata;
};

/* Checks the whole text (version, digest, every line, the order) before the first call of a handler. 0; -EBADMSG: not
 * this format or damaged; -EPROTO: a later version; what a handler said. ret_why (may be NULL): "line 12: size: not a
 * number", for people; caller frees; untouched on success. */
int ledger_text_read(const char *text, size_t size, const struct ledger_text_handler *handler, char **ret_why);
