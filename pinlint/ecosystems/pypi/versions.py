"""The order of Python versions, and whether a version lies in a range.

Knows PEP 440; must not know names, files or verdicts. `packaging` is the oracle in the tests: importing it costs more than a run.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["canonical", "newest", "same", "satisfies", "sound"]

_VERSION = re.compile(
    r"v?(?:([0-9]+)!)?([0-9]+(?:\.[0-9]+)*)(?:[-_.]?(alpha|a|beta|b|preview|pre|rc|c)[-_.]?([0-9]*))?"
    r"(?:-([0-9]+)|([-_.]?(?:post|rev|r)[-_.]?)([0-9]*))?([-_.]?dev[-_.]?([0-9]*))?(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?\Z",
    re.IGNORECASE,
)
_PRE = {"a": 0, "alpha": 0, "b": 1, "beta": 1, "c": 2, "rc": 2, "pre": 2, "preview": 2}
_LAST = 1 << 62


class _Version(NamedTuple):
    """A version in the order of PEP 440: the fields compare as they stand. `release` is without final zeros."""

    epoch: int
    release: tuple[int, ...]
    pre: tuple[int, int]
    post: int
    dev: int
    local: tuple[tuple[int, int, str], ...]

    def public(self) -> "_Version":
        return self._replace(local=())

    def early(self) -> bool:
        """Whether it is a pre-release or a development release."""
        return self.pre[0] in (0, 1, 2) or self.dev != _LAST


def _read(text: str) -> _Version | None:
    match = _VERSION.match(text.strip()) if len(text) <= 200 else None
    if match is None:
        return None
    epoch, release, letter, number, bare_post, post_word, post, dev_word, dev, local = match.groups()
    early = (_PRE[letter.lower()], int(number or 0)) if letter else (3, 0)
    after = int(bare_post or post or 0) if bare_post or post_word else -1
    if not letter and after < 0 and dev_word:
        early = (-1, 0)  # 1.0.dev1 comes before 1.0a1
    return _Version(
        int(epoch or 0),
        _release(release),
        early,
        after,
        int(dev or 0) if dev_word else _LAST,
        tuple((1, int(part), "") if part.isdigit() else (0, 0, part) for part in re.split("[-_.]", (local or "").lower()) if part),
    )


def _release(text: str) -> tuple[int, ...]:
    parts = [int(part) for part in text.split(".")]
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return tuple(parts)


def satisfies(version: str, specifiers: Iterable[tuple[str, str]]) -> bool:
    """Whether `version` lies in the range of all (operator, version) pairs; also true where one of them is no PEP 440 version,
    because then nobody can tell. Pre-releases count: somebody has chosen the version already.
    """
    return all(_within(version, operator, limit) for operator, limit in specifiers)


def same(version: str, other: str) -> bool:
    """Whether two texts are one version, however they are spelled."""
    return canonical("==", version) == canonical("==", other)


def canonical(operator: str, version: str) -> tuple[str, object]:
    """A specifier in a form that is equal for all spellings of it: `>=1.0` is `>=1`, but `~=1.0` allows less than `~=1`."""
    read = None if operator in ("~=", "===") or version.endswith(".*") else _read(version)
    return operator, read or version.lower()


def sound(version: str) -> bool:
    """Whether it is a version that PEP 440 knows; pip passes over files of any other."""
    return _read(version) is not None


def newest(versions: Iterable[str]) -> str:
    """The highest of the versions that are no pre-releases; "" if there is none. What is no PEP 440 version is passed over."""
    read = [(version, text) for text in versions if (version := _read(text)) and not version.early()]
    return max(read)[1] if read else ""


def _within(text: str, operator: str, limit: str) -> bool:
    if operator == "===":
        return text.lower() == limit.lower()
    version, bound = _read(text), _read(limit.removesuffix(".*"))
    if version is None or bound is None:
        return True
    if limit.endswith(".*"):
        return _starts(version, limit[:-2]) == (operator == "==")
    if operator in ("==", "!="):
        return ((version if bound.local else version.public()) == bound) == (operator == "==")
    if operator == "~=":
        return version.public() >= bound and _starts(version, _shorter(limit))
    if operator in ("<=", ">="):
        return version.public() <= bound if operator == "<=" else version.public() >= bound
    if operator == "<":
        return version < bound and not (
            version.early() and not bound.early() and (*version[:2], version.post) == (*bound[:2], bound.post)
        )
    return version > bound and version.public() != bound and not (version.post >= 0 > bound.post and version[:3] == bound[:3])


def _starts(version: _Version, prefix: str) -> bool:
    """Whether the release of `version`, padded with zeros, starts with the numbers of `prefix`."""
    bound = _read(prefix)
    if bound is None:
        return True
    wanted = [int(part) for part in prefix.lower().lstrip("v").rpartition("!")[2].split(".") if part.isdigit()]
    release = [*version.release, *[0] * len(wanted)][: len(wanted)]
    return version.epoch == bound.epoch and release == wanted


def _shorter(limit: str) -> str:
    """The prefix that ~= holds fast: the release of `limit` without its last number."""
    match = _VERSION.match(limit)
    release = match[2] if match else limit
    return (f"{match[1]}!" if match and match[1] else "") + release.rpartition(".")[0]
