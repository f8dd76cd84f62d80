/* Which unauthorised units the managers had loaded before this start: settling takes files away, and what is loaded
 * stays loaded. The managers are asked on their private sockets, which are there without a bus and from early boot on.
 * PID 1 may be waiting for the daemon meanwhile, so nobody waits for this thread, and each call has its time. */
#include <ctype.h>
#include <dirent.h>

#include "aftermath.h"
#include "unitward/util.h"

#define CALL_USEC (1u * 1000000u)
#define ASK_USEC (20u * 1000000u) /* all of them */
#define TRIES 5u
#define MANAGERS_ASKED_MAX 128u
#define UNITS_MAX 4096u

#define UNIT_INTERFACE "org.freedesktop.systemd1.Unit"

static void loaded_unit_done(struct loaded_unit *unit)
{
        for (char **path = unit->drop_ins; path && *path; path++)
                free(*path);
        free(unit->drop_ins);
        free(unit->fragment);
        free(unit->active);
        free(unit->object);
        free(unit->name);
}

/* ---- Asking ------------------------------------------------------------------------------------------------- */

static int learn_files(struct manager *manager, struct loaded_unit *unit)
{
        int r = sd_bus_get_property_string(manager->bus, MANAGER_NAME, unit->object, UNIT_INTERFACE, "FragmentPath",
                                           NULL, &unit->fragment);

        return r < 0 ? r
                     : sd_bus_get_property_strv(manager->bus, MANAGER_NAME, unit->object, UNIT_INTERFACE, "DropInPaths",
                                                NULL, &unit->drop_ins);
}

/* 1: there is one; 0: no more. */
static int next_unit(sd_bus_message *list, struct loaded_unit *ret)
{
        const char *name, *load, *active, *object;
        int r;

        do
                r = sd_bus_message_read(list, "(ssssssouso)", &name, NULL, &load, &active, NULL, NULL, &object, NULL,
                                        NULL, NULL);
        while (r > 0 && !streq(load, "loaded"));
        if (r <= 0)
                return r;
        *ret = (struct loaded_unit){ .name = strdup(name), .active = strdup(active), .object = strdup(object) };
        return ret->name && ret->active && ret->object ? 1 : -ENOMEM;
}

static int judge_units(struct manager *manager, sd_bus_message *list)
{
        int r = sd_bus_message_enter_container(list, SD_BUS_TYPE_ARRAY, "(ssssssouso)");

        for (unsigned n = 0; r >= 0 && n < UNITS_MAX; n++) {
                _cleanup_(loaded_unit_done) struct loaded_unit unit = { 0 };

                if (aftermath_must_stop(manager->aftermath))
                        return -ECANCELED;
                if (now_monotonic_usec() > manager->deadline_usec)
                        return -ETIME;
                r = next_unit(list, &unit);
                if (r <= 0)
                        return r;
                r = learn_files(manager, &unit);
                if (r >= 0 && *unit.fragment)
                        aftermath_judge(manager, &unit);
                if (r == -ENOENT || sd_bus_is_open(manager->bus) > 0)
                        r = 0; /* one that is gone meanwhile */
        }
        return r;
}

/* Scopes and slices are made all the time and run nothing by themselves. */
static int list_units(struct manager *manager, sd_bus_message **ret)
{
        sd_bus_message *call = NULL;
        int r = sd_bus_message_new_method_call(manager->bus, &call, MANAGER_NAME, MANAGER_OBJECT,
                                               "ListUnitsByPatterns");

        if (r >= 0)
                r = sd_bus_message_append(call, "as", 0);
        if (r >= 0)
                r = sd_bus_message_append(call, "as", 4, "*.timer", "*.service", "*.socket", "*.path");
        if (r >= 0)
                r = sd_bus_call(manager->bus, call, CALL_USEC, NULL, ret);
        sd_bus_message_unref(call);
        return r;
}

static int ask(struct manager *manager, const char *path)
{
        _cleanup_(manager_bus_close) sd_bus *bus = NULL;
        sd_bus_message *list = NULL;
        int r = manager_bus_open(manager->known, path, CALL_USEC, &bus);

        manager->bus = bus;
        if (r == 0)
                r = list_units(manager, &list);
        if (r >= 0)
                r = judge_units(manager, list);
        sd_bus_message_unref(list);
        return r;
}

/* A manager that is busy is asked again, unless it has answered in part. */
static void ask_again(struct manager *manager, const char *path)
{
        const unsigned before = manager->aftermath->n_loaded;
        int r = -EAGAIN;

        for (unsigned i = 0; i < TRIES && r < 0 && before == manager->aftermath->n_loaded &&
                             !aftermath_must_stop(manager->aftermath) && now_monotonic_usec() < manager->deadline_usec;
             i++) {
                r = ask(manager, path);
                if (r == -ENOENT || r == -ECONNREFUSED || r == -EPERM)
                        return; /* there is no manager */
                if (r < 0)
                        (void)usleep(CALL_USEC / 4);
        }
        *(r < 0 ? &manager->aftermath->n_silent : &manager->aftermath->n_asked) += 1;
}

static void ask_users(struct manager *manager)
{
        DIR *listing = opendir("/run/user");
        struct dirent *item;

        for (unsigned n = 0; listing && n < MANAGERS_ASKED_MAX && (item = readdir(listing)); n++) {
                _cleanup_free_ char *path = NULL, *name = NULL, *control = NULL;

                if (!isdigit((unsigned char)item->d_name[0]))
                        continue;
                path = format("/run/user/%s/systemd/private", item->d_name);
                name = format("the manager of user %s", item->d_name);
                control = format(" --user --machine=%s@", item->d_name);
                manager->name = name;
                manager->control = control;
                if (path && name && control)
                        ask_again(manager, path);
        }
        if (listing)
                (void)closedir(listing);
}

void aftermath_ask_managers(struct aftermath *aftermath)
{
        struct managers known;
        struct manager manager = { .aftermath = aftermath,
                                   .known = &known,
                                   .name = "PID 1",
                                   .control = "",
                                   .deadline_usec = now_monotonic_usec() + ASK_USEC };

        managers_init(&known);
        if (!known.systemd_is_pid1)
                return;
        ask_again(&manager, MANAGER_SOCKET);
        ask_users(&manager);
}
