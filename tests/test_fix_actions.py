"""`--fix` on actions and hook repositories: the commit, and the version beside it where people and update bots read it."""

from __future__ import annotations

import base64
import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from servers.git_http import GitHost, git, running

from pinlint.cli import main
from pinlint.ecosystems.git.credentials import authorization, server
from pinlint.ecosystems.git.registry import Found, Registry, _mismatch
from pinlint.http import Client
from pinlint.model import Artifact, Reference, Span
from pinlint.notations import edits
from pinlint.pins import NoPin, Pin, apply
from pinlint.question import CLAIM, Question
from pinlint.text import Document

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def written(line: str, value: str, notation: str, version: str) -> str:
    """The line after `value` in it was pinned to COMMIT, which is tagged `version`."""
    start = line.index(value)
    ref = value.partition("@")[2] if notation == "action" else value
    reference = Reference(Artifact("action", "owner/repo"), ref, (), "tag", Span(start, start + len(value)), "step action")
    made = edits(
        reference._replace(notation=notation), Span(start, start + len(value)), Document("a.yml", line.encode()),
        Pin(version, (COMMIT,), ""),
    )  # fmt: skip
    assert isinstance(made, list)
    return apply(line, made)


@given(
    st.sampled_from(["- uses: ", "- uses: '", '- {"uses": "', "- {uses: ", "x: [{uses: "]),
    st.sampled_from(
        [
            "",
            "'",
            '"',
            "}",
            '"}',
            "}]",
            ", a: b}",
            ", a: {b: c}} # d",
            ", a: b}, {c: d}]",
            ", a: b",
            ' , c: "d"}',
            " # v4",
            "  # é ☃",
            "\t# x",
            " # frozen: v1",
            "'#",
            "#",
        ]
    ),
    st.sampled_from(["", "\n", "\r\n", "\n  with: 1\n"]),
    st.sampled_from(["action", "git-frozen", "git-commit"]),
)
def test_the_file_says_the_same_but_for_the_commit(before: str, after: str, end: str, notation: str) -> None:
    """Whatever stands around the value: as YAML, nothing but the value differs."""
    value = "a/b@v4" if notation == "action" else "v4"
    line = f"{before}{value}{after}{end}"
    try:
        was = yaml.safe_load(line)
    except yaml.YAMLError:
        return
    if value not in re.findall(r"[\w/@]+", str(was)):
        return
    now = yaml.safe_load(written(line, value, notation, "v4.2.2"))
    pinned = f"a/b@{COMMIT}" if notation == "action" else COMMIT
    assert str(now) == str(was).replace(value, pinned)


def test_a_reference_without_a_ref_is_for_people() -> None:
    reference = Reference(Artifact("action", "a/b"), "", (), "floating", Span(0, 3), "step action", notation="action")
    assert isinstance(edits(reference, Span(0, 3), Document("a.yml", b"a/b"), Pin("v1", (COMMIT,), "")), NoPin)


class Actions:
    """A host with the action owner/tool: v1.0.0 and v1.0.1, where v1 and v1.0 point to the latter."""

    def __init__(self, host: GitHost) -> None:
        self.host = host
        self.tree = tree = host.repository("owner/tool")
        git(tree, "tag", "v1.0.0")
        self.newest = host.commit(tree, "fix")
        for tag in ("v1.0.1", "v1.0", "v1", "v10", "stable", "2026-01-01"):
            git(tree, "tag", "-a", "-m", tag, tag)
        git(tree, "tag", "release")
        git(tree, "branch", "v2")
        git(tree, "tag", "v2")
        self.head = host.commit(tree, "next")


@pytest.fixture(scope="module")
def actions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Actions]:
    with running(tmp_path_factory.mktemp("actions")) as host:
        yield Actions(host)


def resolve(registry: Registry, ref: str, name: str = "owner/tool", digests: tuple[str, ...] = ()) -> Pin | NoPin:
    return registry.resolve(Question("action", name, "", ref, digests))


