/* The log of pending changes, as it is and with a digest that is right, and the attributes in its entries. */
#include "../../src/ledger/pending_frame.h"
#include "unitward/attributes.h"
#include "unitward/util.h"

static void require(bool holds)
{
        if (!holds)
                abort();
}

static int on_put(void *userdata, const struct ledger_entry *entry)
{
        (void)userdata;
        require(entry->path[0] == '/');
        require(attributes_are_valid(entry->attributes, entry->attributes_size));
        return 0;
}

static int on_remove(void *userdata, const char *path)
{
        (void)userdata;
        require(path[0] == '/');
        return 0;
}

static int on_contents(void *userdata, const char *data, size_t size)
{
        (void)userdata;
        (void)data;
        (void)size;
        return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const struct pending_handler handler = { on_put, on_remove, on_contents, NULL };
        struct frame frame = { .size = (uint32_t)size };
        _cleanup_free_ char *bytes = malloc(sizeof frame + size);
        size_t good = 0;

        require(pending_read((const char *)data, size, &handler, &good) == 0 && good <= size);
        if (size > 0)
                memcpy(bytes + sizeof frame, data, size);
        for (frame.kind = 0; frame.kind <= FRAME_CONTENTS + 1; frame.kind++) {
                frame_digest(&frame, data, &frame.digest);
                memcpy(bytes, &frame, sizeof frame);
                require(pending_read(bytes, sizeof frame + size, &handler, &good) == 0);
        }
        (void)attributes_are_valid(data, size);
        return 0;
}
