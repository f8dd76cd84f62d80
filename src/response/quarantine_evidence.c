#include <fcntl.h>
#include <limits.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "quarantine_private.h"
#include "unitward/text.h"
#include "unitward/util.h"

#define EVIDENCE_NEW QUARANTINE_EVIDENCE ".new"
#define XATTRS_MAX 64
#define XATTR_VALUE_MAX 2048

static const struct {
        mode_t type;
        const char *name;
} kinds[] = {
        { S_IFREG, "file" },    { S_IFLNK, "link" },         { S_IFDIR, "directory" },        { S_IFIFO, "fifo" },
        { S_IFSOCK, "socket" }, { S_IFBLK, "block-device" }, { S_IFCHR, "character-device" },
};

static const char *kind_name(mode_t mode)
{
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
                if (kinds[i].type == (mode & S_IFMT))
                        return kinds[i].name;
        return "unknown";
}

static int kind_from_name(const char *name, mode_t *ret)
{
        for (size_t i = 0; name && i < ARRAY_SIZE(kinds); i++)
                if (streq(kinds[i].name, name)) {
                        *ret = kinds[i].type;
                        return 0;
                }
        return -EBADMSG;
}

/* One attribute; a long value is cut, and its size says so. */
static json_t *xattr_new(const char *path, const char *name)
{
        char value[XATTR_VALUE_MAX], hex[2 * XATTR_VALUE_MAX + 1];
        ssize_t size = getxattr(path, name, NULL, 0), n = getxattr(path, name, value, sizeof value);
        json_t *attribute = json_object();

        if (n < 0 && errno == ERANGE) {
                char *whole = malloc(XATTR_SIZE_MAX);

                n = whole ? getxattr(path, name, whole, XATTR_SIZE_MAX) : -1;
                n = n > XATTR_VALUE_MAX ? XATTR_VALUE_MAX : n;
                if (n > 0)
                        memcpy(value, whole, (size_t)n);
                free(whole);
        }
        hex_encode(value, n > 0 ? (size_t)n : 0, hex);
        if (attribute && json_set_bytes(attribute, "name", name) == 0 &&
            json_object_set_new(attribute, "size", json_integer(size)) == 0 &&
            json_object_set_new(attribute, "value_hex", json_string(hex)) == 0)
                return attribute;
        json_decref(attribute);
        return NULL;
}

/* Through /proc, because an O_PATH descriptor has no attributes; that path leads to the very object, a link too. */
static json_t *xattrs_new(int object)
{
        const struct fd_path path = fd_path(object);
        char names[XATTR_LIST_MAX];
        json_t *list = json_array();
        ssize_t size;

        size = listxattr(path.text, names, sizeof names);
        for (const char *name = names; list && size > 0 && name < names + size; name += strlen(name) + 1) {
                if (json_array_size(list) == XATTRS_MAX)
                        break;
                if (json_array_append_new(list, xattr_new(path.text, name)) < 0) {
                        json_decref(list);
                        return NULL;
                }
        }
        return list;
}

static const char *format_mtime(const struct stat *st, char buffer[static TIMESTAMP_SIZE])
{
        uint64_t seconds = st->st_mtim.tv_sec > 0 ? (uint64_t)st->st_mtim.tv_sec : 0;

        return timestamp_format(seconds * 1000000u + (uint64_t)st->st_mtim.tv_nsec / 1000u, buffer);
}

/* What only some kinds have. */
static int add_particulars(json_t *evidence, int object, const struct stat *st)
{
        char target[PATH_MAX], device[32];

        if (S_ISLNK(st->st_mode) && object_target(object, target) == 0)
                return json_set_bytes(evidence, "target", target);
        if (!S_ISBLK(st->st_mode) && !S_ISCHR(st->st_mode))
                return 0;
        (void)snprintf(device, sizeof device, "%u:%u", major(st->st_rdev), minor(st->st_rdev));
        return json_object_set_new(evidence, "device", json_string(device)) < 0 ? -ENOMEM : 0;
}

/* The caller's fields. An actor's name may be any bytes, and must not keep the evidence from being written. */
static json_t *evidence_from(json_t *why)
{
        json_auto_t *evidence = json_object();
        const char *key;
        json_t *value;
        int r = evidence ? 0 : -ENOMEM;

        json_object_foreach(why, key, value) {
                if (json_is_string(value))
                        r |= json_set_bytes(evidence, key, json_string_value(value));
                else
                        r |= json_object_set_new(evidence, key, json_deep_copy(value));
        }
        return r == 0 ? steal_pointer(evidence) : NULL;
}

