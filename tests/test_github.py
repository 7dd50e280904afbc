"""What `uses:` may say, what a ref asks for, what a comment names, how a matrix combines; what the lock of a repository settles."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinlint.ecosystems.action.names import (
    INSTANCE,
    action_verdict,
    needs_tag,
    parse_uses,
    pin_key,
    purl,
)
from pinlint.formats import forgejo_workflow
from pinlint.formats.github_workflow import references
from pinlint.model import Reference, Span
from pinlint.notations.version_comments import claimed
from pinlint.semantics.locked_actions import Lock, Unreadable, read_lock
from pinlint.semantics.workflow_expressions import Scope, combinations, expand
from pinlint.syntax.yaml import documents
from pinlint.text import Document
from pinlint.tree import Tree

if TYPE_CHECKING:
    from pinlint.syntax.yaml import Node

COMMIT = "3f1d8a2b7c9e4056a1b2c3d4e5f60718293a4b5c"


def read(text: str) -> list[Reference]:
    found = list(references(Document(".github/workflows/ci.yml", text.encode()), Tree("/nowhere", list)))
    return [one for one in found if isinstance(one, Reference)]


# The grammar of `uses:`


@pytest.mark.parametrize(
    ("text", "kind", "name", "ref"),
    [
        ("acme/tool@v1", "action", "acme/tool", "v1"),
        (" acme/tool@v1\t", "action", "acme/tool", "v1"),
        ("acme/tool/part.one/_two-3@v1", "action", "acme/tool/part.one/_two-3", "v1"),
        (f"Acme/Tool@{COMMIT}", "action", "Acme/Tool", COMMIT),
        ("acme/tool@one@two", "action", "acme/tool", "one@two"),
        ("acme/tool@feature/x y", "action", "acme/tool", "feature/x y"),
        ("acme/tool", "action", "acme/tool", ""),
        ("acme/tool@", "action", "acme/tool", ""),
        ("acme/flows/.github/workflows/build.yml@v1", "workflow", "acme/flows/.github/workflows/build.yml", "v1"),
        ("acme/flows/.github/workflows/build.yaml@a/b@c", "workflow", "acme/flows/.github/workflows/build.yaml", "a/b@c"),
        ("acme/flows/.github/workflows/deep/build.yml@v1", "action", "acme/flows/.github/workflows/deep/build.yml", "v1"),
        ("acme/flows/tools/.github/workflows/build.yml@v1", "action", "acme/flows/tools/.github/workflows/build.yml", "v1"),
        ("acme/flows/.github/workflows/build.txt@v1", "action", "acme/flows/.github/workflows/build.txt", "v1"),
        ("docker://alpine:3", "image", "alpine:3", ""),
        ("docker://", "image", "", ""),
        ("./.github/workflows/build.yml", "local", "./.github/workflows/build.yml", ""),
        ("./tools@v1/own", "local", "./tools@v1/own", ""),
        ("$/tools/own", "local", "$/tools/own", ""),
        ("$/tools/own@v1", "unknown", "$/tools/own@v1", ""),
        ("", "unknown", "", ""),
        ("tool@v1", "unknown", "tool@v1", ""),
        ("/tool@v1", "unknown", "/tool@v1", ""),
        ("acme/@v1", "unknown", "acme/@v1", ""),
        ("@v1", "unknown", "@v1", ""),
        ("acme/..@v1", "unknown", "acme/..@v1", ""),
        ("../tool@v1", "unknown", "../tool@v1", ""),
        ("acme/tool/./part@v1", "unknown", "acme/tool/./part@v1", ""),
        ("acme/tool/part//two@v1", "unknown", "acme/tool/part//two@v1", ""),
        ("acme/tool/@v1", "unknown", "acme/tool/@v1", ""),
        ("acme/to ol@v1", "unknown", "acme/to ol@v1", ""),
        ("acme/töol@v1", "unknown", "acme/töol@v1", ""),
        ('acme/"tool@v1', "unknown", 'acme/"tool@v1', ""),
        ("acme/tool@v1:x", "unknown", "acme/tool@v1:x", ""),
        ("acme/to\x07ol@v1", "unknown", "acme/to\x07ol@v1", ""),
        ("acme/tool@${{ inputs.ref }}", "unknown", "acme/tool@${{ inputs.ref }}", ""),
        ("https://code.example/acme/tool@v1", "action", "code.example/acme/tool", "v1"),
        ("https://GitHub.com/acme/tool@v1", "action", "acme/tool", "v1"),
        ("https://code.example:3000/acme/tool.git@v1", "action", "code.example:3000/acme/tool", "v1"),
        ("https://code.example/tool@v1", "unknown", "https://code.example/tool@v1", ""),
    ],
)
def test_uses(text: str, kind: str, name: str, ref: str) -> None:
    found = parse_uses(text)
    assert (found.kind, found.name, found.ref) == (kind, name, ref)
    assert bool(found.why) == (kind in ("local", "unknown"))


PIECES = st.sampled_from(
    ["acme", "tool", "/", "@", "v1", ".", "..", "./", "$/", "docker://", "https://", "${", ":", " ", "\t", "é", "\0"]
)


@given(st.lists(PIECES, max_size=9).map("".join))
def test_a_ref_stands_where_it_is_said_to(text: str) -> None:
    found = parse_uses(text)
    assert text[found.at : found.at + len(found.ref)] == found.ref
    if found.kind == "image":
        assert text.strip().endswith(found.name)
        assert text[found.at :].startswith(found.name)


@pytest.mark.parametrize(
    ("ref", "verdict"),
    [
        (COMMIT, "digest"), (COMMIT.upper(), "digest"), ("v4", "tag"), ("4.1.2", "tag"),
        ("v1-beta", "tag"),
        ("v2.0.0-rc.1", "tag"), ("bundle-v2.13", "tag"), ("login/v1.0.1", "tag"), ("tool@1.2.3", "tag"), ("refs/tags/v1", "tag"),
        ("20240101", "tag"), ("main", "floating"), ("HEAD", "floating"), ("stable", "floating"), ("release/v1", "floating"),
        ("releases/v1.2.3", "floating"), ("refs/heads/v1.2.3", "floating"), ("2.x", "floating"), ("v3-x", "floating"),
        ("", "floating"),
        ("feature/login", "floating"), ("beef", "floating"), ("deadbeef", "floating"),
    ],
)  # fmt: skip
def test_what_a_ref_asks_for(ref: str, verdict: str) -> None:
    found, digests, why = action_verdict(ref)
    assert found == verdict
    assert digests == ((ref,) if verdict == "digest" else ())
    assert bool(why) == (verdict == "floating")


@pytest.mark.parametrize(
    ("ref", "source", "verdict", "said"),
    [
        (COMMIT[:32] * 2, "", "floating", "40 digits"),
        (COMMIT[:32] * 2, "https://github.com", "floating", "40 digits"),
        (COMMIT[:32] * 2, "https://code.example", "digest", ""),
        (COMMIT[:32] * 2, INSTANCE, "digest", ""),
        (f"{COMMIT}#v4", "", "floating", "behind a blank only"),
        (f"{COMMIT}#v4", "https://code.example", "floating", "behind a blank only"),
    ],
)
def test_what_looks_like_a_commit_and_is_none(ref: str, source: str, verdict: str, said: str) -> None:
    found, digests, why = action_verdict(ref, source)
    assert (found, digests) == (verdict, (ref,))
    assert said in why


@pytest.mark.parametrize("length", [7, 12, 39, 41, 63, 65])
def test_what_only_looks_like_a_commit(length: int) -> None:
    ref = (COMMIT * 2)[:length]
    verdict, digests, why = action_verdict(ref)
    assert (verdict, digests) == ("tag", (ref,))
    assert ref in why


def test_purls_and_keys() -> None:
    assert purl("Actions/Cache/save", "v4") == "pkg:github/actions/cache@v4#save"
    assert purl("acme/tool", "") == "pkg:github/acme/tool"
    assert purl("acme/tool", "a/b@c") == "pkg:github/acme/tool@a%2Fb%40c"
    assert (
        purl("code.example/acme/tool/part", "v1") == "pkg:generic/tool@v1?vcs_url=git%2Bhttps:%2F%2Fcode.example%2Facme%2Ftool#part"
    )
    assert pin_key("Acme/Tool/part", "V1@x") == "acme/tool@V1@x"
    assert needs_tag("slsa-framework/slsa-github-generator/.github/workflows/builder_go_slsa3.yml")
    assert not needs_tag("slsa-framework/slsa-github-generator/actions/x")


@pytest.mark.parametrize(
    ("behind", "version"),
    [
        (" # v4.2.2", "v4.2.2"), ('"  # v4', "v4"), ("' # 4.1", "4.1"), (" #v4", "v4"), (" # 4", "4"), (" # tag=v1", "v1"),
        (" # tag: v1.0", "v1.0"), (" # version: v1", "v1"), (" # version=1.2", "1.2"), (" # ver=1", "1"), (" # pin v1", "v1"),
        (" # pin @v1", "v1"), (" # renovate: pin @v1", "v1"), (" # renovate: tag=v1.2", "v1.2"), (" # renovate: pin v3", "v3"),
        (" # @v1", "v1"), (" # bundle-v2.13.4", "bundle-v2.13.4"), (" # login/v1.0.1", "login/v1.0.1"), (" # pin@main", "main"),
        (" # ratchet:acme/tool@v1", "v1"), (" # ratchet:acme/tool/part@main", "main"), (" # acme/tool@v2", "v2"),
        (" # frozen: v1.2", "v1.2"),
        (" # v1.2.3-beta.1+build", "v1.2.3-beta.1+build"), (" # v4 (2026-01-05)", "v4"), (" # v4, reviewed", "v4"),
        (" # zizmor: ignore[unpinned-uses] # v4.1", "v4.1"), (" # v4 # pinlint: ignore[PIN003] ours", "v4"), (" } # v4", "v4"),
        (" # v4.2.2\n # v5", "v4.2.2"), (" # ratchet:exclude", ""), (" # checkout", ""), (" # main", ""),
        (" # 3 steps follow", ""),
        (" # 2026-01-05", ""), (" # see https://example.com/v1", ""), ("#v4", ""), ("", ""), (" v4", ""), (" # ", ""),
        ("\n # v4", ""),
        (" # node24 from now on", ""), (" # renovate: datasource=docker", ""),
    ],
)  # fmt: skip
def test_version_comments(behind: str, version: str) -> None:
    found = claimed(behind)
    assert (found.version if found else "") == version
    assert found is None or behind[found.start : found.end] == version


@pytest.mark.parametrize("text", ["# " + "v-" * 200_000, " #" * 200_000, " # " + "a/" * 200_000 + "@", " # " + "-v1" * 100_000])
def test_endless_comments_are_read_at_once(text: str) -> None:
    found = claimed(text)
    assert found is None or text.strip("# @").startswith(found.version)


# Matrices


def node(text: str) -> Node:
    return documents(text)[0]


def rows(text: str) -> list[dict[str, str]]:
    found = combinations(node(text))
    assert found is not None
    return [{key: value.value for key, value in row.items()} for row in found]


def test_include_adds_to_combinations_as_github_documents_it() -> None:
    """The example of GitHub's documentation, in other words: what fits is added, what would overwrite an axis is a job of its
    own."""
    assert rows(
        "{fruit: [fig, pear], animal: [cat, dog], include: [{color: green}, {color: pink, animal: cat}, {fruit: fig, shape: round},"
        " {fruit: plum}, {fruit: plum, animal: cat}]}"
    ) == [
        {"fruit": "fig", "animal": "cat", "color": "pink", "shape": "round"},
        {"fruit": "fig", "animal": "dog", "color": "green", "shape": "round"},
        {"fruit": "pear", "animal": "cat", "color": "pink"},
        {"fruit": "pear", "animal": "dog", "color": "green"},
        {"fruit": "plum"},
        {"fruit": "plum", "animal": "cat"},
    ]


@given(
    st.lists(st.sampled_from("abc"), min_size=1, unique=True), st.lists(st.sampled_from("xyz"), min_size=1, unique=True), st.data()
)
def test_exclude_takes_out_what_it_names(first: list[str], second: list[str], data: st.DataObject) -> None:
    excluded = data.draw(st.lists(st.sampled_from([(a, b) for a in "abc" for b in ("", *"xyz")]), max_size=4))
    entries = ", ".join(f"{{one: {a}{f', two: {b}' if b else ''}}}" for a, b in excluded)
    expected = [
        {"one": a, "two": b}
        for a, b in itertools.product(first, second)
        if not any(a == c and (not d or b == d) for c, d in excluded)
    ]
    assert rows(f"{{one: [{', '.join(first)}], two: [{', '.join(second)}], exclude: [{entries}]}}") == (expected or [{}])


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("node:${{ matrix.v }}", ["node:1", "node:2"]),
        ("${{ matrix.v == '1' && 'a' || 'b' }}", ["a", "b"]),
        ("${{ matrix.v != '1' && 'a' || '' }}", ["", "a"]),
        ("${{ startsWith(matrix.name, 'PG') && 'postgres' || 'none' }}", ["postgres"]),
        ("${{ contains(matrix.name, 'x') && 'postgres' || 'none' }}", ["none"]),
        ("${{ (matrix.v == '1' || matrix.v == '2') && matrix.name }}", ["pg-17"]),
        ("${{ matrix.v == '1' && endsWith(matrix.name, '17') && 'a' || null }}", ["a", ""]),
        ("${{ case(matrix.v == '1', 'a', matrix.v == '3', 'c', 'b') }}", ["a", "b"]),
        ("${{ matrix.none || 'it''s' }}", ["it's"]),
        ("${{ inputs.some || 'a' }}", ["?inputs.some", "a"]),
        ("${{ github.job == 'x' && 'a' || 'b' }}", ["a", "b"]),
        ("${{ format('{0}', matrix.v) }}", ["?format('{0}', matrix.v)"]),
        ("${{ 'a' || github.job }}", ["a"]),
        ("${{ env.SET }}:${{ env.UNSET }}", ["?env.UNSET"]),
        ("${{ (((((((((((((((((((((((((((((((('a')))))))))))))))))))))))))))))))) }}", None),
    ],
)
def test_expressions(text: str, values: list[str] | None) -> None:
    scope = Scope(node("{v: [1, 2], name: [pg-17]}"), {"env.SET": node("x")}.get, [100], lambda name: 1)
    found = [
        f"?{one.why.removesuffix(' gets its value when the workflow runs')}" if one.why else one.text for one in expand(text, scope)
    ]
    assert found == values if values is not None else found[0].startswith("?(")


def test_a_hostile_matrix_is_not_multiplied_out() -> None:
    axes = ", ".join(f"a{number}: [{', '.join(map(str, range(30)))}]" for number in range(30))
    assert combinations(node(f"{{{axes}}}")) is None
    job = f"{{container: '${{{{ matrix.a0 }}}}', strategy: {{matrix: {{{axes}}}}}}}"
    (found,) = read(f"jobs: {{a: {job}}}\n")
    assert (found.verdict, found.why) == ("unknown", "matrix.a0 gets its value when the workflow runs")


def test_what_anchors_share_is_read_once() -> None:
    """Two thousand jobs of the same two thousand steps, services and combinations: the file is long, its expansion endless."""
    steps = "".join(f"      - uses: acme/tool@v{number}\n" for number in range(2000))
    services = "".join(f"      s{number}: {{image: 'a:${{{{ matrix.x }}}}'}}\n" for number in range(2000))
    first = f"jobs:\n  a:\n    strategy: &m\n      matrix: {{x: [1, 2]}}\n    steps: &s\n{steps}    services: &t\n{services}"
    found = read(first + "".join(f"  j{number}: {{steps: *s, services: *t, strategy: *m}}\n" for number in range(2000)))
    assert sum(one.artifact.kind == "action" for one in found) == 2000
    assert {one.version for one in found if one.artifact.kind == "image"} == {"1", "2"}


def test_a_value_of_a_matrix_can_be_pinned_where_nothing_else_reads_it() -> None:
    text = "jobs:\n  a:\n    strategy: {matrix: {image: [node:22]}}\n    container: ${{ matrix.image }}\n"
    (found,) = read(text)
    assert isinstance(found.site, Span)
    assert text[found.site.start : found.site.end] == "node:22"
    (found,) = read(f"{text}    name: on ${{{{ matrix.image }}}}\n")
    assert (found.verdict, found.site) == ("tag", None)


def test_the_site_of_an_action_is_its_whole_text() -> None:
    text = "jobs:\n  a:\n    steps:\n      - uses: 'acme/tool@v1'\n      - uses: \"acme/\\x74ool@v1\"\n"
    plain, escaped = read(text)
    assert isinstance(plain.site, Span)
    assert (text[plain.site.start : plain.site.end], plain.notation) == ("acme/tool@v1", "action")
    assert (escaped.artifact.name, escaped.site, escaped.notation) == ("acme/tool", None, "")


def test_an_action_is_pinned_only_where_its_host_is_known() -> None:
    text = "jobs: {a: {steps: [{uses: acme/tool@v1}, {uses: 'https://code.example/acme/tool@v1'}, {uses: 'docker://alpine:3'}]}}\n"
    document = Document(".forgejo/workflows/ci.yml", text.encode())
    bare, named, image = (
        one for one in forgejo_workflow.references(document, Tree("/nowhere", list)) if isinstance(one, Reference)
    )
    assert (bare.artifact.source, bare.site, bare.notation) == (INSTANCE, None, "")
    assert (named.artifact.source, named.notation) == ("https://code.example", "action")
    assert isinstance(named.site, Span)
    assert text[named.site.start : named.site.end] == "https://code.example/acme/tool@v1"
    assert isinstance(image.site, Span)
    assert text[image.site.start : image.site.end] == "alpine:3"


def test_files_that_can_name_nothing_are_not_parsed() -> None:
    assert list(references(Document(".github/workflows/ci.yml", b"jobs: ]\n"), Tree("/nowhere", list))) == []


# The lock

ENTRY = f"{{ref: v1, commit: sha1-{COMMIT}, owner_id: 1, repo_id: 2}}"


def lock(text: str) -> Lock:
    return read_lock(Document(".github/workflows/actions.lock", text.encode()))


def test_the_lock_ignores_the_case_of_names_and_keeps_that_of_refs() -> None:
    found = lock(
        f"version: v0.0.2\nworkflows: {{a.yml: [Acme/Tool@V1]}}\ndependencies: {{aCME/tool@V1: {ENTRY.replace('v1', 'V1')}}}\n"
    )
    assert found.commit("acme/tool@V1") == COMMIT
    assert found.commit("acme/tool@v1") == ""
    assert list(found.workflows["a.yml"][1]) == ["acme/tool@V1"]


def test_what_locked_actions_use_is_reached_once() -> None:
    entry = ENTRY.removesuffix("}")
    found = lock(
        f"version: v0.0.2\ndependencies: {{a/a@v1: {entry}, uses: [b/b@v1]}}, b/b@v1: {entry}, uses: [a/a@v1, c/c@v9]}}}}\n"
    )
    assert found.reached({"a/a@v1"}) == {"a/a@v1", "b/b@v1", "c/c@v9"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no mapping"),
        ("- a", "no mapping"),
        ("workflows: {}", "its version is ''"),
        ("version: v1.0.0", "its version is 'v1.0.0'"),
        ("version: v0.0.2\nextra: 1", "'extra' is none"),
        ("version: v0.0.2\nversion: v0.0.2", "comes twice"),
        ("version: v0.0.2\nworkflows: []", "no mapping"),
        ("version: v0.0.2\nworkflows: {a.yml: acme/tool@v1}", "no list"),
        ("version: v0.0.2\nworkflows: {a.yml: [acme/tool/part@v1]}", "no OWNER/REPO@REF"),
        ("version: v0.0.2\nworkflows: {a.yml: [[]]}", "no OWNER/REPO@REF"),
        ("version: v0.0.2\ndependencies: {acme/tool@v1: 1}", "no mapping"),
        (f"version: v0.0.2\ndependencies: {{acme/tool@v2: {ENTRY}}}", "another ref"),
        (f"version: v0.0.2\ndependencies: {{acme/tool@{COMMIT[::-1]}: {ENTRY}}}", "another commit"),
        (f"version: v0.0.2\ndependencies: {{acme/tool@v1: {ENTRY.replace(COMMIT, COMMIT[:-1])}}}", "which is none"),
        (f"version: v0.0.2\ndependencies: {{acme/tool@v1: {ENTRY.replace('owner_id: 1, ', '')}}}", "lacks its owner_id"),
        (f"version: v0.0.2\ndependencies: {{acme/tool@v1: {ENTRY.replace('repo_id: 2', 'repo_id: 0')}}}", "no number"),
        (f"version: v0.0.2\ndependencies: {{acme/tool@v1: {ENTRY.replace('ref', 'rev')}}}", "'rev'"),
        ("version: [", "no YAML"),
    ],
)
def test_a_lock_that_github_refuses(text: str, why: str) -> None:
    with pytest.raises(Unreadable, match="gh actions-lock") as caught:
        lock(text)
    assert why in str(caught.value)
    assert 0 <= caught.value.span.start <= caught.value.span.end <= len(text)
