"""What only tests make is nobody's: the same file is judged where people run it, and not among tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from pinlint.config import Policy
from pinlint.discover import format_of
from pinlint.schedule import judged
from pinlint.semantics.test_grounds import is_test
from pinlint.tree import Tree

FIXTURES = Path(__file__).parent.parent / "fixtures"
#: Files with findings about keeping images, or about repositories of them, one of each kind that can have some.
FILES = [
    "terraform/ecr-policies/heredoc.tf", "terraform/repositories/main.tf", "ack/repositories/app.yaml",
    *(path.relative_to(FIXTURES).as_posix() for kind in ("crossplane", "pulumi", "retention_policy", "cloudformation")
      for path in sorted((FIXTURES / kind).rglob("*.*"))
      if path.name != "expected.txt" and "ulePriority" in path.read_text("utf-8")),
]  # fmt: skip


def found(path: str, data: bytes) -> set[str]:
    tree = Tree("/nowhere", lambda: [path], {path: data})
    format_ = format_of(path)
    assert format_ is not None
    about = ("RET", "PRO")
    return {
        one.rule for each in judged(tree, [(path, format_)], Policy()) for one in each.diagnostics if one.rule.startswith(about)
    }


@pytest.mark.parametrize("name", FILES)
def test_what_lies_among_tests_is_not_judged(name: str) -> None:
    data = (FIXTURES / name).read_bytes()
    own = name.split("/", 2)[2]
    assert found(own, data) or "kept" in name
    assert not found(f"tests/{own}", data)


@pytest.mark.parametrize(
    ("path", "among"),
    [
        ("tests/a.tf", True), ("a/__fixtures__/b.json", True), ("e2e.sh", True), ("deploy-kind.yml", True), ("test.yml", True),
        (".github/workflows/interop.yml", True), ("interoperability-rust.sh", True), ("interoperate.sh", False),
        ("testing/a.tf", False), ("latest/a.tf", False), ("kindly.sh", False), ("contest.sh", False),
    ],
)  # fmt: skip
def test_folders_and_files_of_tests_are_called_so(path: str, among: bool) -> None:
    assert is_test(path) is among
