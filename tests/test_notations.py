"""The table of notations says what is so: of what findings promise, of what `--fix` asks for, and of its functions."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from itertools import product

import pytest
from planning import read_in, run_in

from pinlint import engine
from pinlint.config import Policy
from pinlint.fix.attempts import attempts
from pinlint.formats import named
from pinlint.model import Artifact, Reference, Span
from pinlint.notations import NOTATIONS
from pinlint.text import Document
from pinlint.tree import Tree

#: The artifact that a notation pins.
KINDS = {
    **dict.fromkeys(("command-image", "image", "image-argument", "image-digest-key", "image-tag-key"), "image"),
    **dict.fromkeys(("kustomize-digest", "own-digest-key"), "image"),
    **dict.fromkeys(("commit-key", "git-commit", "git-frozen", "git-ref", "git-rev", "ref-key"), "git"),
    **dict.fromkeys(("argument-commit", "command-ref", "json-sha", "toml-ref", "toml-requirement"), "git"),
    **dict.fromkeys(("gradle-sum", "include-integrity", "wrapper-sum"), "url"),
    "action": "action", "chart-version": "helm", "json-sibling": "npm", "orb-version": "orb", "pip-hash": "pypi",
    **dict.fromkeys(("bun-integrity", "pnpm-integrity", "yarn-integrity"), "npm"),
    "version-key": "helm", "xml-text": "maven",
}  # fmt: skip
#: All that can be asked for, and not firmly enough: what a rule needs.
ASKED = {
    "nothing": ("floating", ()), "a tag": ("tag", ()), "a range": ("range", ()), "a version": ("version", ()),
    "a broken digest": ("version", ("sha256:5f",)), "a range with a digest": ("range", ("sha256:5f",)),
    "a weak digest": ("weak-digest", ("sha1:5f",)),
}  # fmt: skip
RULES = {"PIN001", "PIN002", "PIN003", "PIN004", "PIN005", "SRC205"}
OF_COMMANDS = {"PIN010", "PIN011"}


def both(notation: str, asked: str, required: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, bool, str]]:
    """(rule, whether the finding promises a fix, why `--fix` does not ask: "" = it does) of a reference in a notation."""
    verdict, digests = ASKED[asked]
    artifact = Artifact(KINDS[notation], "me/one", "https://git.example/me/one")
    command = "build" if notation.startswith("command-") else ""
    reference = Reference(artifact, "v1", digests, verdict, Span(0, 2), "thing", "", "", Span(0, 2), notation, command=command)
    monkeypatch.setattr(engine, "stream", lambda *_: iter([reference]))
    document, tree = Document("x.yaml", b"v1\n"), Tree("/", list, {"x.yaml": b"v1\n"})
    policy = Policy(require={artifact.kind: required, f"command:{artifact.kind}": required})
    checked, _ = engine.check(document, named("compose"), tree, policy)
    run = run_in(tree, policy)
    (attempt,) = attempts(read_in(run, document, named("compose")), run) or (None,)
    for one in checked.diagnostics:
        yield one.rule, one.fixable, attempt.refused if attempt else "no pin mends it"


def test_what_a_finding_promises_is_what_a_fix_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """But where the answer alone tells whether anything else would run: there the registry is asked, and nothing is promised."""
    only_asked, seen = set(), set()
    for notation, asked, required in product(NOTATIONS, ASKED, ("version", "digest")):
        for rule, promised, refused in both(notation, asked, required, monkeypatch):
            seen.add(rule)
            assert not (promised and refused), (notation, asked, rule)
            if not promised and not refused:
                only_asked.add((notation, rule, asked if notation == "pip-hash" else ""))
    assert seen == RULES | {"PIN010"}
    refs = {"action", "argument-commit", "commit-key", "git-commit", "git-frozen", "git-ref", "git-rev"}
    refs |= {"json-sha", "ref-key", "toml-ref", "toml-requirement"}
    chosen = {"chart-version", "orb-version", "version-key", "xml-text"}
    assert only_asked == {
        *((one, "PIN001", "") for one in refs),
        ("command-ref", "PIN010", ""),
        *((one, rule, "") for one in chosen for rule in ("PIN001", "PIN002")),
        ("pip-hash", "PIN003", "a range"), ("pip-hash", "PIN005", "a range with a digest"),
    }  # fmt: skip


@pytest.mark.parametrize("notation", NOTATIONS)
def test_every_function_in_the_table_is_there(notation: str) -> None:
    one = NOTATIONS[notation]
    names = [f"pinlint.notations.{name}" for name in (one.writer, one.mirrors) if name]
    for name in (*names, *(f"pinlint.fix.consumers.{name}" for name in one.consumers)):
        module, _, function = name.partition(":")
        assert callable(getattr(import_module(module), function)), name
    assert one.replaces in ("", "version", "range")
    assert {*one.safe, *one.asked} <= RULES | OF_COMMANDS
    assert not {*one.safe} & {*one.asked}
