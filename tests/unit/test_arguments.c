/* Another process's arguments: as its memory has them, as /proc has them; bounded, and nothing is taken for a word that
 * is none. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "unitward/arguments.h"
#include "unitward/util.h"

#define PAGE 4096u
#define WORD(text) ((char *)(uintptr_t)(text))

static void check_words(char *const *words, const char *expected)
{
        char text[512] = "";

        for (; *words; words++) {
                size_t length = strlen(text);

                (void)snprintf(text + length, sizeof text - length, "%s|", *words);
        }
        assert_string_equal(text, expected);
}

static int read_own(char *const *argv, char *const *envp, struct arguments **ret)
{
        const struct execute_call call = { sizeof(char *), (uintptr_t)argv, (uintptr_t)envp };

        return arguments_read_call(gettid(), &call, ret);
}

static void test_call(void **state)
{
        char *argv[] = { WORD("systemctl"), WORD(""), WORD("enable"), NULL }, *envp[] = { WORD("A=b"), NULL };
        struct arguments *arguments = NULL;

        (void)state;
        assert_int_equal(read_own(argv, envp, &arguments), 0);
        assert_int_equal(arguments->argc, 3);
        check_words(arguments->argv, "systemctl||enable|");
        check_words(arguments->envp, "A=b|");
        assert_int_equal(arguments->arguments_size, sizeof "systemctl" + sizeof "" + sizeof "enable");
        assert_int_equal(arguments->size, arguments->arguments_size + sizeof "A=b");
        arguments_free(arguments);
        assert_int_equal(read_own(NULL, NULL, &arguments), 0);
        assert_int_equal(arguments->argc, 0);
        assert_null(*arguments->argv);
        assert_null(*arguments->envp);
        arguments_free(arguments);
}

/* Words and vectors at the end of what is mapped, and across pages. */
static void test_pages(void **state)
{
        char *pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
             *end = pages + 2 * PAGE;
        struct arguments *arguments = NULL;
        char **argv = (char **)(void *)(pages + PAGE) - 1;

        (void)state;
        assert_ptr_not_equal(pages, MAP_FAILED);
        assert_int_equal(munmap(end, PAGE), 0);
        memset(end - PAGE / 2, 'x', PAGE / 2 - 1);
        argv[0] = end - 4; /* "xxx", up to the last byte */
        argv[1] = end - PAGE / 2;
        argv[2] = NULL;
        assert_int_equal(read_own(argv, NULL, &arguments), 0);
        assert_int_equal(arguments->argc, 2);
        assert_string_equal(arguments->argv[0], "xxx");
        assert_int_equal(strlen(arguments->argv[1]), PAGE / 2 - 1);
        arguments_free(arguments);

        end[-1] = 'x'; /* it does not end any more */
        assert_int_equal(read_own(argv, NULL, &arguments), -EFAULT);
        end[-1] = '\0';
        argv[1] = end;
        assert_int_equal(read_own(argv, NULL, &arguments), -EFAULT);
        assert_int_equal(read_own((char **)(void *)end, NULL, &arguments), -EFAULT);
        assert_int_equal(read_own((char **)(void *)(end - sizeof *argv / 2), NULL, &arguments), -EFAULT);
        (void)munmap(pages, 2 * PAGE);
}

