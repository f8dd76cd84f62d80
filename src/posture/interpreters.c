/* "#!" lines: execve(2), "Interpreter scripts". */
#include "programs.h"

#define LINE_SIZE 256 /* BINPRM_BUF_SIZE: the kernel reads no more */
#define DEPTH_MAX 4

/* A program's first line, read once however many units run it. */
struct first_line {
        char *path;
        char *words[2]; /* the interpreter and its argument; NULL: it is no script */
        UT_hash_handle hh;
};

static void line_free(struct first_line *line)
{
        free(line->words[0]);
        free(line->words[1]);
        free(line->path);
        free(line);
}

static int parse(struct first_line *line, char *text)
{
        text[strcspn(text, "\n")] = '\0';
        if (!starts_with(text, "#!"))
                return 0;
        text += 2;
        for (size_t i = 0; i < 2; i++) {
                size_t length;

                text += strspn(text, " \t\r");
                length = strcspn(text, " \t\r");
                if (length == 0)
                        return 0;
                line->words[i] = strndup(text, length);
                if (!line->words[i])
                        return -ENOMEM;
                text += length;
        }
        return 0;
}

static int line_get(struct posture *posture, const char *path, struct first_line **ret)
{
        struct first_line *line = NULL;
        char text[LINE_SIZE + 1];
        int r = 0;

        HASH_FIND(hh, posture->first_lines, path, strlen(path), line);
        if (line) {
                *ret = line;
                return 0;
        }
        line = calloc(1, sizeof *line);
        if (!line || !(line->path = strdup(path))) {
                free(line);
                return -ENOMEM;
        }
        if (posture_read_start(posture, path, text, sizeof text) > 0)
                r = parse(line, text);
        if (r == 0)
                HASH_ADD_KEYPTR(hh, posture->first_lines, line->path, strlen(line->path), line);
        if (!HASH_ADDED(hh, line)) {
                line_free(line);
                return -ENOMEM;
        }
        *ret = line;
        return 0;
}

void first_lines_done(struct posture *posture)
{
        struct first_line *line, *next;

        HASH_ITER(hh, posture->first_lines, line, next) {
                HASH_DEL(posture->first_lines, line);
                line_free(line);
        }
}

int use_interpreter(const struct use *use, struct node *node)
{
        struct job job = *use->job;
        struct first_line *line;
        const char *base;
        int r;

        if (node->error != 0 || !S_ISREG(node->st.st_mode) || job.depth++ == DEPTH_MAX)
                return 0;
        r = line_get(job.posture, node->path, &line);
        if (r < 0 || !line->words[0])
                return r;
        r = use_file(&job, USE_PROGRAM, &use->runner, line->words[0], false);
        base = strrchr(line->words[0], '/');
        if (r == 0 && base && streq(base, "/env") && line->words[1] && *line->words[1] != '-')
                r = use_named(&job, &use->runner, line->words[1], false);
        return r;
}
