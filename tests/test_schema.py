"""The JSON Schema of a configuration says what the reader says."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinlint import keys, trust_settings
from pinlint.config import SETTINGS, load
from pinlint.ecosystems import ECOSYSTEMS, LEVELS
from pinlint.errors import PinlintError
from pinlint.rulebook import codes
from pinlint.schema import schema
from pinlint.settings import Reader

ROOT = Path(__file__).parent.parent
VALIDATOR = jsonschema.Draft7Validator(schema())

WRONG: list[Any] = [7, True, "", "x", ["x"], [7], {}, {"x": "y"}, [{}]]
RULES = ["PIN003", "pin003", "missing-digest", "Missing-Digest", "LCK", "l", "ALL", "all", "PIN9999", "PIN3", "nothing", ""]
TEXTS = ["a", "a/**", "docker.io/library/*", ""]
PATTERNS = ["image:ghcr.io/me/*", "npm:left-pad", "command:*", "command:pypi", "command:maven", "image:", "x:y", "helm:*"]
words = st.sampled_from
rules = st.lists(words(RULES), max_size=3)
texts = st.lists(words(TEXTS), max_size=3)
levels = st.dictionaries(words([*ECOSYSTEMS, *PATTERNS, "x"]), words([*LEVELS, "weak-digest"]), max_size=2)
severities = st.dictionaries(words(RULES), words([*keys.SEVERITIES, "off"]), max_size=1)
ages = words(["3d", "72h", "2 weeks", "1 week 2 days", "P3D", "PT5H", "0", " 3d ", "3", "3 months", "P", "PT", "d3", "1 mins"])


def table(shapes: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    """A table with some of these keys, now and then one of another kind."""
    return st.fixed_dictionaries({}, optional={**shapes, "other": words(WRONG)})


ignores = table({"rule": words(RULES), "path": words(TEXTS), "artifact": words(["npm:a", "", "*:x"]), "reason": words(TEXTS),
                 "until": words(["2027-01-31", "", "31.1.2027"])})  # fmt: skip
overrides = table({"paths": texts, "require": levels, "ignore": rules, "severity": severities})
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "require": levels, "select": rules, "extend-select": rules, "ignore": rules, "exclude": texts, "extend-exclude": texts,
    "hosts": st.dictionaries(words([*ECOSYSTEMS, "x"]), texts, max_size=2), "ignores": st.lists(ignores, max_size=2),
    "overrides": st.lists(overrides, max_size=2), "fail-on": words([*keys.FAIL_ON, "note"]), "baseline": words(TEXTS),
    "min-age": ages, "severity": severities, "verify": table({"tag-moved": words([*keys.TAG_MOVED, "never"])}),
    **{name: table(dict.fromkeys(some, st.just(["a"]))) for name, some in SETTINGS.items()},
}  # fmt: skip


@given(st.data())
def test_schema_and_reader_agree(data: st.DataObject) -> None:
    key = data.draw(words([*VALUES, *VALUES, "x"]))
    value = data.draw(VALUES.get(key, words(WRONG)) | words(WRONG))
    reader = Reader("pinlint.toml")
    try:
        reader.policy({key: value})
        taken = True
    except PinlintError:
        taken = False
    assert VALIDATOR.is_valid({key: value}) == taken, {key: value}


def test_the_table_of_keys_is_whole() -> None:
    assert set(VALUES) == set(keys.KEYS) == set(schema()["properties"])
    assert set(keys.SIGNATURES) == {*trust_settings._COMMON, *trust_settings._SIGNERS, "covers", "signers"}
    assert set(keys.SIGNERS) == set(trust_settings._SIGNERS)
    assert set(keys.PROVENANCE) == {*trust_settings._COMMON, *trust_settings._SOURCES}


def test_schema_takes_what_the_pages_show() -> None:
    text = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    shown = tomllib.loads(text.partition("```toml\n")[2].partition("```")[0])
    VALIDATOR.validate(shown)
    own = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pinlint"]
    VALIDATOR.validate(own)
    jsonschema.Draft7Validator.check_schema(schema())
    assert set(schema()["definitions"]["rule"]["anyOf"][0]["enum"]) >= set(codes())


@pytest.mark.parametrize("comment", ["#:schema ./pinlint.schema.json", "# $schema: ./pinlint.schema.json"])
def test_a_comment_may_name_the_schema(tmp_path: Path, comment: str) -> None:
    """As taplo and its kin want it."""
    (tmp_path / "pinlint.toml").write_text(f'{comment}\n[require]\nimage = "tag"\n')
    assert load(str(tmp_path)).require["image"] == "tag"
