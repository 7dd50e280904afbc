"""Package URLs are canonical: as the specification's rules write each part, and none for what has no name."""

# ruff: noqa: E501 - a case a line
from __future__ import annotations

import re
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinlint.ecosystems import ECOSYSTEMS

DIGEST = "sha256:" + "5f" * 32
#: What stands for itself, everything else as upper-case triplets of its UTF-8.
_PART = r"(?:[A-Za-z0-9.:_~-]|%[0-9A-F]{2})+"
CANONICAL = re.compile(
    rf"pkg:[a-z]+(?:/{_PART})+(?:@{_PART})?(?:\?[a-z_]+={_PART}(?:&[a-z_]+={_PART})*)?(?:#{_PART}(?:/{_PART})*)?"
)
#: Nothing that stands for itself is a triplet.
NEEDLESS = re.compile(r"%(?:2D|2E|3A|5F|7E|3[0-9]|4[1-9A-F]|5[0-9A]|6[1-9A-F]|7[0-9A])")


def purl(kind: str, name: str, version: str) -> str:
    made: str = import_module(f"pinlint.ecosystems.{ECOSYSTEMS[kind].folder}.names").purl(name, version)
    return made


@pytest.mark.parametrize(
    ("kind", "name", "version", "expected"),
    [
        ("image", "docker.io/library/debian", f"13@{DIGEST}", f"pkg:oci/debian@{DIGEST}?repository_url=docker.io%2Flibrary%2Fdebian&tag=13"),
        ("image", "localhost:5000/a", "1", "pkg:oci/a?repository_url=localhost:5000%2Fa&tag=1"),
        ("image", "./chart#image", "1", ""),
        ("image", "${REPO}", "v1", ""),
        ("git", "git.example/team/widget", "v1%2Bx", "pkg:generic/widget@v1%252Bx?vcs_url=git%2Bhttps:%2F%2Fgit.example%2Fteam%2Fwidget"),
        ("git", "$HOST/team/ci", ">=1.0 <2", "pkg:generic/ci@%3E%3D1.0%20%3C2?vcs_url=git%2Bhttps:%2F%2F%24HOST%2Fteam%2Fci"),
        ("git", "github.com/Acme/Widget", "v1/x", "pkg:github/acme/widget@v1%2Fx"),
        ("git", "github.com/acme", "v1", ""),
        ("git", "git.example/", "v1", ""),
        ("action", "Actions/Cache/save", "v4", "pkg:github/actions/cache@v4#save"),
        ("action", "checkout", "v4", ""),
        ("npm", "@scope/name", "1.0.0+x", "pkg:npm/%40scope/name@1.0.0%2Bx"),
        ("npm", "", "1.0.0", ""),
        ("pypi", "Zope.Interface", "1!2.0+CU118", "pkg:pypi/zope-interface@1%212.0%2Bcu118"),
        ("conda", "Numpy", "2.1.0", "pkg:conda/numpy@2.1.0"),
        ("maven", "org.example:lib", "[1,2)", "pkg:maven/org.example/lib@%5B1%2C2%29"),
        ("maven", ":lib", "1", ""),
        ("maven", "lib", "1", ""),
        ("helm", "a b", "*", "pkg:helm/a%20b@%2A"),
        ("url", "https://files.example/a {b}.zip?x=1", "", "pkg:generic/a%20%7Bb%7D.zip?download_url=https:%2F%2Ffiles.example%2Fa%20%7Bb%7D.zip%3Fx%3D1"),
        ("orb", "circleci/node", "5.1", "pkg:generic/circleci/node@5.1?repository_url=circleci.com%2Fdeveloper%2Forbs"),
        ("task", "hub.example/git-clone", "0.9", "pkg:generic/git-clone@0.9?repository_url=hub.example"),
        ("pipe", "Atlassian/deploy", "1.0", "pkg:bitbucket/atlassian/deploy@1.0"),
        ("pipe", "deploy", "1.0", ""),
        ("go", "github.com/Acme/widget/v2", "v2.0.0+incompatible", "pkg:golang/github.com/acme/widget/v2@v2.0.0%2Bincompatible"),
        ("composer", "Acme/Money", "v1.0", "pkg:composer/acme/money@v1.0"),
        ("gem", "nokogiri", "1.18.6-x86_64-linux", "pkg:gem/nokogiri@1.18.6?platform=x86_64-linux"),
        ("nuget", "Acme.Cart", "1.0.0-beta+x", "pkg:nuget/Acme.Cart@1.0.0-beta%2Bx"),
        ("bazel", "rules_go", "0.50.1", "pkg:bazel/rules_go@0.50.1"),
        ("swift", "github.com/Acme/Money", "1.2.0", "pkg:swift/github.com/Acme/Money@1.2.0"),
        ("swift", "acme.money", "1.2.0", "pkg:generic/acme.money@1.2.0"),
        ("pod", "Firebase/Core", "11.0.0", "pkg:cocoapods/Firebase@11.0.0#Core"),
        ("url", "zlib", "", "pkg:generic/zlib"),
        ("cargo", "serde_json", "1.0.0+x", "pkg:cargo/serde_json@1.0.0%2Bx"),
    ],
)  # fmt: skip
def test_purl_of_a_kind(kind: str, name: str, version: str, expected: str) -> None:
    assert purl(kind, name, version) == expected


@given(st.sampled_from(sorted(ECOSYSTEMS)), st.text(max_size=20), st.text(max_size=20))
def test_whatever_the_name_a_purl_is_canonical_or_none(kind: str, name: str, version: str) -> None:
    made = purl(kind, name, version)
    assert made == "" or CANONICAL.fullmatch(made)
    assert not NEEDLESS.search(made)
    keys = re.findall(r"[?&]([a-z_]+)=", made)
    assert keys == sorted(keys)
