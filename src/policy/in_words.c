/* A policy in sentences, for people who do not read its language. Nothing is decided by them. */
#include "policy_internal.h"
#include "unitward/command.h"
#include "unitward/text.h"

static const char *const operation_words[OPERATION_COUNT_] = {
        [OPERATION_CREATE] = "create",    [OPERATION_MODIFY] = "change",
        [OPERATION_REMOVE] = "remove",    [OPERATION_RENAME] = "rename",
        [OPERATION_LINK] = "link",        [OPERATION_ENABLE] = "enable",
        [OPERATION_MASK] = "mask",        [OPERATION_READ] = "read",
        [OPERATION_LOAD] = "load",        [OPERATION_TRANSIENT] = "make transient",
        [OPERATION_EXEC] = "run",         [OPERATION_APPROVE] = "authorise",
        [OPERATION_MOUNT] = "mount over",
};

static const char *const place_words[PLACE_COUNT_] = {
        [PLACE_UNITS] = "units",
        [PLACE_DROPINS] = "drop-ins",
        [PLACE_DEPENDENCIES] = "links that enable units",
        [PLACE_TRANSIENT] = "transient units",
        [PLACE_GENERATED] = "generated units",
        [PLACE_PROGRAMS] = "programs that systemd runs",
        [PLACE_CONFIGURATION] = "configuration",
        [PLACE_STATE] = "unitward's own state",
        [PLACE_PARENT] = "directories above",
};

/* ---- Lists --------------------------------------------------------------------------------------------------- */

/* "a, b or c", told one after the other: the word before each depends on how many are left. */
struct list {
        FILE *stream;
        const char *last; /* " or ", " and " */
        size_t n, at;
};

static void list_add(struct list *list, const char *text)
{
        if (list->at > 0)
                (void)fputs(list->at + 1 == list->n ? list->last : ", ", list->stream);
        (void)fputs(text, list->stream);
        list->at++;
}

static size_t bits(uint64_t mask)
{
        return (size_t)__builtin_popcountll(mask);
}

static void put_strings(FILE *stream, const struct string_list *strings, const char *last)
{
        struct list list = { stream, last, strings->n, 0 };

        for (size_t i = 0; i < strings->n; i++)
                list_add(&list, strings->items[i]);
}

static void put_mask(FILE *stream, uint64_t mask, const char *const *words, const char *last)
{
        struct list list = { stream, last, bits(mask), 0 };

        for (size_t i = 0; mask >> i; i++)
                if (mask >> i & 1)
                        list_add(&list, words[i]);
}

static char *finish(FILE *stream, char **text)
{
        if (fclose(stream) == 0)
                return *text;
        free(*text);
        return NULL;
}

/* Takes the text. */
static void set_text(json_t *json, const char *key, char *text)
{
        (void)json_set_bytes(json, key, text ? text : "");
        free(text);
}

static void set_position(json_t *json, struct position position)
{
        if (position.file)
                set_text(json, "position", format("%s:%u", position.file, position.line));
}

/* ---- Zones --------------------------------------------------------------------------------------------------- */

static json_t *zone_to_json(const struct zone *zone)
{
        json_t *json = json_pack("{s:s, s:I, s:b}", "name", zone->name, "places", (json_int_t)zone->n_paths, "restore",
                                 zone->restore);

        if (zone->n_paths > 0)
                (void)json_set_bytes(json, "example", zone->paths[0].pattern);
        return json;
}

/* ---- Actors -------------------------------------------------------------------------------------------------- */

static void put_clause(FILE *stream, size_t *n, const char *words)
{
        (void)fputs((*n)++ > 0 ? "; " : "", stream);
        (void)fputs(words, stream);
}

static void put_programs(FILE *stream, size_t *n, const struct programs *programs)
{
        struct list list = { stream, " or ", programs->n, 0 };

        if (programs->n == 0)
                return;
        put_clause(stream, n, "runs ");
        for (size_t i = 0; i < programs->n; i++)
                list_add(&list, programs->items[i].path);
}

static void put_ids(FILE *stream, size_t *n, const char *words, const struct id_list *ids)
{
        struct list list = { stream, " or ", ids->n, 0 };

        if (!ids->given)
                return;
        put_clause(stream, n, words);
        if (ids->n == 0)
                (void)fputs("(none of them is on this machine)", stream);
        for (size_t i = 0; i < ids->n; i++) {
                char number[24];

                (void)snprintf(number, sizeof number, "%u", (unsigned)ids->ids[i]);
                list_add(&list, ids->ids[i] == (id_t)-1 ? "unset" : number);
        }
}

static void put_patterns(FILE *stream, size_t *n, const char *words, const struct string_list *strings)
{
        if (strings->n == 0)
                return;
        put_clause(stream, n, words);
        put_strings(stream, strings, " or ");
}

static char *actor_text(const struct actor_class *actor)
{
        char *text = NULL;
        size_t size, n = 0;
        FILE *stream = open_memstream(&text, &size);

        if (!stream)
                return NULL;
        if (actor->preset != ACTOR_PRESET_NONE)
                put_clause(stream, &n,
                           actor->preset == ACTOR_PRESET_MANAGER ? "is systemd as PID 1, or what it forks"
                                                                 : "is a user's systemd");
        put_programs(stream, &n, &actor->programs);
        put_ids(stream, &n, "has uid ", &actor->uids);
        put_ids(stream, &n, "has gid ", &actor->gids);
        put_ids(stream, &n, "is in group ", &actor->groups);
        put_ids(stream, &n, "has login uid ", &actor->login_uids);
        put_ids(stream, &n, "logged in, by group membership, as uid ", &actor->login_group_uids);
        put_patterns(stream, &n, "runs in unit ", &actor->units);
        put_patterns(stream, &n, "has security label ", &actor->labels);
        if (n == 0)
                put_clause(stream, &n, "is anybody");
        if (actor->descendants)
                (void)fputs("; and all that such a process starts", stream);
        return finish(stream, &text);
}

