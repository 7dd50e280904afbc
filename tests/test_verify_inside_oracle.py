"""NET910 beside a second reader, written from the documents of GitHub Actions and pre-commit alone: over generated repositories
that use one another, each way to something unpinned is found or said to be unread, and nothing else is.

The reader is naive on purpose: PyYAML's nodes, one function a kind of thing, no limits but that of depth.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
import yaml
from fences import Block
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from servers.answers import Answers, user
from servers.git_answers import GitAnswers

from pinlint import cli
from pinlint.http import Client
from pinlint.verify import inside

HOST = "https://github.com"
COMMIT = re.compile(r"[0-9a-f]{40}")
IMAGES = ("registry.example/t:1", "registry.example/t", "registry.example/t@sha256:" + "a" * 64)
DEEP = 2


# The second reader


class Use(NamedTuple):
    """What is used of a repository's only commit: "action", "workflow" or "hooks", and the file, the folder or the ids."""

    kind: str
    repository: str
    commit: str
    path: str


#: Files by path, of each commit of each repository.
World = dict[tuple[str, str], dict[str, str]]
#: Something unpinned: where it is asked for, and what.
Loose = tuple[str, int, str]


def members(node: yaml.Node | None) -> dict[str, yaml.Node]:
    return {key.value: value for key, value in node.value} if isinstance(node, yaml.MappingNode) else {}


def items(node: yaml.Node | None) -> list[yaml.Node]:
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def reading(use: Use, files: dict[str, str]) -> Iterator[tuple[str, int, str, str]]:
    """(file, line, kind of thing, what) of everything that a use asks for. Raises LookupError where it is not there."""
    if use.kind == "workflow":
        yield from of_workflow(use.path, yaml.compose(files[use.path]))
    elif use.kind == "action":
        start = f"{use.path}/" if use.path else ""
        path = next((start + name for name in ("action.yml", "action.yaml") if start + name in files), "")
        if path:
            yield from of_action(path, yaml.compose(files[path]), files)
        else:
            yield from of_dockerfile(f"{start}Dockerfile", files)
    else:
        listed = map(members, items(yaml.compose(files[".pre-commit-hooks.yaml"])))
        for hook in sorted(
            (one for one in listed if one["id"].value in use.path.split()), key=lambda one: one["id"].value == "built"
        ):
            yield from of_hook(hook, files)


def of_workflow(path: str, root: yaml.Node | None) -> Iterator[tuple[str, int, str, str]]:
    for job in members(members(root).get("jobs")).values():
        keys = members(job)
        if "uses" in keys:
            yield path, keys["uses"].start_mark.line + 1, "workflow", keys["uses"].value
        for holder in (keys.get("container"), *members(keys.get("services")).values()):
            image = members(holder).get("image", holder)
            if image is not None:
                yield path, image.start_mark.line + 1, "image", image.value
        for step in items(keys.get("steps")):
            if "uses" in members(step):
                yield path, members(step)["uses"].start_mark.line + 1, "action", members(step)["uses"].value


def of_action(path: str, root: yaml.Node | None, files: dict[str, str]) -> Iterator[tuple[str, int, str, str]]:
    runs = members(members(root)["runs"])
    if runs["using"].value == "composite":
        for step in items(runs.get("steps")):
            if "uses" in members(step):
                yield path, members(step)["uses"].start_mark.line + 1, "action", members(step)["uses"].value
    elif runs["using"].value == "docker":
        image = runs["image"]
        if image.value.startswith("docker://"):
            yield path, image.start_mark.line + 1, "image", image.value.removeprefix("docker://")
        else:
            folder = path.rpartition("/")[0]
            yield from of_dockerfile(f"{folder}/{image.value}" if folder else image.value, files)


def of_dockerfile(path: str, files: dict[str, str]) -> Iterator[tuple[str, int, str, str]]:
    for number, line in enumerate(files[path].splitlines(), 1):
        if line.startswith("FROM "):
            yield path, number, "image", line.split()[1]


def of_hook(hook: dict[str, yaml.Node], files: dict[str, str]) -> Iterator[tuple[str, int, str, str]]:
    language, path = hook["language"].value, ".pre-commit-hooks.yaml"
    if language == "docker_image":
        yield path, hook["entry"].start_mark.line + 1, "image", hook["entry"].value.split()[0]
    if language == "docker":
        yield from of_dockerfile("Dockerfile", files)
    for one in items(hook.get("additional_dependencies")):
        yield path, one.start_mark.line + 1, "package", one.value


