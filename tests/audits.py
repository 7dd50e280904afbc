"""Runs of `pinlint verify` over the examples of the rule pages, by the answers that stand there: a rule that is new brings its own.

What a run makes of a page is data here: the outcomes, who was asked for what, and what was printed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from servers.answers import Answers, user
from test_rules import EVERY, Example

from pinlint import cli
from pinlint.checks import ONLINE
from pinlint.http import Client
from pinlint.verify import audit
from pinlint.verify.audit import Audited

__all__ = ["CASES", "Audit", "Said", "Seen", "audited", "named"]

#: Every example that says what is answered.
CASES = [one for one in EVERY if one.page.name.startswith(ONLINE) and one.answers]


def named(example: Example) -> str:
    return f"{example.page.name[:6]}-{example.role}{'-' if example.case else ''}{example.case}"


class Said(NamedTuple):
    """An outcome: of which reference, for which rule, and what."""

    path: str
    reference: str
    rule: str
    state: str
    message: str
    demanded: bool


class Audit(NamedTuple):
    """What came of a run: `asked` is how often each thing was asked for (method, address, what is accepted, body), `checks` are
    those that had something to ask."""

    code: int
    out: str
    err: str
    said: list[Said]
    asked: Counter[tuple[str, ...]]
    checks: frozenset[str] = frozenset()


class Seen(Answers):
    """Answers, of which `instead` may say another one; `requests` are those that came, in order."""

    def __init__(self, example: Example, instead: Callable[[httpx.Request], httpx.Response | None] = lambda _: None) -> None:
        super().__init__(example.answers)
        self._instead = instead
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        return self._instead(request) or super().handle_request(request)


def audited(
    example: Example, server: Seen, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    options: Iterable[str] = (), **files: str,
) -> Audit:  # fmt: skip
    """A run with every check, in a folder that holds the files of an example, by somebody whom only `server` answers."""
    root = folder / "repository"
    if not root.exists():
        user(folder / "home", server, monkeypatch)
        root.mkdir()
    for path, text in {**example.files, **files}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8", newline="")
    monkeypatch.chdir(root)
    monkeypatch.setattr(Client, "_transport_for", lambda *_: server)
    monkeypatch.setattr(Client, "_wait", lambda *_: None)
    told: list[Audited] = []
    judge = audit.audit

    def judged(*given: Any, **more: Any) -> list[Audited]:
        told.extend(judge(*given, **more))
        return told

    with monkeypatch.context() as patched:
        patched.setattr(audit, "audit", judged)
        code = cli.main(["verify", "--deep", "--output-format", "concise", *options])
    checks = frozenset(inquiry.check for one in told for inquiry in one.asked)
    return Audit(code, *capsys.readouterr(), _said(told), Counter(map(_thing, server.requests)), checks)


def _thing(request: httpx.Request) -> tuple[str, ...]:
    wanted = [request.headers.get(name, "") for name in ("accept", "git-protocol", "range")]
    return (request.method, str(request.url), *wanted, request.content.hex())


def _said(told: list[Audited]) -> list[Said]:
    return sorted(
        Said(pinned.path, f"{pinned.reference.artifact.name} {pinned.reference.version}", outcome.rule, outcome.state,
             outcome.message, outcome.demanded)
        for one in told
        for pinned, outcome in one.outcomes
    )  # fmt: skip
