/* unitward report: where its facts come from. */
#pragma once

#include <jansson.h>

#include "unitward/policy.h"

/* What an intruder who is root would be told by the policy: [{id, name, tries: [{what, outcome, rule, guarded: false: nothing of the
 * policy covers it}]}], a technique of ATT&CK each. NULL: no memory. */
json_t *report_coverage(const struct policy *policy);
