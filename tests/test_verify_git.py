"""`verify` on commits: where they lie in the history of real repositories behind `git http-backend`, and what they ask for inside.

git itself is the judge of history: `for-each-ref --contains` over branches and tags.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from servers.git_http import GitHost, git, running

from pinlint.cli import main
from pinlint.ecosystems.git import history
from pinlint.ecosystems.git.registry import Registry
from pinlint.http import Client, Failed
from pinlint.question import Question
from pinlint.verify import impostors, inside
from pinlint.verify.evidence import UNKNOWN, Evidence


class Served:
    """A host with one repository of a tangled history, once with filters and once without."""

    def __init__(self, host: GitHost) -> None:
        self.host = host
        self.work = work = host.repository("tangled")
        rng = random.Random(7)
        commits = [git(work, "rev-parse", "HEAD")]
        for number in range(40):
            git(work, "checkout", "-q", "--detach", rng.choice(commits[-6:]))
            if number % 5 == 4:
                other = rng.choice(commits)
                git(work, "merge", "-q", "-s", "ours", "--no-ff", "-m", f"merge {number}", other)
            else:
                git(work, "commit", "-q", "--allow-empty", "-m", f"commit {number}")
            commits.append(git(work, "rev-parse", "HEAD"))
        self.commits = list(dict.fromkeys(commits))
        git(work, "branch", "-f", "main", self.commits[20])
        for number, at in enumerate((12, 25, 31)):
            git(work, "branch", f"b{number}", self.commits[at])
        for number, at in enumerate((8, 28, 35)):
            git(work, "tag", *(("-a", "-m", "signed off") if number % 2 else ()), f"v{number}", self.commits[at])
        for number, at in enumerate((33, -2, -1)):
            git(work, "update-ref", f"refs/pull/{number}/head", self.commits[at])
        for number, commit in enumerate(self.commits):  # kept alive, as hosts keep what a fork or a deleted branch had
            git(work, "update-ref", f"refs/keep/{number}", commit)
        git(work, "tag", "-a", "-m", "gone", "old", self.commits[5])
        self.old = git(work, "rev-parse", "old")
        git(work, "update-ref", "refs/keep/old", self.old)
        git(work, "tag", "-d", "old")
        git(work, "symbolic-ref", "HEAD", "refs/heads/main")
        git(work, "config", "uploadpack.allowFilter", "true")

    def truth(self, commit: str) -> str:
        """What git says of a commit."""
        for word, places in ((history.BRANCH, "refs/heads/"), (history.TAG, "refs/tags/")):
            if git(self.work, "for-each-ref", "--contains", commit, places):
                return word
        return history.OUTSIDE


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with running(tmp_path_factory.mktemp("git")) as host:
        yield Served(host)


@pytest.fixture
def registry() -> Iterator[Registry]:
    client = Client()
    yield Registry(client, lambda *_: "", lambda _: "")
    client.close()


def place(served: Served, registry: Registry, commit: str, **how: bool) -> str:
    url = f"{served.host.url}/tangled"
    return history.place_of(commit, url, registry.refs(url), registry.host, registry._client, **how)


def test_every_commit_lies_where_git_says(served: Served, registry: Registry) -> None:
    told = {commit: place(served, registry, commit, thorough=True) for commit in served.commits}
    assert told == {commit: served.truth(commit) for commit in served.commits}
    assert {history.BRANCH, history.TAG, history.OUTSIDE} == set(told.values())


@pytest.mark.parametrize(
    ("name", "address"),
    [("github.com/acme/tool", "https://github.com/acme/tool"), ("acme/tool", ""), ("git.example/acme/tool", "")],
)
def test_where_a_command_of_a_shell_fetches_from(name: str, address: str) -> None:
    assert impostors._address(Question("git", name))[0] == address


def test_the_word_of_a_tag_is_taken_without_a_pack(served: Served, registry: Registry) -> None:
    commit = served.commits[35]
    before = len(served.host.requests)
    assert place(served, registry, commit) == history.TAG
    assert place(served, registry, git(served.work, "rev-parse", "v1")) in (history.BRANCH, history.TAG)
    assert len(served.host.requests) == before + 1


def test_the_id_of_a_tag_that_is_gone_is_that_of_its_commit(served: Served, registry: Registry) -> None:
    assert place(served, registry, served.old) == served.truth(served.commits[5])
    assert place(served, registry, "1" * 40) == history.GONE


def test_a_host_without_filters_could_not_be_asked(served: Served, registry: Registry) -> None:
    outside = next(commit for commit in served.commits if served.truth(commit) == history.OUTSIDE)
    git(served.work, "config", "uploadpack.allowFilter", "false")
    try:
        with pytest.raises(Failed, match="allowFilter"):
            place(served, registry, outside)
    finally:
        git(served.work, "config", "uploadpack.allowFilter", "true")


def test_a_history_that_is_too_long_could_not_be_looked_through(
    served: Served, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = next(commit for commit in served.commits if served.truth(commit) == history.OUTSIDE)
    monkeypatch.setattr(history, "_LARGEST", 500)
    with pytest.raises(Failed, match="more than"):
        place(served, registry, outside)


# --- the page of GitHub -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ('{"branches": [{"branch": "main"}], "tags": []}', history.BRANCH),
        ('{"branches": [], "tags": []}', ""),
        ('{"branches": "main"}', ""),
        ("[]", ""),
        ("<html>", ""),
    ],
)
def test_what_githubs_page_says_is_believed_only_where_it_is_good_news(
    served: Served, registry: Registry, monkeypatch: pytest.MonkeyPatch, page: str, expected: str
) -> None:
    monkeypatch.setenv("GITHUB_SERVER_URL", served.host.url)
    outside = next(commit for commit in served.commits if served.truth(commit) == history.OUTSIDE)
    asked, request = [], registry._client.request

    def answer(method: str, url: str, *arguments: Any, **more: Any) -> Any:
        if "/branch_commits/" not in url:
            return request(method, url, *arguments, **more)
        asked.append(url)
        return type("Answer", (), {"status": 200, "body": page.encode()})

    monkeypatch.setattr(registry._client, "request", answer)
    assert place(served, registry, outside) == (expected or history.OUTSIDE)
    assert asked == [f"{served.host.url}/tangled/branch_commits/{outside}"]


# --- what is inside -----------------------------------------------------------------------------------------------------------


class Nested:
    """A host whose repositories use one another, by the commits that `write` returns."""

    def __init__(self, host: GitHost, folder: Path) -> None:
        self.host, self.folder = host, folder
        self.works: dict[str, Path] = {}

    def write(self, name: str, **files: str) -> str:
        """A commit of a repository with these files alone."""
        if name not in self.works:
            self.works[name] = self.host.repository(name)
            git(self.works[name], "config", "uploadpack.allowFilter", "true")
        work = self.works[name]
        git(work, "rm", "-rqf", ".")
        for path, text in files.items():
            file = work / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return self.host.commit(work, name)

    def verify(self, run: Any, monkeypatch: pytest.MonkeyPatch, *arguments: str, **files: str) -> tuple[list[str], str]:
        """(what NET910 says of these files, what could not be checked)."""
        monkeypatch.setenv("GITHUB_SERVER_URL", self.host.url)
        for path, text in files.items():
            file = self.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        monkeypatch.chdir(self.folder)
        options = arguments or ("--deep",)
        _, out, err = run("verify", "--isolated", "--select", "NET910", "--output-format", "json", "--verbose", *options, ".")
        return [f"{one['severity']} {one['message']}" for one in json.loads(out)["findings"]], err


@pytest.fixture
def nested(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nested]:
    for name in ("GH_TOKEN", "GITHUB_TOKEN", "GH_HOST"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "work").mkdir()
    with running(tmp_path / "git") as host:
        yield Nested(host, tmp_path / "work")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    """(exit code, output, what else is said) of pinlint, run here."""

    def _run(*arguments: str) -> tuple[int, str, str]:
        code = main(list(arguments))
        return code, *capsys.readouterr()

    return _run


def job(*uses: str) -> str:
    steps = "".join(f"      - uses: {one}\n" for one in uses)
    return f"on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n{steps}"


def steps(*uses: str) -> str:
    return "runs:\n  using: composite\n  steps:\n" + "".join(f"    - uses: {one}\n" for one in uses)


def docker(image: str) -> str:
    return f"runs:\n  using: docker\n  image: {image}\n"


def running_(command: str) -> str:
    return f"runs:\n  using: composite\n  steps:\n    - shell: bash\n      run: {command}\n"


def pipeline(image: str, more: str = "") -> str:
    return f"{more}build:\n  image: {image}\n  script: [make]\n"


def module(source: str) -> str:
    return f'module "a" {{\n  source = "{source}"\n}}\n'


def pod(image: str) -> str:
    containers = f"spec:\n  containers: [{{name: a, image: {image}}}]\n"
    return f"apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\n{containers}"


CI = ".github/workflows/ci.yml"


def ways(findings: list[str]) -> list[str]:
    return [re.sub(r".*(?:not pinned: )([^;]*).*", r"\1", one) for one in findings]


def test_an_action_is_followed_and_its_own_ci_is_not(run: Any, nested: Nested, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = nested.write("o/inner", **{"sub/action.yml": steps("o/other@main")})
    outer = nested.write(
        "o/outer", **{
            "action.yml": steps(f"o/inner/sub@{inner}", "./local"), "local/action.yml": steps("o/never@main"),
            ".github/workflows/test.yml": job("o/lint@main"), "Dockerfile": "FROM never\n", "requirements.txt": "flask\n",
            ".pre-commit-config.yaml": "repos: []\n",
        },
    )  # fmt: skip
    findings, _ = nested.verify(run, monkeypatch, **{CI: job(f"o/outer@{outer}")})
    assert ways(findings) == [f"o/outer@{outer[:7]} → o/inner/sub@{inner[:7]} → o/other@main (sub/action.yml:4)"]
    assert findings[0].startswith("warning step action o/outer@")


def test_each_commit_is_fetched_once_and_cycles_end(run: Any, nested: Nested, monkeypatch: pytest.MonkeyPatch) -> None:
    """An action cannot name a commit that names it, but it can name its repository's former one, and workflows call one another."""
    first = nested.write("o/a", **{"action.yml": steps("o/b@v1")})
    call = "on: workflow_call\njobs:\n  a:\n    uses: ./.github/workflows/"
    second = nested.write(
        "o/a", **{
            "action.yml": steps(f"o/a@{first}", f"o/a@{first}"), ".github/workflows/x.yml": f"{call}y.yml\n",
            ".github/workflows/y.yml": f"{call}x.yml\n  b:\n    container: registry.example/t:1\n",
        },
    )  # fmt: skip
    calls = f"on: push\njobs:\n  a:\n    uses: o/a/.github/workflows/x.yml@{second}\n"
    before = len(nested.host.requests)
    findings, _ = nested.verify(run, monkeypatch, **{CI: job(f"o/a@{second}", f"o/a@{second}"), ".github/workflows/c.yml": calls})
    assert ways(findings) == [
        f"o/a/.github/workflows/x.yml@{second[:7]} → ./.github/workflows/y.yml → registry.example/t:1 (.github/workflows/y.yml:6)",
        *[f"o/a@{second[:7]} → o/a@{first[:7]} → o/b@v1 (action.yml:4)"] * 2,
    ]
    posts = [one for one in nested.host.requests[before:] if one[0] == "POST"]
    assert len(posts) <= 2 + 4  # the folders of two commits, and the contents that are read of them


