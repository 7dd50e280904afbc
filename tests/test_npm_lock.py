"""npm lock files: what each entry amounts to, one table row a kind of entry; and nothing that is in a file may raise."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinlint.ecosystems.npm.names import integrity_verdict, purl
from pinlint.ecosystems.url.names import origin
from pinlint.formats.npm_lock import references
from pinlint.model import FACTS, VERDICTS, Fact, KeyPath, Reference, Span
from pinlint.syntax.json import locate
from pinlint.text import Document
from pinlint.tree import Tree

_SHA512 = "sha512-" + "A" * 86 + "=="
_SHA1 = "sha1-" + "A" * 27 + "="
_COMMIT = "0123456789abcdef0123456789abcdef01234567"
_URL = "https://registry.example/x/-/x-1.0.0.tgz"
_GIT = "git+ssh://git@github.com/u/x.git"


def _read(lock: object, path: str = "package-lock.json", root: str = "/nowhere") -> list[Reference | Fact]:
    text = lock if isinstance(lock, str) else json.dumps(lock)
    return list(references(Document(path, text.encode("utf-8", "surrogateescape")), Tree(root, list)))


def _only(items: list[Reference | Fact]) -> Reference:
    (one,) = items
    assert isinstance(one, Reference)
    return one


@pytest.mark.parametrize(
    ("entry", "verdict", "role", "digests"),
    [
        pytest.param({"resolved": _URL, "integrity": _SHA512}, "digest", "locked package", (_SHA512,), id="plain"),
        pytest.param({"integrity": _SHA512}, "digest", "locked package", (_SHA512,), id="resolved may be omitted"),
        pytest.param(
            {"resolved": _URL, "integrity": f"{_SHA1} {_SHA512}"},
            "digest",
            "locked package",
            (f"{_SHA1} {_SHA512}",),
            id="strongest",
        ),
        pytest.param({"resolved": _URL, "integrity": _SHA1}, "weak-digest", "locked package", (_SHA1,), id="sha1 only"),
        pytest.param(
            {"resolved": _URL, "integrity": f"{_SHA1} sha512-AA=="},
            "version",
            "locked package",
            (f"{_SHA1} sha512-AA==",),
            id="cut off",
        ),
        pytest.param({"resolved": _URL, "integrity": "prose"}, "version", "locked package", ("prose",), id="prose for integrity"),
        pytest.param({"resolved": _URL}, "version", "locked package", (), id="no integrity"),
        pytest.param({"resolved": _URL, "integrity": ""}, "version", "locked package", (), id="empty integrity"),
        pytest.param({"resolved": _URL, "integrity": None}, "version", "locked package", (), id="null for integrity"),
        pytest.param({}, "version", "locked package", (), id="neither resolved nor integrity"),
        pytest.param(
            {"resolved": "https://files.example/x.tgz"}, "floating", "locked package", (), id="a URL that names no version"
        ),
        pytest.param(
            {"resolved": "https://files.example/x.tgz", "integrity": _SHA512},
            "digest",
            "locked package",
            (_SHA512,),
            id="hashed URL",
        ),
        pytest.param(
            {"resolved": f"{_GIT}#{_COMMIT}", "integrity": "x"}, "digest", "locked package", (_COMMIT,), id="git at a commit"
        ),
        pytest.param({"resolved": f"{_GIT}#main"}, "floating", "locked package", (), id="git at a branch"),
        pytest.param(
            {"resolved": f"{_GIT}#main", "integrity": _SHA512}, "floating", "locked package", (_SHA512,), id="git ignores integrity"
        ),
        pytest.param({"resolved": _GIT}, "floating", "locked package", (), id="git at nothing"),
        pytest.param({"resolved": f"{_GIT}#semver:1"}, "range", "locked package", (), id="git at a range"),
        pytest.param(
            {"resolved": f"https://github.com/u/x#{_COMMIT}"}, "digest", "locked package", (_COMMIT,), id="a URL that npm clones"
        ),
        pytest.param({"resolved": "file:x"}, "local", "linked package", (), id="a directory"),
        pytest.param({"resolved": "file:x.tgz"}, "unknown", "locked package", (), id="a tarball that is not there"),
        pytest.param(
            {"resolved": "file:../x.tgz", "integrity": _SHA512}, "digest", "locked package", (_SHA512,), id="a tarball outside"
        ),
        pytest.param({"resolved": "x", "link": True}, "local", "linked package", (), id="a link"),
        pytest.param(
            {"resolved": _URL, "integrity": _SHA512, "link": True}, "local", "linked package", (), id="a link all the same"
        ),
        pytest.param(
            {"resolved": "https://e.example/x.tgz", "integrity": "prose"},
            "floating",
            "locked package",
            ("prose",),
            id="prose at a URL",
        ),
        pytest.param(
            {"resolved": f"{_GIT}#path:a::{_COMMIT}"}, "digest", "locked package", (_COMMIT,), id="git, a path before the commit"
        ),
        pytest.param({"inBundle": True}, "version", "locked package", (), id="bundled by nobody"),
        pytest.param({"resolved": "gopher://x/y"}, "unknown", "locked package", (), id="a protocol that npm does not speak"),
        pytest.param(
            {"resolved": "no place at all", "integrity": _SHA512}, "unknown", "locked package", (), id="prose for resolved"
        ),
        pytest.param({"resolved": 7}, "unknown", "locked package", (), id="a number for resolved"),
        pytest.param({"version": None}, "unknown", "locked package", (), id="no version"),
        pytest.param([], "unknown", "locked package", (), id="a list for an entry"),
    ],
)
def test_each_kind_of_entry(entry: Any, verdict: str, role: str, digests: tuple[str, ...]) -> None:
    entry = {"version": "1.0.0", **entry} if isinstance(entry, dict) else entry
    read = _read({"lockfileVersion": 3, "packages": {"": {"name": "r"}, "node_modules/x": entry}})
    one = _only([item for item in read if isinstance(item, Reference)])
    assert (one.verdict, one.role, one.digests) == (verdict, role, digests)
    assert one.artifact[:2] == ("npm", "x")
    assert one.span == KeyPath(("packages", "node_modules/x"), "key")
    assert bool(one.why) == (verdict != "digest")
    fixable = verdict in ("version", "weak-digest") or (verdict == "floating" and "git" not in one.artifact.source)
    assert (one.site, one.notation) == (
        (KeyPath(("packages", "node_modules/x"), "value"), "json-sibling") if fixable else (None, "")
    )


def test_a_url_that_somebody_asks_for_may_serve_anything() -> None:
    url = "https://files.example/x-1.0.0.tgz"
    packages: dict[str, dict[str, Any]] = {
        "": {"dependencies": {"x": url}},
        "node_modules/x": {"version": "1.0.0", "resolved": url},
    }
    assert _only(_read({"packages": packages})).verdict == "floating"
    packages[""]["dependencies"] = {"x": "^1.0.0"}
    assert _only(_read({"packages": packages})).verdict == "version"
    url = url.replace("https:", "http:")
    packages = {"": {"dependencies": {"x": url}}, "node_modules/x": {"version": "1.0.0", "resolved": url}}
    assert _only(_read({"packages": packages})[1:]).verdict == "floating"


def test_a_directory_with_a_url_is_fetched_like_any_other() -> None:
    assert _only(_read({"packages": {"x": {"version": "1.0.0", "resolved": _URL}}})).verdict == "version"


def test_only_whole_directories_are_node_modules() -> None:
    entry = {"version": "1.0.0", "resolved": _URL.replace("x", "b"), "integrity": _SHA512}
    assert _only(_read({"packages": {"my_node_modules/b": {"version": "1.0.0"}}})).role == "workspace"
    assert _only(_read({"packages": {"node_modules/a/my_node_modules/b": entry}})).artifact.name == "b"


def test_what_is_bundled_is_local_even_with_a_hash() -> None:
    around = {"version": "1.0.0", "resolved": _URL, "integrity": _SHA512}
    packages = {
        "node_modules/a": {**around, "bundleDependencies": True},
        "node_modules/a/node_modules/b": {**around, "inBundle": True},
    }
    assert [one.verdict for one in _read({"packages": packages}) if isinstance(one, Reference)] == ["digest", "local"]


def test_in_version_1_a_url_stands_where_the_version_does() -> None:
    fact, _ = _read({"lockfileVersion": 1, "dependencies": {"x": {"version": "http://files.example/x.tgz", "integrity": _SHA512}}})
    assert fact.span == KeyPath(("dependencies", "x", "version"), "value")


@pytest.mark.parametrize(
    ("key", "fields", "name"),
    [
        pytest.param("node_modules/@s/x", {}, "@s/x", id="scope"),
        pytest.param("node_modules/a/node_modules/@s/x", {}, "@s/x", id="nested"),
        pytest.param("node_modules/alias", {"name": "@s/real"}, "@s/real", id="alias"),
        pytest.param("packages/a/node_modules/x", {}, "x", id="in a workspace"),
        pytest.param("../node_modules/x", {}, "x", id="outside"),
        pytest.param("my_node_modules/x", {"resolved": _URL}, "x", id="not in node_modules"),
        pytest.param("packages/@s/x", {}, "@s/x", id="a workspace with a scope"),
        pytest.param("packages/node_modules", {}, "node_modules", id="a workspace called node_modules"),
    ],
)
@pytest.mark.parametrize("integrity", [_SHA512, _SHA1, ""])
def test_the_name_is_the_field_or_what_follows_the_last_node_modules(
    key: str, fields: dict[str, str], name: str, integrity: str
) -> None:
    one = _only(_read({"packages": {key: {"version": "1.0.0", "integrity": integrity, **fields}}}))
    assert one.artifact.name == name


def test_bundled_packages_come_with_the_tarball_around_them_but_not_with_the_root() -> None:
    bundled = {"version": "1.0.0", "inBundle": True}
    around = {"version": "1.0.0", "resolved": _URL, "integrity": _SHA512, "bundleDependencies": ["c"]}
    packages = {
        "": {"bundleDependencies": ["a", "b"]},
        "node_modules/a": around,
        "node_modules/a/node_modules/c": bundled,
        "node_modules/a/node_modules/c/node_modules/d": bundled,
        "node_modules/b": bundled,
    }
    found = {one.artifact.name: (one.verdict, one.why) for one in _read({"packages": packages}) if isinstance(one, Reference)}
    assert found.pop("b")[0] == "version"
    assert found == {"a": ("digest", ""), "c": ("local", "its bytes come with a"), "d": ("local", "its bytes come with a")}


@pytest.mark.parametrize(
    ("entry", "name", "version", "verdict", "source"),
    [
        pytest.param(
            {"version": "1.0.0", "resolved": _URL, "integrity": _SHA512},
            "x",
            "1.0.0",
            "digest",
            "https://registry.example",
            id="plain",
        ),
        pytest.param({"version": "1.0.0", "bundled": True}, "x", "1.0.0", "version", "", id="bundled by the root"),
        pytest.param({"version": "npm:@s/real@2.0.0", "integrity": _SHA1}, "@s/real", "2.0.0", "weak-digest", "", id="alias"),
        pytest.param(
            {"version": f"{_GIT}#{_COMMIT}", "from": _GIT}, "x", "", "digest", "git+ssh://github.com", id="git at a commit"
        ),
        pytest.param({"version": "github:u/x#main"}, "x", "", "floating", "", id="git at a branch"),
        pytest.param({"version": "https://files.example/x-1.0.0.tgz"}, "x", "", "floating", "https://files.example", id="URL"),
        pytest.param({"version": "file:../x"}, "x", "", "local", "", id="directory"),
        pytest.param(
            {"version": "1.0.0", "from": "x@^1", "resolved": f"{_GIT}#{_COMMIT}"},
            "x",
            "1.0.0",
            "digest",
            "git+ssh://github.com",
            id="old git",
        ),
        pytest.param({"version": 1}, "x", "", "unknown", "", id="a number for version"),
        pytest.param("1.0.0", "x", "", "unknown", "", id="a text for an entry"),
    ],
)
def test_entries_of_version_1(entry: Any, name: str, version: str, verdict: str, source: str) -> None:
    one = _only(_read({"lockfileVersion": 1, "dependencies": {"x": entry}}))
    assert (one.artifact.name, one.version, one.verdict, one.artifact.source) == (name, version, verdict, source)
    assert one.span == KeyPath(("dependencies", "x"), "key")


def test_version_1_nests_in_the_order_of_the_file_to_any_depth() -> None:
    inner: dict[str, Any] = {}
    for number in range(100, 0, -1):
        inner = {
            f"p{number}": {"version": "1.0.0", "integrity": _SHA512, "dependencies": inner},
            f"q{number}": {"version": "1.0.0", "bundled": True},
        }
    found = [one for one in _read({"lockfileVersion": 1, "dependencies": inner}) if isinstance(one, Reference)]
    assert [one.artifact.name for one in found] == [f"p{n}" for n in range(1, 101)] + [f"q{n}" for n in range(100, 0, -1)]
    assert [one.verdict for one in found if one.artifact.name.startswith("q")] == ["local"] * 99 + ["version"]


@pytest.mark.parametrize(
    ("resolved", "kind", "words"),
    [
        pytest.param(
            "http://registry.example/x-1.0.0.tgz",
            "insecure-transport",
            "x is fetched from http://registry.example without TLS",
            id="http",
        ),
        pytest.param(
            "HTTP://user:pass@registry.example/x-1.0.0.tgz",
            "insecure-transport",
            "http://registry.example",
            id="no credentials shown",
        ),
        pytest.param("http://localhost:4873/x-1.0.0.tgz", "unexpected-host", "x comes from localhost:4873", id="localhost"),
        pytest.param("https://127.0.0.1/x-1.0.0.tgz", "unexpected-host", "x comes from 127.0.0.1", id="loopback over TLS"),
        pytest.param("http://[::1]:80/x-1.0.0.tgz", "unexpected-host", "x comes from [::1]:80", id="loopback of IPv6"),
    ],
)
@pytest.mark.parametrize("version", [1, 3])
def test_where_it_comes_from_is_a_fact_of_its_own(resolved: str, kind: str, words: str, version: int) -> None:
    entry = {"version": "1.0.0", "resolved": resolved, "integrity": _SHA512}
    above = ("dependencies", "x") if version == 1 else ("packages", "node_modules/x")
    fact, one = _read({"lockfileVersion": version, above[0]: {above[1]: entry}})
    assert isinstance(fact, Fact)
    assert (fact.kind, fact.span) == (kind, KeyPath((*above, "resolved"), "value"))
    assert words in fact.detail
    assert "pass" not in fact.detail
    assert isinstance(one, Reference)
    assert one.verdict == "digest"


def test_the_scheme_before_the_public_registry_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pinlint.ecosystems.npm.names._PUBLIC_HOST", sha256(b"registry.example").hexdigest())
    for host, kinds in (("registry.example", []), ("registry.example:80", []), ("other.example", ["insecure-transport"])):
        entry = {"version": "1.0.0", "resolved": f"http://{host}/x/-/x-1.0.0.tgz", "integrity": _SHA512}
        read = _read({"packages": {"node_modules/x": entry}})
        assert [one.kind for one in read if isinstance(one, Fact)] == kinds
        assert [one.verdict for one in read if isinstance(one, Reference)] == ["digest"]


@pytest.mark.parametrize("host", ["localhost.example", "registry.example:80", "127.example", "example/localhost"])
def test_other_hosts_are_no_fact(host: str) -> None:
    entry = {"version": "1.0.0", "resolved": f"https://{host}/x-1.0.0.tgz", "integrity": _SHA512}
    assert _only(_read({"packages": {"node_modules/x": entry}})).verdict == "digest"


@pytest.mark.parametrize(
    ("text", "words", "start"),
    [
        pytest.param("", "it is empty", 0, id="empty"),
        pytest.param('{"a": 1,\n<<<<<<< ours\n"b": 2\n=======\n>>>>>>> theirs\n}', "merge-conflict markers", 9, id="conflict"),
        pytest.param('{"lockfileVersion": 3,\n "packages": {', "it ends in the middle", 36, id="truncated"),
        pytest.param("{}", "neither lockfileVersion nor packages", 0, id="no lock"),
        pytest.param('{"lockfileVersion": 4, "packages": {}}', "lockfileVersion 4", 0, id="later version"),
        pytest.param('{"lockfileVersion": [3], "packages": {}}', "lockfileVersion [3]", 0, id="list for a version"),
        pytest.param('"text"', "it is a text instead of an object", 0, id="text"),
        pytest.param('{"lockfileVersion": 3, "packages": []}', "its `packages` is a list", 0, id="list for packages"),
        pytest.param('{"lockfileVersion": 1, "dependencies": "x"}', "its `dependencies` is a text", 0, id="text for dependencies"),
        pytest.param('{"a":' * 100_000, "nested too deeply", 0, id="deep"),
    ],
)
def test_what_cannot_be_read_is_one_fact_with_its_place(text: str, words: str, start: int) -> None:
    (fact,) = _read(text)
    assert isinstance(fact, Fact)
    assert fact.kind == "unreadable-lock"
    assert words in fact.detail
    assert isinstance(fact.span, Span)
    if "deep" not in words:
        assert fact.span.start == start
    assert fact.span.end <= max(1, len(text))


@pytest.mark.parametrize(
    "text", ['{"lockfileVersion": 1}', '{"packages": {}}', '{"lockfileVersion": "2", "packages": null}', '{"dependencies": {}}']
)
def test_a_lock_may_be_empty(text: str) -> None:
    assert _read(text) == []


def test_of_two_generations_only_packages_counts() -> None:
    lock = {
        "lockfileVersion": 2,
        "packages": {"": {}, "node_modules/x": {"version": "1.0.0"}},
        "dependencies": {"x": {"version": "1.0.0"}},
    }
    assert len(_read(lock)) == 1
    assert _read({**lock, "packages": {}}) == []


@pytest.mark.parametrize(
    ("manifest", "beside", "path", "stale"),
    [
        pytest.param({"dependencies": {"x": "1", "y": "1"}}, {}, "package-lock.json", "y", id="a dependency"),
        pytest.param(
            {"devDependencies": {f"y{n}": "1" for n in range(5)}}, {}, "package-lock.json", "y0, y1, y2 and 2 more", id="five"
        ),
        pytest.param(
            {"devDependencies": {"y": "1"}}, {}, "npm-shrinkwrap.json", "", id="a shrinkwrap may leave out what is for development"
        ),
        pytest.param({"dependencies": {"y": "1"}, "optionalDependencies": {"y": "1"}}, {}, "package-lock.json", "", id="optional"),
        pytest.param({"peerDependencies": {"y": "1"}}, {}, "package-lock.json", "", id="peer"),
        pytest.param({"dependencies": {"y": "workspace:*"}}, {}, "package-lock.json", "", id="another tool's manifest"),
        pytest.param({"dependencies": {"{{ y }}": "1"}}, {}, "package-lock.json", "", id="a template"),
        pytest.param({"dependencies": ["y"], "devDependencies": {"y": 1}}, {}, "package-lock.json", "", id="wrong types"),
        pytest.param([], {}, "package-lock.json", "", id="a list for a manifest"),
        pytest.param(
            {"dependencies": {"y": "1"}}, {"lerna.json": "{}"}, "a/b/package-lock.json", "", id="lerna links its packages itself"
        ),
        pytest.param(
            {"dependencies": {"y": "1"}}, {"package.json": '{"workspaces": ["a/*"]}'}, "a/b/package-lock.json", "", id="a workspace"
        ),
        pytest.param(
            {"dependencies": {"y": "1"}}, {"package.json": "{}"}, "a/b/package-lock.json", "y", id="a directory of its own"
        ),
    ],
)
def test_out_of_step_is_said_only_when_it_is_certain(
    tmp_path: Path, manifest: Any, beside: dict[str, str], path: str, stale: str
) -> None:
    lock = tmp_path / path
    lock.parent.mkdir(parents=True, exist_ok=True)
    (lock.parent / "package.json").write_text(json.dumps(manifest))
    for name, text in beside.items():
        (tmp_path / name).write_text(text)
    for version, place in ((3, KeyPath(("packages", ""))), (1, KeyPath(("dependencies",)))):
        content = (
            {"packages": {"": {}, "node_modules/x": {"link": True}}}
            if version == 3
            else {"dependencies": {"x": {"version": "file:x"}}}
        )
        facts = [one for one in _read({"lockfileVersion": version, **content}, path, str(tmp_path)) if isinstance(one, Fact)]
        detail = f"package.json asks for {stale}, which the lock does not hold, so `npm ci` refuses; run `npm install`"
        assert facts == ([Fact("stale-lock", place, detail)] if stale else [])


@pytest.mark.parametrize(
    ("spec", "fields", "stale"),
    [
        pytest.param("^2.2.0", {"version": "1.1.1"}, True, id="another major version"),
        pytest.param("^2.2.0", {"version": "1.1.1", "resolved": _URL.replace("1.0.0", "1.1.1")}, True, id="from a registry"),
        pytest.param("1.1.1", {"version": "1.1.2"}, True, id="another exact version"),
        pytest.param("^1.1.1", {"version": "1.2.0"}, False, id="within the range"),
        pytest.param("^1.1.1", {"version": "2.0.0-rc.1"}, False, id="a pre-release is not judged"),
        pytest.param(">=2", {"version": "1.1.1"}, False, id="other ranges are not judged"),
        pytest.param("^2.2.0", {"version": "1.1.1", "link": True}, False, id="a link"),
        pytest.param("^2.2.0", {"version": "1.1.1", "resolved": f"{_GIT}#{_COMMIT}"}, False, id="from git"),
        pytest.param("^2.2.0", {"version": 1}, False, id="a number for version"),
        pytest.param("^2.2.0", [], False, id="a list for an entry"),
    ],
)
def test_a_version_out_of_range_is_out_of_step(tmp_path: Path, spec: str, fields: Any, stale: bool) -> None:
    (tmp_path / "package.json").write_text(json.dumps({"dependencies": {"x": spec, "{{ z }}": "1.0.0"}}))
    for version, keys in ((3, ("packages", "node_modules/x")), (1, ("dependencies", "x"))):
        lock = {"lockfileVersion": version, keys[0]: {keys[1]: fields}}
        facts = [one for one in _read(lock, root=str(tmp_path)) if isinstance(one, Fact)]
        assert [(one.kind, one.span) for one in facts] == ([("stale-lock", KeyPath(keys))] if stale else [])
        assert all(f"asks for x {spec}, and the lock holds {fields['version']}, so" in one.detail for one in facts)


_X, _Y = ({"version": "1.0.0", "resolved": f"https://registry.example/{name}/-/{name}-1.0.0.tgz"} for name in "xy")


def _stale(packages: object, tmp_path: Path, manifest: object = None, version: int = 3) -> list[tuple[tuple[str | int, ...], str]]:
    """(place, what the lock and its manifest disagree about); the manifest is as the lock has it unless another one is given."""
    if version > 1 and manifest is None:
        assert isinstance(packages, dict)
        manifest = packages[""]
    (tmp_path / "package.json").write_text(json.dumps(manifest or {}))
    lock = {"lockfileVersion": version, "requires": True, "packages" if version > 1 else "dependencies": packages}
    facts = [one for one in _read(lock, root=str(tmp_path)) if isinstance(one, Fact)]
    assert all(one.kind == "stale-lock" and isinstance(one.span, KeyPath) for one in facts)
    return [(one.span.keys, one.detail.partition(",")[0]) for one in facts if isinstance(one.span, KeyPath)]


@pytest.mark.parametrize(
    ("spec", "entry", "held"),
    [
        pytest.param("npm:y@^1.0.0", _X, "x", id="the package that has the alias for a name"),
        pytest.param("npm:@s/y@^1.0.0", {"version": "1.0.0"}, "x", id="without an address"),
        pytest.param("npm:y@^1.0.0", {"version": "1.0.0", "name": "z"}, "z", id="a third one"),
        pytest.param("^1.0.0", {**_Y, "name": "y"}, "y", id="an alias that is no more"),
        pytest.param("npm:y@^1.0.0", {**_Y, "name": "y"}, "", id="what is asked for"),
        pytest.param("npm:y@^1.0.0", {"version": "1.0.0", "link": True}, "", id="a link"),
        pytest.param("npm:y", {**_Y, "name": "y"}, "", id="no version"),
        pytest.param("github:u/x", {"version": "1.0.0", "name": "y", "resolved": f"{_GIT}#{_COMMIT}"}, "", id="from git"),
    ],
)
def test_a_lock_that_holds_another_package_is_out_of_step(tmp_path: Path, spec: str, entry: dict[str, Any], held: str) -> None:
    packages = {"": {"dependencies": {"x": spec}}, "node_modules/x": entry}
    wanted = f"x as {spec}" if spec.startswith("npm:") else f"x {spec}"
    assert _stale(packages, tmp_path) == ([(("packages", "node_modules/x"), f"package.json asks for {wanted}")] if held else [])
    assert _stale(packages, tmp_path, {"dependencies": {"x": spec}, "overrides": {"x": "npm:y@1"}}) == []


@pytest.mark.parametrize(
    ("inside", "others", "told"),
    [
        pytest.param({"dependencies": {"y": "^1.0.0"}}, {}, "a asks for y ^1.0.0", id="not there"),
        pytest.param({"dependencies": {"y": "^1.0.0", "z": "1"}}, {}, "a asks for y ^1.0.0 and 1 more", id="several"),
        pytest.param({"dependencies": {"y": "^2.0.0"}}, {"node_modules/y": _Y}, "a asks for y ^2.0.0", id="another version"),
        pytest.param({"dependencies": {"y": "npm:z@2.0.0"}}, {"node_modules/y": {"version": "1.0.0", "name": "z"}},
                     "a asks for y npm:z@2.0.0", id="another version of an alias"),
        pytest.param({"dependencies": {"y": "^1.0.0"}}, {"node_modules/y": _Y}, "", id="beside it"),
        pytest.param({"dependencies": {"y": "^2.0.0"}, "acceptDependencies": {"y": "^1.0.0"}}, {"node_modules/y": _Y}, "",
                     id="another version that it accepts"),
        pytest.param({"dependencies": {"y": "^2.0.0"}, "acceptDependencies": {"y": "^3.0.0"}}, {"node_modules/y": _Y},
                     "a asks for y ^2.0.0", id="another version than it accepts"),
        pytest.param({"dependencies": {"y": "^1.0.0"}},
                     {"node_modules/a/node_modules/y": _Y, "node_modules/y": {"version": "2.0.0"}}, "", id="in it"),
        pytest.param({"dependencies": {"y": "1"}}, {"node_modules/b/node_modules/y": _Y}, "a asks for y 1", id="in another one"),
        pytest.param({"dependencies": {"y": "1"}, "optionalDependencies": {"y": "1"}}, {}, "", id="optional"),
        pytest.param({"dependencies": {"y": "1"}, "optional": True}, {}, "", id="of what is optional"),
        pytest.param({"peerDependencies": {"y": "1"}}, {}, "", id="a peer"),
        pytest.param({"devDependencies": {"y": "1"}}, {}, "", id="for its development"),
        pytest.param({"dependencies": {"y": "1"}, "bundleDependencies": ["y"]}, {}, "", id="bundled"),
        pytest.param({"dependencies": {"y": "1"}, "hasShrinkwrap": True}, {}, "", id="with a lock of its own"),
        pytest.param({}, {"node_modules/extra": {"version": "1.0.0", "dependencies": {"y": "1"}}}, "",
                     id="of what nobody asks for"),
        pytest.param({}, {"node_modules/w": {"resolved": "w", "link": True}, "w": {"dependencies": {"b": "1"}},
                          "w/node_modules/b": {"version": "1.0.0", "dependencies": {"y": "1"}}},
                     "b asks for y 1", id="in a workspace"),
    ],
)  # fmt: skip
def test_a_locked_package_asks_for_what_the_lock_lacks(tmp_path: Path, inside: object, others: object, told: str) -> None:
    assert isinstance(inside, dict)
    assert isinstance(others, dict)
    packages = {"": {"dependencies": {"a": "1.0.0"}}, "node_modules/a": {"version": "1.0.0", **inside}, **others}
    assert [detail for _, detail in _stale(packages, tmp_path)] == ([told] if told else [])


def test_what_the_project_overrides_may_be_another_version(tmp_path: Path) -> None:
    packages = {"": {"dependencies": {"a": "1"}}, "node_modules/a": {"version": "1.0.0", "dependencies": {"y": "^2.0.0"}},
                "node_modules/y": _Y}  # fmt: skip
    assert _stale(packages, tmp_path, {"dependencies": {"a": "1"}, "overrides": {"y": "1.0.0"}}) == []
    assert len(_stale(packages, tmp_path)) == 1


@pytest.mark.parametrize(
    ("place", "told"),
    [
        pytest.param("node_modules/b", True, id="a package"),
        pytest.param("node_modules/a/node_modules/@s/b", True, id="a scoped package"),
        pytest.param("node_modules/.pnpm/b@1.0.0", False, id="a folder among the packages"),
        pytest.param("node_modules/.pnpm/registry.example/b/1.0.0", False, id="a folder with a deeper path"),
        pytest.param("packages/b", False, id="a workspace"),
        pytest.param("../b", False, id="a folder outside"),
    ],
)
def test_an_entry_without_a_version_is_told_where_a_package_lies(place: str, told: bool) -> None:
    facts = [one for one in _read({"lockfileVersion": 3, "packages": {"": {}, place: {}}}) if isinstance(one, Fact)]
    assert [(one.kind, one.span) for one in facts] == ([("unreadable-lock", KeyPath(("packages", place)))] if told else [])


def test_in_version_1_packages_ask_for_each_other_too(tmp_path: Path) -> None:
    a = {"version": "1.0.0", "requires": {"y": "^2.0.0"}}
    place = ("dependencies", "b", "dependencies", "a")
    b = {"version": "1.0.0", "requires": {"a": "1.0.0"}}
    assert _stale({"b": {**b, "dependencies": {"a": a}}}, tmp_path, version=1) == [(place, "a asks for y ^2.0.0")]
    for more in ({"y": _Y}, {}):
        inner = {"a": {**a, "optional": True} if not more else a, **more}
        assert _stale({"b": {**b, "dependencies": inner}}, tmp_path, version=1) == []


@pytest.mark.parametrize(
    ("name", "version", "path", "held"),
    [
        ("x", "1.0.0", "x/-/x-1.0.1.tgz", "x 1.0.1"),
        ("x", "1.0.0", "npm/x/-/x-1.0.1.tgz?v=1", "x 1.0.1"),
        ("@s/x", "1.0.0", "@s%2fx/-/x-1.0.1.tgz", "@s/x 1.0.1"),
        ("x", "1.0.0", "evil/-/evil-1.0.0.tgz", "evil 1.0.0"),
        ("@s/x", "1.0.0", "@t/y/-/y-1.0.0.tgz", "@t/y 1.0.0"),
        ("x", "1.0.0", "x/-/x-1.0.0.tgz", ""),
        ("@s/x", "1.0.0", "@s/x/-/@s/x-1.0.0.tgz", ""),
        ("@s/x", "1.0.0", "@t/x/-/x-1.0.0.tgz", ""),  # a fork, or a scope of one's own registry
        ("x", "1.0.0-rc.1", "x/-/x-1.0.0.tgz", ""),
        ("x", "1.0.0", "x/-/x-1.0.0-rc.1.tgz", ""),
        ("x", "1.0.0", "download/x/1.0.1/5f5f", ""),
        ("x", "1.0.0", "x/-/1.0.1.tgz", ""),
    ],
)
def test_an_address_of_another_tarball_is_told(name: str, version: str, path: str, held: str, tmp_path: Path) -> None:
    entry = {"version": version, "resolved": f"https://registry.example/{path}", "integrity": _SHA512}
    told = f"the lock holds {name} {version} at the address of {held}"
    found = _stale({"": {}, f"node_modules/{name}": entry}, tmp_path)
    assert found == ([(("packages", f"node_modules/{name}", "resolved"), told)] if held else [])
    found = _stale({name: entry}, tmp_path, version=1)
    assert found == ([(("dependencies", name, "resolved"), told)] if held else [])
    assert _stale({"alias": {**entry, "version": f"npm:{name}@{version}"}}, tmp_path, version=1) == [
        (("dependencies", "alias", "resolved"), told) for _ in found
    ]


@pytest.mark.parametrize(
    ("resolved", "insecure"),
    [
        ("git://git.example/u/x.git", True),
        ("git+http://git.example/u/x.git", True),
        ("git://gitlab.com/u/x.git", True),
        ("git+http://github.com/u/x.git", True),
        ("git://github.com/u/x.git", False),  # npm makes https of it
        ("git+ssh://git@git.example/u/x.git", False),
        ("git+https://git.example/u/x.git", False),
    ],
)
def test_a_clone_without_tls_is_told(resolved: str, insecure: bool) -> None:
    for lock in ({"packages": {"node_modules/x": {"version": "1.0.0", "resolved": f"{resolved}#{_COMMIT}"}}},
                 {"dependencies": {"x": {"version": f"{resolved}#{_COMMIT}"}}}):  # fmt: skip
        facts = [one.kind for one in _read(lock) if isinstance(one, Fact)]
        assert facts == (["insecure-transport"] if insecure else [])


def test_an_ancient_lock_may_leave_out_what_is_for_development(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"devDependencies": {"y": "1"}}')
    assert _read({"dependencies": {}}, root=str(tmp_path)) == []
    assert len(_read({"lockfileVersion": 1, "dependencies": {}}, root=str(tmp_path))) == 1


def test_a_tarball_in_the_repository_is_as_firm_as_its_hash_and_local_without(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x 1.tgz").write_bytes(b"")
    for lock in (
        {"packages": {"node_modules/x": {"version": "1.0.0", "resolved": "file:x%201.tgz"}}},
        {"dependencies": {"x": {"version": "file:x%201.tgz"}}},
    ):
        assert _only(_read(lock, "a/package-lock.json", str(tmp_path))).verdict == "local"
        assert _only(_read(lock, "package-lock.json", str(tmp_path))).verdict == "unknown"
    for integrity, verdict in ((_SHA512, "digest"), (_SHA1, "local"), ("prose", "local")):
        entry = {"version": "1.0.0", "resolved": "file:x%201.tgz", "integrity": integrity}
        assert _only(_read({"packages": {"node_modules/x": entry}}, "a/package-lock.json", str(tmp_path))).verdict == verdict


# --- nothing raises ----------------------------------------------------------------------------------------------------------

_texts = st.text(max_size=5) | st.sampled_from(
    [
        _URL,
        _SHA512,
        _SHA1,
        _GIT,
        "file:x",
        "npm:a@1",
        "https://",
        "http://localhost",
        "\ud800",
        "1.0.0",
        "node_modules/x",
        "node_modules/",
    ]
)
_fields = st.sampled_from(
    ["version", "resolved", "integrity", "link", "inBundle", "bundled", "name", "dependencies", "bundleDependencies", "from"]
)
_anything = st.recursive(
    st.none() | st.booleans() | st.integers() | _texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_fields | _texts, inner, max_size=5),
    max_leaves=15,
)
_keys = st.sampled_from(["", "a", "node_modules/x", "node_modules/x/node_modules/@s/y", "node_modules/", "/", "../x"]) | _texts
_tops = st.sampled_from(["lockfileVersion", "packages", "dependencies"])


@given(st.dictionaries(_tops, _anything | st.dictionaries(_keys, _anything, max_size=4), max_size=3) | _anything)
def test_any_json_gives_references_and_facts_that_can_be_located(lock: object) -> None:
    text = json.dumps(lock)
    items = _read(text)
    places = {item.span for item in items} | {item.site for item in items if isinstance(item, Reference) and item.site}
    paths = [place for place in places if isinstance(place, KeyPath)]
    assert locate(text, paths).keys() == set(paths)
    for item in items:
        if isinstance(item, Fact):
            assert item.kind in FACTS
            assert item.detail
        else:
            assert item.verdict in VERDICTS
            assert item.why or item.verdict == "digest"
            purl(item.artifact.name, item.version)


@given(st.binary() | st.text(alphabet='{}[]":, <=>\n').map(str.encode))
def test_any_bytes_without_nul_are_a_lock_or_a_fact(data: bytes) -> None:
    document = Document("package-lock.json", data.replace(b"\0", b"").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff"))
    for item in references(document, Tree("/nowhere", list)):
        assert isinstance(item.span, KeyPath) or 0 <= item.span.start <= item.span.end <= max(1, len(document.text))


# --- names -------------------------------------------------------------------------------------------------------------------


def test_names_and_versions_make_package_urls() -> None:
    assert purl("@scope/name", "1.0.0-rc.1+x") == "pkg:npm/%40scope/name@1.0.0-rc.1%2Bx"
    assert purl("name", "") == "pkg:npm/name"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://Registry.Example:8443/a/b", "https://registry.example:8443"),
        ("git+ssh://git@github.com/u/r.git#x", "git+ssh://github.com"),
        ("https://user:p@ss@registry.example/x", "https://registry.example"),
        ("file:x", ""),
        ("", ""),
    ],
)
def test_an_origin_holds_no_credentials(url: str, expected: str) -> None:
    assert origin(url) == expected


def test_any_digest_of_the_strongest_algorithm_may_match() -> None:
    assert integrity_verdict(f"sha512-short {_SHA512}").verdict == "digest"
    assert integrity_verdict(f"sha256-{'A' * 43}= sha512-short").verdict == "version"
