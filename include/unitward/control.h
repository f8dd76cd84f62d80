/* The control socket's server, on the housekeeper's event loop: /run/unitward/control, root and one
 * group (SO_PEERCRED). At most 16 clients, of whom 4 can only be root, and 8 of one other user; one request for each
 * connection, 64 KiB and 5 s a request, 16 MiB a reply and 64 MiB all that wait to be read; never blocks. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

struct control_peer {
        pid_t pid;             /* who connected */
        uid_t uid;
        gid_t gid;
        int pidfd;             /* of that process; -1: it was gone */
        const int *files;      /* descriptors that came with root's request; the server closes them */
        size_t n_files;
};

/* Answers one command. 0 and *ret_result (handed over); or -errno and, if it likes, *ret_error and
 * *ret_hint (malloc'ed; handed over). */
struct control_answer {
        json_t *result;
        char *error;
        char *hint;
};

struct control_command {
        const char *name;
        bool changes;          /* root only, even when a group may use the socket */
        int (*handle)(void *userdata, const struct control_peer *peer, json_t *arguments, struct control_answer *ret);
};

struct control;

/* commands ends with a NULL name. group: (gid_t)-1 for root alone. When systemd passed the socket in
 * it is used, otherwise it is made (an old one is removed only if nobody answers on it). */
int control_new(sd_event *event, const char *path, gid_t group, const struct control_command *commands,
                void *userdata, struct control **ret);

/* The same for everybody, at a path of its own, so that strangers never take a place from root or the group: at most 4
 * of them and 2 of one user, besides 4 for root, who asks for the machine; and 50 connections a second. The commands must tell nothing that is not everybody's to know. */
int control_new_public(sd_event *event, const char *path, const struct control_command *commands, void *userdata,
                       struct control **ret);
struct control *control_free(struct control *control); /* accepts NULL; returns NULL */
int control_set_group(struct control *control, gid_t group);
