/* Reading the log of pending changes: bounded, and nothing is believed that its digest does not confirm. */
#include "pending_frame.h"
#include "unitward/ledger_text.h"
#include "unitward/util.h"

void frame_digest(const struct frame *frame, const void *payload, struct digest *ret)
{
        struct digest_stream stream;

        digest_begin(&stream);
        digest_add(&stream, &frame->kind, sizeof frame->kind);
        digest_add(&stream, &frame->size, sizeof frame->size);
        digest_add(&stream, payload, frame->size);
        digest_end(&stream, ret);
}

static bool is_path(const char *payload, size_t size)
{
        return size > 1 && payload[0] == '/' && memchr(payload, '\0', size) == payload + size - 1;
}

/* 0, or what the handler said; -EBADMSG: the payload is not what its kind says. */
static int hand_over(const struct frame *frame, const char *payload, const struct pending_handler *handler)
{
        const struct ledger_text_handler entries = { .entry = handler->put, .userdata = handler->userdata };

        switch (frame->kind) {
        case FRAME_PUT:
                return ledger_text_read(payload, frame->size, &entries, NULL);
        case FRAME_REMOVE:
                return is_path(payload, frame->size) ? handler->remove(handler->userdata, payload) : -EBADMSG;
        case FRAME_CONTENTS:
                return handler->contents(handler->userdata, payload, frame->size);
        default:
                return -EBADMSG;
        }
}

int pending_read(const char *bytes, size_t size, const struct pending_handler *handler, size_t *ret_good)
{
        const char *start = bytes;
        struct digest digest;
        struct frame frame;
        int r;

        while (size >= sizeof frame) {
                memcpy(&frame, bytes, sizeof frame);
                if (frame.size > size - sizeof frame)
                        break;
                frame_digest(&frame, bytes + sizeof frame, &digest);
                if (memcmp(&digest, &frame.digest, sizeof digest) != 0)
                        break;
                r = hand_over(&frame, bytes + sizeof frame, handler);
                if (r == -EBADMSG)
                        break;
                if (r < 0)
                        return r;
                bytes += sizeof frame + frame.size;
                size -= sizeof frame + frame.size;
        }
        *ret_good = (size_t)(bytes - start);
        return 0;
}
