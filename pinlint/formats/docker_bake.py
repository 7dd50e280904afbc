"""docker buildx bake's files, in HCL or JSON: what a build takes from elsewhere as its contexts, and by its arguments.

Source: docker buildx, bake/bake.go (target.contexts, target.context, target.args, target.dockerfile-inline) and the file reference.
A Dockerfile that a target names is judged itself; `tags` are what a build makes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.budget import spend
from pinlint.ecosystems.oci.names import image_at, parse_image
from pinlint.model import Reference, Span
from pinlint.semantics.build_contexts import remote_source
from pinlint.semantics.builds import Given, declared, dockerfile_of, given_bases, settled
from pinlint.semantics.images import unknown_image
from pinlint.semantics.inline_dockerfile import inline_dockerfile
from pinlint.syntax import hcl, yaml
from pinlint.syntax.placed import Placed, scalar, unescaped
from pinlint.syntax.variables import fill
from pinlint.text import Unread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Fact
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_IMAGE = "docker-image://"
_VARIABLE = re.compile(r"\$\$\{|\$\{\s*([^\W\d][\w.-]*)\s*\}")
_ROLE = "build context"
#: What bake reads when nobody names a file, in this order: what comes later goes before. Source: bake/bake.go, defaultFilenames.
_BY_ITSELF = ("docker-bake.json", "docker-bake.hcl", "docker-bake.override.json", "docker-bake.override.hcl")
_BLOCKS = ("target", "group", "variable", "function")
_ROWS, _COST = 64, 64  # rows of a matrix that are looked at; steps that one value takes to be filled in
_DEEPEST = 20  # targets that inherit from one another

#: What the files say of variables: one value, several where a matrix has them, none for null.
_Values = dict[str, tuple[str, ...]]


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """Images and repositories that targets name as contexts, the images of Dockerfiles that stand in the file, and the base images
    that targets choose by their arguments."""
    found = _read(document)
    variables = _variables(document, found, tree)
    targets = _targets(found)
    given: list[Reference] = []
    known: dict[str, _Target] = {}
    wholes = {name: _whole(name, targets, known) for name in targets}
    for one in found:
        if one.path[:1] == ("target",) and len(one.path) > 2 and one.node.style not in ("name", "number"):
            yield from _used(one, variables, document, wholes)
    tags = (tag for one in targets.values() for tag in one.get("tags", []))
    made = {parse_image(text).name for tag in tags for text in _filled(tag, variables)}
    readers: dict[Span, set[str]] = {}
    for whole in wholes.values():
        given += _given(whole, made, variables, document, tree, readers)
    yield from settled(given, readers)


def _read(document: Document) -> list[hcl.Value]:
    if document.path.endswith(".json"):
        return [one for root in yaml.read(document) for one in _in_json(root)]
    return list(hcl.values(document.text))


def _in_json(root: yaml.Node) -> Iterator[hcl.Value]:
    """The values of a JSON file under the paths that they have in HCL."""
    for name, value in root.items():
        if value.kind == "scalar" and name.value not in _BLOCKS:
            yield _value((name.value,), value)
    for block in ("variable", "target"):
        for body in yaml.select(root, block):
            for name, target in body.items():
                for key, value in target.items():
                    below = [((inner.value,), node) for inner, node in value.items()] if value.kind == "mapping" else [((), value)]
                    for inner, node in below:
                        for element in node.elements or [node]:
                            yield _value((block, name.value, key.value, *inner), element)


def _value(path: tuple[str, ...], node: yaml.Node) -> hcl.Value:
    if node.kind == "scalar" and node.is_null:
        node = yaml.Node(node.start, node.end, "null", "name")
    return hcl.Value(path, node, "${" not in node.value, True)


def _variables(document: Document, found: list[hcl.Value], tree: Tree) -> _Values:
    """What the variables are worth that this file may use: defaults, and attributes that set them whatever the environment says.
    Files that bake reads by itself are read together; what another file lacks stands in those."""
    folder, _, name = document.path.rpartition("/")
    defaults: dict[str, hcl.Value] = {}
    fixed: dict[str, hcl.Value] = {}
    paths = [f"{folder}/{one}".lstrip("/") for one in _BY_ITSELF]
    order = paths if name in _BY_ITSELF else [*paths, document.path]
    for path in order:
        values = found if path == document.path else tree.memo("bake file", path, lambda at=path: _beside(at, tree))  # type: ignore[misc]
        for one in values:
            if one.path[:1] == ("variable",) and one.path[2:] == ("default",):
                defaults[one.path[1]] = one
            elif len(one.path) == 1:
                fixed[one.path[0]] = one
    worth: _Values = {}
    for variable, one in {**defaults, **fixed}.items():
        if (text := _text(one)) is not None:
            worth[variable] = (text,)
        elif one.alone and one.node.value == "null":
            worth[variable] = ()
    return worth


def _beside(path: str, tree: Tree) -> list[hcl.Value]:
    try:
        return _read(tree.read(path)) if tree.exists(path) else []
    except (Unread, yaml.Unparsable):
        return []


def _text(one: hcl.Value) -> str | None:
    """What an expression is worth before its variables are filled in; None where it says nothing, or nobody can tell."""
    if not one.alone or one.node.kind != "scalar":
        return None
    text = one.node.value
    if one.node.style != "name" or text in ("true", "false"):
        return text
    return None if text == "null" else f"${{{text}}}"


_Target = dict[str, list[hcl.Value]]


def _targets(found: list[hcl.Value]) -> dict[str, _Target]:
    """The attributes of every target; those of a map by `args.NAME`."""
    targets: dict[str, _Target] = {}
    for one in found:
        if one.path[:1] == ("target",) and len(one.path) > 2:
            targets.setdefault(one.path[1], {}).setdefault(".".join(one.path[2:]), []).append(one)
    return targets


def _whole(name: str, targets: dict[str, _Target], known: dict[str, _Target], depth: int = 0) -> _Target:
    """The attributes of a target with those that it inherits; `known` are those that were put together before."""
    if name not in known:
        own = targets.get(name, {})
        known[name] = own  # what leads back to itself inherits nothing more
        whole: _Target = {}
        for parent in own.get("inherits", []) if depth < _DEEPEST else []:
            inherited = _whole(parent.node.value, targets, known, depth + 1)
            spend(len(inherited))
            whole |= inherited
        known[name] = whole | own
    return known[name]


def _filled(one: hcl.Value | None, values: _Values) -> tuple[str, ...]:
    """The texts that a value may be; none where nobody can tell."""
    text = _text(one) if one is not None else None
    if text is None or _computed(text):
        return ()
    filled = fill(text, values, _VARIABLE)
    return filled.texts if not filled.open else ()


def _computed(text: str) -> bool:
    """Whether something but variables stands in a text that bake fills in: a function, a condition."""
    rest = _VARIABLE.sub("", text)
    return "${" in rest or "%{" in rest.replace("%%{", "")


def _used(one: hcl.Value, variables: _Values, document: Document, targets: dict[str, _Target]) -> Iterator[Reference]:
    key, node = one.path[2], one.node
    if key == "dockerfile-inline":
        yield from _inline(one, variables, document, targets)
    elif key == "contexts" and node.value.startswith(_IMAGE):
        yield _image(one, {**variables, **_matrix(targets.get(one.path[1], {}))}, document)
    elif key in ("context", "contexts") and one.whole:
        source = remote_source(node.value, node.inner, _ROLE)
        if source is not None:
            yield source


def _inline(one: hcl.Value, variables: _Values, document: Document, targets: dict[str, _Target]) -> Iterator[Reference]:
    """The images of a Dockerfile that stands in the file, once bake has filled its variables in."""
    target = targets[one.path[1]]
    text = _written(one, document)
    missing = [match[1] for match in _VARIABLE.finditer(text.text) if match[1] and not variables.get(match[1])]
    if not one.alone or missing:
        why = f"${{{missing[0]}}} has no default in this file" if missing else "an expression makes it up"
        yield unknown_image(one.node, document, "inline Dockerfile", why)
        return
    text = text.replaced(_VARIABLE, lambda match: variables[match[1]][0] if match[1] else "${")
    contexts = [key.partition(".")[2] for key in target if key.startswith("contexts.")]
    arguments = {name: one.value for name, one in _arguments(target, variables, 0).items()}
    yield from inline_dockerfile(text, document, contexts, arguments)


def _written(one: hcl.Value, document: Document) -> Placed:
    """The text of a value in HCL or JSON, without escapes."""
    text = scalar(one.node, document)
    return unescaped(text) if one.node.style == '"' and "\\" in text.text and not document.path.endswith(".json") else text


def _image(one: hcl.Value, variables: _Values, document: Document) -> Reference:
    node = one.node
    start = node.inner.start + len(_IMAGE)
    if one.whole:
        return image_at(node.value[len(_IMAGE) :], Span(start, node.inner.end), _ROLE)
    names = [match[1] for match in _VARIABLE.finditer(node.value) if match[1]]
    texts = _filled(one, variables)
    if not texts or not names:
        missing = next((name for name in names if not variables.get(name)), "")
        why = f"${{{missing}}} has no default in this file" if missing else "an expression makes up its name"
        return unknown_image(node, document, _ROLE, why)
    used = ", ".join(f"{name}={variables[name][0]}" for name in names if variables.get(name))
    made = image_at(texts[0][len(_IMAGE) :], node.inner, _ROLE)
    why = f"{made.why} ({used})" if made.why else ""
    return made._replace(span=node.inner, why=why, refused=False).unpinnable()


def _given(
    target: _Target, made: set[str], variables: _Values, document: Document, tree: Tree, readers: dict[Span, set[str]]
) -> Iterator[Reference]:
    """The base images that a target chooses by its arguments; `made` are the names of the images that targets make, `readers`
    learns which Dockerfiles get each argument."""
    settings = {key: of for key, of in target.items() if key.startswith("args.")}
    if not settings:
        return
    values = {**variables, **_matrix(target)}
    known = [_filled(target[key][0], values) if key in target else ("",) for key in ("context", "dockerfile")]
    inline = "dockerfile-inline" in target
    path = "" if inline or not all(known) else dockerfile_of(document.path, known[0][0].removeprefix("cwd://"), known[1][0], tree)
    for of in settings.values():
        readers.setdefault(_span(of[0].node), set()).add(path or f"elsewhere {inline} {known}")
    contexts = {key.partition(".")[2].lower() for key in target if key.startswith("contexts.")}

    def own(image: str) -> str:
        if image.lower() in contexts or image.lower().removesuffix(":latest") in contexts:
            return f"{image} is a context of this target"
        return "a target of this file builds it" if parse_image(image).name in made else ""

    wanted = {key: of for key, of in settings.items() if key.removeprefix("args.") in declared(path, tree)}
    for row in range(min(_ROWS, max((len(of) for of in _matrix(target).values()), default=1)) if wanted else 0):
        yield from given_bases(path, _arguments(wanted, values, row), tree, own)


def _matrix(target: _Target) -> _Values:
    """The values of a target's matrix; of objects those of every key."""
    found: dict[str, list[str]] = {}
    for key, values in target.items():
        if key.startswith("matrix."):
            found[key.partition(".")[2]] = [text for one in values if (text := _text(one)) is not None]
    return {key: tuple(values) for key, values in found.items() if values}


def _arguments(target: _Target, values: _Values, row: int) -> dict[str, Given]:
    """The arguments of a target in one row of its matrix."""
    found = {}
    for key, (one, *others) in ((key, of) for key, of in target.items() if key.startswith("args.")):
        spend(_COST)
        if one.node.style == "name" and values.get(one.node.value) == ():
            continue  # null is no argument, so the Dockerfile's own default stands
        texts = _filled(one, values) if not others else ()
        literal = one.whole and one.node.style == '"'
        found[key.partition(".")[2]] = Given(texts[row % len(texts)] if texts else None, _span(one.node), literal)
    return found


def _span(node: yaml.Node) -> Span:
    return node.inner if node.style == '"' else Span(node.start, node.end)
