#include "fan_buffer.h"
#include "unitward/util.h"

int fan_event_at(const void *buffer, size_t size, size_t offset, struct fan_event *ret)
{
        const unsigned char *event = (const unsigned char *)buffer + offset;
        struct fanotify_event_metadata metadata;
        size_t left = size - offset;

        if (left == 0)
                return 0;
        if (left < sizeof metadata)
                return -EBADMSG;
        memcpy(&metadata, event, sizeof metadata);
        if (metadata.vers != FANOTIFY_METADATA_VERSION || metadata.event_len > left ||
            metadata.event_len < metadata.metadata_len || metadata.metadata_len < sizeof metadata)
                return -EBADMSG;
        *ret = (struct fan_event){ metadata, event + metadata.metadata_len,
                                   metadata.event_len - (size_t)metadata.metadata_len };
        return 1;
}

int fan_record_next(struct fan_event *event, const unsigned char **ret, size_t *ret_size)
{
        struct fanotify_event_info_header header;

        if (event->size == 0)
                return 0;
        if (event->size < sizeof header)
                return -EBADMSG;
        memcpy(&header, event->records, sizeof header);
        if (header.len < sizeof header || header.len > event->size)
                return -EBADMSG;
        *ret = event->records;
        *ret_size = header.len;
        event->records += header.len;
        event->size -= header.len;
        return 1;
}
