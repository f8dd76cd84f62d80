#include <stdarg.h>

#include "policy_internal.h"

static char *format_position(struct position position, const char *subject)
{
        const char *colon = subject ? ": " : "";

        if (!subject)
                subject = "";
        if (position.line == 0)
                return format("%s%s%s", position.file, colon, subject);
        return format("%s:%u%s%s", position.file, position.line, colon, subject);
}

bool report_add(struct policy_report *report, bool is_error, struct position position, const char *subject,
                const char *fmt, ...)
{
        _cleanup_free_ char *where = format_position(position, subject), *what = NULL;
        struct policy_finding *finding;
        va_list arguments;
        int n;

        va_start(arguments, fmt);
        n = vasprintf(&what, fmt, arguments);
        va_end(arguments);
        if (n < 0) {
                what = NULL; /* vasprintf leaves it undefined */
                return false;
        }
        if (!where)
                return false;
        finding = array_grow(&report->findings, &report->n_findings, sizeof *report->findings);
        if (!finding)
                return false;
        finding->is_error = is_error;
        finding->text = format("%s: %s", where, what);
        return finding->text != NULL;
}

bool report_has_errors(const struct policy_report *report)
{
        for (size_t i = 0; i < report->n_findings; i++)
                if (report->findings[i].is_error)
                        return true;
        return false;
}

void policy_report_done(struct policy_report *report)
{
        while (report->n_findings > 0)
                free(report->findings[--report->n_findings].text);
        free(report->findings);
        report->findings = NULL;
}
