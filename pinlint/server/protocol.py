"""The Language Server Protocol, in both directions: what an editor says becomes texts and wishes, what is told of them its records.

The only module that knows the protocol and its library. Texts are kept as the editor sends them, in order, by the thread that hears
it; one other at a time judges, always the newest text, so that nobody waits for a judgement that nobody wants any more.
"""

from __future__ import annotations

import gc
import logging
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar, cast

from lsprotocol import types as lsp
from pygls.capabilities import get_capability
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, default_converter, lsp_method

from pinlint import __version__
from pinlint.errors import PinlintError
from pinlint.server.features import register
from pinlint.server.hover import page_address
from pinlint.server.positions import Positions
from pinlint.server.workspace import Judged, Text, Told, Workspace, broken, path_of

if TYPE_CHECKING:
    from pinlint.options import Options
    from pinlint.server.pinning import Known

__all__ = ["Server", "serve"]

T = TypeVar("T")

_LEVELS = {
    "error": lsp.DiagnosticSeverity.Error,
    "warning": lsp.DiagnosticSeverity.Warning,
    "note": lsp.DiagnosticSeverity.Information,
}
#: Requests that may wait for their turn, or for somebody else.
_THREADS = 64


def serve(options: Options) -> int:
    """The exit code, once the editor has gone: 1 where it went without a word."""
    gc.enable()  # which a short run does without
    gc.freeze()
    logging.getLogger("pygls").setLevel(logging.CRITICAL + 1)  # it quotes what it hears
    server = Server(options)
    assert sys.__stdin__ is not None
    assert sys.__stdout__ is not None
    server.start_io(cast("BinaryIO", sys.__stdin__.buffer), cast("BinaryIO", sys.__stdout__.buffer))
    code = 0 if server.asked_to_end else 1
    with suppress(OSError, ValueError):
        sys.__stdout__.flush()
    os._exit(code)  # whoever still waits for a registry waits in vain


class _Protocol(LanguageServerProtocol):
    """The library's, but for the texts: it divides lines where no editor does, at U+2028 and a form feed."""

    _server: Server

    @lsp_method(lsp.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: lsp.DidOpenTextDocumentParams) -> Generator[Any, Any, None]:
        one = params.text_document
        self._server.put(one.uri, one.text, one.version, saved=True)
        yield self._server.judge, ([one.uri], self._server.refreshed), None

    @lsp_method(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: lsp.DidChangeTextDocumentParams) -> Generator[Any, Any, None]:
        uri = params.text_document.uri
        known = self._server.space.texts.get(uri)
        if known is None:
            return
        text = known.text
        for change in params.content_changes:
            text = _changed(text, change, self._server.space.encoding)
        self._server.put(uri, text, params.text_document.version, saved=False)
        yield self._server.judge, ([uri],), None

    @lsp_method(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: lsp.DidCloseTextDocumentParams) -> Generator[Any, Any, None]:
        self._server.space.texts.pop(params.text_document.uri, None)
        yield self._server.judge, ([params.text_document.uri],), None


def _changed(text: str, change: lsp.TextDocumentContentChangeEvent, encoding: str) -> str:
    if not isinstance(change, lsp.TextDocumentContentChangePartial):
        return change.text
    positions = Positions(text, encoding)
    start, end = (positions.offset((at.line, at.character)) for at in (change.range.start, change.range.end))
    return f"{text[: min(start, end)]}{change.text}{text[max(start, end) :]}"


