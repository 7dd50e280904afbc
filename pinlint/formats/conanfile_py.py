"""conanfile.py: the recipes that a recipe asks for, as far as it says so literally. Nothing is executed.

Source: docs.conan.io, "conanfile.py": the attributes and methods that name requirements.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.semantics.conan_recipes import ROLES, lock_beside, recipe
from pinlint.syntax.python import Unparsable, constants, parsed, span, text_of, texts

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """Every recipe, in order."""
    if "requires" not in document.text:
        return
    import ast

    module = parsed(document)
    if isinstance(module, Unparsable):
        yield Fact("foreign", Span(0, 0), f"no program that today's Python runs ({module})")
        return
    lock, known = lock_beside(tree, document.path), texts(constants(module))
    found: list[tuple[ast.expr, str]] = []
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef):
            found += [pair for statement in node.body for pair in _attribute(statement)]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ROLES and node.args:
            found.append((node.args[0], ROLES[node.func.attr]))
    for value, role in sorted(found, key=lambda pair: (pair[0].lineno, pair[0].col_offset)):
        yield _reference(value, role, known, document, lock)


def _attribute(statement: ast.stmt) -> Iterator[tuple[ast.expr, str]]:
    """The elements of `requires = "a/1.0", "b/2.0"`, with the role of what they ask for."""
    import ast

    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1 or not isinstance(statement.targets[0], ast.Name):
        return
    role = ROLES.get(statement.targets[0].id)
    listed = statement.value.elts if isinstance(statement.value, ast.List | ast.Tuple) else [statement.value]
    for one in listed if role else ():
        if not (isinstance(one, ast.Constant) and one.value is None):
            yield (one.elts[0] if isinstance(one, ast.Tuple) and one.elts else one), role or ""


def _reference(value: ast.expr, role: str, known: dict[str, str], document: Document, lock: str) -> Reference:
    place = span(value, document)
    text = text_of(value, known)
    if getattr(value, "attr", "") == "tested_reference_str":
        return Reference(Artifact("conan", "self"), "", (), "local", place, role, "the recipe that is tested")
    if text is None:
        name = " ".join(document.text[slice(*place)].split())[:60]
        why = "the program computes it, and pinlint executes nothing"
        return Reference(Artifact("conan", name), "", (), "unknown", place, role, why, lock)
    return recipe(text, place, role, lock)
