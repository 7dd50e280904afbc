"""Ruby's gems: `gem install`.

Source: `gem help install` of RubyGems 3.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pinlint.model import Artifact, Reference
from pinlint.programs.asked import INSTALLED, each
from pinlint.programs.options import Options, given, options, subcommand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Fact
    from pinlint.programs.words import Context, Invocation, Word

__all__ = ["read"]

_VALUED = (
    "--platform -v --version -i --install-dir -n --bindir --build-root -P --trust-policy -g --file --without -B --bulk-threshold "
    "-s --source --config-file"
)
_SWITCHES = (
    "--prerelease --pre -u --update-sources --document --vendor -N --no-document --no-ri --no-rdoc --ri --rdoc -E --env-shebang "
    "-f --force -w --wrappers --ignore-dependencies --format-executable --user-install --development --development-all "
    "--conservative --minimal-deps --post-install-message --default --explain --lock --suggestions -l --local -r --remote -b "
    "--both --clear-sources -p --http-proxy -h --help -V --verbose -q --quiet --silent --backtrace --debug --norc -y "
    "--include-dependencies"
)
_COMMANDS = {"install": "", "i": ""}
#: What comes with Ruby.
_SHIPPED = frozenset(("bundler", "rubygems-update"))


@cache
def _table() -> Options:
    return options(_VALUED, _SWITCHES)


def read(call: Invocation, context: Context) -> Iterator[Reference | Fact]:
    """What a call installs."""
    name, words = subcommand(call.words, _COMMANDS, _table())
    if not name:
        return
    asked = given(words, _table())
    if asked.has("-l", "--local"):
        return
    version = asked.value("-v", "--version")
    if (rest := next((n for n, word in enumerate(words) if word.text == "--"), -1)) >= 0:
        asked = given(words[:rest], _table())  # flags of the build follow
    for found in each(asked, "gem", context.role or INSTALLED, lambda word, role: _gem(word, role, version)):
        yield found._replace(command="hand") if found.artifact.name in _SHIPPED and found.verdict == "floating" else found


def _gem(word: Word, role: str, version: Word | None) -> Reference:
    from pinlint.ecosystems.gem.names import requirement_verdict

    name, colon, behind = word.text.partition(":")
    if word.text.endswith(".gem") or "/" in word.text:
        return Reference(Artifact("gem", name[:200]), "", (), "local", word.span, role, "it lies in this repository")
    asked = behind if colon or version is None else version.text
    span = version.span if version is not None and not colon else word.span
    if version is not None and not version.clear:
        return Reference(Artifact("gem", name), "", (), "unknown", span, role, "a variable says which version is fetched")
    verdict, why = requirement_verdict(tuple(part.strip() for part in asked.split(",")) if asked else ())
    if verdict == "floating" and not asked:
        why = "no version is asked for, so every install takes the newest one"
    return Reference(Artifact("gem", name), asked, (), verdict, span, role, why)
