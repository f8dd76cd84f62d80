/* Text of the policy and of this machine, in JavaScript and in XML. What comes out is ASCII. */
#include "polkit.h"
#include "unitward/text.h"

static void put_unit(FILE *out, unsigned code, const char *special)
{
        if (code < 0x20 || code > 0x7e || strchr(special, (int)code))
                fprintf(out, "\\u%04x", code);
        else
                fputc((int)code, out);
}

void polkit_script_bytes(FILE *out, const char *bytes)
{
        for (; *bytes; bytes++)
                put_unit(out, (unsigned char)*bytes, "\"\\<>");
}

/* One character of valid UTF-8 of at most three bytes. */
static unsigned decode(const char **text)
{
        const unsigned char *p = (const unsigned char *)*text;
        size_t length = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : 3;
        unsigned code = length == 1 ? *p : length == 2 ? *p & 0x1fu : *p & 0x0fu;

        for (size_t i = 1; i < length; i++)
                code = code << 6 | (p[i] & 0x3fu);
        *text += length;
        return code;
}

/* Beyond the first plane the engines have one character or two. */
static bool is_simple(const char *text)
{
        if (!text_is_utf8(text))
                return false;
        for (; *text; text++)
                if ((unsigned char)*text >= 0xf0)
                        return false;
        return true;
}

bool polkit_script_text(FILE *out, const char *text)
{
        if (!is_simple(text))
                return false;
        while (*text)
                put_unit(out, decode(&text), "\"\\<>");
        return true;
}

void polkit_xml_text(FILE *out, const char *text)
{
        for (; *text; text++) {
                unsigned char byte = (unsigned char)*text;

                if (byte < 0x20 || byte > 0x7e || strchr("\"'<>&", byte))
                        fprintf(out, "&#%u;", byte);
                else
                        fputc(byte, out);
        }
}
