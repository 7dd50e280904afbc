"""What a configuration says, turned into a policy: keys, levels, patterns, exceptions, each refused where it can mean nothing.

Knows the keys and what they may hold; must not know where a configuration lies.
"""

import re
from collections.abc import Iterable
from typing import Any

from pinlint.config import COMMAND, DEFAULT_REQUIRE, SETTINGS, Ignore, Override, Policy, Verify, is_date
from pinlint.discover import EXCLUDED
from pinlint.ecosystems import ECOSYSTEMS, LEVELS, alike
from pinlint.errors import PinlintError, suggestion
from pinlint.keys import FAIL_ON, IGNORES, KEYS, OVERRIDES, SEVERITIES, TAG_MOVED, VERIFY

__all__ = ["Reader"]

#: `Kind:` or nothing, then keys with dots between them, `*` for every entry of a list or mapping.
_IMAGE_PATH = r"(?:[A-Za-z][A-Za-z0-9]*:)?(?:\*|[\w-]+)(?:\.(?:\*|[\w-]+))*"
#: Patterns, codes and exceptions of a configuration, and their characters: each may be looked at for every file or finding.
_PATTERNS, _CHARACTERS = 1_000, 100_000
#: Patterns of artifacts with the same letters before the first star, which are all compared with what begins so.
_ALIKE = 100


