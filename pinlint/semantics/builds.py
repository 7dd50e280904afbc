"""The base images that a build chooses by the arguments that it gives to a Dockerfile.

What a Dockerfile says by its own defaults is judged there. What a file that starts the build (Compose, bake, a workflow) makes of
it is judged where that file sets the argument: there somebody would write the pin.

Knows Dockerfiles and arguments; must not know which key of which file sets them. Source: moby/buildkit, dockerfile2llb/convert.go
(a build's arguments go before the defaults of the ARGs before the first FROM).
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from pinlint.budget import apart, spend
from pinlint.ecosystems.oci.names import image_at
from pinlint.model import Artifact, Reference, Span
from pinlint.semantics.build_arguments import Variables
from pinlint.syntax.dockerfile import Instruction, escape_of, instructions
from pinlint.syntax.yaml import literal
from pinlint.text import Unread
from pinlint.tree import join

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pinlint.syntax.shellwords import Expansion
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["Given", "declared", "dockerfile_of", "given_bases", "given_scalar", "said", "settled"]

ROLE = "base image by build argument"
_COST, _IMAGE_COST = 8, 200  # steps that an ARG or FROM takes to be filled in, and that an image takes to be judged
_USE = re.compile(r"\$\{?(\w+)", re.ASCII)
_DECLARATION = re.compile(r"(?im)^[ \t]*ARG[ \t]+([^\n]+)")


class Given(NamedTuple):
    """An argument that a build is given: its value (None where nobody here knows it), the place of that, and whether the whole
    value stands there as it is."""

    value: str | None
    span: Span
    literal: bool = False


def given_scalar(node: Node, document: Document) -> Given:
    """An argument that a scalar holds; a template fills in what is not literal."""
    if node.kind != "scalar" or not literal(node) or "{{" in node.value:
        return Given(None, node.inner)
    text = said(node)
    return Given(text, node.inner, document.text[node.inner.start : node.inner.end] == text)


def said(node: Node) -> str:
    """The text of a scalar, which an unquoted number says in its own way: `3.10` is 3.1."""
    number = node.resolved
    return f"{number:.15g}" if isinstance(number, float) else node.value


class _Header(NamedTuple):
    """What decides the base images of a Dockerfile: its ARGs before the first FROM and its FROMs, and how to expand them."""

    steps: list[Instruction]
    escape: str
    declared: frozenset[str]
    once: frozenset[str]


def dockerfile_of(path: str, context: str, dockerfile: str, tree: Tree) -> str:
    """The path of the Dockerfile of a build that the file at `path` describes, "" where it does not lie in the repository. Paths
    of a build are relative to that file, or to the root of the repository for tools that run there."""
    if "$" in context + dockerfile or "://" in context or context.startswith(("/", "git@", "github.com/")) or "\0" in dockerfile:
        return ""
    name = dockerfile or "Dockerfile"
    for base in dict.fromkeys((path, "")):
        found = join(base, name if name.startswith("/") else f"{context or '.'}/{name}")
        if tree.exists(found):
            return found
    return ""


def declared(path: str, tree: Tree) -> frozenset[str]:
    """The arguments that have a say in the base images of the Dockerfile at `path`."""
    header = tree.memo("header of a Dockerfile", path, lambda: _header(path, tree)) if path else None
    return header.declared if header is not None else frozenset()


def given_bases(
    path: str, arguments: Mapping[str, Given], tree: Tree, own: Callable[[str], str] = lambda _: ""
) -> Iterator[Reference]:
    """The base images of the Dockerfile at `path` that it would not have without these arguments, each at the argument that says
    most of it. `own` says why an image is the build's own ("" = it is not): a context, what another target makes.
    """
    header = tree.memo("header of a Dockerfile", path, lambda: _header(path, tree)) if path and arguments else None
    if header is None or header.declared.isdisjoint(arguments):
        return
    spend(_COST * len(header.steps))
    plain = Variables(header.escape)
    given = Variables(header.escape, {name: one.value for name, one in arguments.items()})
    stages: set[str] = set()
    for step in header.steps:
        if step.keyword == "arg":
            plain.argument(step, in_stage=False)
            given.argument(step, in_stage=False)
            continue
        words = step.words(step.flags()[1])
        word = words[0].text if words else ""
        made = given.in_base(word)
        names = [name for used in (*made.used, *made.missing) for name in given.made_of.get(used, ())]
        before = plain.in_base(word)
        stage = made.text == "scratch" or made.text.lower() in stages
        # What nobody knows is news only where the Dockerfile alone has an image.
        lost = made.missing and (before.missing or before.text == "scratch" or before.text.lower() in stages)
        if names and made.text != before.text and not stage and not lost:
            spend(_IMAGE_COST)
            yield _base(word, made, names, arguments, header, own)
        if len(words) > 2 and words[1].text.lower() == "as":
            stages.add(words[2].text.lower())


def _base(
    word: str, made: Expansion, names: list[str], arguments: Mapping[str, Given], header: _Header, own: Callable[[str], str]
) -> Reference:
    """The base image that `word` is with the arguments that `names` says."""
    one = arguments[names[-1]]
    if made.missing or made.malformed:
        missing = next((name for name in names if arguments[name].value is None), "")
        why = made.malformed or f"{made.missing[0]} has no default"
        if missing:
            why = f"nothing in the repository says what {missing} is"
        return Reference(Artifact("image", word), "", (), "unknown", (arguments[missing] if missing else one).span, ROLE, why)
    if why := own(made.text):
        return Reference(Artifact("image", made.text), "", (), "local", one.span, ROLE, why)
    found = image_at(made.text, one.span, ROLE)._replace(refused=False, span=one.span)
    name = names[-1]
    last = word.strip("\"'").endswith((f"${name}", f"${{{name}}}"))
    if found.site is None or len(set(names)) > 1 or not one.literal or not last or name not in header.once:
        return found.unpinnable()
    assert one.value is not None
    at = max(0, len(made.text) - len(one.value))
    shown = found.version.partition("@")[0] if found.version not in found.digests else ""
    place = one.span if at or not shown else Span(one.span.end - len(shown), one.span.end)
    return found._replace(span=place if found.verdict == "tag" else one.span, site=one.span)


def _used_once(text: str) -> frozenset[str]:
    """The arguments that nothing but one place sees: a digest behind the value is in nobody else's way."""
    used = Counter(_USE.findall(text))
    declared = Counter(word.partition("=")[0] for line in _DECLARATION.findall(text) for word in line.split())
    return frozenset(name for name, times in used.items() if times == 1 and declared[name] == 1)


