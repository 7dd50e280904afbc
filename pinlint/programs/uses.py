"""What scripts do with a file that was downloaded: it is run, unpacked, installed, or only data.

Knows interpreters, archivers and installers; must not know how a file was fetched, nor what vouches for it.
"""

from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING, NamedTuple

from pinlint.budget import spend
from pinlint.programs.flow import file_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinlint.programs.flow import Flow
    from pinlint.programs.words import Invocation, Word

__all__ = ["INTERPRETERS", "Use", "in_bin", "keeps", "names_file", "piped_use", "substituted_use", "use_of"]

#: Programs that run what they read.
INTERPRETERS = re.compile(
    r"(?:ba|da|a|z|k|mk|c|tc)?sh|python(?:\d(?:\.\d+)?)?|pypy3?|node(?:js)?|perl|php|ruby|pwsh|powershell|Rscript|lua|deno|bun|java|dotnet"
    r"|tclsh|osascript|groovy|jshell|[Ii]mport-[Mm]odule|ipmo"
)
#: Options of interpreters behind which no file is run; the program text, a module, or the version.
_INSTEAD = re.compile(r"-[a-z]*[ceEm]|--eval|--version|-V|--help|--command")
_VALUED = frozenset(("-o", "+o", "-O", "+O", "--rcfile", "--init-file", "-I", "-W", "-X", "-cp", "-classpath", "--class-path"))
#: What runs a text in PowerShell.
EVALUATING = frozenset(("iex", "invoke-expression"))
_BLOCK = re.compile(r"(?i)\(*\[scriptblock\]::create")
#: Letters that let an interpreter read its program from the standard input whatever operands it has.
_STANDARD_INPUT = frozenset(("-", "-s", "/dev/stdin", "/proc/self/fd/0"))
_UNPACKING = re.compile(
    r"(?i:expand-archive)|(?:bsd|g)?tar|unzip|gunzip|gzip|zcat|xz|unxz|xzcat|bunzip2|bzip2|bzcat|unzstd|zstd|7z[az]?|7zz|unrar|cpio"
    r"|ar|uncompress|lz4|unsquashfs"
)
#: Programs that hand on what they read.
_FILTERS = frozenset((
    "sed", "tr", "grep", "egrep", "awk", "gawk", "cat", "tee", "pv", "base64", "envsubst", "gunzip", "zcat", "gzip", "xz", "xzcat",
    "unxz", "bunzip2", "bzcat", "bzip2", "zstd", "unzstd", "head", "tail", "cut", "perl", "jq", "yq", "openssl", "iconv",
))  # fmt: skip
_DECOMPRESSING = frozenset(("gunzip", "zcat", "gzip", "xz", "xzcat", "unxz", "bunzip2", "bzcat", "bzip2", "zstd", "unzstd"))
#: Installers and the subcommands by which they install a file.
_INSTALLING = {
    "dpkg": ("-i", "--install", "--unpack"), "apt": ("install",), "apt-get": ("install",), "aptitude": ("install",), "gdebi": (),
    "yum": ("install", "localinstall", "reinstall"), "dnf": ("install", "localinstall"), "microdnf": ("install",),
    "tdnf": ("install",), "zypper": ("install", "in"), "rpm": ("-i", "-U", "-ivh", "-Uvh", "-vih", "-Uhv", "-F", "--install",
    "--upgrade", "-hiv", "-hUv", "-iv", "-Uv", "-ih", "-Uh"), "apk": ("add",), "pacman": ("-U",), "installer": (), "install": (),
    "msiexec": (), "pip": ("install",), "pip3": ("install",), "npm": ("install", "i"), "gem": ("install",), "snap": ("install",),
    "brew": ("install",), "Start-Process": (), "start-process": (), "Add-AppxPackage": (), "hdiutil": ("attach",),
    "flatpak": ("install",),
}  # fmt: skip
_EXECUTABLE_MODE = re.compile(r"[ugoa]*\+[rwst]*x[rwxst]*|[ugoa]*=?r?w?x(?:,.*)?|0?[0-7]?[1357][0-7][0-7]|[ugo,=rw+]*x")
_BIN = re.compile(r"(?:^|/)s?bin(?:/|\Z)|\.local/bin|cli-plugins(?:/|\Z)")


