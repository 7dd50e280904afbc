"""Policies: what must be pinned how firmly, and what is left alone.

Reads `pinlint.toml`, `.pinlint.toml` or `[tool.pinlint]` of a root and refuses what it does not know. Must not know any
file format or rule text.
"""

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from pinlint.configurations import beside, of_user
from pinlint.discover import CONFIGURATIONS, EXCLUDED
from pinlint.ecosystems import ECOSYSTEMS, alike
from pinlint.errors import PinlintError
from pinlint.text import Unread
from pinlint.tree import Tree, read_bytes

if TYPE_CHECKING:
    from pinlint.glob import Paths
    from pinlint.patterns import Artifacts

__all__ = ["DEFAULT_REQUIRE", "OFF", "SETTINGS", "Ignore", "Override", "Policy", "Verify", "compared", "is_date", "load"]

#: What begins the keys that say how firmly commands must ask, by kind: `command:image`, and for all of them `command:*`.
COMMAND = "command:"
DEFAULT_REQUIRE = {kind: one.required for kind, one in ECOSYSTEMS.items()} | {
    f"{COMMAND}{kind}": one.command for kind, one in ECOSYSTEMS.items() if one.command
}
#: What tells formats where to look, table by table.
SETTINGS = {
    "kubernetes": ("image-paths",),
    "lifecycle": ("environments", "registries", "release-tags", "verify-before-deploy"),
}
#: Rules that run only where they are selected, and the facts that nobody looks for while they do not: what is right to want, and
#: true of most of the world. Their pages say `default: off`.
OFF: dict[str, tuple[str, ...]] = {
    "PRO301": ("rebuilt-image",),
    "RET501": ("unkept-repository",),
    "SIG403": ("unsigned-build",),
}
#: What tells formats which of these facts are wanted (see `Tree.wants`).
WANTED = "facts"


class Ignore(NamedTuple):
    """A configured exception: by rule (prefix), path pattern and artifact pattern ("npm:left-pad", "" = all); `until` is an
    ISO date after which it no longer counts ("" = never). `number` is that of the entry, which may stand for several patterns."""

    rule: str
    path: str
    artifact: str
    until: str
    reason: str
    number: int = 0


class Override(NamedTuple):
    """Another policy for the files that one of `paths` covers."""

    paths: tuple[str, ...]
    require: dict[str, str]
    ignore: tuple[str, ...]
    severity: dict[str, str] = {}  # noqa: RUF012 - never changed in place


class Verify(NamedTuple):
    """What an audit wants to be true. `tag_moved` is how grave it has to be that a tag names something else now: "rewritten" (put
    elsewhere than ahead, or deleted), "version" (a whole version, too) or "any". `signatures` and `provenance` are what is demanded
    of artifacts, each a `trust.Trust`, which no other run loads."""

    tag_moved: str = "version"
    signatures: tuple[Any, ...] = ()
    provenance: tuple[Any, ...] = ()


class Policy(NamedTuple):
    """Everything that decides what is reported for the files of one root. `settings` say where formats have to look, by "table.key"
    (see SETTINGS). `extend_select` are rules besides those that run by default or that `select` names. `cooldown` is how many
    seconds a release has to be out before it is chosen. `severity` is by code or prefix. `comments` is whether those are heeded
    that ignore something. `source` is the file it came from, "" for defaults; `beside` are others of that root, which do not
    count."""

    require: dict[str, str] = DEFAULT_REQUIRE
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = EXCLUDED
    hosts: dict[str, tuple[str, ...]] = {}  # noqa: RUF012 - never changed in place
    ignores: tuple[Ignore, ...] = ()
    overrides: tuple[Override, ...] = ()
    fail_on: str = "warning"
    baseline: str = ""
    cooldown: int = 0
    settings: dict[str, tuple[str, ...]] = {}  # noqa: RUF012 - never changed in place
    source: str = ""
    severity: dict[str, str] = {}  # noqa: RUF012 - never changed in place
    comments: bool = True
    beside: tuple[str, ...] = ()
    verify: Verify = Verify()
    extend_select: tuple[str, ...] = ()

    def required(self, kind: str, name: str, command: bool = False) -> str:
        """The least verdict that an artifact must have: the pattern with the longest literal prefix, else the kind's; `command` is
        whether a command asks for it, of which less may be required, and nothing where nothing is required of the kind."""
        if len(self.require) > len(DEFAULT_REQUIRE):
            from pinlint.patterns import kept  # few configurations hold any

            patterns, levels = kept(self.require, _by_artifact)
            for index in patterns.covering(compared(f"{kind}:{name}")):
                return levels[index]
        required = self.require.get(kind, "any")
        if command and (required != "any" or DEFAULT_REQUIRE.get(kind) == "any"):
            return self.require.get(f"{COMMAND}{kind}", required)
        return required

    def enabled(self, rule: str) -> bool:
        """Whether a rule is selected and not ignored; the longest matching code prefix decides, a tie goes to `ignore`. One that is
        off by default is selected by its code or any beginning of it, as by ALL; nothing else selects it."""
        unnamed = -1 if self.select or rule in OFF else 0
        chosen = max((len(code) for code in (*self.select, *self.extend_select) if rule.startswith(code)), default=unnamed)
        return chosen > max((len(code) for code in self.ignore if rule.startswith(code)), default=-1)

    def looks(self) -> dict[str, tuple[str, ...]]:
        """What tells formats where to look and for what: the settings, and the facts of rules that are off by default and run."""
        wanted = tuple(fact for rule, facts in OFF.items() if self.enabled(rule) for fact in facts)
        return {**self.settings, WANTED: wanted} if wanted else self.settings

    def severity_of(self, rule: str) -> str:
        """What the longest fitting code or prefix makes of a rule, "" where nothing is said of it."""
        return (
            self.severity[max(fitting, key=len)] if (fitting := [code for code in self.severity if rule.startswith(code)]) else ""
        )

    def audited(self) -> "Policy":
        """The policy without what hides findings: a choice of rules, exceptions, a baseline. Rules that it switches on stay on."""
        overrides = tuple(one._replace(ignore=()) for one in self.overrides)
        more = tuple(code for code in (*self.select, *self.extend_select) if any(rule.startswith(code) for rule in OFF))
        return self._replace(select=(), extend_select=more, ignore=(), ignores=(), overrides=overrides, baseline="", comments=False)

    def at(self, path: str) -> "Policy":
        """The policy for one file, overrides applied in order."""
        if not self.overrides:
            return self
        from pinlint.patterns import kept

        patterns, numbers, made = kept(self, _by_path)
        fitting = tuple(dict.fromkeys(numbers[index] for index in patterns.covering(path)))
        if fitting and fitting not in made:
            made[fitting] = _overridden(self, fitting)
        return made[fitting] if fitting else self


