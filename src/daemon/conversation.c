/* Bytes from a peer, and to him; how long he may take. */
#include <sys/socket.h>

#include "conversation_internal.h"
#include "unitward/util.h"

static void conversation_end(struct conversation *conversation)
{
        LIST_REMOVE(conversation, entry);
        conversation->all->count--;
        conversation->all->bytes -= conversation->size;
        sd_event_source_disable_unref(conversation->io);
        sd_event_source_disable_unref(conversation->deadline);
        for (size_t i = 0; i < conversation->peer.n_files; i++)
                (void)close(conversation->files[i]);
        close_pointer(&conversation->peer.pidfd);
        (void)close(conversation->fd);
        free(conversation->buffer);
        free(conversation);
}

void conversation_expect(struct conversation *conversation, enum phase phase, char *buffer, size_t size)
{
        conversation->all->bytes += size - conversation->size;
        free(conversation->buffer);
        conversation->buffer = buffer;
        conversation->size = size;
        conversation->done = 0;
        conversation->phase = phase;
}

static int conversation_header(struct conversation *conversation)
{
        uint32_t length;
        int r = protocol_header_parse(conversation->buffer, conversation->size, PROTOCOL_REQUEST_MAX, &length);

        if (r == -EMSGSIZE)
                return conversation_refuse(conversation, r, "the request is larger than 64 KiB",
                                           "pass fewer arguments");
        if (r < 0 || length == 0)
                return conversation_refuse(conversation, -EBADMSG, "this is not a request",
                                           "use unitward(1) to talk to unitwardd");

        char *payload = malloc(length);
        if (!payload)
                return -ENOMEM;
        conversation_expect(conversation, PHASE_PAYLOAD, payload, length);
        return 0;
}

/* What follows when the buffer has passed; a negative result ends the conversation. */
static int conversation_advance(struct conversation *conversation)
{
        switch (conversation->phase) {
        case PHASE_HEADER:
                return conversation_header(conversation);
        case PHASE_PAYLOAD:
                return conversation_request(conversation);
        case PHASE_REPLY:
                break;
        }
        return -ESHUTDOWN;
}

static void conversation_keep_files(struct conversation *conversation, const struct cmsghdr *header)
{
        size_t n = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);

        for (size_t i = 0; i < n; i++) {
                int file;

                memcpy(&file, CMSG_DATA(header) + i * sizeof file, sizeof file);
                if (conversation->peer.n_files < PROTOCOL_FILES_MAX)
                        conversation->files[conversation->peer.n_files++] = file;
                else
                        (void)close(file);
        }
}

/* Descriptors are taken from root alone; the kernel drops those of others. */
static ssize_t conversation_receive(struct conversation *conversation, char *to, size_t size)
{
        union {
                struct cmsghdr header;
                char room[CMSG_SPACE(PROTOCOL_FILES_MAX * sizeof(int))];
        } control;
        struct iovec data = { to, size };
        struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };
        ssize_t n;

        if (conversation->peer.uid == 0) {
                message.msg_control = &control;
                message.msg_controllen = sizeof control;
        }
        n = recvmsg(conversation->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (n < 0)
                return n;
        for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header))
                if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
                        conversation_keep_files(conversation, header);
        return n;
}

static ssize_t conversation_transfer(struct conversation *conversation)
{
        char *from = conversation->buffer + conversation->done;
        size_t left = conversation->size - conversation->done;

        if (conversation->phase == PHASE_REPLY)
                return send(conversation->fd, from, left, MSG_NOSIGNAL | MSG_DONTWAIT);
        return conversation_receive(conversation, from, left);
}

static int on_ready(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        struct conversation *conversation = userdata;
        ssize_t n = conversation_transfer(conversation);

        (void)source, (void)fd, (void)revents;
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;
        if (n > 0) {
                conversation->done += (size_t)n;
                if (conversation->done < conversation->size || conversation_advance(conversation) >= 0)
                        return 0;
        }
        conversation_end(conversation);
        return 0;
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
        (void)source, (void)usec;
        conversation_end(userdata);
        return 0;
}

static int conversation_watch(struct conversation *conversation)
{
        sd_event *event = conversation->all->event;
        int r = sd_event_add_io(event, &conversation->io, conversation->fd, EPOLLIN, on_ready, conversation);

        if (r < 0)
                return r;
        r = sd_event_source_set_priority(conversation->io, CONTROL_PRIORITY);
        if (r < 0)
                return r;
        return sd_event_add_time_relative(event, &conversation->deadline, CLOCK_MONOTONIC, CONVERSATION_USEC, 0,
                                          on_deadline, conversation);
}

int conversation_start(struct conversations *all, int fd, const struct control_peer *peer)
{
        struct conversation *conversation = malloc(sizeof *conversation);
        char *header = malloc(PROTOCOL_HEADER_SIZE);
        int r;

        if (!conversation || !header) {
                free(conversation);
                free(header);
                if (peer->pidfd >= 0)
                        (void)close(peer->pidfd);
                (void)close(fd);
                return -ENOMEM;
        }
        *conversation = (struct conversation){ .all = all, .peer = *peer, .fd = fd };
        conversation->peer.files = conversation->files;
        LIST_INSERT_HEAD(&all->head, conversation, entry);
        all->count++;
        conversation_expect(conversation, PHASE_HEADER, header, PROTOCOL_HEADER_SIZE);
        r = conversation_watch(conversation);
        if (r < 0)
                conversation_end(conversation);
        return r;
}

void conversation_decline(int fd, int error, const char *text, const char *hint)
{
        _cleanup_free_ char *frame = NULL;
        size_t size;

        if (conversation_error_frame(error, text, hint, &frame, &size) >= 0)
                (void)send(fd, frame, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        (void)close(fd);
}

size_t conversations_of(const struct conversations *all, uid_t uid)
{
        const struct conversation *conversation;
        size_t n = 0;

        LIST_FOREACH(conversation, &all->head, entry)
                n += conversation->peer.uid == uid;
        return n;
}

void conversations_end(struct conversations *all)
{
        while (!LIST_EMPTY(&all->head))
                conversation_end(LIST_FIRST(&all->head));
}
