#include <signal.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <fcntl.h>

#include "unitward/clients.h"
#include "unitward/policy.h"
#include "unitward/util.h"

struct client {
        struct actor *actor;
        int pidfd;
        char command[POLICY_ID_MAX];
        enum command_scope scope;
        unsigned effects;
        bool any_unit;       /* it named others than those below */
        const char *type;    /* of the only units that it makes, ".scope"; NULL: it may be others */
        uint64_t ended_usec; /* CLOCK_MONOTONIC: when that was seen; 0: it has not */
        size_t n_units;
        char (*units)[COMMAND_UNIT_SIZE];
        TAILQ_ENTRY(client) next;
};

struct clients {
        int epoll;
        size_t n;
        TAILQ_HEAD(, client) list; /* the oldest first */
};

struct clients *clients_new(void)
{
        struct clients *clients = calloc(1, sizeof *clients);

        if (!clients)
                return NULL;
        TAILQ_INIT(&clients->list);
        clients->epoll = epoll_create1(EPOLL_CLOEXEC);
        return clients->epoll < 0 ? clients_free(clients) : clients;
}

static struct client *client_free(struct client *client)
{
        if (client) {
                actor_unref(client->actor);
                close_pointer(&client->pidfd);
                free(client->units);
                free(client);
        }
        return NULL;
}

static void forget(struct clients *clients, struct client *client)
{
        TAILQ_REMOVE(&clients->list, client, next);
        clients->n--;
        /* Others may hold the same open file, and epoll(7) would go on telling of it. */
        (void)epoll_ctl(clients->epoll, EPOLL_CTL_DEL, client->pidfd, NULL);
        client_free(client);
}

struct clients *clients_free(struct clients *clients)
{
        if (!clients)
                return NULL;
        while (!TAILQ_EMPTY(&clients->list))
                forget(clients, TAILQ_FIRST(&clients->list));
        close_pointer(&clients->epoll);
        free(clients);
        return NULL;
}

int clients_fd(const struct clients *clients)
{
        return clients->epoll;
}

static void note_ended(struct clients *clients, uint64_t now_usec)
{
        struct epoll_event events[16];
        int n;

        while ((n = epoll_wait(clients->epoll, events, ARRAY_SIZE(events), 0)) > 0)
                for (int i = 0; i < n; i++) {
                        struct client *client = events[i].data.ptr;

                        client->ended_usec = now_usec;
                        (void)epoll_ctl(clients->epoll, EPOLL_CTL_DEL, client->pidfd, NULL);
                }
}

static bool is_forgotten(const struct client *client, uint64_t now_usec)
{
        return client->ended_usec && now_usec > client->ended_usec + CLIENT_USEC;
}

void clients_expire(struct clients *clients, uint64_t now_usec)
{
        struct client *client, *following;

        note_ended(clients, now_usec);
        for (client = TAILQ_FIRST(&clients->list); client; client = following) {
                following = TAILQ_NEXT(client, next);
                if (is_forgotten(client, now_usec))
                        forget(clients, client);
        }
}

static bool make_room(struct clients *clients)
{
        struct client *client;

        if (clients->n < CLIENTS_MAX)
                return true;
        TAILQ_FOREACH(client, &clients->list, next)
                if (client->ended_usec) {
                        forget(clients, client);
                        return true;
                }
        return false;
}

/* systemd-run by its verbs. A timer, a path or a socket comes with its service. */
static const char *type_of(const struct command_request *request)
{
        static const struct {
                const char *verb, *type;
        } types[] = { { "scope", ".scope" }, { "service", ".service" } };

        for (size_t i = 0; i < ARRAY_SIZE(types) && request->n_verbs == 1; i++)
                if (streq(request->verbs[0].name, types[i].verb))
                        return types[i].type;
        return NULL;
}

static struct client *client_new(struct actor *actor, int pidfd, const char *command,
                                 const struct command_request *request)
{
        struct client *client = calloc(1, sizeof *client);

        if (!client)
                return NULL;
        client->pidfd = fcntl(pidfd, F_DUPFD_CLOEXEC, 3);
        client->actor = actor_ref(actor);
        client->scope = request->scope;
        client->effects = request->effects;
        client->any_unit = request->units_unknown;
        client->type = type_of(request);
        client->n_units = request->n_units;
        (void)string_copy(client->command, sizeof client->command, command);
        if (request->n_units > 0)
                client->units = bytes_duplicate(request->units, request->n_units * sizeof *client->units);
        return client->pidfd < 0 || (request->n_units > 0 && !client->units) ? client_free(client) : client;
}

