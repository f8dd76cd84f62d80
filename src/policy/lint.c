/* What is valid and yet not meant, or not safe: one small check each, for a policy, an actor, a rule, two rules. */
#include "unitward/glob.h"

#include "lint.h"

/* Programs that do whatever their arguments say: an attacker has them too. */
static const char *const tools[] = {
        "sh",      "bash",     "dash",  "ash",       "zsh",         "ksh*",   "mksh",    "fish",   "csh",
        "tcsh",    "python*",  "perl*", "ruby*",     "lua*",        "node*",  "php*",    "tclsh*", "guile*",
        "awk",     "gawk",     "mawk",  "busybox",   "toybox",      "env",    "install", "sed",    "cp",
        "mv",      "ln",       "rm",    "tee",       "cat",         "dd",     "touch",   "mkdir",  "chmod",
        "chown",   "truncate", "tar",   "cpio",      "unzip",       "rsync",  "scp",     "curl",   "wget",
        "vi",      "vim*",     "nano",  "ed",        "ex",          "emacs*", "xargs",   "find",   "nsenter",
        "setpriv", "sudo",     "su",    "systemctl", "systemd-run", "busctl", "make",    "git",
};

void find_fault(struct lint *lint, bool is_error, struct position position, const char *name, const char *what)
{
        if (!report_add(lint->report, is_error, position, name, "%s", what))
                lint->out_of_memory = true;
}

void find_fault_of(struct lint *lint, bool is_error, struct position position, const char *name, char *what)
{
        _cleanup_free_ char *owned = what;

        if (owned)
                find_fault(lint, is_error, position, name, owned);
        else
                lint->out_of_memory = true;
}

