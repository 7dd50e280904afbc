"""What satisfies a version constraint of a provider; the answers are those of `terraform init -lockfile=readonly` (1.11)."""

from __future__ import annotations

import pytest

from pinlint.ecosystems.terraform.names import allows, constraints

#: A constraint, versions that it takes, versions that it refuses.
ANSWERS = {
    "1.2": ("1.2.0", "1.2.3 1.3.0"),
    "= 1.2.3": ("1.2.3", "1.2.9 2.0.0"),
    "!= 1.2.3": ("1.2.2 2.0.0", "1.2.3"),
    "> 1": ("1.0.1 1.3.0 2.0.0", "1.0.0 0.9.0"),
    "> 1.2": ("1.2.2 2.0.0", "1.2.0 1.0.0"),
    "<= 1.3": ("1.2.9 1.3.0", "1.3.1 2.0.0"),
    "~> 1": ("1.0.0 1.3.0", "2.0.0 0.9.0"),
    "~> 1.2": ("1.2.2 1.3.0", "1.0.0 2.0.0"),
    "~> 1.2.3": ("1.2.3 1.2.9", "1.2.2 1.3.0"),
    ">= 1.2, < 1.3, != 1.2.3": ("1.2.0 1.2.9", "1.2.3 1.3.0 1.0.0"),
}


@pytest.mark.parametrize("constraint", ANSWERS)
def test_a_constraint_takes_what_terraform_takes(constraint: str) -> None:
    asked = constraints(constraint)
    assert asked is not None
    taken, refused = (text.split() for text in ANSWERS[constraint])
    assert [allows(asked, version) for version in (*taken, *refused)] == [True] * len(taken) + [False] * len(refused)


@pytest.mark.parametrize("constraint", [">= v1.2", "1.2.3.4", "~> 1.x", "", "1.2,", "=> 1", "latest"])
def test_terraform_refuses(constraint: str) -> None:
    assert constraints(constraint) is None


@pytest.mark.parametrize(("constraint", "version"), [("> 1.0.0-beta1", "1.0.0"), (">= 1", "1.0.0-rc1"), (">= 1", "x")])
def test_pre_releases_are_not_judged(constraint: str, version: str) -> None:
    asked = constraints(constraint)
    assert asked is not None
    assert allows(asked, version) is None
