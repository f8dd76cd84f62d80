/* unitward suggest: what this machine knows of programs, and telling suggestions as JSON. */
#pragma once

#include "unitward/ctl.h"
#include "unitward/recorded.h"
#include "unitward/suggest.h"

/* For suggest_options. */
struct suggest_program suggest_look(void *userdata, const char *path);

/* 0 or -ENOMEM. */
int suggest_print_json(const struct suggest_result *result);
