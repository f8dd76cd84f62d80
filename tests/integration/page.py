#!/usr/bin/env python3
"""page.py BROWSER PAGE DIRECTORY [TEXT...]: a page as a browser has it, told by its DevTools protocol, on a phone and on a desk,
light and dark, and printed. Prints a line of results for each assertion: nothing is fetched, run or complained about; each
TEXT can be read; it can be read by everybody (an order of headings, captions, scopes, names, contrast as WCAG 2.1 AA has it).
DIRECTORY gets pictures and the print."""
import base64
import json
import os
import subprocess
import sys
import tempfile

LOOKS = [("phone", 390, 844, "light"), ("phone", 390, 844, "dark"), ("desk", 1280, 900, "light"), ("desk", 1280, 900, "dark")]


def result(name, faults):
    """One assertion: it holds when there is no fault."""
    faults = list(faults)
    if faults:
        print(f"not ok {name} - {len(faults)}: {json.dumps(faults[:3])}")
    else:
        print(f"ok {name}")


class Browser:
    """A headless browser, by its pipe: messages end with a NUL."""

    def __init__(self, program, profile):
        to_browser, self.to = os.pipe()
        self.at, from_browser = os.pipe()

        def hand_over():
            aside = [os.dup2(to_browser, 100), os.dup2(from_browser, 101)]  # they may lie where they are to be
            os.dup2(aside[0], 3)
            os.dup2(aside[1], 4)

        self.process = subprocess.Popen(
            [program, "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe",
             "--disable-extensions", "--no-first-run", f"--user-data-dir={profile}", "about:blank"],
            preexec_fn=hand_over, close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.buffer, self.last, self.session, self.events = b"", 0, None, []

    def message(self):
        while b"\0" not in self.buffer:
            more = os.read(self.at, 1 << 20)
            if not more:
                raise EOFError("the browser is gone")
            self.buffer += more
        line, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(line)

    def call(self, method, **parameters):
        self.last += 1
        request = {"id": self.last, "method": method, "params": parameters}
        if self.session:
            request["sessionId"] = self.session
        os.write(self.to, json.dumps(request).encode() + b"\0")
        while True:
            answer = self.message()
            if answer.get("id") == self.last:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def wait(self, method):
        while True:
            for event in self.events:
                if event.get("method") == method:
                    return event
            self.events.append(self.message())

    def evaluate(self, script):
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def close(self):
        self.session = None
        try:
            self.call("Browser.close")
            self.process.wait(10)
        except (EOFError, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()


# What is wrong with its structure: the same in every look.
STRUCTURE = r"""(() => {
  const faults = {}, say = (what, text) => (faults[what] = faults[what] || []).push(text);
  const all = selector => [...document.querySelectorAll(selector)];
  const text = element => element.textContent.trim().slice(0, 60);
  if (document.documentElement.lang !== 'en') say('a language and a title', 'lang');
  if (!document.title) say('a language and a title', 'title');
  if (all('h1').length !== 1 || all('main').length !== 1) say('headings in their order', 'h1 or main');
  let level = 0;
  for (const heading of all('h1,h2,h3,h4,h5,h6')) {
    const own = +heading.tagName[1];
    if (own > level + 1) say('headings in their order', text(heading));
    level = own;
  }
  for (const table of all('table'))
    if (!table.caption || !text(table.caption)) say('tables have captions', text(table));
  for (const head of all('th'))
    if (!['row', 'col'].includes(head.scope) || !text(head)) say('heads have scopes', text(head));
  for (const row of all('tbody tr'))
    if (!row.querySelector('th[scope=row]')) say('rows have heads', text(row));
  for (const section of all('section'))
    if (!document.getElementById(section.getAttribute('aria-labelledby'))) say('sections have names', section.id);
  for (const image of all('svg'))
    if (image.getAttribute('aria-hidden') !== 'true' && !image.getAttribute('aria-label')) say('pictures have names', image.id);
  const ids = all('[id]').map(element => element.id);
  if (new Set(ids).size !== ids.length) say('links lead somewhere', 'an id twice');
  for (const link of all('a'))
    if (!link.getAttribute('href').startsWith('#') || !document.getElementById(link.hash.slice(1))) say('links lead somewhere', link.href);
  for (const element of all('script,img,iframe,object,embed,link,base,form,input,video,audio,style ~ style,body style'))
    say('nothing in it is active', element.outerHTML.slice(0, 80));
  for (const element of all('*'))
    for (const attribute of element.attributes)
      if (/^on|^style$|^src/i.test(attribute.name) || /^\s*javascript:/i.test(attribute.value))
        say('nothing in it is active', attribute.name);
  return faults;
})()"""
STRUCTURES = ["a language and a title", "headings in their order", "tables have captions", "heads have scopes", "rows have heads",
              "sections have names", "pictures have names", "links lead somewhere", "nothing in it is active"]

# What cannot be read in this look: too pale, too small, cut off.
LOOK = r"""(() => {
  const faults = [];
  const numbers = color => {
    const n = color.match(/[\d.]+/g).map(Number);
    return n.length < 4 ? [...n, 1] : n;
  };
  const light = color => {
    const [r, g, b] = numbers(color).map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  const behind = element => {
    for (; element; element = element.parentElement) {
      const color = getComputedStyle(element).backgroundColor;
      if (numbers(color)[3] === 1) return color;
    }
    return 'rgb(255, 255, 255)';
  };
  let n = 0;
  for (const element of document.body.querySelectorAll('*')) {
    const style = getComputedStyle(element), box = element.getBoundingClientRect();
    if (element.tagName === 'rect') {
      n++;
      if (contrast(style.fill, behind(element.parentElement)) < 3) faults.push(`${element.className.baseVal} pale`);
      continue;
    }
    if (element.closest('svg') || box.width < 2 || ![...element.childNodes].some(c => c.nodeType === 3 && c.data.trim())) continue;
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const words = element.textContent.trim().slice(0, 40);
    n++;
    const ratio = contrast(style.color, behind(element));
    if (ratio < (large ? 3 : 4.5)) faults.push(`${words}: ${ratio.toFixed(2)}`);
    if (size < 11) faults.push(`${words}: ${size}px`);
    if (box.right > innerWidth + 1 || box.left < -1) faults.push(`${words}: outside`);
  }
  if (document.documentElement.scrollWidth > innerWidth) faults.push(`${document.documentElement.scrollWidth} wide`);
  if (n < 50) faults.push(`only ${n} texts`);
  if (getComputedStyle(document.querySelector('h1')).fontWeight !== '650') faults.push('no style sheet');
  return faults;
})()"""


def complaints(events):
    """What the console was told, and what was fetched besides the page."""
    for event in events:
        method, told = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown" or method == "Page.javascriptDialogOpening":
            yield method
        elif method == "Runtime.consoleAPICalled":
            yield str(told.get("args"))
        elif method == "Log.entryAdded":
            yield told["entry"]["text"]


def fetched(events, page):
    for event in events:
        if event.get("method") == "Network.requestWillBeSent" and event["params"]["request"]["url"] != page:
            yield event["params"]["request"]["url"]


def save(directory, name, data):
    with open(os.path.join(directory, name), "wb") as file:
        file.write(base64.b64decode(data))


def look_at(browser, page, directory, texts):
    browser.session = browser.call("Target.attachToTarget", targetId=browser.call("Target.getTargets")["targetInfos"][0]["targetId"],
                                   flatten=True)["sessionId"]
    for domain in ("Page", "Runtime", "Log", "Network"):
        browser.call(f"{domain}.enable")
    browser.call("Page.navigate", url=page)
    browser.wait("Page.loadEventFired")
    faults = browser.evaluate(STRUCTURE)
    for name in STRUCTURES:
        result(name, faults.pop(name, []))
    result("nothing else is wrong with it", faults)
    browser.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    for name, width, height, scheme in LOOKS:
        browser.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=name == "phone")
        browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        result(f"{name}, {scheme}: all of it can be read", browser.evaluate(LOOK))
        whole = browser.call("Page.captureScreenshot", captureBeyondViewport=True)
        save(directory, f"{name}-{scheme}.png", whole["data"])
    shown = browser.evaluate("document.body.innerText")
    result("what it must show can be read", [text for text in texts if text not in shown])
    printed = browser.call("Page.printToPDF", preferCSSPageSize=True)["data"]
    save(directory, "report.pdf", printed)
    result("it can be printed", [] if base64.b64decode(printed).startswith(b"%PDF") else ["no PDF"])
    result("the console was told nothing", complaints(browser.events))
    result("nothing was fetched", fetched(browser.events, page))


def main():
    program, page, directory, *texts = sys.argv[1:]
    with tempfile.TemporaryDirectory() as profile:
        browser = Browser(program, profile)
        try:
            look_at(browser, "file://" + os.path.abspath(page), directory, texts)
        finally:
            browser.close()


if __name__ == "__main__":
    main()
