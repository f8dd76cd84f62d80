/* What the control socket can change about what is authorised: approve, revoke; and whether the ledger's file is up
 * to date. All paths of a request are looked at and decided before the first one is changed. */
#include <fcntl.h>
#include <sys/stat.h>

#include "requests_internal.h"
#include "unitward/text.h"
#include "unitward/util.h"

#define PATHS_MAX 1024

struct request {
        struct guard *guard;
        struct actor *actor;
        size_t n;
        char **paths; /* as bytes */
        struct subject *subjects;
        struct verdict *verdicts;
};

static void request_done(struct request *request)
{
        for (size_t i = 0; request->paths && i < request->n; i++)
                free(request->paths[i]);
        free(request->paths);
        free(request->subjects);
        free(request->verdicts);
        (void)actor_unref(request->actor);
}

/* "paths": [ { "path": ..., "path_hex": ... } ], as json_set_bytes makes them. */
static int request_read(struct request *request, json_t *arguments, struct control_answer *ret)
{
        json_t *list = json_object_get(arguments, "paths");
        size_t n = json_array_size(list);

        if (n == 0 || n > PATHS_MAX)
                return request_error(ret, -EINVAL, format("1 to %d paths are needed", PATHS_MAX),
                                     strdup("see: unitward approve --help"));
        request->paths = calloc(n, sizeof *request->paths);
        request->subjects = calloc(n, sizeof *request->subjects);
        request->verdicts = calloc(n, sizeof *request->verdicts);
        if (!request->paths || !request->subjects || !request->verdicts)
                return -ENOMEM;
        for (request->n = 0; request->n < n; request->n++) {
                int r = json_get_bytes(json_array_get(list, request->n), "path", &request->paths[request->n]);

                if (r < 0)
                        return request_error(ret, r, strdup("a path is missing"),
                                             strdup("see: unitward approve --help"));
        }
        return 0;
}

static int request_prepare(struct request *request, const struct control_peer *peer, json_t *arguments,
                           struct control_answer *ret)
{
        int r = request_actor(request->guard, peer, &request->actor, ret);

        if (r == 0)
                r = request_read(request, arguments, ret);
        if (r < 0)
                return r;
        housekeeper_settle_notes(request->guard); /* what happened before the request is decided before it */
        for (size_t i = 0; i < request->n; i++) {
                r = subject_find(request->guard, request->paths[i], &request->subjects[i], ret);
                if (r == 0)
                        r = request_decide(request->guard, request->actor, &request->subjects[i], &request->verdicts[i],
                                           ret);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* Directories may have come and gone with the paths before. */
static struct directory *directory_again(const struct request *request, size_t i)
{
        struct subject again;
        struct control_answer nothing = { 0 };
        int r = subject_find(request->guard, request->paths[i], &again, &nothing);

        free(nothing.error);
        free(nothing.hint);
        return r == 0 ? again.directory : NULL;
}

/* ---- approve ---------------------------------------------------------------------------------------- */

static bool is_known(const struct request *request, size_t i)
{
        return inventory_entry(request->subjects[i].directory, request->subjects[i].name) ||
               request_is_directory(request->guard, request->paths[i]);
}

/* In enforce mode what somebody wants to approve is in quarantine already. */
static int not_there(const struct request *request, const char *path, struct control_answer *ret)
{
        const char *id = NULL;
        json_t *all = NULL, *evidence;
        size_t index;
        int r;

        filer_work(request->guard, SIZE_MAX);
        if (quarantine_list(request->guard->settler.quarantine, &all) == 0)
                json_array_foreach(all, index, evidence) {
                        _cleanup_free_ char *was = NULL;

                        if (json_get_bytes(evidence, "path", &was) == 0 && streq(was, path))
                                id = json_string_value(json_object_get(evidence, "id")); /* the latest is the last */
                }
        r = id ? request_error(ret, -ENOENT, format("%s: not there, it is in quarantine as %s", path, id),
                               format("look at it: unitward quarantine show %s; put it back, authorised: unitward "
                                      "quarantine restore %s",
                                      id, id))
               : request_error(ret, -ENOENT, format("%s: not there, and not authorised", path),
                               strdup("put a new unit in place with: unitward install FILE"));
        json_decref(all);
        return r;
}

static int check_there(const struct request *request, size_t i, struct control_answer *ret)
{
        const char *path = request->paths[i];
        struct stat st;

        if (lstat(path, &st) < 0)
                return is_known(request, i) ? 0 : not_there(request, path, ret);
        if (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode) || S_ISDIR(st.st_mode))
                return 0;
        return request_error(ret, -EINVAL, format("%s: neither a file nor a link nor a directory", path),
                             strdup("systemd loads nothing of it; remove it"));
}

static json_t *describe(const struct request *request, size_t i)
{
        return request_describe(request->guard, request->paths[i]);
}

static int answer_with(const struct request *request, json_t *(*item)(const struct request *request, size_t i),
                       struct control_answer *ret)
{
        json_t *items = json_array();

