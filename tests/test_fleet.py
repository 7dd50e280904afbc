"""Many repositories become tables: what each is read as alone, whatever one of them is like, and whatever happens on the way."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import closing, nullcontext
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from test_commit import committed, git, put
from trees import files

from pinlint import committed as committed_module
from pinlint.cli import main
from pinlint.errors import PinlintError
from pinlint.fix import resolutions
from pinlint.fleet import database, reading
from pinlint.fleet.cluster import Dask, _Run
from pinlint.fleet.dataset import locked, opened
from pinlint.fleet.engines import ATTEMPTS, Given, Local
from pinlint.fleet.fix import _Folder
from pinlint.fleet.fixing import Patched
from pinlint.fleet.scan import _Scan
from pinlint.fleet.sources import sources
from pinlint.fleet.tables import TABLES
from pinlint.pins import NoPin, Pin
from pinlint.question import Question

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pinlint.entries import EntryTree

pq = pytest.importorskip("pyarrow.parquet")
ROOT = Path(__file__).parent.parent
SHA = "11bd71901bbe5b1630ceea73d27597364c9af683"
DIGEST = "sha256:" + "5f" * 32
WORKFLOW = "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "nobody"))
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(list(arguments))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def repository(folder: Path, **files: str) -> Path:
    """A repository with these files at its one commit."""
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "-b", "main")
    committed(folder, **files)
    return folder


def workflow(*uses: str) -> str:
    return WORKFLOW + "".join(f"    - uses: {one}\n" for one in uses)


def some(tmp_path: Path, count: int = 3) -> Path:
    """A folder of repositories, each of which asks for an image and an action."""
    for number in range(count):
        wanted = {"Dockerfile": f"FROM node:{number}\n", ".github__workflows__ci.yml": workflow(f"actions/checkout@v{number}")}
        repository(tmp_path / "src" / f"r{number}", **wanted)
    return tmp_path / "src"


def table(folder: Path, name: str) -> list[dict[str, Any]]:
    said = json.loads((folder / "pinlint-fleet.json").read_text())
    return list(pq.read_table(folder / said["folder"] / f"{name}.parquet").to_pylist())


def whole(folder: Path) -> dict[str, list[str]]:
    """Everything that the tables hold, sorted."""
    return {name: sorted(json.dumps(row, default=str) for row in table(folder, name)) for name in TABLES}


def stages(folder: Path) -> dict[str, tuple[str, str]]:
    return {Path(row["repository"]).name: (row["stage"], row["reason"]) for row in table(folder, "failures")}


def told(findings: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    return sorted((one["rule"], one["path"], str(one["line"]), one["message"]) for one in findings)


def last(folder: Path) -> dict[str, Any]:
    scan: dict[str, Any] = json.loads((folder / "pinlint-fleet.json").read_text())["scans"][-1]
    return scan


# --- what is in the tables ------------------------------------------------------------------------------------------------------


def test_the_tables_hold_what_each_repository_gives_alone(run: Any, tmp_path: Path) -> None:
    source = some(tmp_path)
    put(source / "r0", Dockerfile="FROM changed:1\n")  # the commit counts, not the work tree
    repository(tmp_path / "src/deep/r9", **{"requirements.txt": "requests\n", "pinlint.toml": 'ignore = ["PIN002"]\n'})
    assert run("fleet", "scan", "src", "--into", "data")[0] == 0
    roots = [*(source / f"r{number}" for number in range(3)), source / "deep/r9"]
    references, findings = table(tmp_path / "data", "references"), table(tmp_path / "data", "findings")
    for root in roots:
        _, alone, _ = run("inventory", "--rev", "HEAD", "--output-format", "jsonl", str(root))
        mine = [row for row in references if row["repository"] == str(root)]
        wanted = [json.loads(line) for line in alone.splitlines()]
        shown = [{**{key: row[key] for key in wanted[0]}, "path": os.path.relpath(root / row["path"])} for row in mine]
        assert sorted(shown, key=str) == sorted(wanted, key=str)
        _, alone, _ = run("--rev", "HEAD", "--output-format", "json", str(root))
        mine = [{**row, "path": os.path.relpath(root / row["path"])} for row in findings if row["repository"] == str(root)]
        assert told(mine) == told(json.loads(alone)["findings"])
    assert {row["commit"] for row in references} == {git(root, "rev-parse", "HEAD") for root in roots}
    assert [(row["files"], row["references"]) for row in table(tmp_path / "data", "repositories")] == [
        (1, 1),
        (2, 2),
        (2, 2),
        (2, 2),
    ]


def test_every_table_is_described() -> None:
    page = (ROOT / "docs/fleet.md").read_text(encoding="utf-8")
    for name, columns in TABLES.items():
        assert f"\n### `{name}`: " in page
        part = page.partition(f"\n### `{name}`: ")[2].partition("\n### ")[0]
        said = [line for line in part.splitlines() if line.startswith("| `")]
        assert said == [f"| `{column.name}` | {column.type} | {column.about} |" for column in columns]


def test_a_list_names_each_repository_once_and_no_login_is_kept(run: Any, tmp_path: Path) -> None:
    some(tmp_path, 2)
    (tmp_path / "all.txt").write_text(
        "# ours\n\nsrc/r0  # the first\nsrc/r0/\nsrc/r0@main\nfile://" + str(tmp_path) + "/src/r1\nsrc/gone\n"
        "https://me:hunter2@127.0.0.1:1/a/b.git\nftp://me:hunter2@git.example/a\nhttps://git.example/a?private_token=hunter2\n"
    )
    tasks, failures = sources([str(tmp_path / "all.txt"), str(tmp_path / "src")])
    assert [task.repository.removeprefix(f"{tmp_path}/") for task in tasks] == [
        "src/r0", "src/r0@main", "src/r1", "https://127.0.0.1:1/a/b",
    ]  # fmt: skip
    assert [one.reason.partition(": ")[2] for one in failures] == [
        "there is no such folder",
        "ftp is no way to a repository; https, http, ssh, git+ssh, file are",
        "an address of a repository has neither ? nor #",
    ]
    assert run("fleet", "scan", "all.txt", "--into", "data")[0] == 0
    assert [row["repository"] for row in table(tmp_path / "data", "repositories")] == [
        f"{tmp_path}/src/r0", f"{tmp_path}/src/r0@main", f"{tmp_path}/src/r1",
    ]  # fmt: skip
    assert len(table(tmp_path / "data", "failures")) == 4
    assert [path for path in (tmp_path / "data").rglob("*") if path.is_file() and b"hunter2" in path.read_bytes()] == []
    assert "hunter2" not in str(run("fleet", "query", "from failures", "--from", "data", "--output-format", "json"))


@pytest.mark.parametrize("name", ["nothing", "gone"])
def test_a_source_that_holds_no_repository_is_refused(run: Any, tmp_path: Path, name: str) -> None:
    (tmp_path / "nothing").mkdir()
    assert run("fleet", "scan", name, "--into", "data")[0] == 2
    assert not (tmp_path / "data").exists()


# --- what is read again, and what is not ----------------------------------------------------------------------------------------


def test_what_has_not_changed_is_not_read_again(run: Any, tmp_path: Path) -> None:
    source, data = some(tmp_path), tmp_path / "data"

    def read(*more: str) -> int:
        assert run("fleet", "scan", "src", "--into", "data", *more)[0] == 0
        return int(last(data)["read"])

    assert (read(), read()) == (3, 0)
    before = whole(data)
    committed(source / "r1", Dockerfile="FROM node:9\n")
    assert read() == 1
    assert [row["version"] for row in table(data, "references") if row["kind"] == "image"] == ["0", "9", "2"]
    assert {row["scan"] for row in table(data, "history")} == {1, 3}
    (tmp_path / "mine.toml").write_text('[require]\nimage = "tag"\n')
    assert read("--config", "mine.toml") == 3
    assert [row for row in table(data, "findings") if row["kind"] == "image"] == []
    git(source / "r1", "reset", "-q", "--hard", "HEAD~")
    assert read() == 3
    after = whole(data)
    assert {name: after[name] for name in after if name != "history"} == {
        name: before[name] for name in before if name != "history"
    }


def test_what_no_source_names_stays_until_it_is_pruned(run: Any, tmp_path: Path) -> None:
    some(tmp_path)
    assert run("fleet", "scan", "src", "--into", "data")[0] == 0
    assert run("fleet", "scan", "src/r1", "--into", "data")[0] == 0
    assert len(table(tmp_path / "data", "repositories")) == 3
    assert run("fleet", "scan", "src/r1", "--into", "data", "--prune")[0] == 0
    assert [Path(row["repository"]).name for row in table(tmp_path / "data", "repositories")] == ["r1"]
    assert {Path(row["repository"]).name for row in table(tmp_path / "data", "references")} == {"r1"}


# --- repositories that are none -------------------------------------------------------------------------------------------------


def empty(folder: Path) -> None:
    folder.mkdir()
    git(folder, "init", "-q")


def corrupt(folder: Path) -> None:
    repository(folder, Dockerfile="FROM a:1\n", Makefile="a:\n")
    tree = git(folder, "rev-parse", "HEAD^{tree}")
    (folder / ".git/objects" / tree[:2] / tree[2:]).unlink()


def lacking(folder: Path) -> None:
    """Of one file nothing but the name is there."""
    repository(folder, Dockerfile="FROM a:1\n", **{"requirements.txt": "requests\n"})
    blob = git(folder, "rev-parse", "HEAD:Dockerfile")
    (folder / ".git/objects" / blob[:2] / blob[2:]).unlink()


def headless(folder: Path) -> None:
    repository(folder, Dockerfile="FROM a:1\n")
    (folder / ".git/HEAD").unlink()


def linked(folder: Path) -> None:
    """Leads out of itself."""
    repository(folder.parent.parent / "elsewhere", Dockerfile="FROM a:1\n")
    folder.mkdir()
    (folder / ".git").symlink_to(folder.parent.parent / "elsewhere/.git")


def misconfigured(folder: Path) -> None:
    repository(folder, Dockerfile="FROM a:1\n", **{"pinlint.toml": "selct = 1\n"})


@pytest.mark.parametrize(
    ("make", "stage", "reason", "rows"),
    [
        (empty, "commit", "there is no commit 'HEAD'", 0),
        (corrupt, "read", "git cannot say which files the commit has", 0),
        (lacking, "files", "1 of 2 files could not be had, Dockerfile first: the repository does not hold its content", 1),
        (headless, "commit", "git cannot be asked for a commit: its directory holds no HEAD", 0),
        (linked, "commit", "git cannot be asked for a commit: .git is a link", 0),
        (misconfigured, "configuration", "pinlint.toml: unknown key selct", 1),
    ],
)
def test_a_bad_repository_is_a_row_and_the_others_are_read(
    run: Any, tmp_path: Path, make: Callable[[Path], None], stage: str, reason: str, rows: int
) -> None:
    some(tmp_path, 1)
    make(tmp_path / "src/bad")
    for again in (False, True):  # what is known of it stays known, and what may pass is tried again
        code, _, said = run("fleet", "scan", "src", "--into", "data")
        found = stages(tmp_path / "data")
        assert (code, list(found), found["bad"][0]) == (0, ["bad"], stage)
        assert reason in found["bad"][1]
        assert stage in said or (again and stage == "configuration")
        assert sum(row["repository"].endswith("bad") for row in table(tmp_path / "data", "references")) == rows
        assert sum(row["repository"].endswith("r0") for row in table(tmp_path / "data", "references")) == 2
    assert run("fleet", "scan", "src", "--into", "data", "--strict")[0] == (
        2 if stage != "configuration" and stage != "files" else 0
    )


def test_a_revision_that_is_not_there_is_a_row(run: Any, tmp_path: Path) -> None:
    some(tmp_path, 1)
    (tmp_path / "list").write_text("src/r0@nope\nsrc/r0\n")
    assert run("fleet", "scan", "list", "--into", "data")[0] == 0
    assert stages(tmp_path / "data")["r0@nope"][0] == "commit"
    assert len(table(tmp_path / "data", "repositories")) == 1


def test_a_repository_that_takes_too_long_is_a_row(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    some(tmp_path, 2)

    def slow(tree: EntryTree, excluded: tuple[str, ...]) -> Any:
        time.sleep(1.1 if tree.root.endswith("r0") else 0)
        return committed_module.whole(tree, excluded)

    monkeypatch.setattr(reading, "whole", slow)
    assert run("fleet", "scan", "src", "--into", "data", "--timeout", "1")[0] == 0
    assert stages(tmp_path / "data") == {
        "r0": ("time", "it took longer than 1 seconds, so nothing of it is in the tables; --timeout gives it more")
    }
    assert {Path(row["repository"]).name for row in table(tmp_path / "data", "references")} == {"r1"}


def test_a_repository_that_cannot_be_had_now_keeps_what_was_known(run: Any, tmp_path: Path) -> None:
    source = some(tmp_path, 2)
    assert run("fleet", "scan", "src", "--into", "data")[0] == 0
    (source / "r0/.git/HEAD").unlink()
    assert run("fleet", "scan", "src", "--into", "data")[0] == 0
    assert (list(stages(tmp_path / "data")), len(table(tmp_path / "data", "repositories"))) == (["r0"], 2)


# --- interruptions --------------------------------------------------------------------------------------------------------------

SCAN = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from pinlint.fleet import scan
scan._REPOSITORIES = 1
from pinlint import committed as committed_module
from pinlint.cli import main
from pinlint.fix import resolutions
from pinlint.fleet import database, reading
sys.exit(main(["fleet", "scan", "src", "--jobs", "1", "--into", *sys.argv[1:]]))
"""


