#include <endian.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "unitward/protocol.h"
#include "unitward/util.h"

#define COMMAND_MAX 32u

static const unsigned char magic[] = { 'U', 'W', 1, 0 };

int protocol_header_parse(const void *data, size_t size, uint32_t max, uint32_t *ret_length)
{
        uint32_t length;

        if (memcmp(data, magic, size < sizeof magic ? size : sizeof magic) != 0)
                return -EBADMSG;
        if (size < PROTOCOL_HEADER_SIZE)
                return -EAGAIN;
        memcpy(&length, (const char *)data + sizeof magic, sizeof length);
        length = le32toh(length);
        if (length > max)
                return -EMSGSIZE;
        *ret_length = length;
        return 0;
}

int protocol_frame(const json_t *json, uint32_t max, char **ret, size_t *ret_size)
{
        const size_t flags = JSON_COMPACT, length = json_dumpb(json, NULL, 0, flags);
        const uint32_t little_endian = htole32((uint32_t)length);

        if (length == 0)
                return -EINVAL;
        if (length > max)
                return -EMSGSIZE;

        char *frame = malloc(PROTOCOL_HEADER_SIZE + length);
        if (!frame)
                return -ENOMEM;
        memcpy(frame, magic, sizeof magic);
        memcpy(frame + sizeof magic, &little_endian, sizeof little_endian);
        if (json_dumpb(json, frame + PROTOCOL_HEADER_SIZE, length, flags) != length) {
                free(frame);
                return -ENOMEM;
        }
        *ret = frame;
        *ret_size = PROTOCOL_HEADER_SIZE + length;
        return 0;
}

static bool command_is_valid(const char *command)
{
        size_t length = strspn(command, "abcdefghijklmnopqrstuvwxyz-");

        return length > 0 && length <= COMMAND_MAX && command[length] == '\0';
}

int protocol_request_parse(const void *payload, size_t size, json_t **ret, const char **ret_command,
                           json_t **ret_arguments)
{
        json_t *request = json_loadb(payload, size, JSON_REJECT_DUPLICATES, NULL);
        const char *command = json_string_value(json_object_get(request, "command"));
        json_t *arguments = json_object_get(request, "arguments");

        if (!command || !command_is_valid(command) || (arguments && !json_is_object(arguments))) {
                json_decref(request);
                return -EBADMSG;
        }
        *ret = request;
        *ret_command = command;
        *ret_arguments = arguments;
        return 0;
}

/* The client waits in blocking calls, each with what is left of its time as the socket's timeout. */
struct caller {
        int fd;
        uint64_t deadline_usec;
};

static int caller_arm(const struct caller *caller, int option)
{
        uint64_t now = now_monotonic_usec(), left = caller->deadline_usec > now ? caller->deadline_usec - now : 0;
        struct timeval timeout = { .tv_sec = (time_t)(left / 1000000u), .tv_usec = (suseconds_t)(left % 1000000u) };

        if (left == 0)
                return -ETIMEDOUT;
        return setsockopt(caller->fd, SOL_SOCKET, option, &timeout, sizeof timeout) < 0 ? -errno : 0;
}

/* What a failed call on the socket means: 0 to try it again. */
static int caller_error(void)
{
        if (errno == EINTR)
                return 0;
        return errno == EAGAIN ? -ETIMEDOUT : -errno;
}

static int caller_connect(const struct caller *caller, const char *path)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int r;

        if (!string_copy(address.sun_path, sizeof address.sun_path, path))
                return -ENAMETOOLONG;
        do {
                r = caller_arm(caller, SO_SNDTIMEO);
                if (r < 0)
                        return r;
                if (connect(caller->fd, (const struct sockaddr *)&address, sizeof address) == 0)
                        return 0;
                r = caller_error();
        } while (r == 0);
        return r;
}

/* The descriptors go with the first byte. */
static ssize_t caller_send_some(const struct caller *caller, const char *data, size_t size,
                                const struct protocol_files *files)
{
        union {
                struct cmsghdr header;
                char room[CMSG_SPACE(PROTOCOL_FILES_MAX * sizeof(int))];
        } control = { 0 };
        struct iovec iov = { (char *)(uintptr_t)data, size };
        struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
        size_t length = files->n * sizeof(int);

        if (length > 0) {
                message.msg_control = &control;
                message.msg_controllen = CMSG_SPACE(length);
                control.header.cmsg_level = SOL_SOCKET;
                control.header.cmsg_type = SCM_RIGHTS;
                control.header.cmsg_len = CMSG_LEN(length);
                memcpy(CMSG_DATA(&control.header), files->files, length);
        }
        return sendmsg(caller->fd, &message, MSG_NOSIGNAL);
}

