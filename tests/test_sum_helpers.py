"""What vouches for a download where a script's own helpers, functions and variables compare the sums."""

# ruff: noqa: E501 - a script a line

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from trees import root_at

from pinlint.model import Reference, Script
from pinlint.programs import fetched
from pinlint.text import Document
from pinlint.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

SUM = "5f" * 32
GET = "curl -LO https://downloads.example/tool.tgz\n"
FILE = 'curl -L https://downloads.example/tool.tgz -o "$DIR/${FILE}"\n'


def verdicts(text: str, folder: Path, foreign: str = "") -> list[str]:
    """The verdict of everything that a script downloads."""
    root_at(folder)
    script = Script(text, [(0, 0)], "sh", "ci", "job", foreign=foreign)
    items = fetched([script], Document("ci.yml", text.encode()), Tree(str(folder), list))
    return [item.verdict for item in items if isinstance(item, Reference) and item.artifact.kind == "url"]


#: What stands between a download and its use, and what becomes of the download.
BETWEEN = {
    "nothing": (f"{GET}", "floating"),
    "a helper of the repository": (f"{GET}./hack/verify-sha.sh tool.tgz", "unknown"),
    "a helper that knows the file": (f'{FILE}"$(dirname "$0")"/compare-chksum.sh', "unknown"),
    "a helper in a variable": (f"{GET}$VERIFY_SHA tool.tgz $SUM", "unknown"),
    "a helper in a variable with braces": (f'{GET}"${{checksum_script}}" tool.tgz "$SUM"', "unknown"),
    "a helper for another file": (f"{GET}$VERIFY_SHA other.tgz $SUM", "floating"),
    "a helper with a sum": (f"{GET}check_sha256 tool.tgz {SUM}", "digest"),
    "a variable that says nothing": (f"{GET}$RUN tool.tgz", "floating"),
    "a helper that a shell runs": (f"{GET}bash ./hack/verify-checksum.sh tool.tgz", "unknown"),
    "a helper that is sourced": (f"{GET}. ./hack/verify-checksum.sh", "unknown"),
    "a helper in another language": (f"{GET}python3 -u check_hash.py tool.tgz", "unknown"),
    "another writing of the variable": (f"{FILE}verify_checksum $FILE", "unknown"),
    "a function that makes a sum": (
        f'sha() {{\n  if command -v sha256sum; then sha256sum "$1"; else shasum -a 256 "$1"; fi\n}}\n{GET}got="$(sha tool.tgz)"\nif [ "$got" != {SUM} ]; then exit 1; fi', "digest",
    ),
    "a sum that nobody compares": (f'sha() {{ sha256sum "$1"; }}\n{GET}echo "$(sha tool.tgz)"', "floating"),
    "a function that checks": (f'proven() {{\n  echo "$SUM  $1" | sha256sum -c -\n}}\n{GET}proven tool.tgz', "unknown"),
    "a function that checks what variables name": (f'function proven {{\n  [ "$(sha256sum "$F")" = "$SUM" ] || exit 1\n}}\n{GET}proven', "unknown"),
    "a function that only shows": (f'shown() {{\n  sha256sum "$1"\n}}\nif ! true; then exit 1; fi\n{GET}shown tool.tgz', "floating"),
    "a function that checks another file": (f'proven() {{\n  echo "$SUM  $1" | sha256sum -c -\n}}\n{GET}proven other.tgz', "floating"),
}  # fmt: skip


@pytest.mark.parametrize("what", BETWEEN)
def test_what_stands_between_a_download_and_its_use(what: str, tmp_path: Path) -> None:
    text, verdict = BETWEEN[what]
    name = "$DIR/$FILE" if text.startswith(FILE) else "tool.tgz"
    assert verdicts(f"{text}\ntar -xzf {name}\n", tmp_path) == [verdict]


def test_a_helper_in_a_variable_of_make(tmp_path: Path) -> None:
    text = (
        "curl -L https://downloads.example/tool -o $(out); \\\n$(checkhash_script) $(out) $(tool_SHA256SUM); \\\nchmod +x $(out)\n"
    )
    assert verdicts(text, tmp_path, "make") == ["unknown"]
    assert verdicts(text.replace("checkhash_", "other_"), tmp_path, "make") == ["floating"]
