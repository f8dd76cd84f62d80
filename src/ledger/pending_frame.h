/* How a pending change is written: by the daemon that ran before on this machine, so in its byte order. */
#pragma once

#include "unitward/digest.h"
#include "unitward/pending.h"

enum frame_kind {
        FRAME_PUT = 1,         /* the ledger as text, with that one entry */
        FRAME_REMOVE,          /* a path with its NUL */
        FRAME_CONTENTS,        /* for a golden copy */
};

struct frame {
        uint32_t kind;
        uint32_t size;         /* of the payload that follows */
        struct digest digest;  /* of kind, size and payload */
};

void frame_digest(const struct frame *frame, const void *payload, struct digest *ret);
