"""The located YAML tree: exact places, aliases and merges followed once, hostile files refused with a reason."""

from __future__ import annotations

import contextlib
import gc
import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pinlint.syntax import composing, templates
from pinlint.syntax.templates import masked
from pinlint.syntax.yaml import DEPTH_LIMIT, HOLE, Node, Unparsable, documents, literal, read, select, template, walk
from pinlint.text import Document


def root(text: str) -> Node:
    (only,) = documents(text)
    return only


def written(text: str, *path: str) -> list[str]:
    return [text[node.start : node.end] for node in select(root(text), *path)]


# --- places


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("before", ["", "😀: 𝒳\n", "# ü\u2028# \u0085x: y\n", "a: |\n  😀\n  text\n\n\n"])
@pytest.mark.parametrize(
    "value", ["plain", "'single'", '"dou\\nble"', "with blanks", "ü😀", "&anchor x", "!!str 1", "[a, b]", "{a: b}"]
)
def test_a_value_is_where_it_is_written(newline: str, before: str, value: str) -> None:
    text = f"{before}key: {value}  # comment\nlast: x\n".replace("\n", newline)
    found = root(text).get("key")
    assert found is not None
    inside = text[found.start : found.end]
    assert inside == value or value.endswith(inside)
    assert text[: found.start].endswith("key: ") or value[0] in "&!"
    assert written(text, "last") == ["x"]


def test_the_inner_place_of_a_scalar_has_no_quotes() -> None:
    text = "a: 'x'\nb: \"y\"\nc: z\n"
    inner = [text[slice(*value.inner)] for _, value in root(text).pairs]
    assert inner == ["x", "y", "z"]


def test_a_block_collection_ends_with_its_last_value() -> None:
    text = "a:\n  b: 1\n  c:\n    - x\n\n# comment\n\nd: e\n"
    assert written(text, "a") == ["b: 1\n  c:\n    - x"]


scalars = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\u2028\u2029\ufeff\ufffe\uffff"), max_size=8
)
trees: st.SearchStrategy[Any] = st.recursive(
    scalars, lambda below: st.lists(below, max_size=3) | st.dictionaries(scalars, below, max_size=3), max_leaves=12
)


@given(trees, st.booleans(), st.sampled_from(["\n", "\r\n"]))
def test_every_scalar_reads_back_from_its_place(tree: Any, flow: bool, newline: str) -> None:
    """What stands between `start` and `end`, read alone, is the same scalar to PyYAML's own composer."""
    text = yaml.safe_dump(tree, allow_unicode=True, default_flow_style=flow, width=10_000).replace("\n", newline)
    assert plain(root(text)) == tree
    for node in walk(root(text)):
        if node.kind == "scalar" and node.style in ("'", '"', "") and node.value:
            alone = yaml.compose(text[node.start : node.end], yaml.SafeLoader)
            assert alone is not None
            assert alone.value == node.value


def plain(node: Node) -> Any:
    if node.kind == "mapping":
        return {key.value: plain(value) for key, value in node.items()}
    return [plain(one) for one in node.elements] if node.kind == "sequence" else node.value


# --- values


def test_scalars_keep_their_text() -> None:
    text = "[1.10, 010, yes, ~, 2001-12-14, 0x1f, '1.10', 1_000, .inf, !!str 5]"
    nodes = root(text).elements
    assert [node.value for node in nodes] == ["1.10", "010", "yes", "~", "2001-12-14", "0x1f", "1.10", "1_000", ".inf", "5"]
    assert [node.resolved for node in nodes] == [1.1, 8, True, None, "2001-12-14", 31, "1.10", 1000, float("inf"), "5"]
    assert [node.is_null for node in nodes] == [False] * 3 + [True] + [False] * 6


def test_the_last_of_duplicate_keys_counts_and_none_is_lost() -> None:
    node = root("a: 1\nb: 2\na: 3\n")
    assert node.get("a") is not None
    assert node.get("a").value == "3"  # type: ignore[union-attr]
    assert [key.value for key, _ in node.pairs] == ["a", "b", "a"]


def test_keys_need_not_be_hashable() -> None:
    node = root("image: {{ x }}\n? [a, b]\n: c\nname: y\n")
    assert node.get("name").value == "y"  # type: ignore[union-attr]
    assert len(node.pairs) == 3