int clients_add(struct clients *clients, struct actor *actor, int pidfd, const char *command,
                const struct command_request *request)
{
        struct epoll_event event = { .events = EPOLLIN };
        struct client *client;

        note_ended(clients, now_monotonic_usec());
        if (!make_room(clients))
                return -ENOSPC;
        client = client_new(actor, pidfd, command, request);
        if (!client)
                return -ENOMEM;
        event.data.ptr = client;
        if (epoll_ctl(clients->epoll, EPOLL_CTL_ADD, client->pidfd, &event) < 0) {
                int r = -errno;

                client_free(client);
                return r;
        }
        TAILQ_INSERT_TAIL(&clients->list, client, next);
        clients->n++;
        return 0;
}

void clients_remove(struct clients *clients, pid_t pid)
{
        struct client *client, *following;

        for (client = TAILQ_FIRST(&clients->list); client; client = following) {
                following = TAILQ_NEXT(client, next);
                if (client->actor->pid == pid && !client->ended_usec)
                        forget(clients, client);
        }
}

/* ---- On whose behalf --------------------------------------------------------------------------- */

#define LINGER_DIRECTORY "/var/lib/systemd/linger/"
#define LOGIND_UNIT "systemd-logind.service"

/* 0: no command has such an effect. */
static unsigned effect_of(const struct access *access)
{
        if (access->operation == OPERATION_TRANSIENT || access->place == PLACE_TRANSIENT)
                return COMMAND_WRITES_TRANSIENT;
        switch (access->place) {
        case PLACE_UNITS:
        case PLACE_DROPINS:
        case PLACE_DEPENDENCIES:
                return COMMAND_WRITES_UNITS;
        case PLACE_CONFIGURATION:
                return access->path && strstr(access->path, LINGER_DIRECTORY) ? COMMAND_WRITES_LINGER
                                                                              : COMMAND_WRITES_UNITS;
        default:
                return 0;
        }
}

/* "systemd-run --on-calendar --unit=x" makes x.timer and x.service. */
static bool has_stem_of(const char *unit, const char *named)
{
        const char *dot = strrchr(named, '.');
        size_t length = dot ? (size_t)(dot - named) : strlen(named);

        return strncmp(unit, named, length) == 0 && (unit[length] == '.' || unit[length] == '\0');
}

/* What is no unit's is the directory for all of them, which is made for the first; what is in it is found with it. */
static bool names_unit(const struct client *client, const char *unit)
{
        if (!*unit)
                return true;
        if (client->type && !ends_with(unit, client->type))
                return false;
        if (client->any_unit)
                return true;
        for (size_t i = 0; i < client->n_units; i++)
                if (has_stem_of(unit, client->units[i]))
                        return true;
        return client->n_units == 0 && starts_with(unit, "run-");
}

/* The start time tells a number that came round from the run itself; of a parent it is not known, but the number is
 * nobody else's while the run is there. */
static bool is_run_itself(const struct client *client, const struct actor *actor)
{
        if (actor->pid == client->actor->pid)
                return !client->ended_usec || (actor->start_time && actor->start_time == client->actor->start_time);
        for (size_t i = 1; i < actor->n_ancestry && !client->ended_usec; i++)
                if (actor->ancestry[i].pid == client->actor->pid)
                        return true;
        return false;
}

static bool is_logind(const struct actor *actor)
{
        return actor->uid == 0 && actor->n_ancestry > 0 && actor->ancestry[0].unit &&
               streq(actor->ancestry[0].unit, LOGIND_UNIT);
}

static bool is_served_by(const struct client *client, const struct actor *actor, unsigned effect)
{
        if (effect == COMMAND_WRITES_LINGER)
                return is_logind(actor);
        switch (client->scope) {
        case COMMAND_SYSTEM:
                return actor->manager;
        case COMMAND_USER:
                return actor->user_manager && actor->uid == client->actor->uid;
        default:
                return false; /* the command writes by itself, or on another machine */
        }
}

static bool does(const struct client *client, const struct access *access, unsigned effect)
{
        if (!(client->effects & effect))
                return false;
        if (is_run_itself(client, access->actor))
                return true;
        return is_served_by(client, access->actor, effect) &&
               (effect != COMMAND_WRITES_TRANSIENT || names_unit(client, access->unit ? access->unit : ""));
}

const char *clients_find(struct clients *clients, const struct access *access, bool alive_only, uint64_t now_usec)
{
        unsigned effect = effect_of(access);
        const struct client *client;

        if (TAILQ_EMPTY(&clients->list) || !access->actor || !access->actor->known)
                return NULL;
        clients_expire(clients, now_usec);
        TAILQ_FOREACH(client, &clients->list, next)
                if (!(alive_only && client->ended_usec) && does(client, access, effect))
                        return client->command;
        return NULL;
}
