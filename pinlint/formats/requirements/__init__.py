"""pip's requirements and constraints files: what each line asks for, and what a whole set of files says about hashes and indexes.

Knows pip's reading of a line's parts and of `-r` and `-c`; must not know the line grammar (syntax) or versions (ecosystem).
A file set is a starting file with everything that its `-r` and `-c` lines lead to inside the repository.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.pypi import names
from pinlint.ecosystems.url.names import local_host
from pinlint.formats.requirements.locks import locked
from pinlint.formats.requirements.sets import (
    TOO_LONG,
    TOO_MANY,
    FileSet,
    Item,
    Member,
    hash_in_comment,
    is_vcs,
    items_of,
    leads_to,
    reach,
    read,
    target,
)
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.syntax.requirements import TOO_MANY_WORDS, VARIABLE
from pinlint.text import Unread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.syntax.requirements import Line, Option
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["included", "references"]

_PLAIN = re.compile(
    r"(?:http|ftp|git\+http|git\+git|hg\+http|hg\+static-http|svn\+http|svn\+svn|bzr\+http|bzr\+ftp)://(?:[^/?#]*@)?([^/?#]*)",
    re.IGNORECASE,
)
_APPLE = re.compile(
    r"^[ \t]*(?:designated|host|guest|library|plugin)\s*=>|\banchor\s+(?:apple|trusted)\b|\bcertificate\s+(?:leaf|root|\d)",
    re.MULTILINE,
)
_URL_OPTIONS = ("index-url", "extra-index-url", "find-links", "requirement", "constraint")
_CONDA = re.compile(r"[A-Za-z0-9_.-]+=[^=\s<>!~]+(?:=[^=\s]+)?\Z")
_BINDEP = re.compile(r"\S+[ \t]+\[[^\]\[]*\bplatform:")
#: Files of which only a folder far above tells that they may be requirements.
_BELOW = re.compile(r"(?:\A|/)requirements/(?:[^/]+/)+(?![^/]*(?:requirement|constraint))[^/]+\Z")
_PROSE = re.compile(r"[^\s=<>~!;]+(?:\s+[^\s=<>~!;]+){2}")


def included(document: Document, tree: Tree) -> list[str]:
    """The files under the root that the `-r` lines of `document` (and what those lead to) name, to be judged as requirements too.

    Constraints are left out: nothing is installed because of them; what they settle is counted where they are named.
    """
    found: dict[str, None] = {}
    known: set[tuple[str, bool]] = set()
    for item in items_of(document.text):
        if item.include and (path := target(document.path, item.include)[0]):
            key = (path, item.include.name == "constraint")
            for member in reach(*key, tree) if key not in known else ():
                known.add((member.path, member.constraint))
                if not member.constraint and member.path != document.path:
                    found[member.path] = None
    return list(found)


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """Everything that a requirements or constraints file asks for, and what it says about hashes, indexes and other files.

    In an input file of a compiler, a fact about its lock stands before the references that the lock should settle.
    """
    items = items_of(document.text)
    if foreign := _foreign(document.text, items, document.path):
        yield Fact("foreign", Span(0, 0), foreign)
        return
    whole = FileSet(document, items, tree)
    judged = (reference for item in items for reference in _judge(item, whole))
    if document.path.endswith(".in"):
        yield from locked(document.path, list(judged), items, tree)
    else:
        yield from judged
    yield from _line_facts(document, items)
    yield from _index_facts(items, whole)
    yield from _set_facts(whole)


def _is_required(path: str, items: list[Item]) -> bool:
    """Whether lines are requirements beyond doubt: pip reads all of them, and one is more than a word, or the file's own name."""
    stem = names.normalise(path.rpartition("/")[2].rpartition(".")[0])
    asked = [item.requirement for item in items if item.requirement]
    more = (one.specifiers or one.extras or one.url or one.marker or names.normalise(one.name) == stem for one in asked)
    return not any(item.refusal for item in items) and (any(more) or any(item.include for item in items))


