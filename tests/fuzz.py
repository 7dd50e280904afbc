"""Damaged files for every format: whatever the bytes, a run ends in references, findings or a reason, never in an exception.

    python tests/fuzz.py [--seconds 60] [--seed 7] [--format npm_lock]

Takes the files under fixtures/ and demo/, damages them (bytes flipped, cut, repeated, swapped between files of a kind, tokens of
the format's language thrown in) and checks what comes out; before that, repositories that are made to be expensive. Prints its
seed; the same seed and the same files make the same cases. A failure prints the damaged file's place under .cache/fuzz.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import signal
import sys
import tempfile
import time
import traceback
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import hostile

from pinlint.config import Policy
from pinlint.discover import format_of
from pinlint.ecosystems import ECOSYSTEMS
from pinlint.engine import check, spans, stream
from pinlint.formats import FORMATS, Format, kinds
from pinlint.model import FACTS, VERDICTS, Fact, KeyPath, Place, Reference, Span
from pinlint.text import Document, Unread
from pinlint.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent

#: Pieces with a meaning somewhere: quotes, brackets, line ends, escapes, marks, comments, expansions, digests of wrong length.
TOKENS = (
    b"\n", b"\r", b"\r\n", b"\t", b" ", b"\0", b"\\", b"\\\n", b"'", b'"', b"`", b"{", b"}", b"[", b"]", b"(", b")", b"<", b">",
    b"</", b"/>", b"<!--", b"-->", b"<![CDATA[", b"&amp;", b"&x;", b"#", b" #", b":", b": ", b"- ", b",", b"@", b"$", b"${",
    b"${A:-", b"$$", b"{{", b"{%", b"%%", b"@sha256:", b"@sha256:abc", b"sha512-", b"--hash=", b"--hash=sha256:", b"-r ", b"-c ",
    b"-e ", b"git+https://", b"file:", b"http://", b"==", b"===", b"~=", b"*", b"&a ", b"*a", b"<<: ", b"!!binary ", b"|\n",
    b"---\n", b"...\n", b"<<EOF\n", b"ARG A=$A\n", b"FROM ", b"ONBUILD ", b"null", b"true", b"0", b"-1", b"1e999",
    b"\xef\xbb\xbf", b"\xff\xfe", b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xe2\x80\xa8", b"\xf0\x9f\x90\xb3",
)  # fmt: skip


#: Seconds; a file of this size takes a few milliseconds.
_PATIENCE = 20


class Sample(NamedTuple):
    """A file that exists: the folder that serves as its repository, its path in it, one of the formats that read it, its bytes."""

    root: Path
    path: str
    format: Format
    kind: str
    data: bytes


def samples() -> list[Sample]:
    """Every file under fixtures/ and demo/ that a format reads."""
    found = []
    for root in [ROOT / "demo", *sorted(path for path in (ROOT / "fixtures").glob("*/*") if path.is_dir())]:
        for path in sorted(root.rglob("*")):
            name = path.relative_to(root).as_posix()
            format_ = format_of(name)
            if format_ is not None and path.is_file() and not path.is_symlink():
                data = path.read_bytes()
                found += [Sample(root, name, format_, one.name, data) for one in kinds(format_, data)]
    return found


def damaged(data: bytes, others: list[bytes], draw: random.Random) -> bytes:
    """`data` after one to six accidents."""
    for _ in range(draw.choice((1, 1, 1, 2, 3, 6))):
        at = draw.randrange(len(data) + 1)
        end = min(len(data), at + draw.choice((1, 1, 2, 5, 20, 200)))
        kind = draw.randrange(8)
        if kind == 0:
            data = data[:at] + draw.choice(TOKENS) + data[at:]
        elif kind == 1:
            data = data[:at] + draw.choice(TOKENS) + data[end:]
        elif kind == 2:
            data = data[:at] + data[end:]
        elif kind == 3:
            data = data[:at]
        elif kind == 4:
            data = data[:at] + data[at:end] * draw.choice((2, 3, 50)) + data[end:]
        elif kind == 5:
            other = draw.choice(others)
            cut = draw.randrange(len(other) + 1)
            data = data[:at] + other[cut : cut + draw.choice((5, 50, 500))] + data[end:]
        elif kind == 6:
            data = data[:at] + bytes((draw.randrange(256),)) + data[at + 1 :]
        else:
            data = data[:at] + draw.choice(TOKENS) * draw.choice((2, 100, 3000)) + data[at:]
        data = data[:200_000]
    return data


def faults(sample: Sample, data: bytes) -> Iterator[str]:
    """What is wrong with the way pinlint takes `data` in the place of the sample's file. Lets its exceptions through."""
    tree = _tree(sample, data)
    try:
        document = Document(sample.path, data, sample.format.decoding)
    except Unread as error:
        if not str(error):
            yield "a file is unread without a reason"
    else:
        items = list(stream(document, sample.format, tree))
        yield from _item_faults(items, document, sample.format)
        if items != list(stream(document, sample.format, _tree(sample, data))):
            yield "the same bytes are read differently twice"
        checked, _ = check(Document(sample.path, data, sample.format.decoding), sample.format, tree, Policy(), "lines")
        for one in checked.diagnostics:
            if one.line < 1 or one.column < 1 or (one.end_line, one.end_column) < (one.line, one.column):
                yield f"{one.rule} stands at {one.line}:{one.column}-{one.end_line}:{one.end_column}"
            if not one.message:
                yield f"{one.rule} at {one.line}:{one.column} says nothing"