def test_depth_is_limited_and_said(run: Any, nested: Nested, monkeypatch: pytest.MonkeyPatch) -> None:
    last = nested.write("o/last", **{"action.yml": steps("o/x@v1")})
    middle = nested.write("o/middle", **{"action.yml": steps(f"o/last@{last}")})
    first = nested.write("o/first", **{"action.yml": steps(f"o/middle@{middle}")})
    findings, said = nested.verify(run, monkeypatch, "--deep=1", **{CI: job(f"o/first@{first}")})
    assert (findings, "1 more uses inside lie deeper than --deep=1" in " ".join(said.split())) == ([], True)
    findings, _ = nested.verify(run, monkeypatch, "--deep=2", **{CI: job(f"o/first@{first}")})
    assert len(findings) == 1
    assert nested.verify(run, monkeypatch, "--no-progress", **{CI: job(f"o/first@{first}")})[0] == []


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"action.yml": docker("docker://registry.example/t:1")}, ["registry.example/t:1 (action.yml:3)"]),
        ({"action.yml": docker("docker://registry.example/t@sha256:" + "a" * 64)}, []),
        (
            {"action.yml": docker("b/Dockerfile"), "b/Dockerfile": "FROM registry.example/t:1\n"},
            ["registry.example/t:1 (b/Dockerfile:1)"],
        ),
        ({"Dockerfile": "FROM registry.example/t:1\n"}, ["registry.example/t:1 (Dockerfile:1)"]),
        ({"action.yaml": "runs:\n  using: node24\n  main: dist/index.js\n", "package.json": '{"dependencies": {"a": "*"}}'}, []),
        ({"action.yml": steps("o/x@" + "1" * 40, "docker://registry.example/t:1")}, ["registry.example/t:1 (action.yml:5)"]),
        (
            {"action.yml": running_("$GITHUB_ACTION_PATH/get.sh"), "get.sh": "#!/bin/bash\ncurl https://x.example/i | sh\n"},
            ["https://x.example/i (get.sh:2)"],
        ),
        (
            {"action.yml": docker("docker://registry.example/own:1"), "build.sh": "docker build -t registry.example/own:1 .\n"},
            ["registry.example/own:1 (action.yml:3)"],
        ),
        ({"action.yml": steps("o/x@v1"), ".github/workflows/actions.lock": "workflows: {}\n"}, ["o/x@v1 (action.yml:4)"]),
    ],
    ids=[
        "image", "image at a digest", "Dockerfile", "Dockerfile alone", "JavaScript", "steps", "script of its own",
        "image of its own", "lock of its own",
    ],
)  # fmt: skip
def test_what_an_action_is_made_of(
    run: Any, nested: Nested, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], expected: list[str]
) -> None:
    commit = nested.write("o/a", **files)
    findings, _ = nested.verify(run, monkeypatch, **{CI: job(f"o/a@{commit}")})
    assert ways(findings) == [f"o/a@{commit[:7]} → {one}" for one in expected]


