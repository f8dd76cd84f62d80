/* The page's style sheet: one column, the system's own fonts, light or dark as its reader likes it, cards in the place
 * of tables on a phone, and ink alone on paper. All text has a contrast of 4.5 at least, bars of 3. */
#include "page.h"
#include "unitward/digest.h"

const char page_style[] =
        ":root{color-scheme:light dark;--ink:#1c2128;--soft:#59636e;--line:#d5dbe1;--page:#fff;--panel:#f5f7f9;"
        "--denied:#b42318;--quarantined:#6941c6;--unprevented:#8f5d00;--allowed:#6b7885;--good:#18794e;--link:#0b5cad}"
        "\n"
        "@media (prefers-color-scheme:dark){:root{--ink:#e4e8ec;--soft:#a2acb7;--line:#323a43;--page:#101418;"
        "--panel:#191f25;--denied:#ff8f80;--quarantined:#bda4ff;--unprevented:#e8b84a;--allowed:#8794a1;--good:#57c98f;"
        "--link:#7db8f5}}\n"
        "*{box-sizing:border-box}\n"
        "html{-webkit-text-size-adjust:100%}\n"
        "body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,-apple-system,\"Segoe UI\","
        "\"Noto Sans\",\"DejaVu Sans\",sans-serif;overflow-wrap:anywhere}\n"
        "header,main,footer{max-width:64rem;margin:0 auto;padding:0 1.25rem}\n"
        "header{padding-top:2.5rem}\n"
        "h1{font-size:1.75rem;line-height:1.2;font-weight:650;margin:0 0 .35rem;letter-spacing:-.01em}\n"
        "h2{font-size:1.25rem;line-height:1.3;font-weight:650;margin:0 0 .25rem}\n"
        "h3{font-size:1rem;font-weight:650;margin:1.75rem 0 .25rem}\n"
        "p{margin:.25rem 0 .75rem;max-width:46rem}\n"
        "ul,ol{margin:.25rem 0 .75rem;padding-left:1.25rem;max-width:46rem}\n"
        "li{margin:.2rem 0}\n"
        "a{color:var(--link)}\n"
        "code{font:.875em/1.45 ui-monospace,\"SF Mono\",Menlo,Consolas,\"DejaVu Sans Mono\",monospace}\n"
        ".soft,.lead,caption small,footer{color:var(--soft)}\n"
        "section{border-top:1px solid var(--line);margin-top:2.25rem;padding-top:1.75rem}\n"
        "nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;padding:0;margin:1rem 0 "
        "0;max-width:none}\n"
        ".denied{color:var(--denied)}.quarantined{color:var(--quarantined)}.unprevented{color:var(--unprevented)}"
        ".allowed{color:var(--soft)}.good{color:var(--good)}\n"
        ".verdict{font-weight:600;white-space:nowrap}\n"
        ".state{font-size:1.125rem;margin:1rem 0 0}\n"
        ".figures{list-style:none;display:grid;grid-template-columns:repeat(4,1fr);gap:0 1.5rem;margin:1.25rem 0 "
        "1.5rem;"
        "padding:0;max-width:none}\n"
        ".figures li{border-top:3px solid currentColor;padding-top:.5rem;margin:0}\n"
        ".figures span{display:block;font-size:.875rem;color:var(--ink)}\n"
        ".figures b{font-size:1.875rem;line-height:1.2;font-weight:600;font-variant-numeric:tabular-nums}\n"
        ".next{background:var(--panel);border-left:3px solid var(--link);padding:.6rem .9rem;margin:1.25rem 0 0;"
        "max-width:46rem}\n"
        ".more{color:var(--soft);font-size:.875rem;margin:.5rem 0 0}\n"
        "table{width:100%;border-collapse:collapse;margin:1.5rem 0 0;font-size:.9375rem}\n"
        "caption{text-align:left;font-weight:650;padding-bottom:.4rem}\n"
        "caption small{font-weight:400}\n"
        "th,td{text-align:left;vertical-align:top;padding:.5rem 1rem .5rem 0;border-bottom:1px solid var(--line);"
        "font-weight:400}\n"
        "thead th{font-size:.8125rem;color:var(--soft);white-space:nowrap;padding-top:0}\n"
        "th:last-child,td:last-child{padding-right:0}\n"
        ".n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}\n"
        "td time,th time{white-space:nowrap;font-variant-numeric:tabular-nums}\n"
        "td p,th p,td ul{margin:0}td ul{padding-left:1rem}\n"
        ".chart{display:grid;grid-template-columns:auto 1fr;gap:0 .5rem;margin:1.5rem 0 .25rem}\n"
        ".chart svg{display:block;width:100%;height:180px;overflow:visible}\n"
        ".scale{display:flex;flex-direction:column;justify-content:space-between;text-align:right;margin:-.6rem 0;"
        "font-size:.8125rem;line-height:1.2rem;color:var(--soft);font-variant-numeric:tabular-nums}\n"
        ".axis{grid-column:2;display:flex;justify-content:space-between;font-size:.8125rem;color:var(--soft);"
        "padding-top:.35rem;gap:.5rem}\n"
        ".axis span:last-child{text-align:right}\n"
        ".grid{stroke:var(--line);stroke-width:1;vector-effect:non-scaling-stroke}\n"
        "rect.denied{fill:var(--denied)}rect.quarantined{fill:var(--quarantined)}rect.unprevented{fill:var(--"
        "unprevented)}"
        "rect.allowed{fill:var(--allowed)}\n"
        ".legend{list-style:none;display:flex;flex-wrap:wrap;gap:.15rem "
        "1.25rem;padding:0;font-size:.875rem;max-width:none}\n"
        ".legend svg{width:.75rem;height:.75rem;margin-right:.4rem;vertical-align:-1px}\n"
        "details{margin:.75rem 0 0}summary{cursor:pointer;color:var(--link)}\n"
        "footer{border-top:1px solid var(--line);margin-top:2.5rem;padding-top:1rem;padding-bottom:3rem;"
        "font-size:.875rem}\n"
        "@media (max-width:44rem){header{padding-top:1.5rem}header,main,footer{padding-left:1rem;padding-right:1rem}\n"
        "h1{font-size:1.4rem}.figures{grid-template-columns:1fr 1fr;gap:1rem}\n"
        "table,tbody,tr,th,td,caption{display:block}\n"
        "thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}\n"
        "tr{border-bottom:1px solid var(--line);padding:.6rem 0}\n"
        "th,td,.n{border:0;padding:.1rem 0;text-align:left}\n"
        "td{display:grid;grid-template-columns:6.5rem 1fr;gap:.75rem}\n"
        "td::before{content:attr(data-label);color:var(--soft);font-size:.8125rem;padding-top:.1rem}\n"
        "td[data-label=\"\"]{display:block}td[data-label=\"\"]::before{content:none}\n"
        "tbody th{font-weight:600}tbody th p{font-weight:400}}\n"
        "@media "
        "print{:root{color-scheme:light;--ink:#000;--soft:#444;--line:#bbb;--page:#fff;--panel:#fff;--denied:#b42318;"
        "--quarantined:#6941c6;--unprevented:#8f5d00;--allowed:#6b7885;--good:#18794e;--link:#000}\n"
        "@page{margin:16mm 14mm}\n"
        "body{font-size:10pt}header{padding-top:0}header,main,footer{max-width:none;padding-left:0;padding-right:0}\n"
        "nav{display:none}svg{print-color-adjust:exact;-webkit-print-color-adjust:exact}\n"
        "section{margin-top:1.25rem;padding-top:1rem}h2,h3,caption{break-after:avoid}\n"
        "tr,.next,.chart,.figures,li{break-inside:avoid}table{font-size:9pt}.next{border:1px solid var(--line)}\n"
        "details::details-content{content-visibility:visible;display:block;height:auto}}\n";

/* RFC 4648, of a digest. */
static void base64(const unsigned char *bytes, size_t size, char *to)
{
        static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

        for (size_t i = 0; i < size; i += 3) {
                unsigned group = (unsigned)bytes[i] << 16;

                group |= i + 1 < size ? (unsigned)bytes[i + 1] << 8 : 0;
                group |= i + 2 < size ? bytes[i + 2] : 0;
                for (unsigned j = 0; j < 4; j++)
                        *to++ = i + j > size ? '=' : letters[group >> (18 - 6 * j) & 0x3f];
        }
        *to = '\0';
}

const char *page_style_source(char buffer[static PAGE_STYLE_SOURCE_SIZE])
{
        static const char algorithm[] = "sha256-";
        struct digest digest;

        digest_buffer(page_style, strlen(page_style), &digest);
        base64(digest.bytes, sizeof digest.bytes, stpcpy(buffer, algorithm));
        return buffer;
}
