"""The short form of `make fuzz`: a few hundred damaged files of each format, always the same ones."""

from __future__ import annotations

import itertools

import fuzz
import pytest

from pinlint.ecosystems.pypi.revisions import revision_verdict
from pinlint.formats import FORMATS
from pinlint.model import Reference, Span
from pinlint.text import Document
from pinlint.tree import Tree

CASES = 120


@pytest.mark.parametrize("name", [format_.name for format_ in FORMATS])
def test_damaged_files_end_in_findings_or_reasons(name: str) -> None:
    for sample, data in itertools.islice(fuzz.cases(20260101, name), CASES):
        fault = fuzz.fault_of(sample, data)
        assert fault == "", f"{sample.path} of {sample.root}, damaged as {fuzz.kept(sample, data)}"


def test_revision_of_many_digits_is_read_in_linear_time() -> None:
    """Found by `make fuzz`: a pattern that could split the digits in any way tried them all, for ever."""
    assert revision_verdict("01" * 60 + "23abc")[0] == "floating"
    assert revision_verdict("v1.2.3-rc1")[0] == "tag"


def test_every_format_has_samples() -> None:
    assert {sample.kind for sample in fuzz.samples()} == {format_.name for format_ in FORMATS}


def test_faults_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that raises, or that points outside the text, does not pass."""
    sample = next(sample for sample in fuzz.samples() if sample.kind == "dockerfile")
    assert fuzz.fault_of(sample, sample.data) == ""

    import pinlint.formats.dockerfile as reader

    real = list(reader.references(Document(sample.path, sample.data), Tree(str(sample.root), list)))
    outside = next(item for item in real if isinstance(item, Reference))._replace(span=Span(0, len(sample.data) + 9))
    monkeypatch.setattr(reader, "references", lambda document, tree: iter([outside]))
    assert "outside the text" in fuzz.fault_of(sample, sample.data)
    monkeypatch.setattr(reader, "references", lambda document, tree: iter([outside._replace(verdict="unknown", why="")]))
    assert "does not say why" in fuzz.fault_of(sample, sample.data)
    monkeypatch.delattr(reader, "references")
    assert "AttributeError" in fuzz.fault_of(sample, sample.data)
