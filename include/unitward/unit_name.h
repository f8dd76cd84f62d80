/* systemd's notion of names: systemd.unit(5). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "unitward/access.h"

#define UNIT_NAME_MAX 256 /* 255 bytes and the NUL, as systemd has it */

/* True for "x.service", "x@.timer", "x@y.mount", ...: a valid prefix and one of systemd's unit types. */
bool unit_name_is_valid(const char *name);

/* The type with its dot (".timer"), or NULL. */
const char *unit_name_type(const char *name);

/* What a directory called NAME inside a place is: "x.service.d" in PLACE_UNITS is PLACE_DROPINS,
 * "x.target.wants" PLACE_DEPENDENCIES; anything else keeps its parent's place. */
enum place unit_place_of_directory(enum place parent, const char *name);

/* The unit that NAME inside directory DIRECTORY (its last component) of a place is about:
 * a unit file itself; "x.service" for x.service.d/10.conf; "a.service" for b.target.wants/a.service;
 * "x.service" for the directory x.service.d in PLACE_UNITS. "" when it is none. Always terminated. */
void unit_name_of(enum place place, const char *directory, const char *name, char ret[static UNIT_NAME_MAX]);
