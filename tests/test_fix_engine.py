"""What holds of every fix, whatever the file and whatever a registry answers."""

from __future__ import annotations

import hashlib
import io
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from planning import read_in, run_in
from servers.registry import environment
from servers.stub import Answer, stub

from pinlint.config import Policy
from pinlint.discover import Found
from pinlint.engine import stream
from pinlint.fix import file_pins
from pinlint.fix import mend as mending
from pinlint.fix.answers import resolve_all
from pinlint.fix.attempts import attempts
from pinlint.fix.plans import Attempt, Patch
from pinlint.fix.proof import structure, unproved
from pinlint.formats import FORMATS
from pinlint.model import Artifact, Reference, Span
from pinlint.notations import image
from pinlint.pins import Edit, NoPin, Pin, apply
from pinlint.question import Question, Resolve
from pinlint.report.progress import Progress
from pinlint.text import Document
from pinlint.tree import Tree

DOCKERFILE = next(format_ for format_ in FORMATS if format_.name == "dockerfile")


def digest(question: Question) -> str:
    return "sha256:" + hashlib.sha256(f"{question.name}:{question.version}".encode()).hexdigest()


def honest(question: Question) -> Pin | NoPin:
    """A registry that knows everything."""
    return Pin(question.version, (digest(question),), "proof")


def fixed(data: bytes, answer: Resolve = honest) -> Patch:
    document = Document("Dockerfile", data)
    tree = Tree("/nowhere", list)
    run = run_in(tree)
    wanted = list(file_pins.plans([read_in(run, document, DOCKERFILE)], run, ()))
    if not wanted:
        return Patch(document, DOCKERFILE, document.data, [])
    (made,) = wanted[0].patches(resolve_all(wanted[0].questions(), answer))
    return made


def asked_for(data: bytes) -> list[tuple[str, str, str]]:
    """What a Dockerfile asks for, in order, digests aside."""
    found = [one for one in stream(Document("Dockerfile", data), DOCKERFILE, Tree("/nowhere", list)) if isinstance(one, Reference)]
    tags = [one.version.partition("@")[0] if one.version not in one.digests else "" for one in found]
    return [(one.artifact.name, one.role, tag.replace("latest", "")) for one, tag in zip(found, tags, strict=True)]


@contextmanager
def gullible() -> Iterator[None]:
    """Whatever comes back is written down, so that only the second reading is left to notice."""
    with mock.patch.object(image, "_written", lambda _, pin: f"@{pin.digests[0]}"):
        yield


# Edits


@st.composite
def _texts_and_edits(draw: st.DrawFn) -> tuple[str, list[Edit]]:
    text = draw(st.text(max_size=60))
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=10, unique=True)))
    edits = [Edit(Span(start, end), draw(st.text(max_size=5))) for start, end in zip(cuts[::2], cuts[1::2], strict=False)]
    return text, edits


@given(_texts_and_edits(), st.randoms())
def test_any_order_of_edits_gives_the_same_text(given_: tuple[str, list[Edit]], luck: object) -> None:
    text, edits = given_
    shuffled = list(edits)
    luck.shuffle(shuffled)  # type: ignore[attr-defined]
    wanted = text
    for edit in reversed(edits):
        wanted = wanted[: edit.span.start] + edit.text + wanted[edit.span.end :]
    assert apply(text, shuffled) == apply(text, edits) == wanted


@pytest.mark.parametrize("spans", [[(0, 3), (2, 4)], [(1, 1), (1, 1)], [(0, 5), (1, 2)], [(2, 3), (2, 4)]])
def test_edits_that_meet_are_a_bug(spans: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match="two edits meet"):
        apply("abcdef", [Edit(Span(*span), "x") for span in spans])


# Files

