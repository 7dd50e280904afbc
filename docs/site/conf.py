"""The site: README.md, docs/ and rules/ as they lie in the repository, so that their links lead to the same places in both.

Built by `make docs`, strictly. Nothing is written twice: what the site needs on top (the order of pages, what an example of a rule
shows) is put in while a page is read.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from pinlint import rulebook  # noqa: E402 - it lies in the checkout
from pinlint.report.pages import caption  # noqa: E402

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "pinlint"
root_doc = "README"
extensions = ["myst_parser"]
include_patterns = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/*.md", "docs/guides/*.md", "rules/*.md"]
myst_heading_anchors = 3
suppress_warnings = ["misc.highlighting_failure"]  # examples of files that nobody can read
html_theme = "furo"
html_title = "pinlint"
html_copy_source = html_show_sphinx = html_show_copyright = False
html_theme_options = {"navigation_with_keys": True}
pygments_style, pygments_dark_style = "a11y-high-contrast-light", "a11y-high-contrast-dark"

_ORDER = {
    "Guides": ["docs/guides/developer", "docs/guides/team", "docs/guides/platform"],
    "What it does": [],
    "Rules": sorted(path.with_suffix("").relative_to(ROOT).as_posix() for path in (ROOT / "rules").glob("*.md")),
    "The project": ["CHANGELOG", "CONTRIBUTING"],
}
_ORDER["What it does"] = sorted(path.with_suffix("").relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md"))


def _navigation() -> str:
    parts = []
    for title, pages in _ORDER.items():
        named = [f"{page.removeprefix('rules/').replace('-', ' ', 1)} <{page}>" if title == "Rules" else page for page in pages]
        parts.append("\n".join([f"\n```{{toctree}}\n:hidden:\n:caption: {title}\n", *named, "```\n"]))
    return "".join(parts)


def _read(_: Sphinx, page: str, source: list[str]) -> None:
    if page == root_doc:
        source[0] += _navigation()
    if page.startswith("rules/"):
        known = rulebook.page(page.removeprefix("rules/").partition("-")[0])
        about = f"`{known.id}` {known.name} · {known.severity} · fix: {known.fix}"
        source[0] = source[0].replace(f"\n# {known.title}\n", f"\n# {known.title}\n\n{about}\n", 1)
        text = re.sub(r"(?m)^```\S* answers(?:[: ].*)?\n(?:.*\n)*?```\n", "", source[0])  # what only tests read
        source[0] = "\n".join((f"{said}\n\n" if (said := caption(line)) else "") + line for line in text.split("\n"))


#: What the theme leaves to be said to who reads by key or by ear.
_TOLD = {
    "<pre>": '<pre tabindex="0">',
    '<p class="caption" role="heading">': '<p class="caption" role="heading" aria-level="2">',
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="All pages">',
    '<aside class="toc-drawer">': '<aside class="toc-drawer" aria-label="On this page">',
}


def _begin(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.name == "html":
        for place in Path(app.outdir).rglob("*.html"):
            text = place.read_text(encoding="utf-8")
            for written, told in _TOLD.items():
                text = text.replace(written, told)
            place.write_text(text, encoding="utf-8")
        begin = f'<meta http-equiv="refresh" content="0; url={root_doc}.html"><a href="{root_doc}.html">pinlint</a>'
        page = f"<!doctype html><title>pinlint</title>{begin}\n"
        (Path(app.outdir) / "index.html").write_text(page, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """What is done to pages on their way."""
    app.connect("source-read", _read)
    app.connect("build-finished", _begin)
    return {"parallel_read_safe": True}
