"""Dockerfile and Containerfile: every image, download and git ref that a build asks for.

BuildKit is the judge of what is a stage and what is an image. Source: moby/buildkit, frontend/dockerfile/dockerfile2llb/
convert.go, instructions/parse.go, instructions/commands_runmount.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pinlint.ecosystems.oci.names import image_at, parse_image
from pinlint.model import Artifact, Fact, Reference, Script, Span
from pinlint.programs import fetches
from pinlint.semantics.build_arguments import Variables
from pinlint.syntax.dockerfile import Instruction, Word, directives, escape_of, instructions, trigger, written_at
from pinlint.syntax.shellwords import Expansion
from pinlint.text import Document
from pinlint.tree import Tree

if TYPE_CHECKING:
    from pinlint.formats.dockerfile.runs import Runs

__all__ = ["references"]

#: Instructions of BuildKit, lower case. Source: frontend/dockerfile/command/command.go.
_INSTRUCTIONS = frozenset((
    "add", "arg", "cmd", "copy", "entrypoint", "env", "expose", "from", "healthcheck", "label", "maintainer", "onbuild", "run",
    "shell", "stopsignal", "user", "volume", "workdir",
))  # fmt: skip
#: How many names of stages are compared with a FROM whose variables have no values; more than real files need.
_COMPARISONS = 200_000
_LONGEST = 1024  # characters of a base image as written
_DIGITS = 19  # of a stage's number, of which Go reads no more
_NO_STAGE = "no stage has this number (the first one has 0), so the build refuses it"

#: Names of files that something fills in before they are built.
_TEMPLATES = (".in", ".template", ".tmpl", ".tpl", ".tmplt", ".envsubst", ".j2", ".jinja", ".jinja2", ".erb", ".mustache")
#: A registry, or where Docker Hub keeps its own: what stands there is a matter of where the same bytes are fetched.
_REGISTRY = re.compile(r"(?:(?:docker\.io/library|[\w-]*[.:][\w.:-]*|localhost)/)?", re.ASCII)
#: The last variable of a word that nothing else takes apart.
_LAST_VARIABLE = re.compile(r"[^\s\"'\\`]*(?:\$\{\w+\}|\$\w+(?=\W|$))", re.ASCII)

_TEMPLATE = re.compile(r"\{\{|\{%|%%\w|<%|\{#|@@\w|\[\[[%#]?\s*\w|@\w+@")


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact | Script]:
    """Every FROM, `COPY --from`, `RUN --mount from`, `# syntax` image, remote ADD and what RUN runs, in order of appearance. A
    file that is no Dockerfile in spite of its name (`Dockerfile.py` can be either) yields the fact "foreign" alone."""
    if foreign := _foreign(document.text):
        yield Fact("foreign", Span(0, 0), foreign)
        return
    for directive in directives(document.text):
        if directive.name == "syntax":
            image, start = directive.value.split(" ", 1)[0], directive.span.start
            yield image_at(image, Span(start, start + len(image)), "syntax image")
    yield from _Build(document, tree).references()


class _Build:
    """What is known at some instruction: the variables, and the stages so far."""

    def __init__(self, document: Document, tree: Tree) -> None:
        self.text = document.text
        self.tree = tree
        self.variables = Variables(escape_of(document.text))
        self.filled_in = self.variables.filled_in = document.path.lower().endswith(_TEMPLATES)
        self.stages: dict[str, None] = {}
        self.comparisons = 0
        self.counted = -1
        self.named: frozenset[str] | None = None
        self.template = False
        self.runs: Runs | None = None
        if fetches(document.data):
            from pinlint.formats.dockerfile.runs import Runs

            self.runs = Runs(document.text)

    def references(self) -> Iterator[Reference | Fact | Script]:
        for instruction in instructions(self.text):
            keyword = instruction.keyword
            if keyword == "from":
                yield from self.base(instruction)
            elif keyword == "arg":
                self.variables.argument(instruction, in_stage=bool(self.stages))
            elif keyword == "env":
                self.variables.environment(instruction)
            elif keyword in ("run", "copy", "add", "onbuild"):
                yield from self.used(instruction)
                if self.runs is not None and keyword in ("run", "onbuild"):
                    yield from self.run(instruction)
            elif keyword == "shell" and self.runs is not None:
                self.runs.shell(instruction)
            elif keyword[0] in "{%<@[" and _TEMPLATE.match(keyword):
                yield from self.templated(instruction.span(0, len(keyword)))

    def run(self, instruction: Instruction) -> Iterator[Script]:
        """The script of a RUN, also of one that is registered for later."""
        one = trigger(instruction) or instruction
        if self.runs is not None and one.keyword == "run":
            yield from self.runs.scripts(one, self.variables.here)

    def templated(self, span: Span) -> Iterator[Fact]:
        if not self.template:
            self.template = True
            yield Fact("template", span, "a template")

    def base(self, instruction: Instruction) -> Iterator[Reference | Fact]:
        words = instruction.words(instruction.flags()[1])
        name = words[2].text.lower() if len(words) > 2 and words[1].text.lower() == "as" else ""
        base = ""
        if words and _TEMPLATE.search(words[0].text):
            yield from self.templated(instruction.span(words[0].start, words[0].end))
        elif words:
            expansion = self.variables.in_base(words[0].text)
            base = expansion.text.lower()
            if not _is_header(words):
                why = "FROM takes an image, or an image AS a name, so the build refuses this line"
                if any(word.text.startswith("#") for word in words):
                    why = "a comment needs a line of its own: here it is an argument of FROM, so the build refuses this line"
                found = _unknown(words[0].text, instruction.span(words[0].start, words[0].end), "base image", why)
                yield found._replace(refused=True)
            else:
                yield self.requested(words[0].text, expansion, instruction, words[0].start)
        else:
            keyword = len(instruction.line) - len(instruction.line.lstrip())
            span = instruction.span(keyword, keyword + len("from"))
            yield Fact("unreadable-file", span, "FROM names no image, so the build refuses this line")
        self.variables.enter(base, name)
        if self.runs is not None:
            self.runs.enter(base, name)
        self.stages[name] = None

    def requested(self, written: str, expansion: Expansion, instruction: Instruction, start: int) -> Reference:
        span = instruction.span(start, start + len(written))
        text = expansion.text
        if len(written) > _LONGEST:
            return _unknown(written, span, "base image", "it is longer than any image reference can be")
        if text and text.lower() in self.stages:
            return _local(text, span, "base image", f"{text} is a stage of this build")
        if text == "scratch":
            return _local(text, span, "base image", "scratch is the empty image, built in")
        if expansion.malformed:
            return _unknown(written, span, "base image", expansion.malformed)
        if expansion.missing:
            names = " and ".join(expansion.missing)
            if self.could_be_stage(text.lower().split("\0")):
                return _local(written, span, "base image", f"{names} chooses among the stages of this build")
            return _unknown(written, span, "base image", self.variables.missing_reason(expansion.missing[0], self.text))
        if not expansion.used:
            quoted = len(written) - len(text) == 2 and written[1:-1] == text
            place = start + 1 if quoted else start
            if not re.search("[/:@.]", text) and (path := self.context(text)):
                return _local(text, span, "base image", f"{text} is a build context that {path} declares")
            if quoted or written == text:
                return _image_in(text, instruction, place, "base image")
        elif not re.search("[/:@.]", text) and (path := self.context(text)):
            return _local(text, span, "base image", f"{text} is a build context that {path} declares")
        return self.through_variables(written, expansion, instruction, start)

    def could_be_stage(self, parts: list[str]) -> bool:
        """Whether some stage's name begins with the first part, ends with the last, and holds the others between them in order."""
        if not any(parts) or self.comparisons > _COMPARISONS:
            return False
        self.comparisons += len(self.stages)
        first, *middle, last = parts
        for stage in self.stages:
            at, end = len(first), len(stage) - len(last)
            if not stage.startswith(first) or not stage.endswith(last):
                continue
            for part in middle:
                found = stage.find(part, at, max(end, 0))
                at = found + len(part) if found >= 0 else len(stage) + 1
            if at <= end:
                return True
        return False

    def through_variables(self, written: str, expansion: Expansion, instruction: Instruction, start: int) -> Reference:
        """An image whose text comes from ARG defaults: judged by what they say, reported where FROM uses them."""
        outside = re.sub(r"\$\{[^}]{0,200}\}|\$\w+", lambda match: "\0" * len(match[0]), written)
        tag_at = outside.rfind(":") + 1 if outside.rfind(":") > outside.rfind("/") else 0
        tag_at = outside.find("@") + 1 if not tag_at and "@" in outside else tag_at
        span = instruction.span(start + tag_at, start + len(written))
        found = image_at(expansion.text, span, "base image")
        used = ", ".join(f"{name}={self.variables.before.get(name) or ''}" for name in expansion.used)
        why = f"{found.why} ({used})" if found.why else ""
        site, notation = self.place(written, expansion, instruction, start) if found.site is not None else (None, "")
        return found._replace(span=span, why=why, site=site, notation=notation, refused=False)

    def place(self, written: str, expansion: Expansion, instruction: Instruction, start: int) -> tuple[Span | None, str]:
        """Where a digest can be written for an image that variables make: in the default of the ARG that its end is, or behind a
        tag that stands there as it is, where the ARG before it says no more than the registry."""
        last = _LAST_VARIABLE.match(written)
        if last is None:
            return None, ""
        if last.end() < len(written):
            tail = self.behind_registry(written)
            sound = tail and not parse_image(tail).problem
            return (instruction.span(start + last.end(), start + len(written)), "image") if sound else (None, "")
        *others, name = expansion.used
        if others and not self.behind_registry(written[: written.rindex("$")]):
            return None, ""
        site = self.variables.defaults.get(name)
        return site, "image-argument" if site is not None else ""

    def behind_registry(self, written: str) -> str:
        """What of an image stands literally behind a registry that variables give; "" where they give more of it, or all."""
        last = _LAST_VARIABLE.match(written)
        if last is None:
            return ""
        before, tail = self.variables.in_base(last[0]).text, written[last.end() :]
        for cut in (0, tail.find("/") + 1):
            if _REGISTRY.fullmatch(before + tail[:cut]):
                return tail[cut:]
        return ""

    def used(self, instruction: Instruction) -> Iterator[Reference | Fact]:
        """The images that a COPY or RUN takes files from, and what an ADD downloads; ONBUILD registers the same for later."""
        inherited = instruction.keyword == "onbuild"
        instruction = trigger(instruction) or instruction
        flags, rest = (
            instruction.flags() if instruction.line.startswith("--", instruction.arguments) else ([], instruction.arguments)
        )
        if instruction.keyword == "add" and ("://" in instruction.line or "git@" in instruction.line or "$" in instruction.line):
            from pinlint.formats.dockerfile.downloads import downloads  # few files download anything

            yield from downloads(instruction, flags, rest, self.variables)
        for flag in flags:
            if flag.name == "from" and instruction.keyword == "copy":
                yield from self.source(flag.value, instruction, flag.start, "copied image", inherited)
            elif flag.name == "mount" and instruction.keyword == "run":
                places = written_at(instruction.line, flag)
                for field in re.finditer(r'(?:^|,)"?\s*from=([^,"]+)', flag.value, re.IGNORECASE):
                    at = places[field.start(1)]
                    whole = instruction.line.startswith(field[1], at)
                    for found in self.source(field[1], instruction, at, "mounted image", inherited):
                        yield found if whole or isinstance(found, Fact) else found.unpinnable()

    def source(self, name: str, instruction: Instruction, start: int, role: str, inherited: bool) -> Iterator[Reference | Fact]:
        """What `--from` names: a stage (before or after, in any case), a stage number, `scratch`, or an image."""
        span = instruction.span(start, start + len(name))
        if _TEMPLATE.search(name):
            yield from self.templated(span)
        elif (name and name.lower() in self.stages) or name.lower() in self.all_stages():
            yield _local(name, span, role, f"{name} is a stage of this build")
        elif name.isdigit() and instruction.keyword == "copy":
            found = _local(name, span, role, f"{name} names a stage by number")
            yield found if self.can_count(name) else found._replace(verdict="unknown", why=_NO_STAGE, refused=True)
        elif name.lower() in ("scratch", "context", ""):
            yield _local(name, span, role, f"{name} is built in")
        elif "$" in name:
            why = "--from does not expand variables, so the build refuses it: name a stage that does (FROM … AS …)"
            yield _unknown(name, span, role, why)._replace(refused=not self.filled_in)
        elif inherited and not re.search("[/:@.]", name):
            yield _unknown(name, span, role, f"{name} can be a stage of the build that inherits this trigger")
        elif not re.search("[/:@.]", name) and (not self.stages or self.template):
            yield _unknown(name, span, role, f"{name} can be a stage of the file that this fragment or template is a part of")
        elif not re.search("[/:@]", name) and (path := self.context(name)):
            yield _local(name, span, role, f"{name} is a build context that {path} declares")
        else:
            yield _image_in(name, instruction, start, role)

    def can_count(self, name: str) -> bool:
        """Whether a stage may have that number: BuildKit counts images of other `--from` behind the stages, and a template or a
        trigger may have more of both."""
        if self.counted < 0:
            whole = self.stages and not self.filled_in and not re.search(rf"(?im){_TEMPLATE.pattern}|^[ \t]*onbuild", self.text)
            headers = sum(one.keyword == "from" for one in instructions(self.text)) if whole else 10**_DIGITS
            self.counted = headers + self.text.lower().count("from=") - 1
        return int(name[:_DIGITS]) < self.counted

    def context(self, name: str) -> str:
        """The file of the repository that declares the build context `name`, or ""."""
        from pinlint.formats.dockerfile.contexts import declared_in  # few names need it

        return declared_in(name, self.tree)

    def all_stages(self) -> frozenset[str]:
        """The names of all stages, later ones too: to copy from a later stage is an error, but no image."""
        if self.named is None:
            headers = (one.words(one.flags()[1]) for one in instructions(self.text) if one.keyword == "from")
            self.named = frozenset(words[2].text.lower() for words in headers if len(words) > 2 and words[1].text.lower() == "as")
        return self.named


