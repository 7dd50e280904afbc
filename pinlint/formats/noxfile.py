"""noxfile.py: what sessions install, as far as their calls say it literally. Nothing is executed.

Versions are left open there, as what a session installs is chosen anew each time; repositories and archives are judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.model import Fact, Span
from pinlint.semantics.python_manifests import insecure, of_text, quoted
from pinlint.syntax.python import Unparsable, parsed, span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Reference
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

#: Options of pip that take the next word.
_VALUED = frozenset((
    "-r", "--requirement", "-c", "--constraint", "-e", "--editable", "-i", "--index-url", "--extra-index-url", "-f", "--find-links",
    "--group", "--python-version", "--platform", "--target", "-t", "--config-settings", "-C", "--no-binary", "--only-binary",
    "--upgrade-strategy", "--python", "--resolution", "--build-constraint", "--progress-bar", "--prefix", "--root", "--src",
))  # fmt: skip


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Every requirement that a session is told to install, after what nox itself is to be run with."""
    if "# /// script" in document.text:
        from pinlint.semantics.script_blocks import asked_by_noxfile  # few have a block

        yield from asked_by_noxfile(document)
    if ".install(" not in document.text:
        return
    import ast

    module = parsed(document)
    if isinstance(module, Unparsable):
        yield Fact("foreign", Span(0, 0), f"no program that today's Python runs ({module})")
        return
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "install":
            valued = False
            for argument in node.args:
                text = argument.value if isinstance(argument, ast.Constant) else None
                takes, valued = valued, isinstance(text, str) and text in _VALUED
                if isinstance(text, str) and not takes and not text.startswith("-") and _is_requirement(text):
                    reference = of_text(
                        text, quoted(document.text, span(argument, document), text), "environment dependency", argument=True
                    )
                    yield reference
                    if fact := insecure(reference):
                        yield fact


def _is_requirement(text: str) -> bool:
    """Whether an argument names a project or an address, and no file or directory of the repository."""
    return not text.startswith((".", "/")) and not text.endswith((".whl", ".txt", ".zip", ".tar.gz")) and text.strip() != ""
