""".NET's packages and tools: `dotnet tool`, `dotnet add package`, `dnx`, `nuget install`.

Source: learn.microsoft.com/dotnet/core/tools (dotnet tool install, dotnet package add, dotnet tool exec), and of nuget.exe.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pinlint.programs.asked import INSTALLED, RUN, nuget, one
from pinlint.programs.options import Options, given, options, subcommand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Fact, Reference
    from pinlint.programs.words import Context, Invocation, Word

__all__ = ["read"]

_VALUED = (
    "--version -v -Version --tool-path --add-source --source -s --configfile --framework -f -a --arch --tool-manifest --verbosity "
    "--package-directory --project -n --interactive-mode -OutputDirectory -Source -ConfigFile -SolutionDirectory -Framework "
    "-Verbosity -FallbackSource -PackageSaveMode -DependencyVersion -o"
)
_SWITCHES = (
    "-g --global --local --prerelease --no-cache --no-http-cache --disable-parallel --ignore-failed-sources --interactive "
    "--allow-downgrade --create-manifest-if-needed --allow-roll-forward -h --help --no-restore -y --yes -ExcludeVersion "
    "-NonInteractive -NoCache -Prerelease -RequireConsent -ForceEnglishOutput --all"
)
_COMMANDS = {
    "dotnet": {
        "tool ": "", "tool install": INSTALLED, "tool update": INSTALLED, "tool exec": RUN, "dnx": RUN, "add": "add",
        "package ": "", "package add": INSTALLED,
    },
    "nuget": {"install": INSTALLED},
}  # fmt: skip


@cache
def _table(ends: bool) -> Options:
    return options(_VALUED, _SWITCHES, ends=ends, whole=True)


def read(call: Invocation, context: Context) -> Iterator[Reference | Fact]:
    """What a call installs or runs."""
    words = call.words
    how = RUN
    if call.program != "dnx":
        known = _COMMANDS[call.program]
        name, words = subcommand(words, known, _table(ends=False))
        how = known.get(name, "")
    if not how:
        return
    if how == RUN:
        asked = given(words, _table(ends=True))
        version = asked.value("--version") or given(asked.rest, _table(ends=False)).value("--version")
        operands = asked.operands
    else:
        asked = given(words, _table(ends=False))
        version = asked.value("--version", "-v", "-Version")
        operands = asked.operands[:1]
    if how == "add":  # dotnet add [PROJECT] package NAME
        at = next((n for n, word in enumerate(asked.operands) if word.text == "package"), len(asked.operands))
        operands, how = asked.operands[at + 1 : at + 2], INSTALLED
    for word in operands:
        if not word.text.lower().endswith((".config", ".csproj", ".sln")):
            yield one(_with_version(word, version), "nuget", context.role or how, nuget)


def _with_version(word: Word, version: Word | None) -> Word:
    if version is None or "@" in word.text:
        return word
    return word._replace(text=f"{word.text}@{version.text}", span=version.span, exact=False, clear=word.clear and version.clear)