def scanning(folder: Path, *words: str, **options: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", SCAN, *words], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **options
    )


def reached(path: Path, count: int) -> None:
    """Waits until so many stretches are on disk."""
    for _ in range(3000):
        if path.is_dir() and sum(name.isdigit() for name in os.listdir(path)) >= count:
            return
        time.sleep(0.01)
    raise AssertionError("nothing was read")


@pytest.mark.parametrize("moment", [1, 3])
def test_a_scan_that_is_killed_goes_on_where_it_was(run: Any, tmp_path: Path, moment: int) -> None:
    some(tmp_path, 8)
    assert run("fleet", "scan", "src", "--into", "undisturbed")[0] == 0
    with scanning(tmp_path, "killed") as scan:
        reached(tmp_path / "killed/incoming", moment)
        scan.send_signal(signal.SIGKILL)
    (tmp_path / "killed/incoming/.000099").mkdir()  # half written
    assert run("fleet", "scan", "src", "--into", "killed")[0] == 0
    assert whole(tmp_path / "killed") == whole(tmp_path / "undisturbed")
    assert last(tmp_path / "killed")["read"] <= 8 - moment
    assert sorted(path.name for path in (tmp_path / "killed").iterdir()) == ["000001", "incoming", "lock", "pinlint-fleet.json"]
    assert list((tmp_path / "killed/incoming").iterdir()) == []


