#include <ctype.h>
#include <time.h>

#include "unitward/text.h"
#include "unitward/util.h"

/* Characters that are valid UTF-8 and still not fit to be shown: they move the cursor, hide or reorder text. */
static const struct {
        uint32_t first, last;
} unshowable[] = {
        { 0x0000, 0x001f },   /* C0 */
        { 0x007f, 0x009f },   /* DEL and C1: U+009B starts an escape sequence */
        { 0x200b, 0x200f },   /* zero width, direction marks */
        { 0x2028, 0x202e },   /* line and paragraph separators, embeddings and overrides */
        { 0x2060, 0x2069 },   /* word joiner, isolates */
        { 0xfeff, 0xfeff },   /* zero width no-break space */
        { 0xfff9, 0xfffb },   /* interlinear annotation */
        { 0xe0000, 0xe007f }, /* tags */
};

/* The length of the valid sequence that starts here, and its character; 0 when it is not valid. Never reads
 * beyond the NUL, which is not a continuation byte. */
static size_t utf8_sequence(const char *text, uint32_t *ret)
{
        static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
        const unsigned char *s = (const unsigned char *)text;
        size_t length = s[0] < 0x80 ? 1 : s[0] < 0xc0 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf8 ? 4 : 0;
        uint32_t character = length == 1 ? s[0] : s[0] & (0x7fu >> length);

        for (size_t i = 1; i < length; i++) {
                if ((s[i] & 0xc0) != 0x80)
                        return 0;
                character = character << 6 | (s[i] & 0x3fu);
        }
        if (length == 0 || character < least[length] || character > 0x10ffff || (character >> 11) == 0x1b)
                return 0;
        *ret = character;
        return length;
}

static bool is_showable(uint32_t character)
{
        for (size_t i = 0; i < ARRAY_SIZE(unshowable); i++)
                if (character >= unshowable[i].first && character <= unshowable[i].last)
                        return false;
        return true;
}

static char *append(char *to, const char *from, size_t size)
{
        memcpy(to, from, size);
        return to + size;
}

bool text_is_utf8(const char *bytes)
{
        uint32_t character;
        size_t length;

        for (; *bytes; bytes += length) {
                length = utf8_sequence(bytes, &character);
                if (length == 0)
                        return false;
        }
        return true;
}

char *text_to_utf8(const char *bytes)
{
        static const char replacement[] = "\xef\xbf\xbd";
        char *text = malloc(strlen(bytes) * strlen(replacement) + 1), *to = text;
        uint32_t character;

        if (!text)
                return NULL;
        while (*bytes) {
                size_t length = utf8_sequence(bytes, &character);

                to = length > 0 ? append(to, bytes, length) : append(to, replacement, strlen(replacement));
                bytes += length > 0 ? length : 1;
        }
        *to = '\0';
        return text;
}

static char *append_escaped(char *to, const char *bytes, size_t size)
{
        for (size_t i = 0; i < size; i++) {
                to = append(to, "\\x", 2);
                hex_encode(bytes + i, 1, to);
                to += 2;
        }
        return to;
}

char *text_escape(const char *bytes)
{
        char *text = malloc(strlen(bytes) * strlen("\\xNN") + 1), *to = text;
        uint32_t character;

        if (!text)
                return NULL;
        while (*bytes) {
                size_t length = utf8_sequence(bytes, &character);
                bool show = length > 0 && is_showable(character);

                if (length == 0)
                        length = 1;
                to = show ? append(to, bytes, length) : append_escaped(to, bytes, length);
                bytes += length;
        }
        *to = '\0';
        return text;
}

void hex_encode(const void *data, size_t size, char *to)
{
        static const char digits[] = "0123456789abcdef";
        const unsigned char *bytes = data;

        for (size_t i = 0; i < size; i++) {
                *to++ = digits[bytes[i] >> 4];
                *to++ = digits[bytes[i] & 0xf];
        }
        *to = '\0';
}

/* Of a digit; anything else is none. */
static unsigned hex_digit(char c)
{
        if (c >= 'a' && c <= 'f')
                return (unsigned)(c - 'a') + 10;
        return c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10 : (unsigned)(c - '0');
}

int hex_decode(const char *hex, void *to, size_t size)
{
        unsigned char *bytes = to;

        if (strlen(hex) != 2 * size || strspn(hex, "0123456789abcdefABCDEF") != 2 * size)
                return -EINVAL;
        for (size_t i = 0; i < size; i++)
                bytes[i] = (unsigned char)(hex_digit(hex[2 * i]) << 4 | hex_digit(hex[2 * i + 1]));
        return 0;
}

