/* What the tests of decisions share: made-up actors, policies from text. Included by each of them. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "../../src/policy/policy_internal.h"

/* One process, as a row of a table says it; ids are inodes of made-up programs. */
struct who {
        const char *exe, *unit; /* existing programs; NULL: unset */
        const char *parent_exe, *parent_unit;
        uid_t uid, login_uid;
        gid_t gid, group;
        const char *label;
        bool manager, user_manager, unknown;
};

static inline struct actor make_actor(const struct who *who)
{
        static char buffers[4][256];
        struct actor actor = {
                .references = 1,
                .known = !who->unknown,
                .manager = who->manager,
                .user_manager = who->user_manager,
                .uid = who->uid,
                .gid = who->gid,
                .login_uid = who->login_uid,
                .n_groups = 1,
                .groups = { who->group },
                .n_ancestry = 3,
        };
        const char *exes[] = { who->exe, who->parent_exe }, *units[] = { who->unit, who->parent_unit };

        for (size_t i = 0; i < 2; i++) {
                struct stat st;

                if (exes[i]) {
                        assert_int_equal(stat(exes[i], &st), 0);
                        actor.ancestry[i].exe = file_id_of(&st);
                }
                if (units[i]) {
                        (void)string_copy(buffers[i], sizeof buffers[i], units[i]);
                        actor.ancestry[i].unit = buffers[i];
                }
        }
        if (who->label) {
                (void)string_copy(buffers[2], sizeof buffers[2], who->label);
                actor.label = buffers[2];
        }
        return actor;
}

static inline struct policy *load(const char *text)
{
        struct policy_report report;
        struct policy *policy = NULL;
        int r = policy_load_text("test.conf", text, POLICY_SKIP_OWNER_CHECK, &policy, &report);

        for (size_t i = 0; r < 0 && i < report.n_findings; i++)
                print_message("%s\n", report.findings[i].text);
        policy_report_done(&report);
        assert_int_equal(r, 0);
        return policy;
}
