"""`--save-resolutions` and `--resolutions`: what was answered online is written again offline, to the byte."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from servers.git_http import git, running

from pinlint.cooldown import Cooldown
from pinlint.errors import PinlintError
from pinlint.fix.resolutions import Recorder, Replay
from pinlint.pins import NoPin, Pin
from pinlint.question import VERSION, Question

DIGEST = "sha256:" + "5f" * 32


def pinlint(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pinlint", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_recorded_run_is_repeated_without_a_network(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    file, record = folder / "requirements.txt", tmp_path / "answers.json"
    with running(tmp_path / "host") as host:
        commit = host.commit(host.repository("lib.git"), "one")
        git(tmp_path / "host" / "lib.git.tree", "tag", "v1")
        before = f"a @ git+{host.url}/lib.git@v1\nb @ git+{host.url}/lib.git@v2\n"
        file.write_text(before)
        assert pinlint(folder, "--diff", "--save-resolutions", str(record)).returncode == 1
        assert file.read_text() == before
        asked = len(host.requests)
        assert pinlint(folder, "--fix", "--resolutions", str(record), "--save-resolutions", str(record) + "2").returncode == 1
        assert len(host.requests) == asked
        assert file.read_text() == before.replace("@v1\n", f"@{commit}  # v1\n")
        file.write_text(before)
    ran = pinlint(folder, "--fix", "--resolutions", str(record))
    assert "has no tag or branch v2" in ran.stdout
    assert file.read_text() == before.replace("@v1\n", f"@{commit}  # v1\n")
    assert record.read_text() == Path(f"{record}2").read_text()
    file.write_text(before.replace("@v2", "@v3"))
    assert f"{record} holds no answer for it" in " ".join(pinlint(folder, "--fix", "--resolutions", str(record)).stdout.split())


def asked(name: str, version: str, *told: str) -> Question:
    return Question("npm", name, "", version, directions=told)


def test_an_answer_comes_back_as_it_was_and_what_files_say_is_not_told(tmp_path: Path) -> None:
    answers: dict[str, Pin | NoPin] = {
        "a": Pin("1", (DIGEST,), "https://registry.example/a", ("linux/amd64",), "it moves", "look"),
        "b": NoPin("not there", retry=True),
        "ü\udcff": Pin("1", (), ""),
    }
    told = ("https://registry.example/", "_authToken=hush")
    recorder = Recorder(lambda question: answers[question.name])
    for name in answers:
        recorder.resolve(asked(name, "1", *told))
    path = tmp_path / "answers.json"
    recorder.write(str(path))
    assert "hush" not in path.read_text()
    replay = Replay(str(path))
    assert {name: replay.resolve(asked(name, "1", *told)) for name in answers} == answers
    known = asked("a", "1", *told)
    for question in (
        asked("a", "2", *told), asked("a", "1"), known._replace(wanted=VERSION), known._replace(cooldown=Cooldown(3600)),
        known._replace(loose=True), known._replace(notation="wrapper-sum"), known._replace(digests=(DIGEST,)),
    ):  # fmt: skip
        other = replay.resolve(question)
        assert isinstance(other, NoPin)
        assert "holds no answer" in other.why


def test_no_password_can_be_guessed_from_a_record(tmp_path: Path) -> None:
    """Who else may ask there has the same answer: a hash of a short password is as good as the password."""
    records = []
    for word in ("hunter2", "letmein"):
        recorder = Recorder(lambda _: Pin("1", (DIGEST,), ""))
        recorder.resolve(asked("a", "1", f"--index-url https://me:{word}@host.example/simple?token={word}"))
        recorder.write(str(tmp_path / word))
        records.append((tmp_path / word).read_text())
    assert records[0] == records[1]


ANSWER = {"version": "1", "digests": [], "proof": ""}
RECORD: dict[str, Any] = {
    "version": 2,
    "answers": [
        {"kind": "npm", "name": "a", "source": "", "asked": "1", "written": [], "wanted": "pin", "context": "", "pin": ANSWER},
    ],
}


@pytest.mark.parametrize(
    "damage",
    [
        lambda record: record.pop("version"),
        lambda record: record.update(version=1),
        lambda record: record.update(answers={"a": 1}),
        lambda record: record["answers"][0].pop("pin"),
        lambda record: record["answers"][0].update(kind=7),
        lambda record: record["answers"][0].update(none={"retry": True}),
        lambda record: record["answers"][0]["pin"].update(version=["1"]),
        lambda record: record["answers"][0]["pin"].update(digests="sha256:5f"),
        lambda record: record["answers"][0]["pin"].update(digests=["a b\nc"]),
        lambda record: record["answers"][0]["pin"].update(strange="x"),
        lambda record: record["answers"][0]["pin"].update(version="1\n      shell: evil"),
        lambda record: record["answers"][0]["pin"].update(version="1\u202e2"),
        lambda record: record["answers"].append(record["answers"][0] | {"pin": ANSWER | {"version": "2"}}),
    ],
)
def test_what_is_no_record_is_refused(tmp_path: Path, damage: Any) -> None:
    path = tmp_path / "answers.json"
    path.write_text(json.dumps(RECORD))
    assert Replay(str(path)).resolve(asked("a", "1")) == Pin("1", (), "")
    record = json.loads(json.dumps(RECORD))
    damage(record)
    path.write_text(json.dumps(record))
    with pytest.raises(PinlintError):
        Replay(str(path))


def test_what_is_said_twice_is_refused(tmp_path: Path) -> None:
    """Whoever reviews it may read the first of two answers, and readers of JSON take the last."""
    path = tmp_path / "answers.json"
    path.write_text(json.dumps(RECORD).replace('"digests": []', '"digests": [], "digests": ["sha256:5f"]'))
    with pytest.raises(PinlintError):
        Replay(str(path))


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"7", b"\xff", b"[" * 100_000])
def test_a_file_of_nonsense_is_an_error_of_usage(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "answers.json").write_bytes(data)
    (tmp_path / "Dockerfile").write_text("FROM a\n")
    for name in ("answers.json", "absent.json"):
        ran = pinlint(tmp_path, "--fix", "--resolutions", name)
        assert ran.returncode == 2
        assert name in ran.stderr
