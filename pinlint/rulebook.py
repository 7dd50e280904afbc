"""The rule pages under `rules/`: severity, help and fix safety, read only when somebody asks.

Knows the shape of a page (flat front matter, a title, sections, fenced examples); must not know what a rule checks.
"""

import os
import re
from typing import NamedTuple

from pinlint.errors import PinlintError, suggestion

__all__ = ["Page", "check_codes", "codes", "meant", "named", "page"]

_HERE = os.path.dirname(os.path.abspath(__file__))
#: In a wheel the pages lie in the package; in a checkout they lie beside it.
_FOLDERS = (os.path.join(_HERE, "_rules"), os.path.join(os.path.dirname(_HERE), "rules"))
_PAGES: "dict[str, Page]" = {}
_CODES: dict[str, str] = {}


class Page(NamedTuple):
    """One rule. `severity` is error, warning or note; `fix` is safe, unsafe or none; `body` is Markdown with the front matter
    cut off; `summary` is its first paragraph as plain text; `security_severity` is a number from 0.0 to 10.0, as text; `default`
    is off for a rule that runs only where it is selected, else on."""

    id: str
    name: str
    severity: str
    fix: str
    title: str
    summary: str
    body: str
    precision: str
    security_severity: str
    tags: tuple[str, ...]
    default: str = "on"


def codes() -> dict[str, str]:
    """Every rule code and the file name of its page, sorted by code."""
    if not _CODES:
        folder = next((folder for folder in _FOLDERS if os.path.isdir(folder)), _FOLDERS[0])
        for name in sorted(os.listdir(folder) if os.path.isdir(folder) else _archive()):
            code, dash, _ = name.partition("-")
            if dash and name.endswith(".md"):
                _CODES[code] = os.path.join(folder, name)
    return _CODES


def page(code: str) -> Page:
    """The page of a rule. Raises PinlintError for an unknown code."""
    if code not in _PAGES:
        [code] = check_codes((code,), "rule")
        if code not in codes():
            raise PinlintError(f"{code} is the prefix of several rules", "name one rule, for example PIN001")
        path = codes()[code]
        try:
            with open(path, encoding="utf-8") as file:
                text = file.read()
        except NotADirectoryError:
            text = _archive()[os.path.basename(path)]
        _PAGES[code] = _parse(text)
    return _PAGES[code]


def _archive() -> dict[str, str]:
    """The pages by file name, where the package lies in an archive (python -m zipapp) and no folder can be listed."""
    from importlib.resources import files

    return {page.name: page.read_text("utf-8") for page in files("pinlint").joinpath("_rules").iterdir()}


def _parse(text: str) -> Page:
    _, front, body = text.split("---\n", 2)
    fields = dict(line.split(": ", 1) for line in front.splitlines() if ": " in line)
    body = body.lstrip()
    title = body.partition("\n")[0].removeprefix("# ")
    paragraph = body.partition("\n")[2].lstrip().partition("\n\n")[0]
    summary = re.sub(r"\[([^]]+)\]\([^)]*\)|[`*]", lambda match: match[1] or "", paragraph.replace("\n", " "))
    return Page(
        fields["id"], fields["name"], fields["severity"], fields["fix"], title, summary, body,
        fields.get("precision", "very-high"), fields.get("security-severity", "5.0"),
        tuple(fields.get("tags", "security, supply-chain").split(", ")), fields.get("default", "on"),
    )  # fmt: skip


def _names() -> dict[str, str]:
    """Every rule code by the name of its rule."""
    return {os.path.basename(path).removeprefix(f"{code}-").removesuffix(".md"): code for code, path in codes().items()}


def named(word: str) -> str:
    """The code or prefix of codes that a word stands for: that itself in any case of letters, or a rule's name; "" for none."""
    upper = word.upper()
    return upper if any(known.startswith(upper) for known in codes()) else _names().get(word.lower(), "")


def meant(word: str) -> str:
    """A hint for a word that names no rule."""
    if (number := re.fullmatch(r"([A-Za-z]{3})(\d+)", word)) and (padded := f"{number[1].upper()}{int(number[2]):03}") in codes():
        return f"did you mean {padded}?"
    code = len(word) <= len("PIN003") + 1 and "-" not in word
    return suggestion(word.upper(), tuple(codes())) if code else suggestion(word.lower(), tuple(_names()))


def check_codes(given: tuple[str, ...], where: str) -> tuple[str, ...]:
    """The codes and prefixes of codes that words stand for; `ALL` stands for every rule. Raises PinlintError for one that names no
    rule."""
    checked = []
    for word in given:
        code = "" if word.upper() == "ALL" else named(word)
        if not code and word.upper() != "ALL":
            raise PinlintError(f"{where}: no rule is called {word!r}", meant(word))
        checked.append(code)
    return tuple(checked)
