/* Walks n from 1 until nothing fails any more. INJECT_WALK=all walks every n; INJECT_WALK=N looks at that one alone; otherwise so
 * many are tried, evenly spread, as INJECT_SAMPLE says. */
#pragma once

#include <dirent.h>

#include "inject.h"
#include "world.h"

/* Leaks are looked for after each step. */
int __lsan_do_recoverable_leak_check(void) __attribute__((weak));
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
        return "leak_check_at_exit=0";
}

static inline bool leaks(void)
{
        return __lsan_do_recoverable_leak_check && __lsan_do_recoverable_leak_check() != 0;
}

struct walk {
        const char *name;
        void (*prepare)(struct world *world);                 /* on a world that was just made */
        int (*act)(struct world *world);                      /* what is to fail; its result */
        void (*check)(struct world *world, int result);       /* at once */
        void (*check_later)(struct world *world, int result); /* after the daemon has looked again; and once more, after a restart */
        bool restarts;
};

static const struct walk *walking;
static uint64_t walking_n;
static const char *walking_failed;

static unsigned walking_wrong;

/* Said, counted, and the walk goes on: what else fails says more about the cause. */
#define require(condition)                                                                                             \
        do {                                                                                                           \
                if (!(condition)) {                                                                                    \
                        print_error("%s, INJECT_WALK=%llu, %s failed: not so: %s\n", walking->name,                         \
                                    (unsigned long long)walking_n, walking_failed ? walking_failed : "nothing",        \
                                    #condition);                                                                       \
                        walking_wrong++;                                                                               \
                }                                                                                                      \
        } while (false)

static inline size_t n_descriptors(void)
{
        DIR *all = opendir("/proc/self/fd");
        size_t n = 0;

        assert_non_null(all);
        while (readdir(all))
                n++;
        (void)closedir(all);
        return n;
}

/* Returns how many could have failed. */
static inline uint64_t walk_once(const struct walk *walk, uint64_t n)
{
        size_t before = n_descriptors();
        struct world world;
        uint64_t left;
        int r;

        walking_n = n;
        walking_failed = NULL;
        world_make(&world);
        if (walk->prepare)
                walk->prepare(&world);
        inject_arm(n);
        r = walk->act(&world);
        left = inject->left;
        walking_failed = inject_disarm();
        if (walk->check)
                walk->check(&world, r);
        if (walk->check_later) {
                world_look_again(&world);
                walk->check_later(&world, r);
        }
        if (walk->check_later && walk->restarts) {
                world_restart(&world);
                walk->check_later(&world, r);
        }
        world_unmake(&world);
        require(n_descriptors() == before);
        require(!leaks());
        return n - left;
}

static inline void walk(const struct walk *walk)
{
        const char *which = getenv("INJECT_WALK"), *sample = getenv("INJECT_SAMPLE");
        uint64_t total, samples = sample ? strtoull(sample, NULL, 10) : 10, step, tried = 0;

        walking = walk;
        walking_wrong = 0;
        if (which && *which && !streq(which, "all")) {
                (void)walk_once(walk, strtoull(which, NULL, 10));
                print_message("%s: %s failed\n", walk->name, walking_failed ? walking_failed : "nothing");
                assert_int_equal(walking_wrong, 0);
                return;
        }
        total = walk_once(walk, UINT64_MAX);
        require(total > 0);
        step = which || total <= samples ? 1 : total / samples;
        for (uint64_t n = 1; n <= total; n += step, tried++)
                (void)walk_once(walk, n);
        print_message("%s: %llu of %llu\n", walk->name, (unsigned long long)tried, (unsigned long long)total);
        assert_int_equal(walking_wrong, 0);
}

static void walk_one(void **state)
{
        walk(*state);
}

#define WALKS_MAX 64u

/* What main returns. */
static inline int walk_all(const char *name, const struct walk *walks, size_t n)
{
        struct CMUnitTest tests[WALKS_MAX];

        if (n > WALKS_MAX)
                abort();
        for (size_t i = 0; i < n; i++)
                tests[i] = (struct CMUnitTest){ walks[i].name, walk_one, NULL, NULL, (void *)(uintptr_t)&walks[i] };
        return _cmocka_run_group_tests(name, tests, n, NULL, NULL);
}