def test_a_second_scan_into_a_folder_is_refused_while_the_first_lives(run: Any, tmp_path: Path) -> None:
    some(tmp_path, 8)
    with scanning(tmp_path, "data") as scan:
        reached(tmp_path / "data/incoming", 1)
        scan.send_signal(signal.SIGSTOP)
        code, _, said = run("fleet", "scan", "src", "--into", "data")
        assert (code, "another scan writes into data" in said) == (2, True)
        scan.send_signal(signal.SIGKILL)
    assert run("fleet", "scan", "src", "--into", "data")[0] == 0


def test_a_full_disk_is_said_and_loses_nothing(run: Any, tmp_path: Path) -> None:
    some(tmp_path, 4)
    assert run("fleet", "scan", "src", "--into", "undisturbed")[0] == 0
    largest = (tmp_path / "undisturbed/000001/references.parquet").stat().st_size
    with scanning(
        tmp_path, "full", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest - 64, largest - 64))
    ) as scan:
        said = scan.communicate()[1].decode()
    assert scan.returncode == 2
    assert "cannot be written" in said
    assert "what was read so far is kept" in said
    assert "Traceback" not in said
    assert run("fleet", "scan", "src", "--into", "full")[0] == 0
    assert whole(tmp_path / "full") == whole(tmp_path / "undisturbed")


