"""What hostile files cost grows no faster than they do, or ends in a finding that says so. Counted, never timed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinlint import budget
from pinlint.config import Policy
from pinlint.discover import format_of
from pinlint.engine import Checked, check
from pinlint.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path


def checked(files: dict[str, str]) -> list[Checked]:
    """What becomes of every file of a repository that holds these."""
    contents = {path: text.encode() for path, text in files.items()}
    tree = Tree("/nowhere", lambda: list(contents), contents)
    found = [check(path, format_, tree, Policy()) for path in files if (format_ := format_of(path))]
    return [one for one in found if one is not None]


def messages(files: dict[str, str]) -> list[str]:
    return [one.message for each in checked(files) for one in each.diagnostics if one.rule == "PIN901"]


def aliased(count: int) -> dict[str, str]:
    """A list that is the value of as many keys as it has elements."""
    elements = "".join(f"  - {{a: x{i}}}\n" for i in range(count))
    users = "".join("  - {list: {elements: *e}}\n" for _ in range(count))
    head = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nspec:\n  x: &e\n"
    template = "  template: {spec: {source: {repoURL: 'https://git.example/y', targetRevision: '{{a}}'}}}\n"
    return {"a.yaml": f"{head}{elements}  generators:\n{users}{template}"}


def test_work_is_counted_where_trees_are_walked() -> None:
    assert messages(aliased(100)) == []
    (why,) = messages(aliased(1000))
    assert "more than " in why
    assert "steps to read" in why


def test_the_account_grows_with_the_document_and_ends_with_it() -> None:
    budget.begin(1000)
    budget.spend(budget.STEPS + 1000 * budget.STEPS_PER_CHARACTER)
    with pytest.raises(budget.Exceeded):
        budget.spend(1)
    assert budget.is_exceeded()
    budget.end()
    budget.spend(1 << 60)
    assert not budget.is_exceeded()


def test_what_is_looked_up_once_has_an_account_of_its_own(tmp_path: Path) -> None:
    """It does not matter who asks first, and everybody is told."""
    tree = Tree(str(tmp_path), list)
    budget.begin(0)
    try:
        assert tree.memo("small", "", lambda: budget.spend(budget.STEPS + 1)) is None
        budget.spend(budget.STEPS)
        for _ in range(2):
            with pytest.raises(budget.Exceeded):
                tree.memo("large", "", lambda: budget.spend(budget.STEPS_APART + 1))
        assert not budget.is_exceeded()
    finally:
        budget.end()


def test_a_file_of_very_many_values_is_refused_before_they_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pinlint.syntax.composing._VALUES", 1000)
    assert messages({"compose.yml": f"services: {{}}\nx: [{'a,' * 1000}]\n"}) == []
    (why,) = messages({"compose.yml": f"services: {{}}\nx: [{'a,' * 2000}]\n"})
    assert "values, too many for its size" in why
