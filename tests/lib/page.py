#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""page: opens a page in headless Chromium as a person would, at the width of a
desk and of a phone, light and dark, and on paper, and says what it looks like.

  page.py PAGE FOLDER   writes FOLDER/desk-light.png and so on, prints one JSON
                        object: for each look its widths and its worst contrast,
                        and for all of them what was asked of the network, as
                        the browser says it, and as the server does that the
                        page comes from.

Chromium is spoken to over two pipes (--remote-debugging-pipe), so that no port
is open; JSON messages end with a NUL byte.
"""
import base64
import http.server
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time

LOOKS = (("desk-light", 1200, "light", "screen"),
         ("desk-dark", 1200, "dark", "screen"),
         ("phone-light", 360, "light", "screen"),
         ("phone-dark", 360, "dark", "screen"),
         ("paper", 760, "dark", "print"))
HEIGHT = 1600
PATIENCE = 60

# Widths, what ran, and the lowest contrast of a text with what is behind it
# (WCAG 2: relative luminance). A text in a picture has its colour as `fill`.
LOOK = r"""(() => {
  const rgb = s => (s.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const light = c => { const l = c.slice(0, 3).map(v => { v /= 255;
      return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
    return .2126 * l[0] + .7152 * l[1] + .0722 * l[2]; };
  const behind = e => { for (; e; e = e.parentElement) {
      const c = rgb(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c; }
    return [255, 255, 255]; };
  let worst = {ratio: 99};
  for (const e of document.body.querySelectorAll('*')) {
    if (e.closest('title, desc') || ![...e.childNodes].some(
        n => n.nodeType === 3 && n.data.trim())) continue;
    const style = getComputedStyle(e);
    const own = light(rgb(e.tagName === 'text' ? style.fill : style.color));
    const back = light(behind(e));
    const ratio = (Math.max(own, back) + .05) / (Math.min(own, back) + .05);
    if (ratio < worst.ratio)
      worst = {ratio: ratio, text: e.textContent.slice(0, 60)}; }
  return {wide: document.documentElement.scrollWidth, window: innerWidth,
          tall: document.documentElement.scrollHeight,
          title: document.title, worst: worst,
          background: getComputedStyle(document.body).backgroundColor,
          scripts: document.scripts.length, quiet: window.ran === undefined};
})()"""


class Browser:
    def __init__(self, profile):
        to_read, self.to = os.pipe()
        self.back, to_write = os.pipe()
        self.data, self.count, self.events = b"", 0, []

        def inherit():
            os.setsid()
            os.dup2(os.dup2(to_read, 63), 3)
            os.dup2(os.dup2(to_write, 64), 4)

        self.process = subprocess.Popen(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu",
             "--disable-background-networking", "--no-first-run",
             "--disable-dev-shm-usage", "--hide-scrollbars",
             "--disable-component-update", "--user-data-dir=" + profile,
             "--remote-debugging-pipe", "about:blank"],
            preexec_fn=inherit, close_fds=False, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(to_write)
        self.until = time.monotonic() + PATIENCE

    def message(self):
        while b"\0" not in self.data:
            left = self.until - time.monotonic()
            if left < 0 or not select.select([self.back], [], [], left)[0]:
                sys.exit("chromium did not answer in time")
            more = os.read(self.back, 1 << 20)
            if not more:
                sys.exit("chromium has ended")
            self.data += more
        one, self.data = self.data.split(b"\0", 1)
        return json.loads(one)

    def call(self, method, session=None, **params):
        self.count += 1
        message = {"id": self.count, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.message()
            if answer.get("id") == self.count:
                if "error" in answer:
                    sys.exit("%s: %s" % (method, answer["error"]))
                return answer["result"]
            self.events.append(answer)

    def await_event(self, method):
        while not any(e.get("method") == method for e in self.events):
            self.events.append(self.message())

    def close(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def look(browser, page, url, folder, row):
    name, width, scheme, media = row
    browser.call("Emulation.setDeviceMetricsOverride", page, width=width,
                 height=HEIGHT, deviceScaleFactor=1, mobile=False)
    browser.call("Emulation.setEmulatedMedia", page, media=media, features=[
        {"name": "prefers-color-scheme", "value": scheme}])
    browser.events = [e for e in browser.events
                      if e.get("method") != "Page.loadEventFired"]
    browser.call("Page.navigate", page, url=url)
    browser.await_event("Page.loadEventFired")
    seen = browser.call("Runtime.evaluate", page, expression=LOOK,
                        returnByValue=True)
    shot = browser.call("Page.captureScreenshot", page, format="png")
    with open(os.path.join(folder, name + ".png"), "wb") as file:
        file.write(base64.b64decode(shot["data"]))
    return seen["result"]["value"]


def serve(path, asked):
    """One page and nothing else, at a free port of the loopback."""
    with open(path, "rb") as file:
        text = file.read()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200 if self.path == "/page.html" else 404)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            if self.path == "/page.html":
                self.wfile.write(text)

        def log_message(self, *words):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return "http://127.0.0.1:%d/page.html" % server.server_port


def main(path, folder):
    asked = []
    url = serve(path, asked)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(profile)
        try:
            target = browser.call("Target.createTarget", url="about:blank")
            page = browser.call("Target.attachToTarget", flatten=True,
                                targetId=target["targetId"])["sessionId"]
            browser.call("Network.enable", page)
            browser.call("Page.enable", page)
            said = {row[0]: look(browser, page, url, folder, row)
                    for row in LOOKS}
        finally:
            browser.close()
    said["asked"] = sorted(set(asked))
    said["requests"] = sorted({
        e["params"]["request"]["url"].replace(url, "/page.html")
        for e in browser.events
        if e.get("method") == "Network.requestWillBeSent"})
    json.dump(said, sys.stdout)


main(*sys.argv[1:])
