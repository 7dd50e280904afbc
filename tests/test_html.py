"""The HTML report in a browser: what it shows, that it runs nothing of what a repository holds, and that everybody can use it."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import need

from pinlint.cli import main
from pinlint.report.html import rendered

ROOT = Path(__file__).parent.parent
AXE = ROOT / ".cache/oracles/npm/node_modules/axe-core/axe.min.js"


def report(folder: Path, *words: str) -> str:
    """The report of a folder, which is where the test stands from then on."""
    place = folder.parent / "report.html"
    os.chdir(folder)
    assert main(["--output-format", "html", "--output-file", str(place), "--exit-zero", *words]) == 0
    return place.read_text(encoding="utf-8")


def browsed(page: str, folder: Path, script: str = "", address: str = "") -> str:
    """The document as Chromium has it once everything ran. A script of the test runs after the page's own, which the page's policy
    would refuse."""
    need("chromium")
    if script:
        page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
        page = page.replace("</body>", f"<script>{script}</script></body>")
    place = folder / "page.html"
    place.write_text(page, encoding="utf-8")
    command = [
        "chromium",
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--virtual-time-budget=5000",
        f"--user-data-dir={folder}/c",
    ]
    done = subprocess.run(
        [*command, "--dump-dom", f"file://{place}{address}"], capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout


def told(page: str, folder: Path, expression: str, address: str = "") -> Any:
    """The value of an expression of JavaScript (or of what it promises) in the page."""
    script = f"Promise.resolve({expression}).then(x => {{ document.title = 'told ' + JSON.stringify(x) }})"
    dom = browsed(page, folder, script, address)
    found = re.search(r"<title>told (.*?)</title>", dom, re.DOTALL)
    assert found, dom[:2000]
    return json.loads(html.unescape(found[1]))


def violations(page: str, folder: Path, click: str = "") -> Any:
    """What axe-core finds in the page after a script."""
    if not AXE.is_file():
        pytest.fail("axe-core is missing") if os.environ.get("CI") == "true" else pytest.skip("axe-core is not installed")
    script = f"(() => {{ {AXE.read_text(encoding='utf-8')}; {click} return axe.run() }})()"
    return told(page, folder, f"{script}.then(x => x.violations.map(y => [y.id, y.nodes.map(z => z.html.slice(0, 200))]))")


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "shop"
    for path, text in {
        "Dockerfile": "FROM python\nFROM node:22\n",
        "api/Dockerfile": "FROM golang:1.22\n",
        "requirements.txt": "requests>=2\n",
        ".github/workflows/ci.yml": "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: actions/checkout@v4\n",
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def test_the_report_needs_nothing_else(tree: Path) -> None:
    page = report(tree)
    assert not re.search(r"<(?:link|img|iframe|object|embed|base)\b|@import|url\(|\ssrc=", page)
    assert "://" not in re.sub(
        r'<script type="application/json".*?</script>|<div class="page">.*?</div>', "", page, flags=re.DOTALL
    )
    assert "default-src 'none'" in page


def test_the_report_shows_what_was_found(tree: Path, tmp_path: Path) -> None:
    page = report(tree)
    rows = told(page, tmp_path, "[...document.querySelectorAll('tbody tr[data-n]')].map(x => [...x.cells].map(y => y.textContent))")
    assert rows[0][:3] == ["error", "PIN001", "Dockerfile:1"]
    assert ["warning", "PIN003", "api/Dockerfile:1"] in [row[:3] for row in rows]
    assert "How firmly shop is pinned" in page
    assert re.search(r'<th scope="row">image</th><td class="number">3</td>', page)


@pytest.mark.parametrize(
    ("address", "places"),
    [
        ("#q=golang", ["api/Dockerfile:1"]),
        ("#q=dockerfile&severity=error", ["Dockerfile:1"]),
        ("#rule=PIN003&sort=-path", ["api/Dockerfile:1", "Dockerfile:2", ".github/workflows/ci.yml:6"]),
        ("#q=nothing+of+the+kind", []),
    ],
)
def test_a_filter_is_kept_in_the_address(tree: Path, tmp_path: Path, address: str, places: list[str]) -> None:
    page = report(tree)
    expression = "[...document.querySelectorAll('tbody tr[data-n]')].map(x => x.cells[2].textContent)"
    found = told(page, tmp_path, expression, address)
    assert found == places
    kept = "(document.forms[0].dispatchEvent(new Event('input')), new Promise(r => setTimeout(() => r(location.hash), 300)))"
    assert told(page, tmp_path, kept, address) == address


def test_a_finding_opens_with_its_line_and_page_by_key(tree: Path, tmp_path: Path) -> None:
    keys = """(() => {
      const row = document.querySelector('tbody tr[tabindex="0"]'); row.focus();
      row.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowDown', bubbles: true, cancelable: true}));
      document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, cancelable: true}));
      const dialog = document.querySelector('dialog');
      const seen = [dialog.open, dialog.querySelector('.excerpt').textContent, dialog.querySelector('mark').textContent];
      dialog.querySelector('.more a').click();
      return [...seen, dialog.open, document.querySelector('details[open]').id, document.activeElement.tagName];
    })()"""
    found = told(report(tree), tmp_path, keys)
    assert found[0] is True
    assert found[2] in found[1] != ""
    assert found[3:5] == [False, "page-" + found[4][5:]]
    assert found[5] == "SUMMARY"


HOSTILE = (
    "</script><script>document.title='ran'</script>", "<img src=x onerror=document.title='ran'>", "{{ 13370*10 }}",
    "' onmouseover='x",
    "]]>", "<!--", "\u202e", "\u2028", "\x1b[31m", "${`x`}",
)  # fmt: skip


def test_what_a_repository_holds_is_text_in_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "<b onclick=x>&amp;{{1}}"
    for number, name in enumerate(HOSTILE):
        place = folder / name.replace("/", "_") / "Dockerfile"
        place.parent.mkdir(parents=True)
        place.write_text(f"FROM a.example/x{number}:{number} AS y\n# {name}\nFROM {name.replace(' ', '_')}\n")
    (folder / "package-lock.json").write_text(
        json.dumps({"lockfileVersion": 3, "packages": {"": {}, **{f"node_modules/{name}": {"version": name} for name in HOSTILE}}})
    )
    page = report(folder)
    assert page.count("<script") == 2
    assert "133700" not in told(page, tmp_path, "document.body.textContent")
    seen = told(
        page, tmp_path, "[document.scripts.length, document.images.length, document.querySelectorAll('b, [onclick]').length]"
    )
    assert seen == [3, 0, 0]  # the third is the test's own
    dom = browsed(page, tmp_path)
    assert "<title>pinlint: " in dom
    assert "ran" not in re.findall(r"<title>(.*?)</title>", dom)


def test_fifty_thousand_findings_scroll(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "large"
    for number in range(50):
        (folder / f"{number}").mkdir(parents=True)
        (folder / f"{number}/Dockerfile").write_text("".join(f"FROM a.example/x{line}:1\n" for line in range(1000)))
    page = report(folder)
    expression = """(async () => {
      const scroller = document.querySelector('.scroller'); const before = document.querySelectorAll('tbody tr').length;
      const rows = () => [...document.querySelectorAll('tbody tr[data-n]')];
      const last = () => rows().at(-1).getAttribute('aria-rowindex');
      window.requestAnimationFrame = draw => setTimeout(draw, 0);  // a browser that nobody looks at may never draw a frame,
      scroller.scrollTop = scroller.scrollHeight;
      scroller.dispatchEvent(new Event('scroll'));  // nor say that it scrolled
      for (let left = 20; left && last() !== '50001'; left--) await new Promise(r => setTimeout(r, 50));
      return [document.querySelector('.findings').getAttribute('aria-rowcount'), before < 200, rows().length < 200, last()];
    })()"""
    assert told(page, tmp_path, expression) == ["50001", True, True, "50001"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("opened", [False, True])
def test_axe_finds_nothing(tree: Path, tmp_path: Path, scheme: str, opened: bool) -> None:
    page = report(tree).replace("color-scheme:light dark", f"color-scheme:{scheme}")
    if scheme == "dark":
        page = page.replace("@media (prefers-color-scheme:dark)", "@media all")
    click = "document.querySelector('tbody tr').click();" if opened else "document.querySelector('details').open = true;"
    assert violations(page, tmp_path, click) == []


def test_pages_are_rendered_without_addresses_and_markup_of_their_own() -> None:
    text = "# T\n\n[a](https://x.example) <b>x</b> `c`\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    assert rendered(text) == (
        "<p>a &lt;b&gt;x&lt;/b&gt; <code>c</code></p>\n<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n"
        "<tbody>\n<tr>\n<td>1</td>\n<td>2</td>\n</tr>\n</tbody>\n</table>\n"
    )


def test_a_rule_is_explained_on_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["explain", "--html", "rule.html", "missing-digest", "PIN001"]) == 0
    page = (tmp_path / "rule.html").read_text(encoding="utf-8")
    assert re.findall(r"<h1 id=\"(PIN\d+)-title", page) == ["PIN003", "PIN001"]
    assert "<p>Bad Dockerfile:</p>" in page
    assert "<script" not in page
    assert re.findall(r"https?://[^<\s]*", re.sub(r"<pre.*?</pre>|<code>.*?</code>", "", page, flags=re.DOTALL)) == []
    assert violations(page, tmp_path) == []