IMAGES = st.sampled_from(
    [
        "python",
        "python:3.12",
        "ghcr.io/acme/app:1",
        "localhost:5000/x",
        "node:20-slim",
        '"busybox:1"',
        "'alpine'",
        "Bad:1",
        "scratch",
    ]
)
LINES = st.one_of(
    IMAGES.map(lambda image: f"FROM {image}".encode()),
    IMAGES.map(lambda image: f"from\t--platform=linux/arm64  {image}\tAS  st".encode()),
    IMAGES.map(lambda image: f"FROM \\\n  # a comment\n\n {image} AS build".encode()),
    IMAGES.map(lambda image: f"COPY --link --from={image} /a /b".encode()),
    IMAGES.map(lambda image: f"RUN --mount=type=bind,from={image},target=/x cat <<EOF\nFROM python\nEOF".encode()),
    IMAGES.map(lambda image: f"ARG BASE={image}\nFROM ${{BASE}}".encode()),
    IMAGES.map(lambda image: f"ONBUILD COPY --from={image} / /".encode()),
    st.tuples(IMAGES, st.sampled_from(["3", "", "latest-x"])).map(
        lambda drawn: f"ARG V={drawn[1]}\nFROM {drawn[0]}:${{V}}\nFROM x:$V".encode()
    ),
    st.binary(max_size=12).filter(lambda data: b"\0" not in data),
    st.sampled_from(
        [b"", b"\t", b"# pinlint: ignore[PIN001] why", b"RUN echo \\", b"WORKDIR /\xff", b"FROM", b"EXPOSE 1 # \xc3\xa9"]
    ),
)
SYNTAX = st.sampled_from(
    [b"", b"\xef\xbb\xbf", b"# syntax=docker/dockerfile:1\n", b"# escape=`\n", b"# syntax = docker/dockerfile\r\n"]
)
ENDS = st.sampled_from([b"\n", b"\r\n", b"\n\n", b"\r"])


@st.composite
def dockerfiles(draw: st.DrawFn) -> bytes:
    end = draw(ENDS)
    lines = draw(st.lists(LINES, max_size=6))
    text = draw(SYNTAX) + b"".join(line.replace(b"\n", end) + end for line in lines)
    return text if draw(st.booleans()) else text.rstrip(b"\r\n")


_INSERTED = re.compile(rb"(?::latest)?@sha256:[0-9a-f]{64}")


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(dockerfiles(), st.integers(0, 3))
@example(b"\xef\xbb\xbfFROM python\r\n\tRUN \xff\\\r\nFROM 'alpine'", 0)
@example(b"FROM python \\", 0)
def test_outside_the_edits_every_byte_is_the_same(data: bytes, refusing: int) -> None:
    def answer(question: Question) -> Pin | NoPin:
        return NoPin("no") if refusing and len(question.name) % refusing == 1 else honest(question)

    made = fixed(data, answer)
    assert made.old == data
    assert _INSERTED.sub(b"", made.new) == data
    assert len(_INSERTED.findall(made.new)) == sum(fix.pin is not None for fix in made.fixes)
    assert all(fix.why for fix in made.fixes if fix.pin is None)
    assert asked_for(made.new) == asked_for(data)
    again = fixed(made.new, answer)
    assert again.new == made.new
    assert not any(fix.pin for fix in again.fixes)


def test_the_property_above_is_about_something() -> None:
    made = fixed(b"\xef\xbb\xbf# syntax=docker/dockerfile:1\r\nFROM python AS b\r\nCOPY --from=node:20 /a /b\r\nRUN \xff")
    assert len(_INSERTED.findall(made.new)) == 3
    assert b"python:latest@sha256:" in made.new


