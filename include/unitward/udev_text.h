/* udev(7)'s rules: which units they have started when a device comes, systemd.device(5). Pure; the bytes may be anybody's. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define UDEV_FILE_MAX (1024u * 1024u) /* bytes of a file of rules */

/* Calls each for every word of SYSTEMD_WANTS and SYSTEMD_USER_WANTS (of_users). Where the instance of a template is the device's,
 * it is "x" here; other words with substitutions are left out. 0; -ENOMEM; or what each returned. */
typedef int (*udev_unit_function)(const char *unit, bool of_users, void *userdata);
int udev_wanted_units(const char *text, size_t size, udev_unit_function each, void *userdata);
