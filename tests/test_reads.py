"""How often a file is opened, decoded, read by its format and parsed, by what a run does with it: nothing is done twice without a
reason."""

from __future__ import annotations

import contextlib
import json
import pkgutil
import sys
from collections import Counter
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from trees import root_at

import pinlint
from pinlint import engine, registries
from pinlint.cli import main
from pinlint.pins import Pin
from pinlint.question import Question
from pinlint.text import Document
from pinlint.tree import Tree

DIGEST = "sha256:" + "5f" * 32
LOCK = {
    "name": "a", "lockfileVersion": 3,
    "packages": {"": {"name": "a"}, "node_modules/b": {"version": "1.0.0", "resolved": "https://registry.example/b/-/b-1.0.0.tgz"}},
}  # fmt: skip
STEPS = "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: me/act@"
#: The file with something to fix, by its path.
OPEN = {
    "Dockerfile": "FROM python:3.12\nRUN true\n",
    ".github/workflows/ci.yml": f"{STEPS}v1\n",
    "requirements.txt": f"one==1 --hash={DIGEST}\ntwo==2\n",
    "package-lock.json": json.dumps(LOCK),
    "kustomization.yaml": "images:\n  - name: web\n    newName: docker.io/me/web\n    newTag: v1\n",
    "pom.xml": "<project><groupId>a</groupId><artifactId>b</artifactId><version>1</version><dependencies><dependency>"
    "<groupId>c</groupId><artifactId>d</artifactId><version>[1,2)</version></dependency></dependencies></project>",
    "Chart.yaml": "apiVersion: v2\nname: a\nversion: 1.0.0\ndependencies:\n- name: b\n  version: ^1\n  repository: https://charts.example\n",
}  # fmt: skip
#: The same with nothing to fix.
CLEAN = {
    "Dockerfile": f"FROM python:3.12@{DIGEST}\nRUN true\n",
    ".github/workflows/ci.yml": f"{STEPS}{'5f' * 20} # v1\n",
    "requirements.txt": f"one==1 --hash={DIGEST}\ntwo==2 --hash={DIGEST}\n",
}
#: What takes a text apart, by the syntax.
PARSERS = {
    "dockerfile": ("instructions",), "composing": ("compose",), "requirements": ("lines",), "json": ("load", "locate"),
    "xml": ("parse",),
}  # fmt: skip


_WRITTEN = {"git": "5f" * 20, "action": "5f" * 20, "npm": "sha512-" + "A" * 86 + "==", "helm": "", "maven": ""}


class _Registries:
    """All that there are: they know everything."""

    def __init__(self) -> None:
        self.client = contextlib.ExitStack()

    def resolve(self, asked: Question) -> Pin:
        digest = _WRITTEN.get(asked.kind, DIGEST)
        return Pin("1.2.3" if asked.loose else asked.version, (digest,) if digest else (), "")


class Seen(NamedTuple):
    """How often a file was opened, decoded, read by its format, and parsed as a whole."""

    opened: int
    decoded: int
    read: int
    parsed: int


