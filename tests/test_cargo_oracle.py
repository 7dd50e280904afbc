"""Cargo itself says which lock is stale and which requirement a version satisfies: generated workspaces, compared.

The registry is a folder of empty crates (a directory source), so nothing needs a network.
"""

from __future__ import annotations

import json
import random
import subprocess
from typing import TYPE_CHECKING

import pytest
from conftest import at_hand

from pinlint.ecosystems.cargo.names import requirement, version
from pinlint.engine import stream
from pinlint.formats import named
from pinlint.model import Fact
from pinlint.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

CRATES = {
    "alpha": ["0.1.0", "0.1.7", "0.2.0", "1.0.0", "1.2.3"],
    "beta-x": ["1.0.0", "2.0.0-rc.1"],
    "gamma": ["0.0.3"],
    "delta": ["3.1.4"],
}
REQUIREMENTS = {
    "alpha": ["0.1", "0.2", "1", "=1.0.0", "^1.1", "~0.1.2", ">=0.1, <0.2", "1.*", "*"],
    "beta-x": ["1", "2.0.0-rc.1", "=1.0.0"], "gamma": ["0.0.3", "=0.0.3", "0.0"], "delta": ["3", "3.1", ">3, <4"],
}  # fmt: skip


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of crates; each version says which crate it needs: alpha 1.* needs delta."""
    at_hand("cargo")
    folder = tmp_path_factory.mktemp("registry")
    for name, versions in CRATES.items():
        for number in versions:
            crate = folder / f"{name}-{number}"
            (crate / "src").mkdir(parents=True)
            (crate / "src/lib.rs").write_text("")
            below = '[dependencies]\ndelta = "3"\n' if name == "alpha" and number.startswith("1") else ""
            (crate / "Cargo.toml").write_text(f'[package]\nname = "{name}"\nversion = "{number}"\n{below}')
            (crate / ".cargo-checksum.json").write_text(json.dumps({"files": {}, "package": "5f" * 32}))
    return folder


Manifest = dict[str, dict[str, str]]


GROUPS = ("dependencies", "dev-dependencies", "target.'cfg(windows)'.dependencies")


def drawn(draw: random.Random) -> Manifest:
    """A dependency table for each group of a package; each crate stands in one of them, since of two versions of a crate Cargo may
    choose to make one."""
    made: Manifest = {group: {} for group in GROUPS}
    for name in draw.sample(sorted(CRATES), draw.choice((0, 1, 2, 3))):
        made[draw.choice(GROUPS)][name] = draw.choice(REQUIREMENTS[name])
    return made


def written(name: str, number: str, manifest: Manifest, draw: random.Random, *, inherits: bool = False) -> str:
    lines = [
        "[package]",
        f'name = "{name}"',
        "version.workspace = true" if inherits else f'version = "{number}"',
        'edition = "2021"',
    ]
    for group, below in manifest.items():
        lines.append(f"[{group}]")
        for crate, text in below.items():
            style = draw.randrange(4)
            if style == 0:
                lines.append(f'{crate} = {{ version = "{text}", optional = {"false" if "dev" in group else "true"} }}')
            elif style == 1:
                lines.append(f'renamed-{crate} = {{ package = "{crate}", version = "{text}" }}')
            else:
                lines.append(f'{crate} = "{text}"')
    return "\n".join(lines) + "\n"


def changed(manifest: Manifest, draw: random.Random) -> Manifest:
    """The tables after nothing or one change: a crate more, one less, another requirement."""
    made = {group: dict(below) for group, below in manifest.items()}
    below = made[draw.choice(sorted(made))]
    kind = draw.randrange(4)
    if kind == 1 and (missing := [name for name in CRATES if not any(name in one for one in made.values())]):
        name = draw.choice(missing)
        below[name] = draw.choice(REQUIREMENTS[name])
    elif kind == 2 and below:
        del below[draw.choice(sorted(below))]
    elif kind == 3 and below:
        name = draw.choice(sorted(below))
        below[name] = draw.choice(REQUIREMENTS[name])
    return made


def run(root: Path, *arguments: str) -> int:
    done = subprocess.run(["cargo", *arguments], cwd=root, capture_output=True, text=True, check=False)
    assert "replacement" not in done.stderr, done.stderr
    return done.returncode


def stale(root: Path) -> list[str]:
    """What is said of locks that are out of step."""
    paths = [path.relative_to(root).as_posix() for path in sorted(root.rglob("Cargo.toml"))]
    tree = Tree(str(root), lambda: paths)
    items = [item for path in paths for item in stream(tree.read(path), named("cargo_manifest"), tree)]
    return [item.detail for item in items if isinstance(item, Fact) and item.kind == "stale-lock"]


@pytest.mark.parametrize("seed", range(40))
def test_a_lock_is_stale_where_cargo_refuses_it(seed: int, registry: Path, tmp_path: Path) -> None:
    draw = random.Random(seed)
    (tmp_path / ".cargo").mkdir()
    (tmp_path / ".cargo/config.toml").write_text(
        f'[source.crates-io]\nreplace-with = "local"\n[source.local]\ndirectory = "{registry}"\n[net]\noffline = true\n'
    )
    members = {name: drawn(draw) for name in ("one", "two")[: draw.choice((1, 2, 2))]}
    shared = '[workspace]\nmembers = ["crates/*"]\nresolver = "2"\n[workspace.package]\nversion = "{}"\n'
    (tmp_path / "Cargo.toml").write_text(shared.format("0.3.0"))
    for name, manifest in members.items():
        (tmp_path / "crates" / name / "src").mkdir(parents=True)
        (tmp_path / "crates" / name / "src/lib.rs").write_text("")
        (tmp_path / "crates" / name / "Cargo.toml").write_text(written(name, "0.1.0", manifest, draw, inherits=name == "two"))
    if run(tmp_path, "generate-lockfile", "--offline") != 0:
        pytest.skip("these requirements contradict one another")
    assert stale(tmp_path) == []
    name, what = draw.choice(sorted(members)), draw.randrange(4)
    number = "0.1.1" if what == 1 else "0.1.0"
    (tmp_path / "Cargo.toml").write_text(shared.format("0.4.0" if what == 2 else "0.3.0"))
    changed_manifest = changed(members[name], draw) if what != 1 else members[name]
    (tmp_path / "crates" / name / "Cargo.toml").write_text(written(name, number, changed_manifest, draw, inherits=name == "two"))
    refused = run(tmp_path, "metadata", "--locked", "--offline", "--format-version", "1") != 0
    assert bool(stale(tmp_path)) == refused, (refused, stale(tmp_path))


@pytest.mark.parametrize("name", CRATES)
def test_requirements_allow_what_cargo_takes(name: str, registry: Path, tmp_path: Path) -> None:
    """The newest version that a requirement allows is the one that Cargo locks."""
    texts = [*REQUIREMENTS[name], "0", "0.1.0", "<1", "<=1.0.0", ">0.1", "~1", "~1.2", "^0", "1.2.*", "2", ">=2.0.0-rc.1", "<0.1"]
    (tmp_path / ".cargo").mkdir()
    (tmp_path / ".cargo/config.toml").write_text(
        f'[source.crates-io]\nreplace-with = "local"\n[source.local]\ndirectory = "{registry}"\n[net]\noffline = true\n'
    )
    (tmp_path / "src").mkdir()
    (tmp_path / "src/lib.rs").write_text("")
    for text in texts:
        (tmp_path / "Cargo.lock").unlink(missing_ok=True)
        (tmp_path / "Cargo.toml").write_text(f'[package]\nname = "a"\nversion = "0.1.0"\n[dependencies]\n{name} = "{text}"\n')
        found = run(tmp_path, "generate-lockfile", "--offline") == 0
        asked = requirement(text)
        assert asked is not None
        allowed = [number for number in CRATES[name] if (one := version(number)) and asked.allows(one)]
        assert bool(allowed) == found, text
        if found:
            assert (
                f'name = "{name}"\nversion = "{max(allowed, key=lambda one: version(one) or ())}"'
                in (tmp_path / "Cargo.lock").read_text()
            )
