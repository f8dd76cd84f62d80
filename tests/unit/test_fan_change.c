/* Notifications taken apart: buffers as the kernel writes them, cut and bent in every way. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "unitward/fan_group.h"
#include "unitward/util.h"

struct buffer {
        unsigned char bytes[1024];
        size_t size;
};

static void append(struct buffer *buffer, const void *data, size_t size)
{
        assert_true(buffer->size + size <= sizeof buffer->bytes);
        memcpy(buffer->bytes + buffer->size, data, size);
        buffer->size += size;
}

static void append_event(struct buffer *buffer, uint64_t mask, pid_t pid)
{
        const struct fanotify_event_metadata metadata = { .event_len = sizeof metadata,
                                                          .vers = FANOTIFY_METADATA_VERSION,
                                                          .metadata_len = sizeof metadata,
                                                          .mask = mask,
                                                          .fd = FAN_NOFD,
                                                          .pid = pid };

        append(buffer, &metadata, sizeof metadata);
}

/* The event that begins at the offset has grown to the buffer's end. */
static void close_event(struct buffer *buffer, size_t offset)
{
        const uint32_t length = (uint32_t)(buffer->size - offset);

        memcpy(buffer->bytes + offset, &length, sizeof length);
}

static void append_fid(struct buffer *buffer, uint8_t type, unsigned handle_bytes, const char *name, size_t name_size)
{
        static const unsigned char bytes[256] = { 1, 2, 3, 4, 5, 6, 7, 8 };
        struct fanotify_event_info_fid info = { .hdr.info_type = type };
        struct file_handle handle = { .handle_bytes = handle_bytes, .handle_type = 42 };
        size_t used = sizeof info + sizeof handle + handle_bytes + name_size, padding = -used & 7;

        info.hdr.len = (uint16_t)(used + padding);
        memcpy(&info.fsid, (const int[]){ 7, 9 }, sizeof info.fsid);
        append(buffer, &info, sizeof info);
        append(buffer, &handle, sizeof handle);
        append(buffer, bytes, handle_bytes);
        append(buffer, name, name_size);
        append(buffer, (const char[8]){ 0 }, padding);
}

static void append_pidfd(struct buffer *buffer, int pidfd)
{
        const struct fanotify_event_info_pidfd info = { { FAN_EVENT_INFO_TYPE_PIDFD, 0, sizeof info }, pidfd };

        append(buffer, &info, sizeof info);
}

static struct buffer one_event(const char *name)
{
        struct buffer buffer = { .size = 0 };

        append_event(&buffer, FAN_CREATE, 123);
        append_fid(&buffer, FAN_EVENT_INFO_TYPE_DFID_NAME, 8, name, strlen(name) + 1);
        append_pidfd(&buffer, 5);
        close_event(&buffer, 0);
        return buffer;
}

/* On the heap and exactly as long, so that a sanitizer sees every byte too many that is read. */
static int next(const void *data, size_t size, size_t *offset, struct fan_change *ret)
{
        _cleanup_free_ unsigned char *exact = malloc(size ? size : 1);

        assert_non_null(exact);
        memcpy(exact, data, size);
        return fan_change_next(exact, size, offset, ret);
}

static void test_one(void **state)
{
        static const char *const names[] = { "evil.service", ".", "", "\xff\n", "x" };
        struct fan_change change;

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                struct buffer buffer = one_event(names[i]);
                size_t offset = 0;

                assert_int_equal(next(buffer.bytes, buffer.size, &offset, &change), 1);
                assert_int_equal(offset, buffer.size);
                assert_int_equal(change.mask, FAN_CREATE);
                assert_int_equal(change.pid, 123);
                assert_int_equal(change.pidfd, 5);
                assert_true(change.has_directory);
                assert_int_equal(change.directory.fsid[0], 7);
                assert_int_equal(change.directory.fsid[1], 9);
                assert_int_equal(change.directory.type, 42);
                assert_int_equal(change.directory.size, 8);
                assert_int_equal(change.directory.bytes[7], 8);
                assert_int_equal(change.directory.bytes[8], 0);
                assert_string_equal(change.name, names[i]);
                assert_int_equal(next(buffer.bytes, buffer.size, &offset, &change), 0);
        }
}

/* Cut at every length: refused, and nothing is said. */
static void test_truncated(void **state)
{
        struct buffer buffer = one_event("evil.service");

        (void)state;
        for (size_t size = 1; size < buffer.size; size++) {
                struct fan_change change = { .pid = -7 };
                size_t offset = 0;

                assert_int_equal(next(buffer.bytes, size, &offset, &change), -EBADMSG);
                assert_int_equal(offset, 0);
                assert_int_equal(change.pid, -7);
        }
}

/* The event says that it ends early: inside its records that is as bad, between them it is another event. */
static void test_short_event(void **state)
{
        const size_t metadata = sizeof(struct fanotify_event_metadata);
        const size_t pidfd = sizeof(struct fanotify_event_info_pidfd);

        (void)state;
        for (uint32_t length = 0; length < 200; length++) {
                struct buffer buffer = one_event("evil.service");
                struct fan_change change;
                size_t offset = 0;
                bool is_whole = length == metadata || length == buffer.size - pidfd || length == buffer.size;

                memcpy(buffer.bytes, &length, sizeof length);
                assert_int_equal(next(buffer.bytes, buffer.size, &offset, &change), is_whole ? 1 : -EBADMSG);
                assert_int_equal(offset, is_whole ? length : 0);
        }
}