/* What was found outranks what is told. */
json_t *evidence_new(int object, const struct stat *st, json_t *why)
{
        char permissions[8], mtime[TIMESTAMP_SIZE], taken[TIMESTAMP_SIZE];
        json_auto_t *evidence = evidence_from(why);
        int r = 0;

        (void)snprintf(permissions, sizeof permissions, "%04o", (unsigned)st->st_mode & 07777);
        const struct {
                const char *key;
                json_t *value;
        } facts[] = {
                { "state", json_string("taken") },
                { "taken", json_string(timestamp_format(now_realtime_usec(), taken)) },
                { "kind", json_string(kind_name(st->st_mode)) },
                { "size", json_integer(st->st_size) },
                { "permissions", json_string(permissions) },
                { "owner", json_pack("{s:I, s:I}", "uid", (json_int_t)st->st_uid, "gid", (json_int_t)st->st_gid) },
                { "mtime", json_string(format_mtime(st, mtime)) },
                { "inode", json_integer((json_int_t)st->st_ino) },
                { "nlink", json_integer((json_int_t)st->st_nlink) },
                { "xattrs", xattrs_new(object) },
        };
        for (size_t i = 0; i < ARRAY_SIZE(facts); i++)
                r |= json_object_set_new(evidence, facts[i].key, facts[i].value);
        return r == 0 && add_particulars(evidence, object, st) == 0 ? steal_pointer(evidence) : NULL;
}

int evidence_parse(const char *text, size_t size, const char *id, json_t **ret)
{
        json_auto_t *evidence = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
        _cleanup_free_ char *path = NULL;
        const char *said = json_string_value(json_object_get(evidence, "id"));
        struct evidence_facts facts;
        int r;

        if (!said || !streq(said, id))
                return -EBADMSG;
        r = json_get_bytes(evidence, "path", &path);
        if (r == 0)
                r = evidence_facts(evidence, &facts);
        if (r < 0)
                return r == -ENOMEM ? r : -EBADMSG;
        *ret = steal_pointer(evidence);
        return 0;
}

int evidence_read(int item, const char *id, json_t **ret)
{
        _cleanup_close_ int fd = openat(item, QUARANTINE_EVIDENCE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        if (fd < 0)
                return -errno;
        r = read_fd(fd, EVIDENCE_MAX, &text, &size);
        if (r < 0)
                return r;
        return evidence_parse(text, size, id, ret);
}

static int parse_permissions(const char *text, mode_t *ret)
{
        if (!text || strlen(text) != 4 || strspn(text, "01234567") != 4)
                return -EBADMSG;
        *ret = (mode_t)strtoul(text, NULL, 8);
        return 0;
}

static int parse_owner(const json_t *number, uid_t *ret)
{
        json_int_t value = json_integer_value(number);

        /* The last value means "leave it" to chown(2). */
        if (!json_is_integer(number) || value < 0 || value >= UINT32_MAX)
                return -EBADMSG;
        *ret = (uid_t)value;
        return 0;
}

int evidence_facts(const json_t *evidence, struct evidence_facts *ret)
{
        const json_t *owner = json_object_get(evidence, "owner");
        mode_t type, permissions;
        struct evidence_facts facts;

        if (kind_from_name(json_string_value(json_object_get(evidence, "kind")), &type) < 0 ||
            parse_permissions(json_string_value(json_object_get(evidence, "permissions")), &permissions) < 0 ||
            parse_owner(json_object_get(owner, "uid"), &facts.uid) < 0 ||
            parse_owner(json_object_get(owner, "gid"), &facts.gid) < 0)
                return -EBADMSG;
        facts.mode = type | permissions;
        facts.cut = json_is_true(json_object_get(evidence, "cut"));
        *ret = facts;
        return 0;
}

static int write_text(int item, const char *text, bool flush)
{
        _cleanup_close_ int fd = -1;
        int r;

        (void)unlinkat(item, EVIDENCE_NEW, 0);
        fd = openat(item, EVIDENCE_NEW, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
        if (fd < 0)
                return -errno;
        r = write_all(fd, text, strlen(text));
        if (r == 0 && flush && fsync(fd) < 0)
                r = -errno;
        if (r == 0 && renameat(item, EVIDENCE_NEW, item, QUARANTINE_EVIDENCE) < 0)
                r = -errno;
        if (r < 0)
                (void)unlinkat(item, EVIDENCE_NEW, 0);
        return r;
}

int evidence_write(int item, const json_t *evidence, bool flush)
{
        _cleanup_free_ char *text = json_dumps(evidence, JSON_INDENT(2));
        int r;

        if (!text)
                return -ENOMEM;
        r = write_text(item, text, flush);
        if (r == 0 && flush && fsync(item) < 0)
                r = -errno;
        return r;
}
