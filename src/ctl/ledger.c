/* unitward ledger: what is authorised as a text, for version control and for other machines. */
#include <fcntl.h>
#include <sys/stat.h>

#include "survey.h"
#include "unitward/ledger_text.h"
#include "unitward/protocol.h"
#include "unitward/text.h"
#include "unitward/unit_path.h"

struct options {
        struct ctl_common common;
        const char *file;
        bool merge, yes;
};

static error_t parse_file(int key, char *arg, struct argp_state *state)
{
        struct options *options = state->input;

        switch (key) {
        case ARGP_KEY_INIT:
                state->child_inputs[0] = state->input;
                return 0;
        case 'm':
                options->merge = true;
                return 0;
        case 'y':
                options->yes = true;
                return 0;
        case ARGP_KEY_ARG:
                if (options->file)
                        argp_error(state, "one file at a time");
                options->file = arg;
                return 0;
        default:
                return ARGP_ERR_UNKNOWN;
        }
}

/* ---- export ------------------------------------------------------------------------------------------- */

static int export_entry(const struct ledger_entry *entry, void *userdata)
{
        return unit_path_is_volatile(entry->path) ? 0 : ledger_text_entry(userdata, entry);
}

/* The whole text in memory: a file gets it at once or not at all. */
static int export_text(struct ledger *ledger, char **ret, size_t *ret_size)
{
        struct ledger_text_writer *writer;
        FILE *stream = open_memstream(ret, ret_size);
        int r, ended;

        if (!stream)
                return -errno;
        r = ledger_text_begin(stream, false, &writer);
        if (r == 0) {
                r = ledger_each(ledger, export_entry, writer);
                ended = ledger_text_end(writer, NULL);
                if (r == 0)
                        r = ended;
        }
        if (fclose(stream) != 0 && r == 0)
                r = -errno;
        return r;
}

static int append_json(const struct ledger_entry *entry, void *userdata)
{
        json_t *item;
        char hex[DIGEST_HEX_SIZE], since[TIMESTAMP_SIZE];
        int r;

        if (unit_path_is_volatile(entry->path))
                return 0;
        item = json_pack("{s:s, s:o, s:I, s:I, s:I, s:s*, s:s, s:s, s:s}", "kind", entry_kind_name(entry->kind), "mode",
                         json_sprintf("%04o", (unsigned)entry->mode), "uid", (json_int_t)entry->uid, "gid",
                         (json_int_t)entry->gid, "size", (json_int_t)entry->size, "sha256",
                         entry->kind == ENTRY_FILE ? digest_to_hex(&entry->digest, hex) : NULL, "source", entry->source,
                         "rule", entry->rule, "since", timestamp_format(entry->since_usec, since));
        r = item ? json_set_bytes(item, "path", entry->path) : -ENOMEM;
        if (r == 0)
                r = json_set_bytes(item, "by", entry->by);
        if (r == 0 && entry->target)
                r = json_set_bytes(item, "target", entry->target);
        if (r == 0)
                return json_array_append_new(userdata, item) < 0 ? -ENOMEM : 0;
        json_decref(item);
        return r;
}

static int export_json(struct ledger *ledger)
{
        json_t *all = json_array();
        int r = all ? ledger_each(ledger, append_json, all) : -ENOMEM;

        if (r == 0)
                ctl_print_json(all);
        json_decref(all);
        return r;
}

int survey_export(struct ledger *ledger, const char *file)
{
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r = export_text(ledger, &text, &size);

        if (r < 0)
                return r;
        if (file && !streq(file, "-"))
                return replace_file(file, text, size, 0600);
        return fwrite(text, 1, size, stdout) == size ? 0 : -EIO;
}

