"""Dockerfile syntax and references: properties, and cases too small for a fixture folder."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinlint.discover import format_of
from pinlint.ecosystems.git.names import ref_verdict
from pinlint.ecosystems.oci.names import digest_problem, image_verdict, parse_image, purl
from pinlint.formats.dockerfile import _Build, references
from pinlint.model import Fact, Reference, Script, Span
from pinlint.syntax.dockerfile import directives, escape_of, instructions
from pinlint.syntax.shellwords import expand
from pinlint.text import Document
from pinlint.tree import Tree

TREE = Tree("/nonexistent", list)
DIGEST = "sha256:" + "0123456789abcdef" * 4


def read(text: str) -> list[Reference | Fact]:
    found = references(Document("Dockerfile", text.encode()), TREE)
    return [one for one in found if not isinstance(one, Script)]


@pytest.mark.parametrize(
    ("text", "name", "tag", "digest"),
    [
        ("python", "docker.io/library/python", "", ""),
        ("python:3.12", "docker.io/library/python", "3.12", ""),
        ("acme/app", "docker.io/acme/app", "", ""),
        ("index.docker.io/acme/app:1", "docker.io/acme/app", "1", ""),
        ("docker.io/python", "docker.io/library/python", "", ""),
        ("registry:5000/app", "registry:5000/app", "", ""),
        ("registry:5000/app:2", "registry:5000/app", "2", ""),
        ("localhost/app", "localhost/app", "", ""),
        ("[::1]:5000/app", "[::1]:5000/app", "", ""),
        ("Host/app", "Host/app", "", ""),
        (f"python@{DIGEST}", "docker.io/library/python", "", DIGEST),
        (f"python:3@{DIGEST}", "docker.io/library/python", "3", DIGEST),
        ("a__b/c-d.e_f", "docker.io/a__b/c-d.e_f", "", ""),
    ],
)
def test_image_reference_is_taken_apart(text: str, name: str, tag: str, digest: str) -> None:
    image = parse_image(text)
    assert (image.name, image.tag, image.digest, image.problem) == (name, tag, digest, "")


@pytest.mark.parametrize(
    "text", ["", "Python", "a//b", "a:", "a@", "-a", "a/-b", "a:ä", "a:" + "x" * 129, "0123456789abcdef" * 4, "a___b/", "a..b"]
)
def test_what_is_no_image_reference_is_unknown(text: str) -> None:
    assert image_verdict(parse_image(text))[0] == "unknown"


@pytest.mark.parametrize(
    ("digest", "fine"),
    [
        (DIGEST, True),
        ("sha512:" + "0" * 128, True),
        ("sha384:" + "a" * 96, True),
        (DIGEST[:-1], False),
        (DIGEST.upper().replace("SHA", "sha"), False),
        ("sha1:" + "0" * 40, False),
        ("0" * 64, False),
        ("sha256:", False),
    ],
)
def test_a_digest_names_bytes_only_when_it_is_complete(digest: str, fine: bool) -> None:
    assert (digest_problem(digest) == "") is fine


def test_purl_of_an_image_names_its_repository() -> None:
    assert purl("docker.io/library/python", "3.12") == "pkg:oci/python?repository_url=docker.io%2Flibrary%2Fpython&tag=3.12"
    assert purl("ghcr.io/a/b", f"1@{DIGEST}") == f"pkg:oci/b@{DIGEST}?repository_url=ghcr.io%2Fa%2Fb&tag=1"


VARIABLES = {"A": "value", "EMPTY": "", "PATHS": "a/b/a/c", "KNOWN_TO_EXIST": None}


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("$A", "value"),
        ("${A}x", "valuex"),
        ("'$A'", "$A"),
        ('"$A"', "value"),
        ("\\$A", "$A"),
        ("${A:-other}", "value"),
        ("${EMPTY:-other}", "other"),
        ("${EMPTY-other}", ""),
        ("${UNSET-other}", "other"),
        ("${UNSET:-${A}}", "value"),
        ("${A:+other}", "other"),
        ("${EMPTY:+other}", ""),
        ("${EMPTY+other}", "other"),
        ("${UNSET+other}", ""),
        ("${PATHS#a/}", "b/a/c"),
        ("${PATHS#*/}", "b/a/c"),
        ("${PATHS##*/}", "c"),
        ("${PATHS%/*}", "a/b/a"),
        ("${PATHS%%/*}", "a"),
        ("${PATHS/a/x}", "x/b/a/c"),
        ("${PATHS//a/x}", "x/b/x/c"),
        ("${PATHS#?}", "/b/a/c"),
        ("$", "$"),
        ("a$.b", "a$.b"),
    ],
)
def test_variables_expand_as_buildkit_expands_them(word: str, text: str) -> None:
    expansion = expand(word, VARIABLES)
    assert (expansion.text, expansion.malformed) == (text, "")


@pytest.mark.parametrize("word", ["${", "${}", "${A", "${A^^}", "${A:%x}", "'open", '"open', "${A:-x", "${:x}"])
def test_a_word_that_cannot_be_expanded_says_so(word: str) -> None:
    assert expand(word, VARIABLES).malformed


@pytest.mark.parametrize(
    "word", ["$UNSET", "${UNSET}", "${UNSET:?must be given}", "$KNOWN_TO_EXIST", "${KNOWN_TO_EXIST:+x}", "${KNOWN_TO_EXIST#x}"]
)
def test_a_value_that_is_not_in_the_file_is_missing(word: str) -> None:
    expansion = expand(word, VARIABLES)
    assert expansion.missing
    assert "\0" in expansion.text


@given(st.text(alphabet="$A{}:-+?#%/'\"\\ ab\n", max_size=40))
def test_expansion_of_anything_ends(word: str) -> None:
    expansion = expand(word, VARIABLES)
    assert expansion.malformed or isinstance(expansion.text, str)


def test_deep_nesting_is_malformed_and_no_crash() -> None:
    assert expand("${A:+" * 5000 + "x" + "}" * 5000, VARIABLES).malformed


LINES = st.sampled_from(
    [
        "FROM a",
        "RUN x \\",
        "  --from=b c \\",
        "",
        "# c",
        "RUN <<EOF",
        "EOF",
        "COPY --from=q:1 \\",
        "a b",
        "\\",
        "ARG X=1",
        "\tFROM c:2",
        "é\u2028",
    ]
)


@given(st.lists(LINES, max_size=12), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_every_character_of_an_instruction_stands_where_it_says(lines: list[str], end: str, final: bool) -> None:
    text = end.join(lines) + (end if final else "")
    for instruction in instructions(text):
        for at, char in enumerate(instruction.line):
            assert text[instruction.offset(at)] == char


@given(st.text(max_size=200))
def test_any_text_is_read_to_its_end(text: str) -> None:
    data = text.encode("utf-8", "replace")
    for item in references(Document("Dockerfile", data), TREE) if b"\0" not in data else ():
        assert isinstance(item.span, Span)
        assert 0 <= item.span.start <= item.span.end <= len(text)


def test_a_syntax_directive_counts_only_at_the_top_and_at_the_start_of_a_line() -> None:
    assert [one.value for one in directives("# syntax = a:1 \n# escape=`\n")] == ["a:1", "`"]
    assert list(directives(" # syntax=a:1\n")) == []
    assert list(directives("\n# syntax=a:1\n")) == []
    assert list(directives("# comment\n# syntax=a:1\n")) == []
    assert [one.value for one in directives("#!/usr/bin/env docker\n// syntax=a:1\n")] == ["a:1"]


def test_the_escape_directive_counts_behind_blanks_too() -> None:
    assert escape_of("# syntax=a\n # EsCaPe=`\n") == "`"
    assert escape_of("FROM a\n# escape=`\n") == "\\"


def test_a_stage_matches_earlier_stages_only_and_never_itself() -> None:
    verdicts = [item.verdict for item in read("FROM a AS a\nFROM A\nFROM b\nFROM x AS b\n") if isinstance(item, Reference)]
    assert verdicts == ["floating", "local", "floating", "floating"]


def test_an_argument_default_that_feeds_one_image_is_the_place_of_the_pin() -> None:
    [reference] = [item for item in read("ARG BASE=python:3.12\nFROM ${BASE}\n") if isinstance(item, Reference)]
    assert reference.site == Span(9, 20)
    assert reference.notation == "image-argument"


def test_ten_thousand_lines_cost_ten_times_what_a_thousand_do() -> None:
    """Counted in calls, not in seconds: one instruction object a line, none read twice but for the stage names."""
    many = list(instructions("FROM a\n" + "RUN true \\\n" * 10_000 + "true\nCOPY --from=b c d\n"))
    assert len(many) == 3
    assert len(many[1].pieces) == 10_001


def whys(text: str) -> list[tuple[str, str]]:
    return [(item.verdict, item.why) for item in read(text) if isinstance(item, Reference)]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ("ARG X\n", "X has no default before the first FROM"),
        ("", "X is not declared before the first FROM"),
        ("ARG X=1\nARG X=${a^}\n", "the default of X cannot be expanded: ${a} has an operator"),
        ("ARG Y\nARG Z=$Y\nARG X=a$Z\n", "X is made of Y, and Y has no default"),
        ("ARG Y='\nARG X=$Y\n", "the default of Y cannot be expanded: a quote is never closed"),
        ("ARG X=$X\n", "X has no default"),
        ("ARG X=linux-$TARGETARCH\n", "X is made of TARGETARCH, and TARGETARCH depends on the platform"),
    ],
)
def test_an_unknown_base_image_says_which_value_is_missing(arguments: str, reason: str) -> None:
    [(verdict, why)] = whys(f"{arguments}FROM $X\n")
    assert verdict == "unknown"
    assert why.startswith(reason)


def test_a_default_that_is_replaced_by_a_whole_one_is_known() -> None:
    assert whys("ARG X=$Y\nARG X=a:1\nFROM $X\n")[0][0] == "tag"


@pytest.mark.parametrize("line", ["ADD dir/$X /", "ADD httpd-$X.tar /", "ADD git/$X /", "ADD ./$X /", "ADD *.$X /"])
def test_what_no_value_can_make_an_address_is_no_download(line: str) -> None:
    assert len(whys(f"FROM scratch\n{line}\n")) == 1


@pytest.mark.parametrize("line", ["ADD $X /", "ADD ${X}://y /", "ADD http$X /", "ADD git@$X /", "ADD https://a/$X /"])
def test_what_a_value_can_make_an_address_is_listed(line: str) -> None:
    assert len(whys(f"FROM scratch\n{line}\n")) == 2


@pytest.mark.parametrize("name", ["a", "a:1", "registry:5000/a", "registry:5000/a:1"])
def test_a_digest_behind_a_colon_only_looks_like_one(name: str) -> None:
    image = parse_image(f"{name}:{DIGEST}")
    assert (image.name, image.tag, image.digest) == (parse_image(name).name, parse_image(name).tag, DIGEST)
    assert f"{name}:{DIGEST}"[image.digest_at :] == DIGEST
    assert f"{name}:{DIGEST}"[image.tag_at :] == (f"{image.tag}:{DIGEST}" if image.tag else "")
    verdict, digests, why = image_verdict(image)
    assert (verdict, digests) == ("tag" if image.tag else "floating", (DIGEST,))
    assert "colon" in why


@pytest.mark.parametrize("line", ["FROM a b", "FROM a as", "FROM a is b", "FROM a AS b c", "FROM a:1 # c", "FROM a:1\rFROM b:2"])
def test_a_from_that_the_build_refuses_is_unknown(line: str) -> None:
    assert [verdict for verdict, _ in whys(f"{line}\n")] == ["unknown"]


@pytest.mark.parametrize("text", ["from x import y\n", "import os\nfrom x import (\n", '{"a": 1}\n', "set -e\nadd http://x/y z\n"])
def test_what_is_no_dockerfile_is_not_judged(text: str) -> None:
    assert [item.kind for item in read(text) if isinstance(item, Fact)] == ["foreign"]
    assert len(read(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment\n",
        "from a\n",
        "from a as b\nimport c\n",
        "RUM x\nFROM a\n",
        "run x\n",
        "{{ a }}\nx\n",
        "x\nRUN y\n",
        "from {{ a }}\n",
    ],
)
def test_a_slip_does_not_hide_a_dockerfile(text: str) -> None:
    assert [item for item in read(text) if isinstance(item, Fact) and item.kind == "foreign"] == []


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("Dockerfile", True), ("a/Dockerfile.go", True), ("Dockerfile_arm", True), ("SlimDockerfile", True), ("x.Dockerfile", True),
        ("dockerfile.dev", True), ("Containerfile-x", True), ("Dockerfile.md", False), ("Dockerfile.dockerignore", False),
        ("dockerfile.go", False), ("dockerfile_test.go", False), ("dockerfile.js", False),
        ("dockerfiles", False), ("Dockerfile2", False),
    ],
)  # fmt: skip
def test_names_of_dockerfiles(name: str, fits: bool) -> None:
    format_ = format_of(name)
    assert (format_ is not None and format_.name == "dockerfile") is fits


NAMES = st.text(alphabet="ab-", max_size=6)


@given(st.lists(NAMES, min_size=2, max_size=4), st.lists(NAMES, max_size=4))
def test_a_stage_is_chosen_where_some_value_leads_to_it(parts: list[str], stages: list[str]) -> None:
    build = _Build(Document("Dockerfile", b""), TREE)
    build.stages = dict.fromkeys(stages)
    pattern = re.compile(".*".join(re.escape(part) for part in parts))
    expected = any(parts) and any(pattern.fullmatch(stage) for stage in stages)
    assert build.could_be_stage(parts) is expected


@given(st.text(alphabet="ab*?", max_size=6), st.text(alphabet="ab", max_size=8), st.sampled_from(["#", "##", "%", "%%"]))
def test_trimming_takes_the_longest_or_shortest_match(pattern: str, value: str, operator: str) -> None:
    whole = re.compile(pattern.replace("*", ".*").replace("?", "."))
    cuts = [cut for cut in range(len(value) + 1) if whole.fullmatch(value[:cut] if "#" in operator else value[cut:])]
    if not cuts:
        left = value
    elif "#" in operator:
        left = value[cuts[-1 if operator == "##" else 0] :]
    else:
        left = value[: cuts[0 if operator == "%%" else -1]]
    assert expand(f"${{A{operator}{pattern}}}", {"A": value}).text == left


@pytest.mark.parametrize(
    "text",
    [
        "ARG A=" + "x" * 64 + "\n" + "ARG A=$A$A\n" * 64 + "FROM $A\n",
        "ARG A=" + "x" * 64 + "\n" + "ARG A=${A//x/xxxxxxxxxx}\n" * 32 + "FROM $A\n",
        "FROM a\nENV A=" + "x" * 64 + "\n" + "ENV A=$A$A\n" * 64 + "ADD $A /\n",
        "ARG A=" + "a" * 1000 + "\nFROM ${A##" + "*a" * 40 + "b}\n",
        "FROM b AS " + "a" * 900 + "\nFROM " + "a${A}" * 30 + "b\n",
        "FROM a\nADD https://x/y.git#1" + "_a" * 500 + "! /\n",
        "FROM a\nADD https://x/y.git#" + "1" * 100_000 + "! /\n",
        "# syntax=a" + " " * 100_000 + "b\nFROM a\n",
        "FROM a\n" * 20_000 + "FROM $A\n" * 20_000,
        "FROM " + "x/" * 1_000_000 + "\n",
        "ARG a=$b\nARG b=$c\nARG c=$a\nFROM $a\n",
        "".join(f"ARG a{i}=$a{i + 1}\n" for i in range(5000)) + "FROM $a0\n",
        "".join(f"ARG a{i + 1}=$a{i}\n" for i in range(5000)) + "FROM $a5000\n",
        "FROM a\nCOPY --from=" + "9" * 5000 + " a b\n",
        "FROM a\nRUN " + "[" * 100_000 + "<<" + "]" * 100_000 + "\n",
    ],
    ids=[
        "doubled",
        "replaced",
        "environment",
        "stars",
        "stages",
        "underscores",
        "digits",
        "directive",
        "many",
        "long",
        "circle",
        "chain",
        "chain behind",
        "number",
        "nested",
    ],
)
def test_hostile_text_is_read_in_bounded_time_and_memory(text: str) -> None:
    """Without the limits each of these takes minutes, gigabytes or a traceback."""
    found = [item for item in read(text) if isinstance(item, Reference)]
    assert found
    assert all(len(item.artifact.name) <= 100_100 for item in found)


def test_a_long_ref_is_no_tag() -> None:
    assert ref_verdict("1" * 255)[0] == "tag"
    assert ref_verdict("1" * 256)[0] == "floating"


COMMIT = "0123456789" * 4


@pytest.mark.parametrize(
    ("query", "verdict", "marked"),
    [
        ("?ref=v1.2", "tag", "v1.2"),
        ("?subdir=x&tag=stable", "tag", "stable"),
        ("?branch=v1", "floating", "v1"),
        ("?branch=main", "floating", "main"),
        ("?ref=main", "floating", "main"),
        (f"?ref={COMMIT}", "digest", COMMIT),
        (f"?tag=v1&checksum={COMMIT}", "digest", "v1"),
        (f"?branch=main&commit={COMMIT}", "digest", "main"),
        ("?tag=v1&checksum=012345678", "tag", "v1"),
        ("?subdir=x#v1.2:dir", "tag", "v1.2"),
        ("?subdir=x", "floating", "https://git.example/a.git?subdir=x"),
        ("#", "floating", "https://git.example/a.git#"),
    ],
)
def test_a_repository_is_asked_for_by_fragment_or_query(query: str, verdict: str, marked: str) -> None:
    text = f"FROM scratch\nADD https://git.example/a.git{query} /\n"
    reference = read(text)[1]
    assert isinstance(reference, Reference)
    assert isinstance(reference.span, Span)
    assert (reference.artifact.name, reference.verdict, text[reference.span.start : reference.span.end]) == (
        "git.example/a",
        verdict,
        marked,
    )


def test_an_address_whose_host_is_an_argument_is_a_download() -> None:
    assert [verdict for verdict, _ in whys("FROM scratch\nADD https://$HOST/x /\nADD https://a.example/x?y=b.git /\n")][1:] == [
        "floating",
        "floating",
    ]
    assert all(isinstance(item, Reference) and item.artifact.kind == "url" for item in read("ADD https://a.example/x?y=b.git /\n"))


def test_placeholders_of_configure_scripts_are_a_template() -> None:
    assert [item.kind for item in read("FROM @BASE@\nFROM a@b\n") if isinstance(item, Fact)] == ["template"]


@pytest.mark.parametrize(("query", "place"), [("#v1", True), ("?ref=v1", True), ("?tag=v1", False), ("?branch=v1", False)])
def test_a_commit_can_take_the_place_of_a_ref_only(query: str, place: bool) -> None:
    reference = read(f"FROM scratch\nADD https://git.example/a.git{query} /\n")[1]
    assert isinstance(reference, Reference)
    assert (reference.site is not None, reference.notation) == (place, "git-ref" if place else "")


def test_a_stage_inherits_the_variables_of_its_base() -> None:
    text = "FROM a:1 AS b\nENV AT=https://a.example/x\nFROM {} AS c\nADD $AT /\n"
    assert [verdict for verdict, _ in whys(text.format("b"))] == ["tag", "local", "floating"]
    assert [verdict for verdict, _ in whys(text.format("d"))] == ["tag", "floating", "unknown"]


def test_a_build_context_is_found_in_any_case() -> None:
    tree = Tree("/nonexistent", lambda: ["build.sh"], {"build.sh": b"docker buildx build --build-context Shared=../x .\n"})
    found = list(references(Document("Dockerfile", b"FROM sHARED\n"), tree))
    assert [item.verdict for item in found if isinstance(item, Reference)] == ["local"]
