"""`--fix` on Helm's locks: the Helm SDK says what a lock must look like, and builds charts from ours."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from planning import read_in, run_in
from servers.helm_repository import ChartRepository, running
from trees import root_at

from pinlint.config import Policy, load
from pinlint.ecosystems.helm.configuration import known_repositories
from pinlint.ecosystems.helm.registry import Registry
from pinlint.fix import helm_locks
from pinlint.fix.answers import resolve_all
from pinlint.fix.create import create
from pinlint.fix.helm_lock_text import generated, scalar
from pinlint.fix.plans import Patch
from pinlint.fix.write import Unwritten
from pinlint.formats import FORMATS
from pinlint.http import Client
from pinlint.pins import NoPin, Pin
from pinlint.question import Question
from pinlint.text import Document
from pinlint.tree import Tree

CHART = "apiVersion: v2\nname: top\nversion: 0.1.0\n"
GENERATED = re.compile(r'(?m)^generated: ".*"$')
RANGES = [
    "'1.2.3'", "'^1.2'", "~1.2.0", "1.x.x", "'*'", "'>=1.2.3 <2'", "'>=1, <3'", "1.3", "v2.0.0", "'>=2.1.0-0'", "'!=1.3.0'",
    "'1.2 - 1.9 || 7'", "'<2-0'",
]  # fmt: skip
EXTRAS = [
    "condition: a.enabled", "condition: 'x<y&z>'", "condition: 'ü😀'", "tags: [front, 1.10, 'a&b', on]", "enabled: true",
    "import-values: [data]", "import-values:\n    - child: default.<data>\n      parent: 'my & data'\n    - zeta",
]  # fmt: skip


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChartRepository]:
    with running(tmp_path_factory.mktemp("charts")) as one:
        for name in ("red", "green", "7", "on"):
            one.publish(name, "1.2.3", "1.10.0", "1.3.0", "2.0.0", "2.1.0-rc.1")
        one.publish("odd", "2024.1.2-01a", "1.2", "0.5.0+build.7")
        yield one


@pytest.fixture
def user(tmp_path: Path) -> dict[str, str]:
    """A user with an empty home."""
    home = tmp_path / "home"
    home.mkdir()
    return {**{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}, "HOME": str(home)}


def fix(folder: Path, user: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pinlint", *(arguments or ("--fix",)), str(folder)]
    return subprocess.run(command, cwd=folder, env=user, capture_output=True, text=True, timeout=120, check=False)


def chart(folder: Path, dependencies: str, head: str = CHART) -> Path:
    """A chart with dependencies, beside a local one."""
    folder.mkdir(parents=True)
    (folder / "../local").mkdir(exist_ok=True)
    (folder / "../local/Chart.yaml").write_text("apiVersion: v2\nname: local\nversion: 0.1.0\n")
    (folder / "Chart.yaml").write_text(head + dependencies)
    return folder


def planned(root: Path, path: str, registry: Registry) -> Patch:
    """What `--fix --unsafe-fixes` would write for a manifest."""
    tree = Tree(str(root), list)
    format_ = next(one for one in FORMATS if one.name == ("chart" if path.endswith("Chart.yaml") else "helm2_requirements"))
    policy: Policy = load(str(root))
    document = Document(path, tree.bytes(path))
    run = run_in(tree, policy, unsafe=True)
    (wanted,) = helm_locks.plans([read_in(run, document, format_)], run, ())
    (patch,) = wanted.patches(resolve_all(wanted.questions(), registry.resolve))
    return patch


def registry_of(client: Client) -> Registry:
    return Registry(client, list)


# --- as Helm writes it --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("manifest", ["Chart.yaml", "requirements.yaml"])
def test_missing_lock_is_the_one_that_helm_writes(repository: ChartRepository, tmp_path: Path, manifest: str) -> None:
    draw, client = random.Random(manifest), Client()
    lock = "Chart.lock" if manifest == "Chart.yaml" else "requirements.lock"
    for number in range(40):
        asked = "dependencies:\n"
        for alias in range(draw.randrange(1, 5)):
            entry = [f"name: {draw.choice(['red', 'green', quoted('7'), quoted('on')])}", f"repository: {repository.url}"]
            entry.append(f"version: {draw.choice(RANGES)}")
            if draw.random() < 0.2:
                entry = [
                    "name: local",
                    f"version: {draw.choice(['0.1.0', quoted('>=0.0.1'), '0.x'])}",
                    "repository: file://../local",
                ]
            entry += [f"alias: a{alias}", *(extra for extra in draw.sample(EXTRAS, 2) if draw.random() < 0.2)]
            draw.shuffle(entry)
            asked += "- " + "\n  ".join(entry) + "\n"
        asked += f"- {{name: red, version: ^1, repository: '{repository.url}', alias: last}}\n"
        head = CHART if manifest == "Chart.yaml" else CHART.replace("v2", "v1")
        folder = chart(tmp_path / str(number) / "top", asked if manifest == "Chart.yaml" else "", head)
        if manifest != "Chart.yaml":
            (folder / manifest).write_text(asked)
        made = planned(tmp_path / str(number), f"top/{manifest}", registry_of(client))
        assert made.fixes[0].why == ""
        repository.helm.registry.dependency_update(folder)
        assert made.path == f"top/{lock}"
        assert without_time(made.new.decode()) == without_time((folder / lock).read_text()), asked
    client.close()


def quoted(text: str) -> str:
    return f"'{text}'"


def without_time(lock: str) -> str:
    assert len(GENERATED.findall(lock)) == 1
    return GENERATED.sub("", lock)


def test_odd_versions_are_written_as_helm_writes_them(repository: ChartRepository, tmp_path: Path) -> None:
    client = Client()
    for number, asked in enumerate((">=2024-0", "~1.2", "0.5.x", "<1")):
        listed = f"dependencies:\n- name: odd\n  version: '{asked}'\n  repository: {repository.url}/\n"
        folder = chart(tmp_path / str(number) / "top", listed)
        made = planned(tmp_path / str(number), "top/Chart.yaml", registry_of(client))
        repository.helm.registry.dependency_update(folder)
        assert without_time(made.new.decode()) == without_time((folder / "Chart.lock").read_text()), made.fixes


def test_chart_in_its_own_folder(repository: ChartRepository, tmp_path: Path) -> None:
    listed = f"dependencies:\n- name: own\n  version: '>=0.1 <2'\n- name: red\n  version: ^1\n  repository: {repository.url}\n"
    folder = chart(tmp_path / "top", listed)
    (folder / "charts/own").mkdir(parents=True)
    (folder / "charts/own/Chart.yaml").write_text("apiVersion: v2\nname: own\nversion: 0.2.0\n")
    made = planned(tmp_path, "top/Chart.yaml", registry_of(Client()))
    repository.helm.registry.dependency_update(folder)
    assert without_time(made.new.decode()) == without_time((folder / "Chart.lock").read_text())


def test_helm_builds_from_the_lock(repository: ChartRepository, tmp_path: Path, user: dict[str, str]) -> None:
    listed = f"dependencies:\n- name: red\n  version: ^1\n  repository: {repository.url}\n"
    folder = chart(tmp_path / "repo/top", listed)
    root_at(tmp_path / "repo")
    refused = fix(tmp_path / "repo", user)
    assert refused.returncode == 1
    assert "1 × the newest charts of today would be locked; --unsafe-fixes allows it" in " ".join(refused.stdout.split())
    assert "top/Chart.yaml:4\n" in refused.stdout
    assert not (folder / "Chart.lock").exists()
    done = fix(tmp_path / "repo", user, "--fix", "--unsafe-fixes")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "top/Chart.yaml:4  Chart.lock: 1 chart locked → sha256:" in done.stdout
    assert "version: 1.10.0" in (folder / "Chart.lock").read_text()
    repository.helm.registry.dependency_build(folder)
    assert (folder / "charts/red-1.10.0.tgz").exists()
    assert [path.name for path in folder.iterdir()] == ["Chart.yaml", "Chart.lock", "charts"] or not list(folder.glob(".*"))
    assert "ixed" not in fix(tmp_path / "repo", user, "--fix", "--unsafe-fixes").stdout


def test_stale_digest_alone_is_safe_and_nothing_else_changes(
    repository: ChartRepository, tmp_path: Path, user: dict[str, str]
) -> None:
    listed = f"dependencies:\n- name: red\n  version: ^1\n  repository: {repository.url}\n  condition: a\n"
    folder = chart(tmp_path / "repo/top", listed)
    root_at(tmp_path / "repo")
    repository.helm.registry.dependency_update(folder)
    lock = folder / "Chart.lock"
    before = lock.read_text().replace("1.10.0", "1.3.0").replace("\n", "\r\n") + "# kept\r\n"
    lock.write_bytes(before.encode())
    (folder / "Chart.yaml").write_text(CHART + listed.replace("condition: a", "condition: b"))
    with pytest.raises(repository.helm.errors.HelmError, match="out of sync"):
        repository.helm.registry.dependency_build(folder)
    asked = len(repository.requests)
    done = fix(tmp_path / "repo", user)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert len(repository.requests) == asked
    digest = re.compile(r"sha256:[0-9a-f]{64}")
    assert digest.sub("", lock.read_bytes().decode()) == digest.sub("", before)
    repository.helm.registry.dependency_build(folder)
    assert (folder / "charts/red-1.3.0.tgz").exists()


def test_lock_out_of_step_is_written_anew(repository: ChartRepository, tmp_path: Path) -> None:
    listed = f"dependencies:\n- name: red\n  version: ^1\n  repository: {repository.url}\n"
    folder = chart(tmp_path / "top", listed)
    repository.helm.registry.dependency_update(folder)
    (folder / "Chart.yaml").write_text(CHART + listed.replace("^1", "^2") + listed.partition("\n")[2].replace("red", "green"))
    made = planned(tmp_path, "top/Chart.yaml", registry_of(Client()))
    repository.helm.registry.dependency_update(folder)
    assert without_time(made.new.decode()) == without_time((folder / "Chart.lock").read_text())
    assert made.created is False


def test_diff_of_a_new_lock_is_one_that_git_applies(repository: ChartRepository, tmp_path: Path, user: dict[str, str]) -> None:
    folder = chart(tmp_path / "repo/top", f"dependencies:\n- name: red\n  version: ^1\n  repository: {repository.url}\n")
    subprocess.run(["git", "init", "-q", str(tmp_path / "repo")], check=True)
    shown = fix(tmp_path / "repo", user, "--diff", "--unsafe-fixes")
    assert shown.returncode == 1
    assert not (folder / "Chart.lock").exists()
    patch = shown.stdout[shown.stdout.index("diff --git") :]
    subprocess.run(["git", "apply"], cwd=tmp_path / "repo", input=patch, text=True, check=True)
    repository.helm.registry.dependency_build(folder)


def test_lock_that_would_not_mend_is_not_written(
    repository: ChartRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chart(tmp_path / "top", f"dependencies:\n- name: red\n  version: ^1\n  repository: {repository.url}\n")
    wrong = (
        f"dependencies:\n- name: red\n  repository: {repository.url}\n  version: 1.2.3\ndigest: sha256:{'0' * 64}\ngenerated: 'x'\n"
    )
    monkeypatch.setattr("pinlint.fix.helm_locks.lock_text", lambda *_: wrong)
    made = planned(tmp_path, "top/Chart.yaml", registry_of(Client()))
    assert (made.new, made.fixes[0].pin) == (made.old, None)
    assert "it would break LCK102" in made.fixes[0].why


def test_new_file_never_takes_the_place_of_another(tmp_path: Path) -> None:
    create(str(tmp_path), "Chart.lock", b"new")
    with pytest.raises(Unwritten, match="meanwhile"):
        create(str(tmp_path), "Chart.lock", b"newer")
    assert (tmp_path / "Chart.lock").read_bytes() == b"new"
    with pytest.raises(Unwritten, match="cannot be opened"):
        create(str(tmp_path), "none/Chart.lock", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["Chart.lock"]


# --- who is asked, and as whom ------------------------------------------------------------------------------------------------


def test_repository_that_the_users_helm_knows(tmp_path: Path, user: dict[str, str]) -> None:
    with running(tmp_path / "served") as private:
        private.publish("red", "1.2.3")
        private.login.append("ann:secret")
        listed = "dependencies:\n- name: red\n  version: ^1\n  repository: '@acme'\n"
        folder = chart(tmp_path / "repo/top", listed)
        root_at(tmp_path / "repo")
        assert "your Helm knows no repository @acme" in fix(tmp_path / "repo", user, "--fix", "--unsafe-fixes").stdout
        config = Path(user["HOME"]) / ".config/helm/repositories.yaml"
        config.parent.mkdir(parents=True)
        config.write_text(
            f"apiVersion: ''\nrepositories:\n- {{name: acme, url: '{private.url}', username: ann, password: secret}}\n"
        )
        done = fix(tmp_path / "repo", user, "--fix", "--unsafe-fixes")
        assert done.returncode == 0, done.stdout
        assert f"repository: {private.url}\n" in (folder / "Chart.lock").read_text()
        assert "secret" not in done.stdout + done.stderr
        assert private.requests[-1] == ("/index.yaml", "Basic YW5uOnNlY3JldA==")


def test_chart_of_two_repositories_asks_each_once(repository: ChartRepository, tmp_path: Path) -> None:
    entry = f"- {{name: red, version: ^1, repository: '{repository.url}', alias: A}}\n"
    chart(tmp_path / "top", "dependencies:\n" + "".join(entry.replace("A", f"a{number}") for number in range(30)))
    before = len(repository.requests)
    assert planned(tmp_path, "top/Chart.yaml", registry_of(Client())).fixes[0].pin
    assert [path for path, _ in repository.requests[before:]] == ["/index.yaml"]


def test_configuration_is_where_helm_keeps_it(tmp_path: Path) -> None:
    for number, environment in enumerate(
        ({"HELM_REPOSITORY_CONFIG": "F"}, {"HELM_CONFIG_HOME": "D"}, {"XDG_CONFIG_HOME": "X"}, {"HOME": "H"})
    ):
        folder = tmp_path / str(number)
        path = (
            folder
            / {"F": "F", "D": "D/repositories.yaml", "X": "X/helm/repositories.yaml", "H": "H/.config/helm/repositories.yaml"}[
                next(iter(environment.values()))
            ]
        )
        path.parent.mkdir(parents=True)
        path.write_text("repositories: [{name: a, url: https://charts.example}]")
        found = known_repositories({"HOME": str(folder), **{key: str(folder / value) for key, value in environment.items()}})
        assert [one.name for one in found] == ["a"]
    assert known_repositories({"HOME": str(tmp_path / "none")}) == []


# --- what a repository answers ------------------------------------------------------------------------------------------------


def asked(version: str, source: str = "http://127.0.0.1:1", chart: str = "red") -> Question:
    return Question("helm", chart, source, version, loose=True)


def answer(body: bytes, version: str = "^1", status: int = 200) -> Pin | NoPin:
    client = Client(
        transport=httpx.MockTransport(lambda _: httpx.Response(status, stream=httpx.ByteStream(body))), sleep=lambda _: None
    )
    return registry_of(client).resolve(asked(version))


def index(*versions: str) -> bytes:
    charts = "".join(f"  - {{name: red, version: {version}, urls: [a.tgz]}}\n" for version in versions)
    return f"apiVersion: v1\nentries:\n  red:\n{charts}".encode()


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"\xff\xfe", b"[]", b"a: [", b"entries: 7", b"apiVersion: v1\nentries: []", b"{", b'{"entries": 3}',
     b'{"apiVersion": "v1", "entries": {"red": [{"version": 3, "urls": []}, 7]}}', b"[" * 5000, b'{"a":' * 5000,
     b"apiVersion: v1\nentries: {red: [~, 7, {a: b}]}", b"apiVersion: v1\nentries: {red: {version: 1.0.0}}", index("not-one"),
     index("'1.0.0\\n'"), index('"1.0\\u2028"')],
)  # fmt: skip
def test_what_is_no_index_is_a_reason(body: bytes) -> None:
    assert isinstance(answer(body), NoPin)


@pytest.mark.parametrize(
    ("status", "words"), [(401, "not allowed"), (404, "answers 404"), (503, "answers 503"), (429, "answers 429")]
)
def test_refusal_is_a_reason(status: int, words: str) -> None:
    found = answer(b"", status=status)
    assert isinstance(found, NoPin)
    assert words in found.why
    assert found.retry is (status in (429, 503))


def test_versions_of_one_rank_are_not_chosen_from() -> None:
    found = answer(index("1.0.0+a", "1.0.0+b"))
    assert isinstance(found, NoPin)
    assert "rank the same" in found.why
    assert isinstance(answer(index("1.0.0+a", "1.0.0+b", "1.0.1")), Pin)


def test_entry_without_an_address_does_not_count_and_json_is_an_index_too() -> None:
    body = index("1.0.0", "1.5.0").replace(b"version: 1.5.0, urls: [a.tgz]", b"version: 1.5.0, urls: []")
    assert isinstance(found := answer(body), Pin)
    assert found.version == "1.0.0"
    text = '{"apiVersion": "v1", "entries": {"red": [{"version": "1.0.0", "urls": ["a"]}, {"version": "1.5.0", "urls": []}]}}'
    assert isinstance(found := answer(text.encode()), Pin)
    assert found.version == "1.0.0"


def test_what_helm_would_not_lock() -> None:
    reasons = Counter[str]()
    for question in (
        asked(""), asked("latest"), asked("^1", "stable"), asked("^1", "ftp://x"), asked("^1", "oci://charts.example"),
        asked("^1", "http://charts.example"),
    ):  # fmt: skip
        found = registry_of(Client()).resolve(question)
        assert isinstance(found, NoPin)
        reasons[found.why] += 1
    assert len(reasons) == 6
    assert registry_of(Client()).resolve(asked("1.2.3", "oci://charts.example")) == Pin("1.2.3", (), "oci://charts.example")


# --- text ---------------------------------------------------------------------------------------------------------------------


def test_scalars_and_times() -> None:
    plain = ["1.2.3", "v1", "^1.2", "~1.2.0", "a-b", "https://x/y?z=1", "1.2.x", "-a"]
    assert [scalar(text) for text in plain] == plain
    assert [scalar(text) for text in ("", "1", "1.2", "on", "~", "null", "1e3", "2024-01-02", "1:20", "0x1f")] == [
        '""', '"1"', '"1.2"', '"on"', '"~"', '"null"', '"1e3"', '"2024-01-02"', '"1:20"', '"0x1f"',
    ]  # fmt: skip
    assert [scalar(text) for text in ("*", ">=1 <2", "!=1", "a: b", "a #b", "@x")] == [
        "'*'",
        "'>=1 <2'",
        "'!=1'",
        "'a: b'",
        "'a #b'",
        "'@x'",
    ]
    for text in ("a\nb", "é", "\0"):
        with pytest.raises(ValueError, match="characters"):
            scalar(text)
    assert re.fullmatch(r"2001-09-0[89]T\d\d:46:40\.0000005(?:Z|[+-]\d\d:\d\d)", generated(1_000_000_000_000_000_500))
