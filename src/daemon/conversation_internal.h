/* Between a conversation and what it asks for. */
#pragma once

#include "unitward/conversation.h"
#include "unitward/protocol.h"

#define CONVERSATION_USEC (5u * 1000u * 1000u) /* for a request to be sent, and for its answer to be taken */

/* The header, the payload and the reply pass through the buffer in turn. */
enum phase { PHASE_HEADER, PHASE_PAYLOAD, PHASE_REPLY };

struct conversation {
        LIST_ENTRY(conversation) entry;
        struct conversations *all;
        struct control_peer peer;
        int files[PROTOCOL_FILES_MAX]; /* the peer's */
        int fd;
        sd_event_source *io, *deadline;
        enum phase phase;
        char *buffer;
        size_t size, done;
};

/* The buffer is the conversation's from now on. */
void conversation_expect(struct conversation *conversation, enum phase phase, char *buffer, size_t size);

/* conversation_request.c: the payload is there: it is answered, or refused. -errno: the conversation is over. */
int conversation_request(struct conversation *conversation);
int conversation_refuse(struct conversation *conversation, int error, const char *text, const char *hint);
int conversation_error_frame(int error, const char *text, const char *hint, char **ret, size_t *ret_size);