def _by_artifact(require: dict[str, str]) -> "tuple[Artifacts, list[str]]":
    """The patterns of artifacts that a policy requires something of, and what."""
    from pinlint.patterns import Artifacts

    patterns = {pattern: level for pattern, level in require.items() if ":" in pattern and not pattern.startswith(COMMAND)}
    return Artifacts(patterns), list(patterns.values())


def _by_path(policy: Policy) -> "tuple[Paths, list[int], dict[tuple[int, ...], Policy]]":
    """The patterns of all overrides, the override that each is of, and room for what becomes of the policy under some of them."""
    from pinlint.glob import Paths

    patterns = [(pattern, index) for index, override in enumerate(policy.overrides) for pattern in override.paths]
    return Paths(pattern for pattern, _ in patterns), [index for _, index in patterns], {}


def _overridden(policy: Policy, fitting: tuple[int, ...]) -> Policy:
    require, ignore, severity = dict(policy.require), dict.fromkeys(policy.ignore), dict(policy.severity)
    for index in fitting:
        require.update(policy.overrides[index].require)
        ignore.update(dict.fromkeys(policy.overrides[index].ignore))
        severity.update(policy.overrides[index].severity)
    return policy._replace(require=require, ignore=tuple(ignore), severity=severity)


def compared(subject: str) -> str:
    """`kind:name` of a reference in the spelling in which policies compare it."""
    kind, colon, name = subject.partition(":")
    return f"{kind}:{(alike(kind, name) or (name,))[0]}" if colon else subject


def is_date(text: str) -> bool:
    """Whether a text is a day of the calendar as YYYY-MM-DD."""
    from datetime import date  # few exceptions end

    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def load(root: str, explicit: str = "", tree: Tree | None = None) -> "Policy":
    """The policy of a root: `explicit` (a file), else the first of pinlint.toml, .pinlint.toml and pyproject.toml there, or in
    another `tree` of that root; where there is none, the user's own.

    pyproject.toml is parsed only if its bytes hold "tool.pinlint". Raises PinlintError for an unreadable file, an unknown key
    and a wrong value, with the file and what would be right.
    """
    names = (explicit,) if explicit else (*CONFIGURATIONS, "pyproject.toml")
    for number, name in enumerate(names):
        path = name if explicit else os.path.join(root, name)
        if not explicit and not (tree.exists(name) if tree else os.path.lexists(path)):
            continue
        try:
            data = read_bytes(path) if explicit else (tree or Tree(root, list)).bytes(name)
        except Unread as error:
            raise PinlintError(f"{path}: {error}", "fix the file or pass --isolated") from None
        if os.path.basename(path) == "pyproject.toml":
            if b"tool.pinlint" not in data and b"tool . pinlint" not in data:
                continue
            tool = _parse(path, data).get("tool")
            if not isinstance(tool, dict) or "pinlint" not in tool:
                continue
            table = tool["pinlint"]
        else:
            table = _parse(path, data)
        from pinlint.settings import Reader  # few roots hold a configuration

        reader = Reader(path)
        policy = reader.policy(reader.table(table, "tool.pinlint"))
        return policy if explicit else policy._replace(beside=tuple(beside(tree or Tree(root, list), names[number + 1 :])))
    own = "" if explicit else of_user(root)
    return load(root, own)._replace(baseline="") if own else Policy()


def _parse(path: str, data: bytes) -> dict[str, Any]:
    from pinlint.toml import TomlError, loads  # few roots hold a configuration

    try:
        return loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise PinlintError(f"{path}: {error}", "the file must be TOML in UTF-8") from None
    except TomlError as error:
        raise PinlintError(f"{path}: {error}", "the file must be TOML; a setting is a name, a date, or a list of names") from None
