/* unitward posture --fix and --undo: owner, mode, attributes and links of what is protected are put right by the
 * daemon, and authorised as they are then, in one step: whoever did it himself would see it undone. What nothing
 * protects is left to who asks. All of it is decided, and what is there is written down, before the first change. */
#include "requests_internal.h"
#include "unitward/repair.h"
#include "unitward/util.h"

struct item {
        struct subject subject;
        bool ours;         /* protected; otherwise the rest is not set */
        const char *state; /* for the answer */
        int error;         /* negative errno */
};

struct job {
        struct guard *guard;
        struct actor *actor;
        char *directory; /* of what is written down */
        const char *id;
        size_t n;
        struct repair *repairs;
        struct item *items;
};

static void job_done(struct job *job)
{
        repairs_free(job->repairs, job->n);
        free(job->items);
        free(job->directory);
        (void)actor_unref(job->actor);
}

/* ---- What it is about ------------------------------------------------------------------------------------- */

/* A directory that the policy itself names is settled as the name "." in it. */
static bool find_root(const struct job *job, const char *path, struct subject *ret)
{
        struct directory *directory = inventory_directory(&job->guard->settler.inventory, path);

        if (!directory || !directory->present || directory->place == PLACE_PARENT || directory->place == PLACE_STATE)
                return false;
        *ret = (struct subject){
                .directory = directory, .name = ".", .path = path, .zone = directory->zone, .place = directory->place
        };
        return true;
}

static bool find(const struct job *job, const char *path, struct subject *ret)
{
        struct control_answer nothing = { 0 };
        int r;

        if (find_root(job, path, ret))
                return true;
        r = subject_find(job->guard, path, ret, &nothing);
        free(nothing.error);
        free(nothing.hint);
        return r == 0 && ret->place != PLACE_STATE;
}

static int job_begin(struct job *job, const struct control_peer *peer, const json_t *arguments,
                     struct control_answer *ret)
{
        job->id = json_string_value(json_object_get(arguments, "id"));
        job->directory = format("%s/posture", job->guard->options.state_directory);
        if (!job->directory)
                return -ENOMEM;
        if (!job->id || !repair_id_is_valid(job->id))
                return request_error(ret, -EINVAL, strdup("there is no id, or not such a one"),
                                     strdup("see: unitward posture --help"));
        return request_actor(job->guard, peer, &job->actor, ret);
}

static int decide_all(struct job *job, struct control_answer *ret)
{
        int r = 0;

        job->items = calloc(job->n, sizeof *job->items);
        if (!job->items)
                return -ENOMEM;
        housekeeper_settle_notes(job->guard);
        for (size_t i = 0; r == 0 && i < job->n; i++) {
                struct item *item = &job->items[i];
                struct verdict verdict;

                item->state = "elsewhere";
                item->ours = find(job, job->repairs[i].path, &item->subject);
                if (item->ours)
                        r = request_decide(job->guard, job->actor, &item->subject, &verdict, ret);
        }
        return r;
}

/* ---- Doing it --------------------------------------------------------------------------------------------- */

static const struct entry *entry_of(const struct item *item)
{
        return streq(item->subject.name, ".") ? NULL : inventory_entry(item->subject.directory, item->subject.name);
}

/* What is only tolerated does not become authorised by a better mode. */
static bool is_authorised(const struct job *job, size_t i)
{
        const struct entry *entry = entry_of(&job->items[i]);

        if (entry)
                return entry->expected && entry->state == ENTRY_AUTHORISED;
        return request_is_directory(job->guard, job->repairs[i].path) || !job->repairs[i].before.exists;
}

/* The contents that were authorised, and no others: where they are known, and root's alone afterwards. */
static bool contents_known(const struct entry *entry, const struct repair_state *after)
{
        return entry && entry->kind == ENTRY_FILE && !entry->unfinished && after->exists && after->uid == 0 &&
               !(after->mode & 06022) && entry->size <= OBSERVE_HASH_MAX;
}

