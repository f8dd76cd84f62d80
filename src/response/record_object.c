/* The schema: what it was done to. Who it was: record_subject.c; the rest of it: record_fields.c. */
#include "record_private.h"
#include "unitward/text.h"
#include "unitward/util.h"

static bool get_path(const struct record *record, json_t **ret)
{
        return field_bytes(record->path, ret);
}

static bool get_path_hex(const struct record *record, json_t **ret)
{
        _cleanup_free_ char *text = NULL, *hex = NULL;

        if (!record->path)
                return false;
        text = text_to_utf8(record->path);
        if (text && streq(text, record->path))
                return false;
        hex = malloc(2 * strlen(record->path) + 1);
        if (hex)
                hex_encode(record->path, strlen(record->path), hex);
        *ret = text && hex ? json_string(hex) : NULL;
        return true;
}

static bool get_file_name(const struct record *record, json_t **ret)
{
        const char *slash = record->path ? strrchr(record->path, '/') : NULL;

        return slash && field_bytes(slash + 1, ret);
}

static bool get_file_directory(const struct record *record, json_t **ret)
{
        const char *slash = record->path ? strrchr(record->path, '/') : NULL;
        _cleanup_free_ char *directory = NULL;

        if (!slash || slash == record->path)
                return false;
        directory = strndup(record->path, (size_t)(slash - record->path));
        *ret = NULL;
        return !directory || field_bytes(directory, ret);
}

static bool get_target_unit(const struct record *record, json_t **ret)
{
        return field_bytes(record->unit, ret);
}

static bool get_zone(const struct record *record, json_t **ret)
{
        return field_text(record->zone, ret);
}

static bool get_place(const struct record *record, json_t **ret)
{
        return record->decided && !record->command && field_text(place_name(record->place), ret);
}

static bool get_target_path(const struct record *record, json_t **ret)
{
        return field_bytes(record->target, ret);
}

static bool get_mount_source(const struct record *record, json_t **ret)
{
        return field_bytes(record->mount_source, ret);
}

static bool get_mount_type(const struct record *record, json_t **ret)
{
        return field_bytes(record->mount_type, ret);
}

static bool get_meaning(const struct record *record, json_t **ret)
{
        return field_bytes(record->meaning, ret);
}

/* ---- What was there ------------------------------------------------------------------------------- */

/* Identifiers, not numbers, in ECS; the mode is octal. */
static bool get_owner(const struct record *record, json_t **ret)
{
        if (!record->file.known)
                return false;
        *ret = json_sprintf("%u", record->file.uid);
        return true;
}

static bool get_group(const struct record *record, json_t **ret)
{
        if (!record->file.known)
                return false;
        *ret = json_sprintf("%u", record->file.gid);
        return true;
}

static bool get_mode(const struct record *record, json_t **ret)
{
        if (!record->file.known)
                return false;
        *ret = json_sprintf("%04o", (unsigned)record->file.mode);
        return true;
}

static bool get_written(const struct record *record, json_t **ret)
{
        char text[TIMESTAMP_SIZE];

        return record->file.known && field_text(timestamp_format(record->file.mtime_usec, text), ret);
}

static bool get_changed(const struct record *record, json_t **ret)
{
        char text[TIMESTAMP_SIZE];

        return record->file.known && field_text(timestamp_format(record->file.ctime_usec, text), ret);
}

static bool get_size(const struct record *record, json_t **ret)
{
        if (!record->unkept.is)
                return false;
        *ret = json_integer((json_int_t)record->unkept.size);
        return true;
}

static bool get_digest(const struct record *record, json_t **ret)
{
        char hex[DIGEST_HEX_SIZE];

        return record->unkept.has_digest && field_text(digest_to_hex(&record->unkept.digest, hex), ret);
}

static bool get_last_writer(const struct record *record, json_t **ret)
{
        return field_bytes(record->last_writer, ret);
}

const struct record_field record_object_fields[] = {
        { "file.path", "UNITWARD_PATH", get_path },
        { "file.name", NULL, get_file_name },
        { "file.directory", NULL, get_file_directory },
        { "file.target_path", "UNITWARD_TARGET_PATH", get_target_path },
        { "unitward.path_hex", "UNITWARD_PATH_HEX", get_path_hex },
        { "unitward.zone", "UNITWARD_ZONE", get_zone },
        { "unitward.place", "UNITWARD_PLACE", get_place },
        { "unitward.target_unit", "UNITWARD_TARGET_UNIT", get_target_unit },
        { "unitward.mount_source", "UNITWARD_MOUNT_SOURCE", get_mount_source },
        { "unitward.mount_type", "UNITWARD_MOUNT_TYPE", get_mount_type },
        { "unitward.meaning", "UNITWARD_MEANING", get_meaning },
        { "file.uid", "UNITWARD_FILE_UID", get_owner },
        { "file.gid", "UNITWARD_FILE_GID", get_group },
        { "file.mode", "UNITWARD_FILE_MODE", get_mode },
        { "file.mtime", "UNITWARD_FILE_MTIME", get_written },
        { "file.ctime", "UNITWARD_FILE_CTIME", get_changed },
        { "file.size", "UNITWARD_FILE_SIZE", get_size },
        { "file.hash.sha256", "UNITWARD_FILE_SHA256", get_digest },
        { "unitward.last_writer", "UNITWARD_LAST_WRITER", get_last_writer },
        { NULL, NULL, NULL },
};
