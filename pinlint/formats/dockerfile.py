"""Dockerfile and Containerfile: every image, download and git ref that a build asks for.

BuildKit is the judge of what is a stage and what is an image. Source: moby/buildkit, frontend/dockerfile/dockerfile2llb/
convert.go, instructions/parse.go, instructions/commands_runmount.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pinlint.ecosystems.git import names as git
from pinlint.ecosystems.oci import names as oci
from pinlint.ecosystems.url import names as url
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.syntax.dockerfile import Flag, Instruction, directives, escape_of, instructions, split_words, trigger
from pinlint.syntax.shellwords import Expansion, expand
from pinlint.text import Document
from pinlint.tree import Tree

__all__ = ["references"]

#: Predefined in every build; their values depend on the machine that builds. Source: Dockerfile reference, "Automatic platform ARGs".
_PLATFORM = dict.fromkeys(
    f"{side}{part}" for side in ("BUILD", "TARGET") for part in ("PLATFORM", "OS", "OSVERSION", "ARCH", "VARIANT")
) | {"TARGETSTAGE": None}  # fmt: skip

_TEMPLATE = re.compile(r"\{\{|\{%|%%\w|<%|\{#|@@\w|\[\[[%#]?\s*\w")
_SCHEME = re.compile(r"(?:https?|ftp)://", re.IGNORECASE)
_GIT = re.compile(r"(?:git|ssh)://|git@[\w.-]+:|https?://[^#]+\.git(?:[#?]|$)", re.IGNORECASE)
_CHECKSUM = re.compile(r"sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}")


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001 - no format but this needs no other file
    """Every FROM, `COPY --from`, `RUN --mount from`, `# syntax` image and every remote ADD, in order of appearance."""
    for directive in directives(document.text):
        if directive.name == "syntax":
            image, start = directive.value.split(" ", 1)[0], directive.span.start
            yield _image(image, Span(start, start + len(image)), "syntax image", 0)
    yield from _Build(document.text).references()


class _Build:
    """What is known at some instruction: the arguments before the first FROM, the stages so far, the variables of this one."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.escape = escape_of(text)
        self.globals: dict[str, str | None] = dict(_PLATFORM)
        self.defaults: dict[str, Span] = {}
        self.stages: list[str] = []
        self.environments: dict[str, dict[str, str | None]] = {}
        self.variables: dict[str, str | None] = {}
        self.later: list[str] | None = None
        self.template = False

    def references(self) -> Iterator[Reference | Fact]:
        for instruction in instructions(self.text):
            keyword = instruction.keyword
            if keyword == "from":
                yield from self.base(instruction)
            elif keyword == "arg":
                self.argument(instruction)
            elif keyword == "env":
                self.environment(instruction)
            elif keyword in ("run", "copy", "add", "onbuild"):
                yield from self.used(instruction)
            elif not self.template and _TEMPLATE.match(keyword):
                yield self.templated(instruction.span(0, len(keyword)))

    def templated(self, span: Span) -> Fact:
        self.template = True
        return Fact("template", span, "the file is a template; what it expands to is not judged")

    # Variables

    def argument(self, instruction: Instruction) -> None:
        for word in split_words(instruction.line, instruction.arguments, self.escape):
            name, equals, value = word.text.partition("=")
            if self.stages:
                default = self.expanded(value, self.variables) if equals else self.globals.get(name) if name in self.globals else None
                self.variables[name] = default
            elif equals:
                self.globals[name] = self.expanded(value, self.globals)
                self.defaults[name] = instruction.span(word.start + len(name) + 1, word.end)
            elif name not in self.globals:
                self.defaults.pop(name, None)

    def environment(self, instruction: Instruction) -> None:
        words = split_words(instruction.line, instruction.arguments, self.escape)
        if words and "=" not in words[0].text:
            value = instruction.line[words[0].end :].strip()
            self.variables[words[0].text] = self.expanded(value, self.variables)
            return
        before = dict(self.variables)
        for word in words:
            name, _, value = word.text.partition("=")
            self.variables[name] = self.expanded(value, before)

    def expanded(self, value: str, variables: dict[str, str | None]) -> str | None:
        expansion = expand(value, variables, self.escape)
        return None if expansion.missing or expansion.malformed else expansion.text

    # FROM

    def base(self, instruction: Instruction) -> Iterator[Reference | Fact]:
        _, rest = instruction.flags()
        words = instruction.words(rest)
        name = words[2].text.lower() if len(words) > 2 and words[1].text.lower() == "as" else ""
        self.variables = {}
        if not words:
            self.stages.append(name)
            return
        word = words[0]
        span = instruction.span(word.start, word.end)
        if _TEMPLATE.search(word.text):
            if not self.template:
                yield self.templated(span)
        else:
            expansion = expand(word.text, self.globals, self.escape)
            self.variables = dict(self.environments.get(expansion.text.lower(), {}))
            yield self.requested(word.text, expansion, instruction, word.start)
        self.stages.append(name)
        if name:
            self.environments[name] = self.variables

    def requested(self, written: str, expansion: Expansion, instruction: Instruction, start: int) -> Reference:
        span = instruction.span(start, start + len(written))
        text = expansion.text
        if text.lower() in self.stages and text:
            return _local(text, span, "base image", f"{text} is a stage of this build")
        if text == "scratch":
            return _local(text, span, "base image", "scratch is the empty image, built in")
        if expansion.malformed:
            return _unknown(written, span, "base image", expansion.malformed)
        if expansion.missing:
            names = " and ".join(expansion.missing)
            pattern = re.compile(".*".join(re.escape(part) for part in text.lower().split("\0")))
            if text.strip("\0") and any(stage and pattern.fullmatch(stage) for stage in self.stages):
                return _local(written, span, "base image", f"{names} chooses among the stages of this build")
            return _unknown(written, span, "base image", self.missing_reason(expansion.missing))
        if not expansion.used:
            quoted = len(written) - len(text) == 2 and written[1:-1] == text
            place = start + 1 if quoted else start
            if quoted or written == text:
                return _image_in(text, instruction, place, "base image")
        return self.through_variables(written, expansion, instruction, start)

    def through_variables(self, written: str, expansion: Expansion, instruction: Instruction, start: int) -> Reference:
        """An image whose text comes from ARG defaults: judged by what they say, reported where FROM uses them."""
        outside = re.sub(r"\$\{[^}]*\}|\$\w+", lambda match: "\0" * len(match[0]), written)
        tag_at = outside.rfind(":") + 1 if outside.rfind(":") > outside.rfind("/") else 0
        tag_at = outside.find("@") + 1 if not tag_at and "@" in outside else tag_at
        span = instruction.span(start + tag_at, start + len(written))
        found = _image(expansion.text, span, "base image", 0)
        used = ", ".join(f"{name}={self.globals.get(name) or ''}" for name in expansion.used)
        site = self.defaults.get(expansion.used[0]) if len(expansion.used) == 1 and found.site else None
        why = found.why if found.verdict == "unknown" or found.why else ""
        return found._replace(
            span=span, why=f"{why} ({used})" if why else "", site=site, notation="image-argument" if site else ""
        )  # fmt: skip

    def missing_reason(self, names: tuple[str, ...]) -> str:
        name = names[0]
        if name in _PLATFORM:
            return f"{name} depends on the platform of the build"
        if any(re.search(rf"(?im)^\s*ARG\s[^\n]*\b{re.escape(name)}\b", line) for line in self.text.splitlines()):
            return f"{name} has no default before the first FROM; give its ARG one, or pin where the value is set"
        return f"{name} is not declared before the first FROM"

    # COPY, ADD, RUN, ONBUILD

    def used(self, instruction: Instruction) -> Iterator[Reference | Fact]:
        inner = trigger(instruction)
        inherited = inner is not None
        instruction = inner or instruction
        if instruction.keyword not in ("run", "copy", "add"):
            return
        flags, rest = instruction.flags() if instruction.line.startswith("--", instruction.arguments) else ([], instruction.arguments)
        for flag in flags:
            if flag.name == "from" and instruction.keyword == "copy":
                yield from self.source(flag.value, instruction, flag.start, "copied image", inherited)
            elif flag.name == "mount" and instruction.keyword == "run":
                for field in re.finditer(r'(?:^|,)"?\s*from=([^,"]*)', flag.value, re.IGNORECASE):
                    at = instruction.line.find(field[1], flag.start + field.start(), flag.end) if field[1] else -1
                    if at >= 0:
                        yield from self.source(field[1], instruction, at, "mounted image", inherited)
        if instruction.keyword == "add":
            yield from self.downloads(instruction, flags, rest)

    def source(self, name: str, instruction: Instruction, start: int, role: str, inherited: bool) -> Iterator[Reference | Fact]:
        """What `--from` names: a stage (before or after, in any case), a stage number, `scratch`, or an image."""
        span = instruction.span(start, start + len(name))
        if _TEMPLATE.search(name):
            if not self.template:
                yield self.templated(span)
        elif name.lower() in self.all_stages():
            yield _local(name, span, role, f"{name} is a stage of this build")
        elif name.isdigit() or name.lower() in ("scratch", "context", ""):
            yield _local(name, span, role, f"{name} names a stage by number" if name.isdigit() else f"{name} is built in")
        elif "$" in name:
            yield _unknown(name, span, role, "--from does not expand variables: name a stage that does (FROM … AS …)")
        elif inherited and not re.search("[/:@.]", name):
            yield _unknown(name, span, role, f"{name} can be a stage of the build that inherits this trigger")
        elif not self.stages and not re.search("[/:@.]", name):
            yield _unknown(name, span, role, f"{name} can be a stage of the file that this fragment is put into")
        else:
            yield _image_in(name, instruction, start, role)

    def all_stages(self) -> list[str]:
        if self.later is None:
            self.later = []
            for instruction in instructions(self.text):
                if instruction.keyword == "from":
                    words = instruction.words(instruction.flags()[1])
                    if len(words) > 2 and words[1].text.lower() == "as":
                        self.later.append(words[2].text.lower())
        return self.later

    def downloads(self, instruction: Instruction, flags: list[Flag], rest: int) -> Iterator[Reference | Fact]:
        """Remote sources of ADD. The last word is the destination; in the exec form the words are JSON strings."""
        words = instruction.words(rest)
        checksum = next((flag for flag in flags if flag.name == "checksum"), None)
        for word in words[:-1]:
            start = word.start + len(word.text) - len(word.text.lstrip("[\"'"))
            end = word.end - (len(word.text) - len(word.text.rstrip("]\"',")))
            written = instruction.line[start:end]
            expansion = expand(written, self.variables, self.escape)
            text = expansion.text
            span = instruction.span(start, max(start, end))
            if "\0" in text.split("://", 1)[0] or (expansion.malformed and "$" in written):
                yield Reference(Artifact("url", written), "", (), "unknown", span, "download", "the address depends on a build argument")
            elif _GIT.match(text):
                yield _git(text.replace("\0", "$"), checksum, instruction, span, start, written == text)
            elif _SCHEME.match(text):
                shown = url.without_credentials(written if "\0" in text else text)
                if url.is_insecure(text):
                    yield Fact("insecure-transport", span, f"{shown} is downloaded without TLS")
                yield _download(text, shown, checksum, span)


