"""Suggestions of a review: whoever accepts them all has what `--fix` writes, and each stands where the server shows the change."""

from __future__ import annotations

import json
import os
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from test_commit import git, put

from pinlint.cli import main
from pinlint.fix import resolutions
from pinlint.pins import NoPin, Pin
from pinlint.question import Question

if TYPE_CHECKING:
    from collections.abc import Iterator

DIGEST, COMMIT = "sha256:" + "5f" * 32, "5f" * 20
WORKFLOW = "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
SERVICE = "services:\n  a:\n    image: alpine:3.20"
STEPS = "    - uses: actions/checkout@v4\n    - run: make\n    - uses: actions/cache@v4\n"
ENTRY = {"version": "2.0.5", "resolved": "https://registry.example/isarray/-/isarray-2.0.5.tgz"}
LOCK = json.dumps({"name": "a", "lockfileVersion": 3, "packages": {"": {"name": "a"}, "node_modules/isarray": ENTRY}}, indent=2)


def answer(question: Question) -> Pin | NoPin:
    if question.name.endswith("gone"):
        return NoPin("it is gone")
    if question.kind == "npm":
        return Pin(question.version, ("sha512-" + "A" * 86 + "==",), "")
    return Pin(question.version or "latest", (COMMIT if question.kind in ("action", "git") else DIGEST,), "", ("linux/amd64",))


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose branch `main` is left behind by what is checked out."""

    @contextmanager
    def asked(*_: str) -> Iterator[Any]:
        yield answer

    monkeypatch.setattr(resolutions, "resolver", asked)
    for name in [*os.environ]:
        if name.startswith(("CI_", "GITHUB_")):
            monkeypatch.delenv(name)
    folder = tmp_path / "r"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    monkeypatch.chdir(folder)
    return folder


def committed(root: Path, **files: str) -> str:
    put(root, **files)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "x", "--allow-empty")
    return git(root, "rev-parse", "HEAD")


def review(capsys: pytest.CaptureFixture[str], server: str = "github", since: str = "main") -> Any:
    """What is suggested of the change."""
    capsys.readouterr()
    assert main(["--diff", "--quiet", f"--since={since}", f"--output-format={server}-review"]) in (0, 1)
    said = capsys.readouterr().out
    return json.loads(said) if server == "github" else [json.loads(line) for line in said.splitlines()]


def accepted(root: Path, comments: list[dict[str, Any]]) -> None:
    """Every suggestion in the place of its lines, from the last to the first."""
    for one in sorted(comments, key=lambda one: -one["line"]):
        fence, text = re.findall(r"(?ms)^(`{3,})suggestion\n(.*)\n\1\Z", one["body"])[0]
        assert f"{fence}\n" not in f"{text}\n"
        lines = (root / one["path"]).read_text(encoding="utf-8").split("\n")
        lines[one.get("start_line", one["line"]) - 1 : one["line"]] = text.split("\n")
        (root / one["path"]).write_text("\n".join(lines), encoding="utf-8")


CHANGES = {
    "a new file": ({}, {"Dockerfile": "FROM alpine:3.20 AS a\nRUN true\nFROM python:3.12\n"}),
    "new lines beside old ones": (
        {".github__workflows__a.yml": WORKFLOW + "    - run: one\n" * 9},
        {".github__workflows__a.yml": WORKFLOW + "    - run: one\n" * 5 + STEPS + "    - run: one\n" * 4},
    ),
    "several findings on a line": (
        {},
        {"Dockerfile": "FROM alpine:3.20\nRUN --mount=from=busybox:2,target=/x --mount=from=busybox:3,target=/y ls\n"},
    ),
    "backticks, markup and mentions": ({}, {"compose.yml": f"{SERVICE} # ```` `a` <b> @everyone\n"}),
    "lines that are added": ({}, {"package-lock.json": LOCK}),
    "hashes of a set": ({}, {"requirements.txt": f"six==1.16.0 \\\n    --hash={DIGEST}\nidna==3.7\nattrs==25.1.0\n"}),
    "an odd name": ({}, {"a [b](c) `d` ü & e__Dockerfile": "FROM alpine:3.20\n"}),
    "no end of the last line": ({}, {"Dockerfile": "FROM alpine:3.20"}),
    "a byte order mark": ({}, {"compose.yml": "\ufeffservices:\n  a:\n    image: alpine:3.20\n"}),
    "tabs": ({}, {"Dockerfile": "FROM\talpine:3.20\tAS a\n"}),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_accepting_everything_is_fixing(root: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    before, after = CHANGES[name]
    committed(root, **before)
    git(root, "checkout", "-qb", "change")
    head = committed(root, **after)
    made = review(capsys)
    assert (made["commit_id"], made["event"]) == (head, "COMMENT")
    assert made["comments"]
    assert made["body"].startswith("pinlint suggests")
    accepted(root, made["comments"])
    clicked = {path: path.read_bytes() for path in root.rglob("*") if path.is_file() and ".git/" not in str(path)}
    git(root, "checkout", "-q", "--", ".")
    main(["--fix", "--quiet", "--since=main"])
    assert {path: path.read_bytes() for path in clicked} == clicked
    assert main(["--quiet"]) == 0


def test_only_lines_that_the_server_shows_are_suggested(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a change makes a finding of may stand anywhere."""
    far = "RUN true\n" * 20
    committed(root, Dockerfile=f"ARG TAG=3.20@{DIGEST}\n{far}FROM alpine:$TAG\n")
    git(root, "checkout", "-qb", "change")
    committed(root, Dockerfile=f"ARG TAG=3.20\n{far}FROM alpine:$TAG\n", a__Dockerfile="FROM alpine:3.20\n")
    made = review(capsys)
    shown = {"a/Dockerfile": {1}, "Dockerfile": {1, 2, 3, 4}}
    assert [one for one in made["comments"] if one["line"] not in shown[one["path"]]] == []
    assert [one["path"] for one in made["comments"]].count("a/Dockerfile") == 1


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"Dockerfile": "FROM alpine:3.20\r\nRUN true\r\n"}, "a server would write LF"),
        ({"Dockerfile": "FROM registry.example/gone:1\n"}, "nobody knows the digest"),
        ({"compose.yml": f"{SERVICE} # \u202e\n"}, "the line is not what it looks like"),
        ({"compose.yml": f"{SERVICE} # https://me:hush@registry.example/\n"}, "a password would stand in the comment"),
        ({"requirements.txt": "six==1.16.0\n"}, "requirements are pinned together or not at all"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_cannot_be_suggested_is_counted(
    root: Path, capsys: pytest.CaptureFixture[str], files: dict[str, str], why: str
) -> None:
    committed(root, **{"pinlint.toml": '[require]\npypi = "digest"\n'})
    git(root, "checkout", "-qb", "change")
    for name, text in files.items():
        (root / name).write_bytes(text.encode())
    committed(root)
    made = review(capsys)
    assert made["comments"] == []
    assert "Of 1 more" in made["body"]


def test_what_is_not_committed_is_nothing_that_the_server_shows(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    committed(root)
    git(root, "checkout", "-qb", "change")
    committed(root, Dockerfile="FROM alpine:3.20\n")
    put(root, Dockerfile="\nFROM alpine:3.20\n", b__Dockerfile="FROM alpine:3.20\n")
    assert review(capsys)["comments"] == []


def test_of_a_merge_the_change_itself_is_reviewed(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """GitHub shows the lines of the change, and the target may have others by now."""
    committed(root, a__Dockerfile="FROM scratch\n", b__Dockerfile="FROM scratch\n" + "RUN true\n" * 9)
    git(root, "checkout", "-qb", "change")
    head = committed(
        root,
        a__Dockerfile="FROM scratch\nFROM alpine:3.20\n",
        b__Dockerfile="FROM scratch\n" + "RUN true\n" * 9 + "FROM alpine:3.20\n",
    )
    git(root, "checkout", "-q", "main")
    committed(root, b__Dockerfile="# new\nFROM scratch\n" + "RUN true\n" * 9)
    git(root, "checkout", "-q", "--detach")
    git(root, "merge", "-q", "--no-ff", "-m", "merge", "change")
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    made = review(capsys, since="auto")
    assert (made["commit_id"], [(one["path"], one["line"]) for one in made["comments"]]) == (head, [("a/Dockerfile", 2)])


def test_gitlab_takes_a_thread_for_each(root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    base = committed(root, old__Dockerfile="FROM scratch\n" + "RUN true\n" * 30)
    git(root, "checkout", "-qb", "change")
    git(root, "mv", "old", "new")
    head = committed(root, new__Dockerfile="FROM scratch\n" + "RUN true\n" * 30 + "FROM alpine:3.20\n")
    (one,) = review(capsys, "gitlab")
    assert one["position"] == {
        "position_type": "text", "base_sha": base, "start_sha": base, "head_sha": head, "old_path": "old/Dockerfile",
        "new_path": "new/Dockerfile", "new_line": 32,
    }  # fmt: skip
    assert one["body"].endswith(f"\n\n```suggestion:-0+0\nFROM alpine:3.20@{DIGEST}\n```")
    monkeypatch.setenv("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", "1" * 40)
    assert review(capsys, "gitlab")[0]["position"]["start_sha"] == "1" * 40


def test_what_is_said_is_no_markup(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    committed(root)
    git(root, "checkout", "-qb", "change")
    committed(root, Dockerfile="FROM registry.example/a__b:@everyone\n", **{".github__workflows__a.yml": WORKFLOW + STEPS})
    said = [one["body"].partition("\n")[0] for one in review(capsys)["comments"]]
    assert len(said) == 2
    assert all("@" not in one and "<" not in one for one in said)


@pytest.mark.parametrize("words", [["--diff"], ["--since=main"], ["--fix", "--since=main"]], ids=" ".join)
def test_a_review_is_of_what_would_be_written_to_a_change(root: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    committed(root)
    assert main([*words, "--output-format=github-review"]) == 2
    assert "add --diff --since auto" in capsys.readouterr().err
