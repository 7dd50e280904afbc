"""The vocabulary every other module speaks; no logic lives here, at most a name for a change.

A file format turns a document into `Reference`s (what is asked for, how firmly, where it is written) and `Fact`s
(what it noticed that is no reference). Checks turn both into `Finding`s. Nothing in here knows a file format, a rule's
severity or a registry.
"""

from bisect import bisect_right
from operator import itemgetter
from typing import NamedTuple

__all__ = [
    "FACTS", "STRENGTH", "VERDICTS", "Artifact", "Diagnostic", "Fact", "Finding", "KeyPath", "Place", "Reference",
    "Remedy", "Replacement", "Script", "Span",
]  # fmt: skip

#: How firmly a version is asked for; a larger number is firmer. `local` and `unknown` have no place in this order.
STRENGTH = {"floating": 0, "tag": 1, "range": 1, "version": 2, "weak-digest": 3, "digest": 4}
VERDICTS = ("floating", "tag", "range", "version", "weak-digest", "digest", "local", "unknown")

#: What a format may notice that is no reference. The value says what `Fact.detail` must hold, in words that can end a sentence.
FACTS = {
    "detached-hash": "why the tool that reads the file never sees this hash",
    "erased-digest": "what takes away the digest that another file gives, and what to write",
    "partly-hashed": "which requirements of the file set have a hash and which have not",
    "missing-lock": "which lock would settle the ranges, and the command that writes it",
    "stale-lock": "what the lock and its manifest disagree about",
    "passed-lock": "how a command passes by a lock that stands there, and what to write",
    "unreadable-lock": "why the lock cannot be read, and what to do",
    "unreadable-file": "why the file cannot be read, and what to do",
    "insecure-transport": "what is fetched without TLS, or with its checks switched off",
    "unexpected-host": "the host, and why nobody else can reach or should trust it",
    "ambiguous-index": "which indexes may answer for the same name",
    "unkept-repository": "that nothing is ever deleted from a repository, and what to write",
    "refused-retention": "what of a policy about keeping images its vendor refuses, and what to write",
    "contrary-retention": "what of such a policy is taken and does nothing, or the opposite, and what to write",
    "retention-of-pins": "which images that something pins such a policy deletes, and what to write",
    "expired-pin": "which image that something pins a policy deletes in time, and what to write",
    "retention-of-releases": "which releases such a policy deletes, and what to write",
    "mutable-repository": "which tags of a repository can be moved, and what to write",
    "mutable-deployment": "which tags of a repository can be moved, what is deployed by one, and what to write",
    "template": "which template language the file or place is written in",
    "signed-by-tag": "what is signed by its tag, and what to write",
    "open-identity": "which identity a verification accepts that is nobody's whom it names",
    "unnamed-signer": "whose certificate a verification accepts without naming anybody",
    "weak-verification": "which check of a verification is left out, and what passes then",
    "unsigned-build": "what is pushed unsigned, and where others of its repository are signed",
    "rebuilt-image": "what is built again for another environment",
    "promoted-by-tag": "what is copied by its tag to where",
    "deployed-again": "what is deployed anew by a tag that was just pushed",
    "deployed-unverified": "where an image is deployed that nothing verified",
    "foreign": "what the file is instead of what its name says (such a file is skipped, counted, never judged)",
}


class Span(NamedTuple):
    """A stretch of `Document.text`: offsets in characters (code points), end exclusive."""

    start: int
    end: int


class KeyPath(NamedTuple):
    """A place named by the keys that lead to it; turned into a `Span` only if it is reported.

    `part` is "key" (the text of the last key) or "value" (the text of what it holds), quotes included.
    """

    keys: tuple[str | int, ...]
    part: str = "key"


Place = Span | KeyPath


class Artifact(NamedTuple):
    """What is asked for: `kind` is a word of `ecosystems.ECOSYSTEMS`, `name` is normalised for that kind, `source` is the registry,
    index or URL it is asked from when the file says so (else "")."""

    kind: str
    name: str
    source: str = ""


class Reference(NamedTuple):
    """One place in one file that asks for one artifact.

    `version` and `digests` are as written ("" and () when absent). `digests` also holds what only looks like a digest:
    digests with a verdict below weak-digest are an ineffective pin. `verdict` is one of VERDICTS; `why` explains it in
    words that can follow "because" or stand alone (always set for local, unknown and ineffective pins). `settled_by` names
    the lock or constraint that decides a range, as "FILE" or "FILE: VERSION". `span` is what a finding points at: the
    version where one is written, else the name. `site` and `notation` say where and how a pin would be written (None
    and "" where it cannot be written). `role` is for messages: "base image", "locked package". `refused` is whether whatever reads
    the file refuses what is unknown here, for the reason `why`: then nothing is fetched, and nothing works. `command` is set where
    a command asks for it: "build" in what others run or build upon, "hand" where it is somebody's own choice to take the newest,
    "meant" where the newest is the point ("" = no command does).
    """

    artifact: Artifact
    version: str
    digests: tuple[str, ...]
    verdict: str
    span: Place
    role: str
    why: str = ""
    settled_by: str = ""
    site: Place | None = None
    notation: str = ""
    refused: bool = False
    command: str = ""

    def unpinnable(self) -> "Reference":
        """The same reference where no pin can be written: what stands there is not, or not only, what is asked for."""
        return self._replace(site=None, notation="")


