"""Constraints, YAML reading and lock digests against the real Helm SDK, over loopback alone."""

from __future__ import annotations

import functools
import http.server
import importlib
import os
import random
import re
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from pinlint.ecosystems.helm import names
from pinlint.formats import chart, helm2_requirements
from pinlint.model import Fact, Reference
from pinlint.semantics.chart_fields import fields, record
from pinlint.semantics.chart_lock import digest
from pinlint.syntax.yaml import Unparsable, documents
from pinlint.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Helm(NamedTuple):
    chart: Any
    registry: Any
    errors: Any


@pytest.fixture(scope="module")
def helm() -> Helm:
    try:
        return Helm(*(importlib.import_module(f"helm_python.{name}") for name in ("chart", "registry", "errors")))
    except ImportError:
        if os.environ.get("CI") == "true":
            pytest.fail("the Helm oracle needs helm-python-sdk")
        pytest.skip("helm-python-sdk is not installed")


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


# --- constraints


VERSIONS = [
    "1.2.3", "1.2.4", "1.3.0", "2.0.0", "0.0.0", "0.0.3", "0.0.4", "0.3.1", "0.4.0", "1.2.3-rc.1", "1.2.3-rc.2", "2.0.0-alpha",
    "1.0.0", "0.0.0-1", "1.2.3+b1", "10.20.30", "1.2.0", "v1.2.3",
]  # fmt: skip
HARD = [
    "", "*", "x", "X", "latest", "v1.2.3", "=v1.2.3", "1.2.3.4", "1.2.3-", "1.2.3 - 2", "^*", "~*", ">=*", "<=*", "!=*", ">*",
    "<*", "*-0", "~0.0.0", "^0", "^0.0", "^0.0.3", "1x", "1|2", "1||2", "1.2.3 ||", "|| 1", "1.2,", ",1.2", "1.2 , 1.3",
    "1.2 ,, 1", ">=1<2", ">=1 <2", "> =1", "=> 1", "=<1", "~>1.2", "~ 1.2", "1.02.3", "1.2.3-01", "1.2.3+", "1.2.3+a-b.c",
    "99999999999999999999", "1..2", "^ 1", "1.2.x", "1.x.3", "x.2.3", ">=1.2-0", "!=1.2", "!=1", "!=1.2.3", "1.2.3  1.2.3",
    "1.2.3\t", "\xa01.2.3", "\xe9", "==1.2.3", "1.2.3 -2", "V1.2.3", "1.2.3 - 1.3.0 || 2", ">1.2.3 - 2", "1.2.3-rc.1 - 2.0.0",
    "1.*", "1.2.*-0",
]  # fmt: skip


def constraints(seed: int, count: int) -> list[str]:
    draw = random.Random(seed)
    numbers, tails = ["0", "1", "2", "3", "x", "*", "X", "10"], ["", "", "", "", "-0", "-rc.1", "-alpha", "+b1", "-"]

    def term() -> str:
        parts = draw.choice(["", "", "", "v"]) + ".".join(
            draw.choice(numbers) for _ in range(draw.choice([1, 2, 3, 3, 3, 4 if draw.random() < 0.1 else 3]))
        )
        operator = draw.choice(["", "", "", "=", "!=", ">", "<", ">=", "<=", "=>", "=<", "~", "~>", "^"])
        return operator + draw.choice(["", "", " "]) + parts + draw.choice(tails)

    made = []
    for _ in range(count):
        text = term()
        while draw.random() < 0.35:
            text += draw.choice([" ", ", ", ",", " || ", "||", " - ", "  "]) + term()
        made.append(text)
    return HARD + made


def test_constraints_hold_as_helm_says(helm: Helm, tmp_path: Path) -> None:
    """`helm dependency list` says for an unpacked chart whether its version satisfies what is asked for."""
    asked = constraints(20261123, 1500)
    listed = "".join(f"- name: q\n  alias: a{i}\n  version: {quoted(text)}\n" for i, text in enumerate(asked))
    write(tmp_path, "Chart.yaml", "apiVersion: v2\nname: top\nversion: 0.1.0\ndependencies:\n" + listed)
    seen: Counter[str] = Counter()
    for version in VERSIONS:
        write(tmp_path, "charts/q/Chart.yaml", f"apiVersion: v2\nname: q\nversion: {quoted(version)}\n")
        answers = helm.chart.dependency_list(tmp_path)
        assert len(answers) == len(asked)
        for text, answer in zip(asked, answers, strict=True):
            cleaned = text.replace("\t", " ").replace("\u00a0", " ")
            if cleaned == version:
                continue  # Helm does not even look
            ours = (
                "invalid version"
                if names.constraint(cleaned) is None
                else "unpacked"
                if names.allows(cleaned, version)
                else "wrong version"
            )
            assert ours == answer["status"], (text, version)
            seen[ours] += 1
    assert min(seen.values()) > 1000, seen


