/* A ledger as text. The digest in its last line is made to fit, so that more than its check is reached; what is read
 * and written again reads the same. */
#include "unitward/ledger_text.h"
#include "unitward/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int copy_header(void *userdata, const char *key, const char *value)
{
        return ledger_text_header(userdata, key, value);
}

static int copy_entry(void *userdata, const struct ledger_entry *entry)
{
        return ledger_text_entry(userdata, entry);
}

/* With signatures, which then are zeros where there were none. Caller frees; NULL: it was refused. */
static char *copy(const char *text, size_t size, size_t *ret_size)
{
        struct ledger_text_handler handler = { copy_header, copy_entry, NULL };
        struct ledger_text_writer *writer;
        char *copied = NULL;
        FILE *stream = open_memstream(&copied, ret_size);
        int r, end;

        if (!stream || ledger_text_begin(stream, true, &writer) < 0)
                abort();
        handler.userdata = writer;
        r = ledger_text_read(text, size, &handler, NULL);
        end = ledger_text_end(writer, NULL);
        (void)fclose(stream);
        if (r == 0 && end == 0)
                return copied;
        free(copied);
        return NULL;
}

static char *with_digest(const uint8_t *data, size_t size, size_t *ret_size)
{
        struct digest digest;
        char hex[DIGEST_HEX_SIZE], *text = malloc(size + sizeof "sha256 \n" + sizeof hex);

        if (!text)
                abort();
        memcpy(text, data, size);
        digest_buffer(data, size, &digest);
        *ret_size = size + (size_t)sprintf(text + size, "sha256 %s\n", digest_to_hex(&digest, hex));
        return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        size_t text_size, once_size, twice_size;
        _cleanup_free_ char *text = with_digest(data, size, &text_size), *once = NULL, *twice = NULL;

        free(copy((const char *)data, size, &once_size));
        once = copy(text, text_size, &once_size);
        if (!once)
                return 0;
        twice = copy(once, once_size, &twice_size);
        if (!twice || once_size != twice_size || memcmp(once, twice, once_size) != 0)
                abort();
        return 0;
}
