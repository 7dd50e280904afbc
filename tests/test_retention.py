"""What the tables about keeping images have in common, and what commands and files say to each other."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from importlib import import_module
from pkgutil import iter_modules

import pytest
from clock import seconds

from pinlint.formats import named
from pinlint.programs import vendors as programs
from pinlint.semantics import vendors
from pinlint.semantics.pinned_images import pinned
from pinlint.semantics.policy_texts import is_named
from pinlint.tree import Tree

VENDORS = sorted(module.name for module in iter_modules(vendors.__path__))
PROGRAMS = sorted(module.name for module in iter_modules(programs.__path__))


@pytest.mark.parametrize("name", VENDORS)
def test_every_table_of_a_vendor_says_when_and_where_it_was_read(name: str) -> None:
    module = import_module(f"pinlint.semantics.vendors.{name}")
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", module.READ)
    assert module.SOURCES
    assert all(": " in source for source in module.SOURCES)
    assert set(module.__all__) == {word for word in vars(module) if word[0] != "_" and word != "annotations"}


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_is_known_of_programs_says_when_and_where_it_was_read(name: str) -> None:
    module = import_module(f"pinlint.programs.vendors.{name}")
    assert re.fullmatch(r"20\d\d-\d\d(?:-\d\d)?", module.READ)
    assert module.SOURCES
    assert all(": " in source for source in module.SOURCES)


@pytest.mark.parametrize(
    "name",
    [*named("retention_policy").patterns, "app.json", "policies.json", "images.txt", "policy.jsonnet", "main.tf.json"],
    ids=str,
)
def test_a_command_leaves_a_policy_to_its_file_where_its_name_says_so(name: str) -> None:
    """Else what is wrong with it would be said twice, or not at all."""
    path = f"policies/{name.replace('*', 'app-')}"
    table = named("retention_policy")
    judged = any(fnmatchcase(path.rpartition("/")[2], one) for one in table.patterns)
    assert is_named(path) is judged


def images(count: int) -> Tree:
    """A repository whose one file names so many images in one line."""
    text = ",".join(f'"acmeprod.azurecr.io/app@sha256:{number:064x}"' for number in range(count))
    return Tree("/nowhere", lambda: ["images.json"], {"images.json": f"[{text}]".encode()})


def test_every_pinned_image_of_a_line_is_seen_in_linear_time() -> None:
    assert len(pinned(images(400))) == 400
    few, many = (seconds(lambda count=count: pinned(images(count))) for count in (1_000, 8_000))  # type: ignore[misc]
    assert many < 8 * few * 4