def test_every_method_may_be_asked_of_every_node() -> None:
    for node in root("[a, {b: c}, [d], ~]").elements:
        assert node.get("b") is None or node.kind == "mapping"
        assert list(node.items()) == [] or node.kind == "mapping"
        assert isinstance(node.elements, list)


def test_every_document_is_read_and_an_empty_file_has_none() -> None:
    assert documents("") == documents("# nothing\n") == []
    assert [node.kind for node in documents("a: b\n---\n- x\n---\n...\n---\ny\n")] == ["mapping", "sequence", "scalar", "scalar"]


# --- aliases and merges


def test_an_alias_is_the_same_node() -> None:
    node = root("a: &x {image: foo}\nb: *x\nc: *x\n")
    assert node.get("a") is node.get("b") is node.get("c")
    assert len(list(select(node, "*", "image"))) == 1


def test_own_keys_win_over_merged_ones_and_the_first_merged_mapping_over_the_next() -> None:
    node = root("x: &x {a: 1, b: 1, c: 1}\ny: &y {c: 2, d: 2}\nz:\n  <<: [*x, *y]\n  a: 3\nw: {<< : *x}\n")
    z = node.get("z")
    assert z is not None
    assert {key: z.get(key).value for key in "abcd"} == {"a": "3", "b": "1", "c": "1", "d": "2"}  # type: ignore[union-attr]
    assert {key.value: value.value for key, value in z.items()} == {"a": "3", "b": "1", "c": "1", "d": "2"}
    assert node.get("w").get("b").value == "1"  # type: ignore[union-attr]
    assert z.get("e") is None


def test_an_anchor_ends_with_its_document() -> None:
    with pytest.raises(Unparsable, match=r"\*x"):
        documents("a: &x 1\n---\nb: *x\n")


# --- what cannot be read


@pytest.mark.parametrize(
    ("text", "reason", "at"),
    [
        ("a: &x [*x]", "itself", "*x]"),
        ("a: b: c", "mapping values", ": c"),
        ("a: [", "expected", ""),
        ("a: \x07", "U+0007", "\x07"),
        ("ü: 😀\x00", "U+0000", "\x00"),
        ("a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> x\n", "merge conflict", "<<<<<<<"),
    ],
)
def test_bad_text_is_refused_with_reason_and_place(text: str, reason: str, at: str) -> None:
    with pytest.raises(Unparsable, match=reason.replace("+", r"\+")) as caught:
        documents(text)
    assert text[caught.value.offset :].startswith(at)
    assert caught.value.template == ""


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("a: b\n{{- if .Values.x }}\nc: d\n{{- end }}\n", "{{"),
        ("a: b\n{% if x %}\nc: d\n{% endif %}\n", "Jinja"),
        ("<% if x %>\na: b\n", "ERB"),
        ("a: b\n%%x%%\nb: [\n", "%%"),
    ],
)
def test_a_template_is_named(text: str, language: str) -> None:
    with pytest.raises(Unparsable, match="template") as caught:
        documents(text)
    assert language in caught.value.template


def test_templated_values_are_told_from_literal_ones() -> None:
    text = "a: {{ x }}\nb: '{{ x }}'\nc: {x: y}\nd: x\ne: [a]\nf: v{% y %}\n"
    assert [bool(template(value, text)) for _, value in root(text).pairs] == [True, True, False, False, False, True]


@pytest.mark.parametrize("unit", ["[", "{a: ", "- ", "? ", "[[a: "])
def test_deep_nesting_is_refused(unit: str) -> None:
    with pytest.raises(Unparsable, match="deep"):
        documents(unit * 100_000)


def test_nesting_up_to_the_limit_is_read() -> None:
    assert len(list(walk(root("[" * DEPTH_LIMIT + "]" * DEPTH_LIMIT)))) == DEPTH_LIMIT