static json_t *actor_to_json(const struct actor_class *actor)
{
        json_t *json = json_pack("{s:s}", "name", actor->name);

        set_text(json, "text", actor_text(actor));
        set_position(json, actor->position);
        return json;
}

/* ---- Rules --------------------------------------------------------------------------------------------------- */

static void put_actors(FILE *stream, const struct policy *policy, uint64_t mask)
{
        struct list list = { stream, " and ", bits(mask), 0 };

        for (size_t i = 0; i < policy->n_actors; i++)
                if (mask >> i & 1)
                        list_add(&list, policy->actors[i].name);
}

static void put_zones(FILE *stream, const struct policy *policy, uint64_t mask)
{
        struct list list = { stream, " and ", bits(mask), 0 };

        if (mask == 0)
                return;
        (void)fputs(bits(mask) == 1 ? " in zone " : " in zones ", stream);
        for (size_t i = 0; i < policy->n_zones; i++)
                if (mask >> i & 1)
                        list_add(&list, policy->zones[i].name);
}

static void put_condition(FILE *stream, const char *words, const struct string_list *strings)
{
        if (strings->n == 0)
                return;
        (void)fputs(words, stream);
        put_strings(stream, strings, " or ");
}

static void put_scopes(FILE *stream, unsigned scopes)
{
        const char *names[COMMAND_SCOPE_COUNT_];

        if (scopes == 0)
                return;
        for (enum command_scope i = 0; i < COMMAND_SCOPE_COUNT_; i++)
                names[i] = command_scope_name(i);
        (void)fputs(", with scope ", stream);
        put_mask(stream, scopes, names, " or ");
}

static void put_clients(FILE *stream, const struct policy *policy, uint64_t mask)
{
        struct list list = { stream, " or ", bits(mask), 0 };

        if (mask == 0)
                return;
        (void)fputs(", for a permitted run of ", stream);
        for (size_t i = 0; i < policy->n_commands; i++)
                if (mask >> i & 1)
                        list_add(&list, policy->commands[i].name);
}

static void put_deed(FILE *stream, const struct rule *rule)
{
        if (rule->operations == OPERATIONS_CHANGING)
                (void)fputs("change anything", stream);
        else
                put_mask(stream, rule->operations, operation_words, " or ");
        if (rule->commands.n == 1 && streq(rule->commands.items[0], "*"))
                (void)fputs(" any gated command", stream);
        else
                put_condition(stream, " ", &rule->commands);
}

static char *rule_text(const struct policy *policy, const struct rule *rule)
{
        bool allows = rule->outcome == OUTCOME_ALLOW;
        char *text = NULL;
        size_t size;
        FILE *stream = open_memstream(&text, &size);

        if (!stream)
                return NULL;
        if (rule->actors)
                put_actors(stream, policy, rule->actors);
        else
                (void)fputs(allows ? "Anybody" : "Nobody", stream);
        (void)fputs(allows || !rule->actors ? " may " : " may not ", stream);
        put_deed(stream, rule);
        put_condition(stream, ", verb ", &rule->verbs);
        put_scopes(stream, rule->scopes);
        put_zones(stream, policy, rule->zones);
        if (rule->places) {
                (void)fputs(", only ", stream);
                put_mask(stream, rule->places, place_words, " and ");
        }
        put_condition(stream, ", only of units ", &rule->units);
        put_condition(stream, ", only at ", &rule->paths);
        put_clients(stream, policy, rule->clients);
        (void)fputs(rule->outcome == OUTCOME_QUARANTINE ? "; what is brought is kept as evidence." : ".", stream);
        return finish(stream, &text);
}

static json_t *rule_to_json(const struct policy *policy, const struct rule *rule)
{
        json_t *json = json_pack("{s:s, s:s}", "id", rule->id, "outcome", outcome_name(rule->outcome));

        set_text(json, "text", rule_text(policy, rule));
        set_position(json, rule->position);
        return json;
}

/* ---- All of it ----------------------------------------------------------------------------------------------- */

json_t *policy_in_words(const struct policy *policy)
{
        json_t *zones = json_array(), *actors = json_array(), *commands = json_array(), *rules = json_array();

        for (size_t i = 0; i < policy->n_zones; i++)
                (void)json_array_append_new(zones, zone_to_json(&policy->zones[i]));
        for (size_t i = 0; i < policy->n_actors; i++)
                (void)json_array_append_new(actors, actor_to_json(&policy->actors[i]));
        for (size_t i = 0; i < policy->n_commands; i++)
                (void)json_array_append_new(commands, json_string(policy->commands[i].name));
        for (size_t i = 0; i < policy->n_rules; i++)
                (void)json_array_append_new(rules, rule_to_json(policy, &policy->rules[i]));
        return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "digest", policy->digest, "mode",
                         mode_name(policy->settings.mode), "default", outcome_name(policy->settings.default_outcome),
                         "zones", zones, "actors", actors, "commands", commands, "rules", rules);
}
