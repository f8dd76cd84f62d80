/* What polkit's files let people do with systemd unasked, told from their text: rules are programs in JavaScript, and nobody
 * runs them here. What they say in other words than these is not seen, and a condition that is not understood counts as none.
 * The bytes may be anybody's; time is linear in the size. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define POLKIT_FILE_MAX (256u * 1024u) /* bytes */
#define POLKIT_NAMES_MAX 8u

struct polkit_grant {
        unsigned line;         /* from 1: where the rule begins */
        const char *action;    /* one that it names, of those that amount to root; NULL: all actions, it names none */
        bool one_unit;         /* it asks which unit */
        bool conditional;      /* it asks who it is, and not by one of the names below */
        size_t n_groups, n_users;
        char groups[POLKIT_NAMES_MAX][64], users[POLKIT_NAMES_MAX][64]; /* that it names */
};

typedef int (*polkit_grant_function)(const struct polkit_grant *grant, void *userdata);

/* Calls each for every rule that answers yes to such an action; what is not 0 ends it and is returned. */
int polkit_rules_each(const char *text, size_t size, polkit_grant_function each, void *userdata);

/* The same of a .pkla file, pklocalauthority(8). */
int polkit_authority_each(const char *text, size_t size, polkit_grant_function each, void *userdata);

/* The same of a .policy file: actions whose defaults ask nobody for a password who is not even logged in. */
int polkit_policy_each(const char *text, size_t size, polkit_grant_function each, void *userdata);
