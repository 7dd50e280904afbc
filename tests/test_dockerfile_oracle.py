"""BuildKit's own parser (PyPI: dockerfile) and ours read the same instructions, flags and FROM images."""

from __future__ import annotations

import random
from collections import Counter

import dockerfile
import pytest

from pinlint.syntax.dockerfile import instructions, split_words

#: Each construct with lines that contain it. A generated file mixes them; each must occur in at least 1 % of the accepted files.
# fmt: off
# ruff: noqa: E501
CONSTRUCTS = {
    "plain": ["FROM a", "RUN true", "LABEL a=b", "USER x"],
    "stage": ["FROM a AS b", "from x:1 as y", "FROM\ta\tAS\tC", "  FROM registry:5000/x@sha256:ab"],
    "flag": ["FROM --platform=$X a", "COPY --from=x --chown=1:1 a b", 'RUN --mount=type=bind,from="x y" a', "ADD --checksum=\"a'b\" c d"],
    "continuation": ["RUN a \\\n  b", "RUN a\\\nb", "FROM \\\n  a", "RUN a \\ \t\n b", "ENV A=b \\\n  C=d"],
    "comment in continuation": ["RUN a \\\n# c\n  b", "RUN a \\\n   # c \\\n b"],
    "empty line in continuation": ["RUN a \\\n\n  b", "RUN a \\\n \t \n  b"],
    "double escape": ["RUN a \\\\", "RUN a \\\\ \nRUN b"],
    "comment": ["# comment", "  # comment \\", "#"],
    "heredoc": ["RUN <<EOF\nFROM inside\nEOF", "COPY <<EOF /x\na\nEOF", "RUN cat 3<<EOF >x\n# no comment\nEOF", "RUN x<<EOF"],
    "heredoc with tabs": ["RUN <<-EOF\n\tFROM inside\n\tEOF"],
    "quoted heredoc": ["RUN <<'E F'\nFROM inside\nE F", 'RUN <<"EOF" cat\n${x^^}\nEOF', "RUN <<\\EOF\nx\nEOF"],
    "several heredocs": ["COPY <<a <<b /\nFROM 1\na\nFROM 2\nb", "RUN cat <<a && cat <<-b\n1\na\n\tb"],
    "no heredoc": ["RUN a <<< b", "RUN echo $((1<<2))", 'RUN ["a", "<<EOF"]', "CMD <<EOF", "RUN it's <<EOF", 'RUN echo "<<EOF"', "RUN ${a^^} <<EOF"],
    "onbuild": ["ONBUILD RUN <<EOF\nFROM inside\nEOF", "ONBUILD COPY --from=x a b", "onbuild ADD a b"],
    "argument": ["ARG A", 'ARG A="b c" D=e', "ARG A=b\\ c", "ENV A b c", "ENV A='b c' D=\"e f\""],
    "exec form": ['RUN ["a", "b"]', 'COPY ["a", "b"]', "CMD [ 'a' ]"],
    "escape directive": ["# escape=`", "#escape=`"],
    "syntax directive": ["# syntax=a/b:1", "#syntax = a/b:1 "],  # BuildKit 0.12 has no check directive yet
    "backtick": ["RUN a `\n  b", "RUN a `"],
}
# fmt: on

Read = tuple[str, int, tuple[str, ...], tuple[str, ...]]


def generated(seed: int, count: int) -> list[tuple[str, set[str]]]:
    chance = random.Random(seed)
    names = list(CONSTRUCTS)
    made = []
    for _ in range(count):
        used = [chance.choice(names) for _ in range(chance.randint(1, 5))]
        if chance.random() < 0.1:
            used.insert(0, "escape directive")
        lines = [chance.choice(CONSTRUCTS[name]) for name in used]
        text = "\n".join(lines) + chance.choice(["", "\n", "\n\n"])
        if chance.random() < 0.3:
            text = text.replace("\n", "\r\n")
        if chance.random() < 0.1:
            text = "\ufeff" + text
        made.append((text, set(used)))
    return made


def theirs(text: str) -> list[Read]:
    read: list[Read] = []
    for command in dockerfile.parse_string(text):
        keyword = command.cmd.lower()
        images = tuple(command.value) if keyword == "from" else ()
        read.append((keyword, command.start_line, tuple(command.flags), images))
    return read


def ours(text: str) -> list[Read]:
    read: list[Read] = []
    for instruction in instructions(text):
        flags, rest = instruction.flags()
        words = tuple(word.text for word in instruction.words(rest)) if instruction.keyword == "from" else ()
        shown = tuple(f"--{flag.name}={flag.value}" for flag in flags)
        read.append((instruction.keyword, text.count("\n", 0, instruction.pieces[0][1]) + 1, shown, words))
    return read


def test_buildkit_reads_the_same() -> None:
    seen: Counter[str] = Counter()
    accepted = 0
    for text, used in generated(seed=20_261_123, count=6_000):
        try:
            expected = theirs(text)
        except dockerfile.GoParseError:
            continue
        accepted += 1
        seen.update(used)
        assert ours(text.removeprefix("\ufeff")) == expected, text
    assert accepted > 2_000
    assert {name: seen[name] for name in CONSTRUCTS if seen[name] < accepted / 100} == {}


@pytest.mark.parametrize(
    "line", ["ARG A", "ARG A=b C=d", 'ARG A="b c" D', "ARG A=b\\ c D='e f'", 'ARG A="b\\" c" D', "ARG   A=1\t B=2"]
)
def test_buildkit_splits_assignments_the_same(line: str) -> None:
    [command] = dockerfile.parse_string(f"{line}\nFROM a")[:1]
    [instruction] = list(instructions(line))
    assert [word.text for word in split_words(line, instruction.arguments)] == list(command.value)
