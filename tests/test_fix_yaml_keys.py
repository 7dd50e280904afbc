"""Digests in keys of their own: of chart values, of kustomizations, of included CI files."""

from __future__ import annotations

from contextlib import closing

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from servers.stub import Answer, stub

from pinlint.ecosystems.url.registry import Includes
from pinlint.http import Client
from pinlint.model import Artifact, Reference, Span
from pinlint.notations import edits
from pinlint.pins import NoPin, Pin, apply
from pinlint.question import Question
from pinlint.text import Document

DIGEST = "sha256:" + "5f" * 32


def written(text: str, value: str, notation: str, pinned: str = DIGEST, digests: tuple[str, ...] = (), version: str = "1") -> str:
    """The text after the image whose `value` stands in it was pinned; "!" and the reason where it was not."""
    start = text.index(value) if value else len(text)
    site = Span(start, start + len(value))
    reference = Reference(Artifact("image", "a"), "1", digests, "tag", site, "image", notation=notation)
    made = edits(reference, site, Document("a.yaml", text.encode()), Pin(version, (pinned,), ""))
    return f"!{made.why}" if isinstance(made, NoPin) else apply(text, made)


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("images:\n- name: a\n  newTag: v1\n", "v1", f"images:\n- name: a\n  newTag: v1\n  digest: {DIGEST}\n"),
        ("images:\n- newTag: v1 # new\n  name: a", "v1", f"images:\n- newTag: v1 # new\n  digest: {DIGEST}\n  name: a"),
        ("images:\n- newTag: 'v1'", "v1", f"images:\n- newTag: 'v1'\n  digest: {DIGEST}"),
        ("images:\r\n  -   newTag: v1\r\n", "v1", f"images:\r\n  -   newTag: v1\r\n      digest: {DIGEST}\r\n"),
        ("images: [{name: a, newTag: v1}]\n", "v1", f"images: [{{name: a, newTag: v1, digest: {DIGEST}}}]\n"),
        ('images: [{"newTag": "v1", name: a}]\n', '"v1"', f'images: [{{"newTag": "v1", digest: {DIGEST}, name: a}}]\n'),
    ],
)
def test_a_digest_is_added_beside_the_tag(before: str, value: str, after: str) -> None:
    assert written(before, value, "kustomize-digest") == after
    assert yaml.safe_load(after)["images"][0] == {**yaml.safe_load(before)["images"][0], "digest": DIGEST}


@given(
    st.sampled_from(["- ", "-   ", "  - ", "  ", "", "- - ", "{", "[{", "- {x: 1, "]),
    st.sampled_from(["newTag", "'newTag'", '"newTag"']),
    st.sampled_from(["v1", "'v1'", '"v1"']),
    st.sampled_from(["", " ", " # note", "}", "}]", ", x: 2}", " }"]),
    st.sampled_from(["", "\n", "\r\n", "\n# end\n"]),
)
def test_whatever_the_layout_only_the_digest_comes_in(before: str, key: str, value: str, after: str, end: str) -> None:
    text = f"{before}{key}: {value}{after}{end}"
    try:
        was = yaml.safe_load(text)
    except yaml.YAMLError:
        return
    if "'newTag': 'v1'" not in str(was):
        return
    now = written(text, value, "kustomize-digest")
    if not now.startswith("!"):
        assert str(yaml.safe_load(now)).replace(f", 'digest': '{DIGEST}'", "") == str(was)
        assert DIGEST in now


# Included files


def test_a_key_sha_takes_the_digits_alone() -> None:
    assert written("  sha: ''\n", "''", "image-digest-key") == f"  sha: '{DIGEST[7:]}'\n"
    assert written("{tag: 1, sha256: ''}\n", "''", "image-digest-key") == f"{{tag: 1, sha256: '{DIGEST[7:]}'}}\n"
    assert written("  digest: ", "", "image-digest-key") == f"  digest: {DIGEST}"


@pytest.mark.parametrize("nonsense", ["19.5", "", "19.5.5 # evil", "19.5.5\n"])
@pytest.mark.parametrize("notation", ["chart-version", "orb-version"])
def test_what_is_no_exact_version_is_not_written(nonsense: str, notation: str) -> None:
    assert written("version: ~19.5\n", "~19.5", notation, version=nonsense).startswith("!")


def test_an_included_file_that_may_lack_its_end_gets_no_sum() -> None:
    with stub() as server, closing(Client(sleep=lambda _: None)) as client:
        server.answer = lambda _: Answer(raw=b"HTTP/1.0 200 OK\r\n\r\ntest:\n  script: [")
        found = Includes(client, named_by="").resolve(Question("url", f"{server.url}/ci/test.yml"))
        assert isinstance(found, NoPin)
        assert "may lack its end" in found.why
