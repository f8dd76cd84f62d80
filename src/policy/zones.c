/* Zones: what is protected. A zone is its preset's paths and its own. */
#include <stddef.h>
#include <sys/stat.h>

#include "unitward/unit_path.h"

#include "loader.h"

#define ZONE_PATHS_MAX 4096

/* A zone as written, before its preset is spelled out. */
struct zone_draft {
        const struct zone_preset *preset;
        struct string_list root; /* at most one */
        struct string_list homes;
        struct string_list paths;
        struct string_list files;
        bool restore;
};

static void draft_done(struct zone_draft *draft)
{
        string_list_done(&draft->files);
        string_list_done(&draft->paths);
        string_list_done(&draft->homes);
        string_list_done(&draft->root);
}

static const struct zone_preset *zone_preset_find(const char *name)
{
        const struct zone_preset *preset = zone_presets;

        while (preset->name && !streq(preset->name, name))
                preset++;
        return preset->name ? preset : NULL;
}

static void parse_preset(struct loader *loader, const config_setting_t *value, const struct setting *setting,
                         void *field)
{
        const char *name = value_string(loader, value);
        const struct zone_preset *preset = name ? zone_preset_find(name) : NULL;

        (void)setting;
        if (preset)
                *(const struct zone_preset **)field = preset;
        if (!name || preset)
                return;
        complain(loader, value,
                 "\"%s\" is no preset; expected one of \"system-units\", \"user-units\", "
                 "\"generators\", \"manager-config\", \"sysv\", \"unitward\", \"parents\", \"fstab\", \"cron\", "
                 "\"dbus-services\", \"udev\", \"autostart\", \"quadlet\"",
                 name);
}

static const char *check_home(const char *text)
{
        return ends_with(text, "/") ? "ends in a slash; expected \"/...\" without" : check_absolute(text);
}

static const struct setting zone_settings[] = {
        { .name = "preset", .parse = parse_preset, .offset = offsetof(struct zone_draft, preset) },
        { .name = "root", .parse = parse_strings, .offset = offsetof(struct zone_draft, root), .check = check_plain },
        { .name = "homes", .parse = parse_strings, .offset = offsetof(struct zone_draft, homes), .check = check_home },
        { .name = "paths",
          .parse = parse_strings,
          .offset = offsetof(struct zone_draft, paths),
          .check = check_absolute },
        { .name = "files", .parse = parse_strings, .offset = offsetof(struct zone_draft, files), .check = check_plain },
        { .name = "restore", .parse = parse_bool, .offset = offsetof(struct zone_draft, restore) },
        { 0 },
};

static bool zone_has(const struct zone *zone, const char *pattern)
{
        for (size_t i = 0; i < zone->n_paths; i++)
                if (streq(zone->paths[i].pattern, pattern))
                        return true;
        return false;
}

/* Takes the pattern (NULL: there was no memory for it), which is left out when the zone has it already. */
static void zone_add(struct loader *loader, struct zone *zone, char *pattern, enum place place, bool is_file)
{
        struct zone_path *path = NULL;

        if (pattern && (zone_has(zone, pattern) || zone->n_paths == ZONE_PATHS_MAX)) {
                free(pattern);
                return;
        }
        if (pattern)
                path = array_grow(&zone->paths, &zone->n_paths, sizeof *zone->paths);
        if (!path) {
                free(pattern);
                loader->out_of_memory = true;
                return;
        }
        *path = (struct zone_path){ .pattern = pattern, .place = place, .is_file = is_file };
}

static void add_preset_paths(struct loader *loader, struct zone *zone, const char *prefix, const char *home,
                             const struct preset_path *paths)
{
        for (const struct preset_path *path = paths; path->path; path++)
                zone_add(loader, zone, format("%s%s%s", prefix, home, path->path), path->place, path->is_file);
}

static void add_homes(struct loader *loader, struct zone *zone, const struct zone_draft *draft, const char *prefix)
{
        static const char *const usual[] = { "/root", "/home/*" };
        size_t n = draft->homes.n ? draft->homes.n : ARRAY_SIZE(usual);

        for (size_t i = 0; i < n; i++)
                add_preset_paths(loader, zone, prefix, draft->homes.n ? draft->homes.items[i] : usual[i],
                                 draft->preset->home_paths);
}

/* Where systemd itself looks may be more than the preset knows: distributions differ. */
static void add_search_path(struct loader *loader, struct zone *zone, int scope)
{
        _cleanup_(unit_path_free) char **directories = NULL;

        if (unit_path_search((enum unit_scope)scope, &directories) < 0)
                return;
        for (char **directory = directories; *directory; directory++)
                if (!check_absolute(*directory))
                        zone_add(loader, zone, strdup(*directory), unit_path_place(*directory), false);
}

static void add_preset(struct loader *loader, struct zone *zone, const struct zone_draft *draft)
{
        const char *prefix = draft->root.n ? draft->root.items[0] : "";

        add_preset_paths(loader, zone, prefix, "", draft->preset->paths);
        if (draft->preset->home_paths)
                add_homes(loader, zone, draft, prefix);
        if (draft->preset->search >= 0 && !*prefix)
                add_search_path(loader, zone, draft->preset->search);
}

