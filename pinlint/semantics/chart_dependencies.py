"""The list of dependencies that Chart.yaml, Chart.lock, requirements.yaml and requirements.lock share: read, judged, compared.

The four formats are thin words around this: which file is the lock of which, and what else each of them may be. Knows charts;
must not know rules.
"""

from collections.abc import Iterator
from typing import NamedTuple

from pinlint.ecosystems.helm import names
from pinlint.ecosystems.url.names import is_insecure
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.semantics.chart_fields import fields, record, root_of
from pinlint.semantics.chart_lock import Dependency, agrees, is_alias
from pinlint.syntax.go_text import go_text
from pinlint.syntax.yaml import Node, Unparsable, template
from pinlint.text import Document, Unread
from pinlint.tree import Tree, join

__all__ = [
    "Entry", "Lock", "difference", "is_replaced", "judge", "locked", "read_list", "read_lock", "reference",
]  # fmt: skip

#: Dependencies. A longer list is judged entry by entry, but no digest is computed: aliases could make it dear.
_DIGEST_LIMIT = 1000
_UPDATE = "run `helm dependency update` and commit the lock"


class Entry(NamedTuple):
    """One dependency. `name`, `version` and `repository` are what Helm reads; `data` is what enters the lock's digest (None if
    that cannot be told); `template` is the template language that one of its values is written in.
    """

    node: Node
    name: str
    version: str
    repository: str
    at: dict[str, Node]
    data: Dependency | None
    template: str

    def span(self, *keys: str) -> Span:
        """Where the first of the fields `keys` is written; the whole entry if none is."""
        return next((self.at[key].span for key in keys if key in self.at and not self.at[key].is_null), self.node.span)


class Lock(NamedTuple):
    """A lock file: what it locked, and the digest that ties it to its manifest."""

    entries: list[Entry]
    digest: str


class Settlement(NamedTuple):
    """What the lock beside a manifest says about it: at most one fact; for each dependency what settles it; or, where neither can
    be told, why not.
    """

    fact: Fact | None
    settled: dict[int, str]
    doubt: str = ""


def is_replaced(tree: Tree, chart: str) -> bool:
    """Whether a requirements.yaml beside the Chart.yaml at `chart` takes the place of the dependencies written there."""
    path = join(chart, "requirements.yaml")
    if not tree.exists(path):
        return False
    try:
        root = root_of(tree.read(path))
    except (Unread, Unparsable):
        return True  # it is judged itself, and Helm refuses the chart
    return root is not None and "dependencies" in fields(root)


def read_list(node: Node, text: str) -> list[Entry]:
    """The dependencies of a list, each once. Raises Unparsable at the first that is no mapping with a name."""
    entries: dict[int, Entry] = {}
    for element in node.elements:
        if id(element) not in entries:
            entries[id(element)] = _entry(element, text, len(entries) < _DIGEST_LIMIT)
    return list(entries.values())


def _entry(node: Node, text: str, digested: bool) -> Entry:
    written = fields(node)
    language = template(node, text) or next((mark for value in written.values() if (mark := template(value, text))), "")

    def read(key: str) -> str:
        if key not in written:
            return ""
        shown = go_text(written[key])
        return shown if shown is not None else text[written[key].start : written[key].end]

    name, version, repository = read("name"), read("version"), read("repository")
    if language:
        name = name or " ".join(text[node.start : min(node.end, node.start + 80)].split())
    elif not name or written["name"].kind != "scalar":
        raise Unparsable("an entry of `dependencies` is no mapping with a name, so Helm refuses the file", node.start)
    data = record(written) if digested and not language else None
    return Entry(node, name, version, repository, written, data, language)


def read_lock(document: Document) -> Lock:
    """The content of a lock. Raises Unparsable."""
    root = root_of(document)
    if root is None or root.kind != "mapping":
        raise Unparsable("it is empty or holds no keys", root.start if root else 0)
    top = fields(root)
    digest, listed = top.get("digest"), top.get("dependencies")
    if digest is None or not digest.value:
        raise Unparsable("it has no `digest`, so nothing ties it to its chart", root.start)
    if listed is None or (listed.kind != "sequence" and not listed.is_null):
        raise Unparsable("it has no list of `dependencies`", listed.start if listed else root.start)
    return Lock(read_list(listed, document.text), digest.value)


