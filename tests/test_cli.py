"""The command line from outside: exit codes, streams, exceptions, baselines."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from trees import root_at

from pinlint.cli import main
from pinlint.report import inventory
from pinlint.rulebook import codes

CLEAN = "FROM alpine:3.20@sha256:" + "0123456789abcdef" * 4 + "\n"


class Result:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.chdir(tmp_path)
    root_at(tmp_path)

    def call(*arguments: str) -> Result:
        code = main(list(arguments))
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return call


@pytest.mark.parametrize("output", ["text", "concise", "json", "sarif", "github", "gitlab", "junit"])
def test_the_exit_code_is_the_same_in_every_format(run, tmp_path: Path, output: str) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "Dockerfile").write_text(CLEAN)
    assert run("--output-format", output, "Dockerfile").code == 0
    (tmp_path / "Dockerfile").write_text("FROM alpine:3.20\n")
    assert run("--output-format", output, "Dockerfile").code == 1
    assert run("--output-format", output, "--fail-on", "error", "Dockerfile").code == 0
    assert run("--output-format", output, "--exit-zero", "Dockerfile").code == 0
    (tmp_path / "Dockerfile").write_text("FROM alpine\n")
    assert run("--output-format", output, "--fail-on", "error", "Dockerfile").code == 1
    assert run("--output-format", output, "--fail-on", "never", "Dockerfile").code == 0


def test_a_note_fails_no_run(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "Dockerfile").write_text("FROM alpine@sha256:" + "0" * 64 + "\n")
    result = run("--output-format", "concise", "Dockerfile")
    assert "PIN008" in result.out
    assert result.code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing"], "nothing does not exist"),
        (["inventry"], "did you mean inventory?"),
        (["--select", "PINX"], "no rule is called 'PINX'"),
        (["--config", "none.toml", "."], "none.toml"),
        (["-"], "--stdin-filename"),
        (["--output-file", "no/such/dir/out", "Dockerfile"], "cannot be written"),
        (["explain", "PIN"], "prefix of several rules"),
        (["explain", "ABC123"], "no rule is called"),
        (["--baseline", "Dockerfile", "Dockerfile"], "Dockerfile"),
    ],
)
def test_wrong_usage_says_what_is_wrong_and_exits_2(run, tmp_path: Path, arguments: list[str], message: str) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "Dockerfile").write_text(CLEAN)
    result = run(*arguments)
    assert result.code == 2
    assert result.out == ""
    assert message in result.err


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [(["--fxi"], "did you mean --fix?"), (["inventory", "--out-format=json"], "did you mean --output-format?"), (["--zzz"], "")],
)
def test_an_unknown_option_exits_2(run, capsys: pytest.CaptureFixture[str], arguments: list[str], meant: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(SystemExit) as ended:
        run(*arguments)
    assert ended.value.code == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.endswith(meant or f"unrecognized arguments: {arguments[-1]}")


def test_nothing_to_check_is_said_and_is_no_failure(run) -> None:  # type: ignore[no-untyped-def]
    result = run()
    assert result.code == 0
    assert "nothing to check in .: no file there is of a kind that pinlint reads" in result.out


@pytest.mark.parametrize("output", ["text", "concise", "json"])
def test_a_named_file_of_no_kind_is_told_of_once(run, tmp_path: Path, output: str) -> None:  # type: ignore[no-untyped-def]
    """But in a report for programs, which holds all that is said."""
    (tmp_path / "notes.txt").write_text("")
    (tmp_path / "docs").mkdir()
    alone, beside = run("--output-format", output, "notes.txt"), run("--output-format", output, "notes.txt", "docs")
    assert (alone.err, beside.err) == 2 * ("pinlint: note: 1 named file of no kind that pinlint reads: notes.txt\n",)
    assert ("notes.txt" in alone.out, "nothing to check in docs" in beside.out) == (output == "json", output == "text")


def listing(*names: str) -> None:
    """Files and directories here, as many a repository holds them."""
    for name in names:
        if name.endswith("Dockerfile"):
            Path(name).write_text("FROM alpine:3.20\n")
        else:
            Path(name).mkdir()


@pytest.mark.parametrize("command", ["inventory", "baseline", "rules", "explain"])
def test_paths_of_which_the_first_is_called_like_a_command_are_not_passed_over(run, command: str) -> None:  # type: ignore[no-untyped-def]
    """`pinlint *` is to judge what lies here, and not to record or list it with exit code 0."""
    listing(command, "x.Dockerfile")
    refused = run(command, "x.Dockerfile")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err == (
        f"pinlint: error: {command} is a command and also a path (write ./{command} for the path; "
        f"{command} --help says what the command takes)\n"
    )
    assert [run(*words, "x.Dockerfile").code for words in ((f"./{command}",), ("check", command))] == [1, 1]


@pytest.mark.parametrize(
    "words", [["inventory"], ["inventory", "."], ["inventory", "--strict"], ["inventory", "--", "x.Dockerfile"]]
)
def test_a_command_goes_before_a_path_of_its_name_and_says_so(run, words: list[str]) -> None:  # type: ignore[no-untyped-def]
    listing("inventory", "x.Dockerfile")
    result = run(*words)
    assert (result.code, "alpine" in result.out) == (0, True)
    assert result.err == "pinlint: note: inventory is the command; ./inventory is the path of that name\n"


def test_a_clean_run_says_one_line(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "Dockerfile").write_text(CLEAN)
    assert run("Dockerfile").out == "1 file, 1 reference, all pinned as required.\n"
    assert run("--quiet", "Dockerfile").out == ""


OUTPUTS = ["text", "concise", "json", "sarif", "github", "gitlab", "junit"]


@pytest.mark.parametrize("words", ["check -q", "inventory", "baseline", *(f"check --output-format {one}" for one in OUTPUTS)])
def test_what_is_named_in_vain_is_said_and_strict_runs_fail(run, tmp_path: Path, words: str) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "Dockerfile").write_text(CLEAN)
    (tmp_path / "notes.txt").write_text("to do\n")
    (tmp_path / "plain.yml").write_text("a: 1\n")
    (tmp_path / "secret.yml").symlink_to("/etc/passwd")
    result = run(*words.split(), "Dockerfile", "notes.txt", "plain.yml", "secret.yml")
    assert result.code == 0
    assert (
        "note: 3 named files of no kind that pinlint reads: notes.txt, plain.yml, secret.yml (it is a link to a place outs"
        in result.err
    )
    assert run(*words.split(), "--strict", "Dockerfile").code == 0
    assert run(*words.split(), "--strict", "Dockerfile").err.count("note") == 0
    for name in ("notes.txt", "plain.yml", "secret.yml"):
        assert run(*words.split(), "--strict", "Dockerfile", name).code == 2
    assert run(*words.split(), "--strict").code == 0
    by_hook = run(*words.split(), "--strict", "--force-exclude", "Dockerfile", "plain.yml")  # which names every YAML file
    assert (by_hook.code, by_hook.err.count("note")) == (0, 0)
    assert run(*words.split(), "--strict", "--force-exclude", "Dockerfile", "secret.yml").code == 2
    (tmp_path / "empty").mkdir()
    assert run(*words.split(), "--strict", "empty").code == 2


def test_programs_find_in_their_reports_what_people_are_told(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "notes.txt").write_text("to do\n")
    said = "1 named file of no kind that pinlint reads: notes.txt"
    assert said in json.loads(run("--output-format", "json", "notes.txt").out)["notes"]
    assert said in run("--output-format", "sarif", "notes.txt").out


@pytest.mark.parametrize("name", ["pinlint.toml", ".pinlint.toml", "pyproject.toml"])
def test_a_configuration_that_is_a_link_out_of_the_repository_is_an_error(run, tmp_path: Path, name: str) -> None:  # type: ignore[no-untyped-def]
    root_at(tmp_path / "repository")
    (tmp_path / "repository/Dockerfile").write_text(CLEAN)
    (tmp_path / "outside.toml").write_text(
        '[tool.pinlint]\nfail-on = "never"\n' if name == "pyproject.toml" else 'fail-on = "never"\n'
    )
    (tmp_path / "repository" / name).symlink_to("../outside.toml")
    result = run("repository")
    assert (result.code, result.out) == (2, "")
    assert f"repository/{name}: it is a link to a place outside the repository" in result.err
    assert run("--config", "outside.toml", "--isolated", "repository").code == 0


@pytest.mark.parametrize("path", ["../known.json", "link.json", "/etc/hostname", "a/../../known.json", "pipe"])
def test_a_baseline_of_the_configuration_lies_in_the_repository(run, tmp_path: Path, path: str) -> None:  # type: ignore[no-untyped-def]
    root_at(tmp_path / "repository")
    (tmp_path / "repository/Dockerfile").write_text("FROM alpine:3\n")
    run("baseline", "--output-file", "known.json", "repository/Dockerfile")
    (tmp_path / "repository/link.json").symlink_to("../known.json")
    os.mkfifo(tmp_path / "repository/pipe")
    (tmp_path / "repository/pinlint.toml").write_text(f'baseline = "{path}"\n')
    result = run("repository/Dockerfile")
    assert (result.code, result.out) == (2, "")
    assert "outside the repository" in result.err or "no regular file" in result.err
    assert run("--baseline", "known.json", "repository/Dockerfile").code == 0


def test_standard_input_is_judged_under_the_given_name(run, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"FROM alpine\n")))
    result = run("-", "--stdin-filename", "sub/Dockerfile", "--output-format", "concise")
    assert result.out.startswith("sub/Dockerfile:1:6: error: PIN001 [*] ")


def test_one_bad_file_does_not_end_the_run(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "Dockerfile").write_bytes(b"FROM \0")
    (tmp_path / "a.Dockerfile").write_text("FROM alpine\n")
    os.mkfifo(tmp_path / "Dockerfile.fifo")
    result = run("--output-format", "concise", "Dockerfile", "Dockerfile.fifo", "a.Dockerfile")
    assert [line.split(" ")[:3:2] for line in result.out.splitlines() if line.split(":")[1].isdigit()] == [
        ["Dockerfile:1:1:", "PIN901"],
        ["Dockerfile.fifo:1:1:", "PIN901"],
        ["a.Dockerfile:1:6:", "PIN001"],
    ]


def test_unknown_references_are_counted_and_listed_on_request(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "Dockerfile").write_text("ARG BASE\nFROM ${BASE}\n")
    result = run("Dockerfile")
    assert result.code == 0
    assert "1 cannot be judged from the files alone (--show-unknown)" in " ".join(result.out.split())
    assert "PIN006" in run("--show-unknown", "Dockerfile").out
    assert "PIN006" in run("--select", "PIN006", "Dockerfile").out


def test_a_baseline_accepts_todays_findings_and_only_those(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "Dockerfile").write_text("FROM alpine:3\nFROM alpine:3\n")
    assert run("baseline").code == 0
    document = json.loads((tmp_path / "pinlint-baseline.json").read_text())
    assert document["files"] == {"Dockerfile": {"PIN003 image:docker.io/library/alpine": 2}}
    assert run("--baseline", "pinlint-baseline.json").code == 0
    (tmp_path / "Dockerfile").write_text("# moved\n\nFROM alpine:3\nFROM alpine:3\nFROM alpine:3\nFROM alpine:4\n")
    result = run("--baseline", "pinlint-baseline.json", "--output-format", "concise")
    assert [line.split(":")[1] for line in result.out.splitlines()] == ["5", "6"]  # a third and a fourth of them


def test_the_baseline_may_stand_in_the_configuration(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "Dockerfile").write_text("FROM alpine:3\n")
    run("baseline", "--output-file", "known.json")
    (tmp_path / "pinlint.toml").write_text('baseline = "known.json"\n')
    assert run().code == 0


def test_exceptions_in_the_configuration_cover_path_rule_and_artifact(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "Dockerfile").write_text("FROM alpine:3\nFROM debian:12\nFROM busybox:1\n")
    (tmp_path / "pinlint.toml").write_text(
        '[[ignores]]\nartifact = "image:docker.io/library/alpine"\n[[ignores]]\nrule = "PIN003"\npath = "other"\n'
        '[[ignores]]\nrule = "PIN003"\nartifact = "image:*/busybox"\nuntil = 2020-01-01\n'
    )
    result = run("--output-format", "concise")
    assert [line.split(":")[1] for line in result.out.splitlines() if line.startswith("Dockerfile")] == ["2", "3"]
    assert result.out.count("pinlint.toml:") == result.out.count("PIN900") == 2  # the path of no file, the day that is over


def test_several_roots_make_one_report(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    for name in ("one", "two"):
        root_at(tmp_path / name)
        (tmp_path / name / "Dockerfile").write_text("FROM alpine\n")
    (tmp_path / "two/pinlint.toml").write_text('[require]\nimage = "any"\n')
    document = json.loads(run("--output-format", "json", "one", "two").out)
    assert [finding["path"] for finding in document["findings"]] == ["one/Dockerfile"]


def test_hosts_outside_the_list_are_reported(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "pinlint.toml").write_text('[hosts]\nimage = ["registry.example"]\n')
    (tmp_path / "Dockerfile").write_text(CLEAN + CLEAN.replace("alpine", "registry.example/alpine"))
    result = run("--output-format", "concise", "Dockerfile")
    assert [line.split(" ")[0:3:2] for line in result.out.splitlines()] == [["Dockerfile:1:13:", "SRC202"]]


@pytest.mark.parametrize("output_format", ["table", "json", "jsonl", "csv"])
def test_an_inventory_says_what_it_could_not_read(run, tmp_path: Path, output_format: str) -> None:  # type: ignore[no-untyped-def]
    """Nobody may take it for whole. What is of no kind is not missed."""
    (tmp_path / "Dockerfile").write_text("FROM alpine:3.20\n")
    (tmp_path / "some.yaml").write_bytes(b"a: \0")
    arguments = ("inventory", "--strict", "--output-format", output_format)
    whole = run(*arguments)
    assert (whole.code, whole.err) == (0, "")
    (tmp_path / "b.Dockerfile").write_bytes(b"\xff\xfe\0")
    (tmp_path / "package-lock.json").write_text('{"lockfileVersion": 3,')
    (tmp_path / "pod.yaml").write_text("apiVersion: v1\nkind: Pod\nspec: [{image: a:1")
    left = run(*arguments)
    assert (left.code, run(*arguments[:1]).code) == (2, 0)
    assert left.err.startswith(
        "pinlint: note: 3 files could not be read to the end, so the list may lack something: b.Dockerfile (it"
    )
    assert "package-lock.json (it ends in the middle" in left.err
    assert "pod.yaml (it is no YAML" in left.err


def test_inventory_rows_have_the_documented_keys(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "Dockerfile").write_text("FROM alpine:3.20 AS a\n")
    [line] = run("inventory", "--output-format", "jsonl").out.splitlines()
    assert json.loads(line) == {
        "path": "Dockerfile", "line": 1, "column": 13, "end_line": 1, "end_column": 17, "kind": "image",
        "name": "docker.io/library/alpine", "version": "3.20", "digests": [], "pin": "tag", "settled_by": "", "role": "base image",
        "purl": "pkg:oci/alpine?repository_url=docker.io%2Flibrary%2Falpine&tag=3.20", "why": "",
    }  # fmt: skip
    assert json.loads(run("inventory", "--output-format", "json").out)[0]["line"] == 1
    assert run("inventory", "--output-format", "csv").out.splitlines()[0].startswith("path,line,column,end_line")
    assert "docker.io/library/alpine  3.20       tag" in run("inventory").out


def test_files_and_settings_can_be_shown(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "Dockerfile").write_text("FROM alpine\n")
    (tmp_path / "pinlint.toml").write_text('fail-on = "never"\n')
    assert run("--show-files").out == "Dockerfile\tdockerfile\n"
    assert "fail-on = 'never'" in run("--show-settings").out


def test_statistics_count_by_rule(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "Dockerfile").write_text("FROM alpine\nFROM debian\nFROM x:1\n")
    assert run("--statistics").out == "2\t1\tPIN001\tfloating-version\n1\t1\tPIN003\tmissing-digest\n"

    assert json.loads(run("--statistics", "--output-format", "json").out) == [
        {"findings": 2, "files": 1, "rule": "PIN001", "rule_name": "floating-version"},
        {"findings": 1, "files": 1, "rule": "PIN003", "rule_name": "missing-digest"},
    ]


@pytest.mark.parametrize(
    ("first", "second"), [(["--select", "PIN001"], ["--select", "PIN003"]), (["--ignore", "SRC"], ["--ignore", "PIN002,PIN9"])]
)
def test_rules_that_are_given_again_add_up(run, tmp_path: Path, first: list[str], second: list[str]) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "Dockerfile").write_text("FROM alpine\nFROM debian:12\nADD https://files.example/x /x\n")
    (tmp_path / "requirements.txt").write_text("requests>=2\n")
    out = run(*first, *second, "--output-format", "concise").out
    assert [line.split()[2] for line in out.splitlines()] == ["PIN001", "PIN003"]


@pytest.mark.parametrize(
    "words",
    ["--unsafe-fixes", "--fix-only PIN003", "--min-age 3d", "--resolutions x.json", "--save-resolutions x.json",
     "--stdin-filename Dockerfile", "--include-suppressed", "--statistics --output-format sarif",
     "--statistics --output-format github"],
)  # fmt: skip
def test_an_option_that_would_do_nothing_is_refused(run, words: str) -> None:  # type: ignore[no-untyped-def]
    refused = run(*words.split())
    assert (refused.code, refused.out) == (2, "")
    assert f"{words.split()[0]} does nothing" in refused.err
    assert not Path("x.json").exists()


def test_the_files_that_are_shown_are_those_that_are_counted(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "plain.yaml").write_text("a: 1\n")
    (tmp_path / "pod.yaml").write_text("apiVersion: v1\nkind: Pod\nspec: {containers: [{image: 'a:1'}]}\n")
    (tmp_path / "requirements.txt").write_text("-r base.lst\n")
    (tmp_path / "base.lst").write_text("a==1\n")
    assert [line.split("\t")[0] for line in run("--show-files").out.splitlines()] == ["base.lst", "pod.yaml", "requirements.txt"]
    assert run().out.rpartition("\n3 files")[1]


def test_rules_and_explain_read_the_pages(run) -> None:  # type: ignore[no-untyped-def]
    listed = json.loads(run("rules", "--output-format", "json").out)
    assert [rule["id"] for rule in listed] == sorted(rule["id"] for rule in listed)
    assert "PIN003" in run("rules").out
    assert run("explain", "pin003").out.startswith("PIN003 missing-digest (warning")


def test_a_closed_pipe_is_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM alpine\n" * 5000)
    command = f"{sys.executable} -m pinlint --output-format concise Dockerfile | head -1"
    done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == ""


def test_any_locale_and_any_file_name_can_be_printed(tmp_path: Path) -> None:
    name = os.fsdecode(b"Dockerfile.\xff")
    (tmp_path / name).write_text("FROM a…\n", encoding="utf-8")
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    for output in ("text", "concise", "json", "sarif", "gitlab", "junit"):
        done = subprocess.run(
            [sys.executable, "-m", "pinlint", "--show-unknown", "--output-format", output], cwd=tmp_path,
            env=environment, capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert done.stdout.decode("utf-8")


def test_every_locale_finds_and_says_the_same(tmp_path: Path) -> None:
    """Names of files are UTF-8 to the files that name them, and a baseline of one machine is read on another."""
    (tmp_path / "caf\xe9").mkdir()
    (tmp_path / "caf\xe9" / "requirements.txt").write_text("-r na\xefve.txt\nrequests\n", encoding="utf-8")
    (tmp_path / "caf\xe9" / "na\xefve.txt").write_text("requests==1.0\n")
    locales = ({"LC_ALL": "C.UTF-8"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"})
    for arguments in (["--output-format", "concise"], ["--output-format", "sarif"], ["inventory"], ["nothing-\xe9"]):
        said = []
        for locale in locales:
            command = [sys.executable, "-m", "pinlint", *arguments]
            done = subprocess.run(command, cwd=tmp_path, env={**os.environ, **locale}, capture_output=True, check=False)
            said.append((done.returncode, done.stdout, done.stderr))
        assert said[0] == said[1]
        assert b"caf" in said[0][1] or said[0][0] == 2


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
def test_no_process_outlives_a_run_that_is_stopped(tmp_path: Path, sent: signal.Signals) -> None:
    for number in range(2500):
        (tmp_path / f"Dockerfile.{number}").write_text(f"FROM alpine:{number}\n")
    command = [sys.executable, "-m", "pinlint", "--jobs", "2", "--quiet"]
    run = subprocess.Popen(
        command, cwd=tmp_path, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )  # fmt: skip
    children = Path(f"/proc/{run.pid}/task/{run.pid}/children")
    while run.poll() is None and len(children.read_text().split()) < 2:
        time.sleep(0.001)
    os.kill(run.pid, sent)
    try:
        said = run.communicate(timeout=30)[1]  # which ends when nobody has standard error open any more
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
    if sent == signal.SIGINT:
        assert (run.returncode, said) == (130, "pinlint: interrupted, nothing written\n")


def test_two_processes_find_what_one_finds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(900):
        (tmp_path / f"Dockerfile.{number}").write_text(f"FROM alpine:{number}\n")
    outputs = []
    for jobs in ("1", "2"):
        main(["--jobs", jobs, "--output-format", "concise", str(tmp_path)])
        outputs.append(capsys.readouterr().out)
    assert outputs[0] == outputs[1]
    assert len(outputs[0].splitlines()) == 900


def test_help_fits_a_screen_and_formats_lists_the_kinds(run, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("COLUMNS", "80")
    told = subprocess.run([sys.executable, "-m", "pinlint", "--help"], capture_output=True, text=True, check=True).stdout
    assert len(told.splitlines()) < 60
    assert "pinlint formats" in told
    table, listed = run("formats").out, json.loads(run("formats", "--output-format", "json").out)
    assert {"package-lock.json", "npm-shrinkwrap.json"} == set(
        next(one for one in listed if one["title"] == "npm lock file")["names"]
    )
    assert all(f"{one['title']}\n    " in table for one in listed)
    assert max(map(len, table.splitlines())) <= 80


def test_explain_begins_with_what_to_do_and_has_no_words_of_tests(run) -> None:  # type: ignore[no-untyped-def]
    for code in codes():
        out = run("explain", code).out
        sections = [line for line in out.splitlines() if line.startswith("## ")]
        assert sections[0] == "## How to fix"
        assert "```" not in out
    assert "\nBad Dockerfile:\n" in run("explain", "PIN001").out


def test_rules_tell_what_a_fix_does(run) -> None:  # type: ignore[no-untyped-def]
    rows = {line.split()[0]: line.split()[2] for line in run("rules").out.splitlines() if line[3:6].isdigit()}
    assert {rows["PIN003"], rows["LCK101"], rows["PIN901"]} == {"safe", "unsafe", "-"}


def test_the_inventory_folds_on_a_narrow_terminal_and_never_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("COLUMNS", "80")
    row = {
        "kind": "image",
        "name": "registry.example/" + "group/" * 6 + "app",
        "version": "1",
        "pin": "tag",
        "digests": [],
        "line": 3,
    }
    rows = [{**row, "settled_by": "", "path": path} for path in ("Dockerfile", "services/" * 8 + "Dockerfile")]
    inventory.write(rows, "table", out := Terminal())
    *_, last = lines = out.getvalue().splitlines()
    assert last == "    " + "services/" * 8 + "Dockerfile:3"
    assert max(map(len, lines[:-1])) <= 80
    inventory.write(rows, "table", piped := io.StringIO())
    assert len(piped.getvalue().splitlines()) == 3
