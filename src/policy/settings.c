/* The settings at the top of a policy file. */
#include <stddef.h>

#include "loader.h"

static const char *when_full_word(unsigned value)
{
        static const char *const names[] = {
                [QUARANTINE_FULL_DESCRIBE] = "describe",
                [QUARANTINE_FULL_KEEP] = "keep",
                [QUARANTINE_FULL_PURGE_OLDEST] = "purge-oldest",
        };

        return names[value];
}

static const struct words when_full_words = { when_full_word, QUARANTINE_FULL_PURGE_OLDEST + 1 };

static const char *baseline_word(unsigned value)
{
        static const char *const names[] = {
                [BASELINE_AUTOMATIC] = "automatic",
                [BASELINE_REVIEWED] = "reviewed",
        };

        return names[value];
}

static const struct words baseline_words = { baseline_word, BASELINE_REVIEWED + 1 };

static const char *refused_mounts_word(unsigned value)
{
        static const char *const names[] = {
                [REFUSED_MOUNTS_DETACH] = "detach",
                [REFUSED_MOUNTS_KEEP] = "keep",
        };

        return names[value];
}

static const struct words refused_mounts_words = { refused_mounts_word, REFUSED_MOUNTS_KEEP + 1 };

#define MEBIBYTE (UINT64_C(1) << 20)
#define FIELD(name) offsetof(struct policy_settings, name)

static const struct setting quarantine_settings[] = {
        { .name = "max_size",
          .parse = parse_size,
          .offset = FIELD(quarantine_max_bytes),
          .range = { MEBIBYTE, MEBIBYTE << 20 } },
        { .name = "max_file",
          .parse = parse_size,
          .offset = FIELD(quarantine_max_file),
          .range = { 4096, MEBIBYTE << 20 } },
        { .name = "when_full", .parse = parse_word, .offset = FIELD(quarantine_when_full), .words = &when_full_words },
        { 0 },
};

static void parse_quarantine(struct loader *loader, const config_setting_t *value, const struct setting *setting,
                             void *field)
{
        (void)setting;
        group_parse(loader, value, quarantine_settings, field);
}

static const char *on_crash_word(unsigned value)
{
        static const char *const names[] = {
                [CRASH_DENY] = "deny",
                [CRASH_ALLOW] = "allow",
        };

        return names[value];
}

static const struct words on_crash_words = { on_crash_word, CRASH_ALLOW + 1 };

static const char *on_damage_word(unsigned value)
{
        static const char *const names[] = {
                [BOOT_DAMAGE_NOTHING] = "nothing",
                [BOOT_DAMAGE_MASK_UNOWNED] = "mask-unowned",
        };

        return names[value];
}

static const struct words on_damage_words = { on_damage_word, BOOT_DAMAGE_MASK_UNOWNED + 1 };

static const struct setting boot_gate_settings[] = {
        { .name = "enabled", .parse = parse_bool, .offset = FIELD(boot_gate) },
        { .name = "on_damage", .parse = parse_word, .offset = FIELD(boot_on_damage), .words = &on_damage_words },
        { 0 },
};

static void parse_boot_gate(struct loader *loader, const config_setting_t *value, const struct setting *setting,
                            void *field)
{
        (void)setting;
        group_parse(loader, value, boot_gate_settings, field);
}

static const char *held_word(unsigned value)
{
        static const char *const names[] = {
                [GAP_HELD_REPLACE] = "replace",
                [GAP_HELD_REPORT] = "report",
        };

        return names[value];
}

static const struct words held_words = { held_word, GAP_HELD_REPORT + 1 };

static const struct setting gap_settings[] = {
        { .name = "held", .parse = parse_word, .offset = FIELD(gap_held), .words = &held_words },
        { .name = "stop_loaded", .parse = parse_bool, .offset = FIELD(gap_stop_loaded) },
        { 0 },
};

static void parse_gap(struct loader *loader, const config_setting_t *value, const struct setting *setting, void *field)
{
        (void)setting;
        group_parse(loader, value, gap_settings, field);
}

/* Rules name zones and actors of all files: they are read when these are known. */
static void parse_later(struct loader *loader, const config_setting_t *value, const struct setting *setting,
                        void *field)
{
        (void)loader;
        (void)value;
        (void)setting;
        (void)field;
}

static const struct setting file_settings[] = {
        { .name = "mode", .parse = parse_word, .offset = FIELD(mode), .words = &mode_words },
        { .name = "default", .parse = parse_word, .offset = FIELD(default_outcome), .words = &outcome_words },
        { .name = "on_timeout", .parse = parse_word, .offset = FIELD(on_timeout), .words = &outcome_words },
        { .name = "refused_mounts",
          .parse = parse_word,
          .offset = FIELD(refused_mounts),
          .words = &refused_mounts_words },
        { .name = "manager_deadline_ms",
          .parse = parse_unsigned,
          .offset = FIELD(manager_deadline_ms),
          .range = { 10, 1000 } },
        { .name = "other_deadline_ms",
          .parse = parse_unsigned,
          .offset = FIELD(other_deadline_ms),
          .range = { 10, 10000 } },
        { .name = "on_crash", .parse = parse_word, .offset = FIELD(on_crash), .words = &on_crash_words },
        { .name = "deadman_ms", .parse = parse_unsigned, .offset = FIELD(deadman_ms), .range = { 100, 5000 } },
        { .name = "quarantine", .parse = parse_quarantine },
        { .name = "baseline", .parse = parse_word, .offset = FIELD(baseline), .words = &baseline_words },
        { .name = "boot_gate", .parse = parse_boot_gate },
        { .name = "gap", .parse = parse_gap },
        { .name = "detection", .parse = parse_detection },
        { .name = "record_limit", .parse = parse_record_limit },
        { .name = "syslog", .parse = parse_syslog },
        { .name = "linux_audit", .parse = parse_linux_audit },
        { .name = "control_group", .parse = parse_control_group },
        { .name = "package_records", .parse = parse_bool, .offset = FIELD(package_records) },
        { .name = "protect_unitward", .parse = parse_bool, .offset = FIELD(protect_unitward) },
        { .name = "tell_terminal", .parse = parse_bool, .offset = FIELD(tell_terminal) },
        { .name = "authorised", .parse = parse_authorised_list },
        { .name = "accepted", .parse = parse_accepted_list },
        { .name = "zones", .parse = parse_zones },
        { .name = "actors", .parse = parse_actors },
        { .name = "commands", .parse = parse_commands },
        { .name = "rules", .parse = parse_later },
        { 0 },
};

void file_parse_some(struct loader *loader, const config_setting_t *root, const char *const *names)
{
        for (; *names; names++) {
                const config_setting_t *value = config_setting_get_member(root, *names);
                const struct setting *setting = file_settings;

                while (!streq(setting->name, *names))
                        setting++;
                if (value)
                        setting->parse(loader, value, setting, (char *)&loader->policy->settings + setting->offset);
        }
}

void file_parse(struct loader *loader, const config_setting_t *root)
{
        group_parse(loader, root, file_settings, &loader->policy->settings);
}
