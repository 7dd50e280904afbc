"""Whatever pinlint itself does wrong with one file, the others are judged, and the file is not passed over.

The mistakes are made here: none is known. Everywhere else in these tests a mistake ends the test (see conftest.py).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pinlint import errors, schedule
from pinlint.cli import main
from pinlint.ecosystems.oci.registry import Registry
from pinlint.formats import dockerfile
from pinlint.pins import Pin
from pinlint.text import Document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pinlint.tree import Tree

DIGEST = "sha256:" + "5f" * 32


def exhausted() -> None:
    bytearray(2**62)


def endless() -> None:
    endless()


def wrong() -> None:
    raise KeyError("s3cr3t-of-the-file")


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of three files, on the second of which `breaking` makes pinlint fail."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    for name in ("a", "bad", "c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "Dockerfile").write_text("FROM alpine:3.20\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(errors, "failure", errors.failure.__wrapped__)  # type: ignore[attr-defined]
    return tmp_path


@pytest.fixture
def breaking(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    def make(fail: Callable[[], None], only: str = "bad") -> None:
        read = dockerfile.references

        def references(document: Document, tree: Tree) -> Iterator[Any]:
            if document.path.startswith(only):
                fail()
            return read(document, tree)

        monkeypatch.setattr(dockerfile, "references", references)

    return make


def findings(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str]]:
    code = main(["--output-format", "concise", *arguments])
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    assert "s3cr3t" not in out + err
    return code, [
        f"{line.split(':')[0]} {line.split(' ')[2]}" for line in out.splitlines() if line.startswith(("a", "b", "c", "d"))
    ]


OTHERS = ["a/Dockerfile PIN003", "c/Dockerfile PIN003"]


@pytest.mark.parametrize("fail", [exhausted, endless, wrong])
def test_check_goes_on(folder: Path, breaking: Any, capsys: pytest.CaptureFixture[str], fail: Callable[[], None]) -> None:
    breaking(fail)
    code, found = findings(capsys)
    assert (code, found) == (1, [OTHERS[0], "bad/Dockerfile PIN903", OTHERS[1]])


def test_the_kind_of_the_mistake_and_its_place_are_said(folder: Path, breaking: Any, capsys: pytest.CaptureFixture[str]) -> None:
    breaking(wrong)
    main(["bad", "--output-format", "json"])
    [found] = json.loads(capsys.readouterr().out)["findings"]
    assert (found["rule"], found["severity"]) == ("PIN903", "error")
    assert "KeyError in engine._items; tell those who gave you pinlint" in found["message"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--select", "PIN003"], 1),
        (["--select", "LCK", "--fail-on", "error"], 1),
        (["--ignore", "PIN003"], 1),
        (["--ignore", "PIN903,PIN003"], 0),
        (["--exit-zero"], 0),
        (["--isolated", "--fail-on", "never"], 0),
    ],
)
def test_a_choice_of_rules_does_not_hide_it(
    folder: Path, breaking: Any, capsys: pytest.CaptureFixture[str], arguments: list[str], expected: int
) -> None:
    breaking(wrong)
    code, found = findings(capsys, *arguments)
    assert ("bad/Dockerfile PIN903" in found) == ("PIN903" not in str(arguments))
    assert code == expected


def test_an_entry_of_the_configuration_sets_it_aside(folder: Path, breaking: Any, capsys: pytest.CaptureFixture[str]) -> None:
    breaking(wrong)
    (folder / "pinlint.toml").write_text('[[ignores]]\nrule = "PIN903"\npath = "bad"\n[[ignores]]\nrule = "PIN003"\nreason = "x"\n')
    assert findings(capsys) == (0, [])


def test_a_baseline_holds_it_and_all_the_others(folder: Path, breaking: Any, capsys: pytest.CaptureFixture[str]) -> None:
    breaking(wrong)
    assert main(["baseline"]) == 0
    files = json.loads((folder / "pinlint-baseline.json").read_text())["files"]
    assert [key.split(" ")[0] for counts in files.values() for key in counts] == ["PIN003", "PIN903", "PIN003"]
    capsys.readouterr()
    assert findings(capsys, "--baseline", "pinlint-baseline.json") == (0, [])


@pytest.mark.parametrize("output_format", ["table", "json", "jsonl", "csv"])
def test_the_inventory_lists_the_others_and_exits_2(
    folder: Path, breaking: Any, capsys: pytest.CaptureFixture[str], output_format: str
) -> None:
    breaking(wrong)
    assert main(["inventory", "--output-format", output_format]) == 2
    out, err = capsys.readouterr()
    assert [name in out for name in ("a/Dockerfile", "bad/Dockerfile", "c/Dockerfile")] == [True, False, True]
    assert "pinlint failed on 1 file, which the list lacks: bad/Dockerfile (KeyError in engine._items)" in err


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Registry, "resolve", lambda _, reference: Pin(reference.version, (DIGEST,), "test"))


PINNED = f"FROM alpine:3.20@{DIGEST}\n"


@pytest.mark.parametrize("fail", [exhausted, endless, wrong])
def test_fix_mends_the_others(
    folder: Path, breaking: Any, registry: None, capsys: pytest.CaptureFixture[str], fail: Callable[[], None]
) -> None:
    breaking(fail)
    code, found = findings(capsys, "--fix")
    assert (code, found) == (1, ["bad/Dockerfile PIN903"])
    assert [(folder / name / "Dockerfile").read_text() for name in ("a", "bad", "c")] == [PINNED, "FROM alpine:3.20\n", PINNED]


def test_diff_shows_the_others(folder: Path, breaking: Any, registry: None, capsys: pytest.CaptureFixture[str]) -> None:
    breaking(wrong)
    assert main(["--diff"]) == 1
    out, err = capsys.readouterr()
    assert [f"+++ b/{name}/Dockerfile" in out for name in ("a", "bad", "c")] == [True, False, True]
    assert "Traceback" not in err


@pytest.mark.parametrize("place", ["file_pins.attempts", "file_pins._planned", "version_comments.claims"])
def test_what_only_fixing_does_wrong_is_a_finding_too(
    folder: Path, registry: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    module, _, function = place.partition(".")
    right = getattr(import_module(f"pinlint.fix.{module}"), function)

    def either(first: Any, *rest: Any) -> Any:
        if getattr(first, "file", first).path.startswith("bad"):
            wrong()
        return right(first, *rest)

    monkeypatch.setattr(f"pinlint.fix.{place}", either)
    code, found = findings(capsys, "--fix")
    assert code == 1
    assert found == ["bad/Dockerfile PIN903", "bad/Dockerfile PIN003"]
    assert [(folder / name / "Dockerfile").read_text() for name in ("a", "bad", "c")] == [PINNED, "FROM alpine:3.20\n", PINNED]


def test_a_question_on_which_pinlint_fails_takes_no_other_answer_away(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "bad/Dockerfile").write_text("FROM debian:12\n")
    right = Pin("3.20", (DIGEST,), "test")
    monkeypatch.setattr(Registry, "resolve", lambda _, question: right if "alpine" in question.name else wrong())
    assert main(["--fix"]) == 1
    assert "1 × pinlint failed where it asked for it: KeyError in " in capsys.readouterr().out
    assert [(folder / name / "Dockerfile").read_text() for name in ("a", "bad", "c")] == [PINNED, "FROM debian:12\n", PINNED]


@pytest.mark.skipif(os.name == "nt", reason="no kill -9")
@pytest.mark.parametrize("fail", [killed, exhausted, endless])
@pytest.mark.parametrize("every", [False, True])
def test_a_worker_may_end_at_any_moment(
    folder: Path, breaking: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, fail: Any, every: bool
) -> None:
    for number in range(40):
        (folder / f"d{number:02}").mkdir()
        (folder / f"d{number:02}/Dockerfile").write_text("FROM alpine:3.20\n")
    breaking(fail, "" if every else "bad")
    monkeypatch.setattr(schedule, "_worth", lambda _: 3)
    code, found = findings(capsys, "--jobs", "3")
    assert code == 1
    assert len(found) == 43
    assert [one for one in found if "PIN903" in one] == (
        [one for one in found if "Dockerfile" in one] if every else ["bad/Dockerfile PIN903"]
    )


def test_a_worker_that_was_killed_is_said(
    folder: Path, breaking: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    breaking(killed)
    monkeypatch.setattr(schedule, "_worth", lambda _: 2)
    main(["--jobs", "2", "--output-format", "concise"])
    assert "the process that read it was ended by signal 9, as happens when memory runs out" in capsys.readouterr().out


def test_a_mistake_outside_of_files_is_one_line_and_exit_code_2(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pinlint.report.text.write", lambda *_, **__: wrong())
    assert main([]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(
        "pinlint: error: pinlint failed: KeyError in commands.check._for_reading; tell those who gave you pinlint"
    )


def test_the_other_tests_see_every_mistake(tmp_path: Path, breaking: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the fixture above, which makes a run behave as it does for people."""
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad/Dockerfile").write_text("FROM alpine:3.20\n")
    monkeypatch.chdir(tmp_path)
    breaking(wrong)
    with pytest.raises(KeyError):
        main([])
