/* Findings for people: by severity, each with who can use it and what mends it. */
#include "posture.h"
#include "unitward/ctl.h"

#define UNITS_NAMED 3
#define UNSEEN_NAMED 5
#define INDENT "          "

/* ---- Commands ---------------------------------------------------------------------------------------------- */

static bool is_plain(const char *word)
{
        static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:=,@%";

        return *word && strspn(word, letters) == strlen(word);
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

/* ---- One finding ------------------------------------------------------------------------------------------- */

static const enum ctl_style styles[SEVERITY_COUNT_] = {
        [SEVERITY_INFO] = STYLE_PLAIN, [SEVERITY_LOW] = STYLE_PLAIN,    [SEVERITY_MEDIUM] = STYLE_WARN,
        [SEVERITY_HIGH] = STYLE_BAD,   [SEVERITY_CRITICAL] = STYLE_BAD,
};

static void print_line(const char *label, enum ctl_style style, const char *text)
{
        fputs(INDENT, stdout);
        fputs(label, stdout);
        ctl_print_text(stdout, style, text);
        putchar('\n');
}

static void print_units(const struct finding *finding)
{
        size_t more = finding->more_units;

        if (finding->n_units == 0)
                return;
        fputs(INDENT "units: ", stdout);
        for (size_t i = 0; i < finding->n_units; i++) {
                if (i == UNITS_NAMED) {
                        more += finding->n_units - i;
                        break;
                }
                if (i > 0)
                        fputs(", ", stdout);
                ctl_print_text(stdout, STYLE_PLAIN, finding->units[i]);
        }
        if (more > 0)
                printf(" and %zu more", more);
        putchar('\n');
}

static void print_mend(const struct mend *mend)
{
        _cleanup_free_ char *command = posture_command_text(mend);

        if (command)
                print_line(mend->safe ? "mend:  " : "mend, with care: ", STYLE_BOLD, command);
        if (mend->advice)
                print_line(command ? "       " : "mend:  ", STYLE_PLAIN, mend->advice);
}

static void print_acceptance(const struct finding *finding)
{
        const struct policy_accepted *accepted = finding->accepted;
        _cleanup_free_ char *text = NULL;

        if (!accepted)
                return;
        text = format("%s (%s:%u): %s", accepted->until, accepted->file, accepted->line, accepted->reason);
        print_line(finding->expired ? "it was accepted until " : "accepted until ",
                   finding->expired ? STYLE_WARN : STYLE_PLAIN, text ? text : "");
}

static void print_finding(const struct posture *posture, const struct finding *finding)
{
        _cleanup_free_ char *who = people_text(posture, &finding->who);
        const char *severity = severity_name(finding->severity);

        ctl_print_text(stdout, styles[finding->severity], severity);
        printf("%*s", (int)(sizeof INDENT - 1 - strlen(severity)), "");
        ctl_print_text(stdout, STYLE_BOLD, finding->path);
        putchar(' ');
        ctl_print_text(stdout, STYLE_PLAIN, finding->what);
        printf(" [%s]\n", posture_check_name(finding->check));
        if (who)
                print_line("who:   ", STYLE_PLAIN, who);
        print_units(finding);
        print_acceptance(finding);
        if (!finding->accepted || finding->expired)
                print_mend(&finding->mend);
}

/* ---- All of them ------------------------------------------------------------------------------------------- */

static void print_unseen(const struct posture *posture)
{
        size_t n = posture_n_unseen(posture);

        for (size_t i = 0; i < n && i < UNSEEN_NAMED; i++) {
                const struct unseen *unseen = posture_unseen_at(posture, i);

                fputs("not seen: ", stdout);
                ctl_print_text(stdout, STYLE_PLAIN, unseen->path);
                printf(": %s\n", strerror(unseen->error));
        }
        if (n > UNSEEN_NAMED)
                printf("not seen: %zu more; --json has them all\n", n - UNSEEN_NAMED);
        if (n > 0 && geteuid() != 0)
                puts("What is said here is not all: run it with sudo.");
}

static void print_summary(const struct posture *posture)
{
        const struct posture_sums sums = posture_sums(posture);
        size_t counts[SEVERITY_COUNT_] = { 0 }, accepted = 0;
        const char *comma = "";

        for (size_t i = 0; i < posture_n_findings(posture); i++) {
                const struct finding *finding = posture_finding(posture, i);

                if (finding->accepted && !finding->expired)
                        accepted++;
                else
                        counts[finding->severity]++;
        }
        for (size_t i = SEVERITY_COUNT_; i > 0; i--)
                if (counts[i - 1] > 0) {
                        printf("%s%zu %s", comma, counts[i - 1], severity_name((enum severity)(i - 1)));
                        comma = ", ";
                }
        if (accepted > 0)
                printf("%s%zu accepted", comma, accepted);
        printf("%s; %zu units, %zu of them started by themselves, %zu files and directories looked at\n",
               posture_n_findings(posture) > 0 ? "" : "no findings", sums.units, sums.reachable, sums.files);
}

void posture_print(const struct posture *posture)
{
        for (size_t i = 0; i < posture_n_findings(posture); i++) {
                const struct finding *finding = posture_finding(posture, i);

                if (!finding->accepted || finding->expired)
                        print_finding(posture, finding);
        }
        for (size_t i = 0; i < posture_n_findings(posture); i++) {
                const struct finding *finding = posture_finding(posture, i);

                if (finding->accepted && !finding->expired)
                        print_finding(posture, finding);
        }
        print_unseen(posture);
        print_summary(posture);
}
