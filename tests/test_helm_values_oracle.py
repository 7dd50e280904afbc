"""Digests written into a chart's values, and what Helm itself then renders: every image has its digest, nothing else changes."""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

import pytest

from pinlint.formats import helm_values
from pinlint.model import Reference, Span
from pinlint.notations import edits
from pinlint.pins import NoPin, Pin, apply
from pinlint.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

HEX = "0123456789abcdef" * 4
DIGEST = f"sha256:{HEX}"
JOINED = "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
CHART = "apiVersion: v2\nname: shop\nversion: 1.0.0\nappVersion: 2.4.1\n"

#: For each case: the values, the template that takes them, and the image that Helm renders of them with a digest ("" where pinlint
#: must not write one, because the template does more with the tag or nothing can be told).
CASES = {
    "joined": ("image: {repository: shop/a, tag: 1.29.0}", f'image: "{JOINED}"', f"shop/a:1.29.0@{DIGEST}"),
    "defaulted": (
        "image:\n  repository: shop/a\n  tag: 'v1' # ours",
        "image: {{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}",
        f"shop/a:v1@{DIGEST}",
    ),
    "printed": (
        "image: {repository: shop/a, tag: v1}",
        'image: {{ printf "%s:%s" .Values.image.repository .Values.image.tag | quote }}',
        f"shop/a:v1@{DIGEST}",
    ),
    "labelled": ("image: {repository: shop/a, tag: v1}", f"image: {JOINED}\nlabel: {{{{ .Values.image.tag }}}}", ""),
    "compared": (
        "image: {repository: shop/a, tag: v1}",
        f'image: {JOINED}\n{{{{ if semverCompare ">1" .Values.image.tag }}}}a: b{{{{ end }}}}',
        "",
    ),
    "asked about": (
        "image: {repository: shop/a, tag: v1}",
        f"{{{{ if .Values.image.tag }}}}image: {JOINED}{{{{ end }}}}",
        f"shop/a:v1@{DIGEST}",
    ),
    "number": ("image: {repository: shop/a, tag: 1.10}", f"image: {JOINED}", ""),
    "passed on": ("image: {repository: shop/a, tag: v1}", f"image: {JOINED}\nall: {{{{ toJson .Values.image }}}}", ""),
    "digest": (
        "image: {repository: shop/a, tag: v1, digest: ''}",
        "image: {{ .Values.image.repository }}@{{ .Values.image.digest }}",
        f"shop/a@{DIGEST}",
    ),
    "empty digest": (
        "image:\n  repository: shop/a\n  digest:\n  tag: v1",
        f"image: {JOINED}@{{{{ .Values.image.digest }}}}",
        f"shop/a:v1@{DIGEST}",
    ),
    "sha": (
        "image: {repository: shop/a, tag: v1, sha: ''}",
        f"image: {JOINED}@sha256:{{{{ .Values.image.sha }}}}",
        f"shop/a:v1@{DIGEST}",
    ),
    "sha that holds the algorithm": (
        "image: {repository: shop/a, tag: v1, sha: ''}",
        f"image: {JOINED}@{{{{ .Values.image.sha }}}}",
        "",
    ),
    "digest without algorithm": (
        "image: {repository: shop/a, tag: v1, digest: ''}",
        "image: {{ .Values.image.repository }}@sha256:{{ .Values.image.digest }}",
        "",
    ),
    "empty tag": (
        "image: {repository: shop/a, tag: ''}",
        "image: {{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}",
        "",
    ),
    "whole": ("image: shop/a:v1", "image: {{ .Values.image }}", f"shop/a:v1@{DIGEST}"),
}


@pytest.fixture(scope="module")
def chart() -> Any:
    try:
        return importlib.import_module("helm_python.chart").Chart
    except ImportError:
        if os.environ.get("CI") == "true":
            pytest.fail("the Helm oracle needs helm-python-sdk")
        pytest.skip("helm-python-sdk is not installed")


def pinned(folder: Path) -> tuple[str, bool]:
    """The values of a chart with every digest written that has a place, and whether any has."""
    files = ["Chart.yaml", "values.yaml", "templates/a.yaml"]
    tree = Tree(str(folder), lambda: files)
    document = tree.read("values.yaml")
    changes = []
    for one in helm_values.references(document, tree):
        assert isinstance(one, Reference)
        if isinstance(one.site, Span):
            made = edits(one, one.site, document, Pin("v1", (DIGEST,), ""))
            assert not isinstance(made, NoPin)
            changes += made
    return apply(document.text, changes), bool(changes)


@pytest.mark.parametrize("case", CASES)
def test_digest_arrives_in_the_image(case: str, chart: Any, tmp_path: Path) -> None:
    values, template, image = CASES[case]
    (tmp_path / "templates").mkdir()
    for name, text in (("Chart.yaml", CHART), ("values.yaml", f"{values}\n"), ("templates/a.yaml", f"{template}\n")):
        (tmp_path / name).write_text(text)
    before = chart.load(str(tmp_path)).render()["shop/templates/a.yaml"]
    fixed, changed = pinned(tmp_path)
    assert changed is (DIGEST in image)
    (tmp_path / "values.yaml").write_text(fixed)
    after = chart.load(str(tmp_path)).render()["shop/templates/a.yaml"]
    if not changed:
        assert after == before
        return
    assert after.replace('"', "").strip() == f"image: {image}"
