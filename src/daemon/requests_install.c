/* unitward install: units that come with a request are put in place and authorised in one step. The request says
 * names and contents; where they go the daemon knows, so that no client chooses a path. */
#include <limits.h>
#include <sys/stat.h>

#include "install.h"
#include "unitward/text.h"
#include "unitward/unit_file.h"
#include "unitward/unit_name.h"
#include "unitward/util.h"

#define LINKS_MAX 256

static void install_done(struct install *install)
{
        for (size_t i = 0; i < install->n; i++) {
                struct piece *piece = &install->pieces[i];

                free(piece->name);
                free(piece->below);
                free(piece->path);
                free(piece->data);
                free(piece->target);
        }
        free(install->pieces);
        (void)actor_unref(install->actor);
}

/* ---- What is asked for ------------------------------------------------------------------------------ */

/* The administrator's directory of that scope, as the policy protects it; a policy for a tree has it below there. */
static struct directory *directory_of(struct guard *guard, const char *wanted)
{
        struct directory *directory, *next, *found = inventory_directory(&guard->settler.inventory, wanted);

        if (found && found->present && found->place == PLACE_UNITS)
                return found;
        found = NULL;
        HASH_ITER(hh_path, guard->settler.inventory.by_path, directory, next)
                if (!found && directory->is_root && directory->present && directory->place == PLACE_UNITS &&
                    ends_with(directory->path, wanted))
                        found = directory;
        return found;
}

static int text_of(const json_t *object, const char *key, char **ret)
{
        const char *text = json_string_value(json_object_get(object, key));

        if (!text)
                return 0;
        *ret = strdup(text);
        return *ret ? 0 : -ENOMEM;
}

/* A name that is one component and no hidden one. */
static bool is_plain(const char *name)
{
        return name && *name && *name != '.' && !strchr(name, '/') && strlen(name) <= NAME_MAX;
}

static bool piece_is_sound(const struct install *install, const struct piece *piece)
{
        enum place place;

        if (!is_plain(piece->name) || (piece->below && !is_plain(piece->below)))
                return false;
        if (!piece->below)
                return unit_name_is_valid(piece->name);
        place = unit_place_of_directory(install->directory->place, piece->below);
        if (piece->target)
                return place == PLACE_DEPENDENCIES && unit_name_is_valid(piece->name);
        return place == PLACE_DROPINS && ends_with(piece->name, ".conf");
}

static int piece_place(const struct install *install, struct piece *piece)
{
        const struct directory *directory = install->directory;

        piece->path = piece->below ? format("%s/%s/%s", directory->path, piece->below, piece->name)
                                   : format("%s/%s", directory->path, piece->name);
        if (!piece->path)
                return -ENOMEM;
        piece->subject = (struct subject){
                .path = piece->path,
                .name = strrchr(piece->path, '/') + 1,
                .zone = directory->zone,
                .place = piece->below ? unit_place_of_directory(directory->place, piece->below) : directory->place,
        };
        unit_name_of(piece->subject.place, piece->below ? piece->below : directory->name, piece->name,
                     piece->subject.unit);
        return 0;
}

static int read_piece(const struct install *install, struct piece *piece, const json_t *item,
                      struct control_answer *ret)
{
        int r = text_of(item, "name", &piece->name);

        if (r == 0)
                r = text_of(item, "below", &piece->below);
        if (r < 0)
                return r;
        if (!piece_is_sound(install, piece))
                return request_error(ret, -EINVAL,
                                     format("%s%s%s: systemd reads no such name", piece->below ? piece->below : "",
                                            piece->below ? "/" : "", piece->name ? piece->name : ""),
                                     strdup("units end in .service, .timer, .socket and so on, drop-ins in .conf"));
        return piece_place(install, piece);
}

static int read_file(const struct install *install, const struct control_peer *peer, struct piece *piece,
                     const json_t *item, struct control_answer *ret)
{
        int r = read_piece(install, piece, item, ret);

        if (r < 0)
                return r;
        r = request_contents(peer, install->n, UNIT_FILE_MAX, &piece->data, &piece->size);
        if (r == -EFBIG)
                return request_error(ret, r, format("%s: longer than 1 MiB", piece->name),
                                     strdup("such a file cannot be restored; make it shorter"));
        return r < 0 ? request_error(ret, r, format("%s: its contents did not come along", piece->name),
                                     strdup("use unitward(1) of the daemon's version"))
                     : 0;
}

