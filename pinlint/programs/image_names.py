"""How an argument of a command names an image: by digest, by tag, or nobody can tell.

`name@…` is by digest whatever stands behind the sign, since every tool refuses a tag there; a colon behind the last slash is a tag,
also where a variable says which. Knows how tools write names and transports; must not know what a command does with the image.
Sources: the parsers of go-containerregistry, containers/image and oras (2026-08).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from pinlint.budget import spend

if TYPE_CHECKING:
    from collections.abc import Container

    from pinlint.programs.words import Invocation, Word

__all__ = [
    "ENVIRONMENTS",
    "Named",
    "environment_words",
    "is_moved",
    "is_open",
    "is_unique",
    "named",
    "named_as",
    "tag_as",
    "test_registry",
]

_LOCAL = re.compile(
    r"(?:ocidir|ocilayout|oci|oci-archive|docker-archive|docker-daemon|dir|containers-storage|tarball|sif|ostree|file)(?<!oci):|oci:(?!//)|[./]"
)
_REMOTE = re.compile(r"(?:docker|oci|registry)://|registry:")
#: What the run alone fills in. Of a substitution as much is taken as has no parentheses within parentheses within parentheses.
_UNKNOWN = re.compile(
    r"\$\{\{.*?\}\}|\{\{.*?\}\}|<<.*?>>|`[^`]*`|\$\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|\$\{[^{}]*\}|\$\[.*?\]|\$\w+|\$[@*#?!-]"
    r"|\{[\w.-]*\}",
    re.DOTALL,
)
_HOLE = "\0"
_PLAIN = re.compile(r"[\w.\0-]+(?::\d+)?(?:/[\w.\0-]+)*", re.ASCII)
_TAG = re.compile(r"[\w.\0-]+", re.ASCII)
#: What a tag is called that is made anew for every commit or run, so that nothing moves it.
_UNIQUE = re.compile(
    r"sha(?![a-z])|commit|revision|git[-_ ]?(?:hash|ref|describe|rev)|rev-parse|git describe|run[-_]?(?:number|id|attempt)"
    r"|build[-_.]?(?:number|num|id|tag|sourceversion)|pipeline[-_]?i?id|timestamp|date\b|\+%|uuid|hash",
    re.IGNORECASE,
)
#: Words for where something runs, as whole words of paths and tags.
ENVIRONMENTS = frozenset((
    "acc", "acceptance", "dev", "develop", "development", "int", "live", "preprod", "preproduction", "prod", "prd", "production",
    "qa", "sandbox", "stage", "staging", "stg", "test", "testing", "tst", "uat",
))  # fmt: skip
#: Tags that move with every release or build.
_CHANNELS = frozenset((
    "alpha", "beta", "canary", "current", "edge", "head", "latest", "lts", "main", "master", "next", "nightly", "rc", "release",
    "stable", "trunk", "unstable",
))  # fmt: skip
_TEST = re.compile(
    r"(?:docker://|oci://)?(?:localhost|127\.[\d.]+|0\.0\.0\.0|host\.docker\.internal|kind-registry[\w.-]*|registry|ko\.local"
    r"|ttl\.sh|k3d-[\w.-]+|[\w.-]+\.(?:local(?:host|domain)?|localdev\.me|nip\.io))(?::[\d$]|/|\Z)"
)
_ALONE = re.compile(
    r"\$\{?(\w+)\}?|\$\{\{\s*env\.(\w+)\s*\}\}|\$\((\w+)\)"
    r"|\$\{\{\s*((?:steps|needs)\.[\w-]+\.outputs\.[\w-]+|(?:inputs|matrix)\.[\w.-]+)\s*\}\}"
)
_ASSIGNED = re.compile(r"([A-Za-z_]\w*)=(.+)", re.DOTALL)
#: How far a variable that holds another is followed, and what may be set to so many different values that nobody can tell.
_DEEPEST, _MOST_VALUES = 4, 8


class Named(NamedTuple):
    """`how` is "digest", "tag", "local" (no registry holds it) or "unknown"; name and tag are as written, `written` is all of it,
    without its transport. A name without a tag has the tag latest."""

    how: str
    name: str
    tag: str
    written: str


def named(text: str) -> Named:
    """How an argument names an image, by its own writing."""
    remote = _REMOTE.match(text)
    if remote:
        text = text[remote.end() :]
    elif _LOCAL.match(text):
        return Named("local", text, "", text)
    holes = [found[0] for found in _UNKNOWN.finditer(text)]
    plain = _UNKNOWN.sub(_HOLE, text)
    if "@" in plain:
        return Named("digest", _filled(plain.partition("@")[0], holes), "", text)
    folder, slash, last = plain.rpartition("/")
    short, colon, tag = last.partition(":")
    name = f"{folder}{slash}{short}"
    if not name or not _PLAIN.fullmatch(name) or (colon and not _TAG.fullmatch(tag)):
        return Named("unknown", text, "", text)
    if "digest" in text.lower():
        return Named("unknown", text, "", text)
    count = name.count(_HOLE)
    if colon:
        return Named("tag", _filled(name, holes), _filled(tag, holes[count:]), text)
    if _HOLE in short:
        return Named("unknown", text, "", text)
    return Named("tag", _filled(name, holes), "", text)


def _filled(text: str, holes: list[str]) -> str:
    parts = text.split(_HOLE)
    return "".join(
        part + (holes[number] if number < len(parts) - 1 and number < len(holes) else "") for number, part in enumerate(parts)
    )


def is_open(text: str) -> bool:
    """Whether only the run fills something in."""
    return _UNKNOWN.search(text) is not None


def named_as(word: Word, call: Invocation) -> Named:
    """How a word names an image; a variable that is all of it is followed to what the files say."""
    found = named(word.text)
    return found if found.how != "unknown" or word.clear else _followed(word.text, call, 0) or found


def _followed(text: str, call: Invocation, depth: int) -> Named | None:
    if depth == _DEEPEST:
        return None
    found = [named(value) for value in _held(text, call)]
    found = [(_followed(one.written, call, depth + 1) or one) if one.how == "unknown" else one for one in found]
    return found[0] if found and len({one.how for one in found}) == 1 else None


def tag_as(word: Word, call: Invocation) -> Word:
    """A word that is a tag, followed as far as its variable has one value: the last that can be told."""
    text = word.text
    for _ in range(_DEEPEST if not word.clear else 0):
        held = _held(text, call)
        if len(held) != 1 or not held[0]:
            break
        text = held[0]
    return word if text == word.text else word._replace(text=text, exact=False, clear=not is_open(text))


def _held(text: str, call: Invocation) -> list[str]:
    """What a text that is one variable or expression is set to, as it is written; nothing where that cannot be told."""
    alone = _ALONE.fullmatch(text.strip())
    if alone is None:
        return []
    values = _values(alone[1] or alone[2] or alone[3] or alone[4], call)
    return values if len(values) <= _MOST_VALUES else []


def _values(variable: str, call: Invocation) -> list[str]:
    """What a variable is set to: every assignment of its script, else what the file says; of an expression every value."""
    script = call.script
    if "." in variable:
        return [value for name, value in script.partial if name == variable] if script is not None else []
    own = [value for name, value in call.environment.items() if name == variable] if variable in call.environment else []
    if own or script is None:
        return own
    found = _assigned(script.text, variable)
    return list(found) or [value for name, value in script.partial if name == variable][-1:]


@lru_cache(maxsize=64)
def _assigned(text: str, variable: str) -> tuple[str, ...]:
    """What a script sets a variable to, each value once."""
    spend(1 + len(text) // 200)
    pattern = re.compile(rf"(?<![\w$.-]){re.escape(variable)}\+?=(?:\"([^\"\n]*)\"|'([^'\n]*)'|((?:\$\([^()\n]*\)|[^\s;&|])+))")
    return tuple(dict.fromkeys(one[1] or one[2] or one[3] or "" for one in pattern.finditer(text)))


def is_unique(tag: str) -> bool:
    """Whether a tag is made for one commit or one run, by what it is called."""
    return bool(_UNIQUE.search(tag)) or bool(re.fullmatch(r"[0-9a-f]{7,40}", tag) and re.search(r"[0-9]", tag))


def is_moved(tag: str) -> bool:
    """Whether a tag is that of an environment or a channel, by its name."""
    return tag.lower() in _CHANNELS or tag.lower() in ENVIRONMENTS


def environment_words(text: str, more: Container[str] = ()) -> frozenset[str]:
    """The words of an image's name that are environments; those of a registry's domain (`pkg.dev`) say nothing."""
    host, slash, path = text.lower().partition("/")
    if slash and "." in host:
        host = host.rsplit(".", 2)[0] if host.count(".") > 1 else ""
    return frozenset([word for word in re.split(r"[^a-z0-9]+", f"{host}{slash}{path}") if word in ENVIRONMENTS or word in more])


def test_registry(name: str) -> bool:
    """Whether an image lies in a registry that lives as long as a test."""
    return _TEST.match(name) is not None
