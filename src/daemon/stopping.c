#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "guard_internal.h"
#include "manager_bus.h"
#include "stopping.h"
#include "unitward/util.h"

#define PATIENCE_USEC (10u * 1000000u)
#define STOPS_MAX 32u /* at a time; more are counted as failures */

struct stop {
        struct stopping *stopping;
        char unit[UNIT_NAME_MAX];
        uid_t user;
        char alert[ALERT_ID_MAX];
        sd_bus *bus;
        bool asked; /* the housekeeper's from then on */
        bool used;
};

struct stopping {
        struct guard *guard;
        int wake;
        sd_event_source *source;
        pthread_mutex_t lock;
        struct stop stops[STOPS_MAX];
};

static void report(const struct stop *stop, const char *problem)
{
        struct guard *guard = stop->stopping->guard;
        struct record *record = record_new(problem ? RECORD_PROBLEM : RECORD_START);

        if (record) {
                record->mode = guard_mode(guard);
                (void)string_copy(record->unit, sizeof record->unit, stop->unit);
                (void)string_copy(record->alert, sizeof record->alert, stop->alert);
                record->message = problem ? format("%s could not be stopped: %s", stop->unit, problem)
                                          : format("its manager stops %s", stop->unit);
                record->hint = problem ? format("systemctl stop %s", stop->unit)
                                       : format("look at what it did: unitward events --alerts");
        }
        outbox_record(&guard->outbox, record);
        if (!problem)
                detection_count_stopped(guard->detection);
}

static void finish(struct stop *stop)
{
        manager_bus_close(&stop->bus);
        (void)pthread_mutex_lock(&stop->stopping->lock);
        *stop = (struct stop){ .stopping = stop->stopping };
        (void)pthread_mutex_unlock(&stop->stopping->lock);
}

static int on_answer(sd_bus_message *answer, void *userdata, sd_bus_error *error)
{
        struct stop *stop = userdata;
        const sd_bus_error *refused = sd_bus_message_get_error(answer);

        (void)error;
        report(stop, refused ? refused->message ? refused->message : refused->name : NULL);
        finish(stop);
        return 0;
}

static int ask(struct stop *stop)
{
        struct guard *guard = stop->stopping->guard;
        _cleanup_free_ char *path =
                stop->user == (uid_t)-1 ? strdup(MANAGER_SOCKET) : format("/run/user/%u/systemd/private", stop->user);
        int r;

        if (!path)
                return -ENOMEM;
        (void)guard_managers(guard);
        r = manager_bus_open(&guard->managers, path, PATIENCE_USEC, &stop->bus);
        if (r >= 0)
                r = sd_bus_attach_event(stop->bus, guard->event, SD_EVENT_PRIORITY_NORMAL);
        return r < 0 ? r
                     : sd_bus_call_method_async(stop->bus, NULL, MANAGER_NAME, MANAGER_OBJECT, "StopUnit", on_answer,
                                                stop, "ss", stop->unit, "replace");
}

static struct stop *next_stop(struct stopping *stopping)
{
        struct stop *next = NULL;

        (void)pthread_mutex_lock(&stopping->lock);
        for (size_t i = 0; i < STOPS_MAX && !next; i++)
                if (stopping->stops[i].used && !stopping->stops[i].asked) {
                        next = &stopping->stops[i];
                        next->asked = true;
                }
        (void)pthread_mutex_unlock(&stopping->lock);
        return next;
}

static int on_wake(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        struct stopping *stopping = userdata;
        struct stop *stop;

        (void)source;
        (void)events;
        event_drain(fd);
        while ((stop = next_stop(stopping))) {
                int r = ask(stop);

                if (r >= 0)
                        continue;
                report(stop, strerror(-r));
                finish(stop);
        }
        return 0;
}

int stopping_new(struct guard *guard, struct stopping **ret)
{
        struct stopping *stopping = calloc(1, sizeof *stopping);
        int r;

        if (!stopping)
                return -ENOMEM;
        *ret = stopping;
        stopping->guard = guard;
        for (size_t i = 0; i < STOPS_MAX; i++)
                stopping->stops[i].stopping = stopping;
        r = -pthread_mutex_init(&stopping->lock, NULL);
        stopping->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (stopping->wake < 0)
                return -errno;
        return r < 0 ? r : sd_event_add_io(guard->event, &stopping->source, stopping->wake, EPOLLIN, on_wake, stopping);
}

struct stopping *stopping_free(struct stopping *stopping)
{
        if (!stopping)
                return NULL;
        for (size_t i = 0; i < STOPS_MAX; i++)
                manager_bus_close(&stopping->stops[i].bus);
        sd_event_source_disable_unref(stopping->source);
        close_pointer(&stopping->wake);
        (void)pthread_mutex_destroy(&stopping->lock);
        free(stopping);
        return NULL;
}

void stopping_add(struct stopping *stopping, const char *unit, uid_t user, const char *alert)
{
        struct stop *free_one = NULL;

        if (!stopping)
                return;
        (void)pthread_mutex_lock(&stopping->lock);
        for (size_t i = 0; i < STOPS_MAX; i++) {
                struct stop *stop = &stopping->stops[i];

                if (stop->used && stop->user == user && streq(stop->unit, unit)) {
                        free_one = NULL; /* it is being asked for */
                        break;
                }
                if (!stop->used && !free_one)
                        free_one = stop;
        }
        if (free_one) {
                free_one->used = true;
                free_one->user = user;
                (void)string_copy(free_one->unit, sizeof free_one->unit, unit);
                (void)string_copy(free_one->alert, sizeof free_one->alert, alert);
        }
        (void)pthread_mutex_unlock(&stopping->lock);
        event_wake(stopping->wake);
}
