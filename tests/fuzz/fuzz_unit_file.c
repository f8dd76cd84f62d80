/* A unit file that somebody planted: read, told in words, looked over. The first byte says where it lies; a form
 * feed parts what was there before from what is there now. */
#include "unitward/unit_file.h"
#include "unitward/unit_meaning.h"
#include "unitward/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
        enum place place;
        const char *path, *unit;
} places[] = {
        { PLACE_UNITS, "/etc/systemd/system/x.service", "x.service" },
        { PLACE_UNITS, "/etc/systemd/system/x.timer", "x.timer" },
        { PLACE_UNITS, "/etc/systemd/system/x@.socket", "x@.socket" },
        { PLACE_UNITS, "/home/a/.config/systemd/user/x.path", "x.path" },
        { PLACE_UNITS, "/etc/systemd/system/x.mount", "x.mount" },
        { PLACE_DROPINS, "/etc/systemd/system/x.service.d/a.conf", "x.service" },
        { PLACE_CONFIGURATION, "/etc/systemd/system.conf", "" },
};

static void require(bool holds)
{
        if (!holds)
                abort();
}

static void read_settings(const char *text, size_t size)
{
        struct unit_file *file;
        size_t total = 0;

        require(unit_file_parse(text, size, &file) == 0);
        for (size_t i = 0; i < unit_file_n_settings(file); i++) {
                const struct unit_setting *setting = unit_file_setting(file, i);

                require(*setting->key && !strpbrk(setting->value, "\n\r") && !strchr(setting->key, '='));
                total += strlen(setting->key) + strlen(setting->value);
        }
        require(total <= size);
        unit_file_free(file);
}

static void take_programs(const char *text, size_t size)
{
        char **programs;

        require(unit_programs(text, size, &programs) == 0);
        for (char **program = programs; *program; program++) {
                require(**program == '/');
                free(*program);
        }
        free(programs);
}

static void tell(const struct unit_change *change)
{
        char *meaning = unit_meaning(change);

        for (const char *c = meaning; c && *c; c++)
                require((unsigned char)*c >= ' ' && *c != 0x7f);
        require(!meaning || strlen(meaning) <= 512);
        free(meaning);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *text = (const char *)data + 1, *cut;
        struct unit_change change = { .operation = OPERATION_MODIFY };
        size_t i = size > 0 ? *data % ARRAY_SIZE(places) : 0;
        char *target, name[UNIT_NAME_MAX];

        if (size == 0)
                return 0;
        size--;
        read_settings(text, size);
        take_programs(text, size);
        require(unit_suspicions(text, size, i == 3) < 1u << N_SUSPICIONS);

        cut = memchr(text, '\f', size);
        change.place = places[i].place;
        change.path = places[i].path;
        change.unit = places[i].unit;
        change.after = cut ? cut + 1 : text;
        change.after_size = size - (size_t)(change.after - text);
        change.before = cut ? text : NULL;
        change.before_size = cut ? (size_t)(cut - text) : 0;
        change.service = text;
        change.service_size = size;
        (void)unit_activates(change.unit, change.after, change.after_size, name);
        tell(&change);
        change.after = change.before = NULL;
        change.target = target = strndup(text, size);
        require(target != NULL);
        tell(&change);
        free(target);
        return 0;
}
