/* The control protocol: frames on a stream socket, one JSON object each.
 *
 * A frame is 8 bytes of header and a payload: 'U' 'W' 1 0 (magic, version, reserved) and the payload's
 * length as 32 bits, little endian. A request is at most 64 KiB, a reply at most 16 MiB.
 * Request: {"command": "status", "arguments": {...}}, and with it up to 16 descriptors (SCM_RIGHTS).
 * Reply: {"result": ...} or {"error": "...", "hint": "...", "errno": 22}. */
#pragma once

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#define CONTROL_PATH "/run/unitward/control"
#define PROTOCOL_HEADER_SIZE 8u
#define PROTOCOL_REQUEST_MAX (64u * 1024u)
#define PROTOCOL_REPLY_MAX (16u * 1024u * 1024u)
#define PROTOCOL_FILES_MAX 16u

/* Reads a header. 0 and the payload's length; -EAGAIN: fewer than 8 bytes; -EBADMSG: not this protocol;
 * -EMSGSIZE: longer than max. */
int protocol_header_parse(const void *data, size_t size, uint32_t max, uint32_t *ret_length);

/* Header and payload in one buffer (caller frees). -EMSGSIZE when the text is longer than max. */
int protocol_frame(const json_t *json, uint32_t max, char **ret, size_t *ret_size);

/* A payload as a request: an object with a "command" of at most 32 bytes [a-z-] and, if there, an
 * "arguments" object (otherwise *ret_arguments is NULL). Both point into *ret (caller decrefs). -EBADMSG
 * otherwise. */
int protocol_request_parse(const void *payload, size_t size, json_t **ret, const char **ret_command, json_t **ret_arguments);

/* Client: sends one request (arguments are borrowed; NULL: none) and waits for its reply (timeout in ms;
 * -ETIMEDOUT). 0 and the result (caller decrefs). 1: the daemon answered with an error: *ret is the whole reply.
 * -ENOENT, -ECONNREFUSED, -EACCES...: it cannot be reached. */
int protocol_call(const char *socket_path, const char *command, json_t *arguments, int timeout_ms, json_t **ret);

/* The same, with at most PROTOCOL_FILES_MAX descriptors (borrowed). */
struct protocol_files {
        const int *files;
        size_t n;
};
int protocol_call_with(const char *socket_path, const char *command, json_t *arguments,
                       const struct protocol_files *files, int timeout_ms, json_t **ret);
