/* The texts of /proc/PID/cmdline and environ: any bytes. */
#include "unitward/arguments.h"
#include "unitward/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t count(char *const *words)
{
        size_t bytes = 0;

        for (; *words; words++)
                bytes += strlen(*words) + 1;
        return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct arguments *arguments;
        size_t cut = size > 0 ? (size_t)*data * size / 256 : 0;

        if (arguments_parse((const char *)data, cut, (const char *)data + cut, size - cut, &arguments) < 0)
                return 0;
        if (count(arguments->argv) != arguments->arguments_size || arguments->arguments_size != cut ||
            count(arguments->argv) + count(arguments->envp) != arguments->size || arguments->size != size)
                abort();
        arguments_free(arguments);
        return 0;
}