static int caller_send(const struct caller *caller, const char *data, size_t size, const struct protocol_files *files)
{
        struct protocol_files left = *files;

        while (size > 0) {
                int r = caller_arm(caller, SO_SNDTIMEO);
                if (r < 0)
                        return r;

                ssize_t n = caller_send_some(caller, data, size, &left);
                if (n < 0) {
                        r = caller_error();
                        if (r < 0)
                                return r;
                        continue;
                }
                left.n = 0;
                data += n;
                size -= (size_t)n;
        }
        return 0;
}

static int caller_receive(const struct caller *caller, char *data, size_t size)
{
        while (size > 0) {
                int r = caller_arm(caller, SO_RCVTIMEO);
                if (r < 0)
                        return r;

                ssize_t n = recv(caller->fd, data, size, 0);
                if (n == 0)
                        return -ECONNRESET;
                if (n < 0) {
                        r = caller_error();
                        if (r < 0)
                                return r;
                        continue;
                }
                data += n;
                size -= (size_t)n;
        }
        return 0;
}

static int caller_receive_reply(const struct caller *caller, json_t **ret)
{
        char header[PROTOCOL_HEADER_SIZE];
        uint32_t length;
        json_t *reply;
        int r;

        r = caller_receive(caller, header, sizeof header);
        if (r < 0)
                return r;
        r = protocol_header_parse(header, sizeof header, PROTOCOL_REPLY_MAX, &length);
        if (r < 0)
                return r;

        _cleanup_free_ char *payload = malloc(length + 1u);
        if (!payload)
                return -ENOMEM;
        r = caller_receive(caller, payload, length);
        if (r < 0)
                return r;
        reply = json_loadb(payload, length, 0, NULL);
        if (!json_is_object(reply)) {
                json_decref(reply);
                return -EBADMSG;
        }
        *ret = reply;
        return 0;
}

/* Takes the reply's reference. */
static int reply_unwrap(json_t *reply, json_t **ret)
{
        json_t *result = json_object_get(reply, "result");

        if (json_is_string(json_object_get(reply, "error"))) {
                *ret = reply;
                return 1;
        }
        json_incref(result);
        json_decref(reply);
        if (!result)
                return -EBADMSG;
        *ret = result;
        return 0;
}

int protocol_call(const char *socket_path, const char *command, json_t *arguments, int timeout_ms, json_t **ret)
{
        return protocol_call_with(socket_path, command, arguments, &(struct protocol_files){ 0 }, timeout_ms, ret);
}

int protocol_call_with(const char *socket_path, const char *command, json_t *arguments,
                       const struct protocol_files *files, int timeout_ms, json_t **ret)
{
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct caller caller = { .fd = fd, .deadline_usec = now_monotonic_usec() + (uint64_t)timeout_ms * 1000u };
        _cleanup_free_ char *frame = NULL;
        size_t size;
        json_t *request, *reply;
        int r, sent;

        if (fd < 0)
                return -errno;
        if (files->n > PROTOCOL_FILES_MAX)
                return -E2BIG;
        request = json_pack("{s:s, s:O*}", "command", command, "arguments", arguments);
        if (!request)
                return -ENOMEM;
        r = protocol_frame(request, PROTOCOL_REQUEST_MAX, &frame, &size);
        json_decref(request);
        if (r < 0)
                return r;
        r = caller_connect(&caller, socket_path);
        if (r < 0)
                return r;
        /* A daemon that refuses says so and closes without reading on: its word counts more than
         * EPIPE, and that it said nothing is the same however far the request got. */
        sent = caller_send(&caller, frame, size, files);
        if (sent < 0 && sent != -EPIPE && sent != -ECONNRESET)
                return sent;
        r = caller_receive_reply(&caller, &reply);
        if (r < 0)
                return r;
        return reply_unwrap(reply, ret);
}
