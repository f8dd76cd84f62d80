/* What is answered when no guard can: less than the policy would allow, nothing that it would not.
 *
 * No policy, no path, no /proc text. A directory may be opened, else every unit in it would vanish; a file that was
 * authorised when the last guard lived may be read; nobody may write; a manager may load nothing else. O_RDONLY|O_TRUNC is not
 * seen (the lease does not tell): the next guard puts the file back, and until then no manager may load it. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "unitward/lifeline.h"

/* guard: its process; what its own threads open is let through. 0: there is none. */
bool safe_mode_allows(const struct lifeline *lifeline, const struct opener *opener, pid_t guard);

/* Answers an opener by it, and counts it; the descriptor stays open. patient: whom it would refuse may as well wait for a
 * guard, unless he is a manager. True when there is an answer. */
bool safe_mode_answer(struct lifeline *lifeline, const struct fan_groups *groups, const struct opener *opener,
                      pid_t guard, bool patient);

/* The same for one in flight, while a guard lives that may answer him as well. */
bool safe_mode_answer_noted(struct lifeline *lifeline, const struct fan_groups *groups, const struct opener *opener,
                            pid_t guard, bool patient);

/* Reads one batch from each group, answers and closes what it can, and leaves the rest to the guard. True when it left any. */
bool safe_mode_read(struct lifeline *lifeline, const struct fan_groups *groups, pid_t guard, bool patient);

/* The same for a guard that starts and cannot answer itself yet: what its own threads open is let through, everybody else
 * is left to it. */
bool safe_mode_read_own(struct lifeline *lifeline, const struct fan_groups *groups, pid_t guard);