def _tree(sample: Sample, data: bytes) -> Tree:
    return Tree(str(sample.root), lambda: listing(sample.root), {sample.path: data})


@cache
def listing(root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in sorted(root.rglob("*")) if path.is_file()]


def _item_faults(items: list[Reference | Fact], document: Document, format_: Format) -> Iterator[str]:
    places: list[Place] = []
    for item in items:
        places.append(item.span)
        if isinstance(item, Fact):
            if item.kind not in FACTS or not item.detail:
                yield f"{item} is no fact that the model knows, or says nothing"
            continue
        if item.site is not None:
            places.append(item.site)
        if item.artifact.kind not in ECOSYSTEMS or item.verdict not in VERDICTS or not item.role:
            yield f"{item} has a kind, verdict or role that the model does not know"
        ineffective = item.digests and item.verdict in ("floating", "tag", "range", "version")
        if (ineffective or item.verdict in ("local", "unknown")) and not item.why:
            yield f"{item} does not say why"
    for place, span in spans(document, format_, places).items():
        if not 0 <= span.start <= span.end <= len(document.text):
            yield f"{place} lies at {span}, outside the text of {len(document.text)} characters"
        if isinstance(place, KeyPath) and not format_.syntax:
            yield f"{place} is a key path, and {format_.name} has no syntax to find it with"
        assert isinstance(span, Span)


def cases(seed: int, only: str = "") -> Iterator[tuple[Sample, bytes]]:
    """Endless damaged samples, each format equally often."""
    draw = random.Random(seed)
    by_format: dict[str, list[Sample]] = {}
    for sample in samples():
        by_format.setdefault(sample.kind, []).append(sample)
    names = [format_.name for format_ in FORMATS if format_.name in by_format and only in ("", format_.name)]
    while names:
        for name in names:
            sample = draw.choice(by_format[name])
            yield sample, damaged(sample.data, [other.data for other in by_format[name]], draw)


def fault_of(sample: Sample, data: bytes) -> str:
    """The first fault or exception, "" if there is none."""
    try:
        return next(faults(sample, data), "")
    except Exception:  # noqa: BLE001 - that there is none is what is being tested
        return traceback.format_exc()


def kept(sample: Sample, data: bytes) -> str:
    """Where the damaged file was put for a closer look."""
    folder = Path(tempfile.mkdtemp(prefix=f"{sample.format.name}-", dir=_folder()))
    (folder / os.path.basename(sample.path)).write_bytes(data)
    return str(folder / os.path.basename(sample.path))


def _folder() -> Path:
    folder = ROOT / ".cache" / "fuzz"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--format", default="")
    options = parser.parse_args()
    print(f"seed {options.seed}")
    signal.signal(signal.SIGALRM, _too_long)
    costly = [] if options.format else list(_costly(options.seed))
    for name, fault in costly:
        print(f"{name}:\n{fault}\n")
    end, count, known = time.monotonic() + options.seconds, 0, set()
    for sample, data in cases(options.seed, options.format):
        signal.alarm(_PATIENCE)
        fault = fault_of(sample, data)
        signal.alarm(0)
        alike = (sample.format.name, re.sub(r"\d+|'[^']*'", "…", fault.rpartition("\n  File ")[2]))
        if fault and alike not in known:
            known.add(alike)
            print(f"{sample.root.relative_to(ROOT)}/{sample.path}, damaged as {kept(sample, data)}:\n{fault}\n")
        count += 1
        if time.monotonic() > end:
            break
    print(f"{count} damaged files, {len(known)} different faults (seed {options.seed})")
    return int(bool(known or costly))


def _costly(seed: int) -> Iterator[tuple[str, str]]:
    """(what it is, the fault) of every generated repository that is expensive for its size, of a size that the seed chooses."""
    draw = random.Random(seed)
    for name in hostile.GENERATORS:
        made = hostile.files(name, hostile.count_for(name, draw.randrange(1_000, 60_000)))
        contents = {path: text.encode() for path, text in made.items()}
        tree = Tree("/nowhere", lambda known=contents: list(known), contents)  # type: ignore[misc]
        signal.alarm(5 * _PATIENCE)
        try:
            for path in made:
                if (format_ := format_of(path)) is not None:
                    check(Document(path, contents[path], format_.decoding), format_, tree, Policy())
        except Exception:  # noqa: BLE001 - as above
            yield name, traceback.format_exc()
        finally:
            signal.alarm(0)


def _too_long(*_: object) -> None:
    raise TimeoutError(f"more than {_PATIENCE} s for one small file")


if __name__ == "__main__":
    sys.exit(main())