class Reader:
    """Turns a parsed table into a policy, naming the file in every complaint."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.left = _PATTERNS, _CHARACTERS
        self.by_start: dict[str, set[str]] = {}

    def policy(self, table: dict[str, Any]) -> "Policy":
        self.keys(table, tuple(KEYS), "")
        fail_on = table.get("fail-on", "warning")
        if fail_on not in FAIL_ON:
            raise self.wrong(f"fail-on is {fail_on!r}", f"use {' or '.join((', '.join(FAIL_ON[:-1]), FAIL_ON[-1]))}")
        select, more = self.codes(table, "select"), self.codes(table, "extend-select")
        return Policy(
            require={**DEFAULT_REQUIRE, **self.require(table.get("require", {}))},
            select=(*select, *more) if select else (),
            extend_select=more,
            ignore=self.codes(table, "ignore"),
            exclude=(*(self.strings(table, "exclude") if "exclude" in table else EXCLUDED), *self.strings(table, "extend-exclude")),
            hosts={self.kind(kind): self.strings(table["hosts"], kind) for kind in self.table(table.get("hosts", {}), "hosts")},
            ignores=tuple(
                one for number, entry in enumerate(self.entries(table, "ignores")) for one in self.exception(entry, number)
            ),
            overrides=tuple(self.override(entry) for entry in self.entries(table, "overrides")),
            fail_on=fail_on,
            baseline=self.string(table, "baseline"),
            cooldown=self.age(table, "min-age"),
            settings=self.settings(table),
            source=self.path,
            severity=self.severity(table),
            verify=self.verify(self.table(table.get("verify", {}), "verify")),
        )

    def wrong(self, message: str, hint: str) -> PinlintError:
        return PinlintError(f"{self.path}: {message}", hint)

    def keys(self, table: dict[str, Any], known: tuple[str, ...], where: str) -> None:
        for key in table:
            if key not in known:
                raise self.wrong(f"unknown key {where}{key}", self.placed(key) or suggestion(key, known))

    def placed(self, key: str) -> str:
        """What is said of a key that stands in a table and belongs above all of them, as what is written at a file's end does."""
        return f"`{key}` belongs above the first table: below a header it is a key of that table" if key in KEYS else ""

    def table(self, value: Any, name: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.wrong(f"{name} is no table", f"write it as [{name}]")
        return value

    def counted(self, texts: Iterable[str]) -> None:
        """Raises PinlintError where there are more patterns in the whole configuration than anybody wrote."""
        lengths = list(map(len, texts))
        self.left = self.left[0] - len(lengths), self.left[1] - sum(lengths)
        if min(self.left) < 0:
            raise self.wrong(
                f"it holds more than {_PATTERNS:,} patterns, codes and exceptions, or more than {_CHARACTERS:,} characters of them",
                "let one pattern with * stand for many, or set today's findings aside with `pinlint baseline`",
            )

    def entries(self, table: dict[str, Any], name: str, above: str = "") -> list[dict[str, Any]]:
        value = table.get(name, [])
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            raise self.wrong(f"{above}{name} is no array of tables", f"write each entry as [[{above}{name}]]")
        self.counted("".join(str(entry.get(key, "")) for key in ("path", "artifact", "pattern")) for entry in value)
        return value

    def string(self, table: dict[str, Any], key: str) -> str:
        value = table.get(key, "")
        if isinstance(value, str):
            return value
        if key == "until" and hasattr(value, "isoformat"):  # a TOML date
            return str(value)
        raise self.wrong(f"{key} is no string", f'write {key} = "…"')

    def age(self, table: dict[str, Any], key: str) -> int:
        if key not in table:
            return 0
        from pinlint.cooldown import seconds

        found = seconds(self.string(table, key))
        if found is None:
            raise self.wrong(f"{key} is {table[key]!r}", 'write a length of time as "3d", "72h" or "2w"')
        return found

    def strings(self, table: dict[str, Any], key: str) -> tuple[str, ...]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(f"{key} is no list of strings", f'write {key} = ["…"]')
        self.counted(value)
        return tuple(value)

    def codes(self, table: dict[str, Any], key: str) -> tuple[str, ...]:
        from pinlint.rulebook import check_codes  # the rule pages are listed only where codes are given

        return check_codes(self.strings(table, key), f"{self.path}: {key}")

    def severity(self, table: dict[str, Any]) -> dict[str, str]:
        found = self.table(table.get("severity", {}), "severity")
        self.counted(found)
        for rule, level in found.items():
            if level not in SEVERITIES:
                hint = self.placed(rule) or "use error, warning or note, or switch the rule off: ignore"
                raise self.wrong(f"severity.{rule} is {level!r}", hint)
        return dict(zip(self.codes({"severity": list(found)}, "severity"), found.values(), strict=True))

    def settings(self, table: dict[str, Any]) -> dict[str, tuple[str, ...]]:
        found = {}
        for name, keys in SETTINGS.items():
            entries = self.table(table.get(name, {}), name)
            self.keys(entries, keys, f"{name}.")
            found.update({f"{name}.{key}": self.strings(entries, key) for key in entries})
        for path in found.get("kubernetes.image-paths", ()):
            if not re.fullmatch(_IMAGE_PATH, path):
                raise self.wrong(f"kubernetes.image-paths has {path!r}", 'write keys as "spec.image" or "Kind:spec.nodes.*.image"')
        return found

    def verify(self, table: dict[str, Any]) -> Verify:
        self.keys(table, tuple(VERIFY), "verify.")
        grade = table.get("tag-moved", "version")
        if grade not in TAG_MOVED:
            raise self.wrong(f"verify.tag-moved is {grade!r}", "use rewritten, version or any")
        if not ("signatures" in table or "provenance" in table):
            return Verify(grade)
        from pinlint import trust_settings  # few configurations demand any

        signatures = trust_settings.signatures(self, self.entries(table, "signatures", "verify."))
        return Verify(grade, signatures, trust_settings.provenance(self, self.entries(table, "provenance", "verify.")))

    def kind(self, kind: str) -> str:
        if kind not in ECOSYSTEMS:
            raise self.wrong(f"unknown kind {kind!r}", self.placed(kind) or suggestion(kind, ECOSYSTEMS))
        return kind

    def require(self, value: Any) -> dict[str, str]:
        ties: dict[str, str] = {}
        found: dict[str, str] = {}
        patterns = self.table(value, "require")
        self.counted(patterns)
        for pattern, level in sorted(patterns.items(), key=lambda pair: pair[0] != f"{COMMAND}*"):
            if pattern.startswith(COMMAND):
                found.update(self.commands(pattern, level))
                continue
            kind, colon, name = pattern.partition(":")
            self.kind(kind)
            if level not in LEVELS:
                raise self.wrong(f"require.{pattern} is {level!r}", f"use one of {', '.join(LEVELS)}")
            firmest = ECOSYSTEMS[kind].firmest
            if LEVELS.index(level) > LEVELS.index(firmest):
                raise self.wrong(f'require.{pattern} is "{level}"', f"{kind} files cannot hold a {level}; the firmest is {firmest}")
            for meant in self.artifacts(kind, name, f"require.{pattern}") if colon else [kind]:
                literal = meant.partition("*")[0] if colon else ""
                if colon and literal in ties and ties[literal] != level:
                    raise self.wrong(f"two patterns of require begin with {literal!r} and differ", "make one of them longer")
                ties[literal or meant] = level
                found[meant] = level
        return found

    def commands(self, pattern: str, level: Any) -> dict[str, str]:
        """What a key of commands says, kind by kind; `command:*` asks of each as much as it can have."""
        kinds = [kind for kind, one in ECOSYSTEMS.items() if one.command]
        kind = pattern.removeprefix(COMMAND)
        if kind != "*" and kind not in kinds:
            raise self.wrong(f"unknown kind {kind!r} of commands", suggestion(kind, ("*", *kinds)))
        if level not in LEVELS:
            raise self.wrong(f"require.{pattern} is {level!r}", f"use one of {', '.join(LEVELS)}")
        found = {}
        for one in kinds if kind == "*" else [kind]:
            firmest = ECOSYSTEMS[one].firmest
            if kind != "*" and LEVELS.index(level) > LEVELS.index(firmest):
                raise self.wrong(
                    f'require.{pattern} is "{level}"', f"{one} commands cannot hold a {level}; the firmest is {firmest}"
                )
            found[f"{COMMAND}{one}"] = min(level, firmest, key=LEVELS.index)
        return found

    def artifacts(self, kind: str, name: str, where: str) -> list[str]:
        """What a pattern stands for, in the spelling in which references are compared."""
        if found := alike(kind, name):
            for one in found:
                beginning = self.by_start.setdefault(f"{kind}:{one.partition('*')[0]}".casefold(), set())
                beginning.add(one)
                if len(beginning) > _ALIKE:
                    raise self.wrong(f"more than {_ALIKE} patterns begin as {where} does", "write more letters before the first *")
            return [f"{kind}:{one}" for one in found]
        raise self.wrong(
            f"{where} names nothing of this kind", f"write {kind}:{ECOSYSTEMS[kind].example}: no version, * for anything"
        )

    def exception(self, entry: dict[str, Any], number: int) -> tuple[Ignore, ...]:
        self.keys(entry, tuple(IGNORES), "ignores.")
        until = self.string(entry, "until")
        if until and not is_date(until):
            raise self.wrong(f"ignores.until is {until!r}", "write a date as 2027-01-31")
        if not any(entry.get(key) for key in ("rule", "path", "artifact")):
            raise self.wrong(
                "an entry of ignores names neither rule nor path nor artifact", "it would ignore everything; say what it is about"
            )
        if not any(entry.get(key) for key in ("path", "artifact", "reason")):
            rule = entry["rule"]
            raise self.wrong(
                f"an entry of ignores names {rule} alone, with neither path nor artifact nor reason",
                f'say what it is about and why, or switch the rule off: ignore = ["{rule}"]',
            )
        rule = self.codes({"rule": [self.string(entry, "rule")]}, "rule")[0] if entry.get("rule") else ""
        path, reason = self.string(entry, "path"), self.string(entry, "reason")
        artifacts = self.subjects(self.string(entry, "artifact"))
        return tuple(Ignore(rule, path, artifact, until, reason, number) for artifact in artifacts)

    def subjects(self, artifact: str) -> list[str]:
        """The patterns that an exception's artifact stands for."""
        kind, colon, name = artifact.partition(":")
        if not artifact or "*" in kind:
            return [artifact]
        if not colon:
            raise self.wrong(f"ignores.artifact is {artifact!r}", f'write KIND:NAME, as "npm:{ECOSYSTEMS["npm"].example}"')
        return self.artifacts(self.kind(kind), name, f"ignores.artifact {artifact}")

    def override(self, entry: dict[str, Any]) -> Override:
        self.keys(entry, tuple(OVERRIDES), "overrides.")
        paths = self.strings(entry, "paths")
        if not paths:
            raise self.wrong("an entry of overrides has no paths", 'write paths = ["legacy/**"]')
        return Override(paths, self.require(entry.get("require", {})), self.codes(entry, "ignore"), self.severity(entry))