GARBAGE = st.text(max_size=20) | st.sampled_from(
    ["", "sha256:", "sha256:" + "a" * 63, "sha256:" + "A" * 64, f"sha256:{'a' * 64}\nRUN evil", f"sha256:{'a' * 64} AS other",
     f"sha256:{'a' * 64}\\", f"sha256:{'a' * 64}@x", f"sha256:{'a' * 64}\n", "md5:" + "a" * 32,
      f"sha256:{'a' * 64},from=evil", f"sha512:{'b' * 128}", "\ud800"]
)  # fmt: skip


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(dockerfiles(), st.just("3.12") | GARBAGE, GARBAGE)
@example(b"FROM python\n", "3.12", f"sha256:{'a' * 64}\\")
@example(b"FROM python:3\n", "3", f"sha256:{'a' * 64}\\")
@example(b"FROM python\nFROM node:20\n", "latest", f"sha256:{'a' * 64} AS other")
@example(b"FROM python\n", "3.12", "sha256:" + "a" * 64)
def test_a_registry_that_answers_garbage_changes_no_artifact(data: bytes, version: str, garbage: str) -> None:
    made = fixed(data, lambda _: Pin(version, (garbage,), ""))
    assert asked_for(made.new) == asked_for(data)
    if any(fix.pin for fix in made.fixes):
        assert re.fullmatch("sha256:[0-9a-f]{64}", garbage)
    with gullible():
        assert asked_for(fixed(data, lambda _: Pin(version, (garbage,), "")).new) == asked_for(data)


@pytest.mark.parametrize("guilty", [(0,), (7,), (3, 4), (0, 5, 9), tuple(range(10))])
def test_guilty_edits_are_left_out_alone(guilty: tuple[int, ...]) -> None:
    def answer(question: Question) -> Pin | NoPin:
        number = int(question.name.rpartition("app")[2])
        return Pin("1", (f"sha256:{'a' * 64} AS evil",), "") if number in guilty else honest(question)

    with gullible():
        made = fixed(b"".join(b"FROM acme/app%d:1\n" % number for number in range(10)), answer)
    assert [fix.pin is None for fix in made.fixes] == [number in guilty for number in range(10)]
    lines = made.new.splitlines()
    assert [b"@" not in line for line in lines] == [number in guilty for number in range(10)]


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("FROM python:3\n", "FROM python:3@DIGEST\n", ""),
        ("FROM python:3\n", "FROM node:3@DIGEST\n", "would ask for something else"),
        ("FROM python:3\n", "FROM python:4@DIGEST\n", "would ask for something else"),
        ("FROM python:3\nFROM node:3\n", "FROM node:3\nFROM python:3@DIGEST\n", "would ask for something else"),
        ("FROM python:3\n", "FROM python:3@DIGEST AS x\nCOPY --from=node:3 / /\n", "would ask for something else"),
        ("FROM python:3\n", "FROM python:3\n", "would not mend it"),
        ("FROM python:3\n", "FROM python:3@sha256:abc\n", "would break PIN005"),
        ("FROM python:3\nRUN a\n", "FROM python:3@DIGEST\nRUN b\n", "a second reader sees RUN changed"),
        ("FROM python:3\n", "FROM python:3@DIGEST\nRUN b\n", "a second reader sees 2 instructions instead of 1"),
    ],
)
def test_what_the_second_reading_notices(before: str, after: str, why: str) -> None:
    old, new = (Document("Dockerfile", text.replace("DIGEST", f"sha256:{'a' * 64}").encode()) for text in (before, after))
    tree = Tree("/nowhere", list)
    run = run_in(tree)
    file = read_in(run, old, DOCKERFILE)
    places = [one.place for one in attempts(file, run) if one.reference.artifact.name.endswith("python")]
    found = unproved(file, read_in(run, new, DOCKERFILE), {}, places) or structure(file, new, ())
    assert why in found
    assert bool(found) == bool(why)


def test_finding_the_guilty_takes_few_readings(monkeypatch: pytest.MonkeyPatch) -> None:
    readings: list[int] = []
    applied = file_pins._applied

    def counted(*some: Any) -> tuple[str, str]:
        readings.append(1)
        return applied(*some)

    monkeypatch.setattr(file_pins, "_applied", counted)
    with gullible():
        made = fixed(
            b"".join(b"FROM acme/app%d:1\n" % number for number in range(64)),
            lambda question: Pin("1", ("evil",), "") if question.name.endswith("app40") else honest(question),
        )
    assert sum(fix.pin is not None for fix in made.fixes) == 63
    assert len(readings) <= 13


