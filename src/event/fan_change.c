/* The parser of the notification group's buffer: fanotify(7), "Event information records". */
#include <fcntl.h>

#include "fan_buffer.h"
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
        struct fan_change change = { .pidfd = -1 };
        const unsigned char *record;
        struct fan_event event;
        size_t length;
        int r;

        r = fan_event_at(buffer, size, *offset, &event);
        if (r <= 0)
                return r;
        change.mask = event.metadata.mask;
        change.pid = event.metadata.pid;
        while ((r = fan_record_next(&event, &record, &length)) > 0) {
                r = record_parse(record, length, &change);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;
        *offset += event.metadata.event_len;
        *ret = change;
        return 1;
}
