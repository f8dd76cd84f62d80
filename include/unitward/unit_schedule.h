/* Time as units and policies write it: systemd.time(7). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "unitward/unit_file.h"

/* "90", "1h 30min", "2.5 s"; a plain number is seconds. False: it is none, or more than 500,000 years. */
bool unit_parse_span(const char *text, uint64_t *ret_usec);

/* How often the calendar expression fires when it does most often, dates left aside: never longer than a day.
 * "*:0/5": five minutes; "Mon 03:00": a day. 0: it is no calendar expression. */
uint64_t unit_calendar_interval(const char *text);

/* The same of all that a timer unit, or a drop-in for one, says. 0: it fires once, or never. */
uint64_t unit_timer_interval(const struct unit_file *file);