static void test_several(void **state)
{
        struct buffer buffer = one_event("a"), second = one_event("b");
        struct fan_change change;
        size_t offset = 0;

        (void)state;
        append(&buffer, second.bytes, second.size);
        append_event(&buffer, FAN_Q_OVERFLOW, 0);
        assert_int_equal(next(buffer.bytes, buffer.size, &offset, &change), 1);
        assert_string_equal(change.name, "a");
        assert_int_equal(next(buffer.bytes, buffer.size, &offset, &change), 1);
        assert_string_equal(change.name, "b");
        assert_int_equal(next(buffer.bytes, buffer.size, &offset, &change), 1);
        assert_int_equal(change.mask, FAN_Q_OVERFLOW);
        assert_false(change.has_directory);
        assert_int_equal(change.pidfd, -1);
        assert_string_equal(change.name, "");
        assert_int_equal(next(buffer.bytes, buffer.size, &offset, &change), 0);
}

static void test_records(void **state)
{
        static char long_name[257];
        static const struct {
                uint8_t type;
                unsigned handle_bytes;
                size_t name_size; /* of x's and no NUL unless the padding has one */
                int result;
        } cases[] = {
                { FAN_EVENT_INFO_TYPE_DFID, 8, 0, 1 },
                { FAN_EVENT_INFO_TYPE_DFID_NAME, FAN_HANDLE_MAX, 1, 1 },
                { FAN_EVENT_INFO_TYPE_DFID_NAME, FAN_HANDLE_MAX + 1, 1, -EBADMSG },
                { FAN_EVENT_INFO_TYPE_DFID_NAME, 8, 0, -EBADMSG }, /* nor padding: 28 bytes */
                { FAN_EVENT_INFO_TYPE_DFID_NAME, 4, 8, -EBADMSG }, /* no NUL within the record */
                { FAN_EVENT_INFO_TYPE_DFID_NAME, 8, 255, 1 },
                { FAN_EVENT_INFO_TYPE_DFID_NAME, 8, 256, -EBADMSG },
                { FAN_EVENT_INFO_TYPE_FID, 8, 0, 1 }, /* of the file itself: not needed */
                { 250, 8, 3, 1 },                     /* of a newer kernel */
        };

        (void)state;
        memset(long_name, 'x', sizeof long_name - 1);
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct buffer buffer = { .size = 0 };
                struct fan_change change;
                size_t offset = 0, padding;

                append_event(&buffer, FAN_CREATE, 123);
                append_fid(&buffer, cases[i].type, cases[i].handle_bytes, long_name, cases[i].name_size);
                close_event(&buffer, 0);
                padding = -(sizeof(struct fanotify_event_info_fid) + sizeof(struct file_handle) +
                            cases[i].handle_bytes + cases[i].name_size) &
                          7;
                /* Where there is padding, the name ends in it. */
                if (next(buffer.bytes, buffer.size, &offset, &change) !=
                    (padding && cases[i].result < 0 && cases[i].name_size < 256 &&
                                     cases[i].handle_bytes <= FAN_HANDLE_MAX
                             ? 1
                             : cases[i].result))
                        fail_msg("case %zu", i);
        }
}

/* Every byte of a good event, bent: an answer, and never one that is made of bytes outside (under a sanitizer). */
static void test_bent(void **state)
{
        const struct buffer good = one_event("evil.service");

        (void)state;
        for (size_t at = 0; at < good.size; at++)
                for (unsigned value = 0; value < 256; value++) {
                        struct buffer buffer = good;
                        struct fan_change change;
                        size_t offset = 0;
                        int r;

                        buffer.bytes[at] = (unsigned char)value;
                        r = next(buffer.bytes, buffer.size, &offset, &change);
                        assert_true(r == 1 || r == -EBADMSG);
                        assert_true(offset <= buffer.size);
                        if (r == 1)
                                assert_true(offset >= sizeof(struct fanotify_event_metadata));
                }
}

static void test_no_pidfd(void **state)
{
        static const int values[] = { FAN_NOPIDFD, FAN_EPIDFD, -100 };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
                struct buffer buffer = { .size = 0 };
                struct fan_change change;
                size_t offset = 0;

                append_event(&buffer, FAN_MOVED_TO, 1);
                append_pidfd(&buffer, values[i]);
                close_event(&buffer, 0);
                assert_int_equal(next(buffer.bytes, buffer.size, &offset, &change), 1);
                assert_int_equal(change.pidfd, -1);
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_one),      cmocka_unit_test(test_truncated), cmocka_unit_test(test_short_event),
                cmocka_unit_test(test_several),  cmocka_unit_test(test_records),   cmocka_unit_test(test_bent),
                cmocka_unit_test(test_no_pidfd),
        };

        return cmocka_run_group_tests_name("changes", tests, NULL, NULL);
}