def test_the_comment_names_the_fullest_version_of_the_line(actions: Actions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_SERVER_URL", actions.host.url)
    with contextlib.closing(Client()) as client:
        registry = Registry(client)
        found = {ref: resolve(registry, ref) for ref in ("v1", "v1.0", "v1.0.1", "v10", "stable", "release", "main")}
        pins = {ref: (one.version, one.digests[0], bool(one.unsafe)) for ref, one in found.items() if isinstance(one, Pin)}
        assert pins == {
            "v1": ("v1.0.1", actions.newest, False),
            "v1.0": ("v1.0.1", actions.newest, False),
            "v1.0.1": ("v1.0.1", actions.newest, False),
            "v10": ("v10", actions.newest, False),
            "stable": ("v1.0.1", actions.newest, False),
            "release": ("v1.0.1", actions.newest, False),
            "main": ("main", actions.head, True),
        }
        short = resolve(registry, actions.newest[:12], "owner/tool/sub/path", (actions.newest[:12],))
        assert isinstance(short, Pin)
        assert (short.version, short.digests) == ("v1.0.1", (actions.newest,))
        both, none = resolve(registry, "v2"), resolve(registry, "v3")
        assert isinstance(both, NoPin)
        assert "both a tag and a branch" in both.why
        assert isinstance(none, NoPin)
        assert none.why == "owner/tool has no tag or branch v3: `git ls-remote URL` lists what it has"


def test_a_repository_is_asked_once_for_all_its_actions(actions: Actions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_SERVER_URL", actions.host.url)
    before = len(actions.host.requests)
    with contextlib.closing(Client()) as client:
        registry = Registry(client)
        for name, ref in (("owner/tool", "v1"), ("owner/tool/sub", "v1.0.0"), ("owner/tool/.github/workflows/a.yml", "main")):
            assert isinstance(resolve(registry, ref, name), Pin)
    assert len(actions.host.requests) == before + 1


@pytest.mark.parametrize("ancient", [False, True])
def test_a_comment_is_compared_with_the_tags_of_the_commit(
    actions: Actions, monkeypatch: pytest.MonkeyPatch, ancient: bool
) -> None:
    monkeypatch.setenv("GITHUB_SERVER_URL", actions.host.url)
    monkeypatch.setattr(actions.host, "ancient", ancient)
    old, tag = git(actions.tree, "rev-parse", "v1.0.0"), git(actions.tree, "rev-parse", "v1.0.1")
    assert tag != actions.newest  # the id of the annotated tag itself
    with contextlib.closing(Client()) as client:
        registry = Registry(client)

        def said(version: str, commit: str) -> str:
            found = registry.resolve(Question("action", "owner/tool", "", version, (commit,), wanted=CLAIM))
            assert isinstance(found, Pin) or found.rule == "NET905"
            return "" if isinstance(found, Pin) else found.why

        for version in ("v1", "1", "v1.0", "1.0.1", "v1.0.1", "stable", "v1.x", "1.0.X", "v1.*", "v1.x.x"):
            assert said(version, actions.newest) == ""
            assert said(version, tag) == ""
        assert said("v1", old) == said("v1.0", old) == said("v1.0.0", old.upper()) == ""
        assert said("v1", actions.head) == said("v7", actions.head) == ""
        assert said("v1.0.1", old) == "the comment says v1.0.1, and the commit is v1.0.0"
        assert said("v1.1.x", old) == "the comment says v1.1, and the commit is v1.0.0"
        assert said("v2", old) == "the comment says v2, and the commit is v1.0.0"
        assert said("v1.0.1", actions.head) == f"the comment says v1.0.1, which is at {actions.newest[:12]}…"
        assert said("v9.9.9", actions.head) == "the comment says v9.9.9, and there is no such tag"
        for beginning in (actions.newest, actions.newest[:9], tag, tag[:9].upper()):
            assert said(beginning, actions.newest) == said(beginning, tag) == ""
        assert said("a1bd719", old) == "the comment says a1bd719, and another commit is pinned"
        assert said(actions.newest, old) == f"the comment says {actions.newest[:12]}, and another commit is pinned"


@pytest.mark.parametrize("beginning", ["7644235", "764423533", "abcdefa"])
def test_a_commit_may_begin_with_digits_or_letters_alone(beginning: str) -> None:
    commit = beginning.ljust(40, "0")
    tags = [Found("refs/tags/v1.0.1", commit, commit)]
    assert _mismatch(beginning, commit, tags) == ""
    assert _mismatch("7644236", commit, tags) == "the comment says 7644236, and the commit is v1.0.1"
    assert _mismatch("764", commit, tags) == "the comment says 764, and the commit is v1.0.1"


def test_a_wrong_comment_is_a_finding_wherever_it_stands(
    actions: Actions, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_SERVER_URL", actions.host.url)
    monkeypatch.chdir(tmp_path)
    old = git(actions.tree, "rev-parse", "v1.0.0")
    path = tmp_path / ".github/workflows/ci.yml"
    path.parent.mkdir(parents=True)
    steps = ["owner/tool@v1", f"owner/tool@{old} # v1.0.1", f"'owner/tool@{old}' # v1.0.0", f"owner/other@{old} # v1.0.1"]
    steps += [f"owner/tool@{old} # {old[:10]}", f"owner/tool@{old} # was a1bd719"]
    text = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n" + "".join(f"      - uses: {step}\n" for step in steps)
    path.write_text(text)
    assert main(["--fix", "--output-format", "concise"]) == 1
    printed = capsys.readouterr()
    assert printed.out == (
        ".github/workflows/ci.yml:7:26: warning: NET905 step action owner/tool@v1.0.1: "
        "the comment says v1.0.1, and the commit is v1.0.0\n"
    )
    assert path.read_text() == text.replace("@v1\n", f"@{actions.newest} # v1.0.1\n")
    assert main(["--fix", "--output-format", "concise", "--fix-only", "PIN"]) == 0
    assert main(["--diff", "--output-format", "concise", "--ignore", "NET905"]) == 0
    assert main(["--output-format", "concise"]) == 0


@pytest.mark.parametrize(
    ("environment", "own", "secrets"),
    [
        ({}, "https://github.com", {}),
        ({"GITHUB_TOKEN": "t"}, "https://github.com", {"github.com": "t"}),
        ({"GITHUB_TOKEN": "t", "GITHUB_SERVER_URL": "https://github.com"}, "https://github.com", {"github.com": "t"}),
        ({"GITHUB_TOKEN": "t", "GITHUB_SERVER_URL": "https://ghe.example/"}, "https://ghe.example", {"ghe.example": "t"}),
        (
            {"GH_TOKEN": "g", "GITHUB_TOKEN": "t", "GITHUB_SERVER_URL": "https://ghe.example"},
            "https://ghe.example",
            {"ghe.example": "t", "github.com": "g"},
        ),
        ({"GITHUB_TOKEN": "t", "GH_HOST": "ghe.example"}, "https://ghe.example", {"github.com": "t"}),
        ({"GH_ENTERPRISE_TOKEN": "e", "GH_HOST": "ghe.example"}, "https://ghe.example", {"ghe.example": "e"}),
        ({"GH_ENTERPRISE_TOKEN": "e"}, "https://github.com", {}),
    ],
)
def test_a_token_goes_to_the_server_it_is_for(
    tmp_path: Path, environment: dict[str, str], own: str, secrets: dict[str, str]
) -> None:
    environment |= {"HOME": str(tmp_path)}
    hosts = ("github.com", "ghe.example", "evil.example")
    assert server(environment) == own

    sent = {host: authorization("https", host, environment) for host in hosts}
    told = {host: base64.b64decode(value.removeprefix("Basic ")).decode() for host, value in sent.items() if value}
    assert told == {host: f"x-access-token:{secret}" for host, secret in secrets.items()}
    assert [authorization("http", host, environment) for host in hosts] == ["", "", ""]
