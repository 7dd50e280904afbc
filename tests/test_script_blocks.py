"""The metadata of Python scripts: where its block stands, as the standard's own reader finds it, and what its lock says of it."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinlint.discover import discover
from pinlint.formats import kinds, named
from pinlint.formats.python_script import references
from pinlint.model import Fact
from pinlint.semantics.uv_locks import compared, disagreements_of_script
from pinlint.text import Document, Unparsable
from pinlint.tree import Tree

#: As PEP 723 has it. uv does not look at blocks of another type, which may swallow one here.
REGEX = r"(?m)^# /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(^#(| .*)$\s)+)^# ///$"
LINES = ["# /// script", "# ///", '# dependencies = ["x{}"]', "#b = 2", "#", "print()"]


def of_the_standard(text: str) -> list[str] | None:
    """What a script depends on; None where there is no block, or where there are several."""
    found = [one for one in re.finditer(REGEX, text) if one["type"] == "script"]
    if len(found) != 1:
        return None
    lines = found[0]["content"].splitlines(keepends=True)
    try:
        return list(tomllib.loads("".join(one[2:] if one.startswith("# ") else one[1:] for one in lines)).get("dependencies", []))
    except tomllib.TOMLDecodeError:
        return None


PLAIN = st.lists(st.sampled_from(LINES), max_size=3)


@settings(max_examples=300)
@given(PLAIN, st.lists(st.sampled_from(LINES[1:]), min_size=1, max_size=4), PLAIN)
def test_a_block_is_what_the_standard_says(before: list[str], inside: list[str], after: list[str]) -> None:
    lines = [*before, LINES[0], *inside, LINES[1], *after]
    text = "".join(f"{line.format(number)}\n" for number, line in enumerate(lines))
    tree = Tree("/", list, {})
    try:
        found = [one.artifact.name for one in references(Document("a.py", text.encode()), tree) if not isinstance(one, Fact)]
    except Unparsable:
        found = None
    wanted = of_the_standard(text)
    assert found == wanted or (wanted is None and not found) or text.count("# /// script") > 1


SCRIPT = """\
requires-python = ">=3.11"
dependencies = ["httpx>=0.27", "six==1.16.0", "rich[jupyter]; python_version > '3.0'"]
[tool.uv]
constraint-dependencies = ["anyio<5"]
override-dependencies = ["h11>=0.14"]
"""
LOCK = """\
version = 1
revision = 5
requires-python = ">=3.11"

[manifest]
requirements = [
    { name = "httpx", specifier = ">=0.27" },
    { name = "rich", extras = ["jupyter"], marker = "python_full_version >= '3.1'" },
    { name = "six", specifier = "==1.16.0" },
]
constraints = [{ name = "anyio", specifier = "<5" }]
overrides = [{ name = "h11", specifier = ">=0.14" }]
"""


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        pytest.param("", "", "", id="nothing"),
        pytest.param("h11>=0.14", "H11 >=0.14.0", "", id="spelling of names and versions"),
        pytest.param("rich[jupyter]", "rich", "lacks rich", id="an extra less"),
        pytest.param("httpx>=0.27", "httpx>=0.28", "lacks httpx>=0.28", id="another range"),
        pytest.param("anyio<5", "anyio<6", "lacks anyio<6", id="another constraint"),
        pytest.param("h11>=0.14", "h11>=0.13", "lacks h11>=0.13", id="another override"),
        pytest.param(">=3.11", ">=3.10", "is for Python >=3.11", id="another Python"),
    ],
)
def test_a_lock_and_its_script(before: str, after: str, said: str) -> None:
    """`uv lock --check --offline --script` (0.13.9) agrees with every line here."""
    found = " and ".join(disagreements_of_script(compared(tomllib.loads(LOCK)), tomllib.loads(SCRIPT.replace(before, after, 1))))
    assert (said in found) if said else found == ""


def test_the_lock_of_a_script_brings_it_in(tmp_path: Path) -> None:
    for name in ("a.py", "a.py.lock", "b.py"):
        (tmp_path / name).write_text("# /// script\n# ///\n", encoding="utf-8")
    found, _ = discover([os.fspath(tmp_path / "a.py.lock")], lambda _: ())
    assert [[path for path, _ in one.files] for one in found] == [["a.py", "a.py.lock"]]


def test_a_program_without_the_mark_is_of_no_kind() -> None:
    assert kinds(named("python_by_content"), b"import re\n") == ()