/* A link leads to a unit of the same request or of the same directory, never elsewhere. */
static int read_link(const struct install *install, struct piece *piece, const json_t *item, struct control_answer *ret)
{
        const char *to = json_string_value(json_object_get(item, "to"));

        if (!to || !unit_name_is_valid(to))
                return request_error(ret, -EINVAL, strdup("a link leads to no unit"), NULL);
        piece->target = format("%s/%s", install->directory->path, to);
        return piece->target ? read_piece(install, piece, item, ret) : -ENOMEM;
}

static int read_all(struct install *install, const struct control_peer *peer, json_t *arguments,
                    struct control_answer *ret)
{
        json_t *files = json_object_get(arguments, "files"), *links = json_object_get(arguments, "links");
        size_t n_files = json_array_size(files), n = n_files + json_array_size(links);
        int r = 0;

        if (n_files == 0 || n_files != peer->n_files || json_array_size(links) > LINKS_MAX)
                return request_error(ret, -EINVAL, strdup("names and contents do not fit together"),
                                     strdup("use unitward(1) of the daemon's version; 16 files at a time"));
        install->pieces = calloc(n, sizeof *install->pieces);
        if (!install->pieces)
                return -ENOMEM;
        while (r == 0 && install->n < n) {
                struct piece *piece = &install->pieces[install->n];

                r = install->n < n_files ? read_file(install, peer, piece, json_array_get(files, install->n), ret)
                                         : read_link(install, piece, json_array_get(links, install->n - n_files), ret);
                install->n++;
        }
        return r;
}

/* ---- Whether it may be -------------------------------------------------------------------------------- */

static bool is_there_already(const struct piece *piece, const struct stat *st)
{
        char target[PATH_MAX];
        ssize_t n;

        if (!piece->target || !S_ISLNK(st->st_mode))
                return false;
        n = readlink(piece->path, target, sizeof target - 1);
        if (n < 0)
                return false;
        target[n] = '\0';
        return streq(target, piece->target);
}

static int check_piece(const struct install *install, struct piece *piece, struct control_answer *ret)
{
        struct stat st;
        int r = request_decide(install->guard, install->actor, &piece->subject, &piece->verdict, ret);

        /* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): what was read without an error has a path. */
        if (r < 0 || lstat(piece->path, &st) < 0 || is_there_already(piece, &st))
                return r;
        if (S_ISDIR(st.st_mode))
                return request_error(ret, -EISDIR, format("%s: a directory is there", piece->path),
                                     strdup("remove it first: unitward revoke"));
        return install->force ? 0
                              : request_error(ret, -EEXIST, format("%s: is there already", piece->path),
                                              strdup("to replace it: unitward install --force"));
}

/* ---- All of it -------------------------------------------------------------------------------------- */

static int install_all(const struct install *install, struct control_answer *ret)
{
        json_t *items = json_array();

        for (size_t i = 0; items && i < install->n; i++) {
                const struct piece *piece = &install->pieces[i];
                int r = install_piece(install, piece);

                if (r < 0) {
                        json_decref(items);
                        return request_error(
                                ret, r,
                                format("%s: %s; %zu of %zu are in place", piece->path, strerror(-r), i, install->n),
                                strdup("see: unitward diff"));
                }
                if (json_array_append_new(items, request_describe(install->guard, piece->path)) < 0) {
                        json_decref(items);
                        return -ENOMEM;
                }
        }
        ret->result = items;
        return items ? 0 : -ENOMEM;
}

int request_install(void *userdata, const struct control_peer *peer, json_t *arguments, struct control_answer *ret)
{
        _cleanup_(install_done) struct install install = { .guard = userdata,
                                                           .force = json_is_true(json_object_get(arguments, "force")) };
        const char *wanted =
                json_is_true(json_object_get(arguments, "user")) ? "/etc/systemd/user" : "/etc/systemd/system";
        int r = request_actor(install.guard, peer, &install.actor, ret);

        if (r < 0)
                return r;
        housekeeper_settle_notes(install.guard);
        install.directory = directory_of(install.guard, wanted);
        if (!install.directory)
                return request_error(ret, -ENOENT, format("%s: not there, or not protected by the policy", wanted),
                                     strdup("make the directory, or have a zone with the preset system-units or "
                                            "user-units"));
        r = read_all(&install, peer, arguments, ret);
        for (size_t i = 0; r == 0 && i < install.n; i++)
                r = check_piece(&install, &install.pieces[i], ret);
        return r < 0 ? r : install_all(&install, ret);
}
