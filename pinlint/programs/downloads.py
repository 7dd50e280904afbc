"""Downloads of scripts: what is fetched by its address and then run, unpacked or installed, and what vouches for it.

Knows what makes a download worth a finding; the options of programs are `fetchers`', what becomes of a file is `uses`', what
checks it is `verified`'s.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.budget import spend
from pinlint.ecosystems.url import names as url
from pinlint.model import Artifact, Fact, Reference
from pinlint.programs.fetchers import FETCHERS, Fetch, fetched_by, last_part
from pinlint.programs.flow import Flow, file_name
from pinlint.programs.uses import INTERPRETERS, in_bin, keeps, names_file, piped_use, substituted_use, use_of
from pinlint.programs.verified import Vouched, by_sum, vouched
from pinlint.semantics.own_repository import origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pinlint.programs.words import Context, Invocation

__all__ = ["downloads"]

#: What a download is for, in the words of messages. What is only data is listed, and nobody asks for its sum.
_ROLES = {
    "run": "script that is run", "executable": "download that is run", "unpacked": "download that is unpacked",
    "installed": "download that is installed", "data": "downloaded file",
}  # fmt: skip
_SCRIPT = re.compile(r"\.(?:sh|bash|zsh|py|pl|rb|php|js|mjs|ps1|lua|r)\Z", re.IGNORECASE)
#: Keys of repositories: whoever adds one trusts the server with it.
_KEY = re.compile(
    r"(?i)\.(?:asc|gpg|key|pub|sig|sha\d*|sha\d*sums?|md5|sum|digest|pem|crt|minisig)\Z|(?:sums?|checksums?)(?:\.txt)?\Z"
)


def downloads(context: Context) -> Iterator[Reference | Fact]:
    """Every download of scripts that run one after another, and what is fetched without TLS."""
    files: dict[str, str] = {}
    found: list[tuple[int, Fetch]] = []
    for at, call in enumerate(context.calls):
        for fetch in _fetched(call):
            found.append((at, fetch))
            if fetch.file:
                files.setdefault(file_name(fetch.file), fetch.address)
    if not found:
        return
    flow, own = Flow(context.calls), origin(context.tree)
    for at, fetch in found:
        yield from _Download(flow, at, fetch, files, own).judged()


def _fetched(call: Invocation) -> Iterable[Fetch]:
    if call.script is None:
        return ()
    if call.script.shell == "powershell":
        from pinlint.programs.powershell_downloads import downloaded  # few scripts are written in it

        return downloaded(call)
    return fetched_by(call) if call.program in FETCHERS else ()


def _is_of(own: str, address: str) -> bool:
    """Whether an address leads to what the repository `own` itself releases or holds."""
    if not own.startswith("github.com/"):
        return False
    path = re.sub(r"(?i)\Ahttps://(?:raw\.githubusercontent|api\.github(?:\.com/repos)?|github)(?:\.com)?/", "", address).lower()
    return path.startswith(f"{own.partition('/')[2].lower()}/")


class _Download:
    """One download, and what is known of it."""

    def __init__(self, flow: Flow, at: int, fetch: Fetch, files: dict[str, str], own: str) -> None:
        self.flow, self.at, self.fetch, self.files, self.own = flow, at, fetch, files, own
        self.call = flow.calls[at]
        self.names = [fetch.file] if fetch.file else []

    def judged(self) -> Iterator[Reference | Fact]:
        kind, since = self.use()
        if not kind or (kind == "data" and not self.fetch.word.clear):
            return
        address, span = self.fetch.address, self.fetch.word.span
        shown = url.without_credentials(address)
        found = self.vouched(kind, since)
        artifact = Artifact("url", shown, url.origin(address) if self.fetch.word.clear else "")
        made = self.reference(artifact, kind, found)
        firm = made.verdict in ("digest", "weak-digest", "local")
        if not firm and kind != "data" and (why := self.unchecked()):
            yield Fact("insecure-transport", span, f"{shown} {why}")
        yield made

    def reference(self, artifact: Artifact, kind: str, found: Vouched | None) -> Reference:
        span, role = self.fetch.word.span, _ROLES[kind]
        command = "build" if self.call.script is not None and self.call.script.setting == "image" else "hand"
        if _is_of(self.own, self.fetch.address):
            return Reference(artifact, "", (), "local", span, role, "this repository releases it", command=command)
        if found is not None:
            settled = found.by if found.verdict == "version" else ""
            why = found.by if found.verdict == "unknown" else ""
            return Reference(artifact, "", found.digests, found.verdict, span, role, why, settled, command=command)
        if not self.fetch.word.clear and self.fetch.address.startswith("$"):
            return Reference(artifact, "", (), "unknown", span, role, "a variable says what is fetched", command=command)
        verdict, why = url.url_verdict(self.fetch.address)
        return Reference(artifact, "", (), verdict, span, role, why, command=command)

    def unchecked(self) -> str:
        if self.fetch.unchecked:
            return f"is fetched with {self.fetch.unchecked}, so the certificate of its server is not checked"
        if url.is_insecure(self.fetch.address):
            return "is fetched without TLS, and nothing checks what arrives"
        return ""

    # --- what becomes of it -------------------------------------------------------------------------------------------------------

    def use(self) -> tuple[str, int]:
        """(what it is used for, the call that does so); "" if it is no download of a file at all."""
        if self.fetch.file:
            return self.used_file(self.at + 1)
        outer = self.flow.outer(self.at)
        at, kept = self.at, True
        for _ in range(20):
            following = self.flow.reading(at)
            if not following:
                break
            for one in following:
                last = not self.flow.reading(one) and not self.writes(one)
                kind = piped_use(self.flow.calls[one], last=last)
                if kind in ("run", "unpacked"):
                    return kind, one
                if kind:
                    at = one
                    break
            else:
                return "", -1
            if not keeps(self.flow.calls[at].program):
                kept = False
            if kind == "stored" or self.writes(at):
                return self.stored(at) if kept else ("", -1)
        command = self.flow.calls[at].command
        while outer >= 0 and command is not None:
            holder = self.flow.calls[outer]
            if kind := substituted_use(holder, command.how):
                return kind, outer
            command = holder.command
            if command is None or len(command.words) > 1 or command.how != "(":
                break
            outer = self.flow.outer(outer)  # parentheses that hold nothing else
        return "", -1

    def writes(self, at: int) -> str:
        return next((one.target.text for one in self.flow.calls[at].redirections if one.operator in (">", ">|")), "")

    def stored(self, at: int) -> tuple[str, int]:
        """The use of what a filter of the pipeline writes to a file."""
        call = self.flow.calls[at]
        operands = [word.text for word in call.words if not word.text.startswith("-")]
        if call.program == "dd":
            operands = [text[3:] for text in operands if text.startswith("of=")]
        file = self.writes(at) or (operands[0] if call.program in ("tee", "dd") and operands else "")
        if not file or file == "/dev/null":
            return "", -1
        self.names.append(file)
        return self.used_file(at + 1)

    def used_file(self, since: int) -> tuple[str, int]:
        """The first use before the same file is downloaded again."""
        until = len(self.flow.calls)
        found = use_of(self.names, self.flow, since, until)
        if found:
            called = found.kind == "run" and not self.is_script(found.at)
            return ("executable" if called else found.kind), found.at
        name = self.names[0]
        if _KEY.search(last_part(self.fetch.address)) or _KEY.search(name):
            return "", -1
        return ("installed" if in_bin(name) else "data"), -1

    def is_script(self, at: int) -> bool:
        """Whether what is run is text that an interpreter reads, as far as can be told."""
        program = self.flow.calls[at].program
        if program in ("java", "dotnet"):  # what they are given is compiled
            return False
        read = program in (".", "source") or INTERPRETERS.fullmatch(program) is not None
        return read or any(_SCRIPT.search(name) for name in (*self.names, last_part(self.fetch.address)))

    def vouched(self, kind: str, used: int) -> Vouched | None:
        if self.fetch.checksum:
            return by_sum(self.flow, self.fetch.checksum)
        if not self.names:
            return None
        until = used if kind == "run" and used >= 0 else len(self.flow.calls)
        return vouched(self.flow, self.names, self.at + 1, until, self.source)

    def source(self, file: str) -> str:
        """The address from which a file came, "" = it was not downloaded."""
        last = file_name(file)
        if last in self.files:
            return self.files[last]
        if "*" not in file:
            return ""
        spend(len(self.files))
        return next((address for name, address in self.files.items() if names_file(file, [name])), "")
