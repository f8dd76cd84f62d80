/* Sizes, durations and times as people write them. */
#pragma once

#include <stdint.h>

/* "12.3 MiB"; "3 min", "2 h 5 min", "4 d 2 h"; local time "2026-11-23 09:18:37". Caller frees; NULL: no memory. */
char *format_bytes(uint64_t bytes);
char *format_duration(uint64_t usec);
char *format_time(uint64_t realtime_usec);

/* "45s", "10m", "2h", "3d", "1w" in microseconds; -EINVAL. */
int duration_parse(const char *text, uint64_t *ret_usec);

/* Such a time before now, or "2026-11-23", "2026-11-23 09:18[:37[.5]]" (also with T), local
 * time unless it ends in Z or +HH:MM. Microseconds since 1970; -EINVAL. */
int time_parse(const char *text, uint64_t now_usec, uint64_t *ret);
