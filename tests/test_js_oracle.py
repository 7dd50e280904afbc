"""The tools of JavaScript are the judges: their readers of what a lock holds, their strict installs of whether it fits."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import need
from fuzz import damaged

from pinlint.formats import pnpm_lock, yarn_lock
from pinlint.model import Fact
from pinlint.syntax import plain_yaml, syml
from pinlint.text import Unparsable
from pinlint.tree import Tree

ROOT = Path(__file__).parent.parent
MODULES = ROOT / ".cache/oracles/npm/node_modules"
SRI = "sha512-" + "A" * 86 + "=="
RANGES = ("^1.0.0", "~1.0.0", "1.0.0", "latest", ">=1.0.0 <2.0.0")


def node(script: str, question: object) -> Any:
    """What `script` prints of the question, with the tools' own modules at hand."""
    need("node")
    if not (MODULES / "@yarnpkg/lockfile").is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail("the packages of tests/npm are missing: .ci/oracles installs them")
        pytest.skip("the packages of tests/npm are missing: .ci/oracles installs them")
    head = f"const load = name => require({str(MODULES)!r} + '/' + name); const ask = JSON.parse(require('fs').readFileSync(0));"
    run = subprocess.run(["node", "-e", head + script], input=json.dumps(question), capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


# --- what a lock holds -------------------------------------------------------------------------------------------------------


def samples(pattern: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted((ROOT / "fixtures").glob(pattern)) if path.stat().st_size > 40]


def damages(found: list[bytes], count: int) -> list[str]:
    draw = random.Random(20261130)
    texts = [damaged(draw.choice(found), found, draw).decode("utf-8", "replace") for _ in range(count)]
    return [text for text in texts if not re.search("[\x85\u2028\u2029]", text)]  # line ends to PyYAML, characters to js-yaml


def without_prose(value: Any) -> Any:
    """Texts of many lines are passed over, and nothing is an empty text."""
    if isinstance(value, dict):
        return {key: "" if key == "deprecated" else without_prose(inner) for key, inner in value.items()}
    return [without_prose(one) for one in value] if isinstance(value, list) else "" if value is None else value


def test_yaml_that_is_read_line_by_line_holds_what_js_yaml_finds_in_it() -> None:
    locks = [*samples("pnpm_lock/**/pnpm-lock.yaml"), *samples("yarn_lock/*berry/yarn.lock")]
    read: list[tuple[str, Any]] = []
    for text in [*(lock.decode() for lock in locks), *damages(locks, 6000)]:
        try:
            read.append((text, plain_yaml._Reading(frozenset(), {}).read(text)))
        except plain_yaml._Odd:
            continue
    script = """
      const yaml = load('js-yaml')
      console.log(JSON.stringify(ask.map(text => {
        try {
          const found = []
          yaml.loadAll(text, one => found.push(one), { schema: yaml.FAILSAFE_SCHEMA, json: true })
          return found
        } catch (error) { return null }
      })))"""
    theirs = node(script, [text for text, _ in read])
    accepted = [(mine, found) for (_, mine), found in zip(read, theirs, strict=True) if found is not None]
    assert len(accepted) > 1000
    for mine, found in accepted:
        assert [without_prose(one) for one in mine if one] == [without_prose(one) for one in found if one]


def test_a_lock_of_yarn_1_holds_what_yarn_finds_in_it() -> None:
    """What is refused here need not be asked about: yarn's reader never comes back from a text that is not closed."""
    locks = samples("yarn_lock/*classic/yarn.lock")
    read: list[tuple[str, Any]] = []
    for text in [*(lock.decode() for lock in locks), *(f"{one}\n" for one in damages(locks, 6000))]:
        try:
            read.append((text, syml.load(text)))
        except Unparsable:
            continue
    script = """
      const { parse } = load('@yarnpkg/lockfile')
      console.log(JSON.stringify(ask.map(text => { try { return parse(text).object } catch (error) { return null } })))"""
    theirs = node(script, [text for text, _ in read])
    accepted = [(text, mine, found) for (text, mine), found in zip(read, theirs, strict=True) if found is not None]
    assert len(accepted) > 500
    for text, mine, found in accepted:
        assert json.dumps(as_texts(found)) == json.dumps(mine), text


def as_texts(value: Any) -> Any:
    """Numbers and truth values as they are written."""
    if isinstance(value, dict):
        return {key: as_texts(inner) for key, inner in value.items()}
    return value if isinstance(value, str) else json.dumps(value)


# --- whether it fits ---------------------------------------------------------------------------------------------------------


def a_manifest(draw: random.Random) -> dict[str, Any]:
    names = draw.sample("abcdef", draw.randint(1, 4))
    made: dict[str, Any] = {"name": "top", "version": "1.0.0", "private": True}
    for name in names:
        group = draw.choice(("dependencies", "dependencies", "devDependencies", "optionalDependencies"))
        made.setdefault(group, {})[name] = draw.choice(RANGES)
    return made


def changed(manifest: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    """The manifest as it is, or with one change."""
    made: dict[str, Any] = json.loads(json.dumps(manifest))
    groups = [group for group in ("dependencies", "devDependencies", "optionalDependencies") if made.get(group)]
    group = draw.choice(groups)
    name = draw.choice(sorted(made[group]))
    kind = draw.randrange(6)
    if kind == 0:
        made[group]["g"] = "^1.0.0"
    elif kind == 1:
        del made[group][name]
    elif kind == 2:
        made[group][name] = draw.choice(RANGES)
    elif kind == 3:
        made.setdefault(draw.choice(("dependencies", "devDependencies", "optionalDependencies")), {})[name] = made[group].pop(name)
    elif kind == 4:
        made["description"] = "nothing that matters"
    return made


def asked(manifest: dict[str, Any]) -> list[tuple[str, str, str]]:
    groups = ("dependencies", "devDependencies", "optionalDependencies")
    return sorted((name, spec, group) for group in groups for name, spec in manifest.get(group, {}).items())


def of_classic(manifest: dict[str, Any]) -> str:
    entries = []
    for name, spec, _ in asked(manifest):
        pattern = f'"{name}@{spec}"' if " " in spec else f"{name}@{spec}"
        entries.append(f'{pattern}:\n  version "1.0.0"\n  resolved "https://registry.example/{name}.tgz"\n  integrity {SRI}\n')
    return "# yarn lockfile v1\n\n\n" + "\n".join(entries)


def of_berry(manifest: dict[str, Any]) -> str:
    head = '# This file is generated by running "yarn install" inside your project.\n'
    head += "# Manual changes might be lost - proceed with caution!\n\n__metadata:\n  version: 10\n  cacheKey: 10c0\n\n"
    entries = {
        f"{name}@npm:{spec}": f'  version: 1.0.0\n  resolution: "{name}@npm:1.0.0"\n  checksum: 10c0/{"0" * 128}\n'
        "  languageName: node\n  linkType: hard\n"
        for name, spec, _ in asked(manifest)
    }
    wanted = "".join(f'    {name}: "npm:{spec}"\n' for name, spec, _ in asked(manifest))
    optional = "".join(f"    {name}:\n      optional: true\n" for name, _, group in asked(manifest) if group.startswith("optional"))
    entries["top@workspace:."] = (
        '  version: 0.0.0-use.local\n  resolution: "top@workspace:."\n'
        + (f"  dependencies:\n{wanted}" if wanted else "")
        + (f"  dependenciesMeta:\n{optional}" if optional else "")
        + "  languageName: unknown\n  linkType: soft\n"
    )
    return head + "\n".join(f'"{key}":\n{entries[key]}' for key in sorted(entries))


def of_pnpm(manifest: dict[str, Any]) -> str:
    text = "lockfileVersion: '9.0'\n\nsettings:\n  autoInstallPeers: true\n  excludeLinksFromLockfile: false\n\nimporters:\n\n  .:"
    for group in ("dependencies", "devDependencies", "optionalDependencies"):
        found = [(name, spec) for name, spec, where in asked(manifest) if where == group]
        text += f"\n    {group}:" if found else ""
        for name, spec in found:
            text += f"\n      {name}:\n        specifier: {json.dumps(spec)}\n        version: 1.0.0"
    text += "" if asked(manifest) else " {}"
    packages = "".join(f"  {name}@1.0.0:\n    resolution: {{integrity: {SRI}}}\n\n" for name, _, _ in asked(manifest))
    snapshots = "".join(
        f"  {name}@1.0.0:" + ("\n    optional: true\n\n" if group == "optionalDependencies" else " {}\n\n")
        for name, _, group in asked(manifest)
    )
    return f"{text}\n\npackages:\n\n{packages}snapshots:\n\n{snapshots}".rstrip("\n") + "\n"


#: By lock: how it is made, what installs strictly without a network, what says that the lock does not fit.
TOOLS = {
    "yarn 1": ("yarn.lock", of_classic, ("yarn/bin/yarn.js", "install", "--frozen-lockfile", "--offline", "--ignore-scripts"),
               r"needs to be updated|Couldn't find any versions"),
    "yarn 4": ("yarn.lock", of_berry, ("@yarnpkg/cli-dist/bin/yarn.js", "install", "--immutable", "--mode=skip-build"),
               r"YN0028|(?s:Resolution step(?:(?!Fetch step).)*YN0080)"),
    "pnpm": ("pnpm-lock.yaml", of_pnpm, ("pnpm/bin/pnpm.cjs", "install", "--frozen-lockfile", "--lockfile-only", "--offline"),
             r"ERR_PNPM_OUTDATED_LOCKFILE"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("tool", TOOLS)
def test_a_lock_is_stale_where_its_tool_says_so(tool: str, tmp_path: Path) -> None:
    name, made, (program, *arguments), refused = TOOLS[tool]
    node("console.log('0')", None)
    draw = random.Random(20261130)
    seen: dict[bool, int] = {}
    for number in range(int(os.environ.get("PINLINT_PAIRS", "8"))):
        before = a_manifest(draw)
        after = changed(before, draw)
        folder = tmp_path / str(number)
        folder.mkdir()
        lock = made(before)
        (folder / "package.json").write_text(json.dumps(after))
        (folder / name).write_text(lock)
        (folder / ".yarnrc.yml").write_text("enableNetwork: false\nenableTelemetry: false\nenableGlobalCache: false\n")
        environment = {**os.environ, "CI": "1", "HOME": str(tmp_path), "YARN_CACHE_FOLDER": str(folder / "cache")}
        run = subprocess.run(
            ["node", str(MODULES / program), *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=120,
            env=environment,
        )  # fmt: skip
        theirs = re.search(refused, run.stdout + run.stderr) is not None
        tree = Tree(str(folder), list)
        items = (pnpm_lock if name == "pnpm-lock.yaml" else yarn_lock).references(tree.read(name), tree)
        facts = [item.detail for item in items if isinstance(item, Fact)]
        mine = any("refuses" in fact for fact in facts)
        assert mine == theirs, (before, after, run.stdout + run.stderr, facts)
        seen[mine] = seen.get(mine, 0) + 1
    assert len(seen) == 2
