#include "unitward/digest.h"
#include "unitward/text.h"
#include "unitward/util.h"

void digest_begin(struct digest_stream *stream)
{
        SHA256Init(&stream->context);
}

void digest_add(struct digest_stream *stream, const void *data, size_t size)
{
        SHA256Update(&stream->context, data, size);
}

void digest_end(struct digest_stream *stream, struct digest *ret)
{
        SHA256Final(ret->bytes, &stream->context);
}

void digest_buffer(const void *data, size_t size, struct digest *ret)
{
        struct digest_stream stream;

        digest_begin(&stream);
        digest_add(&stream, data, size);
        digest_end(&stream, ret);
}

int digest_fd(int fd, uint64_t max, struct digest *ret, uint64_t *ret_size)
{
        unsigned char buffer[65536];
        uint64_t size = 0;
        struct digest_stream stream;

        digest_begin(&stream);
        for (;;) {
                ssize_t n = read(fd, buffer, sizeof buffer);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                size += (uint64_t)n;
                if (size > max)
                        return -EFBIG;
                digest_add(&stream, buffer, (size_t)n);
        }
        digest_end(&stream, ret);
        if (ret_size)
                *ret_size = size;
        return 0;
}

const char *digest_to_hex(const struct digest *digest, char hex[DIGEST_HEX_SIZE])
{
        hex_encode(digest->bytes, sizeof digest->bytes, hex);
        return hex;
}

int digest_from_hex(const char *hex, struct digest *ret)
{
        return hex_decode(hex, ret->bytes, sizeof ret->bytes);
}