def followed(first: Use, world: World) -> tuple[set[Loose], bool]:
    """(everything unpinned on the way from a use, whether something on the way could not be read)."""
    waiting, seen, found, unread = deque([(first, 1)]), {first}, set[Loose](), False
    while waiting:
        use, depth = waiting.popleft()
        asked = []
        try:
            for one in reading(use, world[use.repository, use.commit]):
                asked.append(one)  # noqa: PERF402 - what comes before something that is not there
        except LookupError:
            unread = True
        for path, line, kind, what in asked:
            inner = used(use, kind, what)
            if inner and inner not in seen:
                unread |= depth > DEEP
                if depth <= DEEP:
                    seen.add(inner)
                    waiting.append((inner, depth + 1))
            elif is_loose(kind, what):
                found.add((path, line, what.removeprefix("docker://")))
    return found, unread


def used(use: Use, kind: str, what: str) -> Use | None:
    """The use that something pinned is."""
    if kind == "workflow" and what.startswith("./"):
        return use._replace(path=what[2:])
    name, _, ref = what.partition("@")
    if kind in ("action", "workflow") and not what.startswith(("docker://", "./")) and COMMIT.fullmatch(ref):
        owner, repository, *path = name.split("/")
        return Use(kind, f"{owner}/{repository}", ref, "/".join(path))
    return None


def is_loose(kind: str, what: str) -> bool:
    if what.startswith("./"):
        return False
    if kind == "image" or what.startswith("docker://"):
        return "@sha256:" not in what
    return "==" not in what if kind == "package" else not COMMIT.fullmatch(what.partition("@")[2])


# Repositories that use one another


class Written(NamedTuple):
    """A world, and what the user's files use of it: each use with the line that it stands in, by file."""

    world: World
    files: dict[str, str]
    uses: dict[tuple[str, int], Use]


def hooks_of(draw: st.DrawFn) -> str:
    """The hooks that a repository offers: by an image, by one that is built, with packages."""
    dependencies = draw(st.lists(st.sampled_from(("flask", "flask>=1", "flask==1.0")), max_size=2))
    return (
        f"- id: image\n  name: a\n  language: docker_image\n  entry: {draw(st.sampled_from(IMAGES))} --x\n"
        f"- {{id: built, name: b, language: docker, entry: x}}\n"
        f"- id: packages\n  name: c\n  language: python\n  entry: x\n  additional_dependencies: [{', '.join(dependencies)}]\n"
    )


@st.composite
def written(draw: st.DrawFn) -> Written:
    """Repositories of which each uses those before it, and somebody's files that use them."""
    world: World = {}
    known: list[tuple[str, str]] = []

    def target() -> str:
        kind = draw(st.sampled_from(("pinned", "pinned", "pinned", "tag", "image", "local", "gone")))
        name = f"{draw(st.sampled_from(known))[0]}" if known else "o/none"
        if kind == "pinned" and known:
            name, commit = draw(st.sampled_from(known))
            return f"{name}{draw(st.sampled_from(('', '', '/sub')))}@{commit}"
        words = {"image": f"docker://{draw(st.sampled_from(IMAGES))}", "local": "./local", "gone": f"{name}@{'1' * 40}"}
        return words.get(kind, f"{name}@{draw(st.sampled_from(('v1', 'main', '1234567')))}")

    def step(indent: str) -> str:
        what = target()
        form = draw(
            st.sampled_from(("- uses: {}", "- uses: '{}'", "- {{uses: '{}'}}", "- name: a\n  uses: {} # v1", "- run: make"))
        )
        return "".join(f"{indent}{line}\n" for line in form.format(what).split("\n"))

    def steps(indent: str) -> str:
        return "".join(step(indent) for _ in range(draw(st.integers(1, 3))))

    def job(name: str) -> str:
        if draw(st.booleans()):
            pinned = [f"{one}/.github/workflows/w.yml@{commit}" for one, commit in known]
            what = draw(st.sampled_from((*pinned, "./.github/workflows/v.yml", "o/none/.github/workflows/w.yml@v2")))
            return f"  {name}:\n    uses: {what}\n"
        image, other = draw(st.sampled_from(IMAGES)), draw(st.sampled_from(IMAGES))
        where = draw(st.sampled_from(("", f"    container: {image}\n", f"    container:\n      image: {image}\n")))
        service = draw(st.sampled_from(("", f"    services:\n      db:\n        image: '{other}'\n")))
        return f"  {name}:\n    runs-on: x\n{where}{service}    steps:\n{steps('      ')}"

    def action() -> str:
        composite = f"runs:\n  using: composite\n  steps:\n{steps('    ')}"
        image = draw(st.sampled_from((f"docker://{draw(st.sampled_from(IMAGES))}", "Dockerfile")))
        return draw(st.sampled_from((
            composite, composite, f"runs:\n  using: docker\n  image: {image}\n", "runs:\n  using: node24\n  main: a.js\n",
        )))  # fmt: skip

    for number in range(draw(st.integers(1, 4))):
        name = f"o/r{number}"
        files = {"tests/w.yml": "jobs:\n  a:\n    container: registry.example/never:1\n", "requirements.txt": "never\n"}
        maybe: dict[str, Callable[[], str]] = {
            draw(st.sampled_from(("action.yml", "action.yaml"))): action, "sub/action.yml": action,
            ".github/workflows/w.yml": lambda: f"on: workflow_call\njobs:\n{''.join(job(one) for one in 'ab')}",
            ".github/workflows/v.yml": lambda: f"on: workflow_call\njobs:\n{job('c')}",
            ".pre-commit-hooks.yaml": lambda: hooks_of(draw),
            "Dockerfile": lambda: "".join(f"FROM {draw(st.sampled_from(IMAGES))}\n" for _ in range(draw(st.integers(1, 2)))),
        }  # fmt: skip
        files |= {path: make() for path, make in maybe.items() if draw(st.integers(0, 5))}
        commit = GitAnswers(told(files)).ids["only"]
        world[name, commit] = files
        known.append((name, commit))
    return Written(world, *of_user(draw, known))


