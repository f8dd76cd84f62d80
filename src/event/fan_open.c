/* The parser of the permission groups' buffers. */
#include "fan_buffer.h"
#include "unitward/fan_group.h"
#include "unitward/util.h"

static int record_parse(const unsigned char *record, size_t size, struct fan_open *open)
{
        struct fanotify_event_info_range range;

        if (record[offsetof(struct fanotify_event_info_header, info_type)] != FAN_EVENT_INFO_TYPE_RANGE)
                return 0;
        if (size < sizeof range)
                return -EBADMSG;
        memcpy(&range, record, sizeof range);
        open->has_length = range.count > 0;
        return 0;
}

int fan_open_next(const void *buffer, size_t size, size_t *offset, struct fan_open *ret)
{
        const unsigned char *record;
        struct fan_event event;
        struct fan_open open;
        size_t length;
        int r;

        r = fan_event_at(buffer, size, *offset, &event);
        if (r <= 0)
                return r;
        open = (struct fan_open){ .mask = event.metadata.mask, .fd = event.metadata.fd, .tid = event.metadata.pid };
        while ((r = fan_record_next(&event, &record, &length)) > 0) {
                r = record_parse(record, length, &open);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;
        *offset += event.metadata.event_len;
        *ret = open;
        return 1;
}