def test_a_folder_of_other_things_is_left_alone(run: Any, tmp_path: Path) -> None:
    some(tmp_path, 1)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/letter").write_text("dear")
    assert run("fleet", "scan", "src", "--into", "mine")[0] == 2
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter"]


def mortal(folder: str) -> Callable[[int], int]:
    """What ends its process the first time that it is asked to do something, and always for 3."""

    def work(share: int) -> int:
        marker = Path(folder, str(share))
        if share == 3 or not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return share * 10

    return work


def test_a_process_that_ends_loses_nothing_but_its_task(tmp_path: Path) -> None:
    done = list(Local(2).run(mortal, str(tmp_path), range(6), lambda: None))
    lost = [one for one in done if isinstance(one, Given)]
    assert sorted(one for one in done if not isinstance(one, Given)) == [0, 10, 20, 40, 50]
    assert [(one.share, one.why) for one in lost] == [
        (3, f"the process that had it was ended by signal 9, {ATTEMPTS} times, as happens when memory runs out")
    ]


# --- questions ------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tables of four repositories, each of which has a name and one file."""
    folder = tmp_path_factory.mktemp("four")
    texts = {
        "tag": workflow("tj-actions/changed-files@v45", "tj-actions/other@v1"),
        "commit": workflow(f"tj-actions/changed-files@{SHA} # v45"),
        "inside": workflow("TJ-Actions/changed-files/sub@main", "tj-actions/changed-files-not@v45"),
    }
    for name, text in texts.items():
        repository(folder / "src" / name, **{".github__workflows__ci.yml": text})
    images = f"FROM node:20@{DIGEST}\nFROM node:22\nFROM ghcr.io/me/a_b:1\nFROM ghcr.io/me/axb:1\n"
    repository(folder / "src/image", Dockerfile=images)
    assert main(["fleet", "scan", str(folder / "src"), "--into", str(folder / "data"), "--quiet", "--isolated"]) == 0
    (folder / "secret").write_text("hunter2")
    (folder / "secret.csv").write_text("a\nhunter2\n")
    return folder


@pytest.fixture
def asked(run: Any, four: Path) -> Any:
    """Asks of the four."""

    def ask(*words: str) -> list[str]:
        code, out, said = run("fleet", "who", *words, "--from", str(four / "data"), "--output-format", "jsonl")
        assert code == 0, said
        rows = [json.loads(line) for line in out.splitlines()]
        return [f"{Path(row['repository']).name} {row['name']}@{row['version']} {row['match']}" for row in rows]

    return ask


