"""Chart versions, constraints and repositories, as Helm reads them.

Helm's constraints are those of Masterminds/semver 3: `classify` and `allows` follow its `NewConstraint`, `NewVersion` and
`Check`, white space and leading `v` included. Knows strings; must not know files.
"""

import re
from typing import NamedTuple

__all__ = [
    "Version", "alike", "allows", "classify", "constraint", "local_reason", "order", "public_source", "purl",
    "version",
]  # fmt: skip

#: Characters. What is longer is no version constraint; it also bounds what the expressions below may cost.
_LENGTH_LIMIT = 300
_SPACE = re.compile(r"[\t\n\f\r ]+")
_PRE = r"[0-9A-Za-z\-]+(?:\.[0-9A-Za-z\-]+)*"
_CV = rf"v?[0-9|xX*]+(?:\.[0-9|xX*]+)?(?:\.[0-9|xX*]+)?(?:-{_PRE})?(?:\+{_PRE})?"
_OPS = r"(?:!=|>=|=>|<=|=<|~>|=|>|<|~|\^|)"
_HYPHEN = re.compile(rf" ?({_CV}) - ({_CV}) ?")
_TERM = re.compile(rf" ?({_OPS}) ?({_CV})")
_SEPARATOR = re.compile(r" ?, ?| ")
_PARTS = re.compile(rf"v?([0-9|xX*]+)(?:\.([0-9|xX*]+))?(?:\.([0-9|xX*]+))?(?:-({_PRE}))?(?:\+({_PRE}))?\Z")
_VERSION = re.compile(rf"v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:-({_PRE}))?(?:\+({_PRE}))?\Z")
_ANY = ("", "=", "~", "~>", ">=", "=>")  # with these, `*` means any version; `^*` means 0.0.0
_WILD = ("x", "X", "*")
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)([^/?#]*)(.*)\Z", re.DOTALL)


class Version(NamedTuple):
    """A semantic version: three numbers, and the pre-release ("" if none). Build metadata has no say in any comparison."""

    major: int
    minor: int
    patch: int
    pre: str = ""


class _Term(NamedTuple):
    operator: str
    version: Version
    wild: str  # "" for a full version, else the first part that is missing or `x`: "major", "minor", "patch"


def version(text: str) -> Version | None:
    """The version that `text` stands for, missing parts being 0, a leading v allowed; None if it is none."""
    found = _VERSION.match(text) if len(text) <= _LENGTH_LIMIT else None
    if not found:
        return None
    major, minor, patch = (int(found[part] or 0) for part in (1, 2, 3))
    pre = found[4] or ""
    if max(major, minor, patch) >= 2**64 or any(part.isdigit() and part[0] == "0" and part != "0" for part in pre.split(".")):
        return None
    return Version(major, minor, patch, pre)


def constraint(text: str) -> list[list[_Term]] | None:
    """The alternatives of a constraint, each a list of terms that must all hold; None if Helm would refuse it."""
    text = _SPACE.sub(" ", text)
    if len(text) > _LENGTH_LIMIT:
        return None
    text = _HYPHEN.sub(r">= \1, <= \2 ", text)
    alternatives = []
    for part in text.split("||"):
        terms = _terms(_SPACE.sub(" ", part))
        if not terms:
            return None
        alternatives.append(terms)
    return alternatives


def _terms(text: str) -> list[_Term] | None:
    terms: list[_Term] = []
    at = 0
    while at < len(text):
        if terms:  # a blank or a comma must stand between two terms
            separator = _SEPARATOR.match(text, at)
            if not separator:
                return None
            at = separator.end()
            if at == len(text) and "," not in separator[0]:
                break
        found = _TERM.match(text, at)
        term = _term(found[1], found[2]) if found else None
        if found is None or term is None:
            return None
        terms.append(term)
        at = found.end()
    return terms


def _term(operator: str, text: str) -> _Term | None:
    found = _PARTS.match(text)
    if not found:
        return None
    major, minor, patch, pre, _ = found.groups()
    if major in _WILD:
        wild, numbers = "major", ["0", "0", "0"]
    elif minor is None or minor in _WILD:
        wild, numbers = "minor", [major, "0", "0"]
    elif patch is None or patch in _WILD:
        wild, numbers = "patch", [major, minor, "0"]
    else:
        wild, numbers = "", [major, minor, patch]
    parsed = version(".".join(numbers) + (f"-{pre}" if pre else ""))
    return _Term(operator, parsed, wild) if parsed else None


def classify(text: str) -> str:
    """The verdict on a version constraint: "version" for one full X.Y.Z (`v` and `=` allowed), "floating" for what any version
    satisfies (nothing, `*`, `x`), "range" for every other constraint, "" for what Helm refuses.
    """
    if not text.strip():
        return "floating"
    alternatives = constraint(text)
    if alternatives is None:
        return ""
    if any(len(terms) == 1 and terms[0].wild == "major" and terms[0].operator in _ANY for terms in alternatives):
        return "floating"
    first = alternatives[0]
    one = len(alternatives) == 1 and len(first) == 1 and not first[0].wild and first[0].operator in ("", "=")
    return "version" if one else "range"


def allows(text: str, candidate: str) -> bool:
    """Whether the constraint `text` is satisfied by the version `candidate`; False if either is none."""
    alternatives, found = constraint(text), version(candidate)
    if alternatives is None or found is None:
        return False
    return any(_all_hold(terms, found) for terms in alternatives)


def order(one: str, other: str) -> int:
    """-1, 0 or 1 as the version `one` ranks below, with or above `other`. Raises ValueError where either is none."""
    left, right = version(one), version(other)
    if left is None or right is None:
        raise ValueError(f"{one!r} or {other!r} is no version")
    return _compare(left, right)


def _all_hold(terms: list[_Term], candidate: Version) -> bool:
    if candidate.pre and not any(term.version.pre for term in terms):
        return False  # a pre-release is only for who asks for one
    return all(_holds(term, candidate) for term in terms)


def _holds(term: _Term, candidate: Version) -> bool:
    operator, wanted, wild = term
    order = _compare(candidate, wanted)
    if operator in ("", "="):
        return _tilde(term, candidate) if wild else order == 0
    if operator in ("~", "~>"):
        return _tilde(term, candidate)
    if operator == "^":
        return _caret(term, candidate)
    if operator == "!=":
        return not _same(term, candidate) if wild else order != 0
    if operator in (">=", "=>"):
        return order >= 0
    if operator == "<":
        return order < 0
    if operator == ">":
        return _greater(term, candidate, order)
    return order <= 0 if not wild else _at_most(term, candidate)


def _same(term: _Term, candidate: Version) -> bool:
    """Whether a partial version names the candidate, as `!=` asks it."""
    if term.version.major != candidate.major:
        return False
    if term.wild == "minor":
        return True
    same_minor = term.version.minor == candidate.minor and term.version.pre == candidate.pre
    return same_minor and (term.wild == "patch" or candidate.patch == 0)


def _tilde(term: _Term, candidate: Version) -> bool:
    wanted = term.version
    if _compare(candidate, wanted) < 0:
        return False
    if wanted[:3] == (0, 0, 0) and term.wild not in ("minor", "patch"):
        return True
    return candidate.major == wanted.major and (term.wild == "minor" or candidate.minor == wanted.minor)


def _caret(term: _Term, candidate: Version) -> bool:
    wanted = term.version
    if _compare(candidate, wanted) < 0:
        return False
    if wanted.major > 0 or term.wild == "minor":
        return candidate.major == wanted.major
    if candidate.major > 0:
        return False
    if wanted.minor > 0 or term.wild == "patch":
        return candidate.minor == wanted.minor
    return candidate.minor == 0 and candidate.patch == wanted.patch


def _greater(term: _Term, candidate: Version, order: int) -> bool:
    if not term.wild or candidate.major != term.version.major:
        return order > 0 if not term.wild else candidate.major > term.version.major
    if term.wild == "minor":
        return False
    return candidate.minor > term.version.minor if term.wild == "patch" else order > 0


def _at_most(term: _Term, candidate: Version) -> bool:
    if candidate.major != term.version.major:
        return candidate.major < term.version.major
    return candidate.minor <= term.version.minor or term.wild == "minor"


def _compare(one: Version, other: Version) -> int:
    """-1, 0 or 1 by semantic versioning's precedence."""
    if one[:3] != other[:3]:
        return -1 if one[:3] < other[:3] else 1
    if one.pre == other.pre:
        return 0
    if not one.pre or not other.pre:
        return 1 if not one.pre else -1
    left, right = _precedence(one.pre), _precedence(other.pre)
    return (left > right) - (left < right)


def _precedence(pre: str) -> list[tuple[bool, int, str]]:
    return [(False, int(part), "") if part.isdigit() else (True, 0, part) for part in pre.split(".")]


def public_source(repository: str) -> str:
    """A chart repository without the credentials that its URL may carry."""
    found = _URL.match(repository)
    return found[1] + found[2].rpartition("@")[2] + found[3] if found else repository


def local_reason(name: str, repository: str) -> str:
    """Why a dependency needs no pin because it lies in the chart's own repository; "" if it does not."""
    if not repository:
        return f"it names no repository, so Helm takes it from charts/{name}"
    if repository.startswith("file://"):
        return f"a chart of this repository, at {repository[7:] or '.'}"
    return ""


def purl(name: str, version: str, source: str = "") -> str:
    """The package URL of a chart; `source` is its repository."""
    from pinlint.ecosystems.url.purls import package_url  # only the inventory names them

    return package_url("helm", name, version, repository_url=source)


def alike(text: str) -> tuple[str, ...]:
    """A name of a policy: that of the chart, as references have it."""
    return (text,) if text else ()
