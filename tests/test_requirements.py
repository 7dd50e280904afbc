"""Verdicts, file sets and secrets of requirements files; that pip reads the lines alike is asserted in test_requirements_oracle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinlint.ecosystems.pypi import names
from pinlint.formats import requirements
from pinlint.model import FACTS, VERDICTS, Fact, Reference, Span
from pinlint.text import Document
from pinlint.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

H256 = "a1" * 32
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def read(root: Path, files: dict[str, str], path: str = "requirements.txt") -> list[Reference | Fact]:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    tree = Tree(str(root), lambda: files)
    return list(requirements.references(tree.read(path, "pip"), tree))


def facts(found: list[Reference | Fact]) -> list[str]:
    return [item.kind for item in found if isinstance(item, Fact)]


@pytest.mark.parametrize(
    ("line", "verdict", "kind"),
    [
        ("a==1.2.3", "version", "pypi"),
        ("a===x", "version", "pypi"),
        ("a==1.*", "range", "pypi"),
        ("a==1.0,!=1.1", "range", "pypi"),
        ("a~=1.0", "range", "pypi"),
        ("a", "floating", "pypi"),
        (f"a==1 --hash=sha256:{H256.upper()}", "digest", "pypi"),
        (f"a==1 --hash=sha256:abc --hash=sha256:{H256}", "digest", "pypi"),
        (f"a==1 --hash=md5:abc --hash=sha256:{H256}", "version", "pypi"),
        ("a @ https://x.example/a.zip", "floating", "url"),
        (f"a @ https://x.example/a.zip --hash=sha256:{H256}", "digest", "url"),
        (f"https://x.example/a.zip#egg=a&sha256={H256}", "digest", "url"),
        (f"https://x.example/a.zip#md5={'d' * 32}", "weak-digest", "url"),
        (f"https://x.example/a.zip#md5={'d' * 32} --hash=sha256:{H256}", "weak-digest", "url"),
        ("https://x.example/a.zip#sha256=abc", "floating", "url"),
        (f"git+https://x.example/u/r@{COMMIT}", "digest", "git"),
        (f"-e git+https://x.example/u/r@{COMMIT}{COMMIT[:24]}", "digest", "git"),
        ("git+https://x.example/u/r@0123abc", "tag", "git"),
        ("git+https://x.example/u/r@release-1.2", "tag", "git"),
        ("git+https://x.example/u/r@refs/heads/1.2", "floating", "git"),
        ("git+https://x.example/u/r@stable/1.2", "floating", "git"),
        ("git+ssh://git@x.example/u/r", "floating", "git"),
        ("./a.whl", "local", "pypi"),
        ("a-1.0.zip", "local", "pypi"),
        ("-e .[dev]", "local", "pypi"),
        ("a @ file:///opt/a", "local", "pypi"),
        ("a==${VERSION}", "unknown", "pypi"),
        ("https://${TOKEN}@x.example/a.zip", "floating", "url"),
        ("https://${HOST}/a.zip", "unknown", "pypi"),
    ],
)
def test_line_has_verdict(tmp_path: Path, line: str, verdict: str, kind: str) -> None:
    (found,) = read(tmp_path, {"requirements.txt": line})
    assert isinstance(found, Reference)
    assert (found.verdict, found.artifact.kind) == (verdict, kind)


def test_repository_loses_credentials_and_suffix() -> None:
    found = names.repository("git+https://user:secret@Git.example/team/tool.git@v1.2#egg=tool")
    assert (found.repository, found.revision) == ("git.example/team/tool", "v1.2")
    assert names.repository("git+ssh://git@git.example:team/tool.git").repository == "git.example/team/tool"


def test_site_of_a_revision_is_where_it_stands_or_would_stand(tmp_path: Path) -> None:
    for line, expected in (("-e git+https://g.example/r@v1#egg=r", "v1"), ("r @ git+https://g.example/r#egg=r", "")):
        (found,) = read(tmp_path, {"requirements.txt": line})
        assert isinstance(found, Reference)
        assert isinstance(found.site, Span)
        assert line[found.site.start : found.site.end] == expected
        assert line[found.site.end :] == "#egg=r"


def test_hash_mode_spans_the_set_and_is_reported_where_it_starts(tmp_path: Path) -> None:
    hashed = f"b==1 --hash=sha256:{H256}\n"
    assert facts(read(tmp_path, {"requirements.txt": "-r base.txt\na==1\n", "base.txt": hashed})) == ["partly-hashed"]
    assert facts(read(tmp_path, {"requirements.txt": hashed + "-r base.txt\n", "base.txt": "a==1\n"})) == ["partly-hashed"]
    # What an included file has on its own is reported there, once.
    both = {"requirements.txt": "-r base.txt\n", "base.txt": hashed + "a==1\n"}
    assert facts(read(tmp_path, both)) == []
    assert facts(read(tmp_path, both, "base.txt")) == ["partly-hashed"]
    assert facts(read(tmp_path, {"requirements.txt": "--require-hashes\na==1\n"})) == ["partly-hashed"]
    assert facts(read(tmp_path, {"requirements.txt": "--no-require-hashes\na==1\n" + hashed})) == []


def test_constraints_settle_ranges_and_lend_their_hashes(tmp_path: Path) -> None:
    limits = f"a==1.5 --hash=sha256:{H256}\n"
    found = read(tmp_path, {"requirements.txt": "a>=1\n-c limits.txt\n", "limits.txt": limits})
    assert [item.settled_by for item in found if isinstance(item, Reference)] == ["limits.txt: 1.5"]
    assert facts(found) == []


def test_included_files_are_those_that_install_something(tmp_path: Path) -> None:
    files = {
        "requirements.txt": "-r a/x.lst\n-c c.txt\n-r ../out.txt\n-r gone.txt\n",
        "a/x.lst": "-r ../requirements.txt\n-r y.lst",
        "a/y.lst": "b",
        "c.txt": "c",
    }
    read(tmp_path, files)
    tree = Tree(str(tmp_path), lambda: files)
    assert requirements.included(tree.read("requirements.txt", "pip"), tree) == ["a/x.lst", "a/y.lst"]


def test_circle_is_reported_at_the_line_that_closes_it(tmp_path: Path) -> None:
    found = read(tmp_path, {"requirements.txt": "a==1\n-r b.txt\n", "b.txt": "-r requirements.txt\n"})
    assert facts(found) == ["unreadable-file"]


def test_input_without_its_lock_says_so_first_and_once(tmp_path: Path) -> None:
    found = read(tmp_path, {"dev.in": "a\nb>=1\nc==1\n"}, "dev.in")
    assert isinstance(found[0], Fact)
    assert facts(found) == ["missing-lock"]
    locked = {"dev.in": "a\nb>=1\nm; os_name=='nt'\n", "dev.txt": "a==1\nb==2\n"}
    assert [item.settled_by for item in read(tmp_path, locked, "dev.in") if isinstance(item, Reference)] == ["dev.txt"] * 3


SECRETS = [
    "--index-url https://user:s3cret@registry.example/simple\n--extra-index-url http://user:s3cret@other.example/?token=s3cret\na",
    "-f http://user:s3cret@x.example/\n-r https://user:s3cret@x.example/r.txt?t=s3cret\n-r https://u:s3cret@${HOST}/r.txt",
    "a @ http://user:s3cret@x.example/a.zip?sig=s3cret\nb @ git+http://user:s3cret@x.example/r@v1\n-e git+https://s3cret@x.example/r#egg=r",
    "--nope=https://user:s3cret@x.example\n--index-urlhttps://user:s3cret@x.example\nhttps://user:s3cret@x.example/a b",
    "--index-url http://user:s3/s3cret@x.example/simple\nhttps://user:s3/s3cret@x.example/a.zip\na",
]


@pytest.mark.parametrize("text", SECRETS)
def test_no_credential_reaches_a_field_or_message(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, {"requirements.txt": text})
    assert found
    assert "s3cret" not in repr(found)


@settings(max_examples=400, deadline=None, database=None)
@given(
    st.lists(
        st.one_of(
            st.text(max_size=20),
            st.sampled_from(["-r ", "-c ", "-e ", "--hash=", " \\\n", "\n", "#", "${A}", "git+https://", "@", "{{", "\ud800"]),
        ),
        max_size=12,
    )
)
def test_no_text_is_too_strange(parts: list[str]) -> None:
    """Any text yields references and facts of the model whose places lie inside the document."""
    document = Document(
        "requirements.txt",
        "".join(parts).encode("utf-8", "surrogateescape" if "\ud800" not in parts else "replace").replace(b"\0", b""),
        "utf-8",
    )
    tree = Tree("/nonexistent", list)
    for item in requirements.references(document, tree):
        assert isinstance(item.span, Span)
        assert 0 <= item.span.start <= item.span.end <= len(document.text)
        assert item.kind in FACTS if isinstance(item, Fact) else item.verdict in VERDICTS
    requirements.included(document, tree)


def test_package_url_holds_the_normalised_name_and_quoted_version() -> None:
    assert names.purl("Zope.Interface", "1!2.0+cu118") == "pkg:pypi/zope-interface@1%212.0%2Bcu118"
    assert names.purl("a", "") == "pkg:pypi/a"
