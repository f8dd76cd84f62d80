#include <fcntl.h>
#include <sys/uio.h>

#include "unitward/arguments.h"
#include "unitward/proc_text.h"
#include "unitward/util.h"

#define PAGE 4096u
#define POINTERS_AT_ONCE 64u

/* The words as they come in. */
struct collection {
        char *text;
        size_t size, room;
        size_t n;
        uint32_t starts[ARGUMENTS_WORDS_MAX + ENVIRONMENT_WORDS_MAX];
};

struct arguments *arguments_free(struct arguments *arguments)
{
        if (arguments) {
                free(arguments->argv);
                free(arguments->envp);
                free(arguments->text);
                free(arguments);
        }
        return NULL;
}

static int collection_reserve(struct collection *collection, size_t more)
{
        size_t room = collection->room ? collection->room : PAGE;
        char *longer;

        if (more > ARGUMENTS_BYTES_MAX - collection->size)
                return -E2BIG;
        while (room < collection->size + more)
                room *= 2;
        if (room == collection->room)
                return 0;
        longer = realloc(collection->text, room);
        if (!longer)
                return -ENOMEM;
        collection->text = longer;
        collection->room = room;
        return 0;
}

static char **words_of(const struct collection *collection, char *text, size_t from, size_t to)
{
        char **words = calloc(to - from + 1, sizeof *words);

        for (size_t i = from; words && i < to; i++)
                words[i - from] = text + collection->starts[i];
        return words;
}

/* n_arguments of the words are arguments. Takes the text. */
static int collection_finish(struct collection *collection, size_t n_arguments, struct arguments **ret)
{
        struct arguments *arguments = calloc(1, sizeof *arguments);

        if (!arguments)
                return -ENOMEM;
        arguments->argc = (int)n_arguments;
        arguments->size = collection->size;
        arguments->arguments_size = n_arguments < collection->n ? collection->starts[n_arguments] : collection->size;
        arguments->argv = words_of(collection, collection->text, 0, n_arguments);
        arguments->envp = words_of(collection, collection->text, n_arguments, collection->n);
        if (!arguments->argv || !arguments->envp) {
                arguments_free(arguments);
                return -ENOMEM;
        }
        arguments->text = steal_pointer(collection->text);
        *ret = arguments;
        return 0;
}

/* ---- From memory ---------------------------------------------------------------------------------- */

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

#define FIRST_BITE 128u /* most words are shorter */

static int collect_word(struct collection *collection, pid_t tid, uint64_t address)
{
        size_t bite = FIRST_BITE;

        collection->starts[collection->n] = (uint32_t)collection->size;
        for (;; bite = PAGE) {
                size_t size = up_to_page(address, bite), length;
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
                        break;
        }
        collection->n++;
        return 0;
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

/* A vector that is NULL has no words; execve(2). */
static int collect_vector(struct collection *collection, pid_t tid, uint64_t address, size_t pointer_size,
                          size_t max_words)
{
        unsigned char pointers[POINTERS_AT_ONCE * sizeof(uint64_t)];
        size_t words = 0;

        while (address != 0) {
                size_t size = up_to_page(address, POINTERS_AT_ONCE * pointer_size) / pointer_size * pointer_size;
                int r;

                if (size == 0)
                        size = pointer_size; /* it lies across the end of a page */
                r = memory_read(tid, address, pointers, size);
                if (r < 0)
                        return r;
                for (size_t i = 0; i < size / pointer_size; i++) {
                        uint64_t pointer = pointer_at(pointers, pointer_size, i);

                        if (pointer == 0)
                                return 0;
                        if (words++ == max_words)
                                return -E2BIG;
                        r = collect_word(collection, tid, pointer);
                        if (r < 0)
                                return r;
                }
                address += size;
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

/* ---- From /proc ------------------------------------------------------------------------------------ */

static int collect_text(struct collection *collection, const char *text, size_t size, size_t max_words)
{
        size_t most = collection->n + max_words;
        int r;

        if (size > 0 && text[size - 1] != '\0')
                return -EBADMSG;
        r = collection_reserve(collection, size);
        if (r < 0)
                return r;
        for (size_t at = 0; at < size; at += strlen(text + at) + 1) {
                if (collection->n == most)
                        return -E2BIG;
                collection->starts[collection->n++] = (uint32_t)(collection->size + at);
        }
        if (size > 0)
                memcpy(collection->text + collection->size, text, size);
        collection->size += size;
        return 0;
}

int arguments_parse(const char *cmdline, size_t cmdline_size, const char *environment, size_t environment_size,
                    struct arguments **ret)
{
        struct collection *collection = calloc(1, sizeof *collection);
        size_t n_arguments = 0;
        int r;

        if (!collection)
                return -ENOMEM;
        r = collect_text(collection, cmdline, cmdline_size, ARGUMENTS_WORDS_MAX);
        if (r == 0) {
                n_arguments = collection->n;
                r = collect_text(collection, environment, environment_size, ENVIRONMENT_WORDS_MAX);
        }
        if (r == 0)
                r = collection_finish(collection, n_arguments, ret);
        free(collection->text);
        free(collection);
        return r;
}

/* execve(2) says where they end when it has written all of them. */
static int are_written(int process)
{
        char text[1024];
        uint64_t end;
        ssize_t n = read_text_at(process, "stat", text, sizeof text);
        int r = n < 0 ? (int)n : proc_stat_environment_end(text, &end);

        if (r < 0)
                return r;
        return end == 0 ? -EAGAIN : 0;
}

int arguments_read_final(int process, struct arguments **ret)
{
        _cleanup_free_ char *cmdline = NULL, *environment = NULL;
        size_t cmdline_size, environment_size;
        int r = are_written(process);

        if (r == 0)
                r = read_file_at(process, "cmdline", ARGUMENTS_BYTES_MAX, &cmdline, &cmdline_size);
        if (r == 0)
                r = read_file_at(process, "environ", ARGUMENTS_BYTES_MAX, &environment, &environment_size);
        if (r == -EFBIG)
                return -E2BIG;
        return r < 0 ? r : arguments_parse(cmdline, cmdline_size, environment, environment_size, ret);
}