def test_classes_follow_from_what_helm_admits() -> None:
    """A constraint classed as one version admits no two versions that differ; a floating one admits every release."""
    releases = [f"{a}.{b}.{c}" for a in range(4) for b in range(4) for c in range(4)] + ["10.0.0", "0.0.10"]
    seen: Counter[str] = Counter()
    for text in constraints(7, 1500):
        verdict = names.classify(text)
        admitted = [version for version in releases if names.allows(text, version)]
        seen[verdict] += 1
        if verdict == "version":
            assert len(admitted) <= 1, text
        elif verdict == "floating" and text:
            assert admitted == releases, text
        elif verdict == "":
            assert not admitted, text
    assert min(seen[verdict] for verdict in ("version", "range", "floating", "")) > 20, seen


# --- reading


SCALARS = [
    "1.10", "1.0", "1", "0x10", "010", "0o17", "0b11", "1_000", "1e3", "1.", ".5", "-1", "+1", "yes", "y", "on", "Off", "~",
    "null", "2001-12-14", "1:30", "123456.5", "1234567.5", "0.00001", "1.123456789", "123456789", "99999999999999999999",
    ".inf", "-.inf", ".nan", "=", "1.2.3", "^1.2", ">=1", "true", "NO", "'x'", '"a\\u2028b"', '"<&>"', "'ü€😀'", '"tab\\there"',
    "''", "0", "00", "0.0", "-0", "1e400", "0x", "0b2", "08", "1__2", '"a\\u00adb"', '"\\e[0m"', "1.5e3", "!!str\\u00201.10",
    '"\\u200b"', '"\\ufeff"', "v1", "@x", "9" * 399, "-" + "9" * 330, "1" + "0" * 30, "0" + "7" * 30, "0x" + "f" * 20,
    "0o" + "7" * 30,
]  # fmt: skip


def dependency(draw: random.Random, number: int) -> str:
    def scalar() -> str:
        text = draw.choice(SCALARS)
        return text.replace("\\u0020", " ") if not text.startswith(("'", '"')) else text

    lines = [f"name: n{number}"]
    lines.extend(f"{key}: {scalar()}" for key in ("version", "Version", "repository", "condition") if draw.random() < 0.6)
    if draw.random() < 0.3:
        lines.append(f"tags: [{', '.join(scalar() for _ in range(draw.randrange(4)))}]")
    if draw.random() < 0.3:
        lines.append(f"enabled: {draw.choice(['yes', 'no', 'true', 'False', 'on', '~'])}")
    if draw.random() < 0.4:
        values = [
            "data",
            "1",
            "1.5",
            "on",
            "{child: a.b, parent: '<c>&'}",
            "{z: 1, a: [x, ~], '1': no, B: é}",
            "~",
            "[]",
            "1e3",
            '"\\u2029"',
        ]
        lines.append(f"import-values: [{', '.join(draw.choice(values) for _ in range(draw.randrange(4)))}]")
    if draw.random() < 0.2:
        lines.append(draw.choice(["version: 9.9.9", "<<: {version: 3.3.3}", "unknown: [x]", "NAME: z"]))
    draw.shuffle(lines)
    return "- " + "\n  ".join(lines) + "\n"


def test_dependencies_are_read_as_helm_reads_them(helm: Helm, tmp_path: Path) -> None:
    draw = random.Random(4711)
    compared = unsure = 0
    for _ in range(1500):
        text = "apiVersion: v2\nname: top\nversion: 0.1.0\ndependencies:\n" + dependency(draw, 1)
        write(tmp_path, "Chart.yaml", text)
        try:
            with helm.chart.Chart.load(tmp_path) as loaded:
                theirs = loaded.metadata["dependencies"]
        except helm.errors.HelmError:
            theirs = None
        try:
            listed = documents(text)[0].get("dependencies")
        except Unparsable:
            assert theirs is None, text
            continue
        assert listed is not None
        ours = record(fields(listed.elements[0]))
        if ours is None:
            unsure += 1
        elif theirs is not None:  # what Helm refuses has no lock
            compared += 1
            assert digest([ours], []) == digest(theirs, []) or digest([cleaned(ours)], []) == digest(theirs, []), (
                text,
                ours,
                theirs,
            )
    assert compared > 1000, (compared, unsure)
    assert unsure < 300, (compared, unsure)


def cleaned(one: dict[str, object]) -> dict[str, object]:
    from pinlint.semantics.chart_lock import _cleaned

    return (_cleaned([one]) or [{}])[0]


# --- locks


