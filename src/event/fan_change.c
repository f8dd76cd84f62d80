/* The parser of the notification group's buffer: fanotify(7), "Event information records". The kernel is
 * trusted, yet nothing here reads beyond what it was given. */
#include <fcntl.h>

#include "unitward/fan_group.h"
#include "unitward/util.h"

/* A record with a file handle and, behind it, a name. */
static int directory_parse(const unsigned char *record, size_t size, struct fan_change *change)
{
        struct fanotify_event_info_fid info;
        struct file_handle handle;
        size_t used = sizeof info + sizeof handle;
        const unsigned char *name;
        size_t length;

        if (size < used)
                return -EBADMSG;
        memcpy(&info, record, sizeof info);
        memcpy(&handle, record + sizeof info, sizeof handle);
        if (handle.handle_bytes > FAN_HANDLE_MAX || size - used < handle.handle_bytes)
                return -EBADMSG;

        memset(&change->directory, 0, sizeof change->directory);
        memcpy(change->directory.fsid, &info.fsid, sizeof change->directory.fsid);
        change->directory.type = handle.handle_type;
        change->directory.size = handle.handle_bytes;
        memcpy(change->directory.bytes, record + used, handle.handle_bytes);
        change->has_directory = true;

        if (info.hdr.info_type != FAN_EVENT_INFO_TYPE_DFID_NAME)
                return 0;
        name = record + used + handle.handle_bytes;
        length = strnlen((const char *)name, size - used - handle.handle_bytes);
        if (length >= sizeof change->name || length == size - used - handle.handle_bytes)
                return -EBADMSG;
        memcpy(change->name, name, length + 1);
        return 0;
}

static int record_parse(const unsigned char *record, size_t size, struct fan_change *change)
{
        struct fanotify_event_info_header header;

        memcpy(&header, record, sizeof header);
        switch (header.info_type) {
        case FAN_EVENT_INFO_TYPE_DFID_NAME:
        case FAN_EVENT_INFO_TYPE_DFID:
                return directory_parse(record, size, change);
        case FAN_EVENT_INFO_TYPE_PIDFD: {
                struct fanotify_event_info_pidfd info;

                if (size < sizeof info)
                        return -EBADMSG;
                memcpy(&info, record, sizeof info);
                change->pidfd = info.pidfd >= 0 ? info.pidfd : -1;
                return 0;
        }
        default:
                return 0;
        }
}

int fan_change_next(const void *buffer, size_t size, size_t *offset, struct fan_change *ret)
{
        const unsigned char *event = (const unsigned char *)buffer + *offset;
        struct fanotify_event_metadata metadata;
        struct fan_change change = { .pidfd = -1 };
        size_t left = size - *offset;

        if (left == 0)
                return 0;
        if (left < sizeof metadata)
                return -EBADMSG;
        memcpy(&metadata, event, sizeof metadata);
        if (metadata.vers != FANOTIFY_METADATA_VERSION || metadata.event_len > left ||
            metadata.event_len < metadata.metadata_len || metadata.metadata_len < sizeof metadata)
                return -EBADMSG;
        change.mask = metadata.mask;
        change.pid = metadata.pid;

        for (size_t at = metadata.metadata_len; at < metadata.event_len;) {
                struct fanotify_event_info_header header;
                int r;

                if (metadata.event_len - at < sizeof header)
                        return -EBADMSG;
                memcpy(&header, event + at, sizeof header);
                if (header.len < sizeof header || header.len > metadata.event_len - at)
                        return -EBADMSG;
                r = record_parse(event + at, header.len, &change);
                if (r < 0)
                        return r;
                at += header.len;
        }
        *offset += metadata.event_len;
        *ret = change;
        return 1;
}
