/* Units that others have started without being asked by a unit: by messages on D-Bus, by devices. */
#include "unitward/udev_text.h"
#include "units.h"

struct activation {
        struct posture *posture;
        enum unit_scope scope;
        const char *directory; /* now */
        int (*each)(const char *name, void *userdata);
        void *userdata;
};

/* SystemdService= of a D-Bus service file: whoever sends a message starts it. */
static int by_message(const char *name, void *userdata)
{
        const struct activation *activation = userdata;
        _cleanup_free_ char *path = format("%s/%s", activation->directory, name);
        const struct unit_file *file = NULL;
        const char *service;
        struct node *node;
        int r;

        if (!path)
                return -ENOMEM;
        if (!ends_with(name, ".service"))
                return 0;
        r = posture_look(activation->posture, path, false, &node);
        if (r == 0 && node->error == 0 && S_ISREG(node->st.st_mode))
                r = parsed_get(activation->posture, node->path, &file);
        if (r < 0 || !file)
                return r == -ENOMEM ? r : 0;
        service = unit_file_value(file, "D-BUS Service", "SystemdService");
        return service ? activation->each(service, activation->userdata) : 0;
}

static int wanted(const char *unit, bool of_users, void *userdata)
{
        const struct activation *activation = userdata;

        return of_users == (activation->scope == UNIT_SCOPE_USER) ? activation->each(unit, activation->userdata) : 0;
}

/* What udev has systemd start when a device comes. */
static int by_device(const char *name, void *userdata)
{
        const struct activation *activation = userdata;
        _cleanup_free_ char *path = format("%s/%s", activation->directory, name), *text = NULL;
        size_t size;
        int r;

        if (!path)
                return -ENOMEM;
        if (!ends_with(name, ".rules"))
                return 0;
        r = posture_read(activation->posture, path, UDEV_FILE_MAX, &text, &size);
        return r == 0 ? udev_wanted_units(text, size, wanted, userdata) : posture_fatal(r);
}

int activated_each(struct posture *posture, enum unit_scope scope, int (*each)(const char *name, void *userdata),
                   void *userdata)
{
        static const char *const messages[][5] = {
                [UNIT_SCOPE_SYSTEM] = { "/usr/share/dbus-1/system-services", "/usr/local/share/dbus-1/system-services",
                                        "/etc/dbus-1/system-services", "/run/dbus-1/system-services", NULL },
                [UNIT_SCOPE_USER] = { "/usr/share/dbus-1/services", "/usr/local/share/dbus-1/services",
                                      "/etc/dbus-1/services", NULL },
        };
        static const char *const devices[] = { "/etc/udev/rules.d", "/run/udev/rules.d", "/usr/local/lib/udev/rules.d",
                                               "/usr/lib/udev/rules.d", NULL };
        struct activation activation = { posture, scope, NULL, each, userdata };
        int r = 0;

        for (const char *const *directory = messages[scope]; r == 0 && *directory; directory++) {
                activation.directory = *directory;
                r = posture_list(posture, *directory, by_message, &activation);
        }
        for (const char *const *directory = devices; r == 0 && *directory; directory++) {
                activation.directory = *directory;
                r = posture_list(posture, *directory, by_device, &activation);
        }
        return r;
}
