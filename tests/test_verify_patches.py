"""Which objects a patch of Kustomize selects, and what becomes of an image on its way."""

from __future__ import annotations

import pytest

from pinlint.tree import Tree
from pinlint.verify.patches import REPLACED, UNSURE, UNTOUCHED, Held, fate

HELD = Held("Deployment", "web-1", "containers", "app", 0)
PATCH = (
    'patches:\n- target: {{kind: Deployment, name: "{}"}}\n'
    "  patch: |\n    [{{op: replace, path: /spec/x/containers/0/image, value: a@b}}]\n"
)


def tree(files: dict[str, str]) -> Tree:
    contents = {path: text.encode() for path, text in files.items()}
    return Tree("/nowhere", lambda: list(contents), contents)


@pytest.mark.parametrize(
    ("name", "became"),
    [
        pytest.param("web-1", REPLACED, id="its-name"),
        pytest.param("web-2", UNTOUCHED, id="another-name"),
        pytest.param("", REPLACED, id="any"),
        pytest.param("web-[0-9]+", REPLACED, id="a-pattern"),
        pytest.param("api|web-1", REPLACED, id="one-of-two"),
        pytest.param("we", UNTOUCHED, id="a-part-of-the-name"),
        pytest.param("web-.x", UNTOUCHED, id="a-pattern-of-another-name"),
        pytest.param("(?=w)web-1", UNSURE, id="a-pattern-that-Go-refuses"),
        pytest.param("web-1" + "|x" * 300, UNSURE, id="a-long-pattern"),
        pytest.param("((w|e)*)*x", UNTOUCHED, id="a-pattern-that-takes-others-for-ever"),
    ],
)
def test_a_patch_selects_by_a_pattern_of_the_whole_name(name: str, became: str) -> None:
    held = HELD._replace(name="we" * 100) if "*" in name else HELD
    assert fate(held, "kustomization.yaml", tree({"kustomization.yaml": PATCH.format(name)})) == became


@pytest.mark.parametrize(("levels", "became"), [(50, REPLACED), (600, UNSURE)])
def test_what_lies_very_deep_is_not_followed_to_its_end(levels: int, became: str) -> None:
    files = {f"k{number}/kustomization.yaml": f"resources: [../k{number - 1}]\n" for number in range(1, levels)}
    files[f"k{levels}/kustomization.yaml"] = f"resources: [../k{levels - 1}]\n" + PATCH.format("web-1")
    assert fate(HELD, "k0/kustomization.yaml", tree({"k0/kustomization.yaml": "resources: []\n", **files})) == became