static int ledger_export(int argc, char **argv)
{
        static const struct argp parser = {
                .parser = parse_file,
                .args_doc = "[FILE]",
                .doc = "Writes all that is authorised, a line for each path, to FILE or to standard output. What comes "
                       "and goes with the boot is left out. The same ledger gives the same bytes.",
                .children = survey_children,
        };
        struct options options = { 0 };
        struct ledger *ledger;
        int r;

        if (argp_parse(&parser, argc, argv, 0, NULL, &options) != 0)
                return CTL_USAGE;
        r = survey_begin();
        if (r == CTL_OK)
                r = survey_open_ledger(&ledger);
        if (r != CTL_OK)
                return r;
        r = options.common.json ? export_json(ledger) : survey_export(ledger, options.file);
        ledger_close(ledger);
        if (r < 0)
                ctl_error("nothing was written", "%s: %s", options.file ? options.file : "the ledger", strerror(-r));
        return r < 0 ? CTL_FINDING : CTL_OK;
}

/* ---- import -------------------------------------------------------------------------------------------- */

static int call_import(const struct options *options, int file, bool dry, json_t **ret)
{
        const struct protocol_files files = { &file, 1 };

        return ctl_call_with("ledger-import", json_pack("{s:b, s:b}", "merge", options->merge, "dry", dry), &files,
                             ret);
}

static void print_counts(FILE *out, const json_t *result)
{
        static const char *const keys[] = { "entries", "new", "changed", "removed" };

        for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
                _cleanup_free_ char *count = ctl_json_text(json_object_get(result, keys[i]));

                fprintf(out, "%s%s %s", i ? ", " : "", count ? count : "-", keys[i]);
        }
        fputc('\n', out);
}

/* First what would change, then, if that is wanted, the change. */
static int import_file(const struct options *options, int file)
{
        json_t *result;
        bool yes;
        int status = call_import(options, file, true, &result);

        if (status != CTL_OK)
                return status;
        if (!options->common.json)
                print_counts(stderr, result);
        json_decref(result);
        yes = options->yes ||
              survey_confirm(options->merge ? "Take these into the ledger?"
                                            : "Make the ledger this? In enforce mode what is not in it is taken away.");
        if (!yes)
                return CTL_FINDING;
        status = call_import(options, file, false, &result);
        if (status != CTL_OK)
                return status;
        if (options->common.json)
                ctl_print_json(result);
        else
                fputs("The ledger is imported. What differs on the disk: unitward diff\n", stderr);
        json_decref(result);
        return CTL_OK;
}

static int ledger_import(int argc, char **argv)
{
        static const struct argp_option own[] = {
                { "merge", 'm', NULL, 0, "Add and replace; what the file does not have stays authorised", 0 },
                { "yes", 'y', NULL, 0, "Do not ask", 0 },
                { 0 },
        };
        static const struct argp parser = {
                .options = own,
                .parser = parse_file,
                .args_doc = "FILE",
                .doc = "Makes the ledger what FILE says, all of it or nothing.\vWhat is there and not in FILE is "
                       "authorised no longer: in enforce mode it goes to quarantine. The policy decides who may: rules "
                       "with on = \"approve\".",
                .children = ctl_common_children,
        };
        _cleanup_free_ char *text = NULL;
        struct options options = { 0 };
        size_t size;
        int file, r;

        if (argp_parse(&parser, argc, argv, 0, NULL, &options) != 0)
                return CTL_USAGE;
        if (!options.file) {
                ctl_error("see: unitward ledger import --help", "a file is missing");
                return CTL_USAGE;
        }
        r = read_file_at(AT_FDCWD, options.file, LEDGER_TEXT_MAX, &text, &size);
        file = r == 0 ? ctl_memory_file(text, size) : r;
        if (file < 0) {
                ctl_error("name a file that unitward ledger export wrote", "%s: %s", options.file, strerror(-file));
                return CTL_FINDING;
        }
        r = import_file(&options, file);
        (void)close(file);
        return r;
}

int ctl_ledger(int argc, char **argv)
{
        static const struct ctl_command commands[] = {
                { "export", ledger_export, "write what is authorised as a text",
                  "unitward ledger export /root/ledger.txt" },
                { "import", ledger_import, "make it what a text says",
                  "unitward ledger import --merge /root/ledger.txt" },
                { 0 },
        };
        static const struct ctl_group group = {
                .name = "unitward ledger",
                .doc = "What is authorised, as a text that can be kept under version control.",
                .commands = commands,
        };

        return ctl_group_run(&group, argc, argv);
}
