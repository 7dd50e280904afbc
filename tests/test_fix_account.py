"""What a run says about fixing: before it, that there is something to fix; after it, what was fixed and what would help."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import jsonschema
import pytest
from trees import root_at

from pinlint.cli import main
from pinlint.config import Policy
from pinlint.discover import Found
from pinlint.fix import mend as mending
from pinlint.fix.account import Account
from pinlint.formats import FORMATS
from pinlint.pins import NoPin, Pin
from pinlint.question import Question
from pinlint.registries import Registries
from pinlint.report import account as told_of
from pinlint.report import fixes
from pinlint.report import json as json_report

DOCKERFILE = next(format_ for format_ in FORMATS if format_.name == "dockerfile")
SCHEMA = json.loads(Path(json_report.__file__).with_name("json-v1.schema.json").read_text())
DIGEST = "sha256:1f2e" + "0" * 60


def answer(question: Question) -> Pin | NoPin:
    name, tag = question.name, question.version
    if "private" in name:
        return NoPin(f"{name}:{tag}: 401, no such image, or not logged in (docker login {name.partition('/')[0]})")
    return Pin(tag, (DIGEST,), "")


def mended(folder: Path, files: dict[str, str], *, write: bool = False) -> list[mending.Mended]:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    found = [Found(str(folder), [(name, DOCKERFILE) for name in files])]
    return mending.mend(found, lambda _: Policy(), answer, (), unsafe=False, write=write)


def account(folder: Path, files: dict[str, str], *, written: bool = True) -> str:
    out = io.StringIO()
    made = Account(mended(folder, files), written=written).told
    told_of.write(made, lambda _, path: path, out, written=written)
    return out.getvalue()


LEGACY = {
    "services/api/Dockerfile": "FROM python\nCOPY --from=node:20 /a /b\n",
    "deploy/Dockerfile": "FROM r.example/private/base:1\n",
    "Dockerfile": "ARG V=20\nFROM node:$V\nFROM acme/app:$V\n",
}


UNFIXED = (
    "Not fixed 3\n"
    "  2 × ARG V feeds 2 places: pin each image where it is named\n"
    "      Dockerfile:2  docker.io/library/node:20\n"
    "      Dockerfile:3  docker.io/acme/app:20\n"
    "  1 × 401, no such image, or not logged in (docker login r.example)\n"
    "      deploy/Dockerfile:1  r.example/private/base:1\n"
)
WOULD_FIX = f"Would fix 2 in 1 file\n{UNFIXED}2 would be fixed, 3 not: 3 need you\n"


def test_the_account_of_a_run(tmp_path: Path) -> None:
    assert account(tmp_path, LEGACY) == (
        "Fixed 2 in 1 file\n"
        "  services/api/Dockerfile:1  python → python:latest@sha256:1f2e000…\n"
        "  services/api/Dockerfile:2  node:20 → node:20@sha256:1f2e000…\n" + UNFIXED
    )
    assert account(tmp_path, {"Dockerfile": "FROM python\n"}, written=False).startswith("Would fix 1 in 1 file\n")
    assert account(tmp_path, {"Dockerfile": f"FROM python:3@{DIGEST}\n"}) == ""


def test_many_in_one_file_are_one_line(tmp_path: Path) -> None:
    text = "FROM python\n" * 400 + "FROM ghcr.io/private/x:1\n" * 1200
    assert account(tmp_path, {"web/Dockerfile": text, "Dockerfile": "FROM python\n" * 8}) == (
        "Fixed 408 in 2 files\n"
        + "".join(f"  Dockerfile:{line}    python → python:latest@sha256:1f2e000…\n" for line in range(1, 9))
        + "  web/Dockerfile  400 × digest\n"
        "Not fixed 1,200\n"
        "  1,200 × 401, no such image, or not logged in (docker login ghcr.io)\n"
        + "".join(f"          web/Dockerfile:{line}  ghcr.io/private/x:1\n" for line in range(401, 409))
        + "          … 1,192 more in 1 file (--verbose lists all)\n"
    )


def test_a_lock_among_many_is_called_one(tmp_path: Path) -> None:
    """What is found at a manifest is of no kind."""
    (one,) = mended(tmp_path, {"Dockerfile": "FROM python\n" * 9})
    first = one.patches[0].fixes[0]
    one.patches[0].fixes[0] = first._replace(attempt=first.attempt._replace(place=first.attempt.place._replace(kind="")))
    out = io.StringIO()
    told_of.write(Account([one], written=True).told, lambda _, path: path, out, written=True)
    assert out.getvalue() == "Fixed 9 in 1 file\n  Dockerfile  1 × lock, 8 × digest\n"


def test_records_for_programs(tmp_path: Path) -> None:
    found = fixes.records(Account(mended(tmp_path, LEGACY), written=False).told, lambda _, path: path)
    jsonschema.validate(found, {"type": "array", "items": SCHEMA["$defs"]["fix"], "$defs": SCHEMA["$defs"]})
    assert [one["why"] == "" for one in found] == [False, False, False, True, True]
    assert found[3] == {
        "path": "services/api/Dockerfile", "line": 1, "column": 6, "rule": "PIN001", "kind": "image",
        "name": "docker.io/library/python", "version": "latest", "digests": [DIGEST], "why": "", "retry": False,
    }  # fmt: skip
    assert found[0]["digests"] == []


def test_json_lists_the_fixes_of_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    mended(tmp_path, LEGACY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Registries, "resolve", lambda _, question: answer(question))
    assert main(["--fix", "--output-format", "json"]) == 1
    captured = capsys.readouterr()
    report = json.loads(captured.out)
    jsonschema.validate(report, SCHEMA)
    assert [bool(one["digests"]) for one in report["fixes"]].count(True) == 2
    assert len(report["findings"]) == 3
    assert not any(one["fixable"] for one in report["findings"])
    assert captured.err.startswith("Fixed 2 in 1 file\n")
    assert (
        tmp_path / "services/api/Dockerfile"
    ).read_text() == f"FROM python:latest@{DIGEST}\nCOPY --from=node:20@{DIGEST} /a /b\n"


def test_a_run_that_only_looks_says_how_much_could_be_fixed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = "FROM python\nFROM node:20\n# pinlint: ignore[PIN003] a reason\nFROM node:22\nADD https://files.example/x /x\n"
    (tmp_path / "Dockerfile").write_text(text)
    assert main([]) == 1
    hint = "[*] 2 of them can be fixed safely with `pinlint --fix` (see first:\n  `pinlint --diff`)\n"
    assert hint in capsys.readouterr().out
    assert main(["--quiet"]) == 1
    assert "--fix" not in capsys.readouterr().out
    assert main(["--output-format", "json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert [one["fixable"] for one in report["findings"] if not one["suppressed"]] == [True, True, False]
    assert report["fixes"] == []
    monkeypatch.setattr(Registries, "resolve", lambda *_: NoPin("no"))
    assert main(["--fix"]) == 1
    assert "can be fixed" not in capsys.readouterr().out, "it was just tried"
    (tmp_path / "Dockerfile").write_text("FROM scratch\nADD https://files.example/x /x\n")
    assert main([]) == 1
    assert "--fix" not in capsys.readouterr().out


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in LEGACY.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    root_at(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.setattr(Registries, "resolve", lambda _, question: answer(question))
    return tmp_path


def test_a_diff_for_people_is_a_patch_and_the_account_stands_beside_it(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--diff"]) == 1
    captured = capsys.readouterr()
    assert captured.out.startswith("diff --git a/services/api/Dockerfile b/services/api/Dockerfile\n")
    assert [line for line in captured.out.splitlines() if line[:1] not in "d-+@ "] == []
    assert captured.err == WOULD_FIX
    assert main(["--diff", "--quiet"]) == 1
    assert capsys.readouterr() == (captured.out, "")
    assert main(["--diff", "--output-file", "out.patch"]) == 1
    assert capsys.readouterr() == ("", captured.err)
    assert (repository / "out.patch").read_text() == captured.out
    assert main(["--diff", "--exit-zero"]) == 0
    capsys.readouterr()
    (repository / "services/api/Dockerfile").unlink()
    assert main(["--diff"]) == 1, "findings are left that cannot be fixed"
    assert capsys.readouterr() == ("", f"{UNFIXED}0 would be fixed, 3 not: 3 need you\n")
    assert main(["--diff", "--fix-only", "PIN001"]) == 1
    assert capsys.readouterr() == ("", "nothing to fix; 3 findings, which no fix mends (`pinlint` lists them)\n")
    assert main(["--diff", "--ignore", "PIN"]) == 0
    assert capsys.readouterr() == ("", "nothing to fix\n")


@pytest.mark.parametrize("output", ["concise", "json", "sarif", "github", "gitlab", "junit"])
def test_a_diff_for_programs_is_the_report_alone(repository: Path, capsys: pytest.CaptureFixture[str], output: str) -> None:
    assert main(["--output-format", output]) == 1
    plain = capsys.readouterr().out
    assert main(["--diff", "--output-format", output]) == 1
    captured = capsys.readouterr()
    assert captured.err == WOULD_FIX
    if output == "concise":
        assert "PIN001 [*] base image docker.io/library/python" in captured.out
        assert " (python → python:latest@sha256:1f2e000…)\n" in captured.out
        assert captured.out.count("[*]") == 2
    elif output in ("github", "gitlab", "junit"):
        assert captured.out == plain, "nothing was written, so nothing is gone"
    else:
        assert json.loads(captured.out).keys() == json.loads(plain).keys()


def test_what_may_be_answered_later_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM python\n" * 9 + "FROM node:20\n")

    def busy(question: Question) -> Pin | NoPin:
        return NoPin("429, too many", retry=True) if "python" in question.name else NoPin("404, no such image")

    found = [Found(str(tmp_path), [("Dockerfile", DOCKERFILE)])]
    made = Account(mending.mend(found, lambda _: Policy(), busy, (), unsafe=False, write=False), written=True).told
    out = io.StringIO()
    told_of.write(made, lambda _, path: path, out, written=True)
    assert out.getvalue() == (
        "Not fixed 10\n"
        "  9 × 429, too many; try again later\n"
        + "".join(f"      Dockerfile:{line}  docker.io/library/python\n" for line in range(1, 10))
        + "  1 × 404, no such image\n"
        "      Dockerfile:10  docker.io/library/node:20\n"
    )
    assert [one["retry"] for one in fixes.records(made, lambda _, path: path)] == [True] * 9 + [False]


def test_the_bar_is_drawn_while_asking_and_gone_before_anything_else(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert main(["--diff"]) == 1
    drawn, _, rest = capsys.readouterr().err.rpartition("\r\x1b[K")
    assert re.match(r"\r\x1b\[K\S asking registries ", drawn)
    assert "\n" not in drawn
    assert rest == WOULD_FIX
    for option in ("--no-progress", "--quiet"):
        assert main(["--diff", option]) == 1
        assert "\x1b" not in capsys.readouterr().err


def test_the_sum_comes_last_and_nothing_is_told_twice(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "Dockerfile").write_text(f"{LEGACY['Dockerfile']}ADD https://files.example/x /x\n")
    assert main(["--fix"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("Fixed 2 in 1 file\n")
    assert f"\n{UNFIXED}\nwarning[SRC205] download-without-checksum: " in out
    assert "PIN003" not in out, "the account has said it"
    assert " ".join(out.split()).endswith(
        " 2 fixed, 3 not: 3 need you; 1 finding beside that, which no fix mends (`pinlint` lists them)"
    )
    assert main(["--fix", "--quiet"]) == 1
    quiet = capsys.readouterr()
    assert "Not fixed" not in quiet.out + quiet.err
    assert quiet.out.count("[PIN003]") == 3
    Path("Dockerfile").write_text("".join(f"FROM 127.0.0.1:9/private{number}:1\n" for number in range(60)))
    assert main(["--fix", "--quiet"]) == 1  # many are counted, as without it
    assert capsys.readouterr().out == "  61 × PIN003 missing-digest in 2 files\n"
    assert main(["--fix", "--quiet", "--output-format", "concise"]) == 1
    assert capsys.readouterr().out.count("\n") == 61
    (repository / "Dockerfile").unlink()
    (repository / "deploy/Dockerfile").unlink()
    (repository / "services/api/Dockerfile").write_text("FROM python\n")
    assert main(["--fix"]) == 0
    assert capsys.readouterr().out.endswith("\n\n1 file, 1 reference, all pinned as required.\n1 fixed\n")


def many(folder: Path, count: int) -> None:
    for number in range(count):
        (folder / f"{number}").mkdir()
        text = f"FROM python:3.{number % 20}\nFROM gone.example/a:{number}\nFROM r.example/private/b{number}:1\nFROM x:${{V:-1}}\n"
        (folder / f"{number}/Dockerfile").write_text(text)


def silent(question: Question) -> Pin | NoPin:
    if "gone" in question.name:
        why = f"{question.name}:{question.version}: gone.example cannot be found: no such name"
        return NoPin(why, retry=True, silent="gone.example")
    return answer(question)


def test_the_account_of_a_thousand_fits_two_screens_and_verbose_tells_all(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Registries, "resolve", lambda _, question: silent(question))
    many(repository, 300)
    assert main(["--fix", "--output-format", "json"]) == 1
    said = capsys.readouterr()
    assert len(said.err.splitlines()) < 45
    assert len(json.loads(said.out)["fixes"]) > 900, "programs are told everything"
    assert "300 × gone.example cannot be found: no such name; behind a proxy set HTTPS_PROXY, else try" in " ".join(
        said.err.split()
    )
    assert said.err.splitlines()[-1].startswith("302 fixed, 903 not: 300 unreachable (gone.example), 603 need you")
    assert max(map(len, said.err.splitlines())) <= 80
    for options, lines in (((), 45), (("--verbose",), 10_000)):
        assert main(["--fix", *options]) == 1
        out = capsys.readouterr().out
        assert len(out.splitlines()) < lines
        assert ("--verbose" in out) == (not options)
        assert ("299/Dockerfile:3 r.example/private/b299:1" in " ".join(out.split())) == bool(options)


def test_without_a_network_one_line_says_what_to_do(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hosts = iter(range(1000))

    def nobody(question: Question) -> NoPin:
        host = f"r{next(hosts)}.example"
        return NoPin(f"{question.name}: {host} cannot be found: no such name", retry=True, silent=host)

    monkeypatch.setattr(Registries, "resolve", lambda _, question: nobody(question))
    many(repository, 30)
    assert main(["--diff"]) == 1
    lines = capsys.readouterr().err.replace("\n  ", " ").splitlines()
    told = [line for line in lines[:-1] if "example" in line]
    assert len(told) == 1
    assert "HTTPS_PROXY" in told[0]
    assert "--resolutions FILE" in told[0]
    assert "Nobody could be reached (r" in told[0]