def _download(text: str, shown: str, checksum: Flag | None, span: Span) -> Reference:
    artifact = Artifact("url", shown, url.origin(text) if "\0" not in text else "")
    if checksum is None:
        verdict, why = url.url_verdict(text)
        return Reference(artifact, "", (), verdict, span, "download", why, site=span, notation="add-checksum")
    if _CHECKSUM.fullmatch(checksum.value):
        return Reference(artifact, "", (checksum.value,), "digest", span, "download")
    if "$" in checksum.value:
        return Reference(artifact, "", (), "unknown", span, "download", "its --checksum is a build argument")
    why = f"--checksum={checksum.value[:24]} is no complete sha256 digest, so the build fails or checks nothing"
    return Reference(artifact, "", (checksum.value,), "floating", span, "download", why)


def _git(text: str, checksum: Flag | None, instruction: Instruction, span: Span, start: int, literal: bool) -> Reference:
    address, _, fragment = text.partition("#")
    ref = fragment.partition(":")[0]
    artifact = Artifact("git", git.repository_name(address))
    verdict, digests, why = git.ref_verdict(ref)
    if "$" in ref:
        verdict, digests, why = "unknown", (), "its ref is a build argument without default"
    if checksum is not None and verdict != "digest":
        # BuildKit accepts any prefix of the commit, so a short one binds next to nothing.
        full, _, _ = git.ref_verdict(checksum.value)
        verdict, digests = ("digest" if full == "digest" else verdict), (checksum.value,)
        why = "" if full == "digest" else f"--checksum={checksum.value[:40]} is only the beginning of a commit; write all 40 digits"
    if literal and ref:
        at = start + len(address) + 1
        span = instruction.span(at, at + len(ref))
    return Reference(artifact, ref, digests, verdict, span, "git context", why, site=span if ref else None, notation="git-ref" if ref else "")


