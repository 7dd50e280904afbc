"""npm itself is the judge: its own modules and `npm ci` on what the npm formats claim about it. Nothing here uses a network."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import os
import random
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from conftest import need
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pinlint.ecosystems.npm.names import git_verdict, integrity_verdict, is_name, rules_out, specifier, strongest
from pinlint.formats.npm_lock import references
from pinlint.model import Fact, KeyPath, Reference
from pinlint.text import Document
from pinlint.tree import Tree

#: Few large batches, because starting node is slow; and no shrinking, for the same reason.
_batches = settings(max_examples=5, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None)


def _node(script: str, question: object) -> Any:
    """What `script` prints when `ask` is the question and `load` requires npm's own modules."""
    need("node", "npm")
    modules = Path(os.path.realpath(str(shutil.which("npm")))).parent.parent / "node_modules"
    head = f"const load = name => require({str(modules)!r} + '/' + name); const ask = JSON.parse(require('fs').readFileSync(0));"
    run = subprocess.run(["node", "-e", head + script], input=json.dumps(question), capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


# --- integrity ---------------------------------------------------------------------------------------------------------------

_algorithms = st.sampled_from(["md5", "sha1", "sha224", "sha256", "sha384", "sha512", "SHA512", "sha1024", "crc32", "sha3-512", ""])
_digests = st.sampled_from(["A" * 86 + "==", "A" * 27 + "=", "true", "A" * 22 + "==", "abc", "", "-", "A_" * 43]) | st.text(
    max_size=6
)
_options = st.sampled_from(["", "", "?", "?a", "?a?b", "? x", "?a-b"])
_blanks = st.sampled_from([" ", "  ", "\t", "\n", "\u00a0", "\ufeff", "\x1f", ","])


@st.composite
def _integrities(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from(["", " "]))
    for _ in range(draw(st.integers(0, 4))):
        algorithm, digest = draw(_algorithms), draw(_digests)
        text += f"{algorithm}-{_true(algorithm) if digest == 'true' else digest}{draw(_options)}{draw(_blanks)}"
    return text


def _true(algorithm: str) -> str:
    known = algorithm in hashlib.algorithms_available
    return base64.b64encode(hashlib.new(algorithm, b"pinlint").digest()).decode() if known else "true"


@given(st.lists(_integrities(), min_size=50, max_size=200))
@_batches
def test_integrity_is_weighed_as_ssri_weighs_it(texts: list[str]) -> None:
    script = """
      const ssri = load('ssri')
      console.log(JSON.stringify(ask.map(text => {
        const parsed = ssri.parse(text)
        const algorithm = parsed && parsed.pickAlgorithm()
        const digests = algorithm ? parsed[algorithm].map(hash => hash.digest) : []
        return [algorithm || '', digests, Boolean(ssri.checkData('pinlint', text))]
      })))"""
    for text, (algorithm, digests, matches) in zip(texts, _node(script, texts), strict=True):
        assert strongest(text) == (algorithm, digests), text
        if matches:
            assert integrity_verdict(text).verdict == (
                "digest" if algorithm in ("sha256", "sha384", "sha512") else "weak-digest"
            ), text


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"])
def test_a_digest_written_otherwise_never_matches(algorithm: str) -> None:
    """Only the canonical base64 of a digest can match: npm compares text. Every variation must be called useless."""
    good = _true(algorithm)
    bare = good.rstrip("=")
    loose = bare[:-1] + chr(ord(bare[-1]) + 1) + "=" * good.count("=")  # For a decoder that ignores the bits that are left over.
    useless = [good[:-1], good[4:], good + "=", *([bare, loose] if bare != good else [])]
    texts = [f"{algorithm}-{variant}" for variant in (good, *useless)]
    matches = _node("console.log(JSON.stringify(ask.map(text => Boolean(load('ssri').checkData('pinlint', text)))))", texts)
    assert matches == [integrity_verdict(text).verdict != "version" for text in texts] == [True] + [False] * len(useless)


# --- specifiers and names ----------------------------------------------------------------------------------------------------

_COMMIT = "0123456789abcdef0123456789abcdef01234567"
_STARTS = """
  https:// http:// git+ssh://git@ git+https:// git+http:// git:// git@ ssh://git@ github: gitlab: bitbucket: gist: npm: file: ./ ../
  / ~/ ftp:// HTTPS:// https://user:secret@ git+file:///
"""
_HOSTS = """
  github.com/ GitHub.com/ www.github.com/ github.com:443/ gitlab.com/ bitbucket.org/ gist.github.com/ codeload.github.com/
  registry.example/ localhost:4873/
"""
_PATHS = f"""
  u/r u/r.git u/r/ u u/r/tree/main u/r/tree/{_COMMIT} u/r/archive/main.tar.gz u/r/tarball/main a/b/c u/r/-/archive/x.tar.gz
  u/r/get/x.tar.gz u/r/raw/x x/-/x-1.0.0.tgz @s/n @s/n@1.0.0 n@1.0.0 1.0.0 ^1.0.0 a.tgz a.tar x/archive.tar.gz latest *
"""
_REFS = f"""
  #{_COMMIT} #{_COMMIT[:7]} #main #v1.0.0 #semver:^1.0.0 #{_COMMIT}::path:packages/a #feature/x #feature%2fx # #{_COMMIT.upper()}
  #{_COMMIT}{_COMMIT[:24]}
"""
_SPECIFIERS = ["".join(parts) for parts in itertools.product(*([*words.split(), ""] for words in (_STARTS, _HOSTS, _PATHS, _REFS)))]


def _as_npm_takes_it(text: str, kind: str, commit: str, asked: str) -> bool:
    mine = specifier(text)
    bare = "#" in text and ":" not in text.partition("#")[0] and not text.startswith(("/", "./", "../", "~/", "u/r"))
    if bare or text.startswith(("ssh:", "git@")) or "@@" in text or text.split("/")[0].endswith((".com", ".org", ".com:443")):
        return True  # npm takes these for git now and then, depending on the host, and never writes them to a lock.
    if not kind:
        return mine.kind not in ("file", "directory")  # What npm refuses for its name, tag or port is never written to a lock.
    if kind != "git" or mine.kind != "git":
        return mine.kind == kind
    verdict, pinned, _ = git_verdict(mine.ref)
    full = commit if len(commit) in (40, 64) and commit == commit.lower() else ""
    return (verdict == "range") == bool(asked) and pinned == full


def test_specifiers_are_taken_for_what_npm_takes_them() -> None:
    script = """
      const npa = load('npm-package-arg')
      console.log(JSON.stringify(ask.map(text => {
        try {
          const spec = npa.resolve('x', text, '/w')
          return [spec.registry && spec.type !== 'alias' ? 'registry' : spec.type, spec.gitCommittish || '', spec.gitRange || '']
        } catch (error) { return ['', '', ''] }
      })))"""
    texts = [path + ref for path in _PATHS.split() for ref in ("", "#main")]
    texts += random.Random(0).sample(_SPECIFIERS, int(os.environ.get("PINLINT_SPECIFIERS", "8000")))
    answers = _node(script, texts)
    assert {kind for kind, _, _ in answers} == {"git", "remote", "file", "directory", "alias", "registry", ""}
    assert [(text, *answer) for text, answer in zip(texts, answers, strict=True) if not _as_npm_takes_it(text, *answer)] == []


@given(
    st.lists(
        st.text(alphabet="aB0@/._-~!%' é*()", max_size=8) | st.sampled_from(["node_modules", "favicon.ico", "@a/Node_Modules"])
    )
)
@_batches
def test_names_are_what_npm_takes_for_names(texts: list[str]) -> None:
    script = "console.log(JSON.stringify(ask.map(name => load('validate-npm-package-name')(name).validForOldPackages)))"
    for text, valid in zip(texts, _node(script, texts), strict=True):
        assert is_name(text) == valid, text


def test_a_version_is_ruled_out_when_semver_says_so() -> None:
    numbers = list(itertools.product((0, 1, 10), repeat=3))
    draw = random.Random(1)
    pairs = [
        (operator + ".".join(map(str, draw.choice(numbers))), ".".join(map(str, draw.choice(numbers))))
        for operator in ("", "^", "~") * 4000
    ]
    said = _node("const { satisfies } = load('semver'); console.log(JSON.stringify(ask.map(([r, v]) => !satisfies(v, r))))", pairs)
    assert [rules_out(*pair) for pair in pairs] == said
    assert 500 < said.count(False) < 6000
    for spec, version in (("^01.0.0", "2.0.0"), ("1.0", "2.0.0"), ("1.0.0", "v2.0.0"), ("^1.0.0-a", "2.0.0"), ("latest", "1.0.0")):
        assert not rules_out(spec, version)


# --- locks -------------------------------------------------------------------------------------------------------------------

_TREE = """
  const Arborist = load('@npmcli/arborist')
  Promise.all(ask.map(path => new Arborist({ path }).loadVirtual().then(root => [...root.inventory.values()].map(node => [
    node.location, node.isLink, node.inDepBundle, node.packageName, node.version || '', node.resolved || '', node.integrity || '',
  ])))).then(trees => console.log(JSON.stringify(trees)))"""
_LOCKED = sorted(
    path.parent
    for path in (Path(__file__).parent.parent / "fixtures" / "npm_lock").glob("*/package-lock.json")
    if path.parent.name not in ("merge-conflict", "wrong-types", "shrinkwrap-wins")
)


def _location(keys: tuple[str | int, ...]) -> str:
    """Where npm puts the package whose entry is at `keys`."""
    return str(keys[1]) if keys[0] == "packages" else "/".join(f"node_modules/{key}" for key in keys[1::2])


def _references(root: Path, name: str = "package-lock.json") -> list[Reference | Fact]:
    tree = Tree(str(root), list)
    return list(references(tree.read(name), tree))


def test_entries_are_the_nodes_that_npm_sees() -> None:
    """Every node of npm's tree but the root is one reference, with npm's name, version, kind and integrity."""
    assert len(_LOCKED) >= 4
    for root, nodes in zip(_LOCKED, _node(_TREE, [str(path) for path in _LOCKED]), strict=True):
        by_location = {node[0]: node[1:] for node in nodes if node[0]}
        mine = {
            _location(one.span.keys): one
            for one in _references(root)
            if isinstance(one, Reference) and isinstance(one.span, KeyPath)
        }
        targets = {place for place in by_location if "node_modules/" not in place}  # A lock of version 1 has no entry for these.
        assert mine.keys() | targets == by_location.keys(), root
        for location, one in mine.items():
            link, bundled, name, version, resolved, integrity = by_location[location]
            assert (one.role == "linked package") == link, (root, location)
            assert (one.role == "bundled package") == bundled, (root, location)
            if one.verdict == "local" or resolved.startswith("git"):
                continue
            assert one.artifact.name == name, (root, location)
            assert one.version in ("", version), (root, location)
            assert one.digests == ((integrity,) if integrity else ()), (root, location)


def test_names_are_read_off_directories_as_npm_reads_them(tmp_path: Path) -> None:
    folders = ["a", "@s/a", "a/b", "@s/a/b", "a/@s/b", "my_node_modules/b", ".store/c/1.0.0", "@s", "..a"]
    places = [above + folder for above in ("node_modules/", "node_modules/x/node_modules/", "packages/", "") for folder in folders]
    packages: dict[str, Any] = {"": _ROOT, **{place: {"version": "1.0.0", "resolved": ""} for place in places}}
    for place in places[::2]:  # the entries that are read in a hurry
        packages[place] = {
            "version": "1.0.0",
            "resolved": "https://registry.example/a/-/a-1.0.0.tgz",
            "integrity": "sha512-" + "A" * 86 + "==",
        }
    (tmp_path / "package-lock.json").write_text(json.dumps({"lockfileVersion": 3, "packages": packages}))
    theirs = {node[0]: node[3] for node in _node(_TREE, [str(tmp_path)])[0] if node[0]}
    assert {_location(one.span.keys): one.artifact.name for one in _references(tmp_path) if isinstance(one, Reference)} == theirs  # type: ignore[union-attr]


_ACCEPTED = """
const Arborist = load('@npmcli/arborist');
const accepts = async path => {
  try { await new Arborist({ path, offline: true, cache: path + '/cache', audit: false }).buildIdealTree(); return true; }
  catch { return false; }
};
Promise.all(ask.map(accepts)).then(all => console.log(JSON.stringify(all)));
"""


def _a_lock(pick: random.Random) -> tuple[dict[str, Any], dict[str, Any]]:
    """A manifest and its lock, in which packages ask for each other, beside each other and nested, mostly in step."""
    names = "abcde"

    def asked(most: int, by: str = "") -> dict[str, str]:
        chosen = [
            name for name in pick.sample(names, pick.randint(0, most)) if name != by
        ]  # of itself npm thinks now this, now that
        return {name: pick.choice(["^1.0.0", "^1.0.0", "1.0.0", "~1.0.0", "*", "^2.0.0"]) for name in chosen}

    def entry(name: str) -> dict[str, Any]:
        found: dict[str, Any] = {"version": pick.choice(["1.0.0", "1.0.0", "1.0.1", "2.0.0"])}
        found |= {"resolved": f"https://registry.example/{name}/-/{name}-{found['version']}.tgz", "dependencies": asked(2, name)}
        if pick.random() < 0.1:
            found["hasShrinkwrap"] = True
        if pick.random() < 0.1:
            found["devDependencies"] = asked(2)
        if found["dependencies"] and pick.random() < 0.3:
            found["acceptDependencies"] = {name: pick.choice(["", "1.0.0", "^2.0.0"]) for name in found["dependencies"]}
        if found["dependencies"] and pick.random() < 0.1:
            found["bundleDependencies"] = list(found["dependencies"])
        return found

    packages = {f"node_modules/{name}": entry(name) for name in names if pick.random() < 0.8}
    for above, name in itertools.product(list(packages), names):
        if pick.random() < 0.1:
            packages[f"{above}/node_modules/{name}"] = entry(name)
    held = {key.rpartition("/")[2]: one["version"] for key, one in packages.items() if key.count("/") == 1}
    root: dict[str, Any] = {**_ROOT, "dependencies": dict(pick.sample(sorted(held.items()), min(2, len(held))))}
    if root["dependencies"] and pick.random() < 0.1:
        name = next(iter(root["dependencies"]))
        root["dependencies"][name], root["acceptDependencies"] = "3.0.0", {name: held[name]}
    return root, {**_ROOT, "lockfileVersion": 3, "packages": {"": root, **packages}}


def test_locked_packages_ask_for_what_npm_finds(tmp_path: Path) -> None:
    """Whether a lock is out of step within itself is what npm thinks of it."""
    roots = [tmp_path / str(seed) for seed in range(150)]
    for seed, root in enumerate(roots):
        root.mkdir()
        manifest, lock = _a_lock(random.Random(seed))
        (root / "package.json").write_text(json.dumps(manifest))
        (root / "package-lock.json").write_text(json.dumps(lock))
    ours = [not any(isinstance(one, Fact) and one.kind == "stale-lock" for one in _references(root)) for root in roots]
    theirs = _node(_ACCEPTED, [str(root) for root in roots])
    assert [root.name for root, mine, npm in zip(roots, ours, theirs, strict=True) if mine != npm] == []
    assert 30 < sum(theirs) < 120


def _ci(root: Path) -> tuple[int, str]:
    need("npm")
    options = ["--ignore-scripts", "--offline", "--no-audit", "--no-fund", "--no-update-notifier", "--cache", str(root / ".cache")]
    run = subprocess.run(["npm", "ci", *options], cwd=root, capture_output=True, text=True, timeout=120)
    return run.returncode, run.stderr


_ROOT = {"name": "root", "version": "1.0.0"}
_WITH_A: dict[str, Any] = {
    "": {**_ROOT, "dependencies": {"a": "file:a"}},
    "a": {"version": "1.0.0"},
    "node_modules/a": {"resolved": "a", "link": True},
}


@pytest.mark.parametrize(
    ("manifest", "lock", "missing"),
    [
        pytest.param({"dependencies": {"a": "file:a"}}, {"lockfileVersion": 3, "packages": _WITH_A}, [], id="in step"),
        pytest.param(
            {"dependencies": {"a": "file:a"}, "devDependencies": {"b": "file:b"}},
            {"lockfileVersion": 3, "packages": _WITH_A},
            ["b"],
            id="a development dependency without entry",
        ),
        pytest.param(
            {"dependencies": {"a": "file:a", "b": "file:b", "@c/c": "file:c"}},
            {"lockfileVersion": 1, "requires": True, "dependencies": {"a": {"version": "file:a"}}},
            ["@c/c", "b"],
            id="two dependencies without entry in version 1",
        ),
        pytest.param(
            {"dependencies": {"a": "file:a"}},
            {"lockfileVersion": 2, "packages": {"": _ROOT}, "dependencies": {"a": {"version": "file:a"}}},
            ["a"],
            id="npm looks into packages alone",
        ),
        pytest.param(
            {"dependencies": {"a": "file:a"}, "workspaces": ["b"]},
            {
                "lockfileVersion": 3,
                "packages": {
                    **_WITH_A,
                    "": {**_ROOT, "workspaces": ["b"], "dependencies": {"a": "file:a"}},
                    "b": {"version": "1.0.0"},
                    "node_modules/b": {"resolved": "b", "link": True},
                },
            },
            [],
            id="workspaces",
        ),
    ],
)
def test_a_lock_is_out_of_step_when_npm_refuses_it(
    tmp_path: Path, manifest: dict[str, Any], lock: dict[str, Any], missing: list[str]
) -> None:
    for folder, name in (("a", "a"), ("b", "b"), ("c", "@c/c")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "package.json").write_text(json.dumps({"name": name, "version": "1.0.0"}))
    (tmp_path / "package.json").write_text(json.dumps({**_ROOT, **manifest}))
    (tmp_path / "package-lock.json").write_text(json.dumps({**_ROOT, **lock}))
    facts = [one for one in _references(tmp_path) if isinstance(one, Fact)]
    code, said = _ci(tmp_path)
    assert bool(code) == bool(missing), said
    assert [name for name in ("@c/c", "a", "b") if f"Missing: {name}@1.0.0 from lock file" in said] == missing
    if missing:
        assert [(fact.kind, fact.detail.split(", which")[0]) for fact in facts] == [
            ("stale-lock", f"package.json asks for {', '.join(missing)}")
        ]
    else:
        assert facts == []


def test_an_empty_shrinkwrap_is_passed_over_and_any_other_wins(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "package.json").write_text(json.dumps({"name": "a", "version": "1.0.0"}))
    (tmp_path / "package.json").write_text(json.dumps({**_ROOT, "dependencies": {"a": "file:a"}}))
    (tmp_path / "package-lock.json").write_text(json.dumps({"lockfileVersion": 3, "packages": {"": _ROOT}}))
    (tmp_path / "npm-shrinkwrap.json").write_text("")
    assert _ci(tmp_path)[0] != 0
    assert [one.kind for one in _references(tmp_path) if isinstance(one, Fact)] == ["stale-lock"]
    (tmp_path / "npm-shrinkwrap.json").write_text(json.dumps({"lockfileVersion": 3, "packages": _WITH_A}))
    assert _ci(tmp_path)[0] == 0
    assert [one.kind for one in _references(tmp_path) if isinstance(one, Fact)] == ["foreign"]
    assert [one for one in _references(tmp_path, "npm-shrinkwrap.json") if isinstance(one, Fact)] == []


def test_locks_without_a_version_are_read_as_npm_reads_them(tmp_path: Path) -> None:
    tree = Tree(str(tmp_path), list)
    document = Document("package-lock.json", b'{"dependencies": {"a": {"version": "1.0.0"}}}')
    (tmp_path / "package-lock.json").write_bytes(document.data)
    nodes = _node(_TREE, [str(tmp_path)])[0]
    mine = [(one.artifact.name, one.version) for one in references(document, tree) if isinstance(one, Reference)]
    assert mine == [(node[3], node[4]) for node in nodes if node[0]]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_npm_asks_the_configured_registry_in_place_of_the_public_one_whatever_scheme_is_written(
    tmp_path: Path, scheme: str
) -> None:
    """The registry of the test speaks http on this machine, so neither the host nor the scheme of the lock was asked."""
    public = _node("console.log(JSON.stringify(load('@npmcli/config/lib/definitions').definitions.registry.default))", None)
    url = f"{scheme}://{public.partition('//')[2]}a/-/a-1.0.0.tgz"
    packages = {"": {**_ROOT, "dependencies": {"a": "1.0.0"}}, "node_modules/a": {"version": "1.0.0", "resolved": url}}
    (tmp_path / "package.json").write_text(json.dumps(packages[""]))
    (tmp_path / "package-lock.json").write_text(json.dumps({**_ROOT, "lockfileVersion": 3, "packages": packages}))
    asked: list[str] = []

    class Registry(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *words: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Registry) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--fetch-retries=0"]
        options += ["--registry", f"http://127.0.0.1:{server.server_port}/", "--cache", str(tmp_path / ".cache")]
        run = subprocess.run(["npm", "ci", *options], cwd=tmp_path, capture_output=True, text=True, timeout=120)
        server.shutdown()
    assert (run.returncode != 0, asked) == (True, ["/a/-/a-1.0.0.tgz"]), run.stderr
    assert [one.kind for one in _references(tmp_path) if isinstance(one, Fact)] == []