class Fact(NamedTuple):
    """Something a format noticed; `kind` is one of FACTS, whose value says what `detail` holds. `mendable` is whether all that is
    missing follows from what is there, so that it can be written without changing what runs."""

    kind: str
    span: Place
    detail: str
    mendable: bool = False


class Script(NamedTuple):
    """Shell code that a file holds. What its commands fetch is read by `programs`; no rule sees it.

    `text` is what the shell is given, with the quotes and continuations of the holding file undone; `pieces` says for each
    stretch of it where it begins in `text` and in `Document.text`, in order, character for character until the next begins. `shell`
    is "sh" (any POSIX shell), "powershell", or "" where it is not known: then nothing is read. `setting` is "image" (an image's
    build), "ci", or "script" (run by hand, or who knows where). Scripts of the same `group` run one after another over the same
    files. `name` is what the step, target or job is called. `variables` are those whose value the file says, `foreign` the writing
    that stands for a value before any shell sees it, as a word of `syntax.shell.FOREIGN` ("" = none). `publishes` is whether it may
    release something. `partial` are variables that hold what only a run fills in, as they are written; `uses` names the actions
    that run beside it, `environment` where it deploys to, by its job's word, `forgiven` whether its job goes on where it fails.
    `words` are given instead of `text` where no shell divides it, each with its start and end in `Document.text`.
    """

    text: str
    pieces: list[tuple[int, int]]
    shell: str
    setting: str
    group: str = ""
    name: str = ""
    variables: tuple[tuple[str, str], ...] = ()
    foreign: str = ""
    publishes: bool = False
    words: tuple[tuple[str, int, int], ...] = ()
    partial: tuple[tuple[str, str], ...] = ()
    uses: str = ""
    environment: str = ""
    forgiven: bool = False

    def offset(self, at: int) -> int:
        """The document offset of the character `text[at]`."""
        begins, place = self.pieces[max(0, bisect_right(self.pieces, at, key=itemgetter(0)) - 1)]
        return place + at - begins

    def span(self, start: int, end: int) -> Span:
        """The document span of `text[start:end]`; it may reach over several lines."""
        pieces = self.pieces
        number = max(0, bisect_right(pieces, start, key=itemgetter(0)) - 1) if len(pieces) > 1 else 0
        if end > start and (number + 1 >= len(pieces) or end <= pieces[number + 1][0]):  # most words: they stand in one piece
            begins, place = pieces[number]
            return Span(place + start - begins, place + end - begins)
        return Span(self.offset(start), self.offset(end - 1) + 1 if end > start else self.offset(start))


class Finding(NamedTuple):
    """One place that breaks one rule. Severity and help belong to the rule's page, not here; `severity` is that of a milder case of
    the rule, "" mostly. `mendable` is the fact's."""

    rule: str
    span: Place
    message: str
    reference: Reference | None = None
    mendable: bool = False
    severity: str = ""


class Replacement(NamedTuple):
    """`text` in place of a region of the file `path`, which is relative to the root; lines and columns count as in a Diagnostic. A
    file that is not there yet has the empty region 1, 1, 1, 1."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str
    creates: bool = False


class Remedy(NamedTuple):
    """What would mend a finding: a few words for people, and everything that has to be written for it."""

    description: str
    replacements: tuple[Replacement, ...]


class Diagnostic(NamedTuple):
    """A finding made ready for any report: flat, so that it can cross a process boundary.

    `path` is relative to the root, POSIX; lines and columns are 1-based code points, the end exclusive. `lines` are the
    source lines of the region, clipped, only when the report wants them. `hash` is the rolling hash that code scanning
    uses, only when the report wants it. `fingerprint` identifies the finding without line numbers. `suppressed` is "",
    "inSource" (a comment), "external" (the configuration), "baseline" or "commit" (what `--since` names has it, too), `reason`
    what the person who suppressed it said. `fixable` is whether `--fix` can pin it without a risk that anything else runs, if
    the registry knows it. `severity` is that of a milder case of the rule, or what the configuration makes of it,
    "" where neither says anything. `remedy` is what
    would be written; only a run that asked knows that.
    """

    rule: str
    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    message: str
    kind: str = ""
    name: str = ""
    version: str = ""
    verdict: str = ""
    role: str = ""
    lines: tuple[str, ...] = ()
    hash: str = ""
    fingerprint: str = ""
    suppressed: str = ""
    reason: str = ""
    fixable: bool = False
    remedy: Remedy | None = None
    severity: str = ""
