"""What a report is written from: the findings of one root and what the run saw.

Knows nothing of any report's notation and nothing of how findings are made.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from pinlint.model import Diagnostic

__all__ = ["SEVERITIES", "Hidden", "RulePage", "Run"]

#: From the worst on.
SEVERITIES = ("error", "warning", "note")


if TYPE_CHECKING:
    from pinlint.review import Review

    class RulePage(Protocol):
        """What a report reads from a rule's page.

        `title` and `summary` are plain text, `body` is the whole page as Markdown, `precision` one of SARIF's words from
        "very-high" to "low", `security_severity` a number from "0.1" to "10.0" as text, `default` "on" or "off".
        """

        @property
        def id(self) -> str: ...
        @property
        def name(self) -> str: ...
        @property
        def severity(self) -> str: ...
        @property
        def fix(self) -> str: ...
        @property
        def title(self) -> str: ...
        @property
        def summary(self) -> str: ...
        @property
        def body(self) -> str: ...
        @property
        def precision(self) -> str: ...
        @property
        def security_severity(self) -> str: ...
        @property
        def tags(self) -> tuple[str, ...]: ...
        @property
        def default(self) -> str: ...


class Hidden(NamedTuple):
    """What was found and is not shown: how many findings the baseline knows, how many comments and the configuration suppress, by
    rule how many those rules would have that are off, and how many a commit has, too."""

    known: int = 0
    suppressed: int = 0
    off: Mapping[str, int] = {}
    before: int = 0

    def said(self) -> list[str]:
        """A sentence that names it all, none where nothing is hidden."""
        parts = [f"{self.known:,} known finding{'s' * (self.known != 1)} in the baseline"] if self.known else []
        parts += [f"{self.before:,} that the commit of --since has, too"] if self.before else []
        parts += [f"{self.suppressed:,} suppressed by comments or [[ignores]]"] if self.suppressed else []
        parts += [f"{sum(self.off.values()):,} of rules that are off ({', '.join(sorted(self.off))})"] if self.off else []
        return [f"not shown: {', '.join(parts)}"] if parts else []


class Run(NamedTuple):
    """One run over one root.

    `diagnostics` are all findings, suppressed ones where they are asked for, by path, line, column and rule. `pages` holds the
    page of every rule that could have run, by code. `counts` says how many references have which verdict. `notes` say what was
    skipped and why. `root` is absolute; `prefix` turns a diagnostic's path (relative to the root) into one relative to the
    working directory. `home` is the project's address, ending in "/", or "" (then nothing links to it). `fixes` say what
    `--fix` wrote and what it could not. `hidden` is what nobody is shown, `advice` what to type for findings that are not to be
    mended now, `reviews` what a reviewer could accept of one, for a report of that. `switched_on` are rules that are off by default
    and ran. `decisions` are, by rule, lines of the configuration that decide about its findings: (what they do, where they go, the
    text), for the report that shows them.
    """

    diagnostics: Sequence[Diagnostic]
    pages: Mapping[str, "RulePage"]
    counts: Mapping[str, int]
    files: int
    references: int
    notes: Sequence[str]
    root: str
    prefix: Callable[[str], str]
    version: str
    home: str = ""
    fixes: Sequence[Mapping[str, object]] = ()
    pins: Sequence[tuple[str, str, str, int]] = ()
    hidden: Hidden = Hidden()
    advice: Sequence[str] = ()
    reviews: Sequence["Review"] = ()
    switched_on: Sequence[str] = ()
    decisions: Mapping[str, tuple[str, str, str]] = {}

    def severity(self, diagnostic: Diagnostic) -> str:
        """One of SEVERITIES."""
        return diagnostic.severity or self.pages[diagnostic.rule].severity

    def reported(self) -> list[Diagnostic]:
        """The findings that nobody suppressed, in their order."""
        return [diagnostic for diagnostic in self.diagnostics if not diagnostic.suppressed]

    def worst_first(self) -> list[Diagnostic]:
        """The findings that nobody suppressed, errors before warnings before notes, else in their order."""
        return sorted(self.reported(), key=self.rank)

    def rank(self, diagnostic: Diagnostic) -> int:
        """0 for what matters most."""
        return SEVERITIES.index(self.severity(diagnostic))
