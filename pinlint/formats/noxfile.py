"""noxfile.py: what sessions install and run, as far as their calls say it literally. Nothing is executed.

Versions are left open there, as what a session installs is chosen anew each time; repositories and archives are judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.model import Fact, Script, Span
from pinlint.programs import fetches
from pinlint.semantics.python_manifests import insecure, mendable, of_text, quoted
from pinlint.syntax.python import Unparsable, parsed, span

if TYPE_CHECKING:
    import ast
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


#: Calls of a session that run a command: its words are their arguments.
_RUN = ("run", "run_install", "run_always")


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact | Script]:  # noqa: ARG001
    """Every requirement that a session is told to install, after what nox itself is to be run with; the commands that sessions
    run."""
    if "# /// script" in document.text:
        from pinlint.semantics.script_blocks import asked_by_noxfile  # few have a block

        yield from asked_by_noxfile(document)
    running = fetches(document.data) and any(f".{name}(" in document.text for name in _RUN)
    if not running and ".install(" not in document.text:
        return
    import ast

    module = parsed(document)
    if isinstance(module, Unparsable):
        yield Fact("foreign", Span(0, 0), f"no program that today's Python runs ({module})")
        return
    for node in ast.walk(module):
        if running and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _RUN:
            words = tuple(filter(None, (_word(one, document) for one in node.args)))
            yield Script("", [], "sh", "script", f"session {node.lineno}", words=words)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "install":
            valued = editable = False
            for argument in node.args:
                text = argument.value if isinstance(argument, ast.Constant) else None
                takes = valued and not (editable and isinstance(text, str) and "://" in text)
                valued, editable = isinstance(text, str) and text in _VALUED, text in ("-e", "--editable")
                if isinstance(text, str) and not takes and not text.startswith("-") and _is_requirement(text):
                    reference = of_text(
                        text, quoted(document.text, span(argument, document), text), "environment dependency", argument=True
                    )
                    yield mendable(reference, document.text, locked=False)
                    if fact := insecure(reference):
                        yield fact


def _word(argument: ast.expr, document: Document) -> tuple[str, int, int] | None:
    """A text that a call is given, and its place: without quotes where it is written as it is."""
    import ast

    if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
        return None
    text, place = argument.value, span(argument, document)
    plain = document.text[place.start + 1 : place.end - 1] == text
    return (text, place.start + 1, place.end - 1) if plain else (text, place.start, place.end)


def _is_requirement(text: str) -> bool:
    """Whether an argument names a project or an address, and no file or directory of the repository."""
    return not text.startswith((".", "/")) and not text.endswith((".whl", ".txt", ".zip", ".tar.gz")) and text.strip() != ""
