/* One line of the ledger's text: an entry in its fields. */
#include <inttypes.h>
#include <limits.h>

#include "ledger_text_internal.h"
#include "unitward/attributes.h"
#include "unitward/text.h"
#include "unitward/util.h"

enum field {
        FIELD_TYPE,
        FIELD_MODE,
        FIELD_OWNER,
        FIELD_SIZE,
        FIELD_CONTENT,
        FIELD_ATTRIBUTES,
        FIELD_PATH,
        FIELD_SINCE,
        FIELD_SOURCE,
        FIELD_RULE,
        FIELD_BY,
        N_FIELDS, /* of an export */
        FIELD_INODE = N_FIELDS,
        FIELD_MTIME,
        FIELD_CTIME,
        N_FIELDS_SIGNED,
};

bool ledger_text_unescape(char *text)
{
        char *to = text;

        for (const char *from = text; *from; to++) {
                if (ledger_text_is_plain((unsigned char)*from)) {
                        *to = *from++;
                        continue;
                }
                char digits[3] = { from[0] == '\\' && from[1] == 'x' ? from[2] : '\0' };

                if (digits[0])
                        digits[1] = from[3];
                if (hex_decode(digits, to, 1) < 0 || !*to)
                        return false;
                from += strlen("\\xHH");
        }
        *to = '\0';
        return true;
}

/* "-" is an empty field. */
static bool field_text(char *field, const char **ret)
{
        if (streq(field, "-"))
                *field = '\0';
        *ret = field;
        return ledger_text_unescape(field);
}

static bool field_number(const char *field, int base, uint64_t max, uint64_t *ret)
{
        char *end;

        errno = 0;
        *ret = strtoull(field, &end, base);
        return *field >= '0' && *field <= '9' && !*end && errno == 0 && *ret <= max;
}

static bool field_time(const char *field, int64_t *ret)
{
        bool negative = *field == '-';
        uint64_t value;

        if (!field_number(field + negative, 10, INT64_MAX, &value))
                return false;
        *ret = negative ? -(int64_t)value : (int64_t)value;
        return true;
}

static size_t split(char *line, char *fields[static N_FIELDS_SIGNED + 1])
{
        size_t n = 0;

        for (char *rest = line; rest && n <= N_FIELDS_SIGNED;)
                fields[n++] = strsep(&rest, "\t");
        return n;
}

/* ---- Parts ------------------------------------------------------------------------------------------ */

static bool take_kind(char *fields[], struct ledger_entry *entry)
{
        for (enum entry_kind kind = 0; kind < ENTRY_KIND_COUNT_; kind++) {
                if (streq(fields[FIELD_TYPE], entry_kind_name(kind))) {
                        entry->kind = kind;
                        return true;
                }
        }
        return false;
}

static bool take_mode(char *fields[], struct ledger_entry *entry)
{
        uint64_t mode;

        if (!field_number(fields[FIELD_MODE], 8, 07777, &mode))
                return false;
        entry->mode = (mode_t)mode;
        return true;
}

static bool take_owner(char *fields[], struct ledger_entry *entry)
{
        char *gid_text = fields[FIELD_OWNER], *uid_text = strsep(&gid_text, ":");
        uint64_t uid, gid;

        if (!gid_text || !field_number(uid_text, 10, UINT32_MAX - 1, &uid) ||
            !field_number(gid_text, 10, UINT32_MAX - 1, &gid))
                return false;
        entry->uid = (uid_t)uid;
        entry->gid = (gid_t)gid;
        return true;
}

static bool take_size(char *fields[], struct ledger_entry *entry)
{
        if (entry->kind != ENTRY_FILE)
                return streq(fields[FIELD_SIZE], "-");
        return field_number(fields[FIELD_SIZE], 10, INT64_MAX, &entry->size);
}

static bool take_content(char *fields[], struct ledger_entry *entry)
{
        switch (entry->kind) {
        case ENTRY_FILE:
                return digest_from_hex(fields[FIELD_CONTENT], &entry->digest) == 0;
        case ENTRY_LINK:
                return field_text(fields[FIELD_CONTENT], &entry->target) && strlen(entry->target) < PATH_MAX;
        default:
                return streq(fields[FIELD_CONTENT], "-");
        }
}

static bool take_attributes(char *fields[], struct ledger_entry *entry)
{
        char *hex = fields[FIELD_ATTRIBUTES];
        size_t size = strlen(hex) / 2;

        entry->bare = streq(hex, "-");
        if (entry->bare || streq(hex, "?"))
                return true;
        if (size == 0 || size > ATTRIBUTES_MAX || hex_decode(hex, hex, size) < 0)
                return false;
        entry->attributes = hex;
        entry->attributes_size = size;
        return true;
}

static bool take_path(char *fields[], struct ledger_entry *entry)
{
        return field_text(fields[FIELD_PATH], &entry->path) && *entry->path == '/' && strlen(entry->path) < PATH_MAX;
}

static bool take_since(char *fields[], struct ledger_entry *entry)
{
        return timestamp_parse(fields[FIELD_SINCE], &entry->since_usec) == 0;
}

static bool take_source(char *fields[], struct ledger_entry *entry)
{
        return field_text(fields[FIELD_SOURCE], &entry->source) && *entry->source;
}

static bool take_rule(char *fields[], struct ledger_entry *entry)
{
        return field_text(fields[FIELD_RULE], &entry->rule);
}

static bool take_by(char *fields[], struct ledger_entry *entry)
{
        return field_text(fields[FIELD_BY], &entry->by);
}

static bool take_signature(char *fields[], struct ledger_entry *entry)
{
        uint64_t inode;

        if (!field_number(fields[FIELD_INODE], 10, UINT64_MAX, &inode) ||
            !field_time(fields[FIELD_MTIME], &entry->mtime_nsec) ||
            !field_time(fields[FIELD_CTIME], &entry->ctime_nsec))
                return false;
        entry->id.inode = (ino_t)inode;
        return true;
}

/* In the order in which they depend on each other. */
static const struct {
        bool (*take)(char *fields[], struct ledger_entry *entry);
        const char *expected;
} parts[] = {
        { take_kind, "type: expected file, link or directory" },
        { take_mode, "mode: expected octal permission bits such as 0644" },
        { take_owner, "owner: expected UID:GID as numbers" },
        { take_size, "size: expected a number of bytes for a file, - for anything else" },
        { take_content, "content: expected the SHA-256 of a file, the target of a link, - for a directory" },
        { take_attributes, "attributes: expected -, ? or hexadecimal digits" },
        { take_path, "path: expected an absolute path" },
        { take_since, "since: expected a time such as 2026-11-23T09:18:37.123456Z" },
        { take_source, "source: expected one word" },
        { take_rule, "rule: bytes that should have been escaped" },
        { take_by, "by: bytes that should have been escaped" },
};

const char *ledger_text_parse_entry(char *line, struct ledger_entry *ret)
{
        char *fields[N_FIELDS_SIGNED + 1];
        struct ledger_entry entry = { 0 };
        size_t n = split(line, fields);

        if (n != N_FIELDS && n != N_FIELDS_SIGNED)
                return "expected 11 fields, or 14, separated by tabs";
        for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
                if (!parts[i].take(fields, &entry))
                        return parts[i].expected;
        if (n == N_FIELDS_SIGNED && !take_signature(fields, &entry))
                return "expected inode, mtime and ctime as numbers in the last three fields";
        *ret = entry;
        return NULL;
}
