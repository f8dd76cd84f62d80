#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "unitward/ledger_text.h"
#include "unitward/util.h"

static const unsigned char acl[] = "user.note\0\4\0\0\0abcd";

static const struct ledger_entry entries[] = {
        { .path = "/etc/systemd/system",
          .kind = ENTRY_DIRECTORY,
          .mode = 0755,
          .bare = true,
          .source = "baseline",
          .rule = "",
          .by = "" },
        { .path = "/etc/systemd/system/a\tb\\x2d\n\xff.service",
          .kind = ENTRY_FILE,
          .mode = 04644,
          .uid = 1000,
          .gid = 4294967294u,
          .attributes = acl,
          .attributes_size = sizeof acl - 1,
          .size = UINT64_C(1) << 40,
          .mtime_nsec = -1,
          .ctime_nsec = 1764000000123456789,
          .id.inode = 42,
          .digest.bytes = { 0xab, 0xcd },
          .source = "actor",
          .rule = "packages-own-units",
          .by = "/usr/bin/dpkg (pid 12), by root",
          .since_usec = 1764000000123456 },
        { .path = "/etc/systemd/system/z.service",
          .kind = ENTRY_LINK,
          .mode = 0777,
          .bare = false,
          .target = "-",
          .source = "approve",
          .rule = "-",
          .by = "-" },
};

static char *write_text(bool signatures, size_t *ret_size)
{
        struct ledger_text_writer *writer;
        char *text = NULL;
        FILE *stream = open_memstream(&text, ret_size);

        assert_non_null(stream);
        assert_int_equal(ledger_text_begin(stream, signatures, &writer), 0);
        assert_int_equal(ledger_text_header(writer, "mode", "en\nforce \\"), 0);
        for (size_t i = 0; i < ARRAY_SIZE(entries); i++)
                assert_int_equal(ledger_text_entry(writer, &entries[i]), 0);
        assert_int_equal(ledger_text_end(writer, NULL), 0);
        (void)fclose(stream);
        return text;
}

struct seen {
        size_t n_headers, n_entries;
        bool signatures;
        struct ledger_text_writer *copy;
};

static int see_header(void *userdata, const char *key, const char *value)
{
        struct seen *seen = userdata;

        assert_string_equal(key, "mode");
        assert_string_equal(value, "en\nforce \\");
        seen->n_headers++;
        return seen->copy ? ledger_text_header(seen->copy, key, value) : 0;
}

static int see_entry(void *userdata, const struct ledger_entry *entry)
{
        struct seen *seen = userdata;
        const struct ledger_entry *expected = &entries[seen->n_entries++];

        assert_string_equal(entry->path, expected->path);
        assert_int_equal(entry->kind, expected->kind);
        assert_int_equal(entry->mode, expected->mode);
        assert_int_equal(entry->uid, expected->uid);
        assert_int_equal(entry->gid, expected->gid);
        assert_int_equal(entry->bare, expected->bare);
        assert_int_equal(entry->attributes_size, expected->attributes_size);
        assert_memory_equal(entry->attributes ? entry->attributes : acl, acl, expected->attributes_size);
        assert_int_equal(entry->size, expected->size);
        assert_memory_equal(&entry->digest, &expected->digest, sizeof expected->digest);
        assert_string_equal(entry->target ? entry->target : "none", expected->target ? expected->target : "none");
        assert_string_equal(entry->source, expected->source);
        assert_string_equal(entry->rule, expected->rule);
        assert_string_equal(entry->by, expected->by);
        assert_int_equal(entry->since_usec, expected->since_usec);
        if (seen->signatures) {
                assert_int_equal(entry->id.inode, expected->id.inode);
                assert_int_equal(entry->mtime_nsec, expected->mtime_nsec);
                assert_int_equal(entry->ctime_nsec, expected->ctime_nsec);
        }
        return seen->copy ? ledger_text_entry(seen->copy, entry) : 0;
}

static struct ledger_text_handler handler_of(struct seen *seen)
{
        return (struct ledger_text_handler){ see_header, see_entry, seen };
}