static void add_own_path(struct loader *loader, struct zone *zone, const char *path)
{
        size_t length = strlen(path);
        bool slash = path[length - 1] == '/';
        struct stat st;
        bool is_directory = slash || strchr(path, '*') || (stat(path, &st) == 0 && S_ISDIR(st.st_mode));

        zone_add(loader, zone, strndup(path, length - slash), PLACE_CONFIGURATION, !is_directory);
}

static void check_draft(struct loader *loader, const config_setting_t *group, const struct zone_draft *draft)
{
        bool has_preset = config_setting_get_member(group, "preset"); /* perhaps one that was complained about */

        if (!has_preset && draft->paths.n + draft->files.n == 0)
                complain(loader, group, "protects nothing; expected one of preset, paths, files");
        if (draft->homes.n && !(draft->preset && draft->preset->home_paths))
                complain(loader, group, "has homes; expected these only with a preset that has places in them");
        if (draft->root.n > 1 || (draft->root.n && !has_preset))
                complain(loader, group, "has a root that means nothing; expected one directory, along with a preset");
}

static void build_zone(struct loader *loader, struct zone *zone, const struct zone_draft *draft)
{
        zone->restore = draft->restore;
        zone->parents = draft->preset && draft->preset->is_parents;
        if (draft->preset)
                add_preset(loader, zone, draft);
        for (size_t i = 0; i < draft->paths.n; i++)
                add_own_path(loader, zone, draft->paths.items[i]);
        for (size_t i = 0; i < draft->files.n; i++)
                zone_add(loader, zone, strdup(draft->files.items[i]), PLACE_CONFIGURATION, true);
}

/* Both arrays grow together: an index means the same zone in both. */
static struct zone *add_zone(struct loader *loader, const char *name, struct position position)
{
        struct policy *policy = loader->policy;
        size_t n = policy->n_zones;
        struct zone_origin *origin = array_grow(&policy->zone_origins, &n, sizeof *policy->zone_origins);
        struct zone *zone = origin ? array_grow(&policy->zones, &policy->n_zones, sizeof *policy->zones) : NULL;

        if (!zone) {
                loader->out_of_memory = true;
                return NULL;
        }
        origin->position = position;
        (void)string_copy(zone->name, sizeof zone->name, name);
        return zone;
}

static void parse_zone(struct loader *loader, const config_setting_t *group)
{
        _cleanup_(draft_done) struct zone_draft draft = { 0 };
        struct policy *policy = loader->policy;
        const char *name = config_setting_name(group);
        int taken = policy_zone_index(policy, name);
        struct zone *zone;

        group_parse(loader, group, zone_settings, &draft);
        if (!config_setting_is_group(group) ||
            !name_is_free(loader, group, name, taken < 0 ? NULL : &policy->zone_origins[taken].position))
                return;
        check_draft(loader, group, &draft);
        if (!config_setting_get_member(group, "restore"))
                draft.restore = draft.preset ? draft.preset->restore : true;
        if (policy->n_zones == POLICY_ZONES_MAX) {
                complain(loader, group, "is one zone too many; expected at most %d", POLICY_ZONES_MAX);
                return;
        }
        zone = add_zone(loader, name, position_of(loader, group));
        if (!zone)
                return;
        policy->zone_origins[policy->n_zones - 1].is_system = draft.preset && draft.preset->is_system;
        policy->zone_origins[policy->n_zones - 1].is_own = draft.preset && streq(draft.preset->name, ZONE_OWN);
        build_zone(loader, zone, &draft);
}

void parse_zones(struct loader *loader, const config_setting_t *value, const struct setting *setting, void *field)
{
        (void)setting;
        (void)field;
        members_each(loader, value, parse_zone);
}

/* ---- The zone that is there without being written --------------------------------------------------------- */

static bool has_own(const struct policy *policy)
{
        for (size_t i = 0; i < policy->n_zones; i++)
                if (policy->zone_origins[i].is_own || streq(policy->zones[i].name, ZONE_OWN))
                        return true;
        return false;
}

void zones_add_own(struct loader *loader, const char *policy_path)
{
        _cleanup_(draft_done) struct zone_draft draft = { .restore = true };
        struct policy *policy = loader->policy;
        size_t length = strlen(policy_path), own = strlen(POLICY_PATH);
        struct zone *zone;

        if (!ends_with(policy_path, POLICY_PATH) || !policy->settings.protect_unitward || has_own(policy) ||
            policy->n_zones == POLICY_ZONES_MAX)
                return;
        draft.preset = zone_preset_find(ZONE_OWN);
        zone = add_zone(loader, ZONE_OWN, (struct position){ policy->files.items[0], 0 });
        if (!zone)
                return;
        policy->zone_origins[policy->n_zones - 1].is_system = policy->zone_origins[policy->n_zones - 1].is_own = true;
        if (length > own) {
                _cleanup_free_ char *root = strndup(policy_path, length - own);

                if (!root || !string_list_add(&draft.root, root))
                        loader->out_of_memory = true;
        }
        build_zone(loader, zone, &draft);
}