V45 = "tj-actions/changed-files"


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ([V45], [f"commit {V45}@{SHA} is", "inside TJ-Actions/changed-files/sub@main is", f"tag {V45}@v45 is"]),
        (
            ["https://github.com/TJ-actions/changed-files"],
            [f"commit {V45}@{SHA} is", "inside TJ-Actions/changed-files/sub@main is", f"tag {V45}@v45 is"],
        ),
        ([V45, "--at", "v45"], [f"tag {V45}@v45 is"]),
        ([V45, "--at", SHA[:9]], [f"commit {V45}@{SHA} is"]),
        (
            [V45, "--at", SHA, "--loose"],
            [f"commit {V45}@{SHA} is", "inside TJ-Actions/changed-files/sub@main may be", f"tag {V45}@v45 may be"],
        ),
        ([V45, "--at", "v44", "--loose"], ["inside TJ-Actions/changed-files/sub@main may be"]),
        (["node", "--at", "20"], [f"image docker.io/library/node@20@{DIGEST} is"]),
        (["image:node", "--at", DIGEST], [f"image docker.io/library/node@20@{DIGEST} is"]),
        (["ghcr.io/me/a_*"], ["image ghcr.io/me/a_b@1 is"]),
        (["ghcr.io/*"], ["image ghcr.io/me/a_b@1 is", "image ghcr.io/me/axb@1 is"]),
        (["npm:node"], []),
    ],
    ids=lambda words: " ".join(words)[:60],
)
def test_who_asks_for_it(asked: Any, words: list[str], answer: list[str]) -> None:
    assert asked(*words) == answer


def test_what_leaves_open_what_it_gets_is_counted(four: Path, run: Any) -> None:
    _, _, said = run("fleet", "who", V45, "--at", SHA, "--from", str(four / "data"))
    assert "1 reference in 1 repository" in said
    assert "2 more leave open what they get" in said


@pytest.mark.parametrize(
    "question",
    [
        "SELECT * FROM read_text('{here}/secret')",
        "COPY refs TO '{here}/data/000001/references.parquet'",
        "SELECT * FROM '{here}/secret.csv'", "SELECT * FROM glob('{here}/*')",
        "SELECT * FROM read_csv('http://127.0.0.1:1/a')", "COPY refs TO '{here}/out.csv'",
        "ATTACH '{here}/x.db'", "INSTALL httpfs", "LOAD httpfs", "SET enable_external_access=true", "CREATE TABLE a AS FROM refs",
        "SELECT 1; SELECT 2", "", "DROP VIEW refs", "PRAGMA database_list",
        "SELECT * FROM duckdb_secrets()", "EXPORT DATABASE '{here}/x'",
        "SELECT getenv('HOME')", "EXPLAIN ANALYZE COPY refs TO '{here}/out.csv'",
    ],
)  # fmt: skip
def test_a_question_reads_the_tables_and_nothing_else(run: Any, four: Path, question: str) -> None:
    before = files(four / "data") | {path.name: path.read_bytes() for path in four.iterdir() if path.is_file()}
    code, out, said = run("fleet", "query", question.replace("{here}", str(four)), "--from", str(four / "data"))
    assert (code, out) == (2, "")
    assert "hunter2" not in said
    assert files(four / "data") | {path.name: path.read_bytes() for path in four.iterdir() if path.is_file()} == before


def test_answers_come_in_every_format_and_harm_nobody(run: Any, four: Path) -> None:
    def ask(output_format: str) -> str:
        code, out, said = run("fleet", "query", QUESTION, "--from", str(four / "data"), "--output-format", output_format)
        assert (code, said) == (0, "")
        return str(out)

    assert ask("table") == "a                b  b_2\n=1+\\x1b[31m      1\n\\x3a:warning::x  2\n"
    assert ask("jsonl").splitlines()[0] == '{"a": "=1+\\u001b[31m", "b": 1, "b_2": null}'
    assert json.loads(ask("json")) == [json.loads(line) for line in ask("jsonl").splitlines()]
    assert ask("csv").splitlines()[1].startswith("'=1+\\x1b")


QUESTION = "SELECT * FROM (VALUES ('=1+' || chr(27) || '[31m', 1, NULL), ('::warning::x', 2, NULL)) AS t(a, b, b_2) ORDER BY 2"


