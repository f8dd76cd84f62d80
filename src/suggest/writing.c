/* Rules as text: of a group's observations the conditions that hold for all of them. */
#include <ctype.h>

#include "suggest_internal.h"

#define NAME_PART_MAX 36u /* of an actor's name that was made here */

bool text_is_plain(const char *text)
{
        for (; *text; text++)
                if (!isprint((unsigned char)*text) || (unsigned char)*text >= 0x80 || strchr("\"*?[]", *text))
                        return false;
        return true;
}

/* ---- Text that grows; NULL once there was no memory ------------------------------------------------------- */

static void append(char **text, const char *fmt, const char *argument)
{
        char *longer = *text ? format("%s%s%s", *text, fmt, argument) : NULL;

        free(*text);
        *text = longer;
}

/* In quotes; unit names have backslashes. */
static void append_quoted(char **text, const char *separator, const char *value)
{
        append(text, separator, "\"");
        for (; *value; value++)
                append(text, *value == '\\' ? "\\" : "", (char[]){ *value, '\0' });
        append(text, "\"", "");
}

static void append_list(char **text, const char *name, const struct string_list *list)
{
        if (list->n == 0)
                return;
        append(text, " ", name);
        append(text, list->n > 1 ? " = [" : " =", "");
        for (size_t i = 0; i < list->n; i++)
                append_quoted(text, i ? ", " : " ", list->items[i]);
        append(text, list->n > 1 ? " ];" : ";", "");
}

static void append_words(char **text, const char *name, unsigned mask, const char *(*word)(unsigned))
{
        struct string_list list = { 0 };

        for (unsigned i = 0; mask >> i; i++)
                if (mask & (1u << i) && !string_list_add(&list, word(i))) {
                        free(*text);
                        *text = NULL;
                }
        append_list(text, name, &list);
        string_list_done(&list);
}

static const char *operation_word(unsigned value)
{
        return operation_name((enum operation)value);
}
static const char *place_word(unsigned value)
{
        return place_name((enum place)value);
}
static const char *scope_word(unsigned value)
{
        return command_scope_name((enum command_scope)value);
}

/* ---- Actors ---------------------------------------------------------------------------------------------- */

/* Only letters that a name may have, from the last part of it. */
static void make_name(const char *text, char ret[static NAME_PART_MAX])
{
        const char *slash = strrchr(text, '/');
        size_t n = 0;

        for (text = slash ? slash + 1 : text; *text && n < NAME_PART_MAX - 1; text++)
                ret[n++] = isalnum((unsigned char)*text) || *text == '_' ? *text : '-';
        ret[n] = '\0';
        if (ends_with(ret, "-service"))
                ret[n - strlen("-service")] = '\0';
        if (!*ret)
                (void)string_copy(ret, NAME_PART_MAX, "suggested");
}

static char *write_actor(const struct anchor *anchor)
{
        char *text = strdup("{");

        if (anchor->kind == ANCHOR_UNIT) {
                append_quoted(&text, " unit = [ ", anchor->name);
                append(&text, " ];", "");
        }
        if (anchor->kind == ANCHOR_LOGIN) {
                append_quoted(&text, " login_uid = [ ", anchor->name);
                append(&text, " ];", "");
        }
        if (anchor->kind == ANCHOR_PROGRAM || *anchor->program) {
                append_quoted(&text, " exe = [ ", anchor->kind == ANCHOR_PROGRAM ? anchor->name : anchor->program);
                append(&text, " ];", "");
        }
        if (*anchor->unit) {
                append_quoted(&text, " unit = [ ", anchor->unit);
                append(&text, " ];", "");
        }
        if (anchor->kind == ANCHOR_LOGIN && anchor->session)
                append(&text, " unit = [ \"session-*.scope\" ];", "");
        append(&text, " uid = [ 0 ];", "");
        if (anchor->descends && (anchor->kind == ANCHOR_PROGRAM || *anchor->program))
                append(&text, " descendants = true;", "");
        append(&text, " }", "");
        return text;
}

static bool actor_is_taken(const struct suggest *suggest, const struct group *group, const char *name)
{
        for (size_t i = 0; i < suggest->policy->n_actors; i++)
                if (streq(suggest->policy->actors[i].name, name))
                        return true;
        for (const struct group *other = suggest->groups; other; other = other->hh.next)
                if (other != group && streq(other->actor, name) && !streq(other->actor_text, group->actor_text))
                        return true;
        return false;
}

