/* Permission events taken apart: as the kernel writes them, and cut at every length. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "unitward/fan_group.h"
#include "unitward/util.h"

/* A truncation, or a write through a descriptor: one event with a range. */
struct ranged {
        struct fanotify_event_metadata metadata;
        struct fanotify_event_info_range range;
};

static struct ranged ranged(uint64_t count)
{
        return (struct ranged){ .metadata = { .event_len = sizeof(struct ranged),
                                              .vers = FANOTIFY_METADATA_VERSION,
                                              .metadata_len = sizeof(struct fanotify_event_metadata),
                                              .mask = FAN_PRE_ACCESS,
                                              .fd = 7,
                                              .pid = 123 },
                                .range = { .hdr = { FAN_EVENT_INFO_TYPE_RANGE, 0,
                                                    sizeof(struct fanotify_event_info_range) },
                                           .offset = 4096,
                                           .count = count } };
}

/* On the heap and exactly as long, so that a sanitizer sees every byte too many that is read. */
static int next(const void *data, size_t size, size_t *offset, struct fan_open *ret)
{
        _cleanup_free_ unsigned char *exact = malloc(size ? size : 1);

        assert_non_null(exact);
        memcpy(exact, data, size);
        return fan_open_next(exact, size, offset, ret);
}

static void test_several(void **state)
{
        struct ranged events[] = { ranged(0), ranged(1), ranged(0) };
        struct fan_open open;
        size_t offset = 0;

        (void)state;
        events[2].metadata.mask = FAN_OPEN_PERM | FAN_ONDIR;
        events[2].metadata.fd = FAN_NOFD;
        for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
                assert_int_equal(next(events, sizeof events, &offset, &open), 1);
                assert_int_equal(offset, (i + 1) * sizeof *events);
                assert_int_equal(open.mask, events[i].metadata.mask);
                assert_int_equal(open.fd, events[i].metadata.fd);
                assert_int_equal(open.tid, 123);
                assert_int_equal(open.has_length, i == 1);
        }
        assert_int_equal(next(events, sizeof events, &offset, &open), 0);
}

/* Of a newer kernel, and before the record that matters. */
static void test_unknown_record(void **state)
{
        struct {
                struct fanotify_event_metadata metadata;
                struct fanotify_event_info_header unknown;
                uint32_t padding;
                struct fanotify_event_info_range range;
        } event = { ranged(1).metadata, { 250, 0, 8 }, 0, ranged(1).range };
        struct fan_open open;
        size_t offset = 0;

        (void)state;
        event.metadata.event_len = sizeof event;
        assert_int_equal(next(&event, sizeof event, &offset, &open), 1);
        assert_true(open.has_length);
        assert_int_equal(offset, sizeof event);
}

/* Refused, and nothing is said: whoever believed half an event would answer the wrong opener. */
static void test_truncated(void **state)
{
        const struct ranged event = ranged(1);

        (void)state;
        for (size_t size = 1; size < sizeof event; size++) {
                struct fan_open open = { .fd = -7 };
                size_t offset = 0;

                assert_int_equal(next(&event, size, &offset, &open), -EBADMSG);
                assert_int_equal(offset, 0);
                assert_int_equal(open.fd, -7);
        }
}

/* The record says another length than it has. */
static void test_bent_record(void **state)
{
        (void)state;
        for (uint16_t length = 0; length < 64; length++) {
                struct ranged event = ranged(1);
                struct fan_open open;
                size_t offset = 0;

                event.range.hdr.len = length;
                assert_int_equal(next(&event, sizeof event, &offset, &open),
                                 length == sizeof event.range ? 1 : -EBADMSG);
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_several),
                cmocka_unit_test(test_unknown_record),
                cmocka_unit_test(test_truncated),
                cmocka_unit_test(test_bent_record),
        };

        return cmocka_run_group_tests_name("opens", tests, NULL, NULL);
}
