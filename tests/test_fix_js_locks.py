"""`--fix` on the locks of yarn 1, pnpm and bun. Each tool is the judge: it wrote the lock that fixing has to bring back, installs
from it, and refuses one with another sum."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import need
from servers.verdaccio import Verdaccio, running, sri
from test_fix_npm import environment, fix

MODULES = Path(__file__).parent.parent / ".cache/oracles/npm/node_modules"
BUN = MODULES / f"@oven/bun-linux-{'aarch64' if platform.machine() == 'aarch64' else 'x64-baseline'}/bin/bun"
CRLF = str.maketrans({"\n": "\r\n"})


class Tool(NamedTuple):
    """A program, how it writes a lock and installs from one strictly, which lock, and how an integrity comes out of that and
    becomes another one."""

    program: tuple[str, ...]
    lock: str
    write: tuple[str, ...]
    install: tuple[str, ...]
    stripped: tuple[str, str]


TOOLS = {
    "yarn": Tool(("node", str(MODULES / "yarn/bin/yarn.js")), "yarn.lock", ("install", "--ignore-scripts"),
                 ("install", "--frozen-lockfile", "--ignore-scripts"), (r"\r?\n  integrity sha512-\S+", "")),
    "pnpm": Tool(("node", str(MODULES / "pnpm/bin/pnpm.cjs")), "pnpm-lock.yaml", ("install", "--lockfile-only"),
                 ("install", "--frozen-lockfile", "--ignore-scripts", "--fetch-retries=0"), (r"integrity: sha512-[^},]+", "")),
    "bun": Tool((str(BUN),), "bun.lock", ("install", "--lockfile-only"), ("install", "--frozen-lockfile", "--ignore-scripts"),
                (r'"sha512-[^"]+"', '""')),
}  # fmt: skip


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Verdaccio]:
    """A registry with a few packages that need one another, in two versions of one of them."""
    with running(tmp_path_factory.mktemp("verdaccio")) as one:
        one.publish("leaf", "1.0.0")
        one.publish("leaf", "2.0.0")
        one.publish("@acme/stem", "1.2.3", dependencies={"leaf": "1.0.0"})
        one.publish("tree", "0.1.0", dependencies={"@acme/stem": "^1.0.0", "leaf": "^2.0.0"})
        yield one


def run(tool: Tool, folder: Path, user: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    need("node")
    if not Path(tool.program[-1]).exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{tool.program[-1]} is missing: .ci/oracles installs it")
        pytest.skip(f"{tool.program[-1]} is missing: .ci/oracles installs it")
    command = [*tool.program, *arguments]
    return subprocess.run(command, cwd=folder, env=user, capture_output=True, text=True, timeout=120, check=False)


def fresh(name: str, registry: Verdaccio, home: Path) -> dict[str, str]:
    """A user whose tools have nothing in their caches, of which some would not fetch again what they know."""
    user = environment(home, registry.url)
    return {**user, "CI": "true", "YARN_CACHE_FOLDER": str(home / "yarn"), "XDG_CACHE_HOME": str(home), "XDG_DATA_HOME": str(home),
            "BUN_INSTALL_CACHE_DIR": str(home / "bun"), "npm_config_store_dir": str(home / name)}  # fmt: skip


@pytest.mark.parametrize("name", TOOLS)
def test_the_integrity_that_a_lock_lacks_is_the_one_that_its_tool_wrote(name: str, registry: Verdaccio, tmp_path: Path) -> None:
    tool, folder = TOOLS[name], tmp_path / "shop"
    folder.mkdir()
    dependencies = {"tree": "^0.1.0", "other": "npm:leaf@1.0.0", "leaf": "2.0.0"}
    (folder / "package.json").write_text(json.dumps({"name": "shop", "private": True, "dependencies": dependencies}))
    made = run(tool, folder, fresh(name, registry, tmp_path / "first"), *tool.write)
    assert made.returncode == 0, made.stderr
    lock = folder / tool.lock
    right = lock.read_text()
    for text in (right, right.translate(CRLF)):
        stripped = re.sub(*tool.stripped, text)
        assert "sha512" not in stripped
        lock.write_bytes(stripped.encode())
        done = fix(folder, fresh(name, registry, tmp_path / "second"))
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        assert lock.read_bytes() == text.encode()
    lock.write_text(right)
    taken = run(tool, folder, fresh(name, registry, tmp_path / "third"), *tool.install)
    assert taken.returncode == 0, taken.stdout + taken.stderr
    assert json.loads((folder / "node_modules/tree/package.json").read_text())["version"] == "0.1.0"
    assert lock.read_text() == right
    (found,) = re.findall(r"tree.{0,150}?(sha512-[\w+/=]+)", right, re.DOTALL)[:1]
    lock.write_text(right.replace(found, sri("sha512", b"tampered")))
    subprocess.run(["rm", "-rf", str(folder / "node_modules")], check=True)
    refused = run(tool, folder, fresh(name, registry, tmp_path / "fourth"), *tool.install)
    assert refused.returncode != 0
    assert re.search("integrity", refused.stdout + refused.stderr, re.IGNORECASE)