class Server(LanguageServer):
    """What is open and who is at work on it."""

    def __init__(self, options: Options) -> None:
        super().__init__(
            "pinlint", __version__, protocol_cls=_Protocol, converter_factory=default_converter, max_workers=_THREADS,
        )  # fmt: skip
        self.space = Workspace(options)
        self.asked_to_end = False
        self._options = options
        self._turn = threading.RLock()
        self._waiting: dict[str, None] = {}
        self._news: deque[Callable[[], list[str]]] = deque()
        self._judging = threading.Lock()
        self._known: Known | None = None
        self._watched = False
        register(self)

    # What is asked for is answered, or an excuse is written to the editor's log; never a traceback, which may quote a file.

    def guarded(self, make: Callable[[], T], otherwise: T) -> T:
        """`make()`, by one thread at a time; where pinlint itself fails, that is said and something else is returned."""
        try:
            with self._turn:
                return make()
        except Exception as error:  # noqa: BLE001 - whatever it is, the server lives on
            self.log(broken(error))
            return otherwise

    def excused(self, do: Callable[[], object]) -> None:
        """Does something in its own time; what goes wrong is said."""
        try:
            do()
        except PinlintError as error:
            self.say(f"{error}" + (f" ({error.hint})" if error.hint else ""))
        except Exception as error:  # noqa: BLE001 - whatever it is, the server lives on
            self.log(broken(error))

    def log(self, message: str) -> None:
        """Writes to the editor's log."""
        self.window_log_message(lsp.LogMessageParams(lsp.MessageType.Error, message))

    def say(self, message: str) -> None:
        """Shows a message."""
        self.window_show_message(lsp.ShowMessageParams(lsp.MessageType.Info, message))

    def report_server_error(self, error: Exception, source: Any) -> None:  # noqa: ARG002
        """Nothing of what was heard is repeated."""
        self.log(f"pinlint: a message of the editor could not be understood ({type(error).__name__})")

    def shutdown(self) -> None:
        """The end, without waiting for anybody."""
        if self._stop_event is not None:
            self._stop_event.set()

    @property
    def ended(self) -> bool:
        """Whether the editor has gone."""
        return self._stop_event is not None and self._stop_event.is_set()

    def can(self, capability: str) -> bool:
        """Whether the editor says that it can do something."""
        return bool(get_capability(self.client_capabilities, capability, default=False))

    def put(self, uri: str, text: str, version: int | None, *, saved: bool) -> None:
        """A text as the editor has it now; of what is no file nothing is kept."""
        if path := path_of(uri):
            before = self.space.texts.get(uri)
            self.space.put(Text(uri, path, text, version, saved or (before is not None and before.saved)))

    def refreshed(self) -> list[str]:
        """The texts that files on the disk make others, where the editor does not tell of those."""
        return [] if self._watched else self.space.refreshed()

    def judge(self, addresses: Iterable[str], *news: Callable[[], list[str]]) -> None:
        """Has these texts judged, and those that the news are about, by a thread that is at it or a new one."""
        self._waiting.update(dict.fromkeys(addresses))
        self._news.extend(news)
        if self._judging.acquire(blocking=False):
            self.thread_pool.submit(self._judge)

    def _judge(self) -> None:
        while True:
            try:
                while self._waiting or self._news:
                    self.guarded(self._round, None)
            finally:
                self._judging.release()
            if not (self._waiting or self._news) or not self._judging.acquire(blocking=False):
                return  # else something came while this thread was about to leave

    def _round(self) -> None:
        while self._news:
            self._waiting.update(dict.fromkeys(self._news.popleft()()))
        wanted = [*self._waiting]
        for uri in wanted:
            self._waiting.pop(uri, None)
        for uri, version, told in self.space.judge(wanted):
            shown = [_diagnostic(one) for one in told]
            self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, shown, version))

    def latest(self, uri: str) -> Judged | None:
        """A text judged as it is now."""
        text, judged = self.space.texts.get(uri), self.space.judged.get(uri)
        if text is not None and (judged is None or judged.text.text is not text.text):
            self._waiting[uri] = None
            self._round()
        return self.space.judged.get(uri)

    def known(self) -> Known:
        """What is known of tags."""
        if self._known is None:
            from pinlint.server.pinning import Known  # which brings what asks registries

            self._known = Known(self._options.resolutions)
        return self._known

    def knows(self) -> Known | None:
        """The same, if it may hold anything."""
        return self.known() if self._known is not None or self._options.resolutions else None

    def watch(self) -> None:
        """Asks the editor to tell of files that change on the disk."""
        if self.can("workspace.did_change_watched_files.dynamic_registration"):
            options = lsp.DidChangeWatchedFilesRegistrationOptions([lsp.FileSystemWatcher("**/*")])
            registration = lsp.Registration("pinlint-files", lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
            self.client_register_capability(lsp.RegistrationParams([registration]))
            self._watched = True


def _diagnostic(told: Told) -> lsp.Diagnostic:
    page = page_address(told.rule)
    start, end = lsp.Position(*told.start), lsp.Position(*told.end)
    return lsp.Diagnostic(
        lsp.Range(start, end), told.message, severity=_LEVELS[told.severity], code=told.rule or None, source="pinlint",
        code_description=lsp.CodeDescription(page) if page else None,
    )  # fmt: skip
