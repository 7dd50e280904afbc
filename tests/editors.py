"""An editor, for tests of the server: a client of the Language Server Protocol that speaks to a real process."""

from __future__ import annotations

import ast
import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from lsprotocol import types as lsp
from pygls.protocol import default_converter
from pytest_lsp import client_capabilities
from pytest_lsp.client import DEFAULT_CLIENT_FEATURES, LanguageClient, register_lsp_features

__all__ = ["Editor", "between", "editor"]

#: Seconds in which everything has happened, or never does.
_PATIENCE = 15


class Editor:
    """What an editor has heard; texts are named by their paths below its folder."""

    def __init__(self, client: LanguageClient, folder: Path) -> None:
        self.client, self.folder = client, folder
        self.heard: dict[str, lsp.PublishDiagnosticsParams] = {}
        self.published = 0
        self.edits: list[lsp.WorkspaceEdit] = []
        self.taken = True
        self.watchers: list[lsp.Registration] = []
        self.refreshed = 0
        self._versions: dict[str, int] = {}
        self._news = asyncio.Condition()

    def uri(self, name: str) -> str:
        return f"file://{quote(os.fspath(self.folder / name))}"

    def document(self, name: str) -> lsp.TextDocumentIdentifier:
        return lsp.TextDocumentIdentifier(self.uri(name))

    async def until(self, holds: Any) -> None:
        """Waits until something holds that is heard of."""
        async with self._news:
            await asyncio.wait_for(self._news.wait_for(holds), _PATIENCE)

    async def noted(self) -> None:
        async with self._news:
            self._news.notify_all()

    def open(self, name: str, text: str, uri: str = "") -> None:
        self._versions[name] = 1
        item = lsp.TextDocumentItem(uri or self.uri(name), "text", 1, text)
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))

    def change(self, name: str, *changes: Any) -> None:
        self._versions[name] += 1
        identifier = lsp.VersionedTextDocumentIdentifier(self._versions[name], self.uri(name))
        self.client.text_document_did_change(lsp.DidChangeTextDocumentParams(identifier, list(changes)))

    def replace(self, name: str, text: str) -> None:
        self.change(name, lsp.TextDocumentContentChangeWholeDocument(text))

    def close(self, name: str) -> None:
        self.client.text_document_did_close(lsp.DidCloseTextDocumentParams(self.document(name)))

    def save(self, name: str) -> None:
        self.client.text_document_did_save(lsp.DidSaveTextDocumentParams(self.document(name)))

    def tell(self, kind: lsp.FileChangeType, *names: str) -> None:
        """Says that files are others now."""
        changes = [lsp.FileEvent(self.uri(name), kind) for name in names]
        self.client.workspace_did_change_watched_files(lsp.DidChangeWatchedFilesParams(changes))

    async def said(self, name: str) -> list[tuple[str, tuple[int, int], tuple[int, int]]]:
        """(rule, start, end) of the findings in a text as it is now."""
        uri = self.uri(name)
        await self.until(lambda: uri in self.heard and self.heard[uri].version == self._versions[name])
        return shown(self.heard[uri].diagnostics)

    async def comes_to(self, name: str, wanted: Sequence[str]) -> None:
        """Waits until the rules that a file breaks are these."""
        uri = self.uri(name)
        try:
            await self.until(lambda: uri in self.heard and [one.code for one in self.heard[uri].diagnostics] == list(wanted))
        except TimeoutError:
            raise AssertionError(f"{name}: {self.heard.get(uri)} instead of {wanted}") from None

    async def actions(self, name: str, line: int, character: int, only: list[str] | None = None) -> dict[str, lsp.CodeAction]:
        """The actions at a place, by title."""
        at = lsp.Range(lsp.Position(line, character), lsp.Position(line, character))
        context = lsp.CodeActionContext([], only=only)
        params = lsp.CodeActionParams(self.document(name), at, context)
        found = await asyncio.wait_for(self.client.text_document_code_action_async(params), _PATIENCE)
        return {one.title: _action(one) for one in found or ()}

    async def run(self, action: lsp.CodeAction) -> None:
        """Has the server do what an action is about."""
        assert action.command is not None
        params = lsp.ExecuteCommandParams(action.command.command, action.command.arguments)
        await asyncio.wait_for(self.client.workspace_execute_command_async(params), _PATIENCE)

    async def hover(self, name: str, line: int, character: int) -> str:
        params = lsp.HoverParams(self.document(name), lsp.Position(line, character))
        found = await asyncio.wait_for(self.client.text_document_hover_async(params), _PATIENCE)
        return "" if found is None else found.contents.value  # type: ignore[union-attr]

    async def hints(self, name: str) -> list[tuple[int, int, str]]:
        """(line, character, label) of what is shown between the words of a text."""
        everything = lsp.Range(lsp.Position(0, 0), lsp.Position(10_000, 0))
        params = lsp.InlayHintParams(self.document(name), everything)
        found = await asyncio.wait_for(self.client.text_document_inlay_hint_async(params), _PATIENCE)
        return [(one.position.line, one.position.character, str(one.label)) for one in found or ()]


