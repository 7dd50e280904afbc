"""What an editor may ask and tell, and who answers: hover, inlay hints, actions, files and folders that change.

Knows the protocol's names for things; must not know how anything is judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from lsprotocol import types as lsp

from pinlint.rulebook import codes, page
from pinlint.server.hover import hover, page_address
from pinlint.server.positions import UTF16, Place
from pinlint.server.workspace import Judged, path_of

if TYPE_CHECKING:
    from pinlint.server.protocol import Server

__all__ = ["register"]

_PIN, _PAGE = "pinlint.pin", "pinlint.page"
#: Findings of one stretch for which actions are offered.
_MOST = 20


def register(server: Server) -> None:
    """Has the server answer."""
    server.feature(lsp.INITIALIZE)(lambda params: _begun(server, params))
    server.feature(lsp.INITIALIZED)(lambda _: server.watch())
    server.feature(lsp.SHUTDOWN)(lambda _: setattr(server, "asked_to_end", True))
    server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)(lambda _: None)
    server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)(lambda params: _saved(server, params.text_document.uri))
    server.feature(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES)(lambda params: _changed(server, params.changes))
    server.feature(lsp.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)(lambda params: _folders(server, params.event))
    renamed = lsp.FileOperationRegistrationOptions([lsp.FileOperationFilter(lsp.FileOperationPattern("**/*"), "file")])
    server.feature(lsp.WORKSPACE_DID_RENAME_FILES, renamed)(lambda params: _renamed(server, params.files))
    _threaded(server)


def _threaded(server: Server) -> None:
    """What may take its time is answered by threads of its own."""

    @server.thread()
    def on_hover(params: lsp.HoverParams) -> lsp.Hover | None:
        return server.guarded(lambda: _hover(server, params), None)

    @server.thread()
    def on_hints(params: lsp.InlayHintParams) -> list[lsp.InlayHint]:
        return server.guarded(lambda: _hints(server, params), [])

    @server.thread()
    def on_actions(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        return server.guarded(lambda: _actions(server, params), [])

    @server.thread()
    def on_pin(*given: Any) -> None:
        server.excused(lambda: _pin(server, *given))

    @server.thread()
    def on_page(*given: Any) -> None:
        if given and given[0] in codes() and (place := page_address(given[0])):
            server.window_show_document(lsp.ShowDocumentParams(place, take_focus=True))

    server.feature(lsp.TEXT_DOCUMENT_HOVER)(on_hover)
    server.feature(lsp.TEXT_DOCUMENT_INLAY_HINT)(on_hints)
    kinds = lsp.CodeActionOptions([lsp.CodeActionKind.QuickFix])
    server.feature(lsp.TEXT_DOCUMENT_CODE_ACTION, kinds)(on_actions)
    server.command(_PIN)(on_pin)
    server.command(_PAGE)(on_page)


def _begun(server: Server, params: lsp.InitializeParams) -> None:
    server.space.encoding = str(getattr(server.workspace.position_encoding, "value", server.workspace.position_encoding) or UTF16)
    folders = [one.uri for one in params.workspace_folders or ()] or [params.root_uri or ""]
    server.space.folders = [path for one in folders if (path := path_of(one))]


def _folders(server: Server, event: lsp.WorkspaceFoldersChangeEvent) -> None:
    gone = {path_of(one.uri) for one in event.removed}
    added = [path for one in event.added if (path := path_of(one.uri))]
    server.space.folders = [one for one in server.space.folders if one not in gone] + added
    server.judge([], server.space.refold)


def _saved(server: Server, uri: str) -> None:
    known = server.space.texts.get(uri)
    if known is not None:
        server.space.put(known._replace(saved=True))
        server.judge([uri], server.refreshed)


def _changed(server: Server, changes: Iterable[lsp.FileEvent]) -> None:
    changed: list[str] = []
    came_or_went: list[str] = []
    for one in changes:
        if path := path_of(one.uri):
            (changed if one.type == lsp.FileChangeType.Changed else came_or_went).append(path)
    touched = server.space.touched
    server.judge([], lambda: [*touched(changed, came_or_went=False), *touched(came_or_went, came_or_went=True)])


def _renamed(server: Server, files: Sequence[lsp.FileRename]) -> None:
    paths = [path for one in files for uri in (one.old_uri, one.new_uri) if (path := path_of(uri))]
    server.judge([], lambda: server.space.touched(paths, came_or_went=True))


def _pin(server: Server, uri: str, key: object = None, unsafe: object = False, *_: object) -> None:
    from pinlint.server.asking import pin
    from pinlint.server.pinning import Wish

    known = tuple(key) if isinstance(key, list) else None
    pin(server, uri, Wish(known, unsafe is True))


def _hover(server: Server, params: lsp.HoverParams) -> lsp.Hover | None:
    judged = server.latest(params.text_document.uri)
    known = server.client_capabilities.text_document
    formats = (known.hover.content_format if known and known.hover else None) or []
    markdown = lsp.MarkupKind.Markdown in formats
    found = hover(judged, _place(params.position), markdown=markdown) if judged is not None else None
    if found is None:
        return None
    text, start, end = found
    kind = lsp.MarkupKind.Markdown if markdown else lsp.MarkupKind.PlainText
    return lsp.Hover(lsp.MarkupContent(kind, text), _range(start, end))


def _hints(server: Server, params: lsp.InlayHintParams) -> list[lsp.InlayHint]:
    known = server.knows()
    judged = server.latest(params.text_document.uri) if known is not None else None
    if judged is None or known is None:
        return []
    from pinlint.server.pinning import hints

    found = hints(judged, known, _place(params.range.start), _place(params.range.end))
    return [lsp.InlayHint(lsp.Position(*at), label, tooltip=tooltip, padding_left=True) for at, label, tooltip in found]


def _actions(server: Server, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
    only = params.context.only
    if only and not any(kind == "" or str(getattr(kind, "value", kind)) == "quickfix" for kind in only):
        return []
    judged = server.latest(params.text_document.uri)
    if judged is None:
        return []
    start, end = _place(params.range.start), _place(params.range.end)
    uri = params.text_document.uri
    pins = _pins(judged, uri, start, end)
    return [*pins, *_exceptions(server, judged, start, end), *_pages(server, judged, start, end)]


def _pins(judged: Judged, uri: str, start: Place, end: Place) -> list[lsp.CodeAction]:
    from pinlint.server.pinning import offers

    found = list(offers(judged, start, end))[:_MOST]
    actions = [_command(title, _PIN, [uri, list(key), unsafe]) for key, title, unsafe in found]
    if found:
        actions.append(_command("Pin everything in this file that can be pinned safely", _PIN, [uri, None, False]))
    return actions


def _exceptions(server: Server, judged: Judged, start: Place, end: Place) -> list[lsp.CodeAction]:
    from pinlint.server.asking import file_edit, workspace_edit
    from pinlint.server.comments import exception

    actions = []
    for _, found in judged.findings(start, end)[:_MOST]:
        written = exception(judged, found)
        if written is None:
            continue
        target = server.space.target(judged.root, written.path)
        at = target.at(written.offset)
        created: list[Any] = [lsp.CreateFile(target.address)] if written.created else []
        edit = workspace_edit(server, [*created, file_edit(target, [(at, at, written.text)])])
        actions.append(lsp.CodeAction(written.title, kind=lsp.CodeActionKind.QuickFix, edit=edit))
    return actions


def _pages(server: Server, judged: Judged, start: Place, end: Place) -> list[lsp.CodeAction]:
    if not server.can("window.show_document.support"):
        return []
    rules = dict.fromkeys(found.rule for _, found in judged.findings(start, end))
    return [_command(f"Why {code} ({page(code).name}) matters", _PAGE, [code]) for code in rules if page_address(code)]


def _command(title: str, command: str, arguments: list[Any]) -> lsp.CodeAction:
    return lsp.CodeAction(title, kind=lsp.CodeActionKind.QuickFix, command=lsp.Command(title, command, arguments=arguments))


def _place(at: lsp.Position) -> Place:
    return at.line, at.character


def _range(start: Place, end: Place) -> lsp.Range:
    return lsp.Range(lsp.Position(*start), lsp.Position(*end))
