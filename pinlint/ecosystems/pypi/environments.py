"""Where a set of requirements may be installed: this interpreter and platform, and those that its own markers speak of.

The one place that knows `packaging`: markers, specifiers, tags of wheels. Loaded by what goes online and by nothing else, because
importing it costs more than a lint.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from itertools import product

from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName, default_environment
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.tags import sys_tags
from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import InvalidVersion, Version

__all__ = ["Environment", "allows", "asked", "environments", "here", "holds", "named", "on_python", "wheel_order"]

#: Values of a marker's variables, sorted, so that equal environments are equal.
Environment = tuple[tuple[str, str], ...]

_PYTHON = re.compile(r"""python_(?:full_)?version\s*(===|==|~=|!=|<=|>=|<|>|not\s+in|in)\s*["']([^"']*)["']""")
_REVERSED = re.compile(r"""["']([^"']*)["']\s*(===|==|~=|!=|<=|>=|<|>)\s*python_(?:full_)?version""")
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_VALUE = r"""\s*(?:==|!=|===|not\s+in|in)\s*["']([^"']*)["']"""
_PLATFORM = re.compile(rf"(?:sys_platform|sys\.platform|platform_system|os_name|os\.name){_VALUE}")
_MACHINE = re.compile(rf"platform_machine{_VALUE}")
_IMPLEMENTATION = re.compile(rf"(?:platform_python_implementation|python_implementation|implementation_name){_VALUE}")
_PLATFORMS = {
    "linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    "darwin": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    "win32": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
}
_ALIASES = {"windows": "win32", "nt": "win32", "posix": "linux", "linux2": "linux"}
#: Environments that a set may speak of; far more than anybody installs on.
_MOST = 200
#: Characters of a marker or a requirement.
_LONGEST = 4096


def here() -> Environment:
    """Where this runs."""
    return tuple(sorted((name, str(value)) for name, value in default_environment().items()))


def on_python(environment: Environment, minor: int) -> Environment:
    """The environment on the last patch of another Python 3."""
    full = f"3.{minor}.99"
    return _with(environment, {"python_version": f"3.{minor}", "python_full_version": full, "implementation_version": full})


def named(environment: Environment, value: str) -> str:
    """The value of a variable."""
    return dict(environment).get(value, "")


def _with(environment: Environment, values: dict[str, str]) -> Environment:
    return tuple(sorted({**dict(environment), **values}.items()))


def environments(markers: Iterable[str], base: Environment) -> list[Environment]:
    """The environments that the markers of a set name, besides the base, which comes first. At most a few hundred: [] for more."""
    text = "\n".join(markers)
    minors = sorted({minor for minor in _minors(text) if 0 <= minor <= 99})
    platforms = sorted({key for found in _PLATFORM.findall(text) for one in re.split(r"[\s,|]+", found) if (key := _platform(one))})
    machines = sorted({found for found in _MACHINE.findall(text) if re.fullmatch(r"\w+", found)})
    others = (
        [{"platform_python_implementation": "PyPy", "implementation_name": "pypy"}]
        if re.search("pypy", " ".join(_IMPLEMENTATION.findall(text)), re.IGNORECASE)
        else []
    )
    if (len(minors) + 1) * (len(platforms) + 1) * (len(machines) + 1) * (len(others) + 1) > _MOST:
        return []
    found = {base: None}
    for minor, platform, machine, other in product([None, *minors], ["", *platforms], ["", *machines], [{}, *others]):
        one = base if minor is None else on_python(base, minor)
        found[_with(one, {**_PLATFORMS.get(platform, {}), **({"platform_machine": machine} if machine else {}), **other})] = None
    return list(found)


def _platform(word: str) -> str:
    word = word.lower()
    word = _ALIASES.get(word, word)
    return word if word in _PLATFORMS else ""


def _minors(text: str) -> Iterable[int]:
    """The minor versions of Python 3 that comparisons speak of: of `< 3.8` it is the one before."""
    pairs = [*_PYTHON.findall(text), *((_MIRRORED.get(operator, operator), value) for value, operator in _REVERSED.findall(text))]
    for operator, value in pairs:
        for major, minor, patch in re.findall(r"\b([0-9]{1,2})(?:\.([0-9]{1,2}))?(?:\.([0-9]{1,4}))?", value):
            if major == "3":
                whole = not int(patch or 0)
                yield int(minor or 0) - (operator == "<" and whole) + (operator == ">" and not patch)


@cache
def _marker(text: str) -> Marker:
    if len(text) > _LONGEST:
        raise ValueError(len(text))
    return Marker(text)


@cache
def holds(marker: str, environment: Environment, extra: str = "") -> bool:
    """Whether a marker is true in an environment, for an extra. Raises ValueError for one that nobody can read."""
    try:
        return not marker or _marker(marker).evaluate({**dict(environment), "extra": extra})
    except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName, RecursionError) as error:
        raise ValueError(marker[:80]) from error


class Asked:
    """A requirement of a version: what is asked for, in which range, when."""

    __slots__ = ("extras", "marker", "name", "range", "text", "url")

    def __init__(self, text: str) -> None:
        """Raises ValueError for what is no requirement."""
        try:
            read = Requirement(text if len(text) <= _LONGEST else "")
        except (InvalidRequirement, RecursionError) as error:
            raise ValueError(text[:80]) from error
        self.name, self.extras, self.url = read.name, tuple(sorted(read.extras)), read.url or ""
        self.range, self.marker = str(read.specifier), str(read.marker) if read.marker else ""
        self.text = f"{read.name}{self.range}"[:80]


@cache
def asked(text: str) -> Asked:
    """The requirement in a text. Raises ValueError for what is none."""
    return Asked(text)


@cache
def allows(specifiers: str, version: str) -> bool:
    """Whether a version lies in a range; also where one of the two is none that PEP 440 knows, because then nobody can tell."""
    try:
        return SpecifierSet(specifiers).contains(Version(version), prereleases=True)
    except ValueError:
        return True


@cache
def _ranks() -> dict[str, int]:
    return {str(tag): number for number, tag in enumerate(sys_tags())}


def wheel_order(name: str) -> tuple[object, ...]:
    """A key by which the wheel that pip would take here comes first: of the versions the highest, then the best tag."""
    try:
        _, version, build, tags = parse_wheel_filename(name)
    except (InvalidWheelFilename, InvalidVersion, ValueError):
        return (2,)
    best = min((_ranks()[str(tag)] for tag in tags if str(tag) in _ranks()), default=-1)
    return (best < 0, _Descending(version), best, _Descending(build))


class _Descending:
    """A value in an order where the greater comes first."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Descending) and self.value == other.value

    def __lt__(self, other: _Descending) -> bool:
        return bool(other.value < self.value)  # type: ignore[operator]

    __hash__ = None  # type: ignore[assignment]