        for (size_t i = 0; items && i < request->n; i++)
                if (json_array_append_new(items, item(request, i)) < 0) {
                        json_decref(items);
                        return -ENOMEM;
                }
        ret->result = items;
        return items ? 0 : -ENOMEM;
}

static int approve_all(struct request *request, struct control_answer *ret)
{
        const struct authority authority = { .source = "approve", .deed = "approved", .actor = request->actor };

        for (size_t i = 0; i < request->n; i++) {
                struct directory *directory = directory_again(request, i);
                int r = directory ? settle_authorise(&request->guard->settler, directory, request->subjects[i].name,
                                                     &authority)
                                  : -ENOENT;

                if (r < 0)
                        return request_error(ret, r,
                                             format("%s: cannot be authorised: %s; %zu of %zu are", request->paths[i],
                                                    strerror(-r), i, request->n),
                                             strdup(r == -ETXTBSY ? "somebody has it open for writing; fuser(1) says "
                                                                    "who. Approve it when that is over"
                                                                  : "see: unitward diff"));
        }
        return answer_with(request, describe, ret);
}

int request_approve(void *userdata, const struct control_peer *peer, json_t *arguments, struct control_answer *ret)
{
        _cleanup_(request_done) struct request request = { .guard = userdata };
        int r = request_prepare(&request, peer, arguments, ret);

        for (size_t i = 0; r == 0 && i < request.n; i++)
                r = check_there(&request, i, ret);
        return r < 0 ? r : approve_all(&request, ret);
}

/* ---- revoke ------------------------------------------------------------------------------------------ */

static json_t *describe_revoked(const struct request *request, size_t i)
{
        struct stat st;
        json_t *item = json_pack("{s:s}", "state", lstat(request->paths[i], &st) < 0 ? "gone" : "tolerated");

        if (item && json_set_bytes(item, "path", request->paths[i]) < 0) {
                json_decref(item);
                return NULL;
        }
        return item;
}

static int check_revocable(const struct request *request, size_t i, struct control_answer *ret)
{
        const struct directory *directory = inventory_directory(&request->guard->settler.inventory, request->paths[i]);
        const struct entry *entry = inventory_entry(request->subjects[i].directory, request->subjects[i].name);

        if (directory && (directory->is_root || directory->place == PLACE_PARENT))
                return request_error(ret, -EBUSY,
                                     format("%s: the policy itself protects this directory", request->paths[i]),
                                     strdup("name what is in it"));
        if ((entry && entry->expected) || request_is_directory(request->guard, request->paths[i]))
                return 0;
        return request_error(ret, -ENOENT, format("%s: is not authorised", request->paths[i]),
                             strdup("what is: unitward ledger export"));
}

int request_revoke(void *userdata, const struct control_peer *peer, json_t *arguments, struct control_answer *ret)
{
        _cleanup_(request_done) struct request request = { .guard = userdata };
        int r = request_prepare(&request, peer, arguments, ret);

        for (size_t i = 0; r == 0 && i < request.n; i++)
                r = check_revocable(&request, i, ret);
        for (size_t i = 0; r == 0 && i < request.n; i++) {
                const struct authority authority = {
                        .source = "revoke",
                        .deed = "revoked",
                        .actor = request.actor,
                        .verdict = { OUTCOME_DENY, request.verdicts[i].rule },
                };
                struct directory *directory = directory_again(&request, i);

                /* One that went with its directory is revoked already. */
                if (directory)
                        r = settle_revoke(&request.guard->settler, directory, request.subjects[i].name, &authority);
                if (r == -ENOENT)
                        r = 0;
                if (r < 0)
                        return request_error(ret, r, format("%s: %s", request.paths[i], strerror(-r)),
                                             strdup("see: unitward diff"));
        }
        return r < 0 ? r : answer_with(&request, describe_revoked, ret);
}

/* ---- baseline-take --------------------------------------------------------------------------------------- */

/* What is there, wherever the policy lets the actor approve: elsewhere nothing changes. */
int request_baseline_take(void *userdata, const struct control_peer *peer, json_t *arguments,
                          struct control_answer *ret)
{
        struct guard *guard = userdata;
        _cleanup_actor_ struct actor *actor = NULL;
        struct authority authority = { .source = "baseline", .deed = "taken as the baseline" };
        struct authority_count count;
        char described[512];
        int r = request_actor(guard, peer, &actor, ret);

        (void)arguments;
        if (r < 0)
                return r;
        housekeeper_settle_notes(guard);
        authority.actor = actor;
        count = settle_take(&guard->settler, &authority, territory_resolve);
        if (count.accepted == 0) {
                r = request_decide_whole(guard, actor, "",
                                         ret); /* there was nothing to decide about, or all was refused */
                if (r < 0)
                        return r;
        }
        guard_record(guard, RECORD_CONTROL,
                     format("baseline taken by %s: %zu changes authorised, %zu refused by the policy",
                            actor_describe(actor, described, sizeof described), count.accepted, count.refused),
                     NULL);
        if (count.refused == 0)
                guard_reviewed(guard);
        ret->result =
                json_pack("{s:I, s:I}", "authorised", (json_int_t)count.accepted, "refused", (json_int_t)count.refused);
        return ret->result ? 0 : -ENOMEM;
}

/* ---- ledger-sync ---------------------------------------------------------------------------------------- */

/* The housekeeper does not wait for the disk: who asks does, until as many are written as are posted now. */
int request_ledger_sync(void *userdata, const struct control_peer *peer, json_t *arguments, struct control_answer *ret)
{
        struct guard *guard = userdata;
        struct outbox_progress progress;

        (void)peer;
        (void)arguments;
        housekeeper_settle_notes(guard);
        progress = outbox_progress(&guard->outbox);
        ret->result = json_pack("{s:I, s:I, s:s, s:s}", "posted", (json_int_t)progress.posted, "written",
                                (json_int_t)progress.written, "state", guard->options.state_directory, "policy",
                                guard->options.policy_path);
        return ret->result ? 0 : -ENOMEM;
}
