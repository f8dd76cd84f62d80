#include <endian.h>
#include <sys/xattr.h>

#include "unitward/attributes.h"
#include "unitward/util.h"

#define NAMES_MAX 65536u /* XATTR_LIST_MAX */
#define NAME_MAX_ 255u   /* XATTR_NAME_MAX */

static bool is_ours(const char *name)
{
        return !starts_with(name, "security.");
}

/* ---- The block ------------------------------------------------------------------------------------- */

struct attribute {
        const char *name;
        const void *value;
        size_t size;
};

/* Steps through a block. 1 and the next attribute; 0: that was all; -EBADMSG. */
static int block_next(const char **at, const char *end, struct attribute *ret)
{
        const char *name = *at, *nul;
        uint32_t size;

        if (name == end)
                return 0;
        nul = memchr(name, '\0', (size_t)(end - name));
        if (!nul || nul == name || (size_t)(nul - name) > NAME_MAX_ || (size_t)(end - nul - 1) < sizeof size)
                return -EBADMSG;
        memcpy(&size, nul + 1, sizeof size);
        size = le32toh(size);
        *at = nul + 1 + sizeof size;
        if ((size_t)(end - *at) < size)
                return -EBADMSG;
        *ret = (struct attribute){ name, *at, size };
        *at += size;
        return 1;
}

bool attributes_are_valid(const void *block, size_t size)
{
        const char *at = block, *end = at + size, *before = NULL;
        struct attribute attribute;
        int r = 0;

        if (size > ATTRIBUTES_MAX || (size > 0 && !block))
                return false;
        while (size > 0 && (r = block_next(&at, end, &attribute)) > 0) {
                if (!is_ours(attribute.name) || (before && strcmp(before, attribute.name) >= 0))
                        return false;
                before = attribute.name;
        }
        return r == 0;
}

/* ---- Reading --------------------------------------------------------------------------------------- */

/* All names, NUL-separated; a file system without any attributes has none. */
static ssize_t names_read(int fd, char **ret)
{
        const struct fd_path path = fd_path(fd);
        _cleanup_free_ char *names = NULL;
        ssize_t n = listxattr(path.text, NULL, 0);

        if (n > 0) {
                names = malloc(NAMES_MAX);
                if (!names)
                        return -ENOMEM;
                n = listxattr(path.text, names, NAMES_MAX);
        }
        if (n < 0)
                return errno == EOPNOTSUPP ? 0 : -errno;
        *ret = steal_pointer(names);
        return n;
}

static int by_name(const void *a, const void *b)
{
        return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Ours among the names, sorted. The array is the caller's, the strings are not. */
static int names_sort(const char *names, size_t size, const char ***ret, size_t *ret_n)
{
        const char **sorted = NULL;
        size_t n = 0;

        for (const char *name = names; name && name < names + size; name += strlen(name) + 1)
                n += is_ours(name);
        if (n > 0) {
                sorted = calloc(n, sizeof *sorted);
                if (!sorted)
                        return -ENOMEM;
                n = 0;
                for (const char *name = names; name < names + size; name += strlen(name) + 1)
                        if (is_ours(name))
                                sorted[n++] = name;
                qsort(sorted, n, sizeof *sorted, by_name);
        }
        *ret = sorted;
        *ret_n = n;
        return 0;
}

/* One more at the end of the block. One that has gone meanwhile is left out. */
static int block_append(int fd, const char *name, char *block, size_t *size)
{
        size_t room = ATTRIBUTES_MAX - *size, head = strlen(name) + 1 + sizeof(uint32_t);
        uint32_t length;
        ssize_t n;

        if (room < head + 1)
                return -E2BIG;
        n = getxattr(fd_path(fd).text, name, block + *size + head, room - head);
        if (n < 0)
                return errno == ENODATA ? 0 : errno == ERANGE ? -E2BIG : -errno;
        length = htole32((uint32_t)n);
        memcpy(block + *size, name, head - sizeof length);
        memcpy(block + *size + head - sizeof length, &length, sizeof length);
        *size += head + (size_t)n;
        return 0;
}

int attributes_read(int fd, void **ret, size_t *ret_size)
{
        _cleanup_free_ char *names = NULL, *block = NULL;
        _cleanup_free_ const char **sorted = NULL;
        size_t n = 0, size = 0;
        ssize_t length = names_read(fd, &names);
        int r = length < 0 ? (int)length : names_sort(names, (size_t)length, &sorted, &n);

        if (r == 0 && n > 0 && !(block = malloc(ATTRIBUTES_MAX)))
                r = -ENOMEM;
        for (size_t i = 0; r == 0 && i < n; i++)
                r = block_append(fd, sorted[i], block, &size);
        if (r < 0)
                return r;
        *ret = NULL;
        *ret_size = size;
        if (size > 0) {
                char *shorter = realloc(block, size);

                *ret = shorter ? shorter : block;
                block = NULL;
        }
        return 0;
}

/* ---- Writing --------------------------------------------------------------------------------------- */

static bool block_has(const void *block, size_t size, const char *name)
{
        const char *at = block, *end = at + size;
        struct attribute attribute;

        while (size > 0 && block_next(&at, end, &attribute) > 0)
                if (streq(attribute.name, name))
                        return true;
        return false;
}

static int remove_others(int fd, const void *block, size_t size)
{
        _cleanup_free_ char *names = NULL;
        ssize_t n = names_read(fd, &names);

        if (n < 0)
                return (int)n;
        for (const char *name = names; name && name < names + n; name += strlen(name) + 1)
                if (is_ours(name) && !block_has(block, size, name) && removexattr(fd_path(fd).text, name) < 0 &&
                    errno != ENODATA)
                        return -errno;
        return 0;
}

int attributes_write(int fd, const void *block, size_t size)
{
        const char *at = block, *end = at + size;
        struct attribute attribute;
        int r;

        if (!attributes_are_valid(block, size))
                return -EBADMSG;
        r = remove_others(fd, block, size);
        while (r == 0 && size > 0 && block_next(&at, end, &attribute) > 0)
                if (setxattr(fd_path(fd).text, attribute.name, attribute.value, attribute.size, 0) < 0)
                        r = -errno;
        return r;
}
