"""A pin from the wish to the edit: asks registries, shows how far that is, lets it be ended, and has the editor write.

Knows the order of things; what is asked and written comes from `pinning`.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from lsprotocol import types as lsp

from pinlint.report.escapes import visible
from pinlint.server import pinning
from pinlint.server.positions import Place
from pinlint.server.workspace import Judged, Target

if TYPE_CHECKING:
    from pinlint.model import Replacement
    from pinlint.server.protocol import Server

__all__ = ["file_edit", "pin", "workspace_edit"]

#: Wishes that are asked for at a time.
_AT_ONCE = threading.BoundedSemaphore(4)
#: Seconds that an editor has to answer.
_PATIENCE = 60
_numbers = itertools.count(1)


def pin(server: Server, uri: str, wish: pinning.Wish) -> None:
    """Asks for what somebody wants pinned, and has the editor write it; says what cannot be."""
    if not _AT_ONCE.acquire(blocking=False):
        server.say("pinlint is asking for other pins; try again when it has them")
        return
    try:
        made = server.guarded(lambda: _plans(server, uri, wish)[1], list[Any]())
        with _progress(server) as heard:
            answers = server.known().asked(made, heard)
        found = server.guarded(lambda: _outcome(server, uri, wish, answers), None)
        if found is not None:
            _written(server, *found)
    except pinning.Cancelled:
        return
    finally:
        _AT_ONCE.release()


def _plans(server: Server, uri: str, wish: pinning.Wish) -> tuple[Judged | None, list[Any]]:
    judged = server.latest(uri)
    return judged, pinning.plans(judged, wish) if judged is not None else []


def _outcome(server: Server, uri: str, wish: pinning.Wish, answers: Any) -> tuple[pinning.Outcome, lsp.WorkspaceEdit | None]:
    """What the text, as it is by now, becomes by the answers."""
    judged, made = _plans(server, uri, wish)
    found = pinning.outcome(made, answers)
    edit = _edit(server, judged, found.replacements) if judged is not None and found.replacements else None
    return found, edit


def _written(server: Server, found: pinning.Outcome, edit: lsp.WorkspaceEdit | None) -> None:
    if edit is not None:
        answer = server.workspace_apply_edit(lsp.ApplyWorkspaceEditParams(edit, "pinlint: pin")).result(_PATIENCE)
        if not answer.applied:
            server.say("the editor did not take the edit, as the text is another one by now; try again")
    elif not found.reasons:
        server.say("nothing is left to pin there")
    if found.reasons:
        more = f" (and {len(found.reasons) - 3} more reasons)" if found.reasons[3:] else ""
        server.say(f"not pinned: {'; '.join(found.reasons[:3])}{more}")
    if server.can("workspace.inlay_hint.refresh_support"):
        server.workspace_inlay_hint_refresh(None)


def _edit(server: Server, judged: Judged, replacements: Sequence[Replacement]) -> lsp.WorkspaceEdit:
    """What is to be written, as changes of the editor's texts and of files that it has not opened."""
    changes: list[Any] = []
    for path, some in itertools.groupby(sorted(replacements), key=lambda one: one.path):
        target, replaced = server.space.target(judged.root, path), list(some)
        if replaced[0].creates:
            changes.append(lsp.CreateFile(target.address))
        changes.append(file_edit(target, [(target.place(*one[1:3]), target.place(*one[3:5]), one.text) for one in replaced]))
    return workspace_edit(server, changes)


def file_edit(target: Target, replaced: Iterable[tuple[Place, Place, str]]) -> lsp.TextDocumentEdit:
    """The changes of one file: texts in place of stretches."""
    named = lsp.OptionalVersionedTextDocumentIdentifier(target.address, target.version)
    edits = [lsp.TextEdit(lsp.Range(lsp.Position(*start), lsp.Position(*end)), text) for start, end, text in replaced]
    return lsp.TextDocumentEdit(named, edits)


def workspace_edit(server: Server, changes: list[Any]) -> lsp.WorkspaceEdit:
    """Changes in the form that the editor understands."""
    if server.can("workspace.workspace_edit.document_changes"):
        return lsp.WorkspaceEdit(document_changes=changes)
    return lsp.WorkspaceEdit(changes={one.text_document.uri: one.edits for one in changes if hasattr(one, "edits")})


@contextmanager
def _progress(server: Server) -> Iterator[Callable[[int, int, str], None]]:
    """What hears how far asking is, which an editor shows and somebody can end: then it raises Cancelled."""
    token, bar = f"pinlint-{next(_numbers)}", server.work_done_progress
    shown = server.can("window.work_done_progress")
    if shown:
        bar.create(token).result(_PATIENCE)
        bar.begin(token, lsp.WorkDoneProgressBegin("pinlint: asking for pins", cancellable=True, percentage=0))

    def heard(done: int, total: int, subject: str) -> None:
        if server.ended or (token in bar.tokens and bar.tokens[token].cancelled()):
            raise pinning.Cancelled
        if shown:
            bar.report(token, lsp.WorkDoneProgressReport(message=visible(subject), percentage=100 * done // max(total, 1)))

    try:
        yield heard
    finally:
        if shown:
            bar.end(token, lsp.WorkDoneProgressEnd())
            bar.tokens.pop(token, None)
