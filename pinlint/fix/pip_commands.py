"""Commands and build files of a repository that install or read its requirements files: what they add to the files, and how.

A search for words in scripts, CI files, Dockerfiles and Makefiles; knows pip's command line as far as it says what is installed
together. Must not know hashes.
"""

from __future__ import annotations

import re
import shlex
from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from pinlint.text import Unread
from pinlint.tree import Tree, join

__all__ = ["Command", "Use", "uses"]

_SCRIPTS = re.compile(
    r"(?:\A|/)(?:[^/]*(?:Dockerfile|Containerfile|Jenkinsfile|Makefile|Procfile|Vagrantfile|[Jj]ustfile)[^/]*"
    r"|[^/]*\.(?:sh|bash|zsh|ps1|bat|cmd|mk|ya?ml|toml|cfg|dockerfile)|tox\.ini|(?:noxfile|tasks|fabfile)\.py|[^/.]+)\Z"
)
_BUILDS = re.compile(r"(?:\A|/)(?:setup\.py|setup\.cfg|pyproject\.toml)\Z")
_LARGEST, _ALL, _MOST = 1 << 20, 64 << 20, 20_000
_INSTALL = re.compile(r"(?<![\w-])(?:(uv[ \t]+)?pip[0-9.]*[ \t]+(install|sync|wheel|download)|(pip-sync))(?=[ \t])([^\n]*)")
_CONTINUED = re.compile(r"\\\r?\n")
_EXEC_FORM = re.compile(r"""["'][ \t]*,[ \t]*["']""")
_END = re.compile(r"\s(?:&&|\|\||[;|&>])|;|\s#|[&|]{2}|\s\d?>|`")
#: Options of pip and uv that take a value, besides those that name what is installed.
_VALUED = frozenset((
    "-c", "--constraint", "-i", "--index-url", "--extra-index-url", "-f", "--find-links", "-t", "--target", "--prefix", "--root",
    "--src", "--platform", "--python-version", "--implementation", "--abi", "--no-binary", "--only-binary", "--upgrade-strategy",
    "--upgrade-package", "-P", "--timeout", "--retries", "--proxy", "--cache-dir", "--progress-bar", "--trusted-host", "--cert",
    "--client-cert", "--log", "--report", "--config-settings", "-C", "--python", "-p", "--index", "--default-index", "-d",
    "--dest", "-w", "--wheel-dir", "--exists-action", "--resolution", "--override", "--overrides", "--build-constraint", "-b",
    "--build", "--install-option", "--global-option", "--use-feature", "--use-deprecated", "--exclude-newer", "--index-strategy",
    "--keyring-provider", "--link-mode", "--root-user-action", "--group",
))  # fmt: skip
#: A command that writes a whole requirements file, with the file; and one that edits its lines.
_WRITES = re.compile(
    r"(?:pip[0-9.]* freeze|pip-compile|uv pip compile|uv export|poetry export|pdm export|pipenv requirements|pipreqs|pip-chill)\b"
    r"(?=([^\n;|&]{0,1000}))[^\n;|&]{0,1000}?(?:>|\s-o|\s--output(?:-file)?[ =])\s*[\"']?([\w./{}$-]+\.(?:txt|pip|lock))"
)
_EDITS = re.compile(
    r"\b(?:g?sed[ \t]+(?:-[A-Za-z]+[ \t]+)*-[A-Za-z]*i|perl[ \t]+-[a-z]*i)"
    r"[^\n;|&]{0,1000}?[ \t]([\w./{}$-]+\.(?:txt|pip|lock))(?![\w.])"
)
_QUOTED = re.compile(r"""["']([\w./-]+\.(?:txt|in|pip))["']|^[ \t]*\w+[ \t]*=[ \t]*file:[ \t]*([^\n]+)""", re.MULTILINE)


class Command(NamedTuple):
    """A command at a line of a file: the requirements `files` that it installs, as it names them, and `others` that it installs
    with them; whether it leaves out what those ask for (`alone`)."""

    path: str
    line: int
    files: tuple[str, ...]
    others: tuple[str, ...]
    alone: bool


