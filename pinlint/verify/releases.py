"""What the user's files give a chart that they pin: the values of every release of it, as far as they can be told.

Source: argo-cd.readthedocs.io (Helm: parameters over valuesObject over values over valueFiles); fluxcd.io (HelmRelease: values over
valuesFrom); helmfile.readthedocs.io; helm.sh (dependencies: values below the name, condition, tags); kustomize's helmCharts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pinlint.ecosystems.git.names import repository_name
from pinlint.ecosystems.oci.names import image_at
from pinlint.model import Span
from pinlint.semantics.chart_data import UNTOLD, at, laid_over, plain, put
from pinlint.semantics.chart_fields import fields, root_of
from pinlint.semantics.kustomizations import NAMES
from pinlint.semantics.kustomize_entries import entries
from pinlint.semantics.own_repository import is_own
from pinlint.syntax.embedded import embedded
from pinlint.syntax.manifest import Object, objects, text
from pinlint.syntax.yaml import Node, Unparsable, documents, read, select
from pinlint.text import Document, Unread
from pinlint.tree import Tree, join
from pinlint.verify.evidence import Pinned

__all__ = ["ROLES", "Release", "releases"]

Data = dict[str, object]
_PATCHING = ("patches", "patchesStrategicMerge", "patchesJson6902", "replacements", "transformers")


class Release(NamedTuple):
    """One use of a chart: the values that are given to it; those of which one may be; why more may be given that nobody here can
    read ("" = that is all); the names of images that something else takes the place of; the file of a kustomization that its
    objects go through."""

    values: Data
    maybe: tuple[Data, ...] = ()
    doubt: str = ""
    taken: frozenset[str] = frozenset()
    kustomization: str = ""


def releases(pinned: Pinned, tree: Tree) -> list[Release] | None:
    """Every release of what is pinned, none where nothing is installed of it; None where it is not known what installs it."""
    try:
        return list(ROLES[pinned.reference.role](pinned, tree))
    except (Unparsable, Unread, _Elsewhere):
        return None
    finally:
        pinned.document.parsed = None


class _Elsewhere(Exception):
    """Nothing in this repository says how it is used."""


def _holding(root: Node, span: object) -> Iterator[Node]:
    """The mappings around a place, the innermost last; none where it lies in another document of the file."""
    node = root
    if not isinstance(span, Span) or not node.start <= span.start <= span.end <= node.end:
        return
    while node.kind != "scalar":
        if node.kind == "mapping":
            yield node
        below = [value for _, value in node.raw_pairs] if node.kind == "mapping" else node.raw_elements
        inner = next((one for one in below if one.start <= span.start and span.end <= max(one.end, one.start)), None)
        if inner is None:
            return
        node = inner


def _around(pinned: Pinned) -> tuple[list[Node], list[Node]]:
    """(the documents of the file, the mappings around the reference)."""
    roots = read(pinned.document)
    return roots, next((some for root in roots if len(some := list(_holding(root, pinned.reference.span)))), [])


def _texts_of(values: Node | None, document: Document) -> tuple[Data, str]:
    """(the values in a text, why not all of them can be told)."""
    if values is None or values.is_null:
        return {}, ""
    inner = embedded(values, document)
    if not inner:
        return {}, "its values are written as a text that cannot be read"
    return _mapping(plain(inner[0]))


def _mapping(data: object) -> tuple[Data, str]:
    if isinstance(data, dict):
        return data, ""
    return {}, "" if data is None else "its values are filled in elsewhere"


def _of_file(path: str, tree: Tree) -> tuple[Data, str]:
    """(the values in a file, why they cannot be told)."""
    if path.startswith(("..", "/")) or path.endswith(".gotmpl") or not tree.exists(path):
        return {}, f"{path} gives values, and lies elsewhere or is a template"
    try:
        roots = documents(tree.read(path).text)
    except (Unread, Unparsable):
        return {}, f"{path} gives values, and cannot be read"
    return _mapping(plain(roots[0], _substituted) if roots else None)


def _substituted(node: Node) -> bool:
    return "${" in node.value


class _Layers:
    """Values that are laid over one another, the later over the earlier. What is not known of the earlier is a doubt."""

    def __init__(self) -> None:
        self.data: Data = {}
        self.doubts: list[str] = []

    def lay(self, told: tuple[Data, str]) -> None:
        data, doubt = told
        merged = laid_over(data, self.data)
        self.data = merged if isinstance(merged, dict) else {}
        self.doubts += [doubt] if doubt else []

    def release(self, *doubts: str, taken: frozenset[str] = frozenset(), kustomization: str = "") -> Release:
        some = [*self.doubts, *filter(None, doubts)]
        return Release(self.data, doubt=some[0] if some else "", taken=taken, kustomization=kustomization)


def _argo(pinned: Pinned, tree: Tree) -> Iterator[Release]:
    _, around = _around(pinned)
    source = next((one for one in reversed(around) if one.get("repoURL") is not None), None)
    if source is None:
        raise _Elsewhere
    helm, layers = source.get("helm"), _Layers()
    if helm is not None:
        others = [one for node in around for one in select(node, "sources", "*")]
        for file in select(helm, "valueFiles", "*"):
            layers.lay(_of_argo_file(text(file), others, tree))
        whole = helm.get("valuesObject")
        if whole is not None and not whole.is_null:
            layers.lay(_mapping(plain(whole)))
        else:
            layers.lay(_texts_of(helm.get("values"), pinned.document))
        for parameter in select(helm, "parameters", "*"):
            put(layers.data, text(parameter.get("name")), plain(parameter.get("value")))
        for parameter in select(helm, "fileParameters", "*"):
            put(layers.data, text(parameter.get("name")), UNTOLD)
    name = next((text(one.get("name")) for node in around for one in select(node, "metadata")), "")
    patched = _patches("Application", name, tree)
    templated = any(node.get("templatePatch") is not None for node in around)
    yield layers.release(patched, "templatePatch may give it values" if templated else "")


def _of_argo_file(written: str, others: list[Node], tree: Tree) -> tuple[Data, str]:
    """The values of a file that an application names: in another of its sources, or in the chart."""
    head, _, path = written.partition("/")
    if head.startswith("$"):
        source = next((one for one in others if text(one.get("ref")) == head[1:]), None)
        if source is not None and is_own(repository_name(text(source.get("repoURL"))), tree):
            return _of_file(path, tree)
    return {}, f"{written or 'a file'} gives values, and lies elsewhere"


def _flux(pinned: Pinned, tree: Tree) -> Iterator[Release]:
    """A chart in a HelmRelease, in a HelmChart, or in an OCIRepository that releases name."""
    roots, around = _around(pinned)
    if not around:
        raise _Elsewhere
    one = next((one for one in objects(roots) if one.node is around[0] or any(one.node is node for node in around)), None)
    if one is None:
        raise _Elsewhere
    if one.kind == "HelmRelease":
        yield _released(one, pinned.document, tree)
        return
    name = text(next(select(one.node, "metadata", "name"), None))
    found = list(_referring(one.kind, name, pinned.path, tree))
    if not found:
        raise _Elsewhere
    for document, release in found:
        yield _released(release, document, tree)


def _referring(kind: str, name: str, path: str, tree: Tree) -> Iterator[tuple[Document, Object]]:
    """The releases that name a source: those of its own folder if there are any."""
    known = tree.memo("releases by source", "", lambda: _by_source(tree))
    files = known.get((kind, name), [])
    near = [one for one in files if one.rpartition("/")[0] == path.rpartition("/")[0]]
    for file in near or files:
        document = tree.read(file)
        for one in objects(read(document)):
            reference = next(select(one.node, "spec", "chartRef"), None)
            named = (text(reference.get("kind")), text(reference.get("name"))) if reference is not None else ()
            if one.kind == "HelmRelease" and named == (kind, name):
                yield document, one


def _by_source(tree: Tree) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for path, one in _objects(tree, b"chartRef"):
        for reference in select(one.node, "spec", "chartRef"):
            files = found.setdefault((text(reference.get("kind")), text(reference.get("name"))), [])
            files += [path] if path not in files else []
    return found


def _objects(tree: Tree, mark: bytes) -> Iterator[tuple[str, Object]]:
    """The objects in all files of YAML that hold a word."""
    for path in sorted(tree.listed()):
        if not path.endswith((".yaml", ".yml")):
            continue
        try:
            if mark not in tree.bytes(path):
                continue
            found = list(objects(read(tree.read(path))))
        except (Unread, Unparsable):
            continue
        yield from ((path, one) for one in found)


def _released(release: Object, document: Document, tree: Tree) -> Release:
    spec, layers = next(select(release.node, "spec"), release.node), _Layers()
    files = [text(one) for one in select(spec, "chart", "spec", "valuesFiles", "*")]
    if files and files != ["values.yaml"]:
        layers.doubts.append(f"it takes {files[-1]} of the chart for its values")
    for source in select(spec, "valuesFrom", "*"):
        layers.lay(_of_map(source, document.path, tree))
    layers.lay(_mapping(plain(spec.get("values"), _substituted)))
    taken: set[str] = set()
    doubt = ""
    for holder in (spec, *select(spec, "postRenderers", "*", "kustomize")):
        settled = [one.name for one in entries(holder, document.path) if one.new_tag or one.digest]  # a name alone settles nothing
        taken |= {image_at(one, Span(0, 0), "").artifact.name for one in settled}
        for patch in select(holder, "patches", "*", "patch"):
            doubt = "a patch behind it may put in another image" if "image" in patch.value else doubt
    name = text(next(select(release.node, "metadata", "name"), None))
    return layers.release(doubt, _patches("HelmRelease", name, tree), taken=frozenset(taken))


def _of_map(source: Node, path: str, tree: Tree) -> tuple[Data, str]:
    """The values in an object of the cluster, where a kustomization beside the release makes it of files."""
    name, key = text(source.get("name")), text(source.get("valuesKey")) or "values.yaml"
    doubt = f"{text(source.get('kind')) or 'an object'} {name} gives values, and lies in the cluster"
    if source.get("targetPath") is not None or text(source.get("kind")) != "ConfigMap":
        return {}, doubt
    for place in NAMES:
        kustomization = join(path, place)
        if not tree.exists(kustomization):
            continue
        try:
            roots = read(tree.read(kustomization))
        except (Unread, Unparsable):
            continue
        for one in (one for root in roots for one in select(root, "configMapGenerator", "*") if text(one.get("name")) == name):
            for file in select(one, "files", "*"):
                given, _, where = text(file).rpartition("=")
                if (given or where.rpartition("/")[2]) == key:
                    return _of_file(join(kustomization, where), tree)
    return {}, doubt


def _patches(kind: str, name: str, tree: Tree) -> str:
    """Why a patch of a kustomization may change the values of a release; "" where none does."""
    for path, written in tree.memo("patches of releases", kind, lambda: list(_patching(kind, tree))):
        if not name or name in written or f"name: {name}" in written or "name:" not in written:
            return f"a patch in {path} may give it other values"
    return ""


def _patching(kind: str, tree: Tree) -> Iterator[tuple[str, str]]:
    """(the kustomization, the text) of every patch of objects of a kind that speaks of values."""
    for name in NAMES:
        for path in tree.named(name):
            try:
                roots = read(tree.read(path))
            except (Unread, Unparsable):
                continue
            for root in roots:
                for patch in (*select(root, "patches", "*"), *select(root, "patchesStrategicMerge", "*")):
                    target = text(next(select(patch, "target", "kind"), None))
                    written = _patch_text(patch, path, tree)
                    if (kind in written or target == kind) and ("values" in written or "image" in written):
                        yield path, f"{written} name: {text(next(select(patch, 'target', 'name'), None)) or '*'}"


def _patch_text(patch: Node, path: str, tree: Tree) -> str:
    own = patch.get("patch") if patch.kind == "mapping" else patch
    where = text(patch.get("path")) if patch.kind == "mapping" else patch.value
    if own is not None and "\n" in own.value:
        return own.value
    try:
        return tree.read(join(path, where)).text if where else ""
    except Unread:
        return ""


def _helmfile(pinned: Pinned, tree: Tree) -> Iterator[Release]:
    _, around = _around(pinned)
    release = next((one for one in reversed(around) if one.get("chart") is not None), None)
    if release is None:
        raise _Elsewhere
    if (installed := release.get("installed")) is not None and plain(installed) is False:
        return
    layers = _Layers()
    for values in select(release, "values", "*"):
        layers.lay(_mapping(plain(values)) if values.kind == "mapping" else _of_file(join(pinned.path, values.value), tree))
    for key in ("set", "setString"):
        for one in select(release, key, "*"):
            given = one.get("value")
            put(layers.data, text(one.get("name")), UNTOLD if given is None else plain(given))
    others = ("secrets", "inherit", "strategicMergePatches", "jsonPatches", "transformers", "postRenderer", "valuesTemplate",
              "setTemplate", "setStringTemplate", "valuesPathPrefix")  # fmt: skip
    doubt = next((f"{key} may give it other values or images" for key in others if release.get(key) is not None), "")
    inside = any(one.get("dependencies") is release for one in around) or release.get("name") is None
    yield layers.release(doubt, "it is put into another chart" if inside else "")


def _kustomize(pinned: Pinned, tree: Tree) -> Iterator[Release]:
    roots, around = _around(pinned)
    node = next((one for one in reversed(around) if one.get("name") is not None), None)
    if node is None:
        raise _Elsewhere
    layers = _Layers()
    for key in (node.get("valuesFile"), *select(node, "additionalValuesFiles", "*")):
        if key is not None and text(key):
            layers.lay(_of_file(join(pinned.path, text(key)), tree))
    inline = _mapping(plain(node.get("valuesInline")))
    if text(node.get("valuesMerge")) in ("", "override"):
        layers.lay(inline)
    elif inline[0]:
        layers.doubts.append("its values are merged in another order")
    patched = any(root.get(key) is not None for root in roots for key in _PATCHING)
    yield layers.release("a patch or replacement may put in another image" if patched else "", kustomization=pinned.path)


def _dependency(pinned: Pinned, tree: Tree) -> Iterator[Release]:
    """A chart that a chart of this repository depends on: its values lie below its name in those of that chart."""
    manifest = pinned.path
    if pinned.reference.role == "locked chart":
        names = ("Chart.yaml", "requirements.yaml") if manifest.endswith("Chart.lock") else ("requirements.yaml", "Chart.yaml")
        manifest = next((path for one in names if tree.exists(path := join(manifest, one))), "")
    root = root_of(tree.read(manifest)) if manifest else None
    top = fields(root) if root is not None else {}
    listed = top.get("dependencies")
    values, doubt = _of_file(path, tree) if tree.exists(path := join(manifest, "values.yaml")) else ({}, "")
    others = [one for one in _beside(manifest, tree) if one]
    for entry in listed.elements if listed is not None else ():
        told = fields(entry)
        if "name" not in told or told["name"].value != pinned.reference.artifact.name:
            continue
        enabled = _is_enabled(told, values, others)
        if enabled is False:
            continue
        key = told["alias"].value if "alias" in told and told["alias"].value else told["name"].value
        unsure = "" if enabled else "whether it is enabled cannot be told"
        yield Release(_below(values, key), tuple(_below(one, key) for one in others), doubt or unsure)


def _beside(manifest: str, tree: Tree) -> Iterator[Data]:
    """The values that other files beside a chart may give it."""
    folder = manifest.rpartition("/")[0]
    for path in sorted(tree.listed()):
        above, _, name = path.rpartition("/")
        if above == folder and name.startswith("values") and name != "values.yaml" and name.endswith((".yaml", ".yml")):
            yield _of_file(path, tree)[0]


def _below(values: Data, key: str) -> Data:
    """The values of a dependency among those of its chart."""
    own, everywhere = values.get(key), values.get("global")
    found = _kept(own) if isinstance(own, dict) else {}
    if isinstance(everywhere, dict):
        found["global"] = laid_over(everywhere, found.get("global"))
    return found


def _kept(values: Data) -> Data:
    """The values of a chart for one that it depends on: whether null takes away what that has depends on the version of Helm."""
    return {key: UNTOLD if one is None else _kept(one) if isinstance(one, dict) else one for key, one in values.items()}


def _is_enabled(told: dict[str, Node], values: Data, others: list[Data]) -> bool | None:
    """Whether a dependency is taken with these values; None where that cannot be told."""
    written = told["condition"].value.split(",") if "condition" in told else []
    paths = [tuple(one.strip().split(".")) for one in written if one.strip()]
    tags = [("tags", node.value) for node in told["tags"].elements] if "tags" in told else []
    answers = [value for path in paths if isinstance(value := at(values, path)[1], bool) or value is UNTOLD]
    tagged = [value for path in tags if isinstance(value := at(values, path)[1], bool) or value is UNTOLD]
    found = answers[0] if answers else any(value is True for value in tagged) if tagged else True
    if found is UNTOLD or UNTOLD in tagged or any(at(one, path)[0] for one in others for path in (*paths, *tags)):
        return None
    return found is True


#: Who reads what a reference is given, by its role.
ROLES = {
    "application chart": _argo, "application source": _argo, "Flux chart": _flux, "Flux artifact": _flux,
    "release chart": _helmfile, "kustomize chart": _kustomize, "chart dependency": _dependency, "locked chart": _dependency,
}  # fmt: skip
