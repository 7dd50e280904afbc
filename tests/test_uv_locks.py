"""Whether a lock of uv and its manifests still say the same. `uv lock --check --offline` (0.13.9) agrees with every line here."""

from __future__ import annotations

import tomllib

import pytest

from pinlint.semantics.uv_locks import compared, disagreements

ROOT = """\
[project]
name = "a"
version = "1.0"
requires-python = ">=3.11"
dependencies = ["six>=1.16,<2", "idna[all]>=3; sys_platform != 'win32'", "b"]

[project.optional-dependencies]
x = ["attrs>=23.1.0"]
y = ["iniconfig"]

[dependency-groups]
dev = ["pluggy>=1", {include-group = "lint"}]
lint = ["toml"]

[tool.uv]
constraint-dependencies = ["attrs<99"]

[tool.uv.sources]
b = { workspace = true }

[tool.uv.workspace]
members = ["packages/*"]
"""
MEMBER = """\
[project]
name = "b"
version = "0.1"
requires-python = ">=3.11"
dependencies = ["six", "packaging==24.*"]
"""
LOCK = """\
version = 1
revision = 5
requires-python = ">=3.11"

[manifest]
members = ["a", "b"]
constraints = [{ name = "attrs", specifier = "<99" }]

[[package]]
name = "a"
version = "1.0"
source = { virtual = "." }

[package.metadata]
requires-dist = [
    { name = "attrs", marker = "extra == 'x'", specifier = ">=23.1.0" },
    { name = "b", virtual = "packages/b" },
    { name = "idna", extras = ["all"], marker = "sys_platform != 'win32'", specifier = ">=3" },
    { name = "iniconfig", marker = "extra == 'y'" },
    { name = "six", specifier = ">=1.16,<2" },
]
provides-extras = ["x", "y"]

[package.metadata.requires-dev]
dev = [{ name = "pluggy", specifier = ">=1" }, { name = "toml" }]
lint = [{ name = "toml" }]

[[package]]
name = "b"
version = "0.1"
source = { virtual = "packages/b" }

[package.metadata]
requires-dist = [{ name = "packaging", specifier = "==24.*" }, { name = "six" }]
"""


def differences(root: str, member: str = MEMBER) -> list[str]:
    lock = compared(tomllib.loads(LOCK))
    return [*disagreements(lock, tomllib.loads(root), ""), *disagreements(lock, tomllib.loads(member), "packages/b")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("", "", id="nothing"),
        pytest.param('"six>=1.16,<2"', '"six<2,>=1.16"', id="order of a range"),
        pytest.param('"six>=1.16,<2"', '"Six (>=1.16.0,<2.0)"', id="spelling of a name and of versions"),
        pytest.param("idna[all]", "idna[ALL]", id="spelling of an extra"),
        pytest.param('version = "1.0"', 'version = "1.0.0"', id="zeros of a version"),
        pytest.param("x = [", "X = [", id="spelling of the project's extra"),
        pytest.param("dev = [", "Dev = [", id="spelling of a group"),
        pytest.param('name = "a"\n', 'name = "A"\ndescription = "x"\n', id="name and description"),
    ],
)
def test_what_says_the_same_is_no_difference(before: str, after: str) -> None:
    assert differences(ROOT.replace(before, after, 1)) == []


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        pytest.param('"six>=1.16,<2"', '"six>=1.15,<2"', "lacks six", id="another range"),
        pytest.param('"six>=1.16,<2", ', "", "still has six", id="a dependency less"),
        pytest.param("idna[all]", "idna", "lacks idna", id="an extra less"),
        pytest.param(">=3; sys", "; sys", "lacks idna", id="no range"),
        pytest.param('version = "1.0"', 'version = "1.1"', "says version 1.0 of a", id="another version"),
        pytest.param("x = [", "z = [", "for z", id="another name of an extra"),
        pytest.param('"iniconfig"', '"iniconfig", "toml"', "lacks toml for y", id="a dependency more in an extra"),
        pytest.param(', {include-group = "lint"}', "", "still has toml for dev", id="a group no longer included"),
        pytest.param('lint = ["toml"]', 'lint = ["toml"]\nnew = ["six"]', "lacks six for new", id="a new group"),
        pytest.param("attrs<99", "attrs<98", "lacks attrs<98", id="another constraint"),
        pytest.param("[tool.uv]\n", '[tool.uv]\noverride-dependencies = ["six==1.16.0"]\n', "lacks six==1.16.0", id="an override"),
        pytest.param("[tool.uv]\n", '[tool.uv]\ndev-dependencies = ["six"]\n', "lacks six for dev", id="a dependency of uv's own"),
    ],
)
def test_what_says_another_thing_is_told(before: str, after: str, said: str) -> None:
    assert said in " and ".join(differences(ROOT.replace(before, after, 1)))


@pytest.mark.parametrize(
    ("before", "after"),
    [pytest.param("==24.*", "==24.1.*", id="another range"), pytest.param('"six", ', "", id="a dependency less")],
)
def test_a_member_is_compared_with_the_lock_of_its_workspace(before: str, after: str) -> None:
    assert differences(ROOT, MEMBER.replace(before, after, 1))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("!= 'win32'", "!= 'cygwin'", id="markers, which uv rewrites"),
        pytest.param('lint = ["toml"]', 'lint = ["toml"]\nempty = []', id="empty groups, which older locks leave out"),
        pytest.param(">=3.11", ">=3.12", id="the Python of a member, of which the workspace has the greatest"),
    ],
)
def test_what_cannot_be_told_offline_is_passed_over(before: str, after: str) -> None:
    """Here uv knows more."""
    assert differences(ROOT.replace(before, after, 1)) == []
