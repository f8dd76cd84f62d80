/* On settle_fixture.h: a unit, a drop-in for it and a link that enables it, authorised. */
#pragma once

#include "settle_fixture.h"

static const char unit[] = "[Service]\nExecStart=/bin/true\n";
static const char evil[] = "[Service]\nExecStart=/bin/sh -c 'evil'\n";

static inline int authorised_setup(void **state)
{
        struct fixture *fixture;

        fixture_setup(state);
        fixture = *state;
        write_text(fixture->dir, "cron.service", unit);
        assert_int_equal(mkdirat(fixture->dir, "cron.service.d", 0755), 0);
        write_text(fixture->dir, "cron.service.d/10-harden.conf", "[Service]\nNoNewPrivileges=yes\n");
        assert_int_equal(mkdirat(fixture->dir, "multi-user.target.wants", 0755), 0);
        assert_int_equal(symlinkat("../cron.service", fixture->dir, "multi-user.target.wants/cron.service"), 0);
        take_baseline(fixture);
        return 0;
}

static inline void plant_directory(int dir, const char *name)
{
        _cleanup_free_ char *inside = format("%s/10-evil.conf", name);

        assert_int_equal(mkdirat(dir, name, 0755), 0);
        write_text(dir, inside, evil);
}

/* The unit is on the disk, in the inventory and in the ledger as it was authorised. */
static inline void assert_whole(struct fixture *fixture)
{
        const struct entry *entry = entry_of(fixture, "cron.service");
        struct stat st;

        assert_non_null(entry);
        assert_int_equal(entry->state, ENTRY_AUTHORISED);
        assert_true(entry->expected);
        assert_int_equal(fstatat(fixture->dir, "cron.service", &st, AT_SYMLINK_NOFOLLOW), 0);
        assert_int_equal(st.st_mode, S_IFREG | 0644);
        assert_text(fixture->dir, "cron.service", unit);
        assert_true(file_id_equal(entry->signature.id, file_id_of(&st)));
        assert_true(in_ledger(fixture, "cron.service"));
}

#define test_on_authorised(test) cmocka_unit_test_setup_teardown(test, authorised_setup, fixture_teardown)
