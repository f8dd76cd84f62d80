/* Files of expectations: read in full, or nothing of them counts. */
#include <stddef.h>

#include "../policy/source.h"
#include "expect_internal.h"

struct contents {
        const config_setting_t *actors, *tests;
};

static const struct setting file_settings[] = {
        { .name = "actors", .parse = expect_keep_setting, .offset = offsetof(struct contents, actors) },
        { .name = "tests", .parse = expect_keep_setting, .offset = offsetof(struct contents, tests) },
        { 0 },
};

void expect_keep_setting(struct loader *loader, const config_setting_t *value, const struct setting *setting,
                         void *field)
{
        (void)loader;
        (void)setting;
        *(const config_setting_t **)field = value;
}

/* Tests name actors, wherever in the file these are. */
static void parse_file(struct expect_loader *expect, const config_setting_t *root)
{
        struct loader *loader = &expect->loader;
        struct contents contents = { 0 };

        group_parse(loader, root, file_settings, &contents);
        if (contents.actors)
                expect_actors_parse(expect, contents.actors);
        if (contents.tests)
                expect_tests_parse(expect, contents.tests);
        else if (!report_add(loader->report, true, (struct position){ loader->file, 0 }, NULL,
                             "holds no tests; expected tests = ( { ... }, { ... } );"))
                loader->out_of_memory = true;
}

static const char *keep_name(struct expectations *expectations, const char *path)
{
        char **slot = array_grow(&expectations->files, &expectations->n_files, sizeof *slot);

        if (slot)
                *slot = strdup(path);
        return slot ? *slot : NULL;
}

static void forget_from(struct expectations *expectations, size_t n, size_t n_actors)
{
        while (expectations->n > n)
                expectation_free(expectations->items[--expectations->n]);
        while (expectations->n_actors > n_actors)
                expect_actor_free(expectations->actors[--expectations->n_actors]);
}

static int parse(struct expectations *expectations, struct sources *sources, struct policy_report *report)
{
        struct expect_loader expect = { .loader = { .report = report,
                                                    .flags = POLICY_SKIP_OWNER_CHECK | POLICY_STAND_IN_ACCOUNTS },
                                        .expectations = expectations,
                                        .first_actor = expectations->n_actors };
        size_t n = expectations->n;
        int r = sources_parse(sources, report);

        if (r < 0)
                return r;
        expect.loader.file = keep_name(expectations, sources->items[0].path);
        if (!expect.loader.file)
                return -ENOMEM;
        parse_file(&expect, config_root_setting(&sources->items[0].config));
        if (expect.loader.out_of_memory)
                r = -ENOMEM;
        else if (report_has_errors(report))
                r = -EINVAL;
        if (r < 0)
                forget_from(expectations, n, expect.first_actor);
        return r;
}

int expectations_read(struct expectations *expectations, const char *path, struct policy_report *report)
{
        _cleanup_(sources_done) struct sources sources = { 0 };
        int r;

        *report = (struct policy_report){ 0 };
        r = sources_add_file(&sources, path, POLICY_SKIP_OWNER_CHECK, report);
        return r < 0 ? r : parse(expectations, &sources, report);
}

int expectations_read_text(struct expectations *expectations, const char *name, const char *text,
                           struct policy_report *report)
{
        _cleanup_(sources_done) struct sources sources = { 0 };
        int r;

        *report = (struct policy_report){ 0 };
        r = sources_take_text(&sources, name, text);
        return r < 0 ? r : parse(expectations, &sources, report);
}

void expectations_done(struct expectations *expectations)
{
        forget_from(expectations, 0, 0);
        while (expectations->n_files > 0)
                free(expectations->files[--expectations->n_files]);
        free(expectations->items);
        free(expectations->actors);
        free(expectations->files);
        *expectations = (struct expectations){ 0 };
}
