/* One connection on the control socket: one request, one reply, then it is closed. Everything is bounded:
 * the request's size, the time for all of it (5 s), what waits to be read by all of them together, and what is done
 * before other sources have their turn. */
#pragma once

#include <sys/queue.h>
#include <systemd/sd-event.h>

#include "unitward/control.h"

/* Settling comes first: a manager may be waiting for it. */
#define CONTROL_PRIORITY (SD_EVENT_PRIORITY_NORMAL + 10)

struct conversation;

/* The conversations that are going on, and what they share. */
struct conversations {
        sd_event *event;
        const struct control_command *commands;
        void *userdata; /* for the commands */
        size_t count;
        size_t bytes;   /* of requests and replies that are under way */
        LIST_HEAD(, conversation) head;
};

/* Takes the connected socket and the peer's pidfd, whatever the result. It ends, and frees itself, from the event loop. */
int conversation_start(struct conversations *all, int fd, const struct control_peer *peer);

/* Says why there will be no conversation, as far as that is possible at once, and closes the socket. */
void conversation_decline(int fd, int error, const char *text, const char *hint);

/* How many of them are that user's. */
size_t conversations_of(const struct conversations *all, uid_t uid);

void conversations_end(struct conversations *all);