class Use(NamedTuple):
    """What a repository does with a requirements file: the files that it installs with it (`partners`), what speaks against hashes
    ("" = nothing), and whether it always leaves out what their versions ask for."""

    partners: tuple[str, ...] = ()
    obstacle: str = ""
    alone: bool = False


def uses(tree: Tree) -> dict[str, Use]:
    """What the commands and build files of the repository do with each of its requirements files that they name."""
    return tree.memo("uses of requirements", "", lambda: _uses(tree))


def _uses(tree: Tree) -> dict[str, Use]:
    known: dict[str, list[str]] = {}
    for path in sorted(tree.listed()):
        if path.endswith((".txt", ".in", ".pip", ".lock", ".req", ".reqs")):
            known.setdefault(path.rpartition("/")[2], []).append(path)
    found: dict[str, list[tuple[Use, bool]]] = {}
    for path, text in _texts(_SCRIPTS, tree):
        for one in _in(path, text):
            named = {word: _named_by(word, path, known) for word in one.files}
            meant, lost = list(dict.fromkeys(named.values())), [word for word, file in named.items() if not file]
            more = [*one.others, *lost]
            why = f"{path}:{one.line} installs it together with {more[0]}, which has no hash" if more else ""
            for file in filter(None, meant):
                found.setdefault(file, []).append((Use(tuple(other for other in meant if other and other != file), why), one.alone))
    for path, line, word, why in (*_readers(tree), *_writers(tree)):
        if file := _named_by(word, path, known):
            found.setdefault(file, []).append((Use((), f"{path}:{line} {why}"), False))
    return {
        file: Use(
            tuple(dict.fromkeys(partner for one, _ in some for partner in one.partners)),
            next((one.obstacle for one, _ in some if one.obstacle), ""),
            all(alone for _, alone in some),
        )
        for file, some in found.items()
    }


def _writers(tree: Tree) -> Iterator[tuple[str, int, str, str]]:
    """(path, line, file as it is named, what is done) wherever a command writes a requirements file without hashes."""
    for path, text in _texts(_SCRIPTS, tree):
        joined, ends = _CONTINUED.sub(lambda found: " " * len(found[0]), text), _ends(text)
        for match in _WRITES.finditer(joined):
            hashed = "--generate-hashes" in match[1] or (
                "export" in match[0] and not re.search(r"--(?:no|without)-hashes", match[1])
            )
            if not hashed:
                yield path, _line(ends, match.start()), match[2], "writes it, and would drop them: let it write hashes"
        for match in _EDITS.finditer(joined):
            yield path, _line(ends, match.start()), match[1], "edits its lines, and hashes would stay behind"


def _readers(tree: Tree) -> Iterator[tuple[str, int, str, str]]:
    """(path, line, file as it is named, what is done) wherever the build of a Python project reads a requirements file."""
    for path, text in _texts(_BUILDS, tree):
        if re.search(r"\bpip(?:\._internal)?\.req\b", text):  # pip's own reader knows hashes
            continue
        ends = _ends(text)
        whole = text if path.endswith("setup.py") else "\n".join(_dynamic(text))
        for match in _QUOTED.finditer(whole):
            for name in re.split(r"[\s,]+", match[1] or match[2] or ""):
                if name:
                    yield (
                        path,
                        _line(ends, max(0, text.find(match[0].strip()))),
                        name,
                        "reads it line by line, and a hash is no requirement",
                    )


def _dynamic(text: str) -> list[str]:
    """The lines of a configuration of setuptools that name files to read requirements from."""
    return [line for line in text.splitlines() if re.search(r"\bfile\s*[=:]", line) and re.search(r"depend|require", line)]


def _named_by(word: str, path: str, known: dict[str, list[str]]) -> str:
    """The file, of those known by their last part, that the file at `path` means by a word: as it stands there or at the root, else
    the one nearest to it; "" for none."""
    word = re.sub(r"\$\{\{.*?\}\}|\$\{?\w+\}?|\{\w+\}|%\w+%|\$\(\w+\)", "", word.replace("\\", "/")).lstrip("/")
    tail = "/".join(part for part in word.split("/") if part not in ("", ".", ".."))
    same = known.get(tail.rpartition("/")[2], [])
    for exact in (join(path, word), tail):
        if exact in same:
            return exact
    ends = [file for file in same if f"/{file}".endswith(f"/{tail}")] or same
    return max(ends, key=lambda file: _shared(file.split("/")[:-1], path.split("/")[:-1]), default="")