@pytest.fixture(scope="module")
def repository(helm: Helm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A static chart repository on loopback with the charts red, green and blue."""
    folder = tmp_path_factory.mktemp("repository")
    for name in ("red", "green", "blue"):
        for version in ("1.2.3", "1.3.0", "2.0.0", "2.1.0-rc.1"):
            source = tmp_path_factory.mktemp("source")
            write(source, f"{name}/Chart.yaml", f"apiVersion: v2\nname: {name}\nversion: {version}\n")
            helm.chart.package(source / name, destination=folder)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    url = f"http://127.0.0.1:{server.server_address[1]}"
    helm.registry.repo_index_generate(folder, base_url=url)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield url
    server.shutdown()
    thread.join()
    server.server_close()


RANGES = ["'1.2.3'", "'^1.2'", "~1.2.0", "1.x.x", "'*'", "'>=1.2.3 <2'", "'>=1, <3'", "1.3", "v2.0.0", "'>=2.1.0-0'"]
EXTRAS = [
    ["condition: a.enabled", "condition: a.b,c.d", "condition: 'x<y&z>'", "condition: 'ü😀'"],
    ["tags: [front, 1.10, 'a&b', on]"],
    ["enabled: true"],
    [
        "import-values: [data]",
        "import-values:\n    - child: default.<data>\n      parent: 'my & data'\n    - zeta\n    - {parent: b, child: a}",
    ],
    ['import-values: ["\\u2028", é]', "import-values: []"],
]


def asked_for(draw: random.Random, url: str) -> str:
    """A list of one to four dependencies, some of them local, with every field now and then."""
    listed = "dependencies:\n"
    for number in range(draw.randrange(1, 5)):
        entry = [f"name: {draw.choice(['red', 'green', 'blue'])}", f"version: {draw.choice(RANGES)}", f"repository: {url}"]
        if draw.random() < 0.2:
            entry = ["name: local", f"version: {draw.choice(['0.1.0', quoted('>=0.0.1'), '0.x'])}", "repository: file://../local"]
        entry.append(f"alias: a{number}")
        entry.extend(draw.choice(extra) for extra in EXTRAS[:-1] if draw.random() < 0.2)
        if "import-values" not in "".join(entry) and draw.random() < 0.1:
            entry.append(draw.choice(EXTRAS[-1]))
        draw.shuffle(entry)
        listed += "- " + "\n  ".join(entry) + "\n"
    return listed


def judged(folder: Path, name: str) -> list[Reference | Fact]:
    tree = Tree(str(folder), list)
    module = chart if name == "Chart.yaml" else helm2_requirements
    return list(module.references(tree.read(name), tree))


def out_of_step(found: list[Reference | Fact]) -> bool:
    return any(isinstance(one, Fact) and one.kind == "stale-lock" for one in found)


def refused(helm: Helm, folder: Path) -> bool:
    try:
        helm.registry.dependency_build(folder)
    except helm.errors.HelmError as error:
        if "out of sync" not in str(error):
            raise
        return True
    return False


HEAD = {
    "Chart.yaml": "apiVersion: v2\nname: top\nversion: 0.1.0\n",
    "requirements.yaml": "apiVersion: v1\nname: top\nversion: 0.1.0\n",
}


@pytest.mark.parametrize("manifest", ["Chart.yaml", "requirements.yaml"])
def test_locks_agree_as_helm_says(helm: Helm, repository: str, tmp_path: Path, manifest: str) -> None:
    """A lock that Helm wrote settles every range; after an edit of either file, ours and Helm's answer are the same."""
    draw = random.Random(manifest)
    lock = "Chart.lock" if manifest == "Chart.yaml" else "requirements.lock"
    edits: Counter[bool] = Counter()
    for number in range(40):
        folder = tmp_path / str(number) / "top"
        write(folder, "../local/Chart.yaml", "apiVersion: v2\nname: local\nversion: 0.1.0\n")
        write(folder, "Chart.yaml", HEAD[manifest])
        text = asked_for(draw, repository)
        write(folder, manifest, (HEAD["Chart.yaml"] if manifest == "Chart.yaml" else "") + text)
        helm.registry.dependency_update(folder)
        found = judged(folder, manifest)
        assert not [one for one in found if isinstance(one, Fact)], (text, found)
        assert all(one.settled_by for one in found if isinstance(one, Reference) and one.verdict in ("range", "floating")), found
        for path in (folder / manifest, folder / lock):
            before = path.read_text("utf-8")
            edited = edit(draw, before)
            path.write_text(edited, "utf-8")
            stale = out_of_step(judged(folder, manifest))
            edits[stale] += 1
            assert stale == refused(helm, folder), (before, edited)
            path.write_text(before, "utf-8")
    assert edits[True] >= 20, edits
    assert edits[False] >= 5, edits


def edit(draw: random.Random, text: str) -> str:
    """One change that a person may make: of a version, a condition, a comment, the style of quotes, the digest."""
    head, key, listed = text.partition("dependencies:")
    versions = r"version: (['\"]?)(.*?)\1$"
    changes = [
        (head, re.sub(versions, "version: '1.2.3 || 1.x'", listed, count=1, flags=re.MULTILINE)),
        (head, re.sub(versions, "version: '1.3.0'", listed, count=1, flags=re.MULTILINE)),
        (head, re.sub(versions, r'version: "\2"  # \2', listed, count=1, flags=re.MULTILINE)),
        ("# a comment\n" + head, listed),
        (head, listed.replace("condition: a", "condition: b")),
        (head, listed.replace("name: red", "name: green")),
        (head, listed.replace("alias: a0", "alias: b0")),
        (head, listed.replace("digest: sha256:", "digest: sha256:0")),
        (head, listed.replace("repository: http", "repository:   http")),
        (head, listed.replace("tags: [front", "tags: ['front'")),
        (head, listed + ("" if "enabled" in listed or "digest" in listed else "  enabled: false\n")),
    ]
    new_head, new_list = draw.choice(changes)
    return new_head + key + new_list
