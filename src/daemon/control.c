#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#include "unitward/conversation.h"
#include "unitward/util.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

/* How many may talk at the same time. Others cannot take every place from root, nor one of them those of all others. */
struct places {
        size_t all, others, each_other;
        unsigned accepts_per_second;
};

static const struct places places = { 16, 12, 8, 200 }, public_places = { 8, 4, 2, 50 };

#define BACKLOG 16

struct control {
        int fd;
        sd_event_source *listener;
        char *path; /* of the socket that was made here; NULL: it is systemd's */
        gid_t group;
        bool is_public;
        struct conversations conversations;
};

static bool peer_is_member(int fd, const struct control_peer *peer, gid_t group)
{
        socklen_t size = 0;
        bool member = peer->gid == group;

        if (member || getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &size) == 0 || errno != ERANGE)
                return member;

        _cleanup_free_ gid_t *groups = calloc(1, size);
        if (!groups || getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0)
                return false;
        for (size_t i = 0; i < size / sizeof *groups && !member; i++)
                member = groups[i] == group;
        return member;
}

/* The socket's mode keeps others out already, unless somebody opened it wider: then this does. */
static bool peer_is_allowed(int fd, const struct control_peer *peer, gid_t group)
{
        return peer->uid == 0 || (group != (gid_t)-1 && peer_is_member(fd, peer, group));
}

/* Of the process that connected, whatever its number means by now; before Linux 6.5 of who has the number. */
static int peer_pidfd(int fd, pid_t pid)
{
        socklen_t size = sizeof(int);
        int pidfd;

        if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &size) == 0)
                return pidfd;
        if (errno != ENOPROTOOPT)
                return -1;
        return (int)syscall(SYS_pidfd_open, pid, 0);
}

static int peer_of(int fd, struct control_peer *ret)
{
        struct ucred credentials;
        socklen_t size = sizeof credentials;

        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
                return -errno;
        *ret = (struct control_peer){
                .pid = credentials.pid,
                .uid = credentials.uid,
                .gid = credentials.gid,
                .pidfd = peer_pidfd(fd, credentials.pid),
        };
        return 0;
}

static const struct places *places_of(const struct control *control)
{
        return control->is_public ? &public_places : &places;
}

static bool has_place(const struct control *control, const struct control_peer *peer)
{
        const struct conversations *all = &control->conversations;
        const struct places *of = places_of(control);

        if (peer->uid == 0)
                return all->count < of->all;
        return all->count < of->others && conversations_of(all, peer->uid) < of->each_other;
}

static int on_connection(sd_event_source *source, int listener, uint32_t revents, void *userdata)
{
        struct control *control = userdata;
        struct control_peer peer = { .pidfd = -1 };
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        (void)source, (void)revents;
        if (fd < 0)
                return 0;
        if (peer_of(fd, &peer) < 0 || !(control->is_public || peer_is_allowed(fd, &peer, control->group)))
                conversation_decline(fd, -EPERM, "you may not use the control socket",
                                     "run it as root, or name your group as control_group in the policy");
        else if (!has_place(control, &peer))
                conversation_decline(fd, -EBUSY, "too many clients at the same time", "try again in a few seconds");
        else {
                (void)conversation_start(&control->conversations, fd, &peer);
                return 0;
        }
        close_pointer(&peer.pidfd);
        return 0;
}

static int listener_inherit(const char *path)
{
        int count = sd_listen_fds(0);

        for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + count; fd++)
                if (sd_is_socket_unix(fd, SOCK_STREAM, 1, path, 0) > 0)
                        return fd;
        return -ENOENT;
}

/* Makes room for a new socket where a daemon that is gone has left its own. */
static int listener_clear(const struct sockaddr_un *address)
{
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        if (fd < 0)
                return -errno;
        if (connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 || errno == EAGAIN)
                return -EADDRINUSE;
        if (errno == ENOENT)
                return 0;
        if (errno != ECONNREFUSED)
                return -errno;

        struct stat st;
        if (lstat(address->sun_path, &st) < 0)
                return -errno;
        if (!S_ISSOCK(st.st_mode))
                return -EEXIST;
        return unlink(address->sun_path) < 0 ? -errno : 0;
}

static int listener_make(const char *path)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        int r;

        if (fd < 0)
                return -errno;
        if (!string_copy(address.sun_path, sizeof address.sun_path, path))
                return -ENAMETOOLONG;
        r = listener_clear(&address);
        if (r < 0)
                return r;
        /* bind(2) gives the file the socket's mode: it is never open wider than this, not for a moment. */
        if (fchmod(fd, 0600) < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 ||
            listen(fd, BACKLOG) < 0)
                return -errno;
        return steal_fd(&fd);
}

static int control_listen(struct control *control, const char *path)
{
        control->fd = listener_inherit(path);
        if (control->fd >= 0)
                return 0;
        control->fd = listener_make(path);
        if (control->fd < 0)
                return control->fd;
        control->path = strdup(path);
        return control->path ? 0 : -ENOMEM;
}

static int control_watch(struct control *control, sd_event *event)
{
        int r = sd_event_add_io(event, &control->listener, control->fd, EPOLLIN, on_connection, control);

        if (r < 0)
                return r;
        r = sd_event_source_set_priority(control->listener, CONTROL_PRIORITY);
        if (r < 0)
                return r;
        /* A flood of connections, or an accept that keeps failing, takes its share of the loop and no more. */
        return sd_event_source_set_ratelimit(control->listener, 1000u * 1000u, places_of(control)->accepts_per_second);
}

int control_set_group(struct control *control, gid_t group)
{
        const bool root_alone = group == (gid_t)-1;

        control->group = group;
        if (!control->path)
                return 0;
        if (!root_alone && chown(control->path, (uid_t)-1, group) < 0)
                return -errno;
        return chmod(control->path, root_alone ? 0600 : 0660) < 0 ? -errno : 0;
}

static int control_open(struct control *control)
{
        if (!control->is_public)
                return control_set_group(control, control->group);
        return control->path && chmod(control->path, 0666) < 0 ? -errno : 0;
}

static int control_build(sd_event *event, const char *path, const struct control *template, struct control **ret)
{
        struct control *control = malloc(sizeof *control);
        int r;

        if (!control)
                return -ENOMEM;
        *control = *template;
        control->fd = -1;
        control->conversations.event = sd_event_ref(event);
        r = control_listen(control, path);
        if (r >= 0)
                r = control_open(control);
        if (r >= 0)
                r = control_watch(control, event);
        if (r < 0) {
                control_free(control);
                return r;
        }
        *ret = control;
        return 0;
}

int control_new(sd_event *event, const char *path, gid_t group, const struct control_command *commands, void *userdata,
                struct control **ret)
{
        const struct control control = { .group = group,
                                         .conversations = { .commands = commands, .userdata = userdata } };

        return control_build(event, path, &control, ret);
}

int control_new_public(sd_event *event, const char *path, const struct control_command *commands, void *userdata,
                       struct control **ret)
{
        const struct control control = { .is_public = true,
                                         .conversations = { .commands = commands, .userdata = userdata } };

        return control_build(event, path, &control, ret);
}

struct control *control_free(struct control *control)
{
        if (!control)
                return NULL;
        conversations_end(&control->conversations);
        sd_event_source_disable_unref(control->listener);
        if (control->path)
                (void)unlink(control->path);
        if (control->fd >= 0)
                (void)close(control->fd);
        free(control->path);
        sd_event_unref(control->conversations.event);
        free(control);
        return NULL;
}
