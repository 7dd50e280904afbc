# ruff: noqa: E501 - the tables of layouts read best with one a line
"""Verdicts, file sets and secrets of requirements files; that pip reads the lines alike is asserted in test_requirements_oracle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinlint.ecosystems.pypi import names
from pinlint.ecosystems.pypi.revisions import repository
from pinlint.formats import requirements
from pinlint.formats.requirements import sets
from pinlint.model import FACTS, VERDICTS, Fact, Reference, Span
from pinlint.syntax.requirements import lines
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
    found = repository("git+https://user:secret@Git.example/team/tool.git@v1.2#egg=tool")
    assert (found.repository, found.revision) == ("git.example/team/tool", "v1.2")
    assert repository("git+ssh://git@git.example:team/tool.git").repository == "git.example/team/tool"


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


def test_input_without_its_lock_says_so_once_before_what_a_lock_would_settle(tmp_path: Path) -> None:
    found = read(tmp_path, {"dev.in": "a\nb>=1\nc==1\ngit+https://g.example/r@v1\n"}, "dev.in")
    assert facts(found) == ["missing-lock"]
    # No compiler makes a commit of a tag, so its reference stands before the fact and is judged all the same.
    assert [item.artifact.kind if isinstance(item, Reference) else item.kind for item in found] == [
        "git", "missing-lock", "pypi", "pypi", "pypi",
    ]  # fmt: skip
    locked = {"dev.in": "a\nb>=1\nm; os_name=='nt'\n", "dev.txt": "a==1\nb==2\n"}
    assert [item.settled_by for item in read(tmp_path, locked, "dev.in") if isinstance(item, Reference)] == ["dev.txt"] * 3


PIP_COMPILE = "#\n# This file is autogenerated by pip-compile with Python 3.13\n# by the following command:\n#\n#    {}\n#\n"
UV = "# This file was autogenerated by uv via the following command:\n#    {}\n"
LAYOUTS = {
    "beside, compiled without comments": ("reqs/x.in", "reqs/x.txt", "a==1\n"),
    "one directory up, named in the command": (
        "requirements/requirements.in", "requirements.txt", PIP_COMPILE.format("pip-compile --output-file=requirements.txt requirements/requirements.in") + "a==1\n",
    ),
    "run in the directory of the input": ("deps/x.in", "x.txt", PIP_COMPILE.format("pip-compile --output-file=../x.txt x.in") + "a==1\n"),
    "into a directory a version": ("requirements/ci/x.in", "requirements/ci/py3.12/linux.txt", UV.format("uv pip compile -o y requirements/ci/x.in") + "a==1\n"),
    "a command of the team's own, named in annotations": ("requirements.in", "requirements_lock.txt", UV.format("bazel run //:update") + "a==1\n    # via -r ./requirements.in\n"),
    "another suffix of its own": ("doc/x.in", "doc/x.pip", PIP_COMPILE.format("make doc_upgrade") + "a==1\n    # via -r doc/x.in\n"),
    "a suffix of its own": ("x.in", "x.lock", UV.format("uv pip compile x.in -o x.lock") + "a==1\n"),
    "an absolute path of another machine": ("deps/x.in", "lock.txt", PIP_COMPILE.format("pip-compile /home/me/shop/deps/x.in") + "a==1\n"),
    "without comments, by its name": ("x.in", "linux-x.txt", "a==1\n"),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_compiled_file_is_found(tmp_path: Path, layout: str) -> None:
    source, lock, text = LAYOUTS[layout]
    found = read(tmp_path, {source: "a>=1\n", lock: text}, source)
    label = lock if lock.rpartition("/")[0] != source.rpartition("/")[0] else lock.rpartition("/")[2]
    assert [(item.settled_by if isinstance(item, Reference) else item) for item in found] == [label]


def test_input_compiled_through_one_that_includes_it_is_settled(tmp_path: Path) -> None:
    files = {"r/base.in": "a\n", "r/web.in": "-r base.in\n", "r/dev.in": "-r web.in\nb\n", "r/dev.txt": "a==1\nb==1\n"}
    found = read(tmp_path, files, "r/base.in")
    assert [(item.settled_by if isinstance(item, Reference) else item) for item in found] == ["dev.txt"]
    assert facts(read(tmp_path, files | {"r/base.in": "a\nc\n"}, "r/base.in")) == []  # not certain: no compiler's comment
    files |= {"r/base.in": "a\nc\n", "r/dev.txt": PIP_COMPILE.format("pip-compile r/dev.in") + "a==1\nb==1\n"}
    assert facts(read(tmp_path, files, "r/base.in")) == ["stale-lock"]


@pytest.mark.parametrize(
    ("source", "lock", "text"),
    [
        ("a/requirements.in", "b/requirements.txt", PIP_COMPILE.format("pip-compile requirements.in") + "a==1\n"),
        ("a/x.in", "b/requirements.txt", PIP_COMPILE.format("pip-compile c/x.in") + "a==1\n"),
        ("x.in", "y.txt", "a==1\n"),
        ("x.in", "x-notes.txt", "a>=1\n"),
        ("x.in", "reqs.txt", "# see x.in\na==1\n"),
    ],
)
def test_file_compiled_from_another_input_settles_nothing(tmp_path: Path, source: str, lock: str, text: str) -> None:
    assert facts(read(tmp_path, {source: "a\n", lock: text}, source)) == ["missing-lock"]


def test_nearer_input_of_the_same_name_is_the_source(tmp_path: Path) -> None:
    files = {"a/x.in": "a\n", "b/x.in": "a\n", "b/reqs.txt": PIP_COMPILE.format("pip-compile -o reqs.txt x.in") + "a==1\n"}
    assert facts(read(tmp_path, files, "a/x.in")) == ["missing-lock"]
    assert facts(read(tmp_path, files, "b/x.in")) == []


@pytest.mark.parametrize(
    ("asked", "locked", "detail"),
    [
        ("a\nb\n", "a==1\n", "x.txt lacks b; compile it again"),
        ("a>=2\n", "a==1.5\n", "x.txt holds a 1.5, which >=2 does not allow; compile it again"),
        ("a==2\n", "a==1.5\n", "x.txt holds a 1.5, which ==2 does not allow; compile it again"),
        (
            "a>=2\nb\nc\nd\n",
            "a==1\n",
            "x.txt holds a 1, which >=2 does not allow, lacks b, lacks c and 1 more such; compile it again",
        ),
        ("a==1.0\n", "a==1\n", ""),
        ("a>=1\n", "a==2.0rc1\n", ""),
        ("a>=2; python_version<'3'\nb; os_name=='nt'\n", "a==1\n", ""),
        ("a>=2\n", "a==1; python_version<'3'\na==2; python_version>='3'\n", ""),
        ("a>=2\n", "a @ https://x.example/a.zip\n", ""),
        ("a>=2\n", "a>=1\n", ""),
        ("setuptools\n", "a==1\n", ""),
        ("a\nb\n", "a==1\n# The following packages were excluded from the output:\n# b\n", ""),
        ("a\nb\n", "-r base.lst\na==1\n", ""),
        ("a\nb\n", "a==1\n{{ more }}\n", ""),
    ],
)
def test_lock_and_input_are_compared_where_that_is_certain(tmp_path: Path, asked: str, locked: str, detail: str) -> None:
    files = {"x.in": asked, "x.txt": PIP_COMPILE.format("pip-compile x.in") + locked, "base.lst": "b==1\n"}
    found = read(tmp_path, files, "x.in")
    assert [item.detail for item in found if isinstance(item, Fact)] == [detail] * bool(detail)
    # The same without a compiler's comment: perhaps somebody wrote it by hand, so nobody can tell.
    assert facts(read(tmp_path, files | {"x.txt": locked}, "x.in")) == []


def test_compiler_told_to_disregard_ranges_is_not_stale(tmp_path: Path) -> None:
    files = {"x.in": "a>=2\n", "x.txt": UV.format("uv pip compile --override o.txt x.in") + "a==1\n"}
    assert facts(read(tmp_path, files, "x.in")) == []


def test_what_is_in_step_stays_settled_beside_what_is_stale(tmp_path: Path) -> None:
    files = {"x.in": "a\nb\nc\n-e git+https://g.example/r@v1\n", "x.txt": PIP_COMPILE.format("pip-compile x.in") + "a==1\nc==1\n"}
    found = [(i.artifact.name, i.settled_by) if isinstance(i, Reference) else i.kind for i in read(tmp_path, files, "x.in")]
    assert found == [("g.example/r", ""), "stale-lock", ("a", "x.txt"), ("b", ""), ("c", "x.txt")]


def test_compiled_file_that_cannot_be_read_is_no_pass(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_bytes(b"a==1\0\xff\xfe\0")
    found = read(tmp_path, {"x.in": "a\n"}, "x.in")
    assert [item.kind if isinstance(item, Fact) else item.settled_by for item in found] == ["unreadable-lock", ""]


def test_bindep_file_is_foreign(tmp_path: Path) -> None:
    bindep = "# packages of the system\ngcc [platform:rpm test]\nlibffi-dev [platform:dpkg !platform:debian]\ngit\n"
    assert facts(read(tmp_path, {"requirements.txt": bindep})) == ["foreign"]


def test_default_index_named_again_is_no_second_index(tmp_path: Path) -> None:
    default = f"https://{names.DEFAULT_HOST[0]}.{names.DEFAULT_HOST[1]}/simple"
    assert facts(read(tmp_path, {"requirements.txt": f"--extra-index-url {default}/\na==1\n"})) == []
    assert facts(read(tmp_path, {"requirements.txt": f"-i {default}\n--extra-index-url {default}\na==1\n"})) == []
    assert facts(read(tmp_path, {"requirements.txt": "--extra-index-url https://x.example/simple\na==1\n"})) == ["ambiguous-index"]


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


def test_broken_marker_is_no_prose(tmp_path: Path) -> None:
    assert facts(read(tmp_path, {"requirements.txt": "a ; os_name\n"})) == ["unreadable-file"]
    assert facts(read(tmp_path, {"requirements.txt": "a ; os_name == 'nt' and\n"})) == ["unreadable-file"]
    assert facts(read(tmp_path, {"requirements.txt": "These are the things we need\n"})) == ["foreign"]


def test_limits_are_said_and_what_stands_before_them_is_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sets, "LINES", 2)
    found = read(tmp_path, {"requirements.txt": "a==1\nb==1\nc==1\nd==1\n"})
    assert [item.artifact.name if isinstance(item, Reference) else item.kind for item in found] == ["a", "b", "unreadable-file"]
    assert isinstance(found[-1], Fact)
    assert found[-1].detail == f"this is not read, because {sets.TOO_MANY}; exclude the file or split it"
    found = read(tmp_path, {"requirements.txt": f"a=={'1.' * 40_000}1\nb==1\n"})
    assert facts(found) == ["unreadable-file"]
    assert [item.artifact.name for item in found if isinstance(item, Reference)] == ["b"]
    monkeypatch.setattr("pinlint.syntax.requirements._WORDS", 2)
    assert facts(read(tmp_path, {"requirements.txt": "a==1 --pre --pre\n"})) == []
    assert facts(read(tmp_path, {"requirements.txt": "a==1 --pre --pre --pre\n"})) == ["unreadable-file"]


@given(st.text(alphabet="a\\# \n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029", max_size=30))
def test_lines_are_cut_alike_in_blocks_of_any_size(text: str) -> None:
    whole = list(lines(text))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pinlint.syntax.requirements._BLOCK", 2)
        assert list(lines(text)) == whole
    assert [line for line in text.splitlines() if line.strip() and "\\" not in line and "#" not in line] == [
        text[line.start :].splitlines()[0] for line in whole if "\\" not in text and "#" not in text
    ] or "\\" in text or "#" in text  # fmt: skip


def test_what_one_compiled_file_lacks_another_may_hold(tmp_path: Path) -> None:
    head = PIP_COMPILE.format("pip-compile x.in")
    files = {"x.in": "a\nb\n", "x.txt": head + "a==1\n", "x-windows.txt": head + "a==1\nb==1\n"}
    assert facts(read(tmp_path, files, "x.in")) == []
    assert facts(read(tmp_path, files | {"x-windows.txt": head + "a==1\n"}, "x.in")) == ["stale-lock"]


def test_an_include_that_names_no_file_says_so() -> None:
    document, tree = Document("requirements.txt", b"-c .\n", "pip"), Tree("/nonexistent", list)
    [reference] = [one for one in requirements.references(document, tree) if isinstance(one, Reference)]
    assert (reference.verdict, bool(reference.why)) == ("unknown", True)