def settled(found: Iterable[Reference], readers: Mapping[Span, set[str]] | None = None) -> Iterator[Reference]:
    """References by arguments, each once; where several images come of one value, or several Dockerfiles get it (`readers`: which
    ones, by its place), nothing can be written there."""
    shared = {place for place, paths in (readers or {}).items() if len(paths) > 1}
    kept: dict[tuple[object, str, str], Reference] = {}
    images: dict[object, set[tuple[str, str]]] = {}
    for one in found:
        kept.setdefault((one.site or one.span, one.artifact.name, one.version), one)
        images.setdefault(one.site or one.span, set()).add((one.artifact.name, one.version))
    for (place, _, _), one in kept.items():
        yield one if len(images[place]) == 1 and place not in shared else one.unpinnable()


def _header(path: str, tree: Tree) -> _Header | None:
    try:
        document: Document = tree.read(path)
    except Unread:
        return None
    with apart():
        spend(len(document.text))
        steps, declared, begun = [], set[str](), False
        for one in instructions(document.text):
            if one.keyword == "from":
                begun = True
                steps.append(one)
            elif one.keyword == "arg" and not begun:
                steps.append(one)
                declared.update(word.text.partition("=")[0] for word in one.words(one.arguments))
    return _Header(steps, escape_of(document.text), frozenset(declared), _used_once(document.text)) if begun else None
