/* libconfig 1.5 loses its buffer when a file ends within a text; the leak check is to find ours. */
#pragma once

const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
        return "leak:libconfig.so";
}