def _image_in(text: str, instruction: Instruction, start: int, role: str) -> Reference:
    """An image written at `instruction.line[start:]`, which a continuation may cut in two."""
    found = _image(text, Span(0, len(text)), role, 0)
    place, site = found.span, found.site
    assert isinstance(place, Span)
    span = instruction.span(start + place.start, start + place.end)
    return found._replace(span=span, site=instruction.span(start, start + len(text)) if site is not None else None)


def _image(text: str, span: Span, role: str, offset: int) -> Reference:
    """The reference for an image written as `text` at `span`: it points at the tag or digest, at the name where there is none."""
    image = oci.parse_image(text)
    verdict, digests, why = oci.image_verdict(image)
    version = image.tag if not image.digest else f"{image.tag}@{image.digest}" if image.tag else image.digest
    start = min(image.tag_at, image.digest_at)
    place = Span(span.start + start, span.end) if start < len(text) else Span(span.start, span.start + image.name_end)
    if image.problem:
        place = span
    return Reference(Artifact("image", image.name), version, digests, verdict, place, role, why, site=span, notation="image")


def _local(name: str, span: Span, role: str, why: str) -> Reference:
    return Reference(Artifact("image", name), "", (), "local", span, role, why)


def _unknown(name: str, span: Span, role: str, why: str) -> Reference:
    return Reference(Artifact("image", name), "", (), "unknown", span, role, why)
