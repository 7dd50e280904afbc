"""Images in the values of a Helm chart, in all the shapes that charts give them.

    image: {registry, repository, tag, digest}      any key with "image" in it; `name`, `repo`, `version`, `sha` as well
    sidecar: {repository, tag}                      both keys, under any name; `version`, where a registry stands beside it
    image: nginx:1.29                               a text, under a key that ends in "image"
    image: nginx / imageTag: "1.29"                 the tag beside it
    images: {web: nginx:1.29}                       texts under `images`, or `images.tags`

Values may stand in a file of their own or inside another (Argo CD, Flux, helmfile). What only looks like an image yields nothing.
Knows shapes; must not know files.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from pinlint.ecosystems.oci.names import image_at, parse_image
from pinlint.model import Artifact, Reference, Span
from pinlint.semantics.images import image, unknown_image
from pinlint.syntax.go_text import go_text
from pinlint.syntax.yaml import Node
from pinlint.syntax.yaml import literal as without_holes
from pinlint.text import Document

if TYPE_CHECKING:
    from pinlint.semantics.chart_templates import Chart

__all__ = ["images"]

ROLE = "chart image"
_IMAGE_KEY = re.compile(r"image", re.IGNORECASE)
_NO_IMAGE_KEY = re.compile(r"pull|secret|registr|polic|enabled|credential|insecure|renderer", re.IGNORECASE)
_TEXT_KEY = re.compile(r"(?:.*[a-z0-9_.-])?(?:image|Image|IMAGE)\Z|Image\Z")
_NAME_KEY = re.compile(r"(.*image)(?:_?(?:repository|repo|name))\Z", re.IGNORECASE)
#: A repository of something else: charts, git, packages.
_OTHER_KEY = re.compile(r"git|chart|helm|source|maven|apt\b|yum|npm", re.IGNORECASE)
_FILE = re.compile(
    r"://|\A[./~]|\.(?:png|jpe?g|svg|gif|ico|webp|iso|img|qcow2|vhdx?|vmdk|raw|tar|gz|xz|zip|ya?ml|json)\Z", re.IGNORECASE
)
_CONTAINERS = re.compile(r"containers|sidecars", re.IGNORECASE)
_CONTAINER = frozenset(("command", "args", "env", "ports", "volumemounts", "imagepullpolicy"))
_DIGEST = re.compile(r"sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})")
_REPOSITORIES = ("repository", "repo", "image", "name")
_TAGS = ("tag", "imagetag", "version", "imageversion")
_DIGESTS = ("digest", "sha", "sha256")
_SUFFIXES = ("tagsuffix", "tagprefix", "tag_suffix", "variant")


class _Place(NamedTuple):
    """A mapping on the way down: `above` is where it stands and under which key."""

    node: Node
    key: str
    above: "_Place | None"

    def path(self) -> tuple[str, ...]:
        keys: list[str] = []
        place: _Place | None = self
        while place is not None and place.above is not None:
            keys.append(place.key)
            place = place.above
        return tuple(reversed(keys))


def images(root: Node, document: Document, chart: "Chart | None" = None) -> Iterator[Reference]:
    """Every image in the values at `root`, each physical place once. `chart` is the chart that they are for, if it is at hand."""
    reader = _Reader(root, document, chart)
    seen: set[Span] = set()
    for found in reader.all():
        assert isinstance(found.span, Span)
        if found.span not in seen:
            seen.add(found.span)
            yield found


class _Reader:
    def __init__(self, root: Node, document: Document, chart: "Chart | None") -> None:
        self.root, self.document, self.chart = root, document, chart
        everywhere = root.get("global")
        self.registry = _scalar(everywhere, "imageRegistry")  # takes the place of every image's own
        self.default = _scalar(everywhere.get("image") if everywhere is not None else None, "registry")

    def all(self) -> Iterator[Reference]:
        waiting, seen = [_Place(self.root, "", None)], {id(self.root)}
        while waiting:
            place = waiting.pop()
            if place.node.kind == "mapping":
                yield from self.mapping(place)
            below = (
                [(key.value, value) for key, value in place.node.items()]
                if place.node.kind == "mapping"
                else [(place.key, value) for value in place.node.elements]
            )
            for key, value in reversed(below):
                if value.kind != "scalar" and id(value) not in seen:
                    seen.add(id(value))
                    waiting.append(_Place(value, key, place))

    def mapping(self, place: _Place) -> Iterator[Reference]:
        entries = {key.value.lower(): value for key, value in place.node.items() if key.kind == "scalar"}
        block = self.block(place, entries)
        if block is not None:
            yield block
        for key, node in place.node.items():
            if node.kind != "scalar" or node.is_null or not node.value.strip() or len(node.value) > 500:
                continue
            if (found := self.text(place, key.value, node, entries, block is not None)) is not None:
                yield found

    def block(self, place: _Place, entries: dict[str, Node]) -> Reference | None:
        """The image that a mapping of repository, tag and digest is."""
        imagelike = _is_image(place)
        name = next((key for key in _REPOSITORIES if _text(entries.get(key))), "")
        tag = next((key for key in _TAGS if key in entries and entries[key].kind == "scalar"), "")
        digest = next((key for key in _DIGESTS if key in entries and entries[key].kind == "scalar"), "")
        if not name or (name in ("image", "name") and not imagelike and not (name == "image" and tag == "tag")):
            return None
        if imagelike:
            fits = bool(tag or digest) or (name in ("repository", "repo") and not _FILE.search(entries[name].value))
        else:
            registry = entries.get("registry")  # nothing but an image has one besides a repository and a tag
            registered = registry is not None and registry.kind == "scalar" and name in ("repository", "repo")
            usual = not _OTHER_KEY.search(place.key)
            fits = (tag in ("tag", "imagetag") and (usual or registered)) or (tag == "version" and usual and registered)
        if not fits or (name == "name" and tag == "version" and not digest and "registry" not in entries):
            return None
        return self.judged(place, entries, name, tag, digest)

    def judged(self, place: _Place, entries: dict[str, Node], name: str, tag: str, digest: str) -> Reference | None:
        node = entries[name]
        if node.kind != "scalar" or _FILE.search(node.value):
            return None
        parts = [entries[key] for key in (name, tag, digest) if key]
        if not all(literal(part) for part in parts):
            return unknown_image(node, self.document, ROLE, "a template fills it in")
        full, doubt = self.name(node, entries)
        doubt = doubt or name.endswith("name") or name.startswith("default") or any(_text(entries.get(key)) for key in _SUFFIXES)
        tagged = _text(entries.get(tag))
        if _DIGEST.fullmatch(tagged):
            if self.chart is not None and self.chart.joins((*place.path(), _written(place, entries[tag]))):
                why = f"{tag} holds a digest, and the chart's templates write it behind a colon: write tag@digest, or a tag"
                artifact = Artifact("image", parse_image(full).name)
                return Reference(artifact, tagged, (tagged,), "floating", entries[tag].inner, ROLE, why, refused=True)
            tagged, tag, digest = "", "", tag
        if full.endswith("@sha256") and tagged:  # a chart that knows nothing but `:` between the two
            full, tagged = f"{full}:{tagged}", ""
        named = parse_image(full)
        digested = _text(entries.get(digest))
        joined = bool(named.tag) and digest in _TAGS  # where the key of a tag holds a digest, the chart writes `@` before it
        if named.problem or ((named.tag or named.digest) and (tagged or digested) and not joined):
            why = named.problem or "it names a tag or digest twice"
            return unknown_image(node, self.document, ROLE, why)
        if not tagged and not digested and not named.tag and not named.digest:
            return self.untagged(place, node, full, tag, digest, entries)
        if digested and ":" not in digested:
            digested = f"sha256:{digested}"
        shown = tagged or (self.version(place, entries, tag) if digested and tag and not named.tag else "")
        text = full + (f":{shown}" if shown else "") + (f"@{digested}" if digested else "")
        found = image_at(text, Span(0, len(text)), ROLE)
        at = entries[digest] if digested else entries[tag] if tag and entries[tag].value else node
        found = found._replace(span=at.inner).unpinnable()
        if doubt and "/" not in full:  # what stands before the name, the templates say
            found = found._replace(artifact=Artifact("image", full))
        if found.verdict == "unknown" or (digested and found.verdict == "digest"):
            return found
        number = entries[tag].value.strip() if tagged and tagged != entries[tag].value.strip() else ""
        if number:
            return found._replace(why=f"YAML reads the unquoted number {number} as {tagged}: quote it")
        return found if doubt else self.sited(place, found, entries, tag, digest)

    def name(self, node: Node, entries: dict[str, Node]) -> tuple[str, bool]:
        """(the name with the registry before it, whether the templates may put something else there)."""
        written = node.value.strip()
        if (organisation := _text(entries.get("org"))) and "/" not in written:
            written = f"{organisation}/{written}"
        own = next((key for key in ("registry", "hub") if key in entries), "")
        registry = _text(entries.get(own))
        if registry and self.registry and own == "registry":
            registry = self.registry
        elif not own and "." not in written.partition("/")[0]:
            registry = self.default
        doubt = not registry and (own == "hub" or (not own and bool(self.registry)))
        return (f"{registry.rstrip('/')}/{written}" if registry and not written.startswith(f"{registry}/") else written), doubt

    def sited(self, place: _Place, found: Reference, entries: dict[str, Node], tag: str, digest: str) -> Reference:
        """The reference with the place for its digest: a key that is there for it, else the tag if the templates let it."""
        if digest:
            known = self.chart.takes_digest((*place.path(), digest)) if self.chart is not None else digest == "digest"
            site = _value_span(entries[digest], self.document.text) if known else None
            notation = "own-digest-key" if self.own(place) else "image-digest-key"
            return found._replace(site=site, notation=notation if known else "")
        node = entries.get(tag)
        if (
            node is None
            or not node.value
            or self.chart is None
            or self.document.text[node.inner.start : node.inner.end] != node.value
        ):
            return found
        if self.chart.joins((*place.path(), _written(place, node)), self.before(place, entries)):
            return found._replace(site=node.span, notation="image-tag-key")
        return found

    def own(self, place: _Place) -> bool:
        """Whether a value is the chart's own, and not one for a chart that it depends on."""
        return self.chart is not None and (place.path() or ("",))[0] not in self.chart.dependencies

    def before(self, place: _Place, entries: dict[str, Node]) -> str:
        """What a template has to put before the colon of the tag, for the name to be the one that is judged here."""
        keys = {key.value.lower(): key.value for key, _ in place.node.items() if key.kind == "scalar"}
        name = next((key for key in _REPOSITORIES if _text(entries.get(key))), "")
        named = [keys[key] for key in ("registry", name) if _text(entries.get(key))]
        return "/".join(".".join((*place.path(), key)) for key in named)

    def untagged(self, place: _Place, node: Node, full: str, tag: str, digest: str, entries: dict[str, Node]) -> Reference:
        """An image without tag and digest: the chart's version stands in for it, or nobody here knows."""
        if version := self.version(place, entries, tag):
            found = image_at(f"{full}:{version}", Span(0, len(full) + 1 + len(version)), ROLE)
            why = f"its tag is empty, so the chart takes its appVersion {version}, a tag that can be moved"
            if digest:
                why += "; write the tag out before its digest, which would outlive the next appVersion"
            return found._replace(span=node.inner, why=found.why or why).unpinnable()
        who = "a template of the chart" if self.chart is not None else "the chart that these values are for"
        bare = "/" not in full and (bool(self.registry) or entries.get("name") is node)  # the templates say what stands before it
        name = full if bare else parse_image(full).name
        return Reference(Artifact("image", name), "", (), "unknown", node.inner, ROLE, f"its tag is empty: {who} says it")

    def version(self, place: _Place, entries: dict[str, Node], tag: str) -> str:
        """The chart's appVersion where it stands in for an empty tag; "" where it does not."""
        key = _written(place, entries[tag]) if tag else "tag"
        usual = key == "tag" and bool(_text(entries.get("repository")))
        return self.chart.fills((*place.path(), key), usual) if self.chart is not None else ""

    def text(self, place: _Place, key: str, node: Node, entries: dict[str, Node], has_block: bool) -> Reference | None:
        """The image that one scalar is, or one scalar with its tag beside it."""
        lower, value = key.lower(), node.value.strip()
        if _FILE.search(value) or " " in value or "\n" in value or node.resolved.__class__ is not str:
            return None
        if literal(node) and not _is_text_key(key) and lower not in _REPOSITORIES + _TAGS + _DIGESTS and _is_list_of_images(place):
            return image(node, self.document, ROLE) if re.search(r"[:@]", value) and not parse_image(value).problem else None
        prefix = lower if _is_text_key(key) else match[1] if (match := _NAME_KEY.fullmatch(lower)) else ""
        if not prefix or (has_block and lower in _REPOSITORIES):
            return None
        beside = next((name for name in (f"{prefix}tag", f"{prefix}_tag", f"{prefix}version") if name in entries), "")
        if beside and entries[beside].kind == "scalar" and ":" not in value.rpartition("/")[2]:
            digest = next((name for name in (f"{prefix}digest", f"{prefix}sha") if name in entries), "")
            return self.judged(place, entries, lower, beside, digest)
        if not _is_text_key(key):
            return None
        found = self.whole(place, node, value, entries)
        return self.as_written(place, key, found) if found is not None and found.site is not None else found

    def as_written(self, place: _Place, key: str, found: Reference) -> Reference:
        """The reference of a text, without a place for a digest where a template makes something else of it."""
        if self.chart is None or not self.own(place):
            return found
        why = self.chart.writes((*place.path(), key))
        if not why:
            return found
        moves = "it moves with every release" if found.version else "it has no tag"
        said = found.why or ("it has no digest, and its tag can be moved" if found.verdict == "tag" else moves)
        return found._replace(why=f"{said}; {why}").unpinnable()

    def whole(self, place: _Place, node: Node, value: str, entries: dict[str, Node]) -> Reference | None:
        """A scalar that is all of an image, unless a chart may add a tag to it."""
        parsed = parse_image(value)
        if not literal(node):
            return unknown_image(node, self.document, ROLE, "a template fills it in")
        if parsed.tag or parsed.digest:
            return image(node, self.document, ROLE)
        if entries.get("image") is node and _is_container(place, entries):
            return image(node, self.document, ROLE)
        if "/" not in value or parsed.problem or (value.count("/") > 1 and "." not in value.partition("/")[0]):
            return None
        return unknown_image(node, self.document, ROLE, "no tag stands beside it: a template of the chart may add one")


