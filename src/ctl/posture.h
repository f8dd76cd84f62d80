/* unitward posture: its outputs. */
#pragma once

#include <jansson.h>

#include "unitward/posture.h"

/* Everything that is known, for programs. NULL: no memory. The caller decrefs. */
json_t *posture_to_json(const struct posture *posture);

/* For people, on stdout. */
void posture_print(const struct posture *posture);

/* The same as SARIF 2.1.0. */
json_t *posture_to_sarif(const struct posture *posture);

/* The mend's command as it is typed in a shell; NULL: it has none, or no memory. Caller frees. */
char *posture_command_text(const struct mend *mend);
