#include "posture.h"
#include "unitward/text.h"
#include "unitward/util.h"

static const char *const kinds[] = {
        [MEND_NOTHING] = "nothing",
        [MEND_CHMOD] = "chmod",
        [MEND_CHOWN] = "chown",
        [MEND_REMOVE_ACL] = "remove-acl",
        [MEND_REMOVE_LINK] = "remove-link",
        [MEND_COMMAND] = "command",
};

static json_t *texts_to_json(char *const *texts, size_t n)
{
        json_t *array = json_array();

        for (size_t i = 0; i < n; i++) {
                char *text = text_to_utf8(texts[i]);

                json_array_append_new(array, json_string(text ? text : ""));
                free(text);
        }
        return array;
}

static size_t count(char *const *words)
{
        size_t n = 0;

        while (words && words[n])
                n++;
        return n;
}

static json_t *mend_to_json(const struct mend *mend)
{
        _cleanup_free_ char *text = posture_command_text(mend);
        json_t *json =
                json_pack("{s:s, s:b, s:s?}", "kind", kinds[mend->kind], "safe", mend->safe, "advice", mend->advice);

        if (!mend->argv)
                return json;
        json_object_set_new(json, "argv", texts_to_json(mend->argv, count(mend->argv)));
        (void)json_set_bytes(json, "command", text ? text : "");
        return json;
}

static json_t *name_to_json(const char *name, id_t id)
{
        json_t *json = json_pack("{s:I}", "id", (json_int_t)id);

        if (name)
                (void)json_set_bytes(json, "name", name);
        return json;
}

static json_t *people_to_json(const struct posture *posture, const struct people *people)
{
        _cleanup_free_ char *text = people_text(posture, people);
        json_t *users = json_array(), *groups = json_array(), *json;

        for (size_t i = 0; i < people->n_users; i++) {
                const struct account *account = posture_account_of(posture, people->users[i]);

                json_array_append_new(users, name_to_json(account ? account->name : NULL, people->users[i]));
        }
        for (size_t i = 0; i < people->n_groups; i++)
                json_array_append_new(groups,
                                      name_to_json(posture_group_name(posture, people->groups[i]), people->groups[i]));
        json = json_pack("{s:b, s:o, s:o}", "everybody", people->everybody, "users", users, "groups", groups);
        (void)json_set_bytes(json, "text", text ? text : "");
        return json;
}

static json_t *accepted_to_json(const struct finding *finding)
{
        const struct policy_accepted *accepted = finding->accepted;
        json_t *json;

        if (!accepted)
                return json_null();
        json = json_pack("{s:s, s:b, s:I}", "until", accepted->until, "expired", finding->expired, "line",
                         (json_int_t)accepted->line);
        (void)json_set_bytes(json, "reason", accepted->reason);
        (void)json_set_bytes(json, "file", accepted->file);
        return json;
}

static json_t *finding_to_json(const struct posture *posture, const struct finding *finding)
{
        json_t *json = json_pack("{s:s, s:s, s:b, s:o, s:o, s:I, s:o, s:o}", "check",
                                 posture_check_name(finding->check), "severity", severity_name(finding->severity),
                                 "counts", finding_counts(finding), "who", people_to_json(posture, &finding->who),
                                 "units", texts_to_json(finding->units, finding->n_units), "more_units",
                                 (json_int_t)finding->more_units, "accepted", accepted_to_json(finding), "mend",
                                 mend_to_json(&finding->mend));

        (void)json_set_bytes(json, "path", finding->path);
        (void)json_set_bytes(json, "what", finding->what);
        return json;
}

static json_t *unseen_to_json(const struct posture *posture)
{
        json_t *array = json_array();

        for (size_t i = 0; i < posture_n_unseen(posture); i++) {
                const struct unseen *unseen = posture_unseen_at(posture, i);
                json_t *json = json_pack("{s:s}", "why", strerror(unseen->error));

                (void)json_set_bytes(json, "path", unseen->path);
                json_array_append_new(array, json);
        }
        return array;
}

json_t *posture_to_json(const struct posture *posture)
{
        const struct posture_sums sums = posture_sums(posture);
        json_t *findings = json_array();

        for (size_t i = 0; i < posture_n_findings(posture); i++)
                json_array_append_new(findings, finding_to_json(posture, posture_finding(posture, i)));
        return json_pack("{s:o, s:o, s:I, s:I, s:I}", "findings", findings, "unseen", unseen_to_json(posture), "units",
                         (json_int_t)sums.units, "reachable", (json_int_t)sums.reachable, "files",
                         (json_int_t)sums.files);
}
