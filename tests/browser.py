"""What a page shows in a browser, asked of a headless Chromium."""

import json
import os
import re
import shutil
import subprocess
from html import escape
from urllib.parse import unquote

import pytest

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
]

# The page is in a frame of a page that measures it: so it is seen as it is, scripts
# forbidden and all, and in windows narrower than Chromium's own can be.
OUTER = """<!DOCTYPE html><body style="margin: 0">
<iframe style="border: 0; width: {width}px; height: 800px" srcdoc="{page}"></iframe>
<script>
addEventListener("load", () => {{
  const inner = frames[0], page = inner.document;
  const boxes = s => [...page.querySelectorAll(s)].map(e => {{
    const box = e.getBoundingClientRect();
    return [box.width, box.height, box.left, box.right];
  }});
  const measured = {{
    width: inner.innerWidth,
    scroll_width: page.documentElement.scrollWidth,
    pictures: boxes("svg:not(.bar)"),
    tables: boxes("table"),
    text: page.body.innerText,
    n_scripts: page.scripts.length,
    loaded: inner.performance.getEntriesByType("resource").length,
    paper: inner.getComputedStyle(page.body).backgroundColor,
    headings: [...page.querySelectorAll("h1, h2, h3, h4")].map(e => e.tagName),
  }};
  document.title = "measured:" + encodeURIComponent(JSON.stringify(measured));
}});
</script>"""


def chromium():
    """Return where Chromium is; CI may not go without it."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    path = path or shutil.which("google-chrome")
    if path is None and os.environ.get("CI"):
        pytest.fail("Chromium is not installed, and CI must not skip this test.")
    if path is None:
        pytest.skip("Chromium is not installed: no page can be looked at.")
    return path


def run(tmp_path, page, *options):
    """Open a page in Chromium, and return what that prints."""
    path = tmp_path / "page.html"
    path.write_text(page, encoding="utf-8")
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    command = [chromium(), *FLAGS, profile, *options, path.as_uri()]
    done = subprocess.run(command, capture_output=True, timeout=120)
    return done.stdout.decode(errors="replace")


def measured(tmp_path, page, width=360, *options):
    """Return what a page is like in a window of some width."""
    outer = OUTER.format(width=width, page=escape(page))
    dom = run(tmp_path, outer, "--window-size=1400,900", "--dump-dom", *options)
    found = re.search("<title>measured:([^<]*)</title>", dom)
    assert found, dom[:2000]
    return json.loads(unquote(found[1]))
