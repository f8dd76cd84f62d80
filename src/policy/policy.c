/* The policy as an object: its life, and what others may ask of it. */

#include "decision_sets.h"

struct policy *policy_new(void)
{
        struct policy *policy = calloc(1, sizeof *policy);

        if (!policy)
                return NULL;
        policy->references = 1;
        policy->settings = (struct policy_settings){
                .mode = MODE_AUDIT,
                .default_outcome = OUTCOME_DENY,
                .on_timeout = OUTCOME_DENY,
                .on_crash = CRASH_DENY,
                .deadman_ms = 500,
                .manager_deadline_ms = 250,
                .other_deadline_ms = 2000,
                .quarantine_max_bytes = UINT64_C(256) << 20,
                .quarantine_max_file = UINT64_C(16) << 20,
                .quarantine_when_full = QUARANTINE_FULL_DESCRIBE,
                .package_records = true,
                .protect_unitward = true,
                .tell_terminal = true,
                .control_gid = (gid_t)-1,
                .boot_gate = true,
                .baseline = BASELINE_BY_MODE,
        };
        detect_settings_default(&policy->settings.detection);
        record_settings_default(&policy->settings.records);
        return policy;
}

static void rule_done(struct rule *rule)
{
        string_list_done(&rule->verbs);
        string_list_done(&rule->commands);
        string_list_done(&rule->paths);
        string_list_done(&rule->units);
}

static void actor_class_done(struct actor_class *actor_class)
{
        id_list_done(&actor_class->login_group_uids);
        id_list_done(&actor_class->login_uids);
        id_list_done(&actor_class->groups);
        id_list_done(&actor_class->gids);
        id_list_done(&actor_class->uids);
        string_list_done(&actor_class->labels);
        string_list_done(&actor_class->units);
        programs_done(&actor_class->programs);
}

static void zone_done(struct zone *zone)
{
        while (zone->n_paths > 0)
                free(zone->paths[--zone->n_paths].pattern);
        free(zone->paths);
}

static void policy_free(struct policy *policy)
{
        free(policy->manager_exes);
        while (policy->n_accepted > 0)
                accepted_done(&policy->accepted[--policy->n_accepted]);
        free(policy->accepted);
        while (policy->n_authorised > 0)
                authorised_done(&policy->authorised[--policy->n_authorised]);
        free(policy->authorised);
        (void)decision_sets_free(policy->sets);
        while (policy->n_rules > 0)
                rule_done(&policy->rules[--policy->n_rules]);
        free(policy->rules);
        while (policy->n_actors > 0)
                actor_class_done(&policy->actors[--policy->n_actors]);
        free(policy->actors);
        while (policy->n_commands > 0)
                programs_done(&policy->commands[--policy->n_commands].programs);
        free(policy->commands);
        while (policy->n_zones > 0)
                zone_done(&policy->zones[--policy->n_zones]);
        free(policy->zone_origins);
        free(policy->zones);
        string_list_done(&policy->detection_ignored);
        string_list_done(&policy->detection_paths);
        string_list_done(&policy->files);
        free(policy);
}

struct policy *policy_ref(struct policy *policy)
{
        __atomic_fetch_add(&policy->references, 1, __ATOMIC_RELAXED);
        return policy;
}

struct policy *policy_unref(struct policy *policy)
{
        if (policy && __atomic_sub_fetch(&policy->references, 1, __ATOMIC_ACQ_REL) == 0)
                policy_free(policy);
        return NULL;
}

const struct policy_settings *policy_settings(const struct policy *policy)
{
        return &policy->settings;
}

size_t policy_n_zones(const struct policy *policy)
{
        return policy->n_zones;
}

const struct zone *policy_zone(const struct policy *policy, int index)
{
        return index >= 0 && (size_t)index < policy->n_zones ? &policy->zones[index] : NULL;
}

int policy_zone_index(const struct policy *policy, const char *name)
{
        for (size_t i = 0; i < policy->n_zones; i++)
                if (streq(policy->zones[i].name, name))
                        return (int)i;
        return -ENOENT;
}

static char *prefix_of(const char *pattern)
{
        size_t length = strcspn(pattern, "*?[");

        while (pattern[length] && length > 0 && pattern[length] != '/')
                length--;
        return strndup(pattern, length ? length : 1);
}

char **policy_prefixes(const struct policy *policy)
{
        size_t n = 0;
        char **prefixes;

        for (size_t z = 0; z < policy->n_zones; z++)
                n += policy->zones[z].n_paths;
        prefixes = calloc(n + 1, sizeof *prefixes);
        n = 0;
        for (size_t z = 0; prefixes && z < policy->n_zones; z++) {
                for (size_t p = 0; p < policy->zones[z].n_paths; p++) {
                        prefixes[n] = prefix_of(policy->zones[z].paths[p].pattern);
                        if (!prefixes[n++]) {
                                policy_prefixes_free(prefixes);
                                return NULL;
                        }
                }
        }
        return prefixes;
}

void policy_prefixes_free(char **prefixes)
{
        for (char **prefix = prefixes; prefix && *prefix; prefix++)
                free(*prefix);
        free(prefixes);
}

const char *policy_digest(const struct policy *policy)
{
        return policy->digest;
}

size_t policy_n_rules(const struct policy *policy)
{
        return policy->n_rules;
}

size_t policy_manager_exes(const struct policy *policy, const struct file_id **ret)
{
        *ret = policy->manager_exes;
        return policy->n_manager_exes;
}
