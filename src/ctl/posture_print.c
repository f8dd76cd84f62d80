#include "posture.h"
#include "unitward/ctl.h"

static bool is_plain(const char *word)
{
        return *word &&
               strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:=,@%") == strlen(word);
}

static void put_word(FILE *stream, const char *word)
{
        if (is_plain(word)) {
                fputs(word, stream);
                return;
        }
        fputc('\'', stream);
        for (; *word; word++)
                if (*word == '\'')
                        fputs("'\\''", stream);
                else
                        fputc(*word, stream);
        fputc('\'', stream);
}

char *posture_command_text(const struct mend *mend)
{
        char *text = NULL;
        size_t size;
        FILE *stream = mend->argv ? open_memstream(&text, &size) : NULL;

        if (!stream)
                return NULL;
        for (char **word = mend->argv; *word; word++) {
                if (word > mend->argv)
                        fputc(' ', stream);
                put_word(stream, *word);
        }
        if (fclose(stream) == 0)
                return text;
        free(text);
        return NULL;
}

static const enum ctl_style styles[SEVERITY_COUNT_] = { STYLE_PLAIN, STYLE_PLAIN, STYLE_WARN, STYLE_BAD, STYLE_BAD };

static void print_finding(const struct finding *finding)
{
        _cleanup_free_ char *command = posture_command_text(&finding->mend);

        ctl_print_text(stdout, styles[finding->severity], severity_name(finding->severity));
        printf("%*s", 10 - (int)strlen(severity_name(finding->severity)), "");
        ctl_print_text(stdout, STYLE_BOLD, finding->path);
        putchar(' ');
        ctl_print_text(stdout, STYLE_PLAIN, finding->what);
        putchar('\n');
        if (command) {
                fputs("          ", stdout);
                ctl_print_text(stdout, STYLE_PLAIN, command);
                putchar('\n');
        }
}

void posture_print(const struct posture *posture)
{
        for (size_t i = 0; i < posture_n_findings(posture); i++)
                print_finding(posture_finding(posture, i));
}
