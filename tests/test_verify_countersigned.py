"""NET908 of npm's packages: what a registry signs, well, wrongly and not at all; npm's own code is asked about the same."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

import pytest
from conftest import need
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from servers.stub import Answer, Asked, Stub, stub

from pinlint import cli
from pinlint.verify import signatures
from pinlint.verify.signed import countersigned

VERSION = "1.2.0"
END = "2025-01-29T00:00:00.000Z"
SHA1, SHA512 = (f"{name}-{base64.b64encode(hashlib.new(name, b'tarball').digest()).decode()}" for name in ("sha1", "sha512"))
OTHER = f"sha512-{base64.b64encode(hashlib.sha512(b'other').digest()).decode()}"
SHASUM = hashlib.sha1(b"tarball").hexdigest()
#: The registry's keys by their names, made from these numbers; "stranger" is nobody's here.
KEYS = {"SHA256:new": 11, "SHA256:old": 22}
Signatures = list[dict[str, Any]]


@cache
def key(number: int) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(number, ec.SECP256R1())


def spki(number: int, encoding: Encoding = Encoding.DER) -> bytes:
    return key(number).public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)


def signed(
    name: str = "", *, by: str = "SHA256:new", number: int = 0, version: str = VERSION, over: str = SHA512
) -> Callable[[str], Any]:
    """A signature as npm makes them, of a package (else of the one that is asked about)."""

    def made(asked: str) -> dict[str, Any]:
        message = f"{name or asked}@{version}:{over}".encode()
        signature = key(number or KEYS[by]).sign(message, ec.ECDSA(hashes.SHA256()))
        return {"keyid": by, "sig": base64.b64encode(signature).decode()}

    return made


def flipped(asked: str) -> dict[str, Any]:
    made = signed()(asked)
    raw = base64.b64decode(made["sig"])
    return {**made, "sig": base64.b64encode(raw[:-1] + bytes([raw[-1] ^ 1])).decode()}


class Package(NamedTuple):
    """What a registry says of a package that the lock has with `held`, what npm says of it ("" = nothing), and what is found (a
    part of the message, "" = it holds)."""

    signatures: tuple[Callable[[str], Any], ...] | None
    found: str = ""
    npm: str = ""
    integrity: str = SHA512
    held: str = SHA512
    published: str = "2025-06-01T00:00:00.000Z"
    #: Whether an earlier version is signed.
    earlier: bool = True
    severity: str = "error"
    #: Whether what is found is that nobody can tell.
    unknown: bool = False


HOLDS = "true: 1 × NET908"
HOLDS_NOT = "its registry's signature does not hold: it is not of SHA256:new over what the lock has"
INVALID, EXPIRED, UNKNOWN_KEY, MISSING = "EINTEGRITYSIGNATURE", "EEXPIREDSIGNATUREKEY", "EMISSINGSIGNATUREKEY", "missing"
PACKAGES = {
    "signed": Package((signed(),)),
    "@acme/signed": Package((signed(),)),
    "old-key-in-time": Package((signed(by="SHA256:old"),), published="2024-06-01T00:00:00.000Z"),
    "old-key-and-untouched-since": Package((signed(by="SHA256:old"),), published="2024-06-01T00:00:00.000Z"),
    "old-key-and-nobody-knows-when": Package((signed(by="SHA256:old"),), published=""),
    "by-both-keys": Package((signed(by="SHA256:old"), signed()), published="2024-06-01T00:00:00.000Z"),
    "sha1-alone": Package((signed(over=SHA1),), integrity="", held=SHA1),
    "two-algorithms": Package((signed(over=f"{SHA1} {SHA512}"),), integrity=f"{SHA1} {SHA512}"),
    "unsigned": Package(None, "its registry has not signed it, but has other versions", MISSING),
    "empty-list": Package((), "its registry has not signed it, but has other versions", MISSING),
    "nothing-of-it-signed": Package(None, "as `npm audit signatures` says", MISSING, earlier=False, severity="note"),
    "old-key-too-late": Package(
        (signed(by="SHA256:old"),), "is by a key that was in use until 2025-01-29, and it was published 2025-06-01", EXPIRED,
        severity="warning",
    ),
    "on-the-last-day": Package((signed(by="SHA256:old"),), "was published 2025-01-29", EXPIRED, published=END, severity="warning"),
    "unknown-key": Package((signed(by="SHA256:gone", number=33),), "it is signed with SHA256:gone", UNKNOWN_KEY, unknown=True),
    "no-name-of-a-key": Package((lambda _: {"sig": "AAAA"},), "it is signed with a key without a name", UNKNOWN_KEY, unknown=True),
    "flipped": Package((flipped,), HOLDS_NOT, INVALID),
    "one-of-two": Package((signed(), flipped), HOLDS_NOT, INVALID),
    "by-a-stranger": Package((signed(number=33),), HOLDS_NOT, INVALID),
    "of-another-package": Package((signed("signed"),), HOLDS_NOT, INVALID),
    "of-another-version": Package((signed(version="1.1.0"),), HOLDS_NOT, INVALID),
    "of-other-bytes": Package((signed(over=OTHER),), HOLDS_NOT, INVALID),
    "without-its-end": Package((lambda name: {**signed()(name), "sig": signed()(name)["sig"][:40]},), HOLDS_NOT, INVALID),
    "no-base64": Package((lambda name: {**signed()(name), "sig": "%%%"},), "it holds something that is no base64", INVALID),
    # npm looks at what the registry says now, and not at what the lock has:
    "registry-says-and-signs-other-bytes": Package((signed(over=OTHER),), HOLDS_NOT, "", integrity=OTHER),
    "registry-says-other-bytes": Package((signed(),), "", INVALID, integrity=OTHER),
    "lock-has-another-algorithm": Package((signed(),), "the lock has only sha1 of it", "", held=SHA1, unknown=True),
}  # fmt: skip


def document(name: str, package: Package, url: str) -> dict[str, Any]:
    tarball = f"{url}/{name}/-/{name.rpartition('/')[2]}-{{}}.tgz"
    here: dict[str, Any] = {
        "shasum": SHASUM,
        "tarball": tarball.format(VERSION),
        **({"integrity": package.integrity} if package.integrity else {}),
    }
    if package.signatures is not None:
        here["signatures"] = [one(name) for one in package.signatures]
    before: dict[str, Any] = {"shasum": SHASUM, "integrity": SHA512, "tarball": tarball.format("1.1.0")}
    if package.earlier:
        before["signatures"] = [signed(version="1.1.0")(name)]
    versions = {version: {"name": name, "version": version, "dist": dist} for version, dist in (("1.1.0", before), (VERSION, here))}
    time = {"1.1.0": "2024-01-01T00:00:00.000Z", **({VERSION: package.published} if package.published else {})}
    return {"name": name, "dist-tags": {"latest": VERSION}, "versions": versions, "time": time}


def listed() -> list[dict[str, Any]]:
    common = {"keytype": "ecdsa-sha2-nistp256", "scheme": "ecdsa-sha2-nistp256"}
    return [
        {"keyid": name, "key": base64.b64encode(spki(number)).decode(), "expires": END if name == "SHA256:old" else None, **common}
        for name, number in KEYS.items()
    ]


@contextmanager
def served() -> Iterator[Stub]:
    """A registry of all packages, with its keys; short documents where they are asked for, as the public one has them."""
    with stub() as server:

        def answer(asked: Asked) -> Answer:
            path = unquote(asked.path).lstrip("/")
            if path == "-/npm/v1/keys":
                return Answer(headers=(("Content-Type", "application/json"),), body=json.dumps({"keys": listed()}).encode())
            if path not in PACKAGES:
                return Answer(404)
            made = document(path, PACKAGES[path], server.url)
            if "install-v1" in asked.headers.get("accept", ""):
                del made["time"]
                made["modified"] = "2024-06-02T00:00:00.000Z" if "untouched" in path else "2025-07-01T00:00:00.000Z"
            return Answer(headers=(("Content-Type", "application/json"),), body=json.dumps(made).encode())

        server.answer = answer
        yield server


@pytest.fixture
def registry() -> Iterator[Stub]:
    with served() as server:
        yield server


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What is printed of a lock with all packages, and of each that holds by itself why nothing is."""
    folder = tmp_path_factory.mktemp("everything")
    with served() as server, pytest.MonkeyPatch.context() as patched:
        patched.setenv("npm_config_registry", server.url)
        patched.setenv("HOME", str(folder))
        patched.chdir(folder)
        write_lock(folder, server.url, *PACKAGES)
        with (folder / "out").open("w") as out, redirect_stdout(out), redirect_stderr(out):
            assert cli.main(["verify", "--select", "NET908", "--output-format", "concise", "--verbose"]) == 1
    return (folder / "out").read_text()


