"""npm lock files of any size, for benchmarks, and what a registry says about their packages: the same for the same size."""

from __future__ import annotations

import argparse
import base64
import hashlib
import json

__all__ = ["make_lock", "packument"]

_REGISTRY = "https://registry.example"


def make_lock(size: int, bare: int = 0, registry: str = _REGISTRY) -> str:
    """A lock of version 3 as npm writes it: one entry in ten nested, one in five scoped, the first `bare` without integrity.

    It has about `size` characters, and without the integrity of its entries the same entries.
    """
    packages: dict[str, dict[str, object]] = {"": {"name": "sample", "version": "1.0.0", "dependencies": {}}}
    written, number = 0, 0
    while written < size:
        key, entry = _entry(number, registry)
        packages[key] = entry
        written += len(json.dumps(entry, indent=2)) + len(key) + 4 * (len(entry) + 3)
        if number < bare:
            del entry["integrity"]
        number += 1
    lock = {"name": "sample", "version": "1.0.0", "lockfileVersion": 3, "requires": True, "packages": packages}
    return json.dumps(lock, indent=2) + "\n"


def packument(name: str, registry: str) -> bytes:
    """What a registry says about a package of the sample: ten versions, one of them the locked one."""
    base = name.rpartition("/")[2]
    number = int(base.rpartition("-")[2])
    versions = {}
    for version in (*(f"{number % 7}.{number % 13}.{100 + later}" for later in range(9)), _version(number)):
        dist = {"shasum": hashlib.sha1(name.encode()).hexdigest(), "tarball": f"{registry}/{name}/-/{base}-{version}.tgz"}
        dist["integrity"] = _integrity(name)
        versions[version] = {"name": name, "version": version, "dist": dist, "engines": {"node": ">=18"}}
    return json.dumps({"name": name, "dist-tags": {"latest": _version(number)}, "versions": versions}).encode()


def _version(number: int) -> str:
    return f"{number % 7}.{number % 13}.{number % 29}"


def _integrity(name: str) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(name.encode()).digest()).decode()


def _entry(number: int, registry: str) -> tuple[str, dict[str, object]]:
    base, version = f"package-{number}", _version(number)
    name = f"@scope-{number % 40}/{base}" if number % 5 == 0 else base
    entry: dict[str, object] = {"version": version, "resolved": f"{registry}/{name}/-/{base}-{version}.tgz"}
    entry["integrity"] = _integrity(name)
    entry |= {"dev": True} if number % 3 == 0 else {}
    entry |= {"license": "MIT", "dependencies": {f"package-{number + step}": f"^{step}.0.0" for step in range(1, number % 4 + 1)}}
    entry["engines"] = {"node": ">=18"}
    return f"node_modules/package-{number - 1}/node_modules/{name}" if number % 10 == 9 else f"node_modules/{name}", entry


def _main() -> None:
    parser = argparse.ArgumentParser(description="Writes an npm lock file and prints how many packages it locks.")
    parser.add_argument("file")
    parser.add_argument("--size", type=int, default=8_000_000, help="characters")
    parser.add_argument("--bare", type=int, default=0, help="how many entries, from the first, are without integrity")
    parser.add_argument("--registry", default=_REGISTRY)
    given = parser.parse_args()
    text = make_lock(given.size, given.bare, given.registry)
    with open(given.file, "w", encoding="utf-8") as file:
        file.write(text)
    print(text.count('"resolved"'))


if __name__ == "__main__":
    _main()