def _foreign(text: str, items: list[Item], path: str) -> str:
    """What the file is instead of requirements, or ""."""
    refused = [item.line.text for item in items if item.refusal]
    if _BELOW.search(path) and not _is_required(path, items):
        return "no list of requirements, although it lies in a folder of such"
    if not refused:
        return ""
    if _APPLE.search(text):
        return "an Apple code-signing requirement"
    good = len(items) - len(refused)
    conda = sum(bool(_CONDA.match(text)) for text in refused)
    if conda * 2 > len(refused) > good and any(text.count("=") == 2 for text in refused):
        return "a conda package list"
    if sum(bool(_BINDEP.match(text)) for text in refused) * 2 > len(refused):
        return "a bindep package list"
    prose = sum(bool(_PROSE.match(text)) for text in refused)
    firm = sum(
        bool(i.requirement and (i.requirement.specifiers or i.requirement.url or i.hashes)) or bool(i.include) for i in items
    )
    if prose * 2 > len(refused) and (prose > 3 * good or (not firm and len(refused) > good)):
        return "prose"
    if len(refused) > max(10, 9 * good):
        return f"something that pip cannot read in {len(refused)} of {len(items)} lines"
    return ""


def _judge(item: Item, whole: FileSet) -> Iterator[Reference]:
    if item.include:
        yield from _unfollowed(item, item.include, whole)
    asked = item.requirement
    if asked is None:
        return
    span = item.line.span(item.start + asked.start, item.start + asked.end)
    role = "constraint" if whole.own.constraint else "requirement"
    if item.variable:
        name = names.normalise(asked.name) if asked.name else item.variable
        why = f"the environment variable {item.variable} decides what is asked for"
        yield Reference(Artifact("pypi", name), "", item.hashes, "unknown", span, role, why)
    elif asked.path or asked.url[:5].lower() == "file:" or "+file:" in asked.url[:10].lower():
        name = names.normalise(asked.name) or names.without_secrets(asked.url)
        yield Reference(Artifact("pypi", name), "", (), "local", span, role, "it is a path on the machine that installs it")
    elif is_vcs(asked):
        yield _vcs(item, asked)
    elif asked.url:
        yield _direct(item, asked)
    else:
        yield _indexed(item, asked, whole, role)


def _unfollowed(item: Item, include: Option, whole: FileSet) -> Iterator[Reference]:
    """The reference for an included file that cannot be read here; none for one that can."""
    span = item.line.span(include.value_start, include.end)
    role = "constraints file" if include.name == "constraint" else "requirements file"
    path, why = target(whole.own.path, include)
    if path:
        found = read(path, whole.tree)
        if isinstance(found, Unread):
            yield Reference(
                Artifact("pypi", include.value), "", (), "unknown", span, role, f"{found}, so what it asks for is not known"
            )
    elif include.value[:4].lower() == "http" and not VARIABLE.search(names.without_secrets(include.value)):
        yield Reference(Artifact("url", names.without_secrets(include.value)), "", (), "floating", span, role, why)
    else:
        why = why or "it names no file"
        yield Reference(Artifact("pypi", names.without_secrets(include.value)), "", (), "unknown", span, role, why)


def _vcs(item: Item, asked: names.Requirement) -> Reference:
    from pinlint.ecosystems.pypi.revisions import repository, revision_verdict  # few requirements have one

    role, revision = "VCS requirement", repository(asked.url)
    verdict, digests, why = revision_verdict(revision.revision)
    at = item.start + asked.url_start + revision.start
    site = item.line.span(at, at + len(revision.raw)) if item.line.text.startswith(revision.raw, at) else None
    span = site if site and revision.revision else item.line.span(item.start + asked.start, item.start + asked.end)
    notation = "git-rev" if site else ""
    address = names.without_secrets(asked.url).removesuffix(f"@{revision.raw}")
    artifact = Artifact("git", revision.repository, address)
    return Reference(artifact, revision.revision, digests, verdict, span, role, why, "", site, notation)


