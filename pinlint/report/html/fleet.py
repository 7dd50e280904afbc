"""Many repositories as one HTML page that needs nothing else: no script, no address, no file. What a repository says is text."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, TextIO

from pinlint import __version__
from pinlint.report.escapes import visible
from pinlint.report.html import SHOWN, bars, environment

if TYPE_CHECKING:
    from pinlint.fleet.overview import Overview

__all__ = ["write"]

_BAR = (
    '{% macro bar(parts) %}<div class="bar" role="img" aria-label="{% for verdict, count, share in parts %}{{ verdict }} '
    '{{ "{:,}".format(count) }}{{ "" if loop.last else ", " }}{% endfor %}">{% for verdict, count, share in parts %}'
    '<i class="v-{{ verdict }}" style="width:{{ "%.3f"|format(share) }}%" title="{{ verdict }}: {{ count }}"></i>{% endfor %}'
    "</div>{% endmacro %}"
)


def write(told: Overview, out: TextIO) -> None:
    """The page. Raises PinlintError without the library that it needs."""
    part = files("pinlint.report.html")
    template = environment("pinlint fleet report").from_string(_BAR + part.joinpath("fleet.html").read_text("utf-8"))
    clean = told._replace(
        failures=[tuple(map(visible, one)) for one in told.failures],  # type: ignore[misc]
        moved=[one._replace(what=visible(one.what)) for one in told.moved],
    )
    order = list(told.aged)
    rows = [(one._replace(name=visible(one.name)), parts) for one in told.listed for parts in [_parts(one.pins)]]
    seen = {verdict for _, verdict, _ in told.kinds}
    out.writelines(
        template.generate(
            told=clean, version=__version__, style=part.joinpath("style.css").read_text("utf-8"), kinds=bars(told.kinds),
            ages=sorted(bars(told.ages), key=lambda bar: order.index(bar[0])), rows=rows,
            verdicts=[verdict for verdict in SHOWN if verdict in seen],
        )
    )  # fmt: skip


def _parts(pins: list[tuple[str, str, int]]) -> list[tuple[str, int, float]]:
    """The parts of the bar of one repository."""
    return next((parts for _, _, parts in bars(pins)), [])