static void test_comes_back(void **state)
{
        (void)state;
        for (int signatures = 0; signatures < 2; signatures++) {
                size_t size, copied_size;
                _cleanup_free_ char *text = write_text(signatures, &size), *copied = NULL;
                FILE *stream = open_memstream(&copied, &copied_size);
                struct seen seen = { .signatures = signatures };
                const struct ledger_text_handler handler = handler_of(&seen);

                assert_int_equal(ledger_text_begin(stream, signatures, &seen.copy), 0);
                assert_int_equal(ledger_text_read(text, size, &handler, NULL), 0);
                assert_int_equal(ledger_text_end(seen.copy, NULL), 0);
                (void)fclose(stream);
                assert_int_equal(seen.n_headers, 1);
                assert_int_equal(seen.n_entries, ARRAY_SIZE(entries));
                assert_int_equal(copied_size, size);
                assert_memory_equal(copied, text, size);
        }
}

static void test_empty(void **state)
{
        static const struct ledger_text_handler nothing;
        struct ledger_text_writer *writer;
        _cleanup_free_ char *text = NULL;
        struct digest digest = { { 0 } };
        size_t size;
        FILE *stream = open_memstream(&text, &size);

        (void)state;
        assert_int_equal(ledger_text_begin(stream, false, &writer), 0);
        assert_int_equal(ledger_text_end(writer, &digest), 0);
        (void)fclose(stream);
        assert_true(starts_with(text, "unitward-ledger 1\n\nsha256 "));
        assert_int_not_equal(digest.bytes[0] | digest.bytes[1] | digest.bytes[2], 0);
        assert_int_equal(ledger_text_read(text, size, &nothing, NULL), 0);
}

/* Any one byte changed or cut off: nothing of it is believed. */
static void test_damage(void **state)
{
        size_t size;
        _cleanup_free_ char *text = write_text(true, &size);
        struct seen seen = { 0 };
        const struct ledger_text_handler handler = handler_of(&seen);

        (void)state;
        for (size_t i = 0; i < size; i++) {
                _cleanup_free_ char *why = NULL;

                text[i] ^= 1;
                assert_int_equal(ledger_text_read(text, size, &handler, &why), -EBADMSG);
                assert_non_null(why);
                text[i] ^= 1;
        }
        for (size_t i = 0; i < size; i++)
                assert_int_equal(ledger_text_read(text, i, &handler, NULL), -EBADMSG);
        assert_int_equal(seen.n_headers + seen.n_entries, 0);
}

/* With a digest that fits: what is wrong is named. */
static void refuse(const char *body, int error, const char *reason)
{
        struct seen seen = { 0 };
        const struct ledger_text_handler handler = handler_of(&seen);
        _cleanup_free_ char *text = NULL, *why = NULL;
        char hex[DIGEST_HEX_SIZE];
        struct digest digest;

        digest_buffer(body, strlen(body), &digest);
        text = format("%ssha256 %s\n", body, digest_to_hex(&digest, hex));
        assert_non_null(text);
        assert_int_equal(ledger_text_read(text, strlen(text), &handler, &why), error);
        assert_non_null(why);
        if (!starts_with(why, reason))
                fail_msg("expected \"%s...\", got \"%s\"", reason, why);
        assert_int_equal(seen.n_headers + seen.n_entries, 0);
}

#define HEAD "unitward-ledger 1\n\n"
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define TIME "2026-11-23T09:18:37.123456Z"
#define TAIL "\t" TIME "\tactor\t-\t-\n"

