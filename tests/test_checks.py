"""The judgement, cell by cell: which rule each verdict breaks at each required level, what comes first, and how it is said."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pinlint.checks import FACT_RULES, MANIFEST_RULES, judge, judge_fact, judge_host
from pinlint.config import DEFAULT_REQUIRE, Policy
from pinlint.ecosystems import ECOSYSTEMS
from pinlint.model import FACTS, STRENGTH, VERDICTS, Artifact, Fact, Reference, Span
from pinlint.rulebook import codes

LEVELS = ("any", "tag", "version", "digest")
#: What sentences below speak of; any other kind of artifact is judged the same whatever it is called.
NAMES = {
    "image": "docker.io/library/python", "npm": "left-pad", "git": "github.com/acme/widget", "url": "https://downloads.example/tool",
}  # fmt: skip

#: Verdict → the rule that it breaks where any, tag, version, digest is required ("" = none).
CELLS = {
    "floating": ("", "PIN001", "PIN001", "PIN001"),
    "tag": ("", "", "PIN002", "PIN003"),
    "range": ("", "", "PIN002", "PIN003"),
    "version": ("", "", "", "PIN003"),
    "weak-digest": ("", "", "", "PIN004"),
    "digest": ("", "", "", ""),
    "local": ("", "", "", ""),
    "unknown": ("", "PIN006", "PIN006", "PIN006"),
}
#: A broken algorithm in a Python requirement is one that pip refuses or that nothing else backs: never good enough.
PYPI_CELLS = CELLS | {"weak-digest": ("", "PIN004", "PIN004", "PIN004")}
#: A download is judged by whether its bytes are checked; there is no tag or version that could do instead.
URL_CELLS = dict.fromkeys(("floating", "tag", "range", "version"), ("", "SRC205", "SRC205", "SRC205")) | {
    "weak-digest": ("", "PIN004", "PIN004", "PIN004"),
    "digest": ("", "", "", ""),
    "local": ("", "", "", ""),
    "unknown": ("", "PIN006", "PIN006", "PIN006"),
}


def reference(kind: str = "image", verdict: str = "tag", **fields: Any) -> Reference:
    made = Reference(Artifact(kind, NAMES.get(kind, "acme/widget")), "1.2", (), verdict, Span(0, 1), "base image")
    return made._replace(**fields)


def policy(level: str, kind: str) -> Policy:
    return Policy(require={kind: level})


def rule(found: tuple[str, str] | None) -> str:
    return found[0] if found else ""


@pytest.mark.parametrize("kind", ECOSYSTEMS)
@pytest.mark.parametrize("verdict", VERDICTS)
@pytest.mark.parametrize("level", LEVELS)
def test_every_verdict_at_every_required_level(kind: str, verdict: str, level: str) -> None:
    cells = {"url": URL_CELLS, "pypi": PYPI_CELLS}.get(kind, CELLS)
    made = reference(kind, verdict, digests=("sha1-x",) if verdict in ("weak-digest", "digest") else ())
    assert rule(judge(made, policy(level, kind))) == cells[verdict][LEVELS.index(level)]


@pytest.mark.parametrize("kind", ECOSYSTEMS)
@pytest.mark.parametrize("verdict", ["floating", "tag", "range", "version"])
def test_what_only_looks_pinned_is_said_before_anything_else(kind: str, verdict: str) -> None:
    made = reference(kind, verdict, digests=("sha256:abc",), why="looks pinned and is not", settled_by="a lock")
    assert [rule(judge(made, policy(level, kind))) for level in LEVELS] == ["", "PIN005", "PIN005", "PIN005"]


@pytest.mark.parametrize("verdict", ["floating", "tag", "range", "version"])
def test_settled_reference_and_constraint_are_no_finding(verdict: str) -> None:
    for level in LEVELS:
        assert judge(reference("helm", verdict, settled_by="Chart.lock: 1.2.3"), policy(level, "helm")) is None
        assert judge(reference("pypi", verdict, role="constraint"), policy(level, "pypi")) is None


def test_lock_does_not_excuse_a_broken_algorithm() -> None:
    made = reference("npm", "weak-digest", digests=("sha1-x",), settled_by="a lock")
    assert rule(judge(made, policy("digest", "npm"))) == "PIN004"


@pytest.mark.parametrize(("version", "expected"), [("sha256:abc", "PIN008"), ("3.12@sha256:abc", "")])
def test_only_an_image_without_tag_gets_the_note(version: str, expected: str) -> None:
    made = reference("image", "digest", digests=("sha256:abc",), version=version)
    assert rule(judge(made, policy("digest", "image"))) == expected
    assert judge(made._replace(artifact=Artifact("git", "x")), policy("digest", "git")) is None


@pytest.mark.parametrize(("level", "expected"), [("any", ""), ("tag", "PIN008"), ("digest", "PIN008")])
def test_note_about_a_missing_tag_depends_on_no_level_but_any(level: str, expected: str) -> None:
    made = reference("image", "digest", digests=("sha256:abc",), version="sha256:abc")
    assert rule(judge(made, policy(level, "image"))) == expected


def references() -> st.SearchStrategy[Reference]:
    return st.builds(
        lambda kind, verdict, version, digests, why, settled, role: reference(
            kind, verdict, version=version, why=why, settled_by=settled, role=role,
            digests=digests or (("sha512-x",) if verdict in ("digest", "weak-digest") else ()),
        ),
        st.sampled_from(sorted(ECOSYSTEMS)), st.sampled_from(VERDICTS), st.sampled_from(["", "1.2", "sha256:abc", "x" * 200]),
        st.sampled_from([(), ("sha256:abc",)]), st.sampled_from(["", "a reason"]), st.sampled_from(["", "a lock"]),
        st.sampled_from(["base image", "requirement", "constraint"]),
    )  # fmt: skip


@given(references(), st.sampled_from(LEVELS))
def test_every_finding_has_a_page_and_a_sentence_with_one_subject(made: Reference, level: str) -> None:
    found = judge(made, policy(level, made.artifact.kind))
    if found is None:
        return
    code, message = found
    assert code in codes()
    assert message.startswith(f"{made.role} {made.artifact.name}")
    assert len(message) < 300
    assert not message.endswith(".")
    assert not re.search(r"\s\s|\n", message)
    if made.why:
        assert message.endswith(f": {made.why}")
    else:
        after = message.removeprefix(f"{made.role} {made.artifact.name}")
        said = re.sub(r"^(?:[:@ ](?:1\.2|sha256:abc|x{57}…))", "", after) if made.artifact.kind != "url" else after
        assert re.match(r" (has|is|moves|asks|looks|cannot) ", said), message


@given(references(), st.sampled_from(LEVELS), st.sampled_from(LEVELS))
def test_more_is_never_reported_where_less_is_required(made: Reference, one: str, other: str) -> None:
    less, more = sorted((one, other), key=LEVELS.index)
    kind = made.artifact.kind
    assert not judge(made, policy(less, kind)) or judge(made, policy(more, kind))


@example(reference("pypi", "tag"), "weak-digest", "tag")
@given(references(), st.sampled_from(sorted(STRENGTH)), st.sampled_from(LEVELS))
def test_firmer_reference_is_never_worse(made: Reference, firmer: str, level: str) -> None:
    """PIN008 apart, which is about readers and not about firmness; and a broken algorithm of pip, which is always told."""
    if STRENGTH.get(made.verdict, 9) > STRENGTH[firmer]:
        return
    kind, without = made.artifact.kind, made._replace(digests=("sha512-x",) if made.verdict in ("digest", "weak-digest") else ())
    improved = without._replace(verdict=firmer, digests=("sha512-x",) if firmer in ("digest", "weak-digest") else ())
    before, after = judge(without, policy(level, kind)), rule(judge(improved, policy(level, kind)))
    if not made.settled_by and made.role != "constraint":
        assert before or after in ("", "PIN008") or (kind, after) == ("pypi", "PIN004")


@pytest.mark.parametrize(
    ("made", "level", "message"),
    [
        pytest.param(
            reference(verdict="floating", version=""), "digest",
            "base image docker.io/library/python has no tag, so every pull may get another image", id="image without tag",
        ),
        pytest.param(
            reference(verdict="floating", version="latest"), "digest",
            "base image docker.io/library/python:latest moves with every release, so every pull may get another image",
            id="latest",
        ),
        pytest.param(
            reference(), "version", "base image docker.io/library/python:1.2 is named by a tag, which can be moved",
            id="tag where a version is required",
        ),
        pytest.param(
            reference(), "digest", "base image docker.io/library/python:1.2 has no digest, and its tag can be moved",
            id="tag where a digest is required",
        ),
        pytest.param(
            reference("git", role="git context"), "digest",
            "git context github.com/acme/widget@1.2 is a tag, which can be moved; a full commit cannot", id="git tag",
        ),
        pytest.param(
            reference("url", "floating", role="download", version="1.2"), "digest",
            "download https://downloads.example/tool has no checksum, so whatever the server sends is accepted",
            id="download is named by its address alone",
        ),
        pytest.param(
            reference("npm", "weak-digest", role="locked package", digests=("sha1-x",)), "digest",
            "locked package left-pad 1.2 has only a sha1 hash, which can be forged", id="broken algorithm",
        ),
        pytest.param(
            reference("image", "tag", version="3@sha256:abc", digests=("sha256:abc",)), "digest",
            "base image docker.io/library/python:3@sha256:abc looks pinned and is not", id="tag and broken digest",
        ),
        pytest.param(
            reference("image", "floating", version="sha256:abc", digests=("sha256:abc",)), "digest",
            "base image docker.io/library/python@sha256:abc looks pinned and is not", id="broken digest alone",
        ),
    ],
)  # fmt: skip
def test_sentence(made: Reference, level: str, message: str) -> None:
    found = judge(made, policy(level, made.artifact.kind))
    assert found is not None
    assert found[1] == message


@pytest.mark.parametrize(
    ("version", "shown"),
    [
        pytest.param(f"sha256:{'0123456789abcdef' * 4}", "@sha256:0123456789ab…", id="digest"),
        pytest.param(f"3.12@sha256:{'0123456789abcdef' * 3}", ":3.12@sha256:0123456789ab…", id="tag and digest"),
        pytest.param("3.12@sha256:0123456789abcdef", ":3.12@sha256:0123456789abcdef", id="a short one is shown whole"),
        pytest.param(f"{'x' * 100}@sha256:1", f":{'x' * 57}…", id="long tag"),
    ],
)
def test_message_shows_no_more_of_a_version_than_people_read(version: str, shown: str) -> None:
    digest = version.rpartition("@")[2]
    made = reference("image", "floating", version=version, digests=(digest,), why="a reason")
    found = judge(made, policy("digest", "image"))
    assert found == ("PIN005", f"base image docker.io/library/python{shown}: a reason")


def test_pattern_of_the_policy_decides_for_an_artifact() -> None:
    wanted = Policy(require={**Policy().require, "image:docker.io/*": "any", "image:docker.io/library/*": "digest"})
    assert rule(judge(reference(), wanted)) == "PIN003"
    assert judge(reference()._replace(artifact=Artifact("image", "docker.io/acme/app")), wanted) is None


@pytest.mark.parametrize(
    ("command", "kind", "verdict", "expected"),
    [
        ("build", "image", "floating", "PIN010"),
        ("hand", "image", "floating", "PIN011"),
        ("meant", "image", "floating", ""),
        ("build", "image", "tag", ""),
        ("build", "pypi", "range", "PIN010"),
        ("build", "npm", "version", ""),
        ("build", "git", "tag", ""),
        ("build", "os", "floating", ""),
        ("build", "pypi", "unknown", "PIN006"),
        ("build", "pypi", "local", ""),
        ("build", "url", "floating", "SRC205"),
        ("meant", "url", "floating", ""),
    ],
)
def test_what_a_command_asks_for_has_rules_of_its_own(command: str, kind: str, verdict: str, expected: str) -> None:
    made = reference(kind, verdict)._replace(command=command)
    assert rule(judge(made, Policy())) == expected
    assert judge(made, Policy(require={**DEFAULT_REQUIRE, f"command:{kind}": "any"})) is None


def test_what_a_constraint_settles_is_no_finding_of_a_command() -> None:
    made = reference("pypi", "floating", settled_by="constraints.txt")._replace(command="build")
    assert judge(made, Policy()) is None
    assert rule(judge(made, Policy(require={**DEFAULT_REQUIRE, "command:pypi": "digest"}))) == "PIN010"


def test_every_kind_of_fact_has_its_rule() -> None:
    assert set(FACT_RULES) == set(FACTS)
    assert {code for code in FACT_RULES.values() if code} <= set(codes())
    assert set(codes()) >= MANIFEST_RULES


@pytest.mark.parametrize("kind", FACTS)
def test_fact_is_a_finding_that_says_its_detail_unless_the_file_is_foreign(kind: str) -> None:
    found = judge_fact(Fact(kind, Span(0, 1), "Velocity"))
    if kind == "foreign":
        assert found is None
    else:
        assert found is not None
        assert found[0] == FACT_RULES[kind]
        assert found[1].endswith("Velocity")


def test_template_is_named_in_a_sentence() -> None:
    found = judge_fact(Fact("template", Span(0, 1), "a template"))
    assert found == ("PIN902", "what it asks for is not judged, because it is written as a template")


@pytest.mark.parametrize(
    ("artifact", "verdict", "host"),
    [
        pytest.param(Artifact("image", "ghcr.io/acme/app"), "digest", "ghcr.io", id="image by its name"),
        pytest.param(Artifact("git", "github.com/acme/app"), "tag", "github.com", id="repository by its name"),
        pytest.param(
            Artifact("npm", "left-pad", "https://packages.example:8443"),
            "digest",
            "packages.example:8443",
            id="package by its source",
        ),
        pytest.param(
            Artifact("helm", "redis", "https://charts.example/stable"), "range", "charts.example", id="chart by its repository"
        ),
        pytest.param(Artifact("npm", "left-pad"), "digest", "", id="a package without source comes from the default registry"),
        pytest.param(Artifact("image", "build"), "local", "", id="a build stage comes from nowhere"),
        pytest.param(Artifact("image", "$BASE"), "unknown", "", id="an unknown image comes from an unknown host"),
    ],
)
def test_host_is_compared_with_those_listed_for_the_kind(artifact: Artifact, verdict: str, host: str) -> None:
    made = reference(verdict=verdict)._replace(artifact=artifact)
    strict = Policy(hosts={artifact.kind: ("registry.example",)})
    found = judge_host(made, strict)
    assert rule(found) == ("SRC202" if host else "")
    assert found is None or found[1] == f"base image {artifact.name} comes from {host}, which hosts.{artifact.kind} does not list"
    assert judge_host(made, Policy(hosts={artifact.kind: (host or "x",)})) is None
    assert judge_host(made, Policy()) is None
