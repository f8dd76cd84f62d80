/* What is asked for, by whom, and the answer. */
#include "conversation_internal.h"
#include "unitward/util.h"

#define BYTES_MAX                                                                                                      \
        (4u * PROTOCOL_REPLY_MAX) /* of everybody together: whoever does not read takes memory for that long */

int conversation_error_frame(int error, const char *text, const char *hint, char **ret, size_t *ret_size)
{
        json_t *reply = json_pack("{s:s, s:s*, s:i}", "error", text, "hint", hint, "errno", -error);
        int r = protocol_frame(reply, PROTOCOL_REPLY_MAX, ret, ret_size);

        json_decref(reply);
        return r;
}

int conversation_refuse(struct conversation *conversation, int error, const char *text, const char *hint)
{
        char *frame;
        size_t size;
        int r = conversation_error_frame(error, text, hint, &frame, &size);

        if (r < 0)
                return r;
        conversation_expect(conversation, PHASE_REPLY, frame, size);
        return sd_event_source_set_io_events(conversation->io, EPOLLOUT);
}

static int conversation_answer(struct conversation *conversation, json_t *result)
{
        json_t *reply = json_pack("{s:O}", "result", result);
        char *frame;
        size_t size;
        int r = protocol_frame(reply, PROTOCOL_REPLY_MAX, &frame, &size);

        json_decref(reply);
        if (r == -EMSGSIZE)
                return conversation_refuse(conversation, r, "the answer is larger than 16 MiB", "ask for less of it");
        if (r < 0)
                return conversation_refuse(conversation, r, "the answer could not be put together", NULL);
        if (conversation->all->bytes + size > BYTES_MAX) {
                free(frame);
                return conversation_refuse(conversation, -EBUSY, "too many answers wait for those who asked",
                                           "try again in a few seconds");
        }
        conversation_expect(conversation, PHASE_REPLY, frame, size);
        return sd_event_source_set_io_events(conversation->io, EPOLLOUT);
}

static int conversation_execute(struct conversation *conversation, const struct control_command *command,
                                json_t *arguments)
{
        struct control_answer answer = { 0 };
        int r = command->handle(conversation->all->userdata, &conversation->peer, arguments, &answer);

        /* A large ledger takes its time; the client has its own for the answer. From now, not from when the loop woke
         * up, which is what relative times are relative to. */
        (void)sd_event_source_set_time(conversation->deadline, now_monotonic_usec() + CONVERSATION_USEC);
        if (r < 0)
                r = conversation_refuse(conversation, r, answer.error ? answer.error : strerror(-r), answer.hint);
        else
                r = conversation_answer(conversation, answer.result);
        json_decref(answer.result);
        free(answer.error);
        free(answer.hint);
        return r;
}

static const struct control_command *command_find(const struct control_command *command, const char *name)
{
        while (command->name && !streq(command->name, name))
                command++;
        return command->name ? command : NULL;
}

int conversation_request(struct conversation *conversation)
{
        const struct control_command *command;
        json_t *request, *arguments;
        const char *name;
        int r;

        r = protocol_request_parse(conversation->buffer, conversation->size, &request, &name, &arguments);
        if (r < 0)
                return conversation_refuse(conversation, r, "this is not a request",
                                           "use unitward(1) of the daemon's version");
        command = command_find(conversation->all->commands, name);
        if (!command)
                r = conversation_refuse(conversation, -EOPNOTSUPP, "the daemon does not know this command",
                                        "unitward and unitwardd may be of different versions: "
                                        "unitward stop --restart");
        else if (command->changes && conversation->peer.uid != 0)
                r = conversation_refuse(conversation, -EPERM, "only root may do this", "run it with sudo");
        else
                r = conversation_execute(conversation, command, arguments);
        json_decref(request);
        return r;
}