@pytest.mark.parametrize(
    ("asked", "offered", "fits"),
    [
        ("linux/amd64", "linux/amd64", True),
        ("linux/amd64", "linux/386", True),
        ("linux/amd64", "linux/amd64/v3", False),
        ("linux/amd64/v3", "linux/amd64", True),
        ("linux/386", "linux/amd64", False),
        ("linux/arm64", "linux/arm64/v8", True),
        ("linux/arm64/v8", "linux/arm64", True),
        ("linux/arm64", "linux/arm/v7", True),
        ("linux/arm", "linux/arm/v7", True),
        ("linux/arm/v6", "linux/arm/v7", False),
        ("linux/arm/v7", "linux/arm/v6", True),
        ("armhf", "linux/arm/v7", True),
        ("x86_64", "linux/amd64", True),
        ("linux", "linux/s390x", True),
        ("windows", "linux/amd64", False),
        ("windows/amd64", "linux/amd64", False),
    ],
)
def test_platforms_as_builders_match_them(asked: str, offered: str, fits: bool) -> None:
    assert image._fits(asked, offered) == fits


# Questions


def images(*names: str) -> list[Attempt]:
    data = "".join(f"FROM {name}\n" for name in names).encode()
    run = run_in(Tree("/nowhere", list))
    return attempts(read_in(run, Document("Dockerfile", data), DOCKERFILE), run)


def test_one_question_for_one_tag_however_it_is_written() -> None:
    asked = []

    def answer(question: Question) -> Pin | NoPin:
        asked.append(question.name)
        return honest(question)

    wanted = images(*(["python", "python:latest", "docker.io/library/python", "python@sha256:TODO", "python:latest@sha256:x"] * 40))
    answers = resolve_all([*wanted, *images("python:3", "node:3")], answer)
    assert sorted(asked) == ["docker.io/library/node", "docker.io/library/python", "docker.io/library/python"]
    assert all(one.question in answers for one in wanted)


def test_what_is_refused_is_not_asked() -> None:
    def answer(question: Question) -> Pin | NoPin:
        raise AssertionError(question)

    assert resolve_all([one._replace(refused="no") for one in images("python")], answer) == {}


def test_progress_counts_up_to_the_end() -> None:
    heard: list[tuple[int, int, str]] = []
    resolve_all(images("python", "node:20", "acme/app:1"), honest, lambda *said: heard.append(said))
    counts = [(done, total) for done, total, _ in heard]
    assert counts == sorted(counts)
    assert counts[-1] == (3, 3)


def test_progress_is_heard_of_while_nobody_answers() -> None:
    heard: list[tuple[int, int, str]] = []
    enough = threading.Event()

    def hear(*said: Any) -> None:
        heard.append(said)
        if len(heard) > 3:
            enough.set()

    def slow(question: Question) -> Pin | NoPin:
        assert enough.wait(10)
        return honest(question)

    resolve_all(images("node:20"), slow, hear)
    assert heard.count((0, 1, "docker.io/library/node 20")) > 2
    assert heard[-1] == (1, 1, "")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_for_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for stream_, wished, shows in ((io.StringIO(), True, False), (Terminal(), True, True), (Terminal(), False, False)):
        progress = Progress(stream_, shown=wished)
        progress(1, 2, "python 3\x1b[31m")
        progress(2, 2, "docker.io/library/python 3" * 20)  # at once: a terminal far away need not see it
        progress.clear()
        assert ("1/2  python 3\\x1b[31m" in stream_.getvalue()) == shows
        assert bool(stream_.getvalue()) == shows
        assert not shows or stream_.getvalue().endswith("\r\x1b[K")
        assert stream_.getvalue().count("\n") == 0
    for name, value in (("CI", "true"), ("TERM", "dumb")):
        monkeypatch.setenv(name, value)
        Progress(nowhere := Terminal())(1, 2, "x")
        assert nowhere.getvalue() == ""
        monkeypatch.delenv(name)


