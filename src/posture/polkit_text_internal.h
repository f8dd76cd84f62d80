#pragma once

#include "unitward/polkit_text.h"

extern const char *const polkit_actions[]; /* that amount to root; ends with NULL */