static int repair_one(const struct job *job, size_t i)
{
        const struct item *item = &job->items[i];
        const struct entry *entry = entry_of(item);
        struct authority authority = { .source = "approve", .deed = "repaired", .actor = job->actor };
        struct digest digest;
        bool authorise = is_authorised(job, i);
        int r;

        if (contents_known(entry, &job->repairs[i].after)) {
                digest = entry->digest;
                authority.digest = &digest;
        }
        r = repair_apply(&job->repairs[i]);
        return r < 0 || !authorise ? r
                                   : settle_authorise(&job->guard->settler, item->subject.directory, item->subject.name,
                                                      &authority);
}

static int repair_all(struct job *job, const struct control_peer *peer, const char *deed, struct control_answer *ret)
{
        json_t *list = json_array();
        size_t n = 0;

        for (size_t i = 0; i < job->n; i++) {
                struct item *item = &job->items[i];

                if (item->ours) {
                        item->error = repair_one(job, i);
                        item->state = item->error < 0 ? "failed" : "done";
                        n += item->error == 0;
                }
                if (json_array_append_new(list, json_pack("{s:s, s:i}", "state", item->state, "errno", -item->error)) <
                    0) {
                        json_decref(list);
                        return -ENOMEM;
                }
        }
        request_record(job->guard, peer,
                       format("posture: %s of %zu owners, modes, access lists and links, %zu of them protected: %s",
                              deed, job->n, n, job->id));
        ret->result = list;
        return list ? 0 : -ENOMEM;
}

/* ---- Requests --------------------------------------------------------------------------------------------- */

static int read_repairs(struct job *job, const struct control_peer *peer, struct control_answer *ret)
{
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r = request_contents(peer, 0, REPAIR_LOG_MAX, &text, &size);

        if (r == 0)
                r = repairs_parse(text, size, &job->repairs, &job->n);
        return r == 0 || r == -ENOMEM ? r
                                      : request_error(ret, r, strdup("what is to be repaired did not come along"),
                                                      strdup("use unitward(1) of the daemon's version"));
}

int request_repair(void *userdata, const struct control_peer *peer, json_t *arguments, struct control_answer *ret)
{
        _cleanup_(job_done) struct job job = { .guard = userdata };
        int r = job_begin(&job, peer, arguments, ret);

        if (r == 0)
                r = read_repairs(&job, peer, ret);
        if (r == 0)
                r = decide_all(&job, ret);
        if (r < 0)
                return r;
        r = repair_log_write(job.directory, job.id, job.repairs, job.n);
        if (r < 0)
                return request_error(
                        ret, r, format("%s: what is there now cannot be written down: %s", job.directory, strerror(-r)),
                        strdup("nothing was changed; make room where the state directory is"));
        return repair_all(&job, peer, "repair", ret);
}

/* done: what is elsewhere has been put back as well. */
int request_repair_undo(void *userdata, const struct control_peer *peer, json_t *arguments, struct control_answer *ret)
{
        _cleanup_(job_done) struct job job = { .guard = userdata };
        int r = job_begin(&job, peer, arguments, ret);

        if (r == 0)
                r = repair_log_read(job.directory, job.id, &job.repairs, &job.n);
        if (r < 0 && !ret->error)
                return request_error(ret, r, format("%s/%s.json: %s", job.directory, job.id, strerror(-r)),
                                     strdup("see: unitward posture --undo=list"));
        if (r == 0)
                r = decide_all(&job, ret);
        if (r < 0)
                return r;
        if (json_is_true(json_object_get(arguments, "done"))) {
                r = repair_log_undone(job.directory, job.id);
                ret->result = r < 0 ? NULL : json_object();
                return r;
        }
        for (size_t i = 0; i < job.n; i++)
                repair_reverse(&job.repairs[i]);
        return repair_all(&job, peer, "undoing the repair", ret);
}