def of_user(draw: st.DrawFn, known: list[tuple[str, str]]) -> tuple[dict[str, str], dict[tuple[str, int], Use]]:
    """The user's files, and what they use by the place of each."""
    name, commit = draw(st.sampled_from(known))
    other, its = draw(st.sampled_from(known))
    third, own = draw(st.sampled_from(known))
    sub = draw(st.sampled_from(("", "sub")))
    ids = draw(st.lists(st.sampled_from(("image", "built", "packages")), min_size=1, unique=True))
    ci = (
        f"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: {name}{'/' if sub else ''}{sub}@{commit}\n"
        f"  b:\n    uses: {other}/.github/workflows/w.yml@{its}\n"
    )
    hooks = f"repos:\n- repo: {HOST}/{third}\n  rev: {own}\n  hooks: [{', '.join(f'{{id: {one}}}' for one in ids)}]\n"
    files = {".github/workflows/ci.yml": ci, ".pre-commit-config.yaml": hooks}
    return files, {
        (".github/workflows/ci.yml", 6): Use("action", name, commit, sub),
        (".github/workflows/ci.yml", 8): Use("workflow", other, its, ".github/workflows/w.yml"),
        (".pre-commit-config.yaml", 3): Use("hooks", third, own, " ".join(ids)),
    }


def told(files: dict[str, str]) -> str:
    """A repository as fences say it."""
    lines = (f"file {path}\n" + "".join(f"  {line}\n" for line in text.splitlines()) for path, text in files.items())
    return f"commit only\n{''.join(lines)}ref HEAD only\nref refs/heads/main only\n"


_FOUND = re.compile(r"^(\S+?):(\d+):\d+: \w+: NET910 .*?: it asks for what is not pinned: (.*); take a version", re.MULTILINE)
_WAY = re.compile(r"([^\s→]+) \((\S+?):(\d+)\)(?:, →|$)")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, pytest.MonkeyPatch]]:
    with pytest.MonkeyPatch.context() as patched:
        folder = tmp_path_factory.mktemp("inside")
        user(folder / "home", Answers([]), patched)
        patched.setattr(inside, "_SHOWN", 1000)
        (folder / "repository").mkdir()
        patched.chdir(folder / "repository")
        yield folder / "repository", patched


@settings(max_examples=40, derandomize=True, suppress_health_check=list(HealthCheck))
@given(written())
def test_what_is_inside_is_what_a_naive_reader_finds(
    place: tuple[Any, pytest.MonkeyPatch], capsys: pytest.CaptureFixture[str], made: Written
) -> None:
    root, patched = place
    blocks = [Block("git", "answers", "", f"{HOST}/{name}", told(files), 0, 0) for (name, _), files in made.world.items()]
    patched.setattr(Client, "_transport_for", lambda *_: Answers(blocks))
    for path, text in made.files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    cli.main(["verify", "--isolated", f"--deep={DEEP}", "--select", "NET910", "--output-format", "concise", "--verbose", "."])
    out, err = capsys.readouterr()
    found = {
        (path, int(line)): {(where, int(number), what) for what, where, number in _WAY.findall(ways)}
        for path, line, ways in _FOUND.findall(out)
    }
    wanted = {at: followed(use, made.world) for at, use in made.uses.items()}
    assert found == {at: {(*one[:2], shown(one[2])) for one in loose} for at, (loose, _) in wanted.items() if loose}, out
    unread = {(path, int(line)) for path, line in re.findall(r"^ +(\.\S+?):(\d+) +NET910", err, re.MULTILINE)}
    assert unread == {at for at, (_, missing) in wanted.items() if missing}, err


def shown(what: str) -> str:
    """As a report calls it."""
    return re.sub(r"(?<=flask)(?=>)", "@", what)