static void test_bounds(void **state)
{
        char **many = calloc(ENVIRONMENT_WORDS_MAX + 2, sizeof *many), *one[] = { WORD("x"), NULL };
        char *huge = malloc(ARGUMENTS_BYTES_MAX + 1), *long_one[] = { huge, NULL };
        struct arguments *arguments = NULL;

        (void)state;
        assert_non_null(many);
        assert_non_null(huge);
        for (size_t i = 0; i < ARGUMENTS_WORDS_MAX; i++)
                many[i] = one[0];
        assert_int_equal(read_own(many, one, &arguments), 0);
        assert_int_equal(arguments->argc, ARGUMENTS_WORDS_MAX);
        arguments_free(arguments);
        many[ARGUMENTS_WORDS_MAX] = one[0];
        assert_int_equal(read_own(many, one, &arguments), -E2BIG);
        for (size_t i = 0; i <= ENVIRONMENT_WORDS_MAX; i++)
                many[i] = one[0];
        assert_int_equal(read_own(one, many, &arguments), -E2BIG);
        memset(huge, 'x', ARGUMENTS_BYTES_MAX);
        huge[ARGUMENTS_BYTES_MAX] = '\0';
        assert_int_equal(read_own(long_one, NULL, &arguments), -E2BIG);
        huge[ARGUMENTS_BYTES_MAX - 1] = '\0';
        assert_int_equal(read_own(long_one, NULL, &arguments), 0);
        arguments_free(arguments);
        assert_int_equal(read_own(long_one, one, &arguments), -E2BIG);
        free(many);
        free(huge);
}

#ifdef MAP_32BIT
static void test_narrow_pointers(void **state)
{
        uint32_t *low = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
        struct execute_call call = { sizeof *low, (uintptr_t)low, 0 };
        struct arguments *arguments = NULL;

        (void)state;
        assert_ptr_not_equal(low, MAP_FAILED);
        (void)strcpy((char *)(low + 8), "at");
        (void)strcpy((char *)(low + 9), "now");
        low[0] = (uint32_t)(uintptr_t)(low + 8);
        low[1] = (uint32_t)(uintptr_t)(low + 9);
        assert_int_equal(arguments_read_call(gettid(), &call, &arguments), 0);
        check_words(arguments->argv, "at|now|");
        arguments_free(arguments);
        (void)munmap(low, PAGE);
}
#endif

static void test_parse(void **state)
{
        struct arguments *arguments = NULL;

        (void)state;
#define PARSE(a, e) arguments_parse(a, sizeof(a) - 1, e, sizeof(e) - 1, &arguments)
        assert_int_equal(PARSE("a\0\0b c\0", "X=1\0Y=\0"), 0);
        assert_int_equal(arguments->argc, 3);
        check_words(arguments->argv, "a||b c|");
        check_words(arguments->envp, "X=1|Y=|");
        arguments_free(arguments);
        assert_int_equal(PARSE("", ""), 0);
        assert_int_equal(arguments->argc, 0);
        arguments_free(arguments);
        assert_int_equal(PARSE("a\0b", ""), -EBADMSG);
        assert_int_equal(PARSE("a\0", "X"), -EBADMSG);
}

static void test_final(void **state)
{
        struct arguments *arguments = NULL;
        char path[64];
        int go[2], r = -EAGAIN;
        pid_t child;

        (void)state;
        assert_int_equal(pipe(go), 0);
        child = fork();
        if (child == 0) {
                (void)dup2(go[0], STDIN_FILENO);
                (void)close(go[1]);
                (void)execle("/bin/cat", "cat", "-", "", NULL, (char *[]){ WORD("ONE=1"), WORD("TWO="), NULL });
                _exit(127);
        }
        (void)snprintf(path, sizeof path, "/proc/%d", child);
        _cleanup_close_ int process = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        for (int i = 0; i < 1000; i++) {
                r = arguments_read_final(process, &arguments);
                if (r == 0 && arguments->argc == 3)
                        break;
                if (r == 0)
                        arguments = arguments_free(arguments); /* not yet, it is this test still */
                (void)usleep(1000);
        }
        assert_int_equal(r, 0);
        assert_non_null(arguments);
        check_words(arguments->argv, "cat|-||");
        check_words(arguments->envp, "ONE=1|TWO=|");
        arguments_free(arguments);
        (void)close(go[1]);
        (void)close(go[0]);
        (void)waitpid(child, NULL, 0);
        assert_true(arguments_read_final(process, &arguments) < 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_call),
                cmocka_unit_test(test_pages),
                cmocka_unit_test(test_bounds),
#ifdef MAP_32BIT
                cmocka_unit_test(test_narrow_pointers),
#endif
                cmocka_unit_test(test_parse),
                cmocka_unit_test(test_final),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
