/* The parts of a recorded access. */
#pragma once

#include "unitward/recorded.h"
#include "unitward/util.h"

#include "../policy/policy_internal.h"

/* "unitward.zone": the text there, or NULL. Belongs to the event. */
const char *recorded_text_at(const json_t *event, const char *path);

/* Who it was. 0 or -EBADMSG. */
int recorded_actor(const struct policy *policy, const json_t *event, struct recorded *recorded);

/* What a gated command was asked for, or that its program was opened. */
void recorded_command(const struct policy *policy, const json_t *event, struct recorded *recorded);