def reference(entry: Entry, role: str, settled_by: str = "", doubt: str = "") -> Reference:
    """The reference that a dependency is."""
    verdict, why = _verdict(entry)
    if doubt and verdict in ("range", "floating"):
        verdict, why = "unknown", doubt
    if verdict not in ("range", "floating", "unknown"):
        settled_by = ""
    written = entry.at.get("version")
    shown = written.value if written is not None and written.kind == "scalar" and not written.is_null else entry.version
    artifact = Artifact("helm", entry.name, names.public_source(entry.repository))
    return Reference(artifact, shown, (), verdict, entry.span("version", "name"), role, why, settled_by)


def _verdict(entry: Entry) -> tuple[str, str]:
    if entry.template:
        return "unknown", f"it is written as {entry.template}"
    if local := names.local_reason(entry.name, entry.repository):
        return "local", local
    verdict = names.classify(entry.version)
    if not verdict:
        return "unknown", f"{entry.version[:80]!r} is no version and no range that Helm understands"
    if verdict == "floating":
        return (
            verdict,
            "any version will do, so the newest one comes" if entry.version else "it asks for no version, so Helm cannot lock it",
        )
    if verdict == "range" and entry.version != entry.at["version"].value:
        return verdict, f"YAML reads the unquoted number as {entry.version}, which is a range"
    return verdict, ""


def judge(document: Document, tree: Tree, root: Node, locks: tuple[str, ...], helm2: bool) -> Iterator[Reference | Fact]:
    """Everything about the dependencies in the manifest `root`: facts about the lock first, then the references.

    `locks` are the names that the lock beside it may have; `helm2` admits Helm 2's digest.
    """
    top = fields(root)
    listed = top.get("dependencies")
    if listed is not None and listed.kind != "sequence" and not listed.is_null:
        language = template(listed, document.text)
        if language:
            yield Fact("template", listed.span, language)
        else:
            yield Fact("unreadable-file", listed.span, "`dependencies` is no list, so Helm refuses the file")
        return
    try:
        entries = read_list(listed, document.text) if listed is not None else []
    except Unparsable as error:
        yield Fact("unreadable-file", Span(error.offset, min(error.offset + 1, len(document.text))), str(error))
        return
    place = next((key.span for key, value in root.pairs if value is listed), root.pairs[0][0].span)
    settlement = _settlement(document, tree, entries, listed, place, locks, helm2)
    if settlement.fact:
        yield settlement.fact
    for number, entry in enumerate(entries):
        if is_insecure(entry.repository) and not entry.template:
            plain = names.public_source(entry.repository)
            yield Fact("insecure-transport", entry.span("repository"), f"the chart repository {plain} is read without TLS")
        yield reference(entry, "chart dependency", settlement.settled.get(number, ""), settlement.doubt)


def locked(document: Document, tree: Tree, manifests: tuple[str, ...]) -> Iterator[Reference | Fact]:
    """The charts that a lock holds. Whether it can be read and belongs to its manifest is said at the manifest, where one of
    `manifests` lies beside it, so that naming either file gives the same finding.
    """
    try:
        lock = read_lock(document)
    except Unparsable as error:
        if not any(tree.exists(join(document.path, name)) for name in manifests):
            span = Span(error.offset, min(len(document.text), error.offset + 1))
            yield Fact("unreadable-lock", span, f"{error}; {_UPDATE}")
        return
    for entry in lock.entries:
        yield reference(entry, "locked chart")


def _settlement(
    document: Document, tree: Tree, entries: list[Entry], listed: Node | None, place: Span, locks: tuple[str, ...], helm2: bool
) -> Settlement:
    present = [name for name in locks if tree.exists(join(document.path, name))]
    if not present:
        return _without_lock(document, tree, entries, place, locks[0])
    asked = None if listed is None or listed.is_null else [entry.data for entry in entries]
    first: Settlement | None = None
    for name in present:
        settlement = _with_lock(tree, join(document.path, name), name, entries, asked, place, helm2)
        if settlement.settled:
            return settlement
        first = first or settlement
    return first or Settlement(None, {})