@pytest.fixture
def run(
    registry: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """(exit code, everything printed) of an audit of a lock with some of the packages, under a policy."""
    monkeypatch.setenv("npm_config_registry", registry.url)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def made(*names: str, policy: str = "", **options: str) -> tuple[int, str]:
        write_lock(tmp_path, registry.url, *names)
        (tmp_path / "pinlint.toml").write_text(policy and f"[[verify.signatures]]\npattern = 'npm:*'\n{policy}")
        more = [text for name, value in options.items() for text in (f"--{name}", value)]
        code = cli.main(["verify", "--select", "NET908", "--output-format", "concise", "--verbose", *more])
        told = capsys.readouterr()
        return code, told.out + told.err

    return made


def write_lock(folder: Path, url: str, *names: str) -> None:
    entries = {
        f"node_modules/{name}": {
            "version": VERSION,
            "resolved": f"{url}/{name}/-/{name.rpartition('/')[2]}-{VERSION}.tgz",
            "integrity": PACKAGES[name].held,
        }
        for name in names
    }
    root = {"name": "web", "version": "1.0.0", "dependencies": dict.fromkeys(names, VERSION)}
    (folder / "package.json").write_text(json.dumps(root))
    lock = {"name": "web", "version": "1.0.0", "lockfileVersion": 3, "requires": True, "packages": {"": root, **entries}}
    (folder / "package-lock.json").write_text(json.dumps(lock))


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_is_judged_by_what_its_registry_signed(name: str, everything: str) -> None:
    package = PACKAGES[name]
    lines = [line for line in everything.splitlines() if f" {name} 1.2.0" in line]
    if package.unknown:
        assert re.search(rf"(?m)× {re.escape(package.found)}.*\n.*NET908 {re.escape(name)} 1\.2\.0$", everything), everything
        assert len(lines) == 1
    else:
        assert [package.found in line for line in lines] == [True] * bool(package.found), lines
        assert all(f": {package.severity}: NET908 locked package" in line for line in lines), lines


def test_what_holds_is_counted(everything: str) -> None:
    assert f"true: {sum(not one.found for one in PACKAGES.values())} × NET908" in everything


def test_npm_says_the_same(registry: Stub, tmp_path: Path) -> None:
    """pacote, which `npm audit signatures` asks about each package, has the keys that the registry sends."""
    script = """
const pacote = load('pacote'), found = {};
(async () => {
  const keys = (await (await fetch(ask.url + '/-/npm/v1/keys')).json()).keys
    .map(key => ({...key, pemkey: `-----BEGIN PUBLIC KEY-----\\n${key.key}\\n-----END PUBLIC KEY-----`}));
  const options = {verifySignatures: true, registry: ask.url + '/', cache: ask.cache, retry: {retries: 0},
    [`//${ask.url.split('//')[1]}/:_keys`]: keys};
  for (const name of ask.names) {
    try { found[name] = ((await pacote.manifest(`${name}@1.2.0`, options))._signatures || []).length ? '' : 'missing' }
    catch (error) { found[name] = error.code || String(error) }
  }
  process.stdout.write(JSON.stringify(found));
})();
"""
    found = npm(script, {"url": registry.url, "cache": str(tmp_path / "cache"), "names": list(PACKAGES)}, tmp_path)
    assert found == {name: package.npm for name, package in PACKAGES.items()}


def test_npm_audit_signatures_finds_the_same_packages(registry: Stub, tmp_path: Path) -> None:
    """The program itself, over what can be judged without ending its run; Sigstore's repository of keys is out of its reach, as it
    is for every registry that has none there."""
    need("node", "npm")
    names = [
        name for name, package in PACKAGES.items() if package.npm in ("", MISSING, INVALID) and package.held == package.integrity
    ]
    write_lock(tmp_path, registry.url, *names)
    for name in names:
        folder = tmp_path / "node_modules" / name
        folder.mkdir(parents=True)
        (folder / "package.json").write_text(json.dumps({"name": name, "version": VERSION}))
    (tmp_path / "away.cjs").write_text(
        "const Module = require('module'), load = Module._load;\n"
        "const getTarget = async () => { throw Object.assign(new Error('away'), {code: 'TUF_FIND_TARGET_ERROR'}) };\n"
        "Module._load = function (name, ...rest) {\n"
        "  return name === '@sigstore/tuf' ? {initTUF: async () => ({getTarget})} : load.call(this, name, ...rest);\n};\n"
    )
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "NODE_OPTIONS": f"--require {tmp_path / 'away.cjs'}",
        "npm_config_registry": registry.url, "npm_config_cache": str(tmp_path / "cache"), "npm_config_update_notifier": "false",
    }  # fmt: skip
    done = subprocess.run(
        ["npm", "audit", "signatures", "--json"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
    )
    told = json.loads(done.stdout)
    assert {one["name"] for one in told["missing"]} == {name for name in names if PACKAGES[name].npm == MISSING}, done.stderr
    assert {one["name"] for one in told["invalid"]} == {name for name in names if PACKAGES[name].npm == INVALID}, done.stderr
    assert len(names) > 10


def npm(script: str, asked: object, folder: Path) -> Any:
    """What a script prints that requires npm's own modules by `load`."""
    need("node", "npm")
    modules = Path(os.path.realpath(str(shutil.which("npm")))).parent.parent / "node_modules"
    head = f"const load = name => require({str(modules)!r} + '/' + name); const ask = JSON.parse(require('fs').readFileSync(0));"
    done = subprocess.run(
        ["node", "-e", head + script], input=json.dumps(asked), capture_output=True, text=True, timeout=120, cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


POLICIES = {
    "registry": ("signed", "registry = true\n", 0, HOLDS),
    "registry-and-unsigned": ("nothing-of-it-signed", "registry = true\n", 1, "its registry has not signed it, as verify"),
    "registry-and-unknown-key": ("unknown-key", "registry = true\n", 1, "unknown-key 1.2.0: could not be checked"),
    "registry-and-too-late": ("old-key-too-late", "registry = true\n", 1, "error: NET908"),
    "own-copy-of-the-key": ("signed", "key = 'new.pub'\n", 0, HOLDS),
    "own-copy-of-a-key-that-the-registry-lost": ("unknown-key", "key = ['old.pub', 'gone.pub']\n", 0, HOLDS),
    "another-key": ("signed", "key = 'gone.pub'\n", 1, "signed with a key that the policy does not name (verify.signatures npm:*)"),
    "another-key-or-the-registry": ("signed", "signers = [{ key = 'gone.pub' }, { registry = true }]\n", 0, HOLDS),
    "no-such-file": ("signed", "key = 'none.pub'\n", 1, "could not be checked: none.pub, which verify.signatures npm:* names"),
    "own-key-and-other-bytes": ("of-other-bytes", "key = 'new.pub'\n", 1, HOLDS_NOT),
    "nothing": ("flipped", "none = true\n", 0, "1 pinned reference"),
}  # fmt: skip


@pytest.mark.parametrize("case", POLICIES)
def test_a_policy_says_whose_keys_count(case: str, run: Callable[..., tuple[int, str]], tmp_path: Path, registry: Stub) -> None:
    name, policy, code, found = POLICIES[case]
    for file, number in (("new", 11), ("old", 22), ("gone", 33)):
        (tmp_path / f"{file}.pub").write_bytes(spki(number, Encoding.PEM))
    told, out = run(name, policy=policy)
    assert (told, code) == (code, code), out
    if case == "nothing":
        assert registry.asked == []
    else:
        assert found in out, out


ANSWERS = {
    "no-keys": (Answer(404), 0, "", True),
    "nexus": (Answer(400), 0, "", True),
    "forbidden": (Answer(403), 0, "Could not be checked 1", True),
    "broken": (Answer(500), 0, "Could not be checked 1", True),
    "page-of-a-login": (Answer(body=b"<html>"), 0, "is no list of keys", True),
    "list-of-texts": (Answer(body=b'{"keys": ["a"]}'), 0, "is no list of keys", True),
    "key-of-another-kind": (Answer(body=b'{"keys": [{"keyid": "SHA256:new", "key": "AAAA"}]}'), 0, "", True),
    "too-large": (Answer(body=b" " * 2_000_000), 0, "Could not be checked 1", True),
    "no-keys-and-a-policy": (Answer(404), 1, "its registry has no keys to check it by, as verify.signatures npm:* demands", False),
    "broken-and-a-policy": (Answer(500), 1, "could not be checked", False),
}  # fmt: skip


@pytest.mark.parametrize("case", ANSWERS)
def test_what_a_registry_answers_instead_of_keys_is_neither_a_pass_nor_a_finding(
    case: str, run: Callable[..., tuple[int, str]], registry: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, code, found, free = ANSWERS[case]
    monkeypatch.setattr("pinlint.http._backoff", lambda _: 0.0)
    usual = registry.answer
    registry.answer = lambda asked: answer if asked.path.endswith("/keys") else usual(asked)
    told, out = run("signed", policy="" if free else "registry = true\n")
    assert told == code, out
    assert found in out, out
    assert HOLDS not in out, out


def test_keys_and_packages_are_asked_for_once_and_dates_only_where_they_matter(
    run: Callable[..., tuple[int, str]], registry: Stub
) -> None:
    run("signed", "@acme/signed", "unsigned", "old-key-in-time", "old-key-and-untouched-since")
    asked = [unquote(one.path) for one in registry.asked]
    assert sorted(asked) == [
        "/-/npm/v1/keys", "/@acme/signed", "/old-key-and-untouched-since", "/old-key-in-time", "/old-key-in-time", "/signed",
        "/unsigned",
    ]  # fmt: skip


def test_a_record_is_verified_again(run: Callable[..., tuple[int, str]], registry: Stub, tmp_path: Path) -> None:
    record = tmp_path / "answers.json"
    assert run("signed", **{"save-resolutions": str(record)})[0] == 0
    registry.asked.clear()
    assert HOLDS in run("signed", resolutions=str(record))[1]
    kept = json.loads(record.read_text())
    (entry,) = kept["evidence"]
    entry["facts"]["signatures"] = [json.dumps(list(flipped("signed").values()))]
    record.write_text(json.dumps(kept))
    code, out = run("signed", resolutions=str(record))
    assert (code, HOLDS_NOT in out, registry.asked) == (1, True, [])
    entry["facts"]["signatures"] = ["[1"]
    record.write_text(json.dumps(kept))
    assert "the record of it is damaged" in run("signed", resolutions=str(record))[1]


def test_without_the_library_nothing_is_claimed(run: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signatures, "find_spec", lambda _: None)
    monkeypatch.setattr(countersigned, "judged", None)
    code, out = run("signed")
    assert (code, "'pinlint-cli[verify]'" in out, HOLDS in out) == (0, True, False), out
    assert "has not signed it, but has other versions" in run("unsigned")[1]
    assert run("signed", policy="registry = true\n")[0] == 1


LOCKS: dict[str, Callable[[str, str], str]] = {
    "package-lock.json": lambda name, url: json.dumps({
        "lockfileVersion": 3, "packages": {"": {"dependencies": {"other": f"npm:{name}@{VERSION}"}}, "node_modules/other": {
            "name": name, "version": VERSION, "resolved": f"{url}/{name}/-/{name}-{VERSION}.tgz", "integrity": SHA512,
        }},
    }),
    "yarn.lock": lambda name, url: (
        f'# yarn lockfile v1\n\n\n{name}@^1.0.0:\n  version "{VERSION}"\n'
        f'  resolved "{url}/{name}/-/{name}-{VERSION}.tgz#{SHASUM}"\n  integrity {SHA512}\n'
    ),
    "pnpm-lock.yaml": lambda name, _: (
        f"lockfileVersion: '9.0'\nimporters:\n  .: {{}}\npackages:\n  {name}@{VERSION}:\n    resolution: {{integrity: {SHA512}}}\n"
        f"snapshots:\n  {name}@{VERSION}: {{}}\n"
    ),
    "bun.lock": lambda name, _: json.dumps({
        "lockfileVersion": 1, "workspaces": {"": {"name": "web", "dependencies": {name: VERSION}}},
        "packages": {name: [f"{name}@{VERSION}", "", {}, SHA512]},
    }),
}  # fmt: skip


@pytest.mark.parametrize("path", LOCKS)
def test_every_lock_that_has_the_registrys_integrity_is_judged(
    path: str, tmp_path: Path, registry: Stub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In package-lock.json under another name, which is not the one that is signed."""
    monkeypatch.setenv("npm_config_registry", registry.url)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for name, code, said in (("signed", 0, HOLDS), ("flipped", 1, HOLDS_NOT)):
        (tmp_path / path).write_text(LOCKS[path](name, registry.url))
        assert cli.main(["verify", "--select", "NET908", "--output-format", "concise"]) == code
        told = capsys.readouterr()
        assert said in told.out + told.err, told


def test_a_sum_of_an_archive_that_yarn_made_itself_is_nobodys_signature(
    run: Callable[..., tuple[int, str]], tmp_path: Path, registry: Stub
) -> None:
    run("signed")
    (tmp_path / "package-lock.json").unlink()
    (tmp_path / "yarn.lock").write_text(
        '__metadata:\n  version: 8\n\n"signed@npm:^1.0.0":\n  version: 1.2.0\n  resolution: "signed@npm:1.2.0"\n'
        f"  checksum: 10c0/{'5f' * 64}\n  languageName: node\n  linkType: hard\n"
    )
    registry.asked.clear()
    assert (cli.main(["verify", "--select", "NET908"]), registry.asked) == (0, [])


def test_the_registry_of_this_machine_has_signed_what_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A real one: of a package that its npm can ask about, right and with another integrity in the lock."""
    need("npm")

    def npm_says(*words: str) -> str:
        return subprocess.run(["npm", *words], capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path).stdout.strip()

    dist = json.loads(npm_says("view", "is-odd@3.0.1", "dist", "--json") or "{}")
    if not dist.get("signatures"):
        pytest.skip("the registry that npm asks here is not to be reached, or signs nothing")
    monkeypatch.chdir(tmp_path)
    for held, code, said in ((dist["integrity"], 0, HOLDS), (OTHER, 1, "its registry's signature does not hold")):
        entry = {"version": "3.0.1", "resolved": dist["tarball"], "integrity": held}
        lock = {"lockfileVersion": 3, "packages": {"": {"dependencies": {"is-odd": "3.0.1"}}, "node_modules/is-odd": entry}}
        (tmp_path / "package-lock.json").write_text(json.dumps(lock))
        assert cli.main(["verify", "--select", "NET908", "--output-format", "concise"]) == code
        told = capsys.readouterr()
        assert said in told.out + told.err
