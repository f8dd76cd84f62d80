/* Extended attributes of a file as one block of bytes, xattr(7): all but security.*, which the kernel and the
 * security modules manage themselves. ACLs are among them (system.posix_acl_access).
 *
 * The block: for each attribute, in byte order of the names: name, NUL, 32-bit length (little endian), value. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define ATTRIBUTES_MAX 65536u /* a larger set is not kept */

/* fd: O_PATH will do. 0 and *ret NULL when there are none; caller frees. -E2BIG: more than ATTRIBUTES_MAX. */
int attributes_read(int fd, void **ret, size_t *ret_size);

/* Makes the file's attributes these: sets, and removes what is not among them. block may be NULL: none. 0 or -errno;
 * -EBADMSG: not such a block, and nothing was changed. */
int attributes_write(int fd, const void *block, size_t size);

/* Whether these bytes are such a block, in that order, without security.*. The empty one is. */
bool attributes_are_valid(const void *block, size_t size);
