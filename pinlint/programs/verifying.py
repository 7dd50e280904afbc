"""What is wrong with how cosign verifies: strangers that pass, and checks that are left out.

Knows an act of verifying with what its options, its environment and its version mean; must not know how a command is written, nor
which rule says what is found. A missing option is no finding by itself: cosign refuses to run then, from 2.0 on.
"""

from __future__ import annotations

import re
from collections import ChainMap
from typing import TYPE_CHECKING

from pinlint.model import Fact, Span
from pinlint.programs.acts import is_test
from pinlint.programs.vendors.sigstore import BOUND, DEFAULTS, NAMED, PRIVATE, WEAKENED
from pinlint.programs.words import Word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.programs.acts import Act
    from pinlint.programs.words import Context, Invocation
    from pinlint.semantics.identities import Claim

__all__ = ["verified"]

_YES, _NO = ("", "true", "t", "1"), ("false", "f", "0")
#: Settings that lead to an instance of one's own.
_OWN_INSTANCE = re.compile(r"\bSIGSTORE_(?:ROOT|REKOR|CT_LOG)\w*|\bTUF_(?:ROOT|MIRROR)\b|\bcosign initialize\b")
#: A version as `Script.uses` tells it, and as the tag of an image does.
_INSTALLED = re.compile(r"\bcosign=(\S*)")
_IMAGE = re.compile(r"[:=]v?(\d{1,3})(?:[.@]|\Z)")
_EXPERIMENTAL = "COSIGN_EXPERIMENTAL"


def verified(act: Act, context: Context) -> Iterator[Fact]:
    """What is noticed about one verification."""
    if is_test(context, act):
        return
    keyed = any(_told(act, option) is not None for option in BOUND) or context.once(
        "key of cosign", lambda: "COSIGN_KEY" in context.document.text
    )
    if not keyed:
        yield from _identity(act)
        yield from _unasked(act)
    yield from _weakened(act, context, keyed=keyed)


def _told(act: Act, option: str) -> Word | None:
    """What an option is set to, on the command line or by the environment; "" for a switch alone."""
    for name, word in reversed(act.options):
        if name == option:
            return word if word.span.end else word._replace(span=_place(act, option))
    value = _exported(f"COSIGN_{option.lstrip('-').upper().replace('-', '_')}", act.call)
    return None if value is None else Word(value, _place(act, ""), exact=False, clear="$" not in value and "{{" not in value)


def _place(act: Act, option: str) -> Span:
    """Where a switch stands; else the words that say what is run."""
    words = act.call.words
    found = next((word.span for word in words if option and word.text.partition("=")[0] == option), None)
    return found or Span(act.call.span.start, words[0].span.end if words else act.call.span.end)


def _exported(name: str, call: Invocation) -> str | None:
    """What a variable is that a call finds in its environment; None where it finds none."""
    script, environment = call.script, call.environment
    value = environment.get(name)
    if script is None or (value is not None and isinstance(environment, ChainMap) and name in environment.maps[0]):
        return value
    if value is not None and name not in dict(script.variables):  # only assigned, which no other program sees
        exported = rf"\bexport\b[^\n;&|]*\b{name}\b|\bdeclare -\w*x\w* {name}\b|\bset -[a-z]*a"
        return value if re.search(exported, script.text) else None
    return next((partial for key, partial in script.partial if key == name), value)


def _identity(act: Act) -> Iterator[Fact]:
    """Whom a pattern lets pass that nobody meant."""
    pattern = _told(act, "--certificate-identity-regexp")
    if pattern is None or not pattern.text or _is_refused(act):
        return
    from pinlint.semantics.identities import Claim, stranger, written

    subject = written(pattern.text, pattern.clear)
    issuer = _issuer(act)
    if subject is not None and not isinstance(issuer, str) and (found := stranger(Claim(subject, "regexp"), issuer)):
        shown = " ".join(pattern.text.split())
        shown = shown if len(shown) <= 120 else f"{shown[:119]}…"
        whence = "" if act.has("--certificate-identity-regexp") else " (COSIGN_CERTIFICATE_IDENTITY_REGEXP)"
        why = f"accepts signatures by anyone: the identity pattern {shown}{whence} also fits {found}"
        yield Fact("open-identity", pattern.span, why)


def _is_refused(act: Act) -> bool:
    """Whether a key or an identity is said as well, beside which cosign refuses a pattern (cmd/cosign/cli/verify, `NOf`)."""
    beside = [act.value("--key"), act.value("--certificate-identity")]
    return any(word is not None and word.clear and word.text for word in beside)


def _issuer(act: Act) -> Claim | str | None:
    """What is said of who vouches for an identity; None where nothing is, "" where that cannot be told."""
    from pinlint.semantics.identities import Claim, written

    for option, how in (("--certificate-oidc-issuer-regexp", "regexp"), ("--certificate-oidc-issuer", "exact")):
        word = _told(act, option)
        if word is not None and word.text:
            text = written(word.text, word.clear)
            return "" if text is None else Claim(text, how)
    return None


def _unasked(act: Act) -> Iterator[Fact]:
    """A verification by cosign 1 that names nobody: where its experiments are on it looks for any signature at all, and without
    them it refuses."""
    if not act.images or act.has(*NAMED) or not (version := _old(act.call)):
        return
    tried = _exported(_EXPERIMENTAL, act.call) or ""
    contained = act.call.script is not None and f"{_EXPERIMENTAL}=1" in act.call.script.text
    if tried.lower() in _YES[1:] or contained:
        why = f"accepts signatures by anyone: cosign {version} asks for no identity by itself"
        todo = "take version 2 or later with --certificate-identity and --certificate-oidc-issuer"
        yield Fact("open-identity", _place(act, ""), f"{why}; {todo}")


def _old(call: Invocation) -> str:
    """The version of cosign that runs, where it is known to be one of 1; else ""."""
    image = _IMAGE.search(call.written.rpartition("/")[2])
    told = [f"={image[1]}."] if image else []
    if not told and call.script is not None:
        told = [f"={version}" for version in _INSTALLED.findall(call.script.uses)]
    numbers = [found[1] if (found := _IMAGE.search(one)) else "" for one in told]
    return "1" if numbers and all(number in ("0", "1") for number in numbers) else ""


def _weakened(act: Act, context: Context, *, keyed: bool) -> Iterator[Fact]:
    """Checks that are left out and count. An instance or a key of one's own has its own proofs, and a file has no claims."""
    private = any(_told(act, option) is not None for option in PRIVATE) or context.once(
        "instance of one's own", lambda: _OWN_INSTANCE.search(context.document.text) is not None
    )
    for option, (value, what, always) in WEAKENED.items():
        word = _told(act, option)
        if word is None or word.text.lower() not in (_YES if value else _NO):
            continue
        if always and act.images:
            yield Fact("weak-verification", word.span, f"{what} because of {option}=false; leave it out")
        elif not always and not (keyed or private):
            yield Fact("weak-verification", word.span, f"{what}, because of {option}; leave it out")


def installed(action: str, comment: str, release: str) -> str:
    """The version of cosign that a step of its installer brings, as `Script.uses` tells it; "" where that cannot be told."""
    if release:
        return "" if "${{" in release else f"cosign={release}"
    ref = action.rpartition("@")[2]
    major = re.match(r"v(\d{1,3})(?:\.|\Z)", ref) or re.search(r"#\s*v?(\d{1,3})(?:\.|\b)", comment)
    known = DEFAULTS.get(int(major[1])) if major else None
    return f"cosign={known}." if known else ""
