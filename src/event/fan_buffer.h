/* Inside a buffer of fanotify events, fanotify(7): metadata, then information records. Nothing here reads beyond what
 * it was given. */
#pragma once

#include <stddef.h>

#include "unitward/fanotify_compat.h"

struct fan_event {
        struct fanotify_event_metadata metadata;
        const unsigned char *records; /* inside the buffer */
        size_t size;                  /* of the records that are left */
};

/* The event at the offset. 1; 0: the buffer is used up; -EBADMSG. */
int fan_event_at(const void *buffer, size_t size, size_t offset, struct fan_event *ret);

/* Takes the next record, with its header. 1; 0: that was all; -EBADMSG. */
int fan_record_next(struct fan_event *event, const unsigned char **ret, size_t *ret_size);
