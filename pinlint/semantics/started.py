"""What a command fetches before it runs it: packages of npx, uvx, dnx and their kin, modules of `go run`, images of `docker run`.

Knows the words of these commands; must not know which file holds them. Source: npm, bin/npx-cli.js; the helps of uvx, pipx
and `docker run`; the manuals of pnpm, Yarn, Bun, Deno and Go.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pinlint.model import Artifact, Reference
from pinlint.programs.words import Word, behind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Span

__all__ = ["package", "split", "started"]


class _Program(NamedTuple):
    """How a command is read. `kind` is how what it fetches is named, `valued` are the options that take the next word, `instead`
    those that name what is fetched in place of the operand, `besides` those that name more. Where `rest` is set, every option takes
    the next word that is not in `switches`. `own` is whether a copy that the project installed is run if none is asked for."""

    kind: str
    valued: frozenset[str] = frozenset()
    instead: tuple[str, ...] = ()
    besides: tuple[str, ...] = ()
    switches: frozenset[str] = frozenset()
    rest: bool = False
    own: bool = False


_UV = frozenset((
    "--from", "--with", "-w", "--with-editable", "--with-requirements", "-c", "--constraints", "-b", "--build-constraints",
    "--overrides", "--env-file", "--python-platform", "--torch-backend", "--index", "--default-index", "-i", "--index-url",
    "--extra-index-url", "-f", "--find-links", "--index-strategy", "--keyring-provider", "-P", "--upgrade-package",
    "--upgrade-group", "--resolution", "--prerelease", "--prerelease-package", "--fork-strategy", "--exclude-newer",
    "--exclude-newer-package", "--no-sources-package", "--reinstall-package", "--link-mode", "-C", "--config-setting",
    "--config-settings-package", "--no-build-isolation-package", "--no-build-package", "--no-binary-package", "--cache-dir",
    "--refresh-package", "-p", "--python", "--color", "--allow-insecure-host", "--directory", "--project", "--config-file",
    "--extra", "--no-extra", "--group", "--no-group", "--only-group", "--no-editable-package", "--package",
))  # fmt: skip
#: Options of npm that take no word, in npx and `npm exec`; every other takes the next one unless it is an option itself.
_SWITCHES = (
    "--all --audit --bin-links --browser --color --dev --dry-run --engine-strict --force --foreground-scripts --fund --global "
    "--if-present --ignore-existing --ignore-scripts --include-workspace-root --install-links --json --legacy-bundling "
    "--legacy-peer-deps --link --long --no --no-install --no-yes --offline --optional --package-lock --package-lock-only "
    "--prefer-dedupe --prefer-offline --prefer-online --production --progress --quiet --silent --strict-peer-deps --strict-ssl "
    "--timing --unicode --update-notifier --usage --verbose --version --workspaces --yes "
    "-y -q -s -d -dd -ddd -f -g -ws -iwr -l -a -v -h"
)
_NPM = frozenset(_SWITCHES.split())
#: Options of `docker run` and `podman run` that take no word.
_DOCKER = frozenset((
    "--detach", "--disable-content-trust", "--env-host", "--help", "--http-proxy", "--init", "--interactive", "--no-healthcheck",
    "--no-hosts", "--oom-kill-disable", "--privileged", "--publish-all", "--quiet", "--read-only", "--replace", "--rm", "--rmi",
    "--sig-proxy", "--tls-verify", "--tty", "--use-api-socket",
))  # fmt: skip
_DOCKER_LETTERS = "diPqt"
_DENO = frozenset(("-c", "--config", "--import-map", "--lock", "--cert", "--seed", "--ext", "--location", "-L", "--log-level"))
_GO = frozenset(("-C", "-mod", "-modfile", "-ldflags", "-tags", "-o", "-p", "-gcflags", "-exec", "-asmflags", "-overlay"))
_DNX = frozenset(("--version", "--source", "--add-source", "--configfile", "--verbosity", "-v", "--framework"))
_PIPX = frozenset(("--spec", "--python", "--pip-args", "-i", "--index-url", "--with", "--backend"))

_npx = _Program(
    "npm",
    frozenset(("--package", "-p", "--cache", "--userconfig", "--call", "-c", "--shell", "--node-arg", "-n")),
    instead=("--package", "-p"),
    switches=_NPM,
    rest=True,
    own=True,
)
_dlx = _Program("npm", frozenset(("--package", "-p", "-C", "--dir", "--filter", "-F", "--reporter", "-c")), ("--package", "-p"))
_uvx = _Program("pypi", _UV, ("--from",), ("--with", "-w"))
_docker = _Program("image", switches=_DOCKER, rest=True)
_dnx = _Program("nuget", _DNX)
_PROGRAMS: dict[tuple[str, ...], _Program] = {
    ("npx",): _npx,
    ("npm", "exec"): _npx,
    ("npm", "x"): _npx,
    ("pnpx",): _dlx,
    ("pnpm", "dlx"): _dlx,
    ("yarn", "dlx"): _dlx,
    ("bunx",): _dlx._replace(own=True),
    ("bun", "x"): _dlx._replace(own=True),
    ("deno", "run"): _Program("deno", _DENO),
    ("uvx",): _uvx,
    ("uv", "tool", "run"): _uvx,
    ("uv", "run"): _Program("", _UV, (), ("--with", "-w")),
    ("pipx", "run"): _Program("pypi", _PIPX, ("--spec",), ("--with",)),
    ("go", "run"): _Program("go", _GO),
    ("dnx",): _dnx,
    ("dotnet", "dnx"): _dnx,
    ("dotnet", "tool", "exec"): _dnx,
    ("docker", "run"): _docker,
    ("docker", "container", "run"): _docker,
    ("podman", "run"): _docker,
    ("podman", "container", "run"): _docker,
    ("nerdctl", "run"): _docker,
}
_FIRST = {names[0] for names in _PROGRAMS}
_SHELLS = frozenset(("sh", "bash", "zsh", "dash", "ash", "cmd"))
_ASSIGNED = re.compile(r"[A-Za-z_]\w*=")
#: What ends a simple command, and what a word of one may hold that needs no shell to be understood.
_COMMAND = re.compile(r"[^;&|\n]+")
_PLAIN = re.compile(r"[\w@%+=:,./^~\[\]-]+")
_QUOTING = re.compile(r"[\"'`$\\(){}<>*?#!]")
_VARIABLE = re.compile(r"\$\{([^}:]{0,999})(?::-([^}]{0,999}))?\}")
#: Requirements between commas; those of extras and of several versions divide none.
_PARTS = re.compile(r"(?:\[[^\]\[]{0,999}\]|,(?!\s{0,99}[A-Za-z])|[^,])+")
_FRESH = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*)(?P<extras>\[[\w\s,.-]*\])?@(?P<version>[^/@\s]+)")
_NEVER_REPLACED = "npm, whose registry never replaces a version"
_CHECKED = "Go's checksum database, which every download is compared with"
_DEEPEST = 4  # commands that start one another


def started(words: list[Word], role: str, depth: int = 0) -> Iterator[tuple[Reference, bool]]:
    """Everything that a command fetches, and whether a copy that the project installed is run in its place if there is one."""
    words = _program(words)
    if not words or depth > _DEEPEST:
        return
    name = _name(words[0].text)
    if name in _SHELLS:
        yield from _in_shell(name, words[1:], role, depth)
        return
    if name in _FIRST:
        for names, program in _PROGRAMS.items():
            if names[0] == name and (found := _read(words, names, program)) is not None:
                for word in found:
                    yield _reference(word, program.kind, role), program.own
                return
        return
    for at, word in enumerate(words):
        if word.text == "--":  # `dotenv -- npx …`, `op run -- npx …`
            yield from started(words[at + 1 :], role, depth + 1)
            return


def _program(words: list[Word]) -> list[Word]:
    """The words from the program on: not what sets its environment, nor `env` and `exec`."""
    at = 0
    while at < len(words) and (_ASSIGNED.match(words[at].text) or _name(words[at].text) in ("env", "exec", "command", "sudo")):
        at += 1
    return words[at:]


def _name(text: str) -> str:
    """A program's name without its folder and Windows' endings."""
    last = re.split(r"[/\\]", text)[-1]
    return re.sub(r"\.(?:exe|cmd|bat)\Z", "", last, flags=re.IGNORECASE)


def _in_shell(name: str, words: list[Word], role: str, depth: int) -> Iterator[tuple[Reference, bool]]:
    """What a shell is told to run: `cmd /c npx …` word for word, `sh -c "…"` as far as no shell is needed to read it."""
    for at, word in enumerate(words):
        if name == "cmd" and word.text.lower() in ("/c", "/k"):
            rest = words[at + 1 :]
            yield from started(split(rest[0]) if len(rest) == 1 else rest, role, depth + 1)
            return
        if name != "cmd" and re.fullmatch(r"-[a-z]*c", word.text):
            for script in words[at + 1 : at + 2]:
                yield from _script(script, role, depth)
            return


def _script(script: Word, role: str, depth: int) -> Iterator[tuple[Reference, bool]]:
    for command in _COMMAND.finditer(script.text):
        yield from started(split(script, command.start(), command.end()), role, depth + 1)


def split(word: Word, start: int = 0, end: int | None = None) -> list[Word]:
    """The words that stand in one."""
    stop = len(word.text) if end is None else end
    found = []
    for part in re.compile(r"\S+").finditer(word.text, start, stop):
        plain = _PLAIN.fullmatch(part[0]) is not None
        place = word.span
        if word.exact and plain:
            place = type(place)(place.start + part.start(), place.start + part.end())
        found.append(Word(part[0], place, word.exact and plain, plain))
    return found


def _read(words: list[Word], names: tuple[str, ...], program: _Program) -> list[Word] | None:
    """What a command asks for; None if it is another of the same program."""
    left = list(names[1:])
    instead: list[Word] = []
    besides: list[Word] = []
    operand: list[Word] = []
    at = 1
    while at < len(words):
        word = words[at]
        at += 1
        if word.text == "--" and not left:
            operand = words[at : at + 1]
            break
        if not word.text.startswith("-"):
            if left:
                if word.text != left.pop(0):
                    return None
                continue
            operand = [_with_version(word, words[at:]) if program.kind == "nuget" else word]
            break
        option, equals, _ = word.text.partition("=")
        value = behind(word, len(option) + 1) if equals else None
        if value is None and _takes(option, words[at : at + 1], program):
            value = words[at]
            at += 1
        if value is not None and option in program.instead:
            instead.append(value)
        elif value is not None and option in program.besides:
            besides += [_behind_comma(value, part) for part in _PARTS.finditer(value.text)]
    if left:
        return None
    return [*(instead or (operand if program.kind else [])), *besides]


def _with_version(word: Word, following: list[Word]) -> Word:
    """The package of `dnx` with the version that an option behind it names."""
    for at, one in enumerate(following):
        if one.text == "--":
            break
        if one.text == "--version" and at + 1 < len(following):
            return Word(f"{word.text}@{following[at + 1].text}", following[at + 1].span, exact=False)
    return word


def _takes(option: str, following: list[Word], program: _Program) -> bool:
    """Whether an option takes the next word."""
    if not following:
        return False
    if program.kind == "image":
        if option.startswith("--"):
            return option not in program.switches
        letters = option[1:].lstrip(_DOCKER_LETTERS)
        return len(letters) == 1
    if program.rest:
        return option in program.valued or (option not in program.switches and not following[0].text.startswith("-"))
    return option in program.valued


def _behind_comma(word: Word, part: re.Match[str]) -> Word:
    start = word.span.start
    span = type(word.span)(start + part.start(), start + part.end()) if word.exact else word.span
    return word._replace(text=part[0], span=span)


# --- what a word names ---------------------------------------------------------------------------------------------------------


def _reference(word: Word, kind: str, role: str) -> Reference:
    text, exact = word.text, word.exact
    if "$" in text or "{{" in text:
        filled = _VARIABLE.sub(lambda one: one[0] if one[2] is None else one[2], text)
        if "$" in filled or "{{" in filled:
            why = "a variable says what is fetched"
            return Reference(Artifact(_KINDS[kind], text[:200]), "", (), "unknown", word.span, role, why)
        text, exact = filled, False
    if not word.clear and _QUOTING.search(text):
        return Reference(Artifact(_KINDS[kind], text[:200]), "", (), "unknown", word.span, role, "only a shell can read it")
    made = _NAMED[kind](Word(text, word.span, exact), role)
    return made if exact else made._replace(span=word.span).unpinnable()


def _image(word: Word, role: str) -> Reference:
    from pinlint.ecosystems.oci.names import image_at

    return image_at(word.text, word.span, role)


def package(kind: str, name: str, version: str, span: Span, role: str) -> Reference:
    """A package of npm or PyPI that a file names beside the version that it wants, "" for none."""
    joint = "@" if kind == "npm" else "" if version[:1] in tuple("<>=!~") else "=="
    return _NAMED[kind](Word(f"{name}{joint}{version}" if version else name, span, False), role)._replace(span=span)


def _npm(word: Word, role: str) -> Reference:
    from pinlint.ecosystems.npm.names import argument_verdict

    name, version, verdict, why = argument_verdict(word.text)
    settled = _NEVER_REPLACED if verdict == "version" else ""
    return Reference(Artifact("npm", name), version, (), verdict, word.span, role, why, settled)


def _deno(word: Word, role: str) -> Reference:
    if word.text.startswith("npm:"):
        package = re.match(r"(?:@[^/]*/)?[^/]*", word.text[4:].lstrip("/"))
        return _npm(Word(package[0] if package else "", word.span), role)
    if re.match(r"(?:jsr|https?):", word.text):
        why = "pinlint does not know this registry of Deno yet"
        return Reference(Artifact("npm", word.text[:200]), "", (), "unknown", word.span, role, why)
    return Reference(Artifact("npm", word.text[:200]), "", (), "local", word.span, role, "it lies in this repository")


def _pypi(word: Word, role: str) -> Reference:
    """A requirement, or a name with a version as uv alone writes it: `ruff@0.6.0`, `ruff@latest`."""
    from pinlint.semantics.pip_arguments import requirement

    short = _FRESH.fullmatch(word.text)
    if not short:
        return requirement(word.text, word.span, role)
    if short["version"] == "latest":
        found = requirement(short["name"], word.span, role)
        return found._replace(version="latest", why="")
    joint = "" if short["version"][0] in "<>=!~" else "=="
    return requirement(f"{short['name']}{short['extras'] or ''}{joint}{short['version']}", word.span, role)


def _go(word: Word, role: str) -> Reference:
    from pinlint.ecosystems.go.names import version_verdict

    name, at, version = word.text.partition("@")
    if not at:
        return Reference(Artifact("go", name[:200]), "", (), "local", word.span, role, "this module, or what its go.mod says")
    verdict, _ = version_verdict(version)
    settled = _CHECKED if verdict == "version" else ""
    return Reference(Artifact("go", name), version, (), verdict, word.span, role, "", settled)


def _nuget(word: Word, role: str) -> Reference:
    from pinlint.ecosystems.nuget.names import version_verdict

    name, _, version = word.text.partition("@")
    if not version:
        why = "no version is asked for, so every run takes the newest one"
        return Reference(Artifact("nuget", name), "", (), "floating", word.span, role, why)
    verdict, why = version_verdict(version)
    return Reference(Artifact("nuget", name), version, (), verdict, word.span, role, why)


_NAMED = {"image": _image, "npm": _npm, "deno": _deno, "pypi": _pypi, "go": _go, "nuget": _nuget, "": _pypi}
_KINDS = {"image": "image", "npm": "npm", "deno": "npm", "pypi": "pypi", "go": "go", "nuget": "nuget", "": "pypi"}
