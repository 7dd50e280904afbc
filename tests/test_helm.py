"""Charts and their locks: what is asked for, what settles it, what is said about the lock."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinlint.discover import format_of
from pinlint.ecosystems.helm import names
from pinlint.engine import stream
from pinlint.model import FACTS, VERDICTS, Fact, KeyPath, Reference
from pinlint.semantics.chart_lock import Dependency, digest, helm2_digest
from pinlint.text import Document
from pinlint.tree import Tree

HEAD = "apiVersion: v2\nname: top\nversion: 0.1.0\n"
ONE = HEAD + "dependencies:\n- name: a\n  version: ^1.2\n  repository: https://registry.example/charts\n"
Fields = list[list[tuple[str, str]]]
A: Dependency = {"name": "a", "version": "^1.2", "repository": "https://registry.example/charts"}
NAMES = ("Chart.lock", "Chart.yaml", "requirements.lock", "requirements.yaml")


def read(name: str, **files: str) -> list[Reference | Fact]:
    """What the format of `name` finds, the files given as chart_yaml=…, chart_lock=…, requirements_yaml=…, requirements_lock=…."""
    overlay = {
        key.replace("_", ".").replace("chart.", "Chart."): text.encode("utf-8", "surrogateescape") for key, text in files.items()
    }
    tree = Tree("/nowhere", list, overlay)
    format_ = format_of(name)
    assert format_ is not None
    return list(stream(tree.read(name), format_, tree))


def facts(found: list[Reference | Fact]) -> list[str]:
    return [one.kind for one in found if isinstance(one, Fact)]


def references(found: list[Reference | Fact]) -> list[Reference]:
    return [one for one in found if isinstance(one, Reference)]


def dependency(version: str = "", repository: str = "https://registry.example/charts", name: str = "a") -> Reference:
    text = HEAD + f"dependencies:\n- name: {name}\n" + (f"  version: {version}\n" if version else "")
    (found,) = references(read("Chart.yaml", chart_yaml=text + (f"  repository: {repository}\n" if repository else "")))
    return found


def lock(version: str = "1.2.3", repository: str = "https://registry.example/charts", written: str = "") -> str:
    locked: Dependency = {"name": "a", "version": version, "repository": repository}
    body = f"dependencies:\n- name: a\n  repository: {repository}\n  version: {version}\n"
    return body + f"digest: {written or digest([A], [locked])}\ngenerated: '2026-01-01T00:00:00Z'\n"


# --- verdicts


@pytest.mark.parametrize(
    ("version", "verdict"),
    [
        ("1.2.3", "version"),
        ("v1.2.3", "version"),
        ("'=1.2.3'", "version"),
        ("1.2.3-rc.1", "version"),
        ("1.2.3+build", "version"),
        ("'>= 1.2.3'", "range"),
        ("1.2", "range"),
        ("'1'", "range"),
        ("1.x", "range"),
        ("~1.2.3", "range"),
        ("^1.2.3", "range"),
        ("1.2.3 - 1.4.0", "range"),
        ("1.2.3 || 1.2.4", "range"),
        ("'!=1.2.3'", "range"),
        ("'*'", "floating"),
        ("x", "floating"),
        ("'>=*'", "floating"),
        ("'1.2.3 || *'", "floating"),
        ("", "floating"),
        ("~", "floating"),
        ("latest", "unknown"),
        ("1.2.3.4", "unknown"),
        ("'{{ .Values.version }}'", "unknown"),
        ("{{ version }}", "unknown"),
        ("[1.2.3]", "unknown"),
        ("9" * 399, "unknown"),
    ],
)
def test_versions_have_verdicts(version: str, verdict: str) -> None:
    found = dependency(version)
    assert found.verdict == verdict
    assert bool(found.why) or verdict not in ("unknown", "floating")


@pytest.mark.parametrize("repository", ["", "file://../a", "~", '""'])
def test_charts_of_the_own_repository_are_local(repository: str) -> None:
    found = dependency("^1.2", repository)
    assert found.verdict == "local"
    assert found.why


@pytest.mark.parametrize(
    ("repository", "source"),
    [
        ("https://registry.example/charts", "https://registry.example/charts"),
        ("https://me:secret@registry.example/charts", "https://registry.example/charts"),
        ("oci://me@registry.example/charts", "oci://registry.example/charts"),
        ('"@stable"', "@stable"),
        ("alias:stable", "alias:stable"),
    ],
)
def test_the_source_is_the_repository_without_credentials(repository: str, source: str) -> None:
    assert dependency("1.2.3", repository).artifact == ("helm", "a", source)


@pytest.mark.parametrize(
    ("repository", "insecure"),
    [
        ("http://registry.example/charts", True),
        ("HTTP://me:pw@registry.example", True),
        ("http://localhost.registry.example", True),
        ("http://localhost:8879/charts", False),
        ("http://127.0.0.1", False),
        ("http://[::1]:80", False),
        ("https://registry.example", False),
        ("oci://registry.example", False),
        ("file://http://x", False),
    ],
)
def test_plain_http_is_said_once_but_not_of_this_machine(repository: str, insecure: bool) -> None:
    text = HEAD + f"dependencies:\n- name: a\n  version: 1.2.3\n  repository: {repository}\n"
    found = read("Chart.yaml", chart_yaml=text)
    assert facts(found) == ["insecure-transport"] * insecure
    assert "pw" not in str([one for one in found if isinstance(one, Fact)])


def test_a_finding_points_at_the_version_or_else_the_name() -> None:
    text = (
        HEAD
        + "dependencies:\n- {name: a, version: '1.2.3', repository: https://x.example}\n- {name: b, repository: https://x.example}\n"
    )
    spans = [one.span for one in references(read("Chart.yaml", chart_yaml=text)) if not isinstance(one.span, KeyPath)]
    assert [text[slice(*span)] for span in spans] == ["'1.2.3'", "b"]


def test_the_versions_of_the_chart_itself_ask_for_nothing() -> None:
    assert read("Chart.yaml", chart_yaml=HEAD + "appVersion: latest\n") == []
    assert read("Chart.yaml", chart_yaml=HEAD + "type: library\ndependencies: []\n") == []
    assert read("Chart.yaml", chart_yaml=HEAD + "dependencies:\n") == []


def test_package_urls_name_the_repository() -> None:
    assert names.purl("a", "1.2.3+b") == "pkg:helm/a@1.2.3%2Bb"
    assert names.purl("a b", "", "https://x.example/ü?q") == "pkg:helm/a%20b?repository_url=https:%2F%2Fx.example%2F%C3%BC%3Fq"


# --- locks


def test_a_lock_that_agrees_settles() -> None:
    (found,) = read("Chart.yaml", chart_yaml=ONE, chart_lock=lock())
    assert isinstance(found, Reference)
    assert (found.verdict, found.settled_by) == ("range", "Chart.lock: 1.2.3")


def test_a_missing_lock_is_said_once_and_first() -> None:
    text = (
        ONE
        + "- name: b\n  version: '*'\n  repository: oci://registry.example\n- name: c\n  version: 1.0.0\n  repository: oci://registry.example\n"
    )
    found = read("Chart.yaml", chart_yaml=text)
    assert facts(found) == ["missing-lock"]
    assert isinstance(found[0], Fact)
    assert "a, b is" in found[0].detail
    assert [one.settled_by for one in references(found)] == ["", "", ""]


@pytest.mark.parametrize("version", ["1.2.3", "v1.2.3"])
def test_exact_versions_need_no_lock(version: str) -> None:
    assert facts(read("Chart.yaml", chart_yaml=ONE.replace("^1.2", version))) == []


@pytest.mark.parametrize(
    ("manifest", "locked", "words"),
    [
        (ONE.replace("^1.2", "^2"), lock(), "locks a 1.2.3, which ^2 does not allow"),
        (ONE.replace("^1.2", "^1.1"), lock(), "the digest of Chart.lock"),
        (ONE.replace("name: a", "name: b"), lock(), "does not lock b"),
        (
            ONE.replace("/charts", "/other"),
            lock(),
            "takes a from https://registry.example/charts, not from https://registry.example/other",
        ),
        (ONE + "  condition: a.on\n", lock(), "the digest of Chart.lock"),
        (HEAD, lock(), "locks a, which is not asked for"),
        (ONE, lock().replace("version: 1.2.3", "version: 1.2.4"), "the digest of Chart.lock"),
        (ONE, lock(written="sha256:" + "0" * 64), "the digest of Chart.lock"),
        (ONE, lock(written=helm2_digest([A])), "the digest of Chart.lock"),
    ],
)
def test_a_lock_out_of_step_is_said_with_what_differs(manifest: str, locked: str, words: str) -> None:
    found = read("Chart.yaml", chart_yaml=manifest, chart_lock=locked)
    assert facts(found) == ["stale-lock"]
    assert isinstance(found[0], Fact)
    assert words in found[0].detail
    assert not any(one.settled_by for one in references(found))


@pytest.mark.parametrize(
    "manifest",
    [ONE + "# why\n", ONE.replace("^1.2", "'^1.2'"), ONE.replace("- name: a\n  version: ^1.2", "- version: ^1.2\n  name: a")],
)
def test_what_helm_does_not_see_leaves_the_lock_in_step(manifest: str) -> None:
    assert facts(read("Chart.yaml", chart_yaml=manifest, chart_lock=lock())) == []


@pytest.mark.parametrize("name", ['"@stable"', "alias:stable"])
def test_a_named_repository_is_what_the_lock_says_it_was(name: str) -> None:
    manifest = ONE.replace("https://registry.example/charts", name)
    (found,) = read("Chart.yaml", chart_yaml=manifest, chart_lock=lock())
    assert isinstance(found, Reference)
    assert found.settled_by == "Chart.lock: 1.2.3"
    assert facts(read("Chart.yaml", chart_yaml=manifest.replace("^1.2", "^3"), chart_lock=lock())) == ["stale-lock"]
    nowhere = lock().replace("  repository: https://registry.example/charts\n", "")
    assert facts(read("Chart.yaml", chart_yaml=manifest, chart_lock=nowhere)) == ["stale-lock"]


def test_a_template_among_the_dependencies_leaves_the_lock_in_doubt() -> None:
    text = ONE + "- name: b\n  version: '{{ v }}'\n  repository: https://registry.example/charts\n"
    found = read("Chart.yaml", chart_yaml=text, chart_lock=lock())
    assert facts(found) == []
    assert [one.verdict for one in references(found)] == ["unknown", "unknown"]


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ("<<<<<<< HEAD\n" + lock(), "Chart.lock:1: it holds the markers of a merge conflict"),
        ("", "empty"),
        ("- a\n", "empty or holds no keys"),
        (lock().replace("digest:", "digets:"), "no `digest`"),
        (lock().replace("dependencies:", "deps:"), "no list of `dependencies`"),
        ("dependencies:\n- a\ndigest: x\n", "Chart.lock:2: an entry"),
        ("dependencies: [\n", "no YAML"),
        ("a: \udcff\x01\n", "control character"),
    ],
)
def test_an_unreadable_lock_is_said_where_it_is_judged(broken: str, words: str) -> None:
    found = read("Chart.yaml", chart_yaml=ONE, chart_lock=broken)
    assert facts(found) == ["unreadable-lock"]
    assert isinstance(found[0], Fact)
    assert words in found[0].detail
    assert read("Chart.lock", chart_yaml=ONE, chart_lock=broken) == []
    assert facts(read("Chart.lock", chart_lock=broken)) == ["unreadable-lock"]


def test_locked_charts_are_exact_versions() -> None:
    (found,) = read("Chart.lock", chart_yaml=ONE, chart_lock=lock())
    assert isinstance(found, Reference)
    assert (found.role, found.verdict, found.version) == ("locked chart", "version", "1.2.3")


# --- Helm 2


REQUIREMENTS = ONE.removeprefix(HEAD)
V1 = HEAD.replace("v2", "v1")


@pytest.mark.parametrize("written", [helm2_digest([A]), ""])
def test_helm_2_locks_agree_by_either_digest(written: str) -> None:
    (found,) = read("requirements.yaml", chart_yaml=V1, requirements_yaml=REQUIREMENTS, requirements_lock=lock(written=written))
    assert isinstance(found, Reference)
    assert found.settled_by == "requirements.lock: 1.2.3"


def test_a_helm_2_lock_is_compared_beyond_its_digest() -> None:
    exact = REQUIREMENTS.replace("^1.2", "1.2.4")
    written = helm2_digest([{**A, "version": "1.2.4"}])
    found = read("requirements.yaml", chart_yaml=V1, requirements_yaml=exact, requirements_lock=lock(written=written))
    assert facts(found) == ["stale-lock"]
    # Helm 2 took ^0.1 for anything below 1.
    early = REQUIREMENTS.replace("^1.2", "^0.1")
    written = helm2_digest([{**A, "version": "^0.1"}])
    assert facts(read("requirements.yaml", requirements_yaml=early, requirements_lock=lock("0.9.0", written=written))) == []


def test_requirements_take_the_place_of_the_charts_dependencies() -> None:
    assert read("Chart.yaml", chart_yaml=ONE, requirements_yaml="dependencies: []\n") == []
    assert len(read("Chart.yaml", chart_yaml=ONE, requirements_yaml="collections: []\n")) == 2


@pytest.mark.parametrize(
    "text",
    ["", "- src: x\n", "collections:\n- name: x\n", "dependencies:\n- python=3\n- pip: [x]\n", "dependencies: text\n", "name: x\n"],
)
def test_what_is_no_helm_2_file_is_foreign(text: str) -> None:
    assert facts(read("requirements.yaml", requirements_yaml=text)) == ["foreign"]


@pytest.mark.parametrize("text", ["", "requests==2.0\n", "# pip\n-e file:.\nx==1 \\\n    --hash=sha256:00\n"])
def test_what_is_no_helm_2_lock_is_foreign(text: str) -> None:
    assert facts(read("requirements.lock", requirements_lock=text)) == ["foreign"]


# --- bad input


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "foreign"),
        ("- a\n", "foreign"),
        ("text\n", "foreign"),
        ("image: x\n", "foreign"),
        (HEAD + "dependencies: {}\n", "unreadable-file"),
        (HEAD + "dependencies: text\n", "unreadable-file"),
        (HEAD + "dependencies: {{ list }}\n", "template"),
        (HEAD + "dependencies:\n- a\n", "unreadable-file"),
        (HEAD + "dependencies:\n-\n", "unreadable-file"),
        (HEAD + "dependencies:\n- version: 1.2.3\n", "unreadable-file"),
        (HEAD + "dependencies:\n- name: [a]\n  version: 1.2.3\n", "unreadable-file"),
        (HEAD + "{{- if x }}\n", "template"),
        ("name: [\n", "unreadable-file"),
        ("[" * 100_000, "unreadable-file"),
        ("name: " + "{a: " * 100_000, "unreadable-file"),
    ],
)
def test_bad_charts_are_said_to_be_bad(text: str, kind: str) -> None:
    assert facts(read("Chart.yaml", chart_yaml=text)) == [kind]


def test_of_two_lists_the_one_that_helm_obeys_is_pointed_at() -> None:
    text = HEAD + "dependencies: []\n" + ONE.removeprefix(HEAD)
    (fact,) = (one for one in read("Chart.yaml", chart_yaml=text) if isinstance(one, Fact))
    assert (fact.kind, fact.span) == ("missing-lock", (text.rindex("dependencies"), text.rindex("dependencies") + 12))


def test_names_of_any_length_leave_messages_short() -> None:
    (fact,) = (one for one in read("Chart.yaml", chart_yaml=ONE.replace("name: a", "name: " + "a" * 9999)) if isinstance(one, Fact))
    assert len(fact.detail) < 200


def test_an_entry_that_is_a_template_has_its_text_for_a_name() -> None:
    (one,) = references(read("Chart.yaml", chart_yaml=HEAD + "dependencies:\n- {{ .Values.chart }}\n"))
    assert (one.artifact.name, one.verdict) == ("{{ .Values.chart }}", "unknown")


def test_aliases_are_reported_once_and_never_expanded() -> None:
    many = "\n".join(["x0: &x0 [a]"] + [f"x{i}: &x{i} [{', '.join([f'*x{i - 1}'] * 10)}]" for i in range(1, 40)])
    text = (
        HEAD
        + many
        + "\ndependencies:\n- &d {name: a, version: ^1, repository: https://x.example, tags: *x0, import-values: *x39}\n- *d\n"
    )
    found = read("Chart.yaml", chart_yaml=text, chart_lock=lock())
    assert len(references(found)) == 1


WORDS = [
    *("name:", "version:", "repository:", "dependencies:", "digest:", "tags:", "import-values:", "enabled:", "x: 1.10", "<<:"),
    *("a", "1.2.3", "^1", "*", "~", "''", "file://x", "@r", "&x", "*x", "|", "#", ",", "-", "[", "]", "{", "}", "{{", "}}"),
    *("\n", "\n  ", "\n- "),
]
words = st.sampled_from(WORDS)


@given(st.sampled_from(NAMES), st.lists(words, max_size=30), st.lists(words, max_size=30))
def test_any_text_gives_references_and_facts(name: str, first: list[str], second: list[str]) -> None:
    texts = {
        "chart_yaml": HEAD + "dependencies:\n- name: " + " ".join(first),
        "chart_lock": "digest: x\ndependencies:\n- name: " + " ".join(second),
        "requirements_yaml": "dependencies:\n- name: " + " ".join(second),
        "requirements_lock": " ".join(first),
    }
    assert_sound(name, texts)


FIELDS = ["name", "Name", "version", "repository", "condition", "tags", "enabled", "import-values", "alias", "<<", "unknown", "1"]
VALUES = [
    *("a", "1.10", "^1", "1.2.3", "9" * 399, "-" + "9" * 330, "1e309", "1e-46", "0x" + "f" * 99, ".nan", "~", "yes", "2001-01-01"),
    *("[]", "{}", "[~]", "{1: 2}", "[{a: 1.5e300}]", f"[{'9' * 399}]", "!!float 1", "! x", '"\\0"', "'x'", "{{ x }}", '"{{ x }}"'),
    *("@x", "alias:x", "file://..", "oci://", "http://u:p@h", "*x", "&x b"),
]
entries = st.lists(st.lists(st.tuples(st.sampled_from(FIELDS), st.sampled_from(VALUES)), min_size=1, max_size=5), max_size=2)


@given(st.sampled_from(NAMES), entries, entries)
def test_any_fields_give_references_and_facts(name: str, asked: Fields, locked: Fields) -> None:
    def listed(several: Fields) -> str:
        return "dependencies:\n" + "".join("- " + "\n  ".join(f"{key}: {value}" for key, value in one) + "\n" for one in several)

    manifest, lock_file = listed(asked), listed(locked) + "digest: sha256:00\n"
    files = {"requirements_yaml": manifest} if name.startswith("requirements") else {"chart_yaml": HEAD + manifest}
    assert_sound(name, {**files, "chart_lock": lock_file, "requirements_lock": lock_file})


def assert_sound(name: str, texts: dict[str, str]) -> None:
    document = Document(name, texts[name.lower().replace(".", "_")].encode())
    for one in read(name, **texts):
        assert one.span[0] <= one.span[1] <= len(document.text)  # type: ignore[operator]
        if isinstance(one, Fact):
            assert one.kind in FACTS
            assert one.detail
        else:
            assert one.verdict in VERDICTS
            assert one.why or one.verdict not in ("local", "unknown")


@given(
    st.text(st.sampled_from("0123456789.xX*^~<>=!|, -+va\t"), max_size=40), st.text(st.sampled_from("0123456789.-+va"), max_size=12)
)
def test_any_constraint_has_a_class(text: str, version: str) -> None:
    assert names.classify(text) in ("version", "range", "floating", "")
    assert names.allows(text, version) in (True, False)


def test_the_digest_is_that_of_helms_own_test() -> None:
    one: Dependency = {"name": "alpine", "version": "0.1.0", "repository": "http://localhost:8879/charts"}
    assert digest([one], [one]) == "sha256:fb239e836325c5fa14b29d1540a13b7d3ba13151b67fe719f820e0ef6d66aaaf"


def test_the_digest_is_over_the_json_that_go_writes() -> None:
    one: Dependency = {
        "import-values": [{"b": 1, "a": "é"}],
        "name": "a",
        "condition": "<x>&\u2028\u2029",
        "tags": [],
        "enabled": False,
    }
    written = (
        '[[{"name":"a","repository":"","condition":"\\u003cx\\u003e\\u0026\\u2028\\u2029","import-values":[{"a":"é","b":1}]}],null]'
    )
    assert digest([one], None) == "sha256:" + hashlib.sha256(written.encode()).hexdigest()


def test_a_pre_release_is_only_for_who_asks_for_one() -> None:
    asked = ["^1", "^1-0", ">=1.2.3-rc.0", "1.2.3-rc.1", "1.2.3"]
    assert [names.allows(text, "1.2.3-rc.1") for text in asked] == [False, True, True, True, False]


def test_what_needs_no_lock_is_not_said_to_be_settled_by_one() -> None:
    exact: Dependency = {**A, "version": "1.2.3"}
    found = read("Chart.yaml", chart_yaml=ONE.replace("^1.2", "1.2.3"), chart_lock=lock(written=digest([exact], [exact])))
    assert [one.settled_by for one in references(found)] == [""]
    assert facts(found) == []
