"""Python's package managers are the judges of their own locks: each says of generated manifests which are the same to it, uv
whether a lock still fits."""

from __future__ import annotations

import copy
import json
import os
import random
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from conftest import need

from pinlint.semantics import pdm_locks, pipfile_locks, poetry_locks, uv_locks

PYTHON = Path(__file__).parent.parent / ".cache/venv-oracles/bin/python"
HASHES = {
    "poetry": """
from poetry.factory import Factory
told = lambda folder: Factory().create_poetry(folder).locker._get_content_hash()
""",
    "pdm": """
from pdm.core import Core
told = lambda folder: Core().create_project(folder).pyproject.content_hash()
""",
    "pipenv": """
from pipenv.project import Project
def told(folder):
    os.chdir("/")
    os.environ["PIPENV_PIPFILE"] = str(folder / "Pipfile")
    return Project().pipfile.calculate_hash()
""",
}
ASK = """
import json, os, sys, tempfile
from pathlib import Path
{}
found = []
for text in json.load(sys.stdin):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "{}").write_text(text, encoding="utf-8")
        try:
            found.append(told(Path(folder)))
        except Exception:
            found.append(None)
print(json.dumps(found))
"""
NAMES = ("six", "Idna", "attrs", "typing_extensions", "zope.interface")
RANGES = ("", ">=1", ">=1,<3", "==1.2.*", "~=1.4", "==1.0")
MARKERS = ("", "; python_version < '3.13'", '; sys_platform == "win32"')


