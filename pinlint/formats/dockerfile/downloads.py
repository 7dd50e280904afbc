"""Remote sources of ADD: addresses and git repositories, with and without `--checksum`.

Source: moby/buildkit, frontend/dockerfile/dockerfile2llb/convert.go (dispatchCopy), dfgitutil/git_ref.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pinlint.ecosystems.git import names as git
from pinlint.ecosystems.oci.arguments import Variables
from pinlint.ecosystems.url import names as url
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.syntax.dockerfile import Flag, Instruction, Word

__all__ = ["downloads"]

_SCHEME = re.compile(r"(?:https?|ftp)://", re.IGNORECASE)
_GIT = re.compile(r"(?:git|ssh)://|git@[\w.-]+:|https?://[^#?]+\.git(?:[#?]|$)", re.IGNORECASE)
_PREFIXES = ("http://", "https://", "ftp://", "git://", "ssh://", "git@")
_CHECKSUM = re.compile(r"sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}")


def downloads(instruction: Instruction, flags: list[Flag], rest: int, variables: Variables) -> Iterator[Reference | Fact]:
    """The remote sources of one ADD. The last word is the destination; in the exec form the words are JSON strings."""
    checksum = next((flag for flag in flags if flag.name == "checksum"), None)
    for word in _words(instruction, rest)[:-1]:
        start, end, written = word.start, word.end, word.text
        expansion = variables.in_stage(written)
        text, span = expansion.text, instruction.span(start, end)
        if _perhaps_remote(text) or (expansion.malformed and "$" in written):
            why = "whether it is an address depends on a build argument"
            yield Reference(Artifact("url", written), "", (), "unknown", span, "download", why)
        elif _GIT.match(text):
            yield _repository(written, text, checksum, instruction, start)
        elif _SCHEME.match(text):
            yield from _file(url.without_credentials(written if "\0" in text else text), text, checksum, span)


def _perhaps_remote(text: str) -> bool:
    r"""Whether a missing value decides if `text` is an address: `\0/x` and `http\0` can become one, `dir/\0` cannot."""
    known, missing, _ = text.partition("\0")
    known = known.lower()
    return bool(missing) and not known.endswith("://") and any(prefix.startswith(known) for prefix in _PREFIXES)


def _words(instruction: Instruction, rest: int) -> list[Word]:
    """The words of the shell form, or the strings of the exec form, without quotes."""
    line = instruction.line
    if line.startswith("[", rest) and line.rstrip().endswith("]"):
        strings = re.compile(r'"((?:[^"\\]|\\.)*)"').finditer(line, rest)
        return [Word(match[1], match.start(1), match.end(1)) for match in strings]
    words = []
    for word in instruction.words(rest):
        quoted = len(word.text) > 1 and word.text[0] == word.text[-1] and word.text[0] in "\"'"
        words.append(Word(word.text[1:-1], word.start + 1, word.end - 1) if quoted else word)
    return words


def _file(shown: str, text: str, checksum: Flag | None, span: Span) -> Iterator[Reference | Fact]:
    artifact = Artifact("url", shown, url.origin(text) if "\0" not in text else "")
    if checksum is not None and _CHECKSUM.fullmatch(checksum.value):
        yield Reference(artifact, "", (checksum.value,), "digest", span, "download")
        return
    if url.is_insecure(text):
        yield Fact("insecure-transport", span, f"{shown} is fetched without TLS, and nothing checks what arrives")
    if checksum is None:
        verdict, why = url.url_verdict(text)
        yield Reference(artifact, "", (), verdict, span, "download", why, site=span, notation="add-checksum")
    elif "$" in checksum.value:
        yield Reference(artifact, "", (), "unknown", span, "download", "its --checksum is a build argument")
    else:
        why = f"--checksum={checksum.value[:24]} is no complete sha256 digest, so the build refuses it"
        yield Reference(artifact, "", (checksum.value,), "floating", span, "download", why)


def _parts(text: str) -> tuple[str, str, str, str]:
    """(address, ref, the query's key that gives the ref or "" for the fragment, the commit that the query expects).

    `#ref:folder`, or `?ref=`, `?tag=`, `?branch=` with `checksum=` or `commit=`. Source: dfgitutil/git_ref.go, loadQuery.
    """
    address, _, fragment = text.partition("#")
    address, _, query = address.partition("?")
    fields = dict(field.split("=", 1) for field in query.split("&") if "=" in field)
    expected = fields.get("checksum") or fields.get("commit") or ""
    if ref := fragment.partition(":")[0]:
        return address, ref, "", expected
    key = next((key for key in ("ref", "tag", "branch") if fields.get(key)), "")
    return address, fields.get(key, ""), key, expected


def _repository(written: str, text: str, checksum: Flag | None, instruction: Instruction, start: int) -> Reference:
    address, ref, key, expected = _parts(text)
    verdict, digests, why = git.ref_verdict(ref)
    if key == "branch":
        verdict, digests, why = "floating", (), f"{ref} is a branch, which moves with every push"
    elif key == "tag" and verdict == "floating":
        verdict, why = "tag", ""
    if "\0" in ref:
        verdict, digests, why = "unknown", (), "its ref is a build argument without default"
    expected = checksum.value if checksum is not None else expected
    if expected and verdict != "digest":
        # BuildKit accepts any prefix of the commit, so a short one binds next to nothing.
        full = git.ref_verdict(expected)[0] == "digest"
        verdict, digests = ("digest" if full else verdict), (expected,)
        option = "--checksum=" if checksum is not None else ""
        why = "" if full else f"{option}{expected[:40]} is only the beginning of a commit; write all 40 digits"
    literal = written == text and ref
    at = (
        start + len(text) - len(text.partition("#")[2])
        if not key
        else start + text.find(f"{key}={ref}", text.find("?")) + len(key) + 1
    )
    span = instruction.span(at, at + len(ref)) if literal else instruction.span(start, start + len(written))
    name = git.repository_name(address.replace("\0", "$"))
    source = "" if "\0" in address else url.without_credentials(address)
    if key in ("tag", "branch"):
        literal = ""  # a commit cannot stand there
    return Reference(
        Artifact("git", name, source), ref.replace("\0", "$"), digests, verdict, span, "git context", why,
        site=span if literal else None, notation="git-ref" if literal else "",
    )  # fmt: skip
