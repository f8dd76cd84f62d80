/* The units of user managers. Whoever has such a manager names the cgroups in it: for people, and for what is known of
 * his own units. */
#include "unitward/proc_text.h"
#include "unitward/unit_name.h"
#include "unitward/util.h"

static const char *below_manager(const char *line)
{
        const char *at = strstr(line, "/user@"), *service = at ? strstr(at, ".service/") : NULL;

        return service && service < at + strcspn(at, "\n") ? service + strlen(".service/") : NULL;
}

int proc_cgroup_parse_user(const char *text, char *unit, size_t size)
{
        const char *at = below_manager(text);

        while (at && *at && *at != '\n') {
                size_t length = strcspn(at, "/\n");
                char component[UNIT_NAME_MAX];
                const char *name = component;

                if (length == 0 || length >= sizeof component)
                        break;
                memcpy(component, at, length);
                component[length] = '\0';
                if (*name == '_')
                        name++;
                if (!unit_name_is_valid(name))
                        break;
                if (!ends_with(name, ".slice")) {
                        (void)string_copy(unit, size, name);
                        return 0;
                }
                at += length + (at[length] == '/');
        }
        return -ENOENT;
}
