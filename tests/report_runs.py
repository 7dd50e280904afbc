"""Runs for the tests of reports: a small ordinary one, and any that a hostile repository could cause."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, TextIO

from hypothesis import strategies as st

from pinlint.model import VERDICTS, Diagnostic, Remedy, Replacement
from pinlint.report.run import Run
from pinlint.rulebook import codes, page

Write = Callable[[Run, TextIO], None]
PAGES = {code: page(code) for code in codes()}

FLOATING = Diagnostic(
    "PIN001", "services/api/Dockerfile", 3, 6, 3, 12, "base image python: no tag, so every build may get another one", "image",
    "docker.io/library/python", "", "floating", "base image", hash="c129715d7a2bc9a3:1",
    remedy=Remedy("python → python:latest@sha256:…", (Replacement("services/api/Dockerfile", 3, 12, 3, 12, ":latest@sha256:…"),)),
)  # fmt: skip
MISSING = Diagnostic(
    "PIN003", "web/package-lock.json", 1204, 5, 1204, 30, "locked package left-pad 1.3.0: no integrity hash", "npm", "left-pad",
    "1.3.0", "version", "locked package", hash="54703d4cd895b18:2",
)  # fmt: skip
IGNORED = MISSING._replace(line=1300, end_line=1300, name="is-odd", suppressed="inSource", reason="gone in May")


def run_of(*diagnostics: Diagnostic, **changes: Any) -> Run:
    counts = {"digest": 583, "floating": 1}
    run = Run(diagnostics, PAGES, counts, 41, 638, ["vendor/: excluded"], "/src/shop", lambda path: path, "1.2.3")
    return run._replace(**{"home": "https://pinlint.example/", **changes})


def written(write: Write, run: Run) -> str:
    """What `write` writes; it must be text that any UTF-8 stream takes."""
    out = io.StringIO()
    write(run, out)
    out.getvalue().encode("utf-8")
    return out.getvalue()


def literal_hashes(text: str) -> dict[int, str]:
    """Every line's hash, written down as the algorithm is described: one rolling pass over every code unit."""
    raw = text.encode("utf-16-le", "surrogatepass")
    units: list[int] = []
    starts: list[int] = []
    fresh, after_return = True, False
    for place in range(0, len(raw) + 2, 2):
        unit = raw[place] | raw[place + 1] << 8 if place < len(raw) else 65535
        if unit in (32, 9) or (after_return and unit == 10):
            after_return = False
            continue
        after_return = unit == 13
        unit = 10 if after_return else unit
        if fresh:
            starts.append(len(units))
        fresh = unit == 10
        units.append(unit)
    value, rolled = 0, []
    window = [0] * 100
    for unit in units + [0] * 99:
        value = (37 * value + unit - 37**100 * window.pop(0)) % 2**64
        window.append(unit)
        rolled.append(value)
    hashes: dict[int, str] = {}
    counts: dict[int, int] = {}
    for line, start in enumerate(starts, 1):
        value = rolled[start + 99]
        counts[value] = counts.get(value, 0) + 1
        hashes[line] = f"{value:x}:{counts[value]}"
    return hashes


HARMFUL = "\n\r\t\x00\x1b%:,|&<>\"'`]()[\udcff\ud800\ufffe\uffff\u2028\u202e\U0001f4cc"
ANYTHING = st.text(st.characters() | st.sampled_from(HARMFUL), max_size=30)
NUMBER = st.integers(1, 5) | st.integers(1, 2**40)


def writable(text: str) -> str:
    """What of it a file in UTF-8 can hold, as everything does that is to be written."""
    return text.encode("utf-8", "ignore").decode("utf-8")


@st.composite
def remedies(draw: st.DrawFn) -> Remedy:
    line, column = draw(NUMBER), draw(NUMBER)
    place = (draw(ANYTHING.filter(bool)), line, column, line + draw(st.integers(0, 3)), column + draw(NUMBER))
    return Remedy(draw(ANYTHING), (Replacement(*place, writable(draw(ANYTHING)), draw(st.booleans())),) * draw(st.integers(0, 2)))


@st.composite
def diagnostics(draw: st.DrawFn) -> Diagnostic:
    line, column = draw(NUMBER), draw(NUMBER)
    return Diagnostic(
        draw(st.sampled_from(sorted(PAGES))), draw(ANYTHING.filter(bool)), line, column, line + draw(st.integers(0, 3)),
        draw(NUMBER), draw(ANYTHING), draw(st.sampled_from(["", "image", "npm"])), draw(ANYTHING), draw(ANYTHING),
        draw(st.sampled_from(["", *VERDICTS])), draw(st.sampled_from(["", "base image"])), (), draw(st.sampled_from(["", "a1:1"])),
        draw(st.sampled_from(["", "f", "f:2"])), draw(st.sampled_from(["", "", "inSource", "external"])), draw(ANYTHING),
        remedy=draw(st.none() | remedies()),
    )  # fmt: skip


#: Every harmful character in every place at once, which chance alone rarely brings about.
HOSTILE = run_of(
    *(
        FLOATING._replace(
            rule=rule, path=HARMFUL, message=HARMFUL, name=HARMFUL, version=HARMFUL, end_line=end, end_column=1,
            suppressed=suppressed, reason=HARMFUL, remedy=Remedy(HARMFUL, (Replacement(HARMFUL, 1, 1, 1, 1, writable(HARMFUL)),)),
        )
        for rule, end, suppressed in (("PIN001", 3, ""), ("PIN003", 9, ""), ("PIN006", 3, ""), ("PIN001", 3, "external"))
    ),
    notes=[HARMFUL, ""], root=f"/{HARMFUL}",
)  # fmt: skip
RUNS = st.builds(
    lambda found, notes, root: run_of(*found, notes=notes, root="/" + root.replace("/", "")),
    st.lists(diagnostics(), max_size=6), st.lists(ANYTHING, max_size=2), ANYTHING,
)  # fmt: skip
