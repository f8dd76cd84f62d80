#include "arguments_internal.h"
#include "unitward/proc_text.h"
#include "unitward/util.h"

#define ROOM_FIRST 4096u

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

int collection_reserve(struct collection *collection, size_t more)
{
        size_t room = collection->room ? collection->room : ROOM_FIRST;
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
int collection_finish(struct collection *collection, size_t n_arguments, struct arguments **ret)
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
        size_t cmdline_size = 0, environment_size = 0;
        int r = are_written(process);

        if (r == 0)
                r = read_file_at(process, "cmdline", ARGUMENTS_BYTES_MAX, &cmdline, &cmdline_size);
        if (r == 0)
                r = read_file_at(process, "environ", ARGUMENTS_BYTES_MAX, &environment, &environment_size);
        if (r == -EFBIG)
                return -E2BIG;
        return r < 0 ? r : arguments_parse(cmdline, cmdline_size, environment, environment_size, ret);
}
