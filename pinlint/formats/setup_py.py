"""setup.py: what a package depends on, as far as its call of setup says it literally. Nothing is executed.

Lists of texts are read where they stand or where a name is given them once, at the top; what is computed is unknown. Ranges are
right in a package; repositories and archives are judged.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.semantics.python_manifests import insecure, mendable, of_text, quoted
from pinlint.syntax.python import Unparsable, constants, parsed, span

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_ROLES = {
    "install_requires": "project dependency", "tests_require": "group dependency", "setup_requires": "build requirement",
    "extras_require": "extra dependency",
}  # fmt: skip

_DEEPEST = 3  # names of lists in tables; a list may hold itself


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Everything that a package asks for."""
    if not any(key in document.text for key in _ROLES):
        return
    import ast

    module = parsed(document)
    if isinstance(module, Unparsable):
        yield Fact("foreign", Span(0, 0), f"no program that today's Python runs ({module})")
        return
    known = constants(module)
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and _name(node.func) == "setup":
            for keyword in node.keywords:
                if keyword.arg in _ROLES:
                    yield from _asked(keyword.value, _ROLES[keyword.arg], known, document)
                elif keyword.arg is None:
                    yield from _unpacked(keyword.value, known, document)


def _unpacked(value: ast.expr, known: dict[str, ast.expr], document: Document) -> Iterator[Reference | Fact]:
    """What a table of arguments asks for."""
    import ast

    value = known.get(value.id, value) if isinstance(value, ast.Name) else value
    if not isinstance(value, ast.Dict):
        yield _computed(value, "project dependency", document)
        return
    for key, below in zip(value.keys, value.values, strict=True):
        if isinstance(key, ast.Constant) and key.value in _ROLES:
            yield from _asked(below, _ROLES[str(key.value)], known, document)


def _computed(value: ast.expr, role: str, document: Document) -> Reference:
    place = span(value, document)
    name = " ".join(document.text[slice(*place)].split())[:60]
    why = "the program computes it, and pinlint executes nothing"
    return Reference(Artifact("pypi", name), "", (), "unknown", place, role, why)


def _name(function: ast.expr) -> str:
    """The last part of the name of what is called."""
    return str(getattr(function, "attr", getattr(function, "id", "")))


def _asked(
    value: ast.expr, role: str, known: dict[str, ast.expr], document: Document, depth: int = 0
) -> Iterator[Reference | Fact]:
    """The requirements in a list of texts, in a text of lines, or in a table of such; what is computed is one unknown."""
    import ast

    value = known.get(value.id, value) if isinstance(value, ast.Name) else value
    known = known if depth < _DEEPEST else {}
    if isinstance(value, ast.Dict):
        for below in value.values:
            yield from _asked(below, role, known, document, depth + 1)
    elif isinstance(value, ast.Call) and _name(value.func) == "dict" and not value.args:
        for keyword in value.keywords:
            yield from _asked(keyword.value, role, known, document, depth + 1)
    elif isinstance(value, (ast.List, ast.Tuple, ast.Set)):
        for element in value.elts:
            yield from _asked(element, role, known, document, depth + 1)
    elif isinstance(value, ast.Constant) and isinstance(value.value, str):
        place, lines = quoted(document.text, span(value, document), value.value), value.value.splitlines()
        for line in lines:
            if asked := re.split(r"(?:\A|\s)#", line, maxsplit=1)[0].strip():
                exact = value.value.startswith(asked) and len(lines) == 1
                reference = of_text(asked, place if exact else place._replace(written=""), role)
                yield mendable(reference, document.text, locked=False)
                if fact := insecure(reference):
                    yield fact
    elif not (isinstance(value, ast.Constant) and value.value is None):
        yield _computed(value, role, document)
