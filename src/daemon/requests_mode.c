/* unitward enforce, audit, confirm: another mode than the policy's, decided for who asks as what is authorised is. */
#include "requests_internal.h"
#include "unitward/text.h"
#include "unitward/util.h"

#define TRIAL_MIN_USEC 1000000u
#define TRIAL_MAX_USEC (UINT64_C(7) * 24 * 3600 * 1000000)

struct request {
        struct guard *guard;
        struct actor *actor;
        struct mode_override override; /* what it is to be */
        uint64_t n_undone;             /* before */
};

static uint64_t count_undone(const struct guard *guard)
{
        return guard->settler.n_quarantined + guard->settler.n_restored;
}

/* What happened before the request is decided before it. */
static int begin(struct request *request, const struct control_peer *peer, struct control_answer *ret)
{
        struct guard *guard = request->guard;
        char described[MODE_BY_MAX];
        int r = request_actor(guard, peer, &request->actor, ret);

        if (r == 0)
                r = request_decide_whole(guard, request->actor, "", ret);
        if (r < 0)
                return r;
        housekeeper_settle_notes(guard);
        guard_mode_expire(guard);
        request->n_undone = count_undone(guard);
        request->override = (struct mode_override){ .given = true, .policy = guard->claims.policy };

        _cleanup_free_ char *by = text_to_utf8(actor_describe(request->actor, described, sizeof described));
        (void)string_copy(request->override.by, sizeof request->override.by, by ? by : "");
        return 0;
}

/* Takes the message. */
static void record(const struct request *request, char *message)
{
        struct record *record = record_new(RECORD_CONTROL);

        if (record) {
                record->mode = guard_mode(request->guard);
                record->actor = actor_ref(request->actor);
                record->message = message;
        } else {
                free(message);
        }
        outbox_record(&request->guard->outbox, record);
}

/* Puts it into effect, writes it down, and answers. What the policy says anyway is no override. */
static int finish(struct request *request, const char *deed, struct control_answer *ret)
{
        struct guard *guard = request->guard;
        int r;

        if (request->override.mode == request->override.policy && !request->override.until_usec)
                request->override.given = false;
        r = guard_mode_override(guard, &request->override);
        if (r < 0 && request->override.given && request->override.mode == MODE_ENFORCE)
                return request_error(
                        ret, r, format("it cannot be noted in %s: %s", guard->options.runtime_directory, strerror(-r)),
                        strdup("nothing has changed; make room there, and ask again"));

        _cleanup_free_ char *why = mode_explain(&guard->claims, now_boottime_usec(), now_realtime_usec());
        record(request, format("%s: %s", deed, why ? why : ""));
        ret->result = mode_to_json(&guard->claims);
        if (!ret->result)
                return -ENOMEM;
        (void)json_object_set_new(ret->result, "undone",
                                  json_integer((json_int_t)(count_undone(guard) - request->n_undone)));
        if (r < 0)
                (void)json_object_set_new(ret->result, "warning",
                                          json_string("it cannot be noted in the runtime directory: a restart of the "
                                                      "daemon forgets it"));
        return 0;
}

/* ---- enforce ------------------------------------------------------------------------------------------------ */

static int read_duration(json_t *arguments, uint64_t *ret_usec, struct control_answer *ret)
{
        json_t *value = json_object_get(arguments, "for_usec");
        json_int_t usec = json_integer_value(value);

        *ret_usec = 0;
        if (!value)
                return 0;
        if (!json_is_integer(value) || usec < (json_int_t)TRIAL_MIN_USEC || usec > (json_int_t)TRIAL_MAX_USEC)
                return request_error(ret, -EINVAL, strdup("a time of 1 second to 7 days is needed"),
                                     strdup("for example: unitward enforce --for 10m"));
        *ret_usec = (uint64_t)usec;
        return 0;
}

static int check_enforceable(const struct guard *guard, uint64_t for_usec, struct control_answer *ret)
{
        struct mode_ruling ruling = mode_rule(&guard->claims, now_boottime_usec());

        if (ruling.source < MODE_FROM_OVERRIDE)
                return request_error(ret, -EBUSY,
                                     mode_explain(&guard->claims, now_boottime_usec(), now_realtime_usec()),
                                     strdup(mode_remedy(ruling.source)));
        if (for_usec && ruling.source == MODE_FROM_POLICY && ruling.mode == MODE_ENFORCE)
                return request_error(ret, -EALREADY, strdup("the policy says enforce: there is nothing to try"),
                                     strdup("the way back is: unitward audit"));
        return 0;
}

int request_enforce(void *userdata, const struct control_peer *peer, json_t *arguments, struct control_answer *ret)
{
        struct request request = { .guard = userdata };
        uint64_t for_usec;
        int r = read_duration(arguments, &for_usec, ret);

        if (r == 0)
                r = begin(&request, peer, ret);
        if (r == 0)
                r = check_enforceable(request.guard, for_usec, ret);
        if (r == 0) {
                request.override.mode = MODE_ENFORCE;
                request.override.until_usec = for_usec ? now_boottime_usec() + for_usec : 0;
                r = finish(&request, "told to enforce", ret);
        }
        (void)actor_unref(request.actor);
        return r;
}

/* ---- audit ---------------------------------------------------------------------------------------------------- */

int request_audit(void *userdata, const struct control_peer *peer, json_t *arguments, struct control_answer *ret)
{
        struct request request = { .guard = userdata };
        int r = begin(&request, peer, ret);

        (void)arguments;
        if (r == 0) {
                request.override.mode = MODE_AUDIT;
                r = finish(&request, "told to audit only", ret);
        }
        (void)actor_unref(request.actor);
        return r;
}

/* ---- confirm -------------------------------------------------------------------------------------------------- */

static int check_trial(const struct guard *guard, struct control_answer *ret)
{
        _cleanup_free_ char *why = NULL;

        if (mode_is_trial(&guard->claims.override))
                return 0;
        why = mode_explain(&guard->claims, now_boottime_usec(), now_realtime_usec());
        return request_error(ret, -ENOENT, format("there is nothing to confirm: %s", why ? why : ""),
                             strdup("a trial begins with: unitward enforce --for 10m"));
}

int request_confirm(void *userdata, const struct control_peer *peer, json_t *arguments, struct control_answer *ret)
{
        struct request request = { .guard = userdata };
        int r = begin(&request, peer, ret);

        (void)arguments;
        if (r == 0)
                r = check_trial(request.guard, ret);
        if (r == 0) {
                request.override.mode = MODE_ENFORCE;
                r = finish(&request, "confirmed", ret);
        }
        (void)actor_unref(request.actor);
        return r;
}