def test_what_lacks_its_library_says_which_extra_brings_it(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    code, _, said = run("fleet", "query", "from refs")
    assert code == 2
    assert "pip install 'pinlint-cli[fleet]'" in said


def test_a_folder_without_tables_is_no_data_set(run: Any, tmp_path: Path) -> None:
    code, _, said = run("fleet", "who", "node", "--from", str(tmp_path))
    assert (code, "holds no data set of a fleet" in said) == (2, True)


def test_tables_stay_while_somebody_reads_them(run: Any, tmp_path: Path) -> None:
    source = some(tmp_path, 2)
    assert run("fleet", "scan", str(source), "--into", "x")[0] == 0
    data = opened(str(tmp_path / "x"))
    with database.reading(data) as connection:
        repository(source / "new", Dockerfile="FROM node:20\n")
        assert run("fleet", "scan", str(source), "--into", "x")[0] == 0
        assert [row["n"] for row in database.asked(connection, "SELECT count(*) AS n FROM repositories")] == [2]
    assert len(table(tmp_path / "x", "repositories")) == 3
    del data, connection
    with locked(str(tmp_path / "x")) as writer:
        assert sorted(name for name in os.listdir(tmp_path / "x") if name.isdigit()) == [writer.manifest.folder]


def test_a_folder_without_locks_is_refused_for_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.lockf", none)
    with pytest.raises(PinlintError, match="cannot be kept from other scans: No locks available"), locked(str(tmp_path / "x")):
        pass


def test_what_was_sorted_leaves_a_full_disk(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = some(tmp_path, 1)

    def full(_table: str, _sources: Any, _path: str, spill: str) -> int:
        Path(spill).mkdir()
        (Path(spill) / "rows").write_bytes(b"x" * 10)
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("pinlint.fleet.settling.written", full)
        code, _, said = run("fleet", "scan", str(source), "--into", "x")
    assert (code, "No space left on device" in said) == (2, True)
    assert not [name for name in os.listdir(tmp_path / "x") if name.startswith(".")]
    assert run("fleet", "scan", str(source), "--into", "x")[0] == 0
    assert last(tmp_path / "x")["read"] == 0  # what was read is kept


@pytest.mark.parametrize("order", [1, -1])
def test_a_patch_has_its_name_whoever_is_done_first(tmp_path: Path, order: int) -> None:
    names = ["https://h.example/A/b", "https://h.example/a-b", "https://h.example/a/b"]
    patches = _Folder(str(tmp_path / "x"))
    patches.cleared(names)
    found = {name: patches.kept(Patched(name, "1" * 40, b"", "x")) for name in names[::order]}
    assert found[names[0]] == "h.example-A-b.patch"
    assert len({name.lower() for name in found.values()}) == 3  # one file each, also where a file system knows no case


# --- more than one machine ------------------------------------------------------------------------------------------------------


def dask(*words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", f"distributed.cli.dask_{words[0]}", *words[1:], "--no-dashboard"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """(address of a scheduler, its process and those of two workers)."""
    pytest.importorskip("distributed")
    file = tmp_path / "scheduler.json"
    started = [dask("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file))]
    try:
        for _ in range(600):
            if file.exists() and file.read_text().endswith("}"):
                break
            time.sleep(0.05)
        address = json.loads(file.read_text())["address"]
        for number in range(2):
            folder = str(tmp_path / f"worker{number}")
            started.append(dask("worker", address, "--nthreads", "1", "--no-nanny", "--local-directory", folder))
        yield address, started
    finally:
        for process in started:
            process.kill()
            process.wait()


@pytest.mark.slow
def test_workers_of_a_cluster_read_the_same_and_may_end(
    run: Any, tmp_path: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pinlint.fleet.cluster._CONNECT", 2)
    address, (scheduler, first, _) = cluster
    some(tmp_path, 12)
    assert run("fleet", "scan", "src", "--into", "local")[0] == 0

    def killed(process: subprocess.Popen[bytes], into: str) -> int:
        words = [into, "--engine", "dask", "--scheduler", address]
        with scanning(tmp_path, *words) as scan:
            reached(tmp_path / into / "incoming", 2)
            process.kill()
            said = scan.communicate(timeout=120)[1].decode()
        assert scan.returncode == 0 or "has gone" in said, said
        return scan.returncode

    assert killed(first, "one") == 0
    assert whole(tmp_path / "one") == whole(tmp_path / "local")
    code = killed(scheduler, "two")
    again, _, said = run("fleet", "scan", "src", "--into", "two", "--engine", "dask", "--scheduler", "tcp://127.0.0.1:1")
    if code == 2:  # else all had come before it was gone
        assert (again, "no scheduler of Dask answers" in said) == (2, True)
        assert run("fleet", "scan", "src", "--into", "two")[0] == 0
    assert whole(tmp_path / "two") == whole(tmp_path / "local")


@pytest.mark.slow
def test_a_scan_whose_workers_all_end_says_so_and_goes_on_later(
    run: Any, tmp_path: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in (("_ALONE", 0.5), ("_PAUSE", 0.1)):
        monkeypatch.setattr(f"pinlint.fleet.cluster.{name}", seconds)
    address, (_, *workers) = cluster
    some(tmp_path, 14)
    assert run("fleet", "scan", "src", "--into", "local")[0] == 0
    took, ends = _Scan.took, dict[int, subprocess.Popen[bytes]]()

    def counted(self: _Scan, one: Any) -> None:
        took(self, one)
        if self.done in ends:  # others are under way by now, or done and not yet fetched
            ends[self.done].kill()
            ends.pop(self.done).wait()

    monkeypatch.setattr(_Scan, "took", counted)
    for into, points in (("one", [(2, workers[0])]), ("none", [(3, workers[1])])):
        ends.update(points)
        code, _, said = run("fleet", "scan", "src", "--into", into, "--engine", "dask", "--scheduler", address)
        assert not ends
        assert (code, "has no workers" in said) == ((0, False) if into == "one" else (2, True)), said
        assert (code == 0) or len(list((tmp_path / into / "incoming").iterdir())) == 1  # the three that were read are kept
        assert run("fleet", "scan", "src", "--into", into)[0] == 0
        assert whole(tmp_path / into) == whole(tmp_path / "local")
        assert last(tmp_path / into)["read"] == (0 if into == "one" else 14 - 3)


@pytest.mark.slow
def test_what_a_worker_did_and_nobody_fetched_ends_with_it(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("_ALONE", 0.5), ("_PAUSE", 0.1)):
        monkeypatch.setattr(f"pinlint.fleet.cluster.{name}", seconds)
    address, (_, *workers) = cluster
    with closing(Dask(address)._connected()) as client:
        client.wait_for_workers(2, timeout=60)
        run = _Run(client, address, partial, str)
        results = run.all(range(6), lambda: None)
        assert next(results).isdigit()
        for future in run._asked:
            future.exception(timeout=60)  # waits until it is done, and fetches nothing
        for worker in workers:
            worker.kill()
            worker.wait()
        with pytest.raises(PinlintError, match="has no workers"):
            list(results)


def test_a_cluster_needs_its_address(run: Any, tmp_path: Path) -> None:
    some(tmp_path, 1)
    code, _, said = run("fleet", "scan", "src", "--engine", "dask")
    assert (code, "--engine dask needs --scheduler" in said) == (2, True)
    assert run("fleet", "scan", "src", "--scheduler", "tcp://127.0.0.1:1")[0] == 2


# --- one look-up for all --------------------------------------------------------------------------------------------------------


class Registry:
    """Knows everything, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []

    def resolve(self, question: Question) -> Pin | NoPin:
        self.asked.append((question.kind, question.name, question.version))
        if question.version == "gone":
            return NoPin("there is no such tag")
        digest = hashlib.sha256(f"{question.name}:{question.version}".encode()).hexdigest()
        return Pin(question.version, (digest[:40] if question.kind == "action" else f"sha256:{digest}",), "proof")


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    made = Registry()
    monkeypatch.setattr(resolutions, "resolver", lambda *_: nullcontext(made.resolve))
    return made


def careless(tmp_path: Path) -> list[Path]:
    """Repositories that ask for the same things, each in its own way."""
    wanted = {
        "plain": {"Dockerfile": "FROM node:20\nFROM node:gone\n", ".github__workflows__ci.yml": workflow("actions/checkout@v4")},
        "crlf": {"Dockerfile": "FROM node:20\r\n", "compose.yaml": "services:\r\n  a:\r\n    image: redis:7"},
        "clean": {"Dockerfile": f"FROM node:20@{DIGEST}\n"},
        "odd ä": {"a b__ü__Dockerfile": "# x\nFROM node:20\n", "pinlint.toml": '[require]\n"image:redis" = "tag"\n'},
    }
    roots = [repository(tmp_path / "src" / name, **some) for name, some in wanted.items()]
    (roots[0] / "Dockerfile.linked").symlink_to("images/real")
    committed(roots[0], images__real="FROM redis:7\n")
    return roots


def test_each_repository_gets_the_bytes_of_its_own_fix(run: Any, tmp_path: Path, registry: Registry) -> None:
    roots = careless(tmp_path)
    code, out, said = run("fleet", "fix", "src", "--into", "patches")
    assert (code, said) == (0, "")
    assert sorted(registry.asked) == sorted(set(registry.asked))  # each once for all
    assert {("image", "docker.io/library/node", "20"), ("action", "actions/checkout", "v4")} <= set(registry.asked)
    assert f"{len(registry.asked)} questions asked; 3 patches" in out
    rows = {row["repository"]: row for row in map(json.loads, (tmp_path / "patches/patches.jsonl").read_text().splitlines())}
    assert [rows[str(root)]["patch"] != "" for root in roots] == [True, True, False, True]
    for root in roots:
        applied, fixed = tmp_path / "applied" / root.name, tmp_path / "fixed" / root.name
        for copy in (applied, fixed):
            git(tmp_path, "clone", "-q", str(root), str(copy))
        if name := rows[str(root)]["patch"]:
            git(applied, "apply", str(tmp_path / "patches" / name))
            git(applied, "add", "-A")
            git(applied, "commit", "-q", "-F", str(tmp_path / "patches" / name.replace(".patch", ".message")))
        run("--fix", str(fixed))
        assert files(applied) == files(fixed)
    told = (tmp_path / "patches" / rows[str(roots[0])]["patch"]).read_text()
    assert "pin 3 references in 3 files" in told
    assert "there is no such tag" in told
    assert git(tmp_path / "applied/plain", "log", "-1", "--format=%s") == "pin 3 references in 3 files"
    assert [git(root, "status", "--porcelain") for root in roots] == [""] * 4


def test_what_the_tables_hold_is_fixed_where_no_source_is_named(run: Any, tmp_path: Path, registry: Registry) -> None:
    careless(tmp_path)
    (tmp_path / "list").write_text("src/crlf@main\nsrc/clean\n")
    assert run("fleet", "scan", "list", "--into", "data")[0] == 0
    assert run("fleet", "fix", "--from", "data", "--into", "patches")[0] == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "patches").iterdir()}
    assert sum(name.endswith(".patch") for name in before) == 1
    (tmp_path / "src/clean/.git/HEAD").unlink()
    assert run("fleet", "fix", "src", "--into", "patches", "--strict")[0] == 2  # writes anew what is no longer so
    assert '"failure": "' in (tmp_path / "patches/patches.jsonl").read_text()
    assert sum(name.endswith(".patch") for name in os.listdir(tmp_path / "patches")) == 3


def test_patches_go_into_no_folder_of_other_things(run: Any, tmp_path: Path, registry: Registry) -> None:
    careless(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/letter").write_text("dear")
    assert run("fleet", "fix", "src", "--into", "mine")[0] == 2
    assert os.listdir(tmp_path / "mine") == ["letter"]


# --- the page -------------------------------------------------------------------------------------------------------------------


class Cells(HTMLParser):
    """The text of every row of a page's tables, by caption, and what a page may not hold."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.inside = False
        self.forbidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.rows += [[]] if tag == "tr" else []
        if tag in ("th", "td"):
            self.rows[-1].append("")
            self.inside = True
        names = {name for name, _ in attrs}
        if tag in ("script", "img", "iframe", "link", "b") or names & {"src", "onclick", "onerror"}:
            self.forbidden.append(tag)

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.rows[-1][-1] += data.strip()

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag not in ("th", "td")


def test_the_page_tells_of_repositories_ecosystems_ages_and_the_trend(run: Any, tmp_path: Path) -> None:
    pytest.importorskip("jinja2")
    source = some(tmp_path, 2)
    repository(tmp_path / "src/<b>x", Dockerfile="FROM node\n")
    empty(tmp_path / "src/empty")
    assert run("fleet", "scan", "src", "--into", "data")[0] == 0
    committed(source / "r0", Dockerfile=f"FROM node:1@{DIGEST}\n")
    assert run("fleet", "scan", "src", "--into", "data")[0] == 0
    code, out, said = run("fleet", "report", "--from", "data")
    assert (code, said) == (0, "")
    page = Cells()
    page.feed(out)
    assert page.forbidden == []
    assert "http" not in out.replace("Content-Security-Policy", "").replace("http-equiv", "")
    rows = [row for row in page.rows if len(row) > 2]
    assert ["image", "3", ""] in rows
    assert ["the last month (3 repositories)", "5", ""] in rows
    assert ["image", "3 → 3", "0.0 % → 33.3 %", "3 → 2"] in rows
    assert [f"{source}/r0", "2 → 2", "0.0 % → 50.0 %", "2 → 1"] in rows
    assert [row[0] for row in rows if row[0] == f"{source}/<b>x"] == [f"{source}/<b>x"]
    assert any(row[:2] == [f"{source}/empty", "commit"] for row in rows)
    assert run("fleet", "report", "--from", "data", "--scan", "9")[0] == 2


def test_what_takes_more_memory_than_it_may_takes_more_the_next_time(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some(tmp_path, 1)
    monkeypatch.setattr(database, "_MEMORY", ("600KB", "700KB"))
    code, _, said = run("fleet", "scan", "src", "--into", "data")
    assert (code, "what was read so far is kept" in said) == (2, True)
    monkeypatch.setattr(database, "_MEMORY", ("600KB", "256MB"))
    assert run("fleet", "scan", "src", "--into", "data")[0] == 0
    assert (last(tmp_path / "data")["read"], len(table(tmp_path / "data", "references"))) == (0, 2)
