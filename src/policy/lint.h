/* What the sources of the lint share. */
#pragma once

#include "policy_internal.h"

struct lint {
        const struct policy *policy;
        struct policy_report *report;
        bool out_of_memory;
};

void find_fault(struct lint *lint, bool is_error, struct position position, const char *name, const char *what);

/* The same for a text that was made for it, which is freed; NULL: no memory. */
void find_fault_of(struct lint *lint, bool is_error, struct position position, const char *name, char *what);

/* A rule that an earlier one leaves nothing to decide. */
void lint_shadow(struct lint *lint, size_t index);

/* What detection judges, and what follows. */
void lint_detection(struct lint *lint);

/* Gated commands and what rules say of them. */
void lint_commands(struct lint *lint);
