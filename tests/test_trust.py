"""What a policy says about signatures and provenance: who is meant, and what is refused because anybody would be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinlint.config import Policy, load
from pinlint.errors import PinlintError
from pinlint.expressions import Expression, Unsupported
from pinlint.trust import demanded

IDENTITY = "identity = 'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main'\n"
ISSUER = "issuer = 'https://token.actions.githubusercontent.com'\n"


def signatures(*lines: str, table: str = "signatures") -> str:
    return f"[[verify.{table}]]\npattern = 'image:ghcr.io/acme/*'\n" + "".join(lines)


def policy(folder: Path, text: str) -> Policy:
    (folder / "pinlint.toml").write_text(text)
    return load(str(folder))


@pytest.mark.parametrize(
    ("text", "complaint", "hint"),
    [
        (signatures(ISSUER), "has no identity", "whoever has any login could have signed"),
        (signatures(IDENTITY), "has no issuer", "whoever has any login"),
        (signatures(ISSUER, "identity-regexp = '.*'"), "'.*' fits anybody", "say who"),
        (signatures(ISSUER, "identity-regexp = '^.+$'"), "fits anybody", "say who"),
        (signatures(ISSUER, "identity-regexp = '(?s)[^!]*'"), "fits anybody", "say who"),
        (signatures(IDENTITY, "issuer-regexp = '.*'"), "issuer-regexp '.*' fits anybody", "say who"),
        (signatures(ISSUER, "identity-regexp = '('"), "identity-regexp cannot be used: missing )", "plain regular expression"),
        (signatures(ISSUER, r"identity-regexp = '(a)\1'"), "identity-regexp cannot be used", "plain"),
        (signatures(ISSUER, IDENTITY, "identity-regexp = 'https://x/y'"), "has identity and identity-regexp", "remove one"),
        (signatures(ISSUER, IDENTITY, "log = false"), "has log = false and no key", "only a key"),
        (signatures("log = false"), "has log = false and no key", "only a key"),
        (signatures("key = ['a.pub']\n", ISSUER), "has a key and an identity", "signers = ["),
        (signatures(), "names nobody who must have signed", "none = true"),
        (signatures("none = true\n", IDENTITY), "says none and names a signer", "remove"),
        (signatures("signers = [{ key = 'a.pub' }, {}]"), "names nobody", "key = ["),
        (signatures("signers = [{ keys = 'a.pub' }]"), "unknown key verify.signatures.signers.keys", "did you mean key?"),
        (signatures("signers = [{ key = 'a.pub' }]\n", IDENTITY), "has signers and one more", "put every signer"),
        (signatures("signers = 3"), "signers is no list of tables", "signers = ["),
        (signatures("identitiy = 'x'"), "unknown key verify.signatures.identitiy", "did you mean identity?"),
        (signatures("key = 'a.pub'\ncovers = 'all'"), "covers is 'all'", '"index"'),
        (signatures("key = 'a.pub'\nunchecked = 'pass'"), "unchecked is 'pass'", '"note"'),
        (signatures("key = 'a.pub'\nlog = 'no'"), "log is 'no'", "true or false"),
        (signatures("key = 3"), "key is no list of strings", "key = ["),
        ("[[verify.signatures]]\nkey = 'a.pub'", "has no pattern", "pattern ="),
        ("[[verify.signatures]]\npattern = 'pypi:a'\nkey = 'a.pub'", "not for pypi", "image, npm, action"),
        (f"[[verify.signatures]]\npattern = 'npm:a'\n{IDENTITY}{ISSUER}", "identity is not for npm", "registry = true"),
        ("[[verify.signatures]]\npattern = 'npm:a'\nregistry = true\ncovers = 'index'", "covers is not for npm", "registry = true"),
        ("[[verify.signatures]]\npattern = 'npm:a'\nkey = 'a.pub'\nlog = false", "log is not for npm", "registry = true"),
        ("[[verify.signatures]]\npattern = 'npm:a'\nregistry = true\nkey = 'a.pub'", "has registry and another", "signers = ["),
        ("[[verify.signatures]]\npattern = 'npm:a'\nregistry = 1", "registry is 1", "true or false"),
        (signatures("registry = true"), "registry is not for image", "name a key"),
        (signatures("release = true"), "release is not for image", "name a key"),
        ("[[verify.signatures]]\npattern = 'action:a/*'\nkey = 'a.pub'", "key is not for action", "release = true"),
        ("[[verify.signatures]]\npattern = 'action:a/*'\nrelease = true\ncovers = 'index'", "covers is not for", "release = true"),
        ("[[verify.signatures]]\npattern = 'npm:a'\nrelease = true", "release is not for npm", "registry = true"),
        ("[[verify.signatures]]\npattern = 'images:a'\nkey = 'a.pub'", "unknown kind 'images'", "did you mean image?"),
        ("[[verify.signature]]\npattern = 'image:a'", "unknown key verify.signature", "did you mean signatures?"),
        ("[verify]\nsignatures = { a = 1 }", "verify.signatures is no array of tables", "[[verify.signatures]]"),
        ("verify = 3", "verify is no table", "[verify]"),
        (signatures("key = 'a.pub'\n") + signatures("key = 'b.pub'\n"), "begin alike", "longer"),
        (signatures(table="provenance"), "does not say where it must come from", "source ="),
        (signatures("source = 'https://git.example/a/b'", table="provenance"), "does not say who vouches", "issuer ="),
        (signatures("source = '*'\n", ISSUER, table="provenance"), "source '*' fits anybody", "name the host"),
        (signatures("source = 'https://*'\n", ISSUER, table="provenance"), "fits anybody", "name the host"),
        (signatures("source = 'https://github.com/*'\n", table="provenance"), "fits anybody", "name the host and the owner"),
        (signatures("signer = 'https://gitlab*'\n", ISSUER, table="provenance"), "fits anybody", "name the host and the owner"),
        (signatures("none = true\nsource = 'https://github.com/a/b'", table="provenance"), "says none and where", "remove"),
        (signatures("sorce = 'https://github.com/a/b'", table="provenance"), "unknown key verify.provenance.sorce", "mean source?"),
    ],
)  # fmt: skip
def test_a_policy_that_would_trust_anybody_or_nobody_is_refused(tmp_path: Path, text: str, complaint: str, hint: str) -> None:
    with pytest.raises(PinlintError) as raised:
        policy(tmp_path, text)
    assert "pinlint.toml" in str(raised.value)
    assert complaint in str(raised.value)
    assert hint in raised.value.hint


def test_the_longest_literal_start_decides_and_none_demands_nothing(tmp_path: Path) -> None:
    text = signatures("key = 'a.pub'\n") + signatures("key = ['b.pub', 'c.pub']\nlog = false\n").replace("acme/*", "acme/base-*")
    text += signatures("none = true").replace("ghcr.io/acme/*", "python")
    rules = policy(tmp_path, text).verify.signatures
    found = [demanded(rules, f"image:{name}") for name in ("ghcr.io/acme/app", "ghcr.io/acme/base-1", "docker.io/library/python")]
    assert [one.signers[0].keys if one else None for one in found] == [("a.pub",), ("b.pub", "c.pub"), None]
    assert demanded(rules, "image:ghcr.io/acme-evil/app") is None


def test_provenance_of_a_known_host_needs_no_issuer(tmp_path: Path) -> None:
    text = signatures("source = 'https://github.com/acme/app'\npredicate = 'https://slsa.dev/provenance/v1'", table="provenance")
    (rule,) = policy(tmp_path, text).verify.provenance
    assert (rule.issuer, rule.predicates) == ("https://token.actions.githubusercontent.com", ("https://slsa.dev/provenance/v1",))


@given(
    st.lists(st.sampled_from([*"abc.*+?|()[]^-$\\d", "{2}", "{1,3}", "(?:", "[^a]", r"\.", "(?i)"]), max_size=9).map("".join),
    st.lists(st.text("abcAB.1-", max_size=6), max_size=6),
)
def test_an_expression_fits_what_python_says_the_whole_text_fits(pattern: str, texts: list[str]) -> None:
    try:
        expression = Expression(pattern)
    except Unsupported:
        return
    ours = [expression.fits(text) for text in texts]
    assert ours == [re.compile(pattern, re.ASCII).fullmatch(text) is not None for text in texts]


@pytest.mark.parametrize("pattern", ["(a|a)*b", "(a+)+b", "(a*)*b", "(?:a|aa)+b", ".*.*.*.*.*b", "(.*)(.*)(.*)x"])
def test_an_expression_cannot_be_made_to_go_back_and_forth(pattern: str) -> None:
    assert not Expression(pattern).fits("a" * 2_000)


@pytest.mark.parametrize(
    "pattern", ["a{99999}", "((((a{9}){9}){9}){9})", "(?:){4000000000}", "(((){99}){99}){99}", "(" * 99 + ")" * 99, "[[a]"]
)
def test_an_expression_cannot_be_made_endless(pattern: str) -> None:
    with pytest.raises(Unsupported):
        Expression(pattern)
