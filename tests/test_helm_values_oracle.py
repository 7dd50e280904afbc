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
    "whole, in quotes": ("image: shop/a:v1", 'image: "{{ .Values.image }}"', f"shop/a:v1@{DIGEST}"),
    "whole, in a list": ("jobs: [{image: shop/a:v1}]", "{{ toYaml .Values.jobs }}", f"shop/a:v1@{DIGEST}"),
    "whole, one by one": (
        "jobs: [{image: shop/a:v1}]",
        "{{ range .Values.jobs }}\nimage: {{ .image }}\n{{ end }}",
        f"shop/a:v1@{DIGEST}",
    ),
    "joined by another name": (
        "image: {repository: shop/a, tag: v1}",
        '{{ $i := .Values.image }}\nimage: "{{ $i.repository }}:{{ $i.tag }}"',
        f"shop/a:v1@{DIGEST}",
    ),
    "with its registry": (
        "image: {registry: r.example, repository: shop/a, tag: v1}",
        'image: {{ printf "%s/%s:%s" .Values.image.registry .Values.image.repository .Values.image.tag }}',
        f"r.example/shop/a:v1@{DIGEST}",
    ),
    "taken apart": ("image: shop/a:v1", 'image: {{ .Values.image }}\nlabel: {{ (split ":" .Values.image)._1 }}', ""),
    "taken apart, one by one": (
        "jobs: [{image: shop/a:v1}]",
        '{{ range .Values.jobs }}\nimage: {{ .image }}\nlabel: {{ (split ":" .image)._1 }}\n{{ end }}',
        "",
    ),
    "behind a registry": ("registry: r.example\nimage: shop/a:v1", 'image: "{{ .Values.registry }}/{{ .Values.image }}"', ""),
    "behind a text": ("image: shop/a:v1", "image: r.example/{{ .Values.image }}", ""),
    "tag behind another registry": ("image: {repository: shop/a, tag: v1}", f"image: r.example/{JOINED}", ""),
    "tag of two images": (
        "image: {repository: shop/a, tag: v1}\nother: {repository: shop/b}",
        f"image: {JOINED}\nother: {{{{ .Values.other.repository }}}}:{{{{ .Values.image.tag }}}}",
        "",
    ),
    "labelled by index": (
        "image: {repository: shop/a, tag: v1}",
        f'image: {JOINED}\nlabel: {{{{ index .Values "image" "tag" }}}}',
        "",
    ),
    "labelled by another name": (
        "image: {repository: shop/a, tag: v1}",
        f"{{{{ $v := .Values }}}}\nimage: {JOINED}\nlabel: {{{{ $v.image.tag }}}}",
        "",
    ),
    "everything passed on": ("image: {repository: shop/a, tag: v1}", f"image: {JOINED}\nall: {{{{ toJson .Values }}}}", ""),
    "v before the appVersion": (
        "image: {repository: shop/a, tag: '', digest: ''}",
        'image: {{ printf "%s:%s" .Values.image.repository (default (printf "v%s" .Chart.AppVersion) .Values.image.tag) }}',
        "",
    ),
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
    assert after.replace('"', "").strip().removeprefix("- ") == f"image: {image}"


@pytest.mark.parametrize(("form", "version"), [("v%s", "v2.4.1"), ("%s-alpine", "2.4.1-alpine"), ("%s", "2.4.1")])
def test_the_app_version_is_asked_for_as_it_is_rendered(form: str, version: str, chart: Any, tmp_path: Path) -> None:
    values = "image: {repository: shop/a, tag: ''}\n"
    tag = f'(default (printf "{form}" .Chart.AppVersion) .Values.image.tag)'
    template = f'image: {{{{ printf "%s:%s" .Values.image.repository {tag} }}}}\n'
    (tmp_path / "templates").mkdir()
    for name, text in (("Chart.yaml", CHART), ("values.yaml", values), ("templates/a.yaml", template)):
        (tmp_path / name).write_text(text)
    tree = Tree(str(tmp_path), lambda: ["Chart.yaml", "values.yaml", "templates/a.yaml"])
    (found,) = helm_values.references(tree.read("values.yaml"), tree)
    assert isinstance(found, Reference)
    assert found.version == version
    assert chart.load(str(tmp_path)).render()["shop/templates/a.yaml"].strip() == f"image: shop/a:{version}"
