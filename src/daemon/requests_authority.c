/* Who may say through the control socket what is authorised: the policy decides it, for who asks and for each path. */
#include <limits.h>

#include "requests_internal.h"
#include "unitward/digest.h"
#include "unitward/text.h"
#include "unitward/unit_name.h"
#include "unitward/util.h"

int request_error(struct control_answer *ret, int error, char *text, char *hint)
{
        free(ret->error);
        free(ret->hint);
        ret->error = text ? text_to_utf8(text) : NULL; /* there may be a path in it */
        ret->hint = hint;
        free(text);
        return error;
}

void request_record(struct guard *guard, const struct control_peer *peer, char *message)
{
        guard_record(guard, RECORD_CONTROL,
                     message ? format("%s (uid %u, pid %d)", message, peer->uid, peer->pid) : NULL, NULL);
        free(message);
}

/* The name's own, or those of the directory above, where only some names matter. */
static int subject_place(struct subject *subject)
{
        const struct directory *directory = subject->directory;
        const struct interest *interest;

        subject->zone = directory->zone;
        subject->place = directory->place;
        if (directory->place == PLACE_PARENT) {
                interest = inventory_interest(directory, subject->name);
                if (!interest || interest->kind != INTEREST_FILE)
                        return -ENOENT;
                subject->zone = interest->zone;
                subject->place = interest->place;
        }
        unit_name_of(subject->place, directory->name, subject->name, subject->unit);
        return 0;
}

int subject_find(struct guard *guard, const char *path, struct subject *ret_subject, struct control_answer *ret)
{
        struct subject subject = { .path = path };
        char parent[PATH_MAX];

        subject.name = *path == '/' ? path_split(path, parent, sizeof parent) : NULL;
        if (!subject.name || !*subject.name || streq(subject.name, ".") || streq(subject.name, ".."))
                return request_error(ret, -EINVAL, format("%s: not the absolute path of a name", path),
                                     strdup("expected a path such as /etc/systemd/system/app.service"));
        subject.directory = inventory_directory(&guard->settler.inventory, parent);
        if (!subject.directory || subject_place(&subject) < 0)
                return request_error(ret, -ENOENT, format("%s: not in a place that the policy protects", path),
                                     strdup("name a unit, a drop-in or a directory of drop-ins; what is protected: "
                                            "unitward doctor"));
        *ret_subject = subject;
        return 0;
}

int request_actor(struct guard *guard, const struct control_peer *peer, struct actor **ret_actor,
                  struct control_answer *ret)
{
        _cleanup_actor_ struct actor *actor = NULL;

        if (peer->pidfd >= 0)
                actor = actor_gather(guard_managers(guard), peer->pid, peer->pidfd);
        if (!actor || !actor->known)
                return request_error(ret, -ESRCH, strdup("it cannot be seen who asks"),
                                     strdup("ask again, from outside a container, and wait for the answer"));
        *ret_actor = steal_pointer(actor);
        return 0;
}

/* A refusal is one in audit mode too: what is authorised then is what enforce mode will trust. */
static void record_refusal(struct guard *guard, const struct access *access, struct verdict verdict)
{
        struct record *record = record_new_decided(RECORD_CONTROL, guard->policy, access, verdict);

        if (record) {
                record->mode = MODE_ENFORCE;
                record->hint = strdup("who may: rules of the policy with on = \"approve\"");
        }
        outbox_record(&guard->outbox, record);
}

int request_decide(struct guard *guard, struct actor *actor, const struct subject *subject, struct verdict *ret_verdict,
                   struct control_answer *ret)
{
        const struct access access = {
                .operation = OPERATION_APPROVE,
                .actor = actor,
                .zone = subject->zone,
                .place = subject->place,
                .path = subject->path,
                .unit = subject->unit,
        };
        struct verdict verdict = policy_decide(guard->policy, &access);
        char described[512];

        if (verdict.outcome == OUTCOME_ALLOW) {
                *ret_verdict = verdict;
                return 0;
        }
        record_refusal(guard, &access, verdict);
        return request_error(ret, -EPERM,
                             format("%s: refused by the rule \"%s\" for %s", subject->path, verdict.rule,
                                    actor_describe(actor, described, sizeof described)),
                             strdup(REQUEST_WHO_MAY));
}

/* The strictest zone stands for all. */
static int decide_all(struct guard *guard, struct actor *actor, enum place place, const char *unit,
                      struct control_answer *ret)
{
        struct subject subject = { .path = "/", .zone = 0, .place = place };
        struct verdict verdict;

        (void)string_copy(subject.unit, sizeof subject.unit, unit);
        return request_decide(guard, actor, &subject, &verdict, ret);
}

int request_decide_whole(struct guard *guard, struct actor *actor, const char *unit, struct control_answer *ret)
{
        return decide_all(guard, actor, PLACE_UNITS, unit, ret);
}

int request_decide_restart(struct guard *guard, struct actor *actor, const char *unit, struct control_answer *ret)
{
        return decide_all(guard, actor, PLACE_PROGRAMS, unit, ret);
}

bool request_is_directory(struct guard *guard, const char *path)
{
        const struct directory *directory = inventory_directory(&guard->settler.inventory, path);

        return directory && directory->place != PLACE_PARENT && directory->authorised;
}

static json_t *describe_entry(const struct entry *entry)
{
        bool hashed = entry->kind == ENTRY_FILE && !entry->unfinished;
        const char *state = entry->unfinished ? "unfinished" : entry->expected ? "authorised" : "gone";
        char hex[DIGEST_HEX_SIZE];
        json_t *item = json_pack("{s:s, s:s, s:s*}", "state", state, "kind", entry_kind_name(entry->kind), "sha256",
                                 hashed ? digest_to_hex(&entry->digest, hex) : NULL);

        if (item && entry->target && json_set_bytes(item, "target", entry->target) < 0) {
                json_decref(item);
                return NULL;
        }
        return item;
}

json_t *request_describe(struct guard *guard, const char *path)
{
        const struct entry *entry = inventory_entry_at(&guard->settler.inventory, path);
        json_t *item;

        if (entry)
                item = describe_entry(entry);
        else if (request_is_directory(guard, path))
                item = json_pack("{s:s, s:s}", "state", "authorised", "kind", entry_kind_name(ENTRY_DIRECTORY));
        else
                item = json_pack("{s:s}", "state", "gone");
        if (item && json_set_bytes(item, "path", path) < 0) {
                json_decref(item);
                return NULL;
        }
        return item;
}
