"""Digests in keys of their own: of chart values, of kustomizations, of included CI files."""

from __future__ import annotations

import base64
import hashlib
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
        ('  digest: ""\n', '""', f'  digest: "{DIGEST}"\n'),
        ("  digest: '' # none yet\n", "''", f"  digest: '{DIGEST}' # none yet\n"),
        ("  digest: null\n", "null", f"  digest: {DIGEST}\n"),
        ("  digest:", "", f"  digest: {DIGEST}"),
        ("  digest: ", "", f"  digest: {DIGEST}"),
        ("  sha: ''\n", "''", f"  sha: '{DIGEST[7:]}'\n"),
        ("{tag: 1, sha256: ''}\n", "''", f"{{tag: 1, sha256: '{DIGEST[7:]}'}}\n"),
    ],
)
def test_a_digest_key_is_filled(before: str, value: str, after: str) -> None:
    assert written(before, value, "image-digest-key") == after


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("tag: 1.10\n", "1.10", f"tag: 1.10@{DIGEST}\n"),
        ('tag: "1.10" # x\n', '"1.10"', f'tag: "1.10@{DIGEST}" # x\n'),
        ("{tag: '1'}", "'1'", f"{{tag: '1@{DIGEST}'}}"),
        ("tag: 1@sha256:5f5f\n", "1@sha256:5f5f", f"tag: 1@{DIGEST}\n"),
    ],
)
def test_a_tag_gets_the_digest_behind_it(before: str, value: str, after: str) -> None:
    assert written(before, value, "image-tag-key") == after


def test_a_broken_digest_that_contradicts_is_left() -> None:
    assert written("tag: 1@sha256:0a0a\n", "1@sha256:0a0a", "image-tag-key", digests=("sha256:0a0a",)).startswith("!")
    assert written("tag: 1\n", "1", "image-tag-key", "sha512:5f").startswith("!")


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


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ref:\n  tag: v1 # signed\n", "ref:\n  tag: v1 # signed\n  commit: {}\n"),
        ("ref: {branch: v1}\n", "ref: {{branch: v1, commit: {}}}\n"),
    ],
)
def test_a_commit_is_added_beside_the_ref(before: str, after: str) -> None:
    commit = "5f" * 20
    assert written(before, "v1", "commit-key", commit) == after.format(commit)


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("version: ~19.5 # x\n", "~19.5", "version: 19.5.5 # x\n"),
        ('version: ">=19 <20"\n', ">=19 <20", 'version: "19.5.5"\n'),
        ("{version: 19.x}\n", "19.x", "{version: 19.5.5}\n"),
    ],
)
def test_a_version_takes_the_place_of_a_range(before: str, value: str, after: str) -> None:
    assert written(before, value, "chart-version", version="19.5.5") == after
    for nonsense in ("19.5", "", "19.5.5 # evil", "19.5.5\n"):
        assert written(before, value, "chart-version", version=nonsense).startswith("!")


@pytest.mark.parametrize(
    ("notation", "before", "after"),
    [
        ("version-key", "- name: x\n  chart: shop/x # ours\n", "- name: x\n  chart: shop/x # ours\n  version: 19.5.5\n"),
        ("version-key", "{chart: shop/x}\n", "{chart: shop/x, version: 19.5.5}\n"),
        ("ref-key", "- project: 'shop/x'\n  file: a\n", "- project: 'shop/x'\n  ref: 5f5f\n  file: a\n"),
    ],
)
def test_what_nothing_was_asked_of_gets_a_key(notation: str, before: str, after: str) -> None:
    assert written(before, "shop/x", notation, "5f5f", version="19.5.5") == after


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


FILE = b"test:\n  script: [make]\n"
INTEGRITY = "sha256-" + base64.b64encode(hashlib.sha256(FILE).digest()).decode()


def included(answer: Answer, address: str = "{url}/ci/test.yml") -> Pin | NoPin:
    with stub() as server, closing(Client(sleep=lambda _: None)) as client:
        server.answer = lambda _: answer
        url = address.format(url=server.url)
        reference = Reference(Artifact("url", url), "", (), "floating", Span(0, 0), "included file", notation="include-integrity")
        return Includes(client, named_by="").resolve(reference)


def test_an_included_file_gets_the_sum_of_what_is_there() -> None:
    found = included(Answer(200, body=FILE))
    assert isinstance(found, Pin)
    assert found.digests == (INTEGRITY,)
    text = "include:\n  - remote: 'https://ci.example/test.yml'\n    rules: []\n"
    assert written(text, "https://ci.example/test.yml", "include-integrity", INTEGRITY) == text.replace(
        "yml'\n", f"yml'\n    integrity: '{INTEGRITY}'\n"
    )


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer(404), "answers 404"),
        (Answer(200, body=b"<html><body>Sign in</body></html>"), "no CI file"),
        (Answer(200, body=b""), "no CI file"),
        (Answer(200, body=b"a: [\n"), "no CI file"),
        (Answer(200, body=b"\xff\xfe"), "no CI file"),
        (Answer(503), "answers 503"),
        (Answer(raw=b"HTTP/1.0 200 OK\r\n\r\n" + FILE[:-5]), "may lack its end"),
    ],
)
def test_what_is_no_file_gives_no_sum(answer: Answer, why: str) -> None:
    found = included(answer)
    assert isinstance(found, NoPin)
    assert why in found.why


def test_a_repository_does_not_name_this_machine() -> None:
    with stub() as server, closing(Client(sleep=lambda _: None)) as client:
        server.answer = lambda _: Answer(200, body=FILE)
        for host in ("127.0.0.1", "localhost", "0x7f.1"):
            url = f"http://{host}:{server.port}/quit?x.yml"
            reference = Reference(
                Artifact("url", url), "", (), "floating", Span(0, 0), "included file", notation="include-integrity"
            )
            found = Includes(client).resolve(reference)
            assert isinstance(found, NoPin)
            assert "the repository leads to this machine" in found.why
        assert server.asked == []


def test_an_address_with_a_secret_or_a_variable_is_not_asked() -> None:
    for address in ("http://ann:hush@127.0.0.1:1/a.yml", "http://127.0.0.1:1/$NAME.yml"):
        found = included(Answer(200, body=FILE), address)
        assert isinstance(found, NoPin)
        assert "credentials or a variable" in found.why
        assert "hush" not in found.why
