"""Compose files against Compose itself: the same images after interpolation, and a fixed file is still one.

The second reader is docker-compose 1.29, which Debian carries. It knows neither nested defaults nor `:+`: those stand in
test_interpolation.py.
"""

from __future__ import annotations

import json
import random
import subprocess
from typing import TYPE_CHECKING, Any

import yaml
from conftest import need

import pinlint.formats.compose as reader
from pinlint.model import Reference, Span
from pinlint.notations import edits
from pinlint.pins import NoPin, Pin, apply
from pinlint.syntax.interpolation import UNKNOWN, dotenv, expand
from pinlint.text import Document
from pinlint.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = "sha256:" + "0123456789abcdef" * 4
ENVIRONMENT = "SET=one\nEMPTY=\nexport QUOTED='two words'\nDOUBLE=\"three\"\n"
PIECES = ("shop/app", "nginx:",
          "1.29", "-alpine", "@", "/", "$$", "ghcr.io/", "${SET}", "$SET", "${EMPTY}x", "${DOUBLE}", "$DOUBLE",
          "${UNSET:-nginx:1.29}", "${UNSET-1.2}", "${EMPTY:-5}", "${EMPTY-6}", "${SET:-7}", "${SET:?is set}", "${SET?is set}",
          "${UNSET:-}", "${UNSET:-a b}", "${QUOTED}", "${SET-}")  # fmt: skip


def composed(folder: Path, text: str) -> dict[str, Any]:
    """What docker-compose makes of a file."""
    need("docker-compose")
    (folder / "docker-compose.yml").write_text(text)
    command = ["docker-compose", "-f", "docker-compose.yml", "config"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = yaml.safe_load(done.stdout)
    return found


def images(text: str, folder: Path) -> list[Reference]:
    tree = Tree(str(folder), lambda: ["docker-compose.yml", ".env"])
    found = list(reader.references(Document("docker-compose.yml", text.encode()), tree))
    return [one for one in found if isinstance(one, Reference)]


def test_variables_get_the_values_that_compose_gives_them(tmp_path: Path) -> None:
    chance = random.Random(20260101)
    (tmp_path / ".env").write_text(ENVIRONMENT)
    written = ["".join(chance.choices(PIECES, k=chance.randint(1, 5))) for _ in range(300)]
    text = yaml.safe_dump({"version": "3.7", "services": {f"s{n:03}": {"image": image} for n, image in enumerate(written)}})
    theirs = composed(tmp_path, text)["services"]
    variables = dotenv(ENVIRONMENT)
    for number, image in enumerate(written):
        assert expand(image, variables).text.replace(UNKNOWN, "") == theirs[f"s{number:03}"]["image"].replace("$$", "$"), image


def test_fixed_file_holds_the_same_services_with_digests(tmp_path: Path) -> None:
    text = (
        "version: '3.7'\nx-app: &app\n  image: shop/app:2 # ours\nservices:\n"
        "  one: {image: \"${IMAGE:-nginx:1.29}\", ports: ['80:80']}\n  two:\n    image: 'redis'\n"
        "  three:\n    <<: *app\n    command: go\n  four:\n    build: .\n    image: shop/own\n"
        "  five:\n    image: nginx:${TAG:-1.29}\n"
    )
    pin = Pin("latest", (DIGEST,), "")
    changes = []
    for one in images(text, tmp_path):
        if one.verdict in ("tag", "floating") and isinstance(one.site, Span):
            made = edits(one, one.site, Document("docker-compose.yml", text.encode()), pin)
            assert not isinstance(made, NoPin)
            changes += made
    before, after = composed(tmp_path, text), composed(tmp_path, apply(text, changes))
    held = {name: service["image"] for name, service in after["services"].items()}
    assert held == {
        "one": f"nginx:1.29@{DIGEST}", "two": f"redis:latest@{DIGEST}", "three": f"shop/app:2@{DIGEST}", "four": "shop/own",
        "five": "nginx:1.29",
    }  # fmt: skip
    for name, service in before["services"].items():
        service["image"] = held[name]
    assert json.dumps(before) == json.dumps(after)
