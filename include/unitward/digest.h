/* SHA-256 (FIPS 180-4), by libmd. */
#pragma once

#include <sha2.h>
#include <stddef.h>
#include <stdint.h>

#define DIGEST_SIZE 32
#define DIGEST_HEX_SIZE (2 * DIGEST_SIZE + 1)

struct digest { unsigned char bytes[DIGEST_SIZE]; };

/* Piece by piece. */
struct digest_stream { SHA2_CTX context; };
void digest_begin(struct digest_stream *stream);
void digest_add(struct digest_stream *stream, const void *data, size_t size);
void digest_end(struct digest_stream *stream, struct digest *ret);

void digest_buffer(const void *data, size_t size, struct digest *ret);

/* Hashes at most max bytes from the descriptor's current offset; -EFBIG when there are more. */
int digest_fd(int fd, uint64_t max, struct digest *ret, uint64_t *ret_size);

const char *digest_to_hex(const struct digest *digest, char hex[DIGEST_HEX_SIZE]);
int digest_from_hex(const char *hex, struct digest *ret); /* 0 or -EINVAL */
