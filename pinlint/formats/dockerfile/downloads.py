"""Remote sources of ADD: addresses and git repositories, with and without `--checksum`.

Source: moby/buildkit, frontend/dockerfile/dockerfile2llb/convert.go (dispatchCopy), dfgitutil/git_ref.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pinlint.ecosystems.git import names as git
from pinlint.ecosystems.url import names as url
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.semantics.build_arguments import Variables
from pinlint.semantics.build_contexts import git_source
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
            if "\0" not in text and url.is_insecure(text):
                yield Fact("insecure-transport", span, f"{url.without_credentials(text.partition('#')[0])} is cloned without TLS")
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
        strings = re.compile(r'"((?:[^"\\]|\\.)*+)("?)').finditer(line, rest)
        return [Word(match[1], match.start(1), match.end(1)) for match in strings if match[2]]
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


def _repository(written: str, text: str, checksum: Flag | None, instruction: Instruction, start: int) -> Reference:
    source = git_source(text)
    ref, name = source.ref, git.repository_name(source.address.replace("\0", "$"))
    address = "" if "\0" in source.address else url.without_credentials(source.address)
    literal = written == text and source.at >= 0 and not source.problem
    at = source.at + start if literal else start
    span = instruction.span(at, at + len(ref)) if literal else instruction.span(start, start + len(written))
    artifact = Artifact("git", name, address)
    if source.problem:
        return Reference(artifact, ref, (), "unknown", span, "git context", source.problem, refused=written == text)
    verdict, digests, why = source.verdict(checksum.value if checksum is not None else "")
    if "\0" in ref and verdict != "digest":
        verdict, digests, why = "unknown", (), "its ref is a build argument without default"
    version = (ref or source.expected).replace("\0", "$")
    site, notation = (span, "git-ref") if literal and source.replaceable else (None, "")
    return Reference(artifact, version, digests, verdict, span, "git context", why, site=site, notation=notation)