def hashes(tool: str, file: str, manifests: list[dict[str, Any]]) -> list[str | None]:
    """What a tool would write into the lock of each manifest; None for one that it refuses."""
    if not PYTHON.exists():
        if os.environ.get("CI") == "true":
            pytest.fail("Poetry, PDM and pipenv are missing: .ci/oracles installs them")
        pytest.skip("Poetry, PDM and pipenv are missing: .ci/oracles installs them")
    sent = json.dumps([tomlkit.dumps(one) for one in manifests])
    done = subprocess.run(
        [str(PYTHON), "-c", ASK.format(HASHES[tool], file)], input=sent, capture_output=True, text=True, check=False, timeout=300,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PIPENV_IGNORE_VIRTUALENVS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: list[str | None] = json.loads(done.stdout.splitlines()[-1])
    return found


def requirements(draw: random.Random) -> list[str]:
    return [f"{name}{draw.choice(RANGES)}{draw.choice(MARKERS)}" for name in draw.sample(NAMES, draw.randrange(1, 4))]


def standard(draw: random.Random) -> dict[str, Any]:
    project = {"name": "a", "version": "1.0", "requires-python": ">=3.11", "dependencies": requirements(draw)}
    made: dict[str, Any] = {"project": project}
    if draw.random() < 0.5:
        made["project"]["optional-dependencies"] = {draw.choice(("x", "X_y")): requirements(draw)}
    if draw.random() < 0.5:
        made["dependency-groups"] = {draw.choice(("dev", "Dev_Group")): requirements(draw), "lint": ["six"]}
    return made


def for_poetry(draw: random.Random) -> dict[str, Any]:
    if draw.random() < 0.5:
        made = standard(draw)
        made["tool"] = {"poetry": {"requires-poetry": ">=2.0"}}
        return made
    ranges = ("^1", "*", {"version": "^1", "optional": True}, {"git": "https://git.example/a.git", "tag": "v1"})
    table: dict[str, Any] = {"name": "a", "version": "1.0", "description": "", "authors": [], "dependencies": {"python": "^3.11"}}
    table["dependencies"].update({name: draw.choice(ranges) for name in draw.sample(NAMES, 2)})
    for key in draw.sample(("dev-dependencies", "group", "source", "packages"), 2):
        table[key] = {
            "dev-dependencies": {"six": "^1"}, "group": {"test": {"dependencies": {"six": draw.choice(ranges[:2])}}},
            "source": [{"name": "own", "url": "https://registry.example/simple", "priority": "explicit"}], "packages": [],
        }[key]  # fmt: skip
    return {"tool": {"poetry": table}}


def for_pdm(draw: random.Random) -> dict[str, Any]:
    made = standard(draw)
    pdm: dict[str, Any] = {}
    if draw.random() < 0.5:
        pdm["dev-dependencies"] = {draw.choice(("dev", "test")): requirements(draw)}
    if draw.random() < 0.5:
        pdm["source"] = [{"name": "own", "url": "https://registry.example/simple", "verify_ssl": True}]
    if draw.random() < 0.5:
        pdm["resolution"] = draw.choice(({"respect-source-order": True}, {"overrides": {"six": "1.16"}}))
    made["tool"] = {"pdm": {**pdm, "version": {"source": "scm"}}}
    return made


def for_pipenv(draw: random.Random) -> dict[str, Any]:
    ranges = ("*", "==1.2", {"version": ">=1", "extras": ["x"]}, {"git": "https://git.example/a.git", "ref": "v1"})
    made: dict[str, Any] = {
        "source": [{"url": "https://registry.example/simple", "verify_ssl": True, "name": "own"}],
        "packages": {name: draw.choice(ranges) for name in draw.sample(NAMES, 2)},
        "dev-packages": {"six": draw.choice(ranges)},
    }
    for key in draw.sample(("requires", "scripts", "docs", "pipenv"), 2):
        made[key] = {
            "requires": {"python_version": "3.11"}, "scripts": {"a": "b"}, "docs": {"sphinx": "*"},
            "pipenv": {"allow_prereleases": True},
        }[key]  # fmt: skip
    return made


def changed(manifest: dict[str, Any], fresh: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    """The manifest with something of another one, or something that matters to nobody."""
    made = copy.deepcopy(manifest)
    one, other = made, fresh
    while draw.random() < 0.6:
        below = [key for key in one if isinstance(one[key], dict) and isinstance(other.get(key), dict)]
        if not below:
            break
        key = draw.choice(sorted(below))
        one, other = one[key], other[key]
    key = draw.choice(sorted({*one, *other} - {"name", "version"}) or ["name"])
    if key in other and draw.random() < 0.8:
        one[key] = copy.deepcopy(other[key])
    elif key in one and key not in ("project", "tool", "poetry", "dependencies"):
        del one[key]
    return made


#: By tool: its manifest, how one is made, who compares, and a lock with its hash.
TOOLS: dict[str, tuple[str, Callable[[random.Random], dict[str, Any]], Any, Callable[[str], dict[str, Any]]]] = {
    "poetry": ("pyproject.toml", for_poetry, poetry_locks,
               lambda told: {"metadata": {"lock-version": "2.1", "content-hash": told}}),
    "pdm": ("pyproject.toml", for_pdm, pdm_locks,
            lambda told: {"metadata": {"lock_version": "4.5.0", "content_hash": f"sha256:{told}"}}),
    "pipenv": ("Pipfile", for_pipenv, pipfile_locks, lambda told: {"_meta": {"pipfile-spec": 6, "hash": {"sha256": told}}}),
}  # fmt: skip


@pytest.mark.parametrize("tool", TOOLS)
def test_a_lock_is_stale_where_its_tool_would_write_another_hash(tool: str) -> None:
    """But where an older version of the tool, which knew no dependency groups, would have written the same."""
    file, made, module, lock = TOOLS[tool]
    draw = random.Random(20261130)
    before = [made(draw) for _ in range(60)]
    after = [changed(one, made(draw), draw) for one in before]
    told, anew = hashes(tool, file, before), hashes(tool, file, after)
    seen = {False: 0, True: 0}
    for one, other, was, now in zip(before, after, told, anew, strict=True):
        if was is None or now is None:
            continue
        compared = module.compared(lock(was))
        assert module.disagreements(compared, tomlkit.parse(tomlkit.dumps(one)).unwrap(), "") == [], one
        mine = bool(module.disagreements(compared, tomlkit.parse(tomlkit.dumps(other)).unwrap(), ""))
        assert not mine or was != now, (one, other)
        seen[mine] += 1
        assert mine or was == now or one.get("dependency-groups") != other.get("dependency-groups"), (one, other)
    assert sum(seen.values()) > 40
    assert min(seen.values()) > 3


# --- uv ----------------------------------------------------------------------------------------------------------------------

UV_RANGES = ("", ">=1", ">=1,<3", "~=1.4")


def for_uv(draw: random.Random) -> dict[str, Any]:
    def asked() -> list[str]:
        names = [re.sub("[._]", "-", name.lower()) for name in draw.sample(NAMES, 2)]
        return [f"{name}{draw.choice(UV_RANGES)}" for name in names]

    made: dict[str, Any] = {"project": {"name": "a", "version": "1.0", "requires-python": ">=3.11", "dependencies": asked()}}
    if draw.random() < 0.5:
        made["project"]["optional-dependencies"] = {"x": asked()}
    if draw.random() < 0.5:
        made["dependency-groups"] = {"dev": asked()}
    return made


def locked_by_uv(manifest: dict[str, Any]) -> dict[str, Any]:
    """The lock that uv would write, if every project had one release and needed nothing."""
    project = manifest["project"]
    extras, groups = project.get("optional-dependencies", {}), manifest.get("dependency-groups", {})

    def edge(text: str) -> str:
        return text.partition("=")[0].rstrip("><~=!")

    def wanted(texts: list[str], marker: str = "") -> list[dict[str, Any]]:
        made = []
        for text in texts:
            name = edge(text)
            one: dict[str, Any] = {"name": name}
            if marker:
                one["marker"] = marker
            if text != name:
                one["specifier"] = text[len(name) :]
            made.append(one)
        return sorted(made, key=lambda one: str(one["name"]))

    own: dict[str, Any] = {
        "name": "a", "version": "1.0", "source": {"virtual": "."},
        "dependencies": [{"name": name} for name in sorted(map(edge, project["dependencies"]))],
    }  # fmt: skip
    if extras:
        own["optional-dependencies"] = {"x": [{"name": name} for name in sorted(map(edge, extras["x"]))]}
    if groups:
        own["dev-dependencies"] = {"dev": [{"name": name} for name in sorted(map(edge, groups["dev"]))]}
    metadata: dict[str, Any] = {"requires-dist": wanted(project["dependencies"]) + wanted(extras.get("x", []), "extra == 'x'")}
    metadata["requires-dist"].sort(key=lambda one: str(one["name"]))
    if extras:
        metadata["provides-extras"] = ["x"]
    if groups:
        metadata["requires-dev"] = {"dev": wanted(groups["dev"])}
    own["metadata"] = metadata
    names = {edge(text) for texts in (project["dependencies"], *extras.values(), *groups.values()) for text in texts}
    wheel = "https://registry.example/files/{0}-1.5-py3-none-any.whl"
    packages = [
        {
            "name": name, "version": "1.5", "source": {"registry": "https://registry.example/simple"},
            "wheels": [{"url": wheel.format(name.replace("-", "_")), "hash": f"sha256:{'0' * 64}"}],
        }
        for name in names
    ]  # fmt: skip
    return {
        "version": 1,
        "revision": 3,
        "requires-python": ">=3.11",
        "package": sorted([*packages, own], key=lambda one: str(one["name"])),
    }


def test_a_lock_is_stale_where_uv_says_so(tmp_path: Path) -> None:
    need("uv")
    draw = random.Random(20261130)
    seen = {False: 0, True: 0}
    for _ in range(40):
        before = for_uv(draw)
        after = changed(before, for_uv(draw), draw) if draw.random() < 0.8 else before
        after.setdefault("tool", {})["uv"] = {
            "package": False,
            "index": [{"url": "https://registry.example/simple", "default": True}],
        }
        lock = locked_by_uv(before)
        (tmp_path / "pyproject.toml").write_text(tomlkit.dumps(after))
        (tmp_path / "uv.lock").write_text(tomlkit.dumps(lock))
        done = subprocess.run(
            [str(shutil.which("uv")), "lock", "--check", "--offline", "--no-config", "--no-python-downloads"], cwd=tmp_path,
            capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)}, timeout=60,
        )  # fmt: skip
        manifest = tomlkit.parse(tomlkit.dumps(after)).unwrap()
        found = uv_locks.disagreements(uv_locks.compared(tomlkit.parse(tomlkit.dumps(lock)).unwrap()), manifest, "")
        assert bool(found) == (done.returncode != 0), (before, after, found, done.stderr)
        seen[bool(found)] += 1
    assert min(seen.values()) > 5
