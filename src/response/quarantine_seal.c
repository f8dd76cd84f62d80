/* The slow half of taking: the recorder hashes and flushes what the housekeeper moved. */
#include <fcntl.h>

#include "quarantine_private.h"
#include "unitward/digest.h"
#include "unitward/util.h"

/* A sparse file may be any size; then its digest is left out. Records and the ledger wait while it is computed. */
#define HASH_MAX (256ull * 1024 * 1024)

static int add_digest(json_t *evidence, int object)
{
        _cleanup_close_ int fd = object_reopen(object, O_RDONLY);
        char hex[DIGEST_HEX_SIZE];
        struct digest digest;
        int r = fd < 0 ? fd : digest_fd(fd, HASH_MAX, &digest, NULL);

        if (r == -EFBIG)
                return 0;
        if (r < 0)
                return r;
        return json_object_set_new(evidence, "sha256", json_string(digest_to_hex(&digest, hex))) < 0 ? -ENOMEM : 0;
}

static int seal_content(json_t *evidence, int item)
{
        struct stat st;
        _cleanup_close_ int object = object_open((struct tree_place){ item, QUARANTINE_CONTENT }, &st);

        if (object == -ENOENT)
                return 0; /* a FIFO, a socket, a device: its description is all */
        if (object < 0)
                return object;
        return S_ISREG(st.st_mode) && (uint64_t)st.st_size <= HASH_MAX ? add_digest(evidence, object) : 0;
}

static bool is_sealed(json_t *evidence)
{
        const char *state = json_string_value(json_object_get(evidence, "state"));

        return state && streq(state, "sealed");
}

int quarantine_seal(struct quarantine *quarantine, const char *id)
{
        _cleanup_close_ int item = quarantine_item_open(quarantine, id);
        json_auto_t *evidence = NULL;
        int r;

        if (item < 0)
                return item;
        r = evidence_read(item, id, &evidence);
        if (r == 0 && is_sealed(evidence))
                return 0;
        if (r == 0)
                r = seal_content(evidence, item);
        if (r < 0)
                return r;
        if (json_object_set_new(evidence, "state", json_string("sealed")) < 0)
                return -ENOMEM;
        return evidence_write(item, evidence, false);
}

int quarantine_content(struct quarantine *quarantine, const char *id, struct stat *ret)
{
        _cleanup_close_ int item = quarantine_item_open(quarantine, id);

        return item < 0 ? item : object_open((struct tree_place){ item, QUARANTINE_CONTENT }, ret);
}

int quarantine_flush(struct quarantine *quarantine)
{
        return syncfs(quarantine->fd) < 0 ? -errno : 0;
}
