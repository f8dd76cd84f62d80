/* Failures on demand: in a program that is linked with the functions of inject_functions wrapped, the n-th of them that
 * the product calls from now on fails, once, and does nothing. What the C library and other libraries call by themselves
 * never does. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct inject_state {
        uint64_t left;         /* until one fails; 0: none will */
        char failed[32];       /* the function that did; "": none has */
};

/* Of this process. Where the environment names a file in UNITWARD_INJECT, it is mapped from there, and whoever has it
 * mapped, too, counts and arms from outside. */
extern struct inject_state *inject;

void inject_arm(uint64_t n);

/* Nothing fails any more. Which function did, or NULL. */
const char *inject_disarm(void);