def _without_lock(document: Document, tree: Tree, entries: list[Entry], place: Span, lock: str) -> Settlement:
    settled: dict[int, str] = {}
    open_: list[str] = []
    for number, entry in enumerate(entries):
        if _verdict(entry)[0] in ("range", "floating"):
            vendored = f"charts/{entry.name}/Chart.yaml"
            if "/" not in entry.name and tree.exists(join(document.path, vendored)):
                settled[number] = vendored
            else:
                open_.append(entry.name)
    if not open_:
        return Settlement(None, settled)
    detail = f"no {lock} says which version of {_list(open_)} is meant: {_UPDATE}"
    return Settlement(Fact("missing-lock", place, detail), settled)


def _with_lock(
    tree: Tree, path: str, name: str, entries: list[Entry], asked: list[Dependency | None] | None, place: Span, helm2: bool
) -> Settlement:
    try:
        document = tree.read(path)
        lock = read_lock(document)
    except Unread as error:
        return Settlement(Fact("unreadable-lock", place, f"{name}: {error}"), {})
    except Unparsable as error:
        line = document.position(error.offset)[0]
        return Settlement(Fact("unreadable-lock", place, f"{name}:{line}: {error}; {_UPDATE}"), {})
    if not entries and not lock.entries:
        return Settlement(None, {})
    known = [one for one in asked or [] if one is not None]
    locked = [entry.data for entry in lock.entries if entry.data is not None]
    certain = len(known) == len(asked or []) and len(locked) == len(lock.entries)
    agreed = certain and agrees(lock.digest, None if asked is None else known, locked, helm2)
    # Helm 2's digest says nothing about the lock's own lines, and Helm 3's can be written anew by whoever edits a lock, so they are
    # compared too. But for ranges in what Helm 2 wrote: it read ^0.1 otherwise.
    found = difference(entries, lock.entries, name, agreed and helm2)
    if found:
        number, detail = found
        span = place if number is None else entries[number].span("version", "name")
        return Settlement(Fact("stale-lock", span, f"{detail}; {_UPDATE}"), {})
    if agreed:
        return Settlement(None, {number: f"{name}: {entry.version}" for number, entry in enumerate(lock.entries)})
    if not certain:
        return Settlement(None, {}, f"it cannot be told whether {name} still belongs to these dependencies")
    detail = f"the digest of {name} belongs to other dependencies: a range, condition, tag, alias or the lock was edited since"
    return Settlement(Fact("stale-lock", place, f"{detail}; {_UPDATE}", mendable=True), {})


def difference(entries: list[Entry], locked: list[Entry], lock: str, exact_only: bool) -> tuple[int | None, str] | None:
    """The first thing that a manifest and its lock disagree about: (number of the dependency or None, words)."""
    if any(entry.template for entry in entries):
        return None
    left: dict[str, int] = {}  # how often a name is locked and not yet asked for
    there = [entry.name for entry in locked]
    for name in there:
        left[name] = left.get(name, 0) + 1
    for number, entry in enumerate(entries):
        left[entry.name] = left.get(entry.name, 0) - 1
        if left[entry.name] < 0:
            return number, f"{lock} does not lock {entry.name}"
    if surplus := next((name for name in there if left[name] > 0), ""):
        return None, f"{lock} locks {surplus}, which is not asked for"
    for number, (entry, other) in enumerate(zip(entries, locked, strict=True)):
        if entry.name != other.name:
            return number, f"{lock} locks the dependencies in another order"
        if entry.data and not is_alias(entry.data) and entry.repository != other.repository:
            old, new = names.public_source(other.repository), names.public_source(entry.repository)
            return number, f"{lock} takes {entry.name} from {old or 'charts/'}, not from {new or 'charts/'}"
        if exact_only and names.classify(entry.version) != "version":
            continue
        if names.constraint(entry.version) and names.version(other.version) and not names.allows(entry.version, other.version):
            return number, f"{lock} locks {entry.name} {other.version}, which {entry.version} does not allow"
    return None


def _list(words: list[str]) -> str:
    shown = ", ".join(word if len(word) <= 80 else f"{word[:79]}…" for word in words[:3])
    return f"{shown} and {len(words) - 3} more" if len(words) > 3 else shown
