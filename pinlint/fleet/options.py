"""The options of `pinlint fleet`, action by action. Must not know what an option does."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ACTIONS", "add"]

_TABLES = ("table", "json", "jsonl", "csv")


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the actions, each with its options."""
    actions = parser.add_subparsers(prog="pinlint fleet", dest="action", required=True, metavar="|".join(ACTIONS), title="actions")
    for name, (about, options) in ACTIONS.items():
        one = actions.add_parser(
            name, help=about, description=about, allow_abbrev=False, argument_default=argparse.SUPPRESS,
            formatter_class=parser.formatter_class,
        )  # fmt: skip
        options(one)


def _number(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError("a whole number is wanted")
    return int(text)


def _tables(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="from_", metavar="DIR", help="the tables (default: pinlint-fleet)")


def _output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--output-format", choices=_TABLES, help=f"default: {_TABLES[0]}")
    parser.add_argument("--output-file", metavar="FILE", help="write there instead of to standard output")


def _work(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--engine", choices=("local", "dask"), help="who does it: this machine (default), or the workers of Dask")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="where Dask's scheduler is: tcp://10.0.0.1:8786")
    parser.add_argument("--jobs", type=_number, metavar="N", help="so many processes (default: one a core)")
    parser.add_argument("--timeout", type=_number, metavar="SECONDS", help="that one repository may take (default: 600)")
    parser.add_argument("--config", metavar="FILE", help="this configuration for all, whatever they have themselves")
    parser.add_argument("--isolated", action="store_true", help="no configuration for any")
    parser.add_argument("--archived", action="store_true", help="also what a forge lists as archived")
    parser.add_argument("--no-progress", action="store_true", help="show no progress on the terminal")
    parser.add_argument("--quiet", "-q", action="store_true", help="no word on the way")


def _scan(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "sources",
        nargs="+",
        metavar="SOURCE",
        help="a folder of clones or bare mirrors, a list of `path-or-url[@rev]`, or one of them",
    )
    parser.add_argument("--into", metavar="DIR", help="where the tables are kept (default: pinlint-fleet)")
    parser.add_argument("--prune", action="store_true", help="take out repositories that no source names any more")
    parser.add_argument("--strict", action="store_true", help="exit 2 where some repository could not be read")
    _work(parser)


def _fix(parser: argparse.ArgumentParser) -> None:
    from pinlint.arguments import Codes, age

    parser.add_argument("sources", nargs="*", metavar="SOURCE", help="as scan takes them (default: all that the tables hold)")
    parser.add_argument("--into", metavar="DIR", required=True, help="where the patches go")
    _tables(parser)
    parser.add_argument("--unsafe-fixes", action="store_true", help="also fixes that may change what runs")
    parser.add_argument("--fix-only", action=Codes, metavar="RULES", help="fix only these rules")
    parser.add_argument("--min-age", type=age, metavar="TIME", help="choose no release younger than this: 3d, 72h, 2w")
    parser.add_argument("--save-resolutions", metavar="FILE", help="record what was asked and answered")
    parser.add_argument("--resolutions", metavar="FILE", help="take the answers from such a record, ask nobody")
    parser.add_argument("--strict", action="store_true", help="exit 2 where some repository could not be read")
    _work(parser)


def _who(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="as in a policy: node, tj-actions/changed-files, npm:left-pad, ghcr.io/me/*")
    parser.add_argument("--at", nargs="+", default=(), metavar="WHAT", help="only at these tags, versions, digests or commits")
    parser.add_argument("--loose", action="store_true", help="with --at, also those that leave open what they get")
    _tables(parser)
    _output(parser)


def _report(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--scan", type=_number, metavar="N", help="compare with this scan (default: the last that saw something else)"
    )
    _tables(parser)
    parser.add_argument("--output-file", metavar="FILE", help="write there instead of to standard output")


def _query(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("question", metavar="SQL", help="one SELECT over refs, findings, repositories, failures, history, scans")
    _tables(parser)
    _output(parser)


ACTIONS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "scan": ("Reads repositories into tables; those that have not changed are passed over.", _scan),
    "who": ("Lists who asks for an artifact, and at what.", _who),
    "fix": ("Writes a patch for each repository; every artifact is looked up once, and nothing is pushed.", _fix),
    "report": ("Writes a page in HTML: by repository, ecosystem and age, and what has changed since another scan.", _report),
    "query": ("Answers a question in SQL; reads the tables and nothing else.", _query),
}