def _shared(folders: list[str], others: list[str]) -> int:
    """How many folders two paths have in common."""
    return next(
        (n for n, (one, other) in enumerate(zip(folders, others, strict=False)) if one != other), min(len(folders), len(others))
    )


def _ends(text: str) -> list[int]:
    """Where the lines of a text end."""
    return [found.start() for found in re.finditer("\n", text)]


def _line(ends: list[int], offset: int) -> int:
    """The line of an offset, from 1 on."""
    return bisect_left(ends, offset) + 1


def _texts(pattern: re.Pattern[str], tree: Tree) -> Iterator[tuple[str, str]]:
    """The files whose path fits, as text."""
    paths = [path for path in sorted(tree.listed()) if pattern.search(path)]
    left = _ALL
    for path in paths[:_MOST]:
        try:
            data = tree.bytes(path)
        except Unread:
            continue
        left -= len(data)
        if left < 0:
            return
        if len(data) <= _LARGEST and b"\0" not in data[:1000] and (b"pip" in data or b"require" in data):
            yield path, data.decode("utf-8", "replace")


def _in(path: str, text: str) -> Iterator[Command]:
    if path.endswith("tox.ini"):
        yield from _of_tox(path, text)
    joined = _CONTINUED.sub(lambda found: " " * len(found[0]), text)
    ends = _ends(text)
    spaced = _EXEC_FORM.sub(lambda found: " " * len(found[0]), joined)
    for match in _INSTALL.finditer(spaced):
        end = _END.search(match[4])
        files, others, alone = _installed(match[4][: end.start()] if end else match[4])
        if match[2] == "sync" or match[3]:  # which take files, and install nothing else
            files, others, alone = [*files, *others], [], True
        if files:
            yield Command(path, _line(ends, match.start()), tuple(files), tuple(others), alone)


def _installed(rest: str) -> tuple[list[str], list[str], bool]:
    """(requirements files, what else is installed, whether dependencies are left out) of the arguments of `pip install`."""
    try:
        words = shlex.split(rest)
    except ValueError:
        words = [word.strip("\"'") for word in rest.split()]
    files: list[str] = []
    others: list[str] = []
    alone = False
    given = iter(words)
    for word in given:
        word = word.rstrip("]\"',")
        if word in ("--requirement", "--requirements") or re.fullmatch(r"-[a-zA-Z]*r", word):
            files.append(next(given, ""))
        elif found := re.fullmatch(r"--requirements?=(.+)|-r(.+)", word):
            files.append(found[1] or found[2])
        elif word in ("-e", "--editable") or word.startswith(("-e=", "--editable=")):
            others.append(f"-e {word.partition('=')[2] or next(given, '')}")
        elif word == "--no-deps":
            alone = True
        elif word in _VALUED:
            next(given, "")
        elif word and not word.startswith(("-", "$", "{", "<", ">", "(", "%")):
            others.append(word)
    return [file for file in files if file], others, alone


def _of_tox(path: str, text: str) -> Iterator[Command]:
    """The `deps` of each environment, which tox installs with one command."""
    ends = _ends(text)
    for match in re.finditer(r"^deps[ \t]*=(.*(?:\n(?:[ \t]+.*|[ \t]*(?=\n)))*)", text, re.MULTILINE):
        lines = [re.sub(r"^[\w{},.!-]+:(?=\s)\s*", "", line.partition(" #")[0].strip()) for line in match[1].split("\n")]
        lines = [line for line in lines if line and not line.startswith(("#", "{["))]
        files = [found[1] for line in lines if (found := re.match(r"(?:-r|--requirement)[ =]*(\S+)", line))]
        others = [line for line in lines if not line.startswith("-") or line.startswith("-e")]
        if files:
            yield Command(path, _line(ends, match.start()), tuple(files), tuple(others), alone=False)