static void test_refusals(void **state)
{
        (void)state;
        refuse("something-else 1\n\n", -EBADMSG, "line 1: expected unitward-ledger 1");
        refuse("unitward-ledger 2\n\n", -EPROTO, "line 1: a later version");
        refuse("unitward-ledger 1\n", -EBADMSG, "line 1: expected an empty line");
        refuse("unitward-ledger 1\nmode\n\n", -EBADMSG, "line 2: expected a header");
        refuse("unitward-ledger 1\nmode x\\\n\n", -EBADMSG, "line 2: expected a header");
        refuse(HEAD "file\n", -EBADMSG, "line 3: expected 11 fields");
        refuse(HEAD "file\t0644\t0:0\t1\t" ZEROS "\t-\t/a" TAIL "\n", -EBADMSG, "line 4: expected 11 fields");
        refuse(HEAD "fifo\t0644\t0:0\t1\t" ZEROS "\t-\t/a" TAIL, -EBADMSG, "line 3: type:");
        refuse(HEAD "file\t0648\t0:0\t1\t" ZEROS "\t-\t/a" TAIL, -EBADMSG, "line 3: mode:");
        refuse(HEAD "file\t10644\t0:0\t1\t" ZEROS "\t-\t/a" TAIL, -EBADMSG, "line 3: mode:");
        refuse(HEAD "file\t0644\t0\t1\t" ZEROS "\t-\t/a" TAIL, -EBADMSG, "line 3: owner:");
        refuse(HEAD "file\t0644\t0:4294967295\t1\t" ZEROS "\t-\t/a" TAIL, -EBADMSG, "line 3: owner:");
        refuse(HEAD "file\t0644\t0:0\t-1\t" ZEROS "\t-\t/a" TAIL, -EBADMSG, "line 3: size:");
        refuse(HEAD "link\t0644\t0:0\t1\tx\t-\t/a" TAIL, -EBADMSG, "line 3: size:");
        refuse(HEAD "file\t0644\t0:0\t1\tabc\t-\t/a" TAIL, -EBADMSG, "line 3: content:");
        refuse(HEAD "directory\t0644\t0:0\t-\tabc\t-\t/a" TAIL, -EBADMSG, "line 3: content:");
        refuse(HEAD "file\t0644\t0:0\t1\t" ZEROS "\tabc\t/a" TAIL, -EBADMSG, "line 3: attributes:");
        refuse(HEAD "file\t0644\t0:0\t1\t" ZEROS "\t-\ta" TAIL, -EBADMSG, "line 3: path:");
        refuse(HEAD "file\t0644\t0:0\t1\t" ZEROS "\t-\t/a\\x00b" TAIL, -EBADMSG, "line 3: path:");
        refuse(HEAD "file\t0644\t0:0\t1\t" ZEROS "\t-\t/a\\x4" TAIL, -EBADMSG, "line 3: path:");
        refuse(HEAD "file\t0644\t0:0\t1\t" ZEROS "\t-\t/a\tnow\tactor\t-\t-\n", -EBADMSG, "line 3: since:");
        refuse(HEAD "file\t0644\t0:0\t1\t" ZEROS "\t-\t/a\t" TIME "\t-\t-\t-\n", -EBADMSG, "line 3: source:");
        refuse(HEAD "file\t0644\t0:0\t1\t" ZEROS "\t-\t/a\t" TIME "\tactor\t-\t-\t1\t2\tx\n", -EBADMSG,
               "line 3: expected inode");
        refuse(HEAD "file\t0644\t0:0\t1\t" ZEROS "\t-\t/b" TAIL "file\t0644\t0:0\t1\t" ZEROS "\t-\t/b" TAIL, -EBADMSG,
               "line 4: path: expected the entries in the order");
}

static int stop(void *userdata, const struct ledger_entry *entry)
{
        (void)userdata;
        (void)entry;
        return -ECANCELED;
}

static void test_handler_stops(void **state)
{
        const struct ledger_text_handler handler = { NULL, stop, NULL };
        size_t size;
        _cleanup_free_ char *text = write_text(false, &size), *why = NULL;

        (void)state;
        assert_int_equal(ledger_text_read(text, size, &handler, &why), -ECANCELED);
        assert_null(why);
}

static void test_full_disk(void **state)
{
        struct ledger_text_writer *writer;
        FILE *full = fopen("/dev/full", "we");

        (void)state;
        assert_non_null(full);
        assert_int_equal(ledger_text_begin(full, false, &writer), 0);
        (void)ledger_text_entry(writer, &entries[0]);
        assert_int_equal(ledger_text_end(writer, NULL), -ENOSPC);
        (void)fclose(full);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_comes_back),    cmocka_unit_test(test_empty),
                cmocka_unit_test(test_damage),        cmocka_unit_test(test_refusals),
                cmocka_unit_test(test_handler_stops), cmocka_unit_test(test_full_disk),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
