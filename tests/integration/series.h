/* Times that were measured, in nanoseconds, and what can be said of them. */
#pragma once

#include <stdint.h>
#include <stdlib.h>
#include <time.h>

struct series {
        int64_t *nsec;
        size_t n, max;
};

static inline int64_t now_nsec(void)
{
        struct timespec now;

        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Room for so many; what comes beyond them does not count. The process ends when there is no memory. */
static inline void series_init(struct series *series, size_t max)
{
        series->n = 0;
        series->max = max;
        series->nsec = calloc(max, sizeof *series->nsec);
        if (!series->nsec)
                abort();
}

static inline void series_done(struct series *series)
{
        free(series->nsec);
        series->nsec = NULL;
}

static inline void series_add(struct series *series, int64_t nsec)
{
        if (series->n < series->max)
                series->nsec[series->n++] = nsec;
}

static inline int series_ascending(const void *a, const void *b)
{
        int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

        return (x > y) - (x < y);
}

/* In microseconds; 0 of none. Sorts them. */
static inline double series_percentile(struct series *series, unsigned percent)
{
        if (series->n == 0)
                return 0;
        qsort(series->nsec, series->n, sizeof *series->nsec, series_ascending);
        return (double)series->nsec[(series->n - 1) * percent / 100] / 1e3;
}
