/* The commands that can be read, and what a rule can say of them. */
#include "command_internal.h"
#include "unitward/glob.h"
#include "unitward/util.h"

static const struct command_preset *const presets[] = {
        &command_systemctl, &command_systemd_run, &command_busctl, &command_loginctl, &command_portablectl,
        &command_sysext,    &command_bridge,      &command_at,     &command_crontab,
};

static const char *const scope_names[COMMAND_SCOPE_COUNT_] = {
        [COMMAND_SYSTEM] = "system",   [COMMAND_USER] = "user",     [COMMAND_GLOBAL] = "global",
        [COMMAND_OFFLINE] = "offline", [COMMAND_REMOTE] = "remote",
};

static const char *const verb_class_names[VERB_CLASS_COUNT_] = {
        [VERB_READ] = "read",           [VERB_CONTROL] = "control", [VERB_INSTALL] = "install",
        [VERB_TRANSIENT] = "transient", [VERB_MANAGER] = "manager", [VERB_POWER] = "power",
};

const char *command_scope_name(enum command_scope scope)
{
        return scope_names[scope];
}

const char *verb_class_name(enum verb_class verb_class)
{
        return verb_class_names[verb_class];
}

const struct command_preset *command_preset_at(size_t index)
{
        return index < ARRAY_SIZE(presets) ? presets[index] : NULL;
}

const struct command_preset *command_preset_find(const char *name)
{
        for (size_t i = 0; i < ARRAY_SIZE(presets); i++)
                if (streq(presets[i]->name, name))
                        return presets[i];
        return NULL;
}

const char *command_preset_name(const struct command_preset *preset)
{
        return preset->name;
}

const char *const *command_preset_programs(const struct command_preset *preset)
{
        return preset->programs;
}

static bool verb_matches(const struct command_verb *verb, const char *pattern)
{
        if (*pattern != '@')
                return glob_match(pattern, verb->name ? verb->name : verb->word);
        return streq(pattern + 1, verb_class_name(verb->verb_class)) ||
               (verb->flags & VERB_RUNTIME && streq(pattern + 1, verb_class_name(VERB_TRANSIENT)));
}

bool command_preset_has_verb(const struct command_preset *preset, const char *pattern)
{
        for (const struct command_form *const *form = preset->forms; *form; form++)
                for (const struct command_verb *verb = (*form)->verbs; verb->word; verb++)
                        if (verb_matches(verb, pattern))
                                return true;
        return false;
}