int json_set_bytes(json_t *object, const char *key, const char *bytes)
{
        _cleanup_free_ char *text = text_to_utf8(bytes), *hex_key = format("%s_hex", key), *hex = NULL;

        if (!text || !hex_key || json_object_set_new(object, key, json_string(text)) < 0)
                return -ENOMEM;
        if (streq(text, bytes))
                return 0;
        hex = malloc(2 * strlen(bytes) + 1);
        if (!hex)
                return -ENOMEM;
        hex_encode(bytes, strlen(bytes), hex);
        return json_object_set_new(object, hex_key, json_string(hex)) < 0 ? -ENOMEM : 0;
}

int json_get_bytes(const json_t *object, const char *key, char **ret)
{
        _cleanup_free_ char *hex_key = format("%s_hex", key), *bytes = NULL;
        const json_t *hex = hex_key ? json_object_get(object, hex_key) : NULL, *text = json_object_get(object, key);
        size_t size;

        if (!text)
                return -ENOENT;
        if (!json_is_string(text) || (hex && !json_is_string(hex)))
                return -EBADMSG;
        bytes = strdup(json_string_value(hex ? hex : text));
        if (!hex_key || !bytes)
                return -ENOMEM;
        size = strlen(bytes) / 2;
        if (hex) {
                /* In place: the result is shorter, and each pair is read before its byte is written. */
                if (hex_decode(bytes, bytes, size) < 0 || memchr(bytes, '\0', size))
                        return -EBADMSG;
                bytes[size] = '\0';
        }
        *ret = steal_pointer(bytes);
        return 0;
}

const char *timestamp_format(uint64_t usec, char buffer[static TIMESTAMP_SIZE])
{
        time_t seconds = (time_t)(usec / 1000000u);
        struct tm utc;
        size_t n = gmtime_r(&seconds, &utc) ? strftime(buffer, TIMESTAMP_SIZE, "%Y-%m-%dT%H:%M:%S", &utc) : 0;

        (void)snprintf(buffer + n, TIMESTAMP_SIZE - n, ".%06uZ", (unsigned)(usec % 1000000u));
        return buffer;
}

size_t text_cut(const char *text, size_t size, size_t max)
{
        if (size <= max)
                return size;
        while (max > 0 && ((unsigned char)text[max] & 0xc0) == 0x80)
                max--;
        return max;
}

uint64_t text_hash(uint64_t hash, const char *text)
{
        for (; *text; text++)
                hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
        return hash;
}

/* Exactly so many digits, which the caller has seen to be there. */
static int digits_at(const char *text, size_t n)
{
        int number = 0;

        for (size_t i = 0; i < n; i++)
                number = number * 10 + (text[i] - '0');
        return number;
}

/* Long logs have one in each line: strptime(3) takes ten times as long. */
int timestamp_parse(const char *text, uint64_t *ret_usec)
{
        static const char form[] = "dddd-dd-ddTdd:dd:dd.ddddddZ";
        struct tm utc = { 0 }, real;
        time_t seconds;

        for (size_t i = 0; i < sizeof form; i++)
                if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
                        return -EBADMSG;
        utc.tm_year = digits_at(text, 4) - 1900;
        utc.tm_mon = digits_at(text + 5, 2) - 1;
        utc.tm_mday = digits_at(text + 8, 2);
        utc.tm_hour = digits_at(text + 11, 2);
        utc.tm_min = digits_at(text + 14, 2);
        utc.tm_sec = digits_at(text + 17, 2);
        real = utc;
        seconds = timegm(&real);
        /* There is no 31st of February: it was made another day. */
        if (seconds < 0 || real.tm_mon != utc.tm_mon || real.tm_mday != utc.tm_mday || real.tm_hour != utc.tm_hour ||
            real.tm_min != utc.tm_min || real.tm_sec != utc.tm_sec)
                return -EBADMSG;
        *ret_usec = (uint64_t)seconds * 1000000u + (uint64_t)digits_at(text + 20, 6);
        return 0;
}

json_t *json_at(const json_t *json, const char *path)
{
        char key[64];
        json_t *value = NULL;

        for (const char *at = path; at; json = value) {
                const char *dot = strchrnul(at, '.');

                if ((size_t)(dot - at) >= sizeof key)
                        return NULL;
                *(char *)mempcpy(key, at, (size_t)(dot - at)) = '\0';
                value = json_object_get(json, key);
                at = *dot ? dot + 1 : NULL;
        }
        return value;
}
