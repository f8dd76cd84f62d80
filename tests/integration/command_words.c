/* command_words PRESET ARG0 [ARG...]: what is understood of these arguments and of the environment it is run in, a fact
 * a line: "unclear WHY", or "scope S", "verb V CLASS", "unit U", "units-unknown". For command_compare.py. */
#include <stdio.h>

#include "unitward/command.h"
#include "unitward/util.h"

int main(int argc, char **argv)
{
        struct command_request request;

        if (argc < 3)
                return 2;
        command_parse(command_preset_find(argv[1]), argc - 2, argv + 2, environ, &request);
        if (request.unclear)
                printf("unclear %s\n", request.why);
        printf("scope %s\n", command_scope_name(request.scope));
        for (size_t i = 0; i < request.n_verbs; i++)
                printf("verb %s %s\n", request.verbs[i].name, verb_class_name(request.verbs[i].verb_class));
        for (size_t i = 0; i < request.n_units; i++)
                printf("unit %s\n", request.units[i]);
        if (request.units_unknown)
                printf("units-unknown\n");
        return 0;
}