static const char *base_name(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

bool program_is_tool(const char *path)
{
        for (size_t i = 0; path && i < ARRAY_SIZE(tools); i++)
                if (glob_match(tools[i], base_name(path)))
                        return true;
        return false;
}

/* The user id narrows nothing: who plants units is root already, or uses what any user may run. */
static bool is_narrowed(const struct actor_class *actor_class)
{
        return actor_class->units.n || actor_class->labels.n || actor_class->login_uids.given ||
               actor_class->login_group_uids.given;
}

static bool is_used(const struct policy *policy, size_t actor, bool only_allowing)
{
        for (size_t i = 0; i < policy->n_rules; i++)
                if (policy->rules[i].actors & (UINT64_C(1) << actor) &&
                    (!only_allowing || policy->rules[i].outcome == OUTCOME_ALLOW))
                        return true;
        return false;
}

static void lint_tools(struct lint *lint, size_t index)
{
        const struct actor_class *actor_class = &lint->policy->actors[index];

        if (is_narrowed(actor_class))
                return;
        for (size_t i = 0; i < actor_class->programs.n; i++) {
                const struct executable *executable = &actor_class->programs.items[i];
                _cleanup_free_ char *what = NULL;

                if (!program_is_tool(executable->path) && !program_is_tool(executable->canonical))
                        continue;
                what = format(
                        "exe \"%s\" is a tool that an attacker has too; expected a further condition: unit, login_uid, "
                        "login_group or label",
                        executable->path);
                find_fault(lint, is_used(lint->policy, index, true), actor_class->position, actor_class->name,
                           what ? what : "exe is a tool that an attacker has too");
        }
}

static void lint_actor(struct lint *lint, size_t index)
{
        const struct actor_class *actor_class = &lint->policy->actors[index];

        lint_tools(lint, index);
        if (actor_class->preset == ACTOR_PRESET_MANAGER && actor_class->programs.n)
                return; /* is of use without a rule: it says who is a manager */
        if (!is_used(lint->policy, index, false))
                find_fault(lint, false, actor_class->position, actor_class->name,
                           "no rule names this actor; expected one");
        else if (!actor_class_is_possible(actor_class))
                find_fault(lint, false, actor_class->position, actor_class->name,
                           "matches nobody: none of the programs, users or groups of a list exist here; rules for it "
                           "alone never decide");
}

/* Which operations can happen in which places. */
static const unsigned possible_places[OPERATION_COUNT_] = {
        [OPERATION_CREATE] = ~0u,
        [OPERATION_MODIFY] = ~0u,
        [OPERATION_REMOVE] = ~0u,
        [OPERATION_RENAME] = ~0u,
        [OPERATION_LINK] = ~0u,
        [OPERATION_ENABLE] =
                (1u << PLACE_UNITS) | (1u << PLACE_DEPENDENCIES) | (1u << PLACE_TRANSIENT) | (1u << PLACE_GENERATED),
        [OPERATION_MASK] =
                (1u << PLACE_UNITS) | (1u << PLACE_DROPINS) | (1u << PLACE_TRANSIENT) | (1u << PLACE_GENERATED),
        [OPERATION_READ] = ~(1u << PLACE_PARENT),
        [OPERATION_LOAD] = ~(1u << PLACE_PARENT),
        [OPERATION_TRANSIENT] = 1u << PLACE_TRANSIENT,
        [OPERATION_EXEC] = 0,
        [OPERATION_APPROVE] = ~(1u << PLACE_PARENT),
        [OPERATION_MOUNT] = ~0u,
};

/* The places that names in these zones may have: those of their directories, and what unit directories hold. */
static unsigned places_of_zones(const struct policy *policy, uint64_t zones)
{
        unsigned places = 0;

        for (size_t i = 0; i < policy->n_zones; i++) {
                const struct zone *zone = &policy->zones[i];

                if (zones && !(zones & (UINT64_C(1) << i)))
                        continue;
                if (zone->parents)
                        places |= 1u << PLACE_PARENT;
                for (size_t j = 0; j < zone->n_paths; j++)
                        places |= 1u << zone->paths[j].place;
        }
        if (places & (1u << PLACE_UNITS))
                places |= (1u << PLACE_DROPINS) | (1u << PLACE_DEPENDENCIES);
        return places;
}

static bool can_happen(const struct policy *policy, const struct rule *rule)
{
        unsigned places = places_of_zones(policy, rule->zones) & (rule->places ? rule->places : ~0u);

        if (rule->commands.n)
                return !rule->zones && !rule->places;
        for (unsigned operation = 0; operation < OPERATION_COUNT_; operation++)
                if (rule->operations & OPERATION_BIT(operation) && possible_places[operation] & places)
                        return true;
        return rule->operations & OPERATION_BIT(OPERATION_EXEC) && !rule->zones && !rule->places;
}

static bool touches_system_zone(const struct policy *policy, const struct rule *rule)
{
        for (size_t i = 0; i < policy->n_zones; i++)
                if (policy->zone_origins[i].is_system && (!rule->zones || rule->zones & (UINT64_C(1) << i)))
                        return true;
        return false;
}

static bool allows_everybody_to_change(const struct policy *policy, const struct rule *rule)
{
        unsigned harmless = OPERATION_BIT(OPERATION_READ) | OPERATION_BIT(OPERATION_EXEC);

        /* To enable units that are named is a decision; to enable any is an oversight. */
        if (rule->units.n)
                harmless |= OPERATION_BIT(OPERATION_ENABLE);
        return rule->outcome == OUTCOME_ALLOW && !rule->actors && !rule->clients && rule->operations & ~harmless &&
               touches_system_zone(policy, rule);
}

/* `unitward stop --restart`, by which nothing is authorised. */
static bool is_about_restart(const struct rule *rule)
{
        return rule->paths.n == 1 && streq(rule->paths.items[0], "/") && rule->places == 1u << PLACE_PROGRAMS;
}

/* Who approves decides what enforce mode protects: to be root is not enough for that, an intruder is it too. */
static void lint_approval(struct lint *lint, const struct rule *rule)
{
        const struct policy *policy = lint->policy;

        if (rule->outcome != OUTCOME_ALLOW || !(rule->operations & OPERATION_BIT(OPERATION_APPROVE)) ||
            is_about_restart(rule))
                return;
        for (size_t i = 0; i < policy->n_actors; i++) {
                _cleanup_free_ char *what = NULL;

                if (!(rule->actors & (UINT64_C(1) << i)) || is_narrowed(&policy->actors[i]))
                        continue;
                what = format("lets every root process that meets the actor \"%s\" approve units, an intruder's too; "
                              "expected an actor with login_group, login_uid, unit or label",
                              policy->actors[i].name);
                find_fault(lint, false, rule->position, rule->id, what ? what : "its actor is not narrowed");
        }
}

static void lint_rule(struct lint *lint, const struct rule *rule)
{
        lint_approval(lint, rule);
        if (!can_happen(lint->policy, rule))
                find_fault(lint, false, rule->position, rule->id,
                           "can never decide: none of its operations can happen in its zones and places");
        if (rule->verbs.n && !rule->commands.n)
                find_fault(lint, false, rule->position, rule->id,
                           "has a verb and no command: it is about this verb of every gated command; expected command "
                           "too");
        if (allows_everybody_to_change(lint->policy, rule))
                find_fault(lint, false, rule->position, rule->id,
                           "lets everybody change what the system loads; expected an actor");
}

/* The target of a linked unit lies outside. */
static void lint_authorised(struct lint *lint, const struct policy_authorised *authorised)
{
        struct placement placement;

        policy_place(lint->policy, authorised->path, &placement);
        if (placement.zone == ZONE_UNPLACED)
                find_fault(lint, false, (struct position){ authorised->file, authorised->line }, authorised->path,
                           "no zone protects it: means something only for what an authorised link leads to");
}

static void lint_policy(struct lint *lint)
{
        const struct policy *policy = lint->policy;
        struct position top = { policy->files.items[0], 0 };

        if (policy->n_zones == 0)
                find_fault(lint, false, top, "zones", "there are none: nothing is protected; expected at least one");
        if (policy->settings.default_outcome == OUTCOME_ALLOW)
                find_fault(lint, false, top, "default",
                           "\"allow\" lets through whatever no rule refuses; expected \"deny\"");
}

bool policy_lint(const struct policy *policy, struct policy_report *report)
{
        struct lint lint = { .policy = policy, .report = report };

        lint_policy(&lint);
        for (size_t i = 0; i < policy->n_actors; i++)
                lint_actor(&lint, i);
        for (size_t i = 0; i < policy->n_rules; i++) {
                lint_rule(&lint, &policy->rules[i]);
                lint_shadow(&lint, i);
        }
        lint_commands(&lint);
        lint_detection(&lint);
        for (size_t i = 0; i < policy->n_authorised; i++)
                lint_authorised(&lint, &policy->authorised[i]);
        return !lint.out_of_memory;
}
