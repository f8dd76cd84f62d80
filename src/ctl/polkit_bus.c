/* The system bus's file: methods that only some may call.
 *
 * dbus-daemon takes the last rule that matches, of those in context "default" first, then the group's, then the user's.
 * systemd's own file opens these methods to everybody in "default"; files in /etc are read after it. root has a rule of
 * its own there, as user, and is not concerned. */
#include "polkit.h"

#define SYSTEMD "org.freedesktop.systemd1"

static void put_methods(FILE *out, const char *verdict, const struct polkit_method *methods)
{
        for (; methods->interface; methods++)
                fprintf(out, "    <%s send_destination=\"" SYSTEMD "\" send_interface=\"%s\" send_member=\"%s\"/>\n",
                        verdict, methods->interface, methods->member);
}

/* Names that only a parser could misread are left to their number. */
static bool is_plain(const char *name)
{
        for (const char *p = name; *p; p++)
                if (*p <= ' ' || *p > '~')
                        return false;
        return *name && !streq(name, "*");
}

static bool put_callers(FILE *out, const struct polkit_door *door, const struct id_list *list, const char *kind,
                        char *(*name_of)(id_t id))
{
        for (size_t i = 0; i < list->n; i++) {
                _cleanup_free_ char *name = name_of(list->ids[i]);

                if (!name)
                        return false;
                fprintf(out, "  <policy %s=\"", kind);
                if (is_plain(name))
                        polkit_xml_text(out, name);
                else
                        fprintf(out, "%u", (unsigned)list->ids[i]);
                fputs("\">\n", out);
                put_methods(out, "allow", door->methods);
                fputs("  </policy>\n", out);
        }
        return true;
}

static bool put_door(FILE *out, const struct polkit_door *door)
{
        if (door->callers.everybody)
                return true;
        fputs("\n  <policy context=\"default\">\n", out);
        put_methods(out, "deny", door->methods);
        fputs("  </policy>\n", out);
        return put_callers(out, door, &door->callers.groups, "group", polkit_group_name) &&
               put_callers(out, door, &door->callers.users, "user", polkit_user_name);
}

static void put_head(FILE *out, const struct policy *policy)
{
        fprintf(out,
                "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\"\n"
                "        \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n"
                "<!-- Made by unitward from its policy; do not edit: unitward polkit makes it anew with its option "
                "install, and\n"
                "     says with its option check whether it is current. See unitward(1).\n"
                "     policy digest: %s\n",
                policy_digest(policy));
        fputs(policy->settings.mode == MODE_ENFORCE
                      ? "     What systemd does not tell polkit apart is kept here from whom the policy never permits "
                        "it; polkit\n"
                        "     is asked about everything that is let through. -->\n"
                      : "     The policy's mode is \"audit\": nothing is kept from anybody. -->\n",
              out);
        fputs("<busconfig>\n", out);
}

char *polkit_bus_text(const struct polkit_model *model)
{
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);
        bool ok = out;

        if (!out)
                return NULL;
        put_head(out, model->policy);
        for (size_t i = 0; ok && i < model->n_doors && model->policy->settings.mode == MODE_ENFORCE; i++)
                ok = put_door(out, &model->doors[i]);
        fputs("\n</busconfig>\n", out);
        ok = !ferror(out) && ok;
        if (fclose(out) == 0 && ok)
                return text;
        free(text);
        return NULL;
}
