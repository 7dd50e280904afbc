"""npm lock files of any size, for benchmarks: the same text for the same size."""

from __future__ import annotations

import base64
import hashlib
import json
import sys

__all__ = ["make_lock"]


def make_lock(size: int, integrity: bool = True) -> str:
    """A lock of version 3 with about `size` characters, as npm writes it: one entry in ten nested, one in five scoped."""
    packages: dict[str, dict[str, object]] = {"": {"name": "sample", "version": "1.0.0", "dependencies": {}}}
    written, number = 0, 0
    while written < size:
        key, entry = _entry(number, integrity)
        packages[key] = entry
        written += len(json.dumps(entry, indent=2)) + len(key) + 4 * (len(entry) + 3)
        number += 1
    lock = {"name": "sample", "version": "1.0.0", "lockfileVersion": 3, "requires": True, "packages": packages}
    return json.dumps(lock, indent=2) + "\n"


def _entry(number: int, integrity: bool) -> tuple[str, dict[str, object]]:
    base, version = f"package-{number}", f"{number % 7}.{number % 13}.{number % 29}"
    name = f"@scope-{number % 40}/{base}" if number % 5 == 0 else base
    entry: dict[str, object] = {"version": version, "resolved": f"https://registry.example/{name}/-/{base}-{version}.tgz"}
    if integrity:
        entry["integrity"] = "sha512-" + base64.b64encode(hashlib.sha512(name.encode()).digest()).decode()
    entry |= {"dev": True} if number % 3 == 0 else {}
    entry |= {"license": "MIT", "dependencies": {f"package-{number + step}": f"^{step}.0.0" for step in range(1, number % 4 + 1)}}
    entry["engines"] = {"node": ">=18"}
    return f"node_modules/package-{number - 1}/node_modules/{name}" if number % 10 == 9 else f"node_modules/{name}", entry


if __name__ == "__main__":
    sys.stdout.write(make_lock(int(sys.argv[1]) if len(sys.argv) > 1 else 8_000_000))
