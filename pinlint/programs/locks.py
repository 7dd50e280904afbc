"""Commands that pass by a lock: they install what nobody wrote down although a lock stands there.

Knows what each package manager makes of its lock; must not know what stands in one. Sources: the manuals of npm, Yarn, pnpm, Bun,
uv, pip, Bundler, Terraform, Composer and NuGet.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.budget import spend
from pinlint.model import Fact
from pinlint.text import Unread
from pinlint.tree import join

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pinlint.programs.words import Context, Invocation

__all__ = ["passed_by"]

_NPM_LOCKS = ("package-lock.json", "npm-shrinkwrap.json")
#: Folders whose manifests say nothing about where a job works.
_ASIDE = re.compile(r"(?:^|/)(?:tests?|fixtures?|examples?|samples?|templates?|__\w+__|node_modules|e2e|docs?|benchmarks?)/")
_LONGEST = 500  # characters of a folder
_NEVER = frozenset(
    ("-g", "--global", "--package-lock-only", "--lockfile-only", "-h", "--help", "--version", "--dry-run", "--mode=update-lockfile")
)


def passed_by(call: Invocation, context: Context) -> Iterator[Fact]:
    """The fact that a call passes by a lock."""
    reader = _READERS.get(call.program)
    if reader is None or call.script is None or call.script.setting == "script":
        return
    texts = [word.text for word in call.words if word.clear]
    if len(texts) == len(call.words) and not _NEVER.intersection(texts) and (detail := reader(texts, call, context)):
        yield Fact("passed-lock", call.span, detail)


def _operands(texts: list[str], *valued: str) -> list[str]:
    """The words that are no option, nor the value of one of these."""
    found, skip = [], False
    for text in texts:
        if not skip and not text.startswith("-"):
            found.append(text)
        skip = text in valued
    return found


_NPM_VALUED = (
    "--prefix", "-C", "--registry", "--loglevel", "--omit", "--include", "--cache", "--workspace", "-w", "--tag", "--only", "--os",
    "--userconfig", "--fetch-timeout", "--fetch-retries", "--network-timeout", "--cwd", "--filter", "--dir", "--cache-folder",
    "--otp",
    "--network-concurrency", "--maxsockets", "--install-strategy", "--store-dir", "--cpu",
)  # fmt: skip


_UPDATES = ("update", "up", "upgrade", "udpate")


def _npm(texts: list[str], call: Invocation, context: Context) -> str:
    operands = _operands(texts, *_NPM_VALUED)
    if not operands or operands[0] not in ("install", "i", "in", "isntall", *_UPDATES):
        return ""
    lock = _lock(_NPM_LOCKS, call, context)
    if not lock:
        return ""
    if operands[0] not in _UPDATES and len(operands) > 1:
        return ""
    if operands[0] in _UPDATES:
        return f"`npm {operands[0]}` takes newer versions than {lock} says; `npm ci` installs those that it says"
    if "--no-package-lock" in texts or "--package-lock=false" in texts:
        return f"--no-package-lock makes npm pass by {lock}; `npm ci` installs what it says"
    if _removed(lock, call, context):
        return f"{lock} is removed before, so npm chooses all versions anew; `npm ci` installs what it says"
    return f"`npm install` changes {lock} where package.json asks for something else, instead of failing; `npm ci` keeps to it"


def _removed(lock: str, call: Invocation, context: Context) -> bool:
    first = context.once("removed", lambda: _removals(context.calls)).get(lock.rpartition("/")[2])
    return first is not None and first < call.span.start


def _removals(calls: list[Invocation]) -> dict[str, int]:
    """Where each file is removed for the first time."""
    found: dict[str, int] = {}
    for call in calls:
        for word in call.words if call.program == "rm" else ():
            name = word.text.rpartition("/")[2]
            found[name] = min(call.span.start, found.get(name, call.span.start))
    return found


def _yarn(texts: list[str], call: Invocation, context: Context) -> str:
    operands = _operands(texts, *_NPM_VALUED)
    if operands[:1] not in ([], ["install"]) or len(operands) > 1:
        return ""
    lock = _lock(("yarn.lock",), call, context)
    if not lock:
        return ""
    if "# yarn lockfile v1" in _beginning(lock, context):
        if {"--frozen-lockfile", "--immutable", "--pure-lockfile"}.intersection(texts) or _is_configured(lock, context):
            return ""
        return (
            f"`yarn install` changes {lock} where package.json asks for something else, instead of failing; write --frozen-lockfile"
        )
    if "--no-immutable" in texts or call.environment.get("YARN_ENABLE_IMMUTABLE_INSTALLS", "").lower() in ("false", "0"):
        return f"immutable installs are switched off, so yarn changes {lock} where package.json asks for something else"
    return ""


def _beginning(path: str, context: Context) -> str:
    try:
        return context.tree.read(path).text[:500]
    except Unread:
        return ""


def _is_configured(lock: str, context: Context) -> bool:
    """Whether .yarnrc makes every install keep to the lock."""
    return "frozen-lockfile true" in _beginning(join(lock, ".yarnrc"), context)


def _pnpm(texts: list[str], call: Invocation, context: Context) -> str:
    names = {"pnpm": ("pnpm-lock.yaml",), "bun": ("bun.lock", "bun.lockb")}[call.program]
    off = next(
        (one for one in texts if one in ("--no-frozen-lockfile", "--fix-lockfile", "--frozen-lockfile=false", "--no-lockfile")), ""
    )
    lock = _lock(names, call, context) if off and _operands(texts, *_NPM_VALUED) in (["install"], ["i"]) else ""
    return f"{off} lets {call.program} change {lock} instead of failing where it does not fit; leave it out" if lock else ""


def _uv(texts: list[str], call: Invocation, context: Context) -> str:
    if _operands(texts)[:1] not in (["sync"], ["run"]):
        return ""
    end = texts.index("--") if "--" in texts else len(texts)
    if texts[0] == "run":
        end = next((at for at, text in enumerate(texts[1:end], 1) if not text.startswith("-")), end)
    upgrade = next((one for one in texts[:end] if one in ("-U", "--upgrade")), "")
    lock = _lock(("uv.lock",), call, context) if upgrade else ""
    return f"{upgrade} makes uv choose all versions anew, whatever {lock} says; write --locked" if lock else ""


def _pip(texts: list[str], _: Invocation, context: Context) -> str:
    if _operands(texts)[:1] not in (["install"], ["pip"]):
        return ""
    if "--no-require-hashes" in texts:
        return "--no-require-hashes makes pip pass by the hashes that the requirements have; leave it out"
    for at, text in enumerate(texts[:-1]):
        if re.fullmatch(r"-[a-zA-Z]*r|--requirements?", text) and texts[at + 1].endswith(".in"):
            compiled = texts[at + 1].removesuffix(".in") + ".txt"
            for base in (context.document.path, ""):
                path = join(base, compiled)
                if (
                    context.tree.exists(path)
                    and context.tree.exists(path.removesuffix(".txt") + ".in")
                    and _is_compiled(path, context)
                ):
                    return f"{texts[at + 1]} is what {compiled} was compiled from: install from that one, which says every version"
    return ""


def _is_compiled(path: str, context: Context) -> bool:
    return re.search(r"autogenerated by|uv pip compile|pip-compile", _beginning(path, context)) is not None


def _update(
    lock: str, words: tuple[str, ...], instead: str, but: tuple[str, ...] = ()
) -> Callable[[list[str], Invocation, Context], str]:
    """The reader of a program with one command that updates its lock."""

    def read(texts: list[str], call: Invocation, context: Context) -> str:
        if not all(word in texts for word in words) or any(one in texts for one in but) or texts[:1] != [words[0]]:
            return ""
        found = _lock((lock,), call, context)
        said = f"{call.program} {' '.join(words)}"
        return f"`{said}` takes newer versions than {found} says; {instead}" if found else ""

    return read


_READERS: dict[str, Callable[[list[str], Invocation, Context], str]] = {
    "npm": _npm,
    "yarn": _yarn,
    "pnpm": _pnpm,
    "bun": _pnpm,
    "uv": _uv,
    "pip": _pip,
    "bundle": _update("Gemfile.lock", ("update",), "`bundle install` keeps to it", ("--bundler",)),
    "terraform": _update(".terraform.lock.hcl", ("init", "-upgrade"), "leave -upgrade out"),
    "composer": _update(
        "composer.lock", ("update",), "`composer install` keeps to it", ("--prefer-lowest", "--lock", "--prefer-stable")
    ),
    "dotnet": _update("packages.lock.json", ("restore", "--force-evaluate"), "write --locked-mode"),
}


def _lock(names: tuple[str, ...], call: Invocation, context: Context) -> str:
    """The lock in the folder where a call works; "" if there is none, or if that folder cannot be told."""
    folder = _folder(call, context, names)
    if folder is None:
        return ""
    return next((path for name in names if context.tree.exists(path := join(f"{folder}/x" if folder else "x", name))), "")


def _folder(call: Invocation, context: Context, names: tuple[str, ...]) -> str | None:
    """Where a call works, relative to the root; None where that cannot be told."""
    base = _base(call, context, names)
    for one in (*_moves(call, context), *_given(call)):
        if one is None or base is None or one.startswith(("/", "~")):
            return None
        base = join(f"{base}/x" if base else "x", one)
        if len(base) > _LONGEST:
            return None
    return base if base is None or not base.startswith("..") else None


def _base(call: Invocation, context: Context, names: tuple[str, ...]) -> str | None:
    if call.script is not None and call.script.setting == "image":
        folder = context.document.path.rpartition("/")[0]
        return folder if any(context.tree.exists(join(context.document.path, name)) for name in names) else None
    if context.once("elsewhere", lambda: _elsewhere(context.document.text)):
        return "" if context.once(f"locked: {names}", lambda: _are_all_locked(names, context)) else None
    return ""


def _elsewhere(text: str) -> bool:
    """Whether something in a document works in another folder."""
    return re.search(r"working[-_]?directory|default_working|WORKDIR", text, re.IGNORECASE) is not None


def _are_all_locked(names: tuple[str, ...], context: Context) -> bool:
    """Whether a lock stands wherever a job could work: a place that is not known makes no difference then."""
    manifests = [path for path in context.tree.named("package.json") if not _ASIDE.search(path)]
    return all(any(context.tree.exists(join(path, name)) for name in names) for path in manifests)


def _moves(call: Invocation, context: Context) -> Iterator[str | None]:
    """The folders that the same script changes to before a call."""
    places = context.once("places", lambda: {id(one): at for at, one in enumerate(context.calls)})
    for at, other in context.once("moves", lambda: _moving(context.calls)).get(id(call.script), ()):
        spend(2)
        if at >= places[id(call)]:
            return
        if other.command is not None and call.command is not None and other.command.depth <= call.command.depth:
            yield other.words[0].text if len(other.words) == 1 and other.words[0].clear else None


def _moving(calls: list[Invocation]) -> dict[int, list[tuple[int, Invocation]]]:
    """The calls that change the folder, with their number, by their script."""
    found: dict[int, list[tuple[int, Invocation]]] = {}
    for at, call in enumerate(calls):
        if call.program in ("cd", "pushd"):
            found.setdefault(id(call.script), []).append((at, call))
    return found


def _given(call: Invocation) -> Iterator[str | None]:
    """The folder that options of the call name."""
    for at, word in enumerate(call.words):
        name, equals, value = word.text.partition("=")
        if name in ("--prefix", "-C", "--cwd", "--dir", "--directory", "--working-dir"):
            following = call.words[at + 1 : at + 2]
            yield value if equals else following[0].text if following and following[0].clear else None
