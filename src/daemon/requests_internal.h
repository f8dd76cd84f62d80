/* Between the files of requests: requests.c answers what concerns the daemon, requests_quarantine.c the evidence,
 * requests_ledger.c what is authorised, requests_mode.c the mode, requests_install.c and requests_import.c what is
 * brought along, requests_metrics.c what is counted, requests_repair.c what posture puts right, requests_stop.c the end. Handlers as struct control_command has them. */
#pragma once

#include "guard_internal.h"

int request_status(void *userdata, const struct control_peer *peer, json_t *arguments, struct control_answer *ret);
int request_metrics(void *userdata, const struct control_peer *peer, json_t *arguments, struct control_answer *ret);
int request_quarantine_list(void *userdata, const struct control_peer *peer, json_t *arguments,
                            struct control_answer *ret);
int request_quarantine_show(void *userdata, const struct control_peer *peer, json_t *arguments,
                            struct control_answer *ret);
int request_quarantine_restore(void *userdata, const struct control_peer *peer, json_t *arguments,
                               struct control_answer *ret);
int request_quarantine_purge(void *userdata, const struct control_peer *peer, json_t *arguments,
                             struct control_answer *ret);
int request_approve(void *userdata, const struct control_peer *peer, json_t *arguments, struct control_answer *ret);
int request_revoke(void *userdata, const struct control_peer *peer, json_t *arguments, struct control_answer *ret);
int request_ledger_sync(void *userdata, const struct control_peer *peer, json_t *arguments,
                        struct control_answer *ret);
int request_install(void *userdata, const struct control_peer *peer, json_t *arguments, struct control_answer *ret);
int request_ledger_import(void *userdata, const struct control_peer *peer, json_t *arguments,
                          struct control_answer *ret);
int request_baseline_take(void *userdata, const struct control_peer *peer, json_t *arguments,
                          struct control_answer *ret);
int request_repair(void *userdata, const struct control_peer *peer, json_t *arguments, struct control_answer *ret);
int request_repair_undo(void *userdata, const struct control_peer *peer, json_t *arguments,
                        struct control_answer *ret);
int request_stop(void *userdata, const struct control_peer *peer, json_t *arguments, struct control_answer *ret);
int request_enforce(void *userdata, const struct control_peer *peer, json_t *arguments, struct control_answer *ret);
int request_audit(void *userdata, const struct control_peer *peer, json_t *arguments, struct control_answer *ret);
int request_confirm(void *userdata, const struct control_peer *peer, json_t *arguments, struct control_answer *ret);

/* Also on the socket that is for everybody. */
int request_boot_check(void *userdata, const struct control_peer *peer, json_t *arguments, struct control_answer *ret);

/* Contents that came with a request as its file number index: a memfd with all its seals, so that nobody changes it
 * while it is read. Caller frees. -EINVAL: not such a file; -EFBIG: longer than max. */
int request_contents(const struct control_peer *peer, size_t index, size_t max, char **ret, size_t *ret_size);

#define REQUEST_WHO_MAY                                                                                                \
        "who may say what is authorised: the rules with on = \"approve\" in /etc/unitward; log in as one of them, or "  \
        "add such a rule"

/* Fills the answer's error and hint (both taken) and returns error. */
int request_error(struct control_answer *ret, int error, char *text, char *hint);

/* RECORD_CONTROL with who asked; message is taken. */
void request_record(struct guard *guard, const struct control_peer *peer, char *message);

/* A protected name that a request is about. */
struct subject {
        struct directory *directory;
        const char *name;      /* in path */
        const char *path;
        int zone;
        enum place place;
        char unit[256];
};

/* By its canonical path. -ENOENT and the answer says so when nothing protects it. */
int subject_find(struct guard *guard, const char *path, struct subject *ret_subject, struct control_answer *ret);

/* Who asks, looked at now: not who once had that process id. -ESRCH and the answer when he is gone. The caller
 * gives the reference back. */
int request_actor(struct guard *guard, const struct control_peer *peer, struct actor **ret_actor,
                  struct control_answer *ret);

/* Whether the policy lets the actor say what is authorised there. A refusal is recorded and answered: -EPERM. */
int request_decide(struct guard *guard, struct actor *actor, const struct subject *subject,
                   struct verdict *ret_verdict, struct control_answer *ret);

/* The same for what concerns all of it, the path "/"; unit: which unit it is about, "" when none. */
int request_decide_whole(struct guard *guard, struct actor *actor, const char *unit, struct control_answer *ret);

/* The same for the daemon's restart: PLACE_PROGRAMS instead of PLACE_UNITS, so that a rule can permit it alone. */
int request_decide_restart(struct guard *guard, struct actor *actor, const char *unit, struct control_answer *ret);

/* An authorised directory. */
bool request_is_directory(struct guard *guard, const char *path);

/* {state: "authorised", "unfinished" (somebody writes it still) or "gone", path, kind, sha256, target}; NULL: no
 * memory. */
json_t *request_describe(struct guard *guard, const char *path);

/* requests_starts.c: the status' part about what managers start. */
json_t *request_starts_json(struct guard *guard, json_t *problems);

static inline void actor_unref_pointer(struct actor **actor) { (void)actor_unref(*actor); }
#define _cleanup_actor_ _cleanup_(actor_unref_pointer)
