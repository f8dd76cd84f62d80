/* What an expectation stands for, case by case, and whether a verdict is what it expects. Pure. */
#include "unitward/expect.h"

#include "../policy/policy_internal.h"

size_t expectation_n_cases(const struct expectation *expectation)
{
        return expectation->n_actors * (size_t)__builtin_popcount(expectation->operations) * expectation->n_targets;
}

/* The operation of the mask's bit number index. */
static enum operation operation_at(unsigned mask, size_t index)
{
        enum operation operation = 0;

        while (!(mask & OPERATION_BIT(operation)) || index-- > 0)
                operation++;
        return operation;
}

struct expect_case expectation_case(const struct expectations *expectations, const struct expectation *expectation,
                                    size_t index)
{
        size_t n_operations = (size_t)__builtin_popcount(expectation->operations),
               actor = index % expectation->n_actors, operation = index / expectation->n_actors % n_operations,
               target = index / expectation->n_actors / n_operations;

        return (struct expect_case){ expectations->actors[expectation->actors[actor]],
                                     operation_at(expectation->operations, operation), expectation->targets[target] };
}

bool expectation_is_authorised(const struct expectation *expectation, const struct policy *policy, const char *path)
{
        const struct policy_authorised *authorised = NULL;

        while ((authorised = policy_authorised(policy, path, authorised))) {
                if (authorised->target ? expectation->link && streq(authorised->target, expectation->link)
                                       : expectation->has_digest && memcmp(&authorised->digest, &expectation->digest,
                                                                           sizeof authorised->digest) == 0)
                        return true;
        }
        return false;
}

bool expectation_holds(const struct expectation *expectation, struct verdict verdict)
{
        return expectation->outcomes & (1u << verdict.outcome) &&
               (!*expectation->rule || streq(expectation->rule, verdict.rule));
}
