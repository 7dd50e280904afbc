"""The fixtures of CI systems are files that those systems take: their vendors' schemas, as check-jsonschema ships them, say so."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import regress
import yaml
from check_jsonschema.transforms.azure_pipelines import azure_main  # type: ignore[import-untyped]

from pinlint.discover import format_of

if TYPE_CHECKING:
    from collections.abc import Iterator

FIXTURES = Path(__file__).parent.parent / "fixtures"
SCHEMAS = {
    "gitlab_ci": "gitlab-ci", "circleci": "circle-ci", "azure_pipelines": "azure-pipelines",
    "bitbucket_pipelines": "bitbucket-pipelines", "drone": "drone-ci",
}  # fmt: skip
#: Cases that no schema takes, and why.
REFUSED = {
    "broken": "no YAML",
    "refused": "wrong on purpose",
    "template": "no YAML before it is filled in",
    "packed": "a part of a configuration",
    "drone_0_8": "the form before 1.0, of which there is no schema",
    "tasks": "the schema lists the tasks of one day, and no exact versions",
    "template_alone": "a part of a pipeline",
}


class _Reference:
    """Where GitLab's `!reference` stands: the schema does not know it."""


class _Loader(yaml.SafeLoader):
    pass


_Loader.add_constructor("!reference", lambda loader, node: _Reference())


def pruned(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): pruned(one) for key, one in value.items() if not isinstance(one, _Reference)}
    if isinstance(value, list):
        return [pruned(one) for one in value if not isinstance(one, _Reference)]
    return value


def pattern(validator: Any, wanted: str, instance: Any, schema: Any) -> Iterator[jsonschema.ValidationError]:
    """The schemas' expressions are JavaScript's; some of them only Python's readers take."""
    if not validator.is_type(instance, "string"):
        return
    try:
        fits = regress.Regex(wanted, flags="u").find(instance) is not None
    except regress.RegressError:
        fits = re.search(wanted, instance) is not None
    if not fits:
        yield jsonschema.ValidationError(f"{instance!r} does not match {wanted!r}")


@cache
def validator(name: str) -> Any:
    path = resources.files("check_jsonschema") / "builtin_schemas" / "vendor" / f"{name}.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    kind = jsonschema.validators.validator_for(schema)
    extend: Any = jsonschema.validators.extend
    return extend(kind, {"pattern": pattern})(schema)


def fixtures() -> list[Path]:
    found = []
    for path in sorted(FIXTURES.rglob("*")):
        format_ = format_of(path.relative_to(FIXTURES).as_posix())
        case = path.relative_to(FIXTURES).parts[1] if len(path.relative_to(FIXTURES).parts) > 1 else ""
        if (
            path.is_file()
            and format_ is not None
            and format_.name in SCHEMAS
            and not case.startswith("not_")
            and case not in REFUSED
        ):
            found.append(path)
    return found


def faults(path: Path) -> list[str]:
    format_ = format_of(path.relative_to(FIXTURES).as_posix())
    assert format_ is not None
    woodpecker = "woodpecker" in path.as_posix()
    judge = validator("woodpecker-ci" if woodpecker else SCHEMAS[format_.name])
    documents = list(yaml.load_all(path.read_text(encoding="utf-8"), _Loader))
    documents = [one for one in documents if "spec" not in one]  # GitLab's header is judged with what follows
    if format_.name == "azure_pipelines":
        documents = [azure_main(one) for one in documents]  # expressions take the place of keys
    return [f"{error.json_path}: {error.message[:200]}" for one in documents for error in judge.iter_errors(pruned(one))]


@pytest.mark.parametrize("path", fixtures(), ids=lambda path: path.relative_to(FIXTURES).as_posix())
def test_fixture_is_what_the_vendor_takes(path: Path) -> None:
    assert faults(path) == []


@pytest.mark.parametrize("case", ["gitlab_ci/refused/.gitlab-ci.yml", "circleci/refused/.circleci/config.yml"])
def test_what_is_wrong_on_purpose_is_refused(case: str) -> None:
    """The schemas can say no."""
    assert faults(FIXTURES / case) != []
