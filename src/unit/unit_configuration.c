/* What is no unit and still decides what systemd runs. */
#include "unit_internal.h"
#include "unitward/util.h"

/* ---- Programs ------------------------------------------------------------------------------------------- */

static const struct {
        const char *directory, *what, *when;
} programs[] = {
        { "system-generators", "generator", "as root at every boot and reload" },
        { "system-environment-generators", "environment generator", "as root at every boot and reload" },
        { "user-generators", "generator", "as the user at every login and reload" },
        { "user-environment-generators", "environment generator", "as the user at every login and reload" },
        { "system-shutdown", "program", "as root at every shutdown" },
        { "system-sleep", "program", "as root before and after every sleep" },
};

bool put_program(FILE *stream, const struct unit_change *change, const char *directory, const char *name)
{
        size_t i = 0;

        while (i < ARRAY_SIZE(programs) && !streq(programs[i].directory, directory))
                i++;
        if (i == ARRAY_SIZE(programs))
                return false;
        if (change->operation == OPERATION_REMOVE)
                (void)fputs("takes away", stream);
        else if (unit_is_masked(change->target, change->after, change->after_size))
                put_verb(stream, change, "masks");
        else
                put_verb(stream, change, change->operation == OPERATION_MODIFY ? "changes" : "adds");
        (void)fprintf(stream, " the %s ", programs[i].what);
        put_value(stream, name);
        if (change->target && change->operation != OPERATION_REMOVE && !unit_is_masked(change->target, NULL, 0)) {
                (void)fputs(", a link to ", stream);
                put_value(stream, change->target);
        }
        (void)fprintf(stream, ", which systemd runs %s", programs[i].when);
        return true;
}

/* ---- Configuration --------------------------------------------------------------------------------------- */

/* How a change of a file with settings is told. "of": what they are settings of. */
static const struct {
        const char *within, *of;
} settings[] = {
        { "/systemd/system.conf", "systemd itself" },
        { "/systemd/user.conf", "every user's systemd" },
};

/* The others: what the file does, with its name at the place of the '%'. */
static const struct {
        const char *within, *adds, *changes, *removes;
} files[] = {
        { "/systemd/linger/", "lets the units of % run without a login", NULL,
          "no longer lets the units of % run without a login" },
        { "/systemd/system-preset/", "adds %, which says what is enabled when it is installed",
          "changes %, which says what is enabled when it is installed",
          "takes away %, which says what is enabled when it is installed" },
        { "/systemd/user-preset/", "adds %, which says what is enabled for users when it is installed",
          "changes %, which says what is enabled for users when it is installed",
          "takes away %, which says what is enabled for users when it is installed" },
        { "/environment.d/", "adds %, which sets the environment of every user's services",
          "changes %, which sets the environment of every user's services",
          "takes away %, which sets the environment of every user's services" },
        { "/etc/rc.d/init.d/", "adds the init script %, which systemd makes a service of",
          "changes the init script %, which systemd makes a service of", "takes away the init script %" },
        { "/etc/init.d/", "adds the init script %, which systemd makes a service of",
          "changes the init script %, which systemd makes a service of", "takes away the init script %" },
        { "/rc.local", "makes a script that runs as root at every boot",
          "changes the script that runs as root at every boot",
          "takes away the script that runs as root at every boot" },
        { "/etc/cron", "adds %, which cron runs commands of", "changes %, which cron runs commands of",
          "takes away %, which cron runs commands of" },
        { "/var/spool/cron/", "adds %, which is run when its time has come",
          "changes %, which is run when its time has come", "takes away %, which is run when its time has come" },
        { "/etc/fstab", "makes the table that systemd makes mounts of",
          "changes the table that systemd makes mounts of", "takes away the table that systemd makes mounts of" },
        { "/dbus-1/system-services/", "adds %, which the system bus starts a program by when somebody asks for it",
          "changes %, which the system bus starts a program by when somebody asks for it",
          "takes away %, which the system bus starts a program by when somebody asks for it" },
        { "/dbus-1/services/", "adds %, which a user's bus starts a program by when somebody asks for it",
          "changes %, which a user's bus starts a program by when somebody asks for it",
          "takes away %, which a user's bus starts a program by when somebody asks for it" },
        { "/udev/rules.d/", "adds %, which says what is run and started when a device appears",
          "changes %, which says what is run and started when a device appears",
          "takes away %, which says what is run and started when a device appears" },
        { "/autostart/", "adds %, which is started when somebody logs in to a desktop",
          "changes %, which is started when somebody logs in to a desktop",
          "takes away %, which is started when somebody logs in to a desktop" },
        { "/containers/systemd/", "adds %, of which podman makes units at every boot and reload",
          "changes %, of which podman makes units at every boot and reload",
          "takes away %, of which podman makes units at every boot and reload" },
};

static void put_named(FILE *stream, const struct unit_change *change, const char *sentence, const char *name)
{
        size_t verb = strcspn(sentence, " "), length = strcspn(sentence, "%");
        char word[16];

        (void)string_copy(word, verb + 1 < sizeof word ? verb + 1 : sizeof word, sentence);
        put_verb(stream, change, word);
        (void)fprintf(stream, "%.*s", (int)(length - verb), sentence + verb);
        if (sentence[length]) {
                put_value(stream, name);
                (void)fputs(sentence + length + 1, stream);
        }
}

/* /etc/rc3.d/S20x: the script x is started, K20x: stopped, in that runlevel. */
static bool put_runlevel(FILE *stream, const struct unit_change *change, const char *name)
{
        const char *rc = strstr(change->path, "/etc/rc");
        bool starts = *name == 'S', removed = change->operation == OPERATION_REMOVE;
        size_t digits;

        if (!rc || !rc[7] || rc[8] != '.' || (*name != 'S' && *name != 'K'))
                return false;
        digits = strspn(name + 1, "0123456789");
        if (removed)
                (void)fputs("no longer makes", stream);
        else
                put_verb(stream, change, "makes");
        (void)fprintf(stream, " systemd %s the init script ", starts ? "start" : "stop");
        put_value(stream, name + 1 + digits);
        (void)fprintf(stream, " in runlevel %c", rc[7]);
        return true;
}

static bool put_manager_settings(FILE *stream, const struct unit_change *change, const struct unit_file *before,
                                 const struct unit_file *after)
{
        size_t i = 0;

        while (i < ARRAY_SIZE(settings) && !strstr(change->path, settings[i].within))
                i++;
        if (i == ARRAY_SIZE(settings))
                return false;
        if (after && put_differences(stream, before, after, settings[i].of))
                return true;
        if (change->operation == OPERATION_REMOVE)
                (void)fputs("takes away", stream);
        else
                put_verb(stream, change, change->operation == OPERATION_MODIFY ? "changes" : "adds");
        (void)fprintf(stream, " configuration of %s", settings[i].of);
        return true;
}

bool put_configuration(FILE *stream, const struct unit_change *change, const struct unit_file *before,
                       const struct unit_file *after)
{
        const char *name = strrchr(change->path, '/') + 1, *sentence;
        size_t i = 0;

        if (put_manager_settings(stream, change, before, after) || put_runlevel(stream, change, name))
                return true;
        while (i < ARRAY_SIZE(files) && !strstr(change->path, files[i].within))
                i++;
        if (i == ARRAY_SIZE(files))
                return false;
        sentence = change->operation == OPERATION_REMOVE   ? files[i].removes
                   : change->operation == OPERATION_MODIFY ? files[i].changes
                                                           : files[i].adds;
        if (!sentence)
                return false;
        put_named(stream, change, sentence, name);
        return true;
}