def _direct(item: Item, asked: names.Requirement) -> Reference:
    """A URL's own hash and `--hash` both satisfy pip, so the weaker of the two is what the requirement has."""
    found, verdict, why = names.url_hash(asked.url)
    digests = (*((found,) if found else ()), *item.hashes)
    if item.ineffective:
        verdict, why = "floating", item.ineffective
    elif item.hashes and verdict != "weak-digest":
        verdict, why = "digest", ""
    start = item.start + asked.url_start
    span = item.line.span(start, start + len(asked.url.partition("#")[0]))
    return Reference(Artifact("url", names.without_secrets(asked.url)), "", digests, verdict, span, "URL requirement", why)


def _indexed(item: Item, asked: names.Requirement, whole: FileSet, role: str) -> Reference:
    verdict, why = names.specifier_verdict(asked.specifiers)
    line, specifiers = item.line, asked.specifiers
    version = line.text[specifiers[0].start : specifiers[-1].end] if specifiers else ""
    span = line.span(asked.start, asked.end)
    if specifiers:
        span = line.span(specifiers[0].start, specifiers[-1].end)
    if verdict == "version":
        version = specifiers[0].version
        span = line.span(specifiers[0].end - len(version), specifiers[0].end)
    name = names.normalise(asked.name)
    settled = ""
    if verdict in ("floating", "range") and name in whole.pins:
        settled = ": ".join(whole.pins[name])
    elif verdict in ("floating", "range") and name in whole.elsewhere:
        settled = ": ".join(whole.elsewhere[name]) if asked.marker else ""
        why = (
            why
            if settled
            else f"{whole.elsewhere[name][0]} constrains it only where a marker holds, so elsewhere installs may differ"
        )
    elif name in whole.constraint_hashes and not whole.own.constraint:
        settled = whole.constraint_hashes[name]
    if item.ineffective:
        why = item.ineffective
    elif item.hashes and (role == "constraint" or (len(specifiers) == 1 and specifiers[0].operator in ("==", "==="))):
        verdict, why = "digest", ""
    elif item.hashes:
        why = "pip before 26.1 and uv refuse a requirement that has a --hash and no single version; write == before it"
    artifact = Artifact("pypi", name, whole.index)
    return Reference(artifact, version, item.hashes, verdict, span, role, why, settled, line.span(), "pip-hash")


def _line_facts(document: Document, items: list[Item]) -> Iterator[Fact]:
    """What is wrong with single lines: refused, templated, hashes that pip does not connect with a requirement, no TLS."""
    previous: Item | None = None
    template = next((item for item in items if item.template), None)
    if template:
        yield Fact("template", template.line.span(), "Jinja or a language like it")
    for item in items:
        if item.refusal:
            why = f"pip refuses this line ({item.refusal}) and with it the whole file; correct it or comment it out"
            if item.refusal in (TOO_LONG, TOO_MANY, TOO_MANY_WORDS):
                why = f"this is not read, because {item.refusal}; exclude the file or split it"
            yield Fact("unreadable-file", item.line.span(), why)
        elif item.only_hashes and not (previous and (previous.only_hashes or previous.refusal)):
            why = f"{_cause(document, item.line)}, so pip warns of a --hash without a requirement and ignores it"
            yield Fact("detached-hash", item.line.span(), why)
        if (at := hash_in_comment(item.line)) >= 0:
            why = "the line above ends in a comment, and its backslash makes this line a part of that comment"
            yield Fact("detached-hash", item.line.comment_span(at, len(item.line.comment)), why)
        yield from _insecure(item)
        previous = item


def _cause(document: Document, line: Line) -> str:
    """Why a line of hashes is not joined to the requirement above it."""
    number = document.position(line.start)[0]
    above = document.line(number - 1) if number > 1 else ""
    if above.lstrip().startswith("#"):
        return "a comment line ends the continuation above it"
    if not above.strip():
        return "no continued line stands above it"
    return "the line above does not end with a backslash"


