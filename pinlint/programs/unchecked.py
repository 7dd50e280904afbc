"""Checks of servers and signatures that a command switches off.

Knows the options that do so; what is downloaded by address without TLS is `downloads`' matter.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.model import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.programs.words import Invocation, Word

__all__ = ["unchecked"]

#: What each program no longer checks if it is given one of the options, and the subcommands for which that matters.
_SIGNATURES = "the signatures of packages are not checked"
_OFF: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "yum": (("--nogpgcheck", "--setopt=gpgcheck=0"), ()),
    "dnf": (("--nogpgcheck", "--setopt=gpgcheck=0", "--no-gpgchecks"), ()),
    "microdnf": (("--nogpgcheck", "--setopt=gpgcheck=0"), ()),
    "tdnf": (("--nogpgcheck",), ()),
    "zypper": (("--no-gpg-checks",), ()),
    "rpm": (("--nosignature", "--nodigest"), ()),
    "apt-get": (("--allow-unauthenticated", "--force-yes"), ("install", "upgrade", "dist-upgrade")),
    "apt": (("--allow-unauthenticated", "--force-yes"), ("install", "upgrade", "full-upgrade")),
    "apk": (("--allow-untrusted",), ("add",)),
}
_TRUSTED = re.compile(
    r"\bdeb(?:-src)?\s{1,99}\[[^][]{0,300}\btrusted=yes\b[^][]{0,300}\]\s{1,99}+"
    r"(?!file:|copy:|cdrom:|/)([a-z+]+:\S*|[^\s$]{0,999}\$\S*)"
)
_PRIVATE = re.compile(r"(?i)localhost|127\.|10\.|192\.168\.|[^.$]+\Z|.*\.(?:local|internal|svc)\b")


def unchecked(call: Invocation) -> Iterator[Fact]:
    """What a call fetches without checking it, where that is written."""
    if call.script is None:
        return
    if call.program in _OFF:
        yield from _packages(call)
    elif call.program in ("pip", "pip3", "uv"):
        for word, host in _values(call.words, "--trusted-host", "--allow-insecure-host"):
            if not _PRIVATE.match(host):
                yield Fact("insecure-transport", word.span, f"the certificate of {host} is not checked, and http is accepted")
    elif call.program in ("echo", "printf", "tee", "cat", "add-apt-repository", "sh"):
        yield from _sources(call)


def _packages(call: Invocation) -> Iterator[Fact]:
    options, verbs = _OFF[call.program]
    found = next((word for word in call.words if word.text in options), None)
    operands = [word.text for word in call.words if not word.text.startswith("-")]
    if found is None or (verbs and not any(text in verbs for text in operands)):
        return
    asked = operands[1:] if call.program != "rpm" else operands
    if call.program == "rpm" and not any("://" in text for text in asked):
        return
    if asked and all(_is_file(text) for text in asked):
        return
    yield Fact("insecure-transport", found.span, f"{_SIGNATURES} ({call.program} {found.text})")


def _is_file(text: str) -> bool:
    """Whether an operand is a file that lies here: what vouches for it is asked where it comes from."""
    return "://" not in text and ("/" in text or text.endswith((".rpm", ".deb", ".apk")))


def _values(words: list[Word], *options: str) -> Iterator[tuple[Word, str]]:
    for at, word in enumerate(words):
        name, equals, value = word.text.partition("=")
        if name in options and equals:
            yield word, value
        elif name in options and at + 1 < len(words):
            yield words[at + 1], words[at + 1].text


def _sources(call: Invocation) -> Iterator[Fact]:
    """Package sources that are written with `trusted=yes`."""
    texts = [(word.text, word.span) for word in call.words]
    if call.command is not None and call.script is not None:
        bodies = [one for one in call.command.redirections if one.body]
        texts += [(one.body, call.script.span(one.body_start, one.body_start + len(one.body))) for one in bodies]
    for text, span in texts:
        if "trusted=yes" in text and (found := _TRUSTED.search(text)):
            yield Fact("insecure-transport", span, f"{_SIGNATURES} that come from {found[1].rstrip('/')} (trusted=yes)")
            return
