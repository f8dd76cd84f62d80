/* What the control socket can ask about the daemon's end: who says what is authorised also says when nothing is guarded
 * any more. A restart is what killing it would bring about as well, and what the scripts of its package ask for. */
#include "requests_internal.h"
#include "unitward/util.h"

#define OWN_UNIT "unitward.service"

int request_stop(void *userdata, const struct control_peer *peer, json_t *arguments, struct control_answer *ret)
{
        struct guard *guard = userdata;
        bool restart = json_is_true(json_object_get(arguments, "restart"));
        _cleanup_actor_ struct actor *actor = NULL;
        char described[512];
        int r = request_actor(guard, peer, &actor, ret);

        if (r == 0)
                r = restart ? request_decide_restart(guard, actor, OWN_UNIT, ret)
                            : request_decide_whole(guard, actor, OWN_UNIT, ret);
        if (r == 0)
                r = stop_soon(guard, restart);
        if (r < 0)
                return r;
        guard_record(guard, RECORD_CONTROL,
                     format("%s by %s", restart ? "to be started again," : "stopped",
                            actor_describe(actor, described, sizeof described)),
                     NULL);
        ret->result = json_pack("{s:b, s:b}", "restart", restart, "service", guard->is_service);
        return ret->result ? 0 : -ENOMEM;
}