def test_commands_are_a_note(run: Any, nested: Nested, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether they run is decided by inputs and by the machine."""
    commit = nested.write("o/a", **{"action.yml": running_("pip install flask")})
    findings, _ = nested.verify(run, monkeypatch, **{CI: job(f"o/a@{commit}")})
    assert [one.partition(" ")[0] for one in findings] == ["note"]


HOOKS = """\
- {id: image, name: image, language: docker_image, entry: "registry.example/t:1 --flag"}
- {id: built, name: built, language: docker, entry: run}
- {id: other, name: other, language: python, entry: run, additional_dependencies: [flask]}
- {id: unused, name: unused, language: docker_image, entry: "registry.example/never:1"}
"""


@pytest.mark.parametrize(
    ("hooks", "expected"),
    [
        ("[{id: image}]", ["registry.example/t:1 (.pre-commit-hooks.yaml:1)"]),
        ("[{id: image, entry: 'x'}]", []),
        ("[{id: built}]", ["registry.example/b:1 (Dockerfile:1)"]),
        ("[{id: other}]", ["flask (.pre-commit-hooks.yaml:3)"]),
        ("[{id: other, additional_dependencies: [flask==1.0]}]", []),
    ],
)
def test_hooks_are_those_that_are_used(
    run: Any, nested: Nested, monkeypatch: pytest.MonkeyPatch, hooks: str, expected: list[str]
) -> None:
    files = {
        ".pre-commit-hooks.yaml": HOOKS,
        "Dockerfile": "FROM registry.example/b:1\n",
        "setup.cfg": "[options]\ninstall_requires = x\n",
    }
    commit = nested.write("o/h", **files)
    config = f"repos:\n- repo: {nested.host.url}/o/h\n  rev: {commit}\n  hooks: {hooks}\n"
    findings, _ = nested.verify(run, monkeypatch, **{".pre-commit-config.yaml": config})
    assert [one.partition(" → ")[2] for one in ways(findings)] == expected


def test_includes_modules_and_bases(run: Any, nested: Nested, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITLAB_HOST", nested.host.url)
    files = {
        "build.yml": pipeline("registry.example/b@sha256:" + "a" * 64, "include: [{local: more.yml}]\n"),
        "more.yml": pipeline("registry.example/m:1"), "other.yml": pipeline("registry.example/never:1"),
        ".gitlab-ci.yml": pipeline("registry.example/never:1"),
    }  # fmt: skip
    included = nested.write("g/ci", **files)
    files = {
        "net/main.tf": module("../in"), "in/main.tf": module("git::https://git.example/x.git?ref=v1"),
        "test/main.tf": module("git::https://git.example/never.git?ref=v1"),
    }  # fmt: skip
    called = nested.write("t/m", **files)
    files = {
        "base/kustomization.yaml": "resources: [web.yaml]\n", "base/web.yaml": pod("registry.example/w:1"),
        "dev.yaml": pod("registry.example/never:1"),
    }  # fmt: skip
    base = nested.write("k/b", **files)
    findings, said = nested.verify(run, monkeypatch, **{
        ".gitlab-ci.yml": f"include:\n- project: g/ci\n  ref: {included}\n  file: build.yml\n",
        "main.tf": module(f"git::{nested.host.url}/t/m//net?ref={called}"),
        "kustomization.yaml": f"resources:\n- {nested.host.url}/k/b//base?ref={base}\n",
    })  # fmt: skip
    assert [one.partition(" → ")[2] for one in ways(findings)] == [
        "registry.example/m:1 (more.yml:2)", "registry.example/w:1 (base/web.yaml:5)", "../in → git.example/x@v1 (in/main.tf:2)",
    ], said  # fmt: skip


W = "registry.example/w"
AT = f"{{name: {W}, digest: 'sha256:{'a' * 64}'}}"


@pytest.mark.parametrize(
    ("overlay", "files", "expected"),
    [
        (f"images: [{AT}]", {}, []),
        (f"images: [{{name: {W}, newTag: '2'}}]", {}, []),
        (f"images: [{{name: {W}, newName: registry.example/m}}]", {}, [f"{W}:1 (web.yaml:5)"]),
        (f"images: [{{name: {W}, tagSuffix: -x}}]", {}, [f"{W}:1 (web.yaml:5)"]),
        ("images: [{name: registry.example/other, newTag: '2'}]", {}, [f"{W}:1 (web.yaml:5)"]),
        ("components: [pin]", {"pin/kustomization.yaml": f"kind: Component\nimages: [{AT}]\n"}, []),
        (
            f"images: [{{name: {W}, newName: registry.example/m}}]",
            {"over/kustomization.yaml": f"resources: [..]\nimages: [{AT.replace(W, 'registry.example/m')}]\n"}, [],
        ),
        (
            "namePrefix: a-",
            {
                "prod/kustomization.yaml": f"resources: [..]\nimages: [{AT}]\n",
                "dev/kustomization.yaml": "resources: [..]\n",
            },
            [f"{W}:1 (web.yaml:5)"],
        ),
    ],
    ids=["digest", "tag, judged there", "name alone", "suffix", "another", "component", "above", "not on every way"],
)  # fmt: skip
def test_what_an_overlay_replaces_is_judged_there(
    run: Any, nested: Nested, monkeypatch: pytest.MonkeyPatch, overlay: str, files: dict[str, str], expected: list[str]
) -> None:
    base = nested.write("k/b", **{"kustomization.yaml": "resources: [web.yaml]\n", "web.yaml": pod(f"{W}:1")})
    own = f"resources:\n- {nested.host.url}/k/b?ref={base}\n{overlay}\n"
    findings, said = nested.verify(run, monkeypatch, **{"kustomization.yaml": own, **files})
    assert [one.partition(" → ")[2] for one in ways(findings)] == expected, said


def patched(*containers: str, head: str = "kind: Pod\n  metadata: {name: a}") -> str:
    listed = ", ".join(f"{{{one}}}" for one in containers)
    head = head.replace("\n", "\n  ")
    return f"patches:\n- patch: |\n    apiVersion: v1\n    {head}\n    spec: {{containers: [{listed}]}}\n"


def operated(*operations: str, target: str = "kind: Pod") -> str:
    listed = "".join(f"    - {{{one}}}\n" for one in operations)
    return f"patches:\n- target: {{{target}}}\n  patch: |\n{listed}"


def filled(field: str, select: str = "kind: Pod, name: a") -> str:
    source = "source: {kind: ConfigMap, name: m, fieldPath: data.image}"
    return f"replacements:\n- {source}\n  targets: [{{select: {{{select}}}, fieldPaths: ['{field}']}}]\n"


OTHER, IMAGE = "registry.example/other:2", "op: replace, path: /spec/containers/0/image, value: 'registry.example/other:2'"
KEPT, GONE, UNSURE = "kept", "gone", "unsure"


@pytest.mark.parametrize(
    ("overlay", "files", "becomes"),
    [
        (patched(f"name: a, image: '{OTHER}'"), {}, GONE),
        (patched("name: a, $patch: delete"), {}, GONE),
        (patched("name: a, args: [x]"), {}, KEPT),
        (patched(f"name: b, image: '{OTHER}'"), {}, KEPT),
        (patched(f"name: a, image: '{OTHER}'", head="kind: Pod\n  metadata: {name: b}"), {}, KEPT),
        (patched(f"name: a, image: '{OTHER}'", head="kind: Job\n  metadata: {name: a}"), {}, KEPT),
        (patched(f"name: a, image: '{OTHER}'", head="kind: Pod\n  metadata: {name: my-a}"), {}, UNSURE),
        ("patchesStrategicMerge: [p.yaml]", {"p.yaml": pod(OTHER)}, GONE),
        ("patches: [{path: p.yaml, target: {kind: Pod}}]", {"p.yaml": pod(OTHER)}, GONE),
        ("patches: [{path: p.yaml, target: {labelSelector: x=y}}]", {"p.yaml": pod(OTHER)}, UNSURE),
        (operated(IMAGE), {}, GONE),
        (operated(IMAGE.replace("/0/", "/1/")), {}, KEPT),
        (operated("op: remove, path: /spec/containers/0"), {}, GONE),
        (operated("op: add, path: /spec/containers/0, value: {name: x}"), {}, UNSURE),
        (operated("op: add, path: /spec/containers/-, value: {name: x}"), {}, KEPT),
        (operated(IMAGE, target="kind: Deployment"), {}, KEPT),
        (operated(IMAGE, target="name: a.*"), {}, GONE),
        ("patchesJson6902: [{target: {kind: Pod, name: a}, path: p.json}]",
         {"p.json": '[{"op": "replace", "path": "/spec/containers/0/image", "value": "x:2"}]'}, GONE),
        (filled("spec.containers.[name=a].image"), {}, UNSURE),
        (filled("spec.containers.0.image"), {}, UNSURE),
        (filled("spec.containers.[name=b].image"), {}, KEPT),
        (filled("spec.containers.*.image", select="kind: Deployment"), {}, KEPT),
        ("components: [p]", {"p/kustomization.yaml": "kind: Component\n" + patched(f"name: a, image: '{OTHER}'")}, GONE),
        ("", {"over/kustomization.yaml": "resources: [..]\n" + patched(f"name: a, image: '{OTHER}'")}, GONE),
        ("", {"over/kustomization.yaml": "resources: [..]\n" + patched(f"name: a, image: '{OTHER}'"),
              "dev/kustomization.yaml": "resources: [..]\n"}, KEPT),
    ],
    ids=[
        "image", "deleted", "something else", "another container", "another name", "another kind", "a prefix", "file",
        "file, selected", "by labels", "operation", "another place", "removed", "moved on", "one more", "others selected",
        "an expression", "json", "replacement", "by place", "of another", "of others", "component", "above", "not on every way",
    ],
)  # fmt: skip
def test_what_a_patch_puts_in_is_judged_there(
    run: Any, nested: Nested, monkeypatch: pytest.MonkeyPatch, overlay: str, files: dict[str, str], becomes: str
) -> None:
    base = nested.write("k/b", **{"kustomization.yaml": "resources: [web.yaml]\n", "web.yaml": pod(f"{W}:1")})
    own = f"resources:\n- {nested.host.url}/k/b?ref={base}\n{overlay}\n"
    findings, said = nested.verify(run, monkeypatch, **{"kustomization.yaml": own, **files})
    assert [bool(findings), "Could not be checked" in said] == [becomes == KEPT, becomes == UNSURE], (findings, said)


@pytest.mark.parametrize("where", ["its own", "one on the way"])
def test_a_base_patches_what_is_in_it(run: Any, nested: Nested, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    other = patched("name: a, image: 'registry.example/other@sha256:" + "a" * 64 + "'")
    own = "resources: [web.yaml]\n" + (other if where == "its own" else "")
    base = nested.write("k/b", **{"kustomization.yaml": own, "web.yaml": pod(f"{W}:1")})
    over = f"resources: ['{nested.host.url}/k/b?ref={base}']\n" + (other if where != "its own" else "")
    outer = nested.write("k/o", **{"kustomization.yaml": over})
    findings, said = nested.verify(
        run, monkeypatch, **{"kustomization.yaml": f"resources: ['{nested.host.url}/k/o?ref={outer}']\n"}
    )
    assert findings == [], said


@pytest.mark.parametrize("entry", ["", f"images: [{AT}]", f"images: [{{name: {W}, newTag: '2'}}]"], ids=["kept", "pinned", "tag"])
def test_a_base_replaces_what_its_own_bases_have(run: Any, nested: Nested, monkeypatch: pytest.MonkeyPatch, entry: str) -> None:
    """What is said of a base by one that takes it in is said by no other: each way to it counts."""
    base = nested.write("k/b", **{"kustomization.yaml": "resources: [web.yaml]\n", "web.yaml": pod(f"{W}:1")})
    over = f"resources: ['{nested.host.url}/k/b?ref={base}']\n"
    outer = nested.write("k/o", **{"a/kustomization.yaml": over + entry, "b/kustomization.yaml": over})
    uses = "".join(f"- {nested.host.url}/k/o//{one}?ref={outer}\n" for one in "ab")
    findings, said = nested.verify(run, monkeypatch, **{"kustomization.yaml": f"resources:\n{uses}"})
    way = f"k/b@{base[:7]} → {W}:1 (web.yaml:5)"
    expected = {"": [way, way], f"images: [{AT}]": [way]}.get(entry, [f"{W}:2 (a/kustomization.yaml:2)", way])
    assert [re.sub(r"127[^/]*/", "", one.partition(" → ")[2]) for one in ways(findings)] == expected, said


TEMPLATES = """\
default: {image: "registry.example/d:1"}
.hidden: {image: "registry.example/h:1", services: ["registry.example/s:1"]}
.heir: {extends: .hidden}
build: {image: {name: "registry.example/b:1", entrypoint: [""]}, script: [make]}
"""
DIGEST = "registry.example/own@sha256:" + "a" * 64
ALWAYS, BUILD, HIDDEN, SERVICE = "registry.example/d:1", "registry.example/b:1", "registry.example/h:1", "registry.example/s:1"


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ("", [ALWAYS, BUILD]),
        (f"build: {{image: '{DIGEST}'}}", [ALWAYS]),
        ("build: {image: {pull_policy: always}}", [ALWAYS, BUILD]),
        (f"default: {{image: '{DIGEST}'}}", [BUILD]),
        ("job: {extends: .heir, script: [make]}", [ALWAYS, HIDDEN, SERVICE, BUILD]),
        (f"job: {{extends: [.heir], image: '{DIGEST}', script: [make]}}", [ALWAYS, SERVICE, BUILD]),
        ("job: {image: !reference [.hidden, image], script: [make]}", [ALWAYS, HIDDEN, BUILD]),
        (f".hidden: {{image: '{DIGEST}'}}\njob: {{extends: .heir, script: [make]}}", [ALWAYS, SERVICE, BUILD]),
        ("job: {trigger: {include: [{project: g/other, ref: main, file: a.yml}]}}", [ALWAYS, HIDDEN, SERVICE, BUILD]),
    ],
    ids=[
        "nobody extends a hidden job", "image", "policy alone", "default", "heir", "heir with an image", "reference",
        "hidden job with an image", "another pipeline, too",
    ],
)  # fmt: skip
def test_the_jobs_of_an_include_are_those_that_run(
    run: Any, nested: Nested, monkeypatch: pytest.MonkeyPatch, own: str, expected: list[str]
) -> None:
    monkeypatch.setenv("GITLAB_HOST", nested.host.url)
    monkeypatch.setattr(inside, "_SHOWN", 10)
    included = nested.write("g/ci", **{"build.yml": TEMPLATES})
    text = f"include:\n- {{project: g/ci, ref: '{included}', file: build.yml}}\n{own}\n"
    findings, said = nested.verify(run, monkeypatch, **{".gitlab-ci.yml": text})
    assert re.findall(r"registry\.example/\w:1", " ".join(findings)) == expected, said


def test_overlays_that_take_in_one_another_on_too_many_ways_change_nothing(
    run: Any, nested: Nested, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two ways at each of forty steps, and another name on each of them."""
    base = nested.write("k/b", **{"kustomization.yaml": "resources: [web.yaml]\n", "web.yaml": pod(f"{W}:1")})
    files = {"a0/kustomization.yaml": f"resources: ['{nested.host.url}/k/b?ref={base}']\n"}
    files["b0/kustomization.yaml"] = "resources: [../a0]\n"
    for number in range(1, 40):
        for one in "ab":
            names = [f"{W}{way}" for way in ("", *(f"-{number - 1}{other}" for other in "ab"))]
            entries = [f"{{name: {name}, newName: {W}-{number}{one}, tagSuffix: {one}}}" for name in names]
            below = f"resources: [../a{number - 1}, ../b{number - 1}]\n"
            files[f"{one}{number}/kustomization.yaml"] = f"{below}images: [{', '.join(entries)}]\n"
    findings, said = nested.verify(run, monkeypatch, **files)
    assert [one.partition(" → ")[2] for one in ways(findings)] == [f"{W}:1 (web.yaml:5)"], said


def test_what_cannot_be_read_is_said(run: Any, nested: Nested, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = nested.write("o/a", README="nothing")
    broken = nested.write("o/b", **{"action.yml": "runs: [\n"})
    findings, said = nested.verify(run, monkeypatch, **{CI: job(f"o/a@{commit}", f"o/b@{broken}", f"o/none@{'1' * 40}")})
    words = " ".join(said.split())
    assert findings == []
    assert "it has no action.yml" in words
    assert "action.yml:" in words
    assert "o/none answers" in words


def test_a_record_is_judged_by_todays_policy(run: Any, nested: Nested, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    commit = nested.write("o/a", **{"action.yml": steps("o/x@v1")})
    record = str(tmp_path / "record.json")
    findings, _ = nested.verify(run, monkeypatch, "--deep", "--save-resolutions", record, **{CI: job(f"o/a@{commit}")})
    before = len(nested.host.requests)
    again, _ = nested.verify(run, monkeypatch, "--deep", "--resolutions", record)
    assert (again, len(nested.host.requests)) == (findings, before)
    (nested.folder / "pinlint.toml").write_text('[require]\n"action:o/*" = "tag"\n')
    _, out, _ = run("verify", "--deep", "--resolutions", record, "--select", "NET910", "--output-format", "json", ".")
    assert json.loads(out)["findings"] == []


@pytest.mark.parametrize(
    "told", ["", "7", "[]", '[["a"], "b", 1, {}, [], []]', '[["a"], "b", 1, {"artifact": 1}, [], []]', "[" * 9999]
)
def test_what_a_damaged_record_says_could_not_be_checked(told: str) -> None:
    nobody: Any = None
    [outcome] = inside.outcomes(nobody, Evidence({"asks": [told]}), nobody)
    assert outcome.state == UNKNOWN