static bool id_is_taken(const struct suggest *suggest, const struct group *group, const char *id)
{
        for (size_t i = 0; i < suggest->policy->n_rules; i++)
                if (streq(suggest->policy->rules[i].id, id))
                        return true;
        for (const struct group *other = suggest->groups; other; other = other->hh.next)
                if (other != group && streq(other->id, id))
                        return true;
        return streq(id, POLICY_DEFAULT_RULE);
}

/* NAME, NAME-2 and so on. */
static void make_unique(const struct suggest *suggest, const struct group *group, const char *name,
                        bool (*is_taken)(const struct suggest *, const struct group *, const char *),
                        char ret[static POLICY_ID_MAX])
{
        (void)string_copy(ret, POLICY_ID_MAX, name);
        for (unsigned i = 2; is_taken(suggest, group, ret) && i < UINT16_MAX; i++)
                (void)snprintf(ret, POLICY_ID_MAX, "%.50s-%u", name, i);
}

static bool name_actor(const struct suggest *suggest, struct group *group)
{
        char name[NAME_PART_MAX];

        if (group->anchor.kind == ANCHOR_ACTOR)
                return string_copy(group->actor, sizeof group->actor, group->anchor.name);
        group->actor_text = write_actor(&group->anchor);
        if (!group->actor_text)
                return false;
        make_name(group->anchor.name, name);
        make_unique(suggest, group, name, actor_is_taken, group->actor);
        return true;
}

static void name_rule(const struct suggest *suggest, struct group *group)
{
        const struct observation *first = group->items[0];
        _cleanup_free_ char *name = NULL;

        if (group->kind == SUGGEST_COMMANDS)
                name = format("%.40s-runs-%s", group->actor, first->command);
        else if (group->kind == SUGGEST_READS)
                name = format("%.40s-reads-programs", group->actor);
        else if (group->anchor.managed)
                name = format("%.40s-changes", group->actor);
        else
                name = format("%.40s-changes-%s", group->actor, suggest->policy->zones[first->zone].name);
        if (name && strlen(name) >= POLICY_ID_MAX)
                name[POLICY_ID_MAX - 1] = '\0';
        make_unique(suggest, group, name ? name : "suggested", id_is_taken, group->id);
}

/* ---- Rules ------------------------------------------------------------------------------------------------ */

/* To write a file is one thing, whether it is new, is changed or is exchanged. */
static unsigned generalise_operations(unsigned operations)
{
        const unsigned writing =
                OPERATION_BIT(OPERATION_CREATE) | OPERATION_BIT(OPERATION_MODIFY) | OPERATION_BIT(OPERATION_RENAME);

        return operations & writing ? operations | writing : operations;
}

static bool write_change(const struct suggest *suggest, const struct group *group, char **text)
{
        struct string_list zones = { 0 }, names = { 0 };
        bool named = true;

        for (size_t i = 0; i < suggest->policy->n_zones && named; i++)
                if (group->zones & (UINT64_C(1) << i))
                        named = string_list_add(&zones, suggest->policy->zones[i].name);
        append_list(text, "zone", &zones);
        string_list_done(&zones);
        append_words(text, "place", group->places, place_word);
        if (named && !group->anchor.managed)
                named = group->any_unit ? patterns_of_paths(group, &names) : patterns_of_units(group, &names);
        append_list(text, group->any_unit ? "path" : "unit", &names);
        string_list_done(&names);
        append_words(text, "on", generalise_operations(group->operations), operation_word);
        return named;
}

static bool write_command(const struct group *group, char **text)
{
        struct string_list names = { 0 };
        bool named = group->anchor.managed || group->any_unit || patterns_of_units(group, &names);

        append_list(text, "command", &group->commands);
        append_list(text, "verb", &group->verbs);
        append_words(text, "scope", group->scopes, scope_word);
        append_list(text, "unit", &names);
        string_list_done(&names);
        return named;
}

int group_write(struct suggest *suggest, struct group *group)
{
        bool written = name_actor(suggest, group);
        char *text;

        if (!written)
                return -ENOMEM;
        name_rule(suggest, group);
        text = format("{ id = \"%s\"; actor = \"%s\";", group->id, group->actor);
        if (group->kind == SUGGEST_CHANGES) {
                written = write_change(suggest, group, &text);
        } else if (group->kind == SUGGEST_COMMANDS) {
                written = write_command(group, &text);
        } else {
                append_list(&text, "command", &group->commands);
                append(&text, " on = \"read\";", "");
        }
        append(&text, " then = \"allow\"; }", "");
        group->text = text;
        return written && text ? 0 : -ENOMEM;
}
