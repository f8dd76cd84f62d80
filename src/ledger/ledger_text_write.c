#include <inttypes.h>
#include <stdarg.h>

#include "ledger_text_internal.h"
#include "unitward/ledger_text.h"
#include "unitward/text.h"
#include "unitward/util.h"

struct ledger_text_writer {
        FILE *stream;
        struct digest_stream digest;
        bool signatures, has_entries;
        int error;
        size_t n_waiting;
        char waiting[4096]; /* fields are short, and hashing them one by one is slow */
};

static void put_waiting(struct ledger_text_writer *writer)
{
        if (writer->error == 0 && fwrite(writer->waiting, 1, writer->n_waiting, writer->stream) != writer->n_waiting)
                writer->error = errno ? -errno : -EIO;
        digest_add(&writer->digest, writer->waiting, writer->n_waiting);
        writer->n_waiting = 0;
}

static void put(struct ledger_text_writer *writer, const char *bytes, size_t size)
{
        while (size > 0) {
                size_t room = sizeof writer->waiting - writer->n_waiting, part = size < room ? size : room;

                memcpy(writer->waiting + writer->n_waiting, bytes, part);
                writer->n_waiting += part;
                bytes += part;
                size -= part;
                if (writer->n_waiting == sizeof writer->waiting)
                        put_waiting(writer);
        }
}

static void put_text(struct ledger_text_writer *writer, const char *text)
{
        put(writer, text, strlen(text));
}

static _printf_(2, 3) void put_format(struct ledger_text_writer *writer, const char *fmt, ...)
{
        char buffer[128]; /* numbers and timestamps */
        va_list arguments;

        va_start(arguments, fmt);
        (void)vsnprintf(buffer, sizeof buffer, fmt, arguments);
        va_end(arguments);
        put_text(writer, buffer);
}

static void put_hex(struct ledger_text_writer *writer, const void *data, size_t size)
{
        const unsigned char *bytes = data;
        char digits[3];

        for (size_t i = 0; i < size; i++) {
                hex_encode(bytes + i, 1, digits);
                put(writer, digits, 2);
        }
}

static void put_escaped(struct ledger_text_writer *writer, const char *text)
{
        while (*text) {
                size_t length = 0;

                while (ledger_text_is_plain((unsigned char)text[length]))
                        length++;
                put(writer, text, length);
                text += length;
                if (*text) {
                        put(writer, "\\x", 2);
                        put_hex(writer, text++, 1);
                }
        }
}

/* A tab and the field. */
static void put_field(struct ledger_text_writer *writer, const char *text)
{
        put(writer, "\t", 1);
        if (!text || !*text)
                put(writer, "-", 1);
        else if (streq(text, "-"))
                put_text(writer, "\\x2d");
        else
                put_escaped(writer, text);
}

static void put_contents(struct ledger_text_writer *writer, const struct ledger_entry *entry)
{
        char hex[DIGEST_HEX_SIZE];

        if (entry->kind == ENTRY_FILE)
                put_format(writer, "\t%" PRIu64, entry->size);
        else
                put_field(writer, NULL);
        put_field(writer, entry->kind == ENTRY_FILE   ? digest_to_hex(&entry->digest, hex)
                          : entry->kind == ENTRY_LINK ? entry->target
                                                      : NULL);
}

static void put_attributes(struct ledger_text_writer *writer, const struct ledger_entry *entry)
{
        if (entry->bare || !entry->attributes) {
                put_field(writer, entry->bare ? NULL : "?");
                return;
        }
        put(writer, "\t", 1);
        put_hex(writer, entry->attributes, entry->attributes_size);
}

int ledger_text_begin(FILE *stream, bool signatures, struct ledger_text_writer **ret)
{
        struct ledger_text_writer *writer = calloc(1, sizeof *writer);

        if (!writer)
                return -ENOMEM;
        writer->stream = stream;
        writer->signatures = signatures;
        digest_begin(&writer->digest);
        put_text(writer, LEDGER_TEXT_MAGIC " " LEDGER_TEXT_VERSION "\n");
        *ret = writer;
        return 0;
}

int ledger_text_header(struct ledger_text_writer *writer, const char *key, const char *value)
{
        put_text(writer, key);
        put(writer, " ", 1);
        put_escaped(writer, value);
        put(writer, "\n", 1);
        return writer->error;
}

/* What ends the headers. */
static void put_separator(struct ledger_text_writer *writer)
{
        if (!writer->has_entries)
                put(writer, "\n", 1);
        writer->has_entries = true;
}

int ledger_text_entry(struct ledger_text_writer *writer, const struct ledger_entry *entry)
{
        char since[TIMESTAMP_SIZE];

        put_separator(writer);
        put_text(writer, entry_kind_name(entry->kind));
        put_format(writer, "\t%04o\t%u:%u", (unsigned)entry->mode & 07777, (unsigned)entry->uid, (unsigned)entry->gid);
        put_contents(writer, entry);
        put_attributes(writer, entry);
        put_field(writer, entry->path);
        put_field(writer, timestamp_format(entry->since_usec, since));
        put_field(writer, entry->source);
        put_field(writer, entry->rule);
        put_field(writer, entry->by);
        if (writer->signatures)
                put_format(writer, "\t%ju\t%" PRId64 "\t%" PRId64, (uintmax_t)entry->id.inode, entry->mtime_nsec,
                           entry->ctime_nsec);
        put(writer, "\n", 1);
        return writer->error;
}

int ledger_text_end(struct ledger_text_writer *writer, struct digest *ret_digest)
{
        char hex[DIGEST_HEX_SIZE];
        struct digest digest;
        int r;

        put_separator(writer);
        put_waiting(writer);
        digest_end(&writer->digest, &digest);
        r = writer->error;
        if (r == 0 && (fprintf(writer->stream, LEDGER_TEXT_DIGEST " %s\n", digest_to_hex(&digest, hex)) < 0 ||
                       fflush(writer->stream) != 0))
                r = errno ? -errno : -EIO;
        if (r == 0 && ret_digest)
                *ret_digest = digest;
        free(writer);
        return r;
}
