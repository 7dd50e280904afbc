"""npm lock files of any size, for benchmarks: the same text for the same size."""

from __future__ import annotations

import argparse
import base64
import hashlib
import json

__all__ = ["make_lock"]


def make_lock(size: int, integrity: bool = True) -> str:
    """A lock of version 3 as npm writes it: one entry in ten nested, one in five scoped.

    It has about `size` characters, and without the integrity of its entries the same entries.
    """
    packages: dict[str, dict[str, object]] = {"": {"name": "sample", "version": "1.0.0", "dependencies": {}}}
    written, number = 0, 0
    while written < size:
        key, entry = _entry(number)
        packages[key] = entry
        written += len(json.dumps(entry, indent=2)) + len(key) + 4 * (len(entry) + 3)
        number += 1
        if not integrity:
            del entry["integrity"]
    lock = {"name": "sample", "version": "1.0.0", "lockfileVersion": 3, "requires": True, "packages": packages}
    return json.dumps(lock, indent=2) + "\n"


def _entry(number: int) -> tuple[str, dict[str, object]]:
    base, version = f"package-{number}", f"{number % 7}.{number % 13}.{number % 29}"
    name = f"@scope-{number % 40}/{base}" if number % 5 == 0 else base
    entry: dict[str, object] = {"version": version, "resolved": f"https://registry.example/{name}/-/{base}-{version}.tgz"}
    entry["integrity"] = "sha512-" + base64.b64encode(hashlib.sha512(name.encode()).digest()).decode()
    entry |= {"dev": True} if number % 3 == 0 else {}
    entry |= {"license": "MIT", "dependencies": {f"package-{number + step}": f"^{step}.0.0" for step in range(1, number % 4 + 1)}}
    entry["engines"] = {"node": ">=18"}
    return f"node_modules/package-{number - 1}/node_modules/{name}" if number % 10 == 9 else f"node_modules/{name}", entry


def _main() -> None:
    parser = argparse.ArgumentParser(description="Writes an npm lock file and prints how many packages it locks.")
    parser.add_argument("file")
    parser.add_argument("--size", type=int, default=8_000_000, help="characters")
    parser.add_argument("--without-integrity", action="store_true")
    given = parser.parse_args()
    text = make_lock(given.size, integrity=not given.without_integrity)
    with open(given.file, "w", encoding="utf-8") as file:
        file.write(text)
    print(text.count('"resolved"'))


if __name__ == "__main__":
    _main()