def _is_header(words: list[Word]) -> bool:
    """Whether FROM may have these arguments: an image, or an image AS a name."""
    return len(words) == 1 or (len(words) == 3 and words[1].text.lower() == "as")


def _foreign(text: str) -> str:
    """What a file is instead of a Dockerfile ("" = it is one).

    Only a file in which something stands that no Dockerfile holds (an unknown instruction, `from x import y`) and nothing that a
    Dockerfile would hold (a known instruction in capitals, a FROM with one image): a slip in a Dockerfile must not hide the rest.
    """
    strange = ""
    for one in instructions(text):
        keyword = one.keyword
        if keyword in _INSTRUCTIONS and (one.line.lstrip()[: len(keyword)].isupper() or (keyword == "from" and _is_header_of(one))):
            return ""
        if _TEMPLATE.match(keyword):
            return ""
        if not strange and (keyword not in _INSTRUCTIONS or keyword == "from"):
            strange = one.line.strip()[:40]
    return f"no Dockerfile: it has no FROM and no instruction in capitals, but begins with {strange!r}" if strange else ""


def _is_header_of(instruction: Instruction) -> bool:
    words = instruction.words(instruction.flags()[1])
    return _is_header(words) or bool(words and _TEMPLATE.search(words[0].text))


def _image_in(text: str, instruction: Instruction, start: int, role: str) -> Reference:
    """An image written at `instruction.line[start:]`, which a continuation may cut in two."""
    found = image_at(text, Span(0, len(text)), role)
    place, site = found.span, found.site
    assert isinstance(place, Span)
    span = instruction.span(start + place.start, start + place.end)
    return found._replace(span=span, site=instruction.span(start, start + len(text)) if site is not None else None)


def _local(name: str, span: Span, role: str, why: str) -> Reference:
    return Reference(Artifact("image", name), "", (), "local", span, role, why)


def _unknown(name: str, span: Span, role: str, why: str) -> Reference:
    name = name if len(name) <= _LONGEST else f"{name[:60]}…"
    return Reference(Artifact("image", name), "", (), "unknown", span, role, why)