def shown(diagnostics: Sequence[lsp.Diagnostic]) -> list[tuple[str, tuple[int, int], tuple[int, int]]]:
    return [
        (str(one.code), (one.range.start.line, one.range.start.character), (one.range.end.line, one.range.end.character))
        for one in diagnostics
    ]


def _action(one: Any) -> lsp.CodeAction:
    """The client's library takes an action with a command for the command itself, and writes the rest into a text."""
    if isinstance(one, lsp.CodeAction):
        return one
    told = ast.literal_eval(one.command)
    return lsp.CodeAction(one.title, command=lsp.Command(told["title"], told["command"], arguments=told["arguments"]))


def between(line: int, start: int, end: int, text: str) -> lsp.TextDocumentContentChangePartial:
    """A change inside a line."""
    return lsp.TextDocumentContentChangePartial(lsp.Range(lsp.Position(line, start), lsp.Position(line, end)), text)


@asynccontextmanager
async def editor(
    folder: Path, *options: str, client: str = "visual-studio-code", env: dict[str, str] | None = None,
    folders: Sequence[Path] | None = None, encodings: Sequence[str] = (),
) -> AsyncIterator[Editor]:  # fmt: skip
    """An editor with its folders open, until the server has gone as it should: without a traceback and with exit code 0."""
    made = LanguageClient(converter_factory=default_converter)
    one = Editor(made, folder)
    register_lsp_features(made, {**DEFAULT_CLIENT_FEATURES, **_features(one)})
    await made.start_io(sys.executable, "-m", "pinlint", "server", *options, env=env, cwd=os.fspath(folder))
    capabilities = client_capabilities(client)
    if encodings:
        capabilities.general = lsp.GeneralClientCapabilities(position_encodings=list(encodings))
    roots = [lsp.WorkspaceFolder(f"file://{quote(os.fspath(path))}", path.name) for path in folders or [folder]]
    try:
        await made.initialize_session(lsp.InitializeParams(capabilities=capabilities, workspace_folders=roots))
        yield one
        await made.shutdown_session()
        process = made._server
        assert process is not None
        assert process.returncode == 0
        assert [one.message for one in made.log_messages] == []
    finally:
        if made._server is not None and made._server.returncode is None:
            made._server.kill()
        await made.stop()  # type: ignore[no-untyped-call]


def _features(one: Editor) -> dict[str, Any]:
    async def diagnostics(params: lsp.PublishDiagnosticsParams) -> None:
        one.heard[params.uri] = params
        one.published += 1
        await one.noted()

    async def edited(params: lsp.ApplyWorkspaceEditParams) -> lsp.ApplyWorkspaceEditResult:
        one.edits.append(params.edit)
        await one.noted()
        return lsp.ApplyWorkspaceEditResult(applied=one.taken)

    async def registered(params: lsp.RegistrationParams) -> None:
        one.watchers += params.registrations
        await one.noted()

    async def refreshed(_: None) -> None:
        one.refreshed += 1

    async def progress(client: LanguageClient, params: lsp.ProgressParams) -> None:
        DEFAULT_CLIENT_FEATURES[lsp.PROGRESS](client, params)
        await one.noted()

    async def message(client: LanguageClient, params: lsp.ShowMessageParams) -> None:
        client.messages.append(params)
        await one.noted()

    return {
        lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS: diagnostics, lsp.WORKSPACE_APPLY_EDIT: edited,
        lsp.CLIENT_REGISTER_CAPABILITY: registered, lsp.WORKSPACE_INLAY_HINT_REFRESH: refreshed,
        lsp.WINDOW_SHOW_MESSAGE: message,
    }  # fmt: skip