def test_laughs_are_not_expanded() -> None:
    lines = ["a0: &a0 [lol]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 60)]
    node = root("\n".join(lines))
    assert len(list(walk(node))) == 1 + 60 * 2 + 1
    assert len(list(select(node, "*", "*", "*", "*"))) == 58


def test_merges_that_stand_for_too_much_are_refused() -> None:
    lines = ["m0: &m0 {a: b}"] + [f"m{i}: &m{i} {{<<: [{', '.join([f'*m{i - 1}'] * 9)}]}}" for i in range(1, 40)]
    with pytest.raises(Unparsable, match="merges"):
        documents("\n".join(lines))


def test_bytes_that_are_no_utf8_keep_their_places() -> None:
    text = b"a: caf\xe9\nb: c\n".decode("utf-8", "surrogateescape")
    assert written(text, "b") == ["c"]


@pytest.mark.parametrize("text", ["a: b\n", "a: [\n"])
def test_the_garbage_collector_is_left_as_it_was(text: str) -> None:
    for wanted in (True, False):
        (gc.enable if wanted else gc.disable)()
        with contextlib.suppress(Unparsable):
            documents(text)
        left = gc.isenabled()
        gc.enable()
        assert left is wanted


@given(st.text(st.sampled_from("ab:-[]{},&*<!|>'\"#% \n\t\r?😀\u2028.~\udc80\x01"), max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    stopped, roots = 0, []
    try:
        roots = documents(text)
    except Unparsable as error:
        stopped = error.offset
    assert 0 <= stopped <= len(text)
    for one in roots:
        for node in walk(one):
            assert 0 <= node.start <= node.end <= len(text)


def test_the_pure_parser_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: &x [1, 'b', {c: d}]\nb:\n  - *x\n  - |\n    text 😀\n  - <<: {e: f}\n"

    def shape() -> list[tuple[str, int, int, str, str]]:
        return [(node.kind, node.start, node.end, node.value, node.style) for node in walk(root(text))]

    fast = shape()
    monkeypatch.setattr(composing, "_PARSER", yaml.SafeLoader)
    assert shape() == fast


# --- anchors and tags


def test_the_span_of_a_scalar_holds_neither_its_anchor_nor_its_tag() -> None:
    text = 'a: &x v1\nb: !!str &y "q"\nc: &z\n  # note\n  val\nd: &e\nf: [&g h, *x]\ng: !!str "!x y"\n"&k": 1\n'
    nodes = [node for node in walk(documents(text)[0]) if node.kind == "scalar"]
    assert [text[node.start : node.end] for node in nodes] == [
        "a", "v1", "b", '"q"', "c", "val", "d", "", "f", "h", "g", '"!x y"', '"&k"', "1",
    ]  # fmt: skip


# --- templates

CHART = """\
{{- if .Values.shop }}
kind: Pod
metadata:
  name: {{ include "shop.name" . }}
  labels:
    {{- include "labels" . | nindent 4 }}
spec:
  {{- /* two
       lines */}}
  containers:
  - image: "{{ .Values.repository }}:{{ .Values.tag | default "x" }}"
  - image: busybox:1.36 # {{ .Values.note }}
  - {{ toYaml .Values.sidecar }}
{{- else }}
kind: Job
{{- end }}
"""


def test_a_template_is_read_where_it_is_literal() -> None:
    top = read(Document("pod.yaml", CHART.encode()))[0]
    images = list(select(top, "spec", "containers", "*", "image"))
    assert [(literal(node), CHART[node.inner.start : node.inner.end]) for node in images] == [
        (False, '{{ .Values.repository }}:{{ .Values.tag | default "x" }}'),
        (True, "busybox:1.36"),
    ]
    assert [value.value for key, value in top.pairs if key.value == "kind"] == ["Pod", "Job"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "lines",
    [
        ["b: |", "      {{ range x }}", "  {{ a }}={{ b }}", "      {{ end }}"],  # its first line would be its deepest
        ["b:", "  - >- # why", "        {{ x }}", "    text"],
        ["b: {{ x }}", "- c"],
        ["b: {{ x }}", "  # why", "  c: d"],
        ["b:", "- {{ x }}", "  c: d"],
        ["b:", "  {{ x }} # why", "  c: d"],
        ["b:", "  {{ if x }}", "  - c", "  {{ else }}", "  []", "  {{ end }}"],
    ],
)
def test_blocks_that_actions_begin_are_read(lines: list[str], end: str) -> None:
    text = end.join(["a: 1", *lines, "z: 2", ""])
    assert [key.value for key, _ in read(Document("pod.yaml", text.encode()))[0].pairs] == ["a", "b", "z"]


@pytest.mark.parametrize("comment", ["{{- /* like {{- if $x }}, but\n  also for 0. */ -}}", "{{/* }} */}}"])
def test_a_comment_of_a_template_holds_whatever_looks_like_an_action(comment: str) -> None:
    top = read(Document("pod.yaml", f"a: 1\n{comment}\nimage: busybox\nb: {{{{ x }}}}\n".encode()))[0]
    assert [key.value for key, _ in top.pairs] == ["a", "image", "b"]


def test_expressions_of_workflows_are_no_template() -> None:
    top = read(Document("ci.yml", b"image: a:${{ matrix.tag }}\nrun: echo {{ x }}\n"))[0]
    image, run = top.get("image"), top.get("run")
    assert image is not None
    assert image.value == "a:${{ matrix.tag }}"
    assert run is not None
    assert not literal(run)


def test_lone_braces_of_a_script_swallow_nothing() -> None:
    """`{{` in one place and `}}` in another, with an expression or an action between them, are no action over many lines."""
    text = "a: grep '{{' x\nb: ${{ y }}\nc: ${#list[@]} #}\nd: 1\ne: '{{'\nf: 2\ng: x {{ .Name }}\n"
    assert [value.value.replace(HOLE, "·") for _, value in read(Document("ci.yml", text.encode()))[0].pairs] == [
        "grep '{{' x", "${{ y }}", "${#list[@]}", "1", "{{", "2", "x ···········",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "lines",
    [
        ["b:", "  c: |", "    <p style={{", "      d: 1", "    }} />"],
        ["b:", "  c: >-", "    {{ $x", "       y }}.", "  d: 1"],
        ["b: ['{{']", "c: '}}'"],  # YAML already, and none without what looks like an action
    ],
)
def test_braces_of_other_languages_leave_yaml_as_it_is(lines: list[str]) -> None:
    text = "\n".join(["a: 1", *lines, "z: 2", ""])
    keys = [key.value for key, _ in read(Document("rules.yaml", text.encode()))[0].pairs]
    assert keys == ["a", *(line[0] for line in lines if line[0].isalpha()), "z"]


def test_what_is_no_yaml_even_without_its_actions_is_a_template() -> None:
    with pytest.raises(Unparsable) as caught:
        read(Document("a.yaml", b"a: 1\n  b: {{ x }}\n c: 2\n"))
    assert caught.value.template == "a template ({{ … }})"


def test_a_mark_that_a_program_looks_for_is_a_template() -> None:
    with pytest.raises(Unparsable) as caught:
        documents("kind: Pod\nimage: @IMAGE@\n")
    assert (caught.value.template, caught.value.offset) == ("a template (@…@)", 17)


@given(
    st.lists(
        st.sampled_from(
            ["{{", "}}", "{{x}}", "{%", "%}", "{#", "#}", "$", "a", ":", " ", "\n", "\r\n", "\r", "- ", "|", "#", "[]"]
        ),
        max_size=40,
    ).map("".join)
)
def test_masking_keeps_every_place(text: str) -> None:
    without = masked(text)
    assert len(without) == len(text)
    assert all(new in (old, HOLE, " ") and (old not in "\r\n" or new == old) for old, new in zip(text, without, strict=True))


def test_many_open_actions_are_searched_for_their_end_once() -> None:
    assert masked("{{" * 300_000) == "{{" * 300_000


@given(st.text(" \t:-?,[{!&a|>+0", max_size=12))
def test_where_a_value_and_a_block_may_begin(text: str) -> None:
    """As these patterns have it, which look at the whole line again for each place."""
    value = r"(?:^|[:?,\[{]|(?:^|[\s\[{,])-)[ \t]+$|[\[{,]$|^$"
    assert templates._begins_value(text, len(text)) == bool(re.search(value, text))
    block = re.search(r"[|>][-+0-9]*[ \t]*$", text)
    begun = block is not None and templates._begins_block(text, block.start())
    assert begun == bool(re.search(r"(?:^|[:-] +)(?:[!&]\S+ +)*[|>][-+0-9]*[ \t]*$", text))