def _written(place: _Place, node: Node) -> str:
    """The key of an entry as it is written; its case was folded when it was found."""
    return next((key.value for key, value in place.node.items() if value is node), "")


def literal(node: Node) -> bool:
    """Whether the values say all of a scalar themselves: the chart may run what stands there as a template."""
    return without_holes(node) and "{{" not in node.value


def _is_image(place: _Place) -> bool:
    """Whether a mapping stands under a key that speaks of images, or under `images`."""
    if _IMAGE_KEY.search(place.key):
        return not _NO_IMAGE_KEY.search(place.key)
    return place.above is not None and place.above.key.lower() == "images"


def _is_list_of_images(place: _Place) -> bool:
    """Whether the scalars of a mapping are images by name: directly under `images`, or under `images.tags`."""
    above = place.above
    if above is None or above.node.kind == "sequence":
        return False
    return place.key == "images" or (place.key == "tags" and above.key == "images")


def _is_container(place: _Place, entries: dict[str, Node]) -> bool:
    """Whether a mapping is a container of Kubernetes, to whose image no chart adds a tag."""
    above = place.above
    if above is None or not _CONTAINER & entries.keys():
        return False
    return bool(_CONTAINERS.search(above.key)) or ("name" in entries and above.node.kind == "sequence")


def _is_text_key(key: str) -> bool:
    return bool(_TEXT_KEY.fullmatch(key)) and not _NO_IMAGE_KEY.search(key)


def _text(node: Node | None) -> str:
    """What a scalar is for a template; "" for what is missing, null, or no scalar."""
    if node is None or node.kind != "scalar" or node.is_null:
        return ""
    return (go_text(node) if not node.style and isinstance(node.resolved, float) else node.value.strip()) or ""


def _scalar(node: Node | None, key: str) -> str:
    return _text(node.get(key)) if node is not None else ""


def _value_span(node: Node, text: str) -> Span:
    """Where the value of a key stands, quotes included; behind the colon where there is none."""
    if node.start == node.end:
        colon = text.rfind(":", 0, node.start) + 1
        return Span(colon, colon) if not text[colon : node.start].strip() else node.span
    return node.span
