/* One path of the policy. */
#pragma once

#include "unitward/territory.h"

/* Protects what it names and is there, and settles it; 0 or -errno: -ENOMEM, no descriptors. */
int territory_walk(struct settler *settler, int zone, const struct zone_path *path, const struct cause *cause);
