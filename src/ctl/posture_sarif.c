/* Findings as SARIF 2.1.0, the format of OASIS that code scanning takes: a rule for each check, a result for each
 * finding. Its "fixes" are edits of files' contents, which none of these is: commands are text. */
#include "posture.h"
#include "unitward/ctl.h"
#include "unitward/text.h"

/* The numbers are those by which code scanning sorts: security-severity, 0 to 10. */
static const struct {
        const char *level, *score;
} levels[SEVERITY_COUNT_] = {
        [SEVERITY_INFO] = { "note", "1.0" },      [SEVERITY_LOW] = { "note", "3.0" },
        [SEVERITY_MEDIUM] = { "warning", "5.5" }, [SEVERITY_HIGH] = { "error", "8.0" },
        [SEVERITY_CRITICAL] = { "error", "9.5" },
};

/* "file:///etc/x%20y" */
static char *uri_of(const char *path)
{
        static const char hex[] = "0123456789ABCDEF";
        char *uri = malloc(strlen("file://") + 3 * strlen(path) + 1), *at = uri;

        if (!uri)
                return NULL;
        at = stpcpy(at, "file://");
        for (; *path; path++) {
                unsigned char c = (unsigned char)*path;

                if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("/-._~", c)) {
                        *at++ = (char)c;
                        continue;
                }
                *at++ = '%';
                *at++ = hex[c >> 4];
                *at++ = hex[c & 15];
        }
        *at = '\0';
        return uri;
}

static json_t *text_json(const char *text)
{
        _cleanup_free_ char *clean = text ? text_to_utf8(text) : NULL;

        return json_string(clean ? clean : "");
}

static json_t *rule_json(const struct posture *posture, enum posture_check check)
{
        enum severity worst = SEVERITY_INFO;
        const char *summary = posture_check_summary(check);

        for (size_t i = 0; i < posture_n_findings(posture); i++)
                if (posture_finding(posture, i)->check == check && posture_finding(posture, i)->severity > worst)
                        worst = posture_finding(posture, i)->severity;
        return json_pack("{s:s, s:s, s:{s:s}, s:{s:s}, s:{s:s, s:[s, s]}}", "id", posture_check_name(check), "name",
                         posture_check_name(check), "shortDescription", "text", summary, "defaultConfiguration",
                         "level", levels[worst].level, "properties", "security-severity", levels[worst].score, "tags",
                         "security", "systemd");
}

static json_t *rules_json(const struct posture *posture)
{
        json_t *rules = json_array();

        for (enum posture_check check = 0; check < POSTURE_CHECK_COUNT_; check++)
                (void)json_array_append_new(rules, rule_json(posture, check));
        return rules;
}

static char *message_of(const struct finding *finding)
{
        _cleanup_free_ char *command = posture_command_text(&finding->mend);
        const char *advice = finding->mend.advice;

        return format("%s %s.%s%s%s%s", finding->path, finding->what, command ? " To mend it: " : "",
                      command ? command : "", advice ? (command ? " - " : " ") : "", advice ? advice : "");
}

static json_t *location_json(const struct finding *finding)
{
        _cleanup_free_ char *uri = uri_of(finding->path);
        json_t *units = json_array();

        for (size_t i = 0; i < finding->n_units; i++)
                (void)json_array_append_new(units, json_pack("{s:o, s:s}", "fullyQualifiedName",
                                                             text_json(finding->units[i]), "kind", "module"));
        return json_pack("{s:{s:{s:s}}, s:o}", "physicalLocation", "artifactLocation", "uri", uri ? uri : "file:///",
                         "logicalLocations", units);
}

/* A finding is the same one tomorrow: check and path. */
static json_t *result_json(const struct posture *posture, const struct finding *finding)
{
        _cleanup_free_ char *message = message_of(finding), *who = people_text(posture, &finding->who),
                            *print = format("%s %s", posture_check_name(finding->check), finding->path),
                            *command = posture_command_text(&finding->mend);
        json_t *result = json_pack("{s:s, s:i, s:s, s:{s:o}, s:[o], s:{s:o}, s:{s:s, s:o, s:b}}", "ruleId",
                                   posture_check_name(finding->check), "ruleIndex", (int)finding->check, "level",
                                   levels[finding->severity].level, "message", "text", text_json(message), "locations",
                                   location_json(finding), "partialFingerprints", "checkAndPath/v1", text_json(print),
                                   "properties", "severity", severity_name(finding->severity), "who", text_json(who),
                                   "safe", finding->mend.safe);

        if (result && command)
                (void)json_object_set_new(json_object_get(result, "properties"), "command", text_json(command));
        if (result && finding->accepted)
                (void)json_object_set_new(result, "suppressions",
                                          json_pack("[{s:s, s:s, s:o}]", "kind", "external", "status",
                                                    finding->expired ? "rejected" : "accepted", "justification",
                                                    text_json(finding->accepted->reason)));
        return result;
}

json_t *posture_to_sarif(const struct posture *posture)
{
        json_t *results = json_array();

        for (size_t i = 0; i < posture_n_findings(posture); i++)
                (void)json_array_append_new(results, result_json(posture, posture_finding(posture, i)));
        return json_pack("{s:s, s:s, s:[{s:{s:{s:s, s:s, s:s, s:o}}, s:s, s:o}]}", "$schema",
                         "https://json.schemastore.org/sarif-2.1.0.json", "version", "2.1.0", "runs", "tool", "driver",
                         "name", "unitward", "version", UNITWARD_VERSION, "semanticVersion", UNITWARD_VERSION, "rules",
                         rules_json(posture), "columnKind", "utf16CodeUnits", "results", results);
}