_MOST, _FREE = 200, 10  # calls that are looked at for a file, and those of them that cost nothing


class Use(NamedTuple):
    """What is done: "run", "executable", "unpacked" or "installed"; `at` is the index of the call that does it, `of` the word by
    which it is told for a message."""

    kind: str
    at: int


def names_file(text: str, names: Sequence[str]) -> bool:
    """Whether a word means one of the files: by the same path, by its last part, or by a pattern that the last part fits."""
    text = text.rpartition("=")[2] if text.startswith("-") else text
    last = file_name(text)
    if not last:
        return False
    for name in names:
        own = file_name(name)
        if text == name or last == own:
            return True
        if any(mark in last for mark in "*?[") and own and fnmatch.fnmatchcase(own, last):
            return True
    return False


def use_of(names: list[str], flow: Flow, since: int, until: int) -> Use | None:
    """The first use of a file between two calls, whatever it is called by then; `names` grows by what it is renamed to. That a file
    is run counts more than that it was made executable before."""
    executable: Use | None = None
    at = since - 1
    for number in range(_MOST):
        spend(len(names) if number > _FREE else 0)
        at = flow.naming(names, at + 1)
        if at < 0 or at >= until:
            break
        call = flow.calls[at]
        spend(len(call.words) // 16)
        kind = _kind(call, names)
        if kind == "executable":
            executable = executable or Use(kind, at)
        elif kind:
            return Use(kind, at)
        elif call.program in ("mv", "cp", "ln") and len(call.words) > 1 and _moved(call, names):
            return executable or Use("installed", at)
    return executable


def _moved(call: Invocation, names: list[str]) -> bool:
    """Whether a file is moved to where programs are looked for; anywhere else it is known by its new name, too."""
    operands = [word.text for word in call.words if not word.text.startswith("-")]
    if len(operands) < 2 or not any(names_file(one, names) for one in operands[:-1]):
        return False
    target = operands[-1]
    names.append(f"{target.rstrip('/')}/{names[0].rpartition('/')[2]}" if target.endswith(("/", ".")) else target)
    return _BIN.search(target) is not None


def _kind(call: Invocation, names: list[str]) -> str:
    program, words = call.program, call.words
    if program in (".", "source"):
        return "run" if words and names_file(words[0].text, names) else ""
    if program and _called(program, names) and not _is_value(call):
        return "run"
    if INTERPRETERS.fullmatch(program):
        return "run" if _runs(words, names) or _fed(call, names) else ""
    if program == "chmod":
        runnable = any(_EXECUTABLE_MODE.fullmatch(word.text) for word in words[:2])
        return "executable" if runnable and any(names_file(word.text, names) for word in words[1:]) else ""
    if not any(names_file(word.text, names) for word in words) and not _fed(call, names):
        return ""
    if _UNPACKING.fullmatch(program) or (program == "jar" and words[0].text.lstrip("-").startswith("x")):
        return "" if _packs(program, words) else "unpacked"
    return "installed" if _installs(program, words) else ""


def _called(program: str, names: list[str]) -> bool:
    return any(program == own or f"{program}.exe" == own for own in map(file_name, names))


def _is_value(call: Invocation) -> bool:
    """Whether what looks like a command of PowerShell is a text in parentheses."""
    if call.command is None or call.command.how != "(" or not call.command.words:
        return False
    parts = call.command.words[0].parts
    return bool(parts) and parts[0].quoted


def _fed(call: Invocation, names: list[str]) -> bool:
    return any(one.operator == "<" and names_file(one.target.text, names) for one in call.redirections)


def _runs(words: list[Word], names: list[str]) -> bool:
    """Whether the first operand of an interpreter is the file."""
    at = 0
    while at < len(words):
        text = words[at].text
        if text == "-jar" and at + 1 < len(words):
            return names_file(words[at + 1].text, names)
        if _INSTEAD.fullmatch(text):
            return False
        if text in _VALUED:
            at += 1
        elif text != "run" and text[:1] not in ("-", "+") and "=" not in text:  # `deno run f`
            return names_file(text, names)
        at += 1
    return False


def _packs(program: str, words: list[Word]) -> bool:
    """Whether an archiver packs or lists rather than unpacks."""
    first = words[0].text if words else ""
    if program.endswith("tar"):
        flags = "".join(word.text.lstrip("-") for word in words if re.fullmatch(r"-?[A-Za-z]+", word.text))[:40]
        return "x" not in flags and not any(word.text in ("--extract", "--get") for word in words)
    if program == "unzip":
        return re.fullmatch(r"-[a-z]*[lptvz][a-z]*", first) is not None and first != "-p"
    if program in ("gzip", "xz", "bzip2", "zstd"):
        return not any(re.fullmatch(r"-[a-z0-9]*d[a-z0-9]*|--decompress|--uncompress", word.text) for word in words)
    return (program.startswith("7z") and first in ("a", "l", "t", "u")) or (program == "ar" and "x" not in first)


def _installs(program: str, words: list[Word]) -> bool:
    if program not in _INSTALLING:
        return False
    wanted = _INSTALLING[program]
    return not wanted or any(word.text in wanted for word in words)


def piped_use(call: Invocation, *, last: bool) -> str:
    """What a call does with its standard input: "run", "unpacked", "filtered" (it hands it on), "stored", or "" (it is data).
    `last` is whether nothing reads what it writes."""
    program, words = call.program, call.words
    if program.lower() in EVALUATING:
        return "run"
    if program in (".", "source") and words:
        return "run" if words[0].text in _STANDARD_INPUT else ""
    if INTERPRETERS.fullmatch(program) and (_reads(words) or program not in _FILTERS):
        return "run" if _reads(words) else ""
    if _UNPACKING.fullmatch(program) and not _packs(program, words):
        return "unpacked" if last or program not in _DECOMPRESSING else "filtered"
    if program in ("tee", "dd"):
        return "stored"
    return "filtered" if program in _FILTERS and not last else ""


def keeps(program: str) -> bool:
    """Whether what a program writes is still what it read, unpacked at most."""
    return program in ("tee", "dd", "cat", "base64", "sed", "pv") or program in _DECOMPRESSING


def _reads(words: list[Word]) -> bool:
    """Whether an interpreter takes its program from the standard input: no program text and no file is named."""
    at = 0
    while at < len(words):
        text = words[at].text
        if text in _STANDARD_INPUT or re.fullmatch(r"-[a-z]*s", text):
            return True
        if _INSTEAD.fullmatch(text):
            return False
        if text in _VALUED:
            at += 1
        elif text[:1] not in ("-", "+"):
            return False
        at += 1
    return True


def substituted_use(call: Invocation, how: str) -> str:
    """What a call does with what stands in it by `$(…)` or `<(…)`: "run" or ""."""
    program = call.program
    if program.lower() in EVALUATING or (call.command is not None and _BLOCK.match(call.command.words[0].text)):
        return "run"
    if program == "eval" and how in ("$(", "`"):
        return "run"
    if how == "<(":
        return "run" if program in (".", "source") or INTERPRETERS.fullmatch(program) else ""
    if INTERPRETERS.fullmatch(program) and how in ("$(", "`"):
        told = any(re.fullmatch(r"-[a-z]*[ce]", word.text) for word in call.words)
        return "run" if told or any(one.operator == "<<<" for one in call.redirections) else ""
    return ""


def in_bin(path: str) -> bool:
    """Whether a file lies where programs are looked for."""
    return _BIN.search(path.rpartition("/")[0]) is not None