def _insecure(item: Item) -> Iterator[Fact]:
    """Hosts that a line makes pip talk to without TLS, or without checking it; the machine itself excepted."""
    places = [(option, option.value_start, option.value) for option in item.line.options if not item.requirement]
    if item.requirement and item.requirement.url:
        at = item.start + item.requirement.url_start
        if (plain := _PLAIN.match(item.requirement.url)) and not local_host(plain[1]):
            yield Fact("insecure-transport", item.line.span(at, at + plain.end()), f"{_host(plain[1])} is asked without TLS")
    for option, at, value in places:
        if option.name == "trusted-host":
            if not local_host(value):
                yield Fact(
                    "insecure-transport",
                    item.line.span(at, option.end),
                    f"the certificate of {value} is not checked, and http is accepted",
                )
        elif option.name in _URL_OPTIONS and (plain := _PLAIN.match(value)) and not local_host(plain[1]):
            yield Fact("insecure-transport", item.line.span(at, option.end), f"{_host(plain[1])} is asked without TLS")


def _host(text: str) -> str:
    """The host without its port; what follows a colon could also be a password that holds a slash."""
    return text if text.startswith("[") else text.partition(":")[0]


def _index_facts(items: list[Item], whole: FileSet) -> Iterator[Fact]:
    """That several indexes may answer for one name, unless hashes say which bytes are wanted."""
    if whole.no_index or whole.wholly_hashed():
        return
    options = [(item, o) for item in items if not item.requirement and not item.include for o in item.line.options]
    first_asked = names.index(whole.index)
    extra = [(item, o) for item, o in options if o.name == "extra-index-url" and names.index(o.value) != first_asked]
    if extra:
        item, first = extra[0]
        others = " and ".join(dict.fromkeys(names.address(option.value) for _, option in extra))
        why = f"{whole.index or 'the default index'} and {others} may answer for the same name, and pip takes the highest version"
        yield Fact("ambiguous-index", item.line.span(first.value_start, first.end), why)


def _set_facts(whole: FileSet) -> Iterator[Fact]:
    """What the files of the set do to one another: half of them hashed, or including each other in a circle."""
    for item, path, constraint in whole.includes:
        if leads_to(path, constraint, whole.own.path, whole.tree):
            why = "the file that this line names leads back to this one, and pip refuses files that include each other"
            yield Fact("unreadable-file", item.line.span(), why)
    # Nobody installs from the input of a compiler, so hash mode is a matter of what is compiled from it.
    found = None if whole.own.path.endswith(".in") else whole.partly()
    if found is None:
        return
    item, lacking = found
    labels = [_label(each) for each in lacking]
    rest = f" and {len(labels) - 3} more" if len(labels) > 3 else ""
    reason = "--hash on one requirement" if whole.hashed else "--require-hashes"
    none = "has none" if len(labels) == 1 else "have none"
    why = f"{reason} makes pip demand a hash of every other that it installs with it: {', '.join(labels[:3])}{rest} {none}"
    clear = all(_is_clear(member, one, whole.tree) for member in whole.members for one in member.items)
    yield Fact("partly-hashed", item.line.span(), why, mendable=clear and all(map(_has_hashes, lacking)))


def _is_clear(member: Member, item: Item, tree: Tree) -> bool:
    """Whether what pip does with a line is known: it is read, and so is what it includes."""
    if item.include:
        path = target(member.path, item.include)[0]
        return bool(path) and not isinstance(read(path, tree), Unread)
    return not (item.refusal or item.template or item.only_hashes or item.detached)


def _has_hashes(item: Item) -> bool:
    """Whether an index knows the hashes of what a requirement without any asks for: one version, by its name."""
    asked = item.requirement
    return asked is not None and not asked.url and not item.hashes and names.specifier_verdict(asked.specifiers)[0] == "version"


def _label(item: Item) -> str:
    asked = item.requirement
    if asked is None:
        return ""
    if item.hashes:
        from pinlint.ecosystems.pypi.revisions import repository

        return f"{asked.name or repository(asked.url).repository} (a commit, which pip cannot check by one)"
    return asked.name or names.without_secrets(asked.url)
