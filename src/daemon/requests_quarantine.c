/* What the control socket can ask about the quarantine. */
#include <fcntl.h>
#include <limits.h>

#include "requests_internal.h"
#include "unitward/text.h"
#include "unitward/util.h"

int request_quarantine_list(void *userdata, const struct control_peer *peer, json_t *arguments,
                            struct control_answer *ret)
{
        struct guard *guard = userdata;

        (void)peer;
        (void)arguments;
        filer_work(guard, SIZE_MAX);
        return quarantine_list(guard->settler.quarantine, &ret->result);
}

static int id_of(json_t *arguments, struct control_answer *ret, const char **ret_id)
{
        const char *id = json_string_value(json_object_get(arguments, "id"));

        if (!id)
                return request_error(ret, -EINVAL, strdup("which one? an id is needed"),
                                     strdup("see: unitward quarantine list"));
        *ret_id = id;
        return 0;
}

static int not_found(struct control_answer *ret, const char *id, int error)
{
        return request_error(ret, error,
                             format("%s: %s", id, error == -ENOENT ? "not in quarantine" : strerror(-error)),
                             strdup("see: unitward quarantine list"));
}

int request_quarantine_show(void *userdata, const struct control_peer *peer, json_t *arguments,
                            struct control_answer *ret)
{
        struct guard *guard = userdata;
        const char *id = NULL;
        int r = id_of(arguments, ret, &id);

        (void)peer;
        if (r < 0)
                return r;
        filer_work(guard, SIZE_MAX);
        r = quarantine_show(guard->settler.quarantine, id, &ret->result);
        return r < 0 ? not_found(ret, id, r) : 0;
}

/* The path that the evidence names, unless another is asked for. Caller frees. */
static int restore_path(struct guard *guard, json_t *arguments, const char *id, char **ret)
{
        const char *wanted = json_string_value(json_object_get(arguments, "path"));
        _cleanup_free_ char *path = wanted ? strdup(wanted) : NULL;
        json_t *evidence = NULL;
        int r = 0;

        if (!wanted) {
                r = quarantine_show(guard->settler.quarantine, id, &evidence);
                if (r == 0)
                        r = json_get_bytes(evidence, "path", &path);
                json_decref(evidence);
        }
        if (r < 0)
                return r;
        if (!path || *path != '/' || !strrchr(path, '/')[1])
                return -EINVAL;
        *ret = steal_pointer(path);
        return 0;
}

/* Where the path leads, without links on the way: places are known by such paths. */
static int canonical_path(const char *path, char **ret, int *ret_dir)
{
        char parent[PATH_MAX], full[PATH_MAX];
        const char *name = path_split(path, parent, sizeof parent);
        _cleanup_close_ int dir = name ? open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
        ssize_t n;

        if (!name)
                return -ENAMETOOLONG;
        n = dir < 0 ? -1 : readlink(fd_path(dir).text, parent, sizeof parent - 1);
        if (n < 0)
                return -errno;
        parent[n] = '\0';
        if (!path_join(full, sizeof full, parent, name))
                return -ENAMETOOLONG;
        *ret = strdup(full);
        if (!*ret)
                return -ENOMEM;
        *ret_dir = steal_fd(&dir);
        return 0;
}

/* In a protected place it is authorised with it, by who may do that: the next settling must not take it away. */
static int restore(struct guard *guard, const struct control_peer *peer, const char *id, const char *path,
                   struct control_answer *ret)
{
        _cleanup_actor_ struct actor *actor = NULL;
        _cleanup_free_ char *canonical = NULL;
        struct authority authority = { .source = "quarantine-restore", .deed = "restored from quarantine" };
        struct control_answer unprotected = { 0 };
        _cleanup_close_ int dir = -1;
        struct subject subject;
        bool is_protected;
        int r = canonical_path(path, &canonical, &dir);

        if (r < 0)
                return r;
        is_protected = subject_find(guard, canonical, &subject, &unprotected) == 0;
        free(unprotected.error);
        free(unprotected.hint);
        if (is_protected) {
                r = request_actor(guard, peer, &actor, ret);
                if (r == 0)
                        r = request_decide(guard, actor, &subject, &authority.verdict, ret);
        }
        if (r == 0)
                r = quarantine_restore(guard->settler.quarantine, id, dir, strrchr(canonical, '/') + 1);
        if (r < 0 || !is_protected)
                return r;
        authority.actor = actor;
        return settle_authorise(&guard->settler, subject.directory, subject.name, &authority);
}

int request_quarantine_restore(void *userdata, const struct control_peer *peer, json_t *arguments,
                               struct control_answer *ret)
{
        struct guard *guard = userdata;
        _cleanup_free_ char *path = NULL;
        const char *id = NULL;
        int r = id_of(arguments, ret, &id);

        if (r < 0)
                return r;
        filer_work(guard, SIZE_MAX);
        r = restore_path(guard, arguments, id, &path);
        if (r < 0)
                return not_found(ret, id, r);
        r = restore(guard, peer, id, path, ret);
        if (r < 0 && ret->error)
                return r;
        if (r < 0)
                return request_error(ret, r, format("%s cannot be put back to %s: %s", id, path, strerror(-r)),
                                     strdup(r == -EEXIST ? "something is there; choose another path with --to"
                                                         : "it is still in quarantine"));
        request_record(guard, peer, format("restored %s from quarantine to %s", id, path));
        ret->result = json_pack("{s:s}", "id", id);
        return ret->result ? json_set_bytes(ret->result, "path", path) : -ENOMEM;
}

/* "20261123T091837...": ids sort by age and begin with their day. */
static bool is_older(const char *id, json_int_t days)
{
        time_t limit = (time_t)(now_realtime_usec() / 1000000u) - (time_t)days * 86400;
        char text[32];
        struct tm tm;

        if (!gmtime_r(&limit, &tm) || strftime(text, sizeof text, "%Y%m%dT%H%M%S", &tm) == 0)
                return false;
        return strncmp(id, text, strlen(text)) < 0;
}

static int purge_many(struct guard *guard, json_t *arguments, json_int_t *ret_n)
{
        json_t *older = json_object_get(arguments, "older_than_days"), *all = NULL, *evidence;
        size_t index;
        int r;

        if (!json_is_true(json_object_get(arguments, "all")) && !json_is_integer(older))
                return -EINVAL;
        r = quarantine_list(guard->settler.quarantine, &all);
        if (r < 0)
                return r;
        json_array_foreach(all, index, evidence) {
                const char *id = json_string_value(json_object_get(evidence, "id"));

                if (!id || (older && !is_older(id, json_integer_value(older))))
                        continue;
                r = quarantine_purge(guard->settler.quarantine, id);
                if (r < 0)
                        break;
                (*ret_n)++;
        }
        json_decref(all);
        return r;
}

int request_quarantine_purge(void *userdata, const struct control_peer *peer, json_t *arguments,
                             struct control_answer *ret)
{
        struct guard *guard = userdata;
        const char *id = json_string_value(json_object_get(arguments, "id"));
        json_int_t n = 0;
        int r;

        filer_work(guard, SIZE_MAX);
        r = id ? quarantine_purge(guard->settler.quarantine, id) : purge_many(guard, arguments, &n);

        if (r < 0)
                return not_found(ret, id ? id : "nothing was named", r);
        n += id != NULL;
        request_record(guard, peer,
                       id ? format("purged %s from quarantine", id)
                          : format("purged %lld from quarantine", (long long)n));
        ret->result = json_pack("{s:I}", "purged", n);
        return ret->result ? 0 : -ENOMEM;
}
