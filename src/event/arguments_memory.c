/* Arguments from the memory of who calls execve(2): two vectors of pointers to words. */
#include <sys/uio.h>

#include "arguments_internal.h"
#include "unitward/util.h"

#define PAGE 4096u
#define POINTERS_AT_ONCE 64u

/* Up to the end of a page: what comes after it may not be there. */
static size_t up_to_page(uint64_t address, size_t size)
{
        size_t left = PAGE - (size_t)(address % PAGE);

        return size < left ? size : left;
}

static int memory_read(pid_t tid, uint64_t address, void *to, size_t size)
{
        struct iovec local = { to, size }, remote = { (void *)(uintptr_t)address, size };
        ssize_t n;

        if (address > UINTPTR_MAX)
                return -EFAULT;
        n = process_vm_readv(tid, &local, 1, &remote, 1, 0);
        if (n < 0)
                return -errno;
        return (size_t)n == size ? 0 : -EFAULT;
}

/* The words' beginnings, by one system call: most are no longer than that. */
#define FIRST_BITE 128u

struct beginnings {
        size_t n; /* 0: one by one */
        size_t sizes[POINTERS_AT_ONCE];
        char text[POINTERS_AT_ONCE][FIRST_BITE];
};

static void read_beginnings(pid_t tid, const uint64_t *addresses, size_t n, struct beginnings *ret)
{
        struct iovec local[POINTERS_AT_ONCE], remote[POINTERS_AT_ONCE];
        size_t all = 0;

        ret->n = 0;
        for (size_t i = 0; i < n; i++) {
                if (addresses[i] > UINTPTR_MAX)
                        return;
                ret->sizes[i] = up_to_page(addresses[i], FIRST_BITE);
                local[i] = (struct iovec){ ret->text[i], ret->sizes[i] };
                remote[i] = (struct iovec){ (void *)(uintptr_t)addresses[i], ret->sizes[i] };
                all += ret->sizes[i];
        }
        if (n > 0 && process_vm_readv(tid, local, n, remote, n, 0) == (ssize_t)all)
                ret->n = n;
}

static int collect_bytes(struct collection *collection, const char *bytes, size_t size)
{
        int r = collection_reserve(collection, size);

        if (r == 0) {
                memcpy(collection->text + collection->size, bytes, size);
                collection->size += size;
        }
        return r;
}

/* What comes behind the beginning. */
static int collect_rest(struct collection *collection, pid_t tid, uint64_t address)
{
        for (;;) {
                size_t size = up_to_page(address, PAGE), length;
                char *at;
                int r;

                if (size > ARGUMENTS_BYTES_MAX - collection->size)
                        size = ARGUMENTS_BYTES_MAX - collection->size;
                r = size > 0 ? collection_reserve(collection, size) : -E2BIG;
                at = collection->text + collection->size;
                if (r == 0)
                        r = memory_read(tid, address, at, size);
                if (r < 0)
                        return r;
                length = strnlen(at, size);
                collection->size += length < size ? length + 1 : size;
                address += size;
                if (length < size)
                        return 0;
        }
}

static int collect_words(struct collection *collection, pid_t tid, const uint64_t *addresses, size_t n)
{
        struct beginnings beginnings;
        int r = 0;

        read_beginnings(tid, addresses, n, &beginnings);
        for (size_t i = 0; i < n && r == 0; i++) {
                size_t size = i < beginnings.n ? beginnings.sizes[i] : 0, length = 0;

                collection->starts[collection->n++] = (uint32_t)collection->size;
                if (size > 0) {
                        length = strnlen(beginnings.text[i], size);
                        r = collect_bytes(collection, beginnings.text[i], length < size ? length + 1 : size);
                }
                if (r == 0 && length == size)
                        r = collect_rest(collection, tid, addresses[i] + size);
        }
        return r;
}

static uint64_t pointer_at(const unsigned char *pointers, size_t size, size_t index)
{
        uint64_t wide = 0;
        uint32_t narrow;

        if (size == sizeof wide) {
                memcpy(&wide, pointers + index * size, sizeof wide);
                return wide;
        }
        memcpy(&narrow, pointers + index * size, sizeof narrow);
        return narrow;
}

/* Up to the NULL that ends the vector. 1: that was there; 0: it goes on; -E2BIG. */
static int take_pointers(const unsigned char *pointers, size_t n_pointers, size_t pointer_size, size_t room,
                         uint64_t *ret, size_t *ret_n)
{
        for (*ret_n = 0; *ret_n < n_pointers; (*ret_n)++) {
                ret[*ret_n] = pointer_at(pointers, pointer_size, *ret_n);
                if (ret[*ret_n] == 0)
                        return 1;
                if (*ret_n == room)
                        return -E2BIG;
        }
        return 0;
}

/* A vector that is NULL has no words; execve(2). */
static int collect_vector(struct collection *collection, pid_t tid, uint64_t address, size_t pointer_size,
                          size_t max_words)
{
        unsigned char pointers[POINTERS_AT_ONCE * sizeof(uint64_t)];
        uint64_t addresses[POINTERS_AT_ONCE];
        int ended = address == 0;

        while (!ended) {
                size_t n = up_to_page(address, POINTERS_AT_ONCE * pointer_size) / pointer_size, n_words;
                int r;

                if (n == 0)
                        n = 1; /* it lies across the end of a page */
                r = memory_read(tid, address, pointers, n * pointer_size);
                if (r < 0)
                        return r;
                ended = take_pointers(pointers, n, pointer_size, max_words, addresses, &n_words);
                r = ended < 0 ? ended : collect_words(collection, tid, addresses, n_words);
                if (r < 0)
                        return r;
                max_words -= n_words;
                address += n * pointer_size;
        }
        return 0;
}

int arguments_read_call(pid_t tid, const struct execute_call *call, struct arguments **ret)
{
        struct collection *collection = calloc(1, sizeof *collection);
        size_t n_arguments = 0;
        int r;

        if (!collection)
                return -ENOMEM;
        r = collect_vector(collection, tid, call->argv, call->pointer_size, ARGUMENTS_WORDS_MAX);
        if (r == 0) {
                n_arguments = collection->n;
                r = collect_vector(collection, tid, call->envp, call->pointer_size, ENVIRONMENT_WORDS_MAX);
        }
        if (r == 0)
                r = collection_finish(collection, n_arguments, ret);
        free(collection->text);
        free(collection);
        return r;
}
