"""Who signs what a workflow pushes, however workflows call each other."""

from __future__ import annotations

import pytest

from pinlint.semantics.unsigned_builds import unsigned
from pinlint.syntax.yaml import read
from pinlint.tree import Tree

FOLDER = ".github/workflows"
PUSH = "  push: {runs-on: x, steps: [{run: docker push registry.acme.org/a:1}]}\n"
SIGN = "  sign: {runs-on: x, steps: [{run: cosign sign a}]}\n"
OTHER = f"{FOLDER}/other.yml"


def found(workflows: dict[str, str]) -> list[str]:
    """What is said of the workflow a.yml; each is given as its jobs."""
    contents = {f"{FOLDER}/{name}.yml": f"on: push\njobs:\n{jobs}".encode() for name, jobs in workflows.items()}
    tree = Tree("/nowhere", lambda: list(contents), contents)
    document = tree.read(f"{FOLDER}/a.yml")
    return [str(fact.detail).partition(", where ")[2].partition(" ")[0] for fact in unsigned(read(document)[0], document, tree)]


def calls(*names: str) -> str:
    return "".join(f"  c{number}: {{uses: ./{FOLDER}/{name}.yml}}\n" for number, name in enumerate(names))


CHAIN = {f"c{number}": calls(f"c{number + 1}") for number in range(6)} | {"c6": SIGN}


@pytest.mark.parametrize(
    ("workflows", "signer"),
    [
        pytest.param({"a": PUSH, "other": SIGN}, [OTHER], id="another-signs"),
        pytest.param({"a": PUSH + calls("other"), "other": SIGN}, [], id="it-calls-who-signs"),
        pytest.param({"a": PUSH + calls("c0"), **CHAIN, "other": SIGN}, [], id="it-calls-who-calls-and-so-on-who-signs"),
        pytest.param({"a": PUSH + calls("gone"), "other": SIGN}, [], id="it-calls-what-nobody-can-read"),
        pytest.param({"a": PUSH, "b": calls("a", "other"), "other": SIGN}, [], id="who-calls-it-calls-who-signs"),
        pytest.param({"a": PUSH + calls("b"), "b": calls("a", "b"), "other": SIGN}, [OTHER], id="they-call-each-other"),
        pytest.param({"a": PUSH + calls(*["a", "b"] * 500), "b": calls(*["a"] * 500), "other": SIGN}, [OTHER], id="many-times"),
    ],
)
def test_who_may_sign_is_followed_through_calls(workflows: dict[str, str], signer: list[str]) -> None:
    assert found(workflows) == signer
