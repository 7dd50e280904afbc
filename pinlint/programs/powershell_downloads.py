"""What PowerShell downloads: Invoke-WebRequest and its kin, and the methods of WebClient; and what it does with files.

Knows cmdlets, their aliases and parameters; must not know what a download is judged by. Source: the help of these cmdlets.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.programs.fetchers import FETCHERS, Fetch, fetch_into, fetched_by
from pinlint.programs.words import Word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.programs.flow import Flow
    from pinlint.programs.words import Invocation

__all__ = ["downloaded", "hash_compared"]

_WEB = frozenset(("iwr", "irm", "invoke-webrequest", "invoke-restmethod", "curl", "wget", "start-bitstransfer"))
#: Parameters that take no value; every other takes the next word.
_SWITCHES = frozenset((
    "-usebasicparsing", "-useb", "-usedefaultcredentials", "-skipcertificatecheck", "-passthru", "-disablekeepalive", "-resume",
    "-allowunencryptedauthentication", "-verbose", "-preserveauthorizationonredirect", "-followrellink", "-asynchronous",
))  # fmt: skip
_METHOD = re.compile(
    r"(?i)\.Download(?:String|File|Data)(?:TaskAsync|Async)?\(\s*(?:\[uri\])?['\"]([^'\"]+)['\"](?:\s*,\s*['\"]?([^'\")]+))?"
)
#: What a curl of its own is given, and no cmdlet.
_OWN = re.compile(r"-[a-zA-Z]*[fsSLkO][a-zA-Z]{0,4}|-o|--[a-z].*")
_NAMED = re.compile(r"\$(\w+)\s*=\s*\(*\Z")
_COMPARING = re.compile(r"(?i)-[ic]?(?:ne|eq)")
_SUM = re.compile(r"[0-9a-fA-F]{40,128}|\$[\w:{}.]+")


def downloaded(call: Invocation) -> Iterator[Fetch]:
    """Every file that a call of a PowerShell script downloads."""
    written = call.command.words[0].text if call.command is not None and call.command.words else ""
    if ".Download" in written and not written.startswith("(("):
        if found := _METHOD.search(written):
            yield from fetch_into(
                Fetch(Word(found[1], call.span, exact=False, clear="$" not in found[1]), found[1], found[2] or "")
            )
        return
    if call.program in FETCHERS and any(_OWN.fullmatch(word.text) for word in call.words):
        yield from fetched_by(call)
    elif call.program.lower() in _WEB:
        yield from _web(call)


def _web(call: Invocation) -> Iterator[Fetch]:
    operands: list[Word] = []
    given: dict[str, Word] = {}
    at = 0
    while at < len(call.words):
        word = call.words[at]
        at += 1
        name = word.text.lower()
        if not name.startswith("-") or not re.match(r"-[a-z]", name):
            operands.append(word)
        elif name not in _SWITCHES and at < len(call.words):
            given[name] = call.words[at]
            at += 1
    if given.get("-method") is not None and given["-method"].text.lower() not in ("get", ""):
        return
    address = given.get("-uri") or given.get("-source") or (operands[0] if operands else None)
    if address is None:
        return
    file = given.get("-outfile") or given.get("-o") or given.get("-destination")
    unchecked = next((word.text for word in call.words if word.text.lower() == "-skipcertificatecheck"), "")
    yield from fetch_into(Fetch(address, address.text, file.text if file is not None else "", unchecked))


def hash_compared(flow: Flow, at: int) -> str:
    """What the sum that `Get-FileHash` finds is compared with: a literal or a variable, "" = nothing."""
    call = flow.calls[at]
    outer = at
    while outer >= 0 and not _compares(flow.calls[outer]):
        outer = flow.outer(outer)
    if outer >= 0:
        return _other(flow.calls[outer], "Get-FileHash")
    if call.command is None or call.script is None:
        return ""
    named = _NAMED.search(call.script.text[max(0, call.command.start - 100) : call.command.start])
    for later in flow.calls[at + 1 : at + 30] if named else ():
        if named and _compares(later) and (other := _other(later, f"${named[1]}")):
            return other
    return ""


def _compares(call: Invocation) -> bool:
    return call.command is not None and any(_COMPARING.fullmatch(word.text) for word in call.command.words)


def _other(call: Invocation, own: str) -> str:
    """The side of a comparison that is not the sum itself."""
    texts = [word.text for word in call.command.words] if call.command is not None else []
    others = [text.strip("'\"") for text in texts if own not in text]
    return next((text for text in others if _SUM.fullmatch(text)), "") if len(others) < len(texts) else ""