@pytest.fixture
def counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str, str], Seen]:
    count: Counter[str] = Counter()
    of, whole = [""], [0]

    def counting(what: str, real: Callable[..., Any], path_of: Callable[..., str]) -> Callable[..., Any]:
        def called(*given: Any, **named: Any) -> Any:
            count[what] += path_of(*given) == of[0]
            return real(*given, **named)

        return called

    monkeypatch.setattr(Tree, "bytes", counting("opened", Tree.bytes, lambda _, path: path))
    monkeypatch.setattr(Document, "__init__", counting("decoded", Document.__init__, lambda _, path, *rest: path))
    monkeypatch.setattr(registries, "Registries", _Registries)
    for found in pkgutil.walk_packages(pinlint.__path__, "pinlint."):
        if not found.name.endswith("__main__"):
            import_module(found.name)  # what is imported later would keep what counts for this test
    for name in ("dockerfile", "github_workflow", "requirements", "npm_lock", "kustomize", "pom", "chart"):
        module = import_module(f"pinlint.formats.{name}")
        monkeypatch.setattr(module, "references", counting("read", module.references, lambda document, _: document.path))
    for name, functions in PARSERS.items():
        module = import_module(f"pinlint.syntax.{name}")
        for function in functions:
            real = getattr(module, function)
            made = counting("parsed", real, lambda text, *_: of[0] if len(text) >= whole[0] else "")
            for other in [one for key, one in sys.modules.items() if key.startswith("pinlint.")]:
                for key in [key for key, value in vars(other).items() if value is real]:
                    monkeypatch.setattr(other, key, made)

    def run(path: str, text: str, option: str) -> Seen:
        root_at(tmp_path)
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
        (tmp_path / "pinlint.toml").write_text('[require]\nmaven = "version"\n')
        monkeypatch.chdir(tmp_path)
        of[0], whole[0] = path, len(text)
        engine._reader.cache_clear()
        main([*([] if option == "lint" else [option, "--unsafe-fixes"]), "--quiet", "--no-progress", path])
        return Seen(*(count[what] for what in ("opened", "decoded", "read", "parsed")))

    return run


#: By file and option. With something to fix a file is read once more for the proof, and once more when it was written. The search
#: for commands opens Dockerfiles and workflows, too; a kustomization is asked for what it replaces.
READS = {
    ("Dockerfile", "lint"): Seen(1, 1, 1, 2),
    ("Dockerfile", "--diff"): Seen(2, 2, 2, 4),
    ("Dockerfile", "--fix"): Seen(3, 3, 3, 6),
    (".github/workflows/ci.yml", "lint"): Seen(1, 1, 1, 1),
    (".github/workflows/ci.yml", "--diff"): Seen(2, 2, 2, 2),
    (".github/workflows/ci.yml", "--fix"): Seen(3, 3, 3, 3),
    ("requirements.txt", "lint"): Seen(1, 1, 1, 2),
    ("requirements.txt", "--diff"): Seen(1, 2, 2, 5),
    ("requirements.txt", "--fix"): Seen(2, 3, 3, 7),
    ("package-lock.json", "lint"): Seen(1, 1, 1, 2),
    ("package-lock.json", "--diff"): Seen(1, 2, 2, 5),
    ("package-lock.json", "--fix"): Seen(2, 3, 3, 6),
    ("kustomization.yaml", "lint"): Seen(2, 2, 1, 2),
    ("kustomization.yaml", "--diff"): Seen(4, 4, 2, 4),
    ("kustomization.yaml", "--fix"): Seen(6, 6, 3, 6),
    ("pom.xml", "lint"): Seen(1, 1, 1, 1),
    ("pom.xml", "--diff"): Seen(1, 2, 2, 2),
    ("pom.xml", "--fix"): Seen(2, 3, 3, 3),
    ("Chart.yaml", "lint"): Seen(1, 1, 1, 1),
    ("Chart.yaml", "--diff"): Seen(1, 1, 2, 6),
    ("Chart.yaml", "--fix"): Seen(2, 2, 3, 8),
}


@pytest.mark.parametrize(("path", "option"), READS, ids=lambda one: one)
def test_nothing_is_read_twice_without_a_reason(path: str, option: str, counted: Callable[[str, str, str], Seen]) -> None:
    """Whatever is done with a file is done with what was read the first time."""
    assert counted(path, OPEN[path], option) == READS[path, option]


@pytest.mark.parametrize("option", ["lint", "--diff", "--fix"])
@pytest.mark.parametrize("path", CLEAN)
def test_what_is_in_order_is_read_once(path: str, option: str, counted: Callable[[str, str, str], Seen]) -> None:
    seen = counted(path, CLEAN[path], option)
    assert seen == Seen(1, 1, 1, 1 if path.endswith(".yml") else 2)