def test_progress_never_wraps_moves_and_tells_how_long_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter((0.0, 1.0, 1.01, 2.0, 3.0, 14.0))
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("pinlint.report.progress.time.monotonic", lambda: next(now))
    progress = Progress(out := Terminal())
    for done in (0, 1, 2, 3, 3, 3):
        progress(done, 4, "docker.io/library/python " * 20)
    lines = out.getvalue().split("\r\x1b[K")[1:]
    assert [line.partition("/4")[0][-1] for line in lines] == ["0", "1", "3", "3", "3"]
    assert {len(line) for line in lines} == {79}
    assert len({line[0] for line in lines}) == 5, "something moves"
    assert "3/4 12 s  docker.io" in lines[-1]


def test_what_is_done_at_once_shows_no_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter((0.0, 0.9, 1.1, 5.0, 5.5, 6.1))
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("pinlint.report.progress.time.monotonic", lambda: next(now))
    progress = Progress(out := Terminal())
    for doing, done in (("reading files", 0), ("reading files", 700), ("reading files", 2500), ("checking files", 3)):
        progress.step(doing, done, 20_000)
    assert out.getvalue().count("\r") == 1
    assert "reading files" in out.getvalue()
    assert "2,500/20,000" in out.getvalue()


def test_a_resolver_that_breaks_ends_the_run_before_a_byte_is_written(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM python\nFROM node:20\n")

    def answer(question: Question) -> Pin | NoPin:
        if question.name.endswith("node"):
            raise RuntimeError("a bug")
        return honest(question)

    with pytest.raises(RuntimeError, match="a bug"):
        mending.mend([Found(str(tmp_path), [("Dockerfile", DOCKERFILE)])], lambda _: Policy(), answer, (), unsafe=True, write=True)
    assert (tmp_path / "Dockerfile").read_text() == "FROM python\nFROM node:20\n"


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for a child")
def test_ctrl_c_while_asking_writes_nothing_and_waits_for_nobody(tmp_path: Path) -> None:
    hold = threading.Event()
    with stub() as server:
        manifest = b'{"schemaVersion": 2, "config": {}}'

        def answer(asked: object) -> Answer:
            if "slow" in repr(asked):
                hold.wait(30)
            return Answer(body=manifest)

        server.answer = answer
        text = f"FROM {server.host}/quick:1\nFROM {server.host}/slow:1\n"
        (tmp_path / "Dockerfile").write_text(text)
        # What a shell starts in the background ignores SIGINT, and so would its children: this one is started as from a terminal.
        listening = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        listening += "from pinlint.cli import main; sys.exit(main())"
        command = [sys.executable, "-c", listening, "--fix"]
        with subprocess.Popen(
            command, cwd=tmp_path, env=environment(HOME=str(tmp_path)), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            while not any("slow" in path for path in server.paths()) or len(server.asked) < 4:
                assert process.poll() is None
                threading.Event().wait(0.02)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=10)
        hold.set()
    assert process.returncode == 130
    assert (out, err) == (b"", b"pinlint: interrupted, nothing written\n")
    assert (tmp_path / "Dockerfile").read_text() == text
    assert [one.name for one in tmp_path.iterdir()] == ["Dockerfile"]


def test_the_same_question_is_asked_across_files_once(tmp_path: Path) -> None:
    names = [f"{number}/Dockerfile" for number in range(100)]
    for number, name in enumerate(names):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("".join(f"FROM acme/app{(7 * number + place) % 50}:1\n" for place in range(20)))
    asked: list[str] = []

    def answer(question: Question) -> Pin | NoPin:
        asked.append(question.name)
        return honest(question)

    found = [Found(str(tmp_path), [(name, DOCKERFILE) for name in names])]
    (mended,) = mending.mend(found, lambda _: Policy(), answer, (), unsafe=False, write=True)
    assert len(mended.fixed) == 2000
    assert sorted(asked) == sorted(f"docker.io/acme/app{number}" for number in range(50))


def test_artifacts_of_two_sources_are_two_questions() -> None:
    (one,) = images("python")
    reference = one.reference._replace(artifact=Artifact("image", "docker.io/library/python", "elsewhere"))
    assert Question.about(reference) != one.question
