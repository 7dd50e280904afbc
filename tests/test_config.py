"""Policies: where they come from, what they decide, and what is said about a mistake in them."""

from __future__ import annotations

import contextlib
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinlint.config import DEFAULT_REQUIRE, OFF, Policy, compared, load
from pinlint.errors import PinlintError
from pinlint.patterns import covers
from pinlint.tree import Tree


def policy(tmp_path: Path, text: str, name: str = "pinlint.toml") -> Policy:
    (tmp_path / name).write_text(text)
    return load(str(tmp_path))


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load(str(tmp_path)) == Policy()


def test_the_first_file_in_order_counts(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.pinlint]\nfail-on = "never"\n')
    assert load(str(tmp_path)).fail_on == "never"
    (tmp_path / ".pinlint.toml").write_text('fail-on = "error"\n')
    assert load(str(tmp_path)).fail_on == "error"
    (tmp_path / "pinlint.toml").write_text("")
    assert load(str(tmp_path)).fail_on == "warning"


def test_a_pyproject_about_other_things_is_not_parsed(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("this is no TOML at all")
    assert load(str(tmp_path)) == Policy()


@pytest.mark.parametrize(
    ("text", "complaint", "hint"),
    [
        ("requires = {}", "unknown key requires", "did you mean require?"),
        ("[require]\nimages = 'digest'", "unknown kind 'images'", "did you mean image?"),
        ("[require]\nimage = 'tag'\nbaseline = 'b.json'", "unknown kind 'baseline'", "belongs above the first table"),
        ("[hosts]\nextend-exclude = ['b']", "unknown kind 'extend-exclude'", "belongs above the first table"),
        ("[severity]\nignore = ['PIN008']", "severity.ignore is", "belongs above the first table"),
        ("[[overrides]]\npaths = ['a']\nfail-on = 'error'", "unknown key overrides.fail-on", "belongs above the first table"),
        ("[require]\nimage = 'sha'", "require.image is 'sha'", "use one of any, tag, version, digest"),
        ("[require]\nmaven = 'digest'", "require.maven is", "cannot hold a digest"),
        ("[require]\norb = 'digest'", "require.orb is", "orb files cannot hold a digest; the firmest is version"),
        ("[require]\n'orb:circleci/*' = 'digest'", 'require.orb:circleci/* is "digest"', "the firmest is version"),
        ("[require]\ntask = 'digest'", "require.task is", "the firmest is version"),
        ("[[overrides]]\npaths = ['a']\nrequire = {'helm:redis' = 'digest'}", "require.helm:redis is", "the firmest is version"),
        ("[require]\n'command:images' = 'any'", "unknown kind 'images' of commands", "did you mean image?"),
        ("[require]\n'command:maven' = 'any'", "unknown kind 'maven' of commands", ""),
        ("[require]\n'command:image' = 'sha'", "require.command:image is 'sha'", "use one of any, tag, version, digest"),
        ("[require]\n'command:*' = 'sha'", "require.command:* is 'sha'", "use one of any, tag, version, digest"),
        ("[require]\n'command:helm' = 'digest'", "require.command:helm is", "helm commands cannot hold a digest"),
        ("select = ['PINX']", "no rule is called 'PINX'", ""),
        ("select = 'PIN001'", "select is no list of strings", ""),
        ("fail-on = 'all'", "fail-on is 'all'", ""),
        ("[[ignores]]\nreason = 'x'", "names neither rule nor path nor artifact", ""),
        ("[[ignores]]\nrule = 'PIN003'\nuntil = '2027-01-31'", "names PIN003 alone", 'ignore = ["PIN003"]'),
        ("ignore = ['missing-digset']", "no rule is called 'missing-digset'", "did you mean missing-digest?"),
        ("ignore = ['PIN03']", "no rule is called 'PIN03'", "did you mean PIN003?"),
        ("[[ignores]]\nrule = 'PIN'\nuntil = 'soon'", "ignores.until is 'soon'", ""),
        ("[[overrides]]\nrequire = {}", "an entry of overrides has no paths", ""),
        ("[require]\n'image:a*' = 'tag'\n'image:a*b' = 'any'", "two patterns of require begin with 'image:a'", ""),
        ("require = 3", "require is no table", ""),
        ("a = = 1", "pinlint.toml", ""),
        ("\xff", "pinlint.toml", ""),
    ],
)
def test_a_mistake_is_named_with_its_file_and_what_would_be_right(tmp_path: Path, text: str, complaint: str, hint: str) -> None:
    (tmp_path / "pinlint.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(PinlintError) as raised:
        load(str(tmp_path))
    assert "pinlint.toml" in str(raised.value)
    assert complaint in str(raised.value)
    assert hint in raised.value.hint


def test_the_pattern_with_the_longest_literal_prefix_decides(tmp_path: Path) -> None:
    found = policy(
        tmp_path, "[require]\n'image:ghcr.io/me/*' = 'tag'\n'image:ghcr.io/*' = 'version'\n'helm:*' = 'any'\nnpm = 'version'\n"
    )
    assert found.required("image", "ghcr.io/me/a/b") == "tag"
    assert found.required("image", "ghcr.io/you/a") == "version"
    assert found.required("image", "docker.io/library/a") == "digest"
    assert found.required("helm", "postgresql") == "any"
    assert found.required("npm", "left-pad") == "version"


@pytest.mark.parametrize(
    ("text", "image", "os", "helm", "manifest"),
    [
        ("", "tag", "any", "version", "digest"),
        ("'command:*' = 'any'", "any", "any", "any", "digest"),
        ("'command:*' = 'digest'", "digest", "version", "version", "digest"),
        ("'command:image' = 'version'\n'command:*' = 'any'", "version", "any", "any", "digest"),
        ("image = 'any'", "any", "any", "version", "any"),
        ("image = 'tag'\nos = 'version'", "tag", "any", "version", "tag"),
        ("'image:acme/*' = 'any'", "any", "any", "version", "any"),
    ],
)
def test_of_commands_something_else_may_be_required(
    tmp_path: Path, text: str, image: str, os: str, helm: str, manifest: str
) -> None:
    made = policy(tmp_path, f"[require]\n{text}\n")
    names = {"image": "docker.io/acme/a", "os": "curl", "helm": "redis"}
    assert [made.required(kind, name, command=True) for kind, name in names.items()] == [image, os, helm]
    assert made.required("image", "docker.io/acme/a") == manifest


def test_an_override_silences_commands_in_one_line(tmp_path: Path) -> None:
    text = "[require]\n'command:image' = 'digest'\n[[overrides]]\npaths = ['ci/**']\nrequire = {'command:*' = 'any'}\n"
    made = policy(tmp_path, text)
    assert [made.at(path).required("image", "a", command=True) for path in ("a", "ci/a")] == ["digest", "any"]


def test_a_star_in_a_pattern_crosses_slashes_and_its_other_characters_are_literal() -> None:
    assert covers("image:*/b.c", "image:x/y/b.c")
    assert not covers("image:*/b.c", "image:x/y/bxc")


def test_a_rule_is_known_by_its_code_and_by_its_name(tmp_path: Path) -> None:
    found = policy(
        tmp_path, "select = ['missing-digest', 'Floating-Version']\n[[ignores]]\nrule = 'stale-lock'\npath = 'a'\n"
        "[[overrides]]\npaths = ['a']\nignore = ['missing-digest']\n",
    )  # fmt: skip
    assert (found.select, found.ignores[0].rule, found.overrides[0].ignore) == (("PIN003", "PIN001"), "LCK102", ("PIN003",))


def test_the_longest_code_prefix_decides_and_ignore_wins_a_tie() -> None:
    assert Policy().enabled("PIN001")
    assert not Policy(ignore=("PIN",)).enabled("PIN001")
    assert Policy(select=("PIN001",), ignore=("PIN",)).enabled("PIN001")
    assert not Policy(select=("PIN",), ignore=("PIN",)).enabled("PIN001")
    assert not Policy(select=("LCK",)).enabled("PIN001")
    assert Policy(select=("",), ignore=("LCK",)).enabled("PIN001")


@pytest.fixture
def off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rules that are off by default besides those that are."""
    monkeypatch.setitem(OFF, "XYZ201", ("a-fact", "another"))
    monkeypatch.setitem(OFF, "XYZ301", ("third",))


@pytest.mark.usefixtures("off")
@pytest.mark.parametrize(
    ("said", "runs", "others"),
    [
        pytest.param("", [], True, id="by default"),
        pytest.param("extend-select = ['XYZ201']", ["XYZ201"], True, id="added by its code"),
        pytest.param("extend-select = ['XYZ']", ["XYZ201", "XYZ301"], True, id="added by its family"),
        pytest.param("select = ['XYZ201']", ["XYZ201"], False, id="selected alone"),
        pytest.param("select = ['XYZ2']", ["XYZ201"], False, id="selected by a beginning"),
        pytest.param("select = ['ALL']", ["XYZ201", "XYZ301"], True, id="everything"),
        pytest.param("select = ['PIN']", [], True, id="another family"),
        pytest.param("select = ['PIN']\nextend-select = ['XYZ301']", ["XYZ301"], True, id="a family and one"),
        pytest.param("extend-select = ['XYZ']\nignore = ['XYZ301']", ["XYZ201"], True, id="all but one"),
        pytest.param("extend-select = ['XYZ301']\nignore = ['XYZ']", ["XYZ301"], True, id="none but one"),
        pytest.param("extend-select = ['XYZ301']\nignore = ['XYZ301']", [], True, id="ignored"),
        pytest.param("[severity]\nXYZ201 = 'error'", [], True, id="a severity selects nothing"),
    ],
)
def test_what_is_off_by_default_runs_where_it_is_selected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, runs: list[str], others: bool
) -> None:
    monkeypatch.setattr("pinlint.rulebook.codes", lambda: dict.fromkeys(("PIN001", "XYZ201", "XYZ301"), "x-y.md"))
    made = policy(tmp_path, said)
    assert [rule for rule in ("XYZ201", "XYZ301") if made.enabled(rule)] == runs
    assert made.enabled("PIN001") == others
    wanted = {fact for rule in runs for fact in OFF[rule]}
    assert {fact for fact in ("a-fact", "another", "third") if Tree("/", list, settings=made.looks()).wants(fact)} == wanted
    assert made.looks() != made.settings or not wanted, "who wants nothing more is told nothing more"


@pytest.mark.usefixtures("off")
def test_who_hears_what_is_hidden_hears_what_was_switched_on() -> None:
    made = Policy(select=("PIN001", "XYZ2"), ignore=("XYZ",)).audited()
    assert [rule for rule in ("PIN003", "XYZ201", "XYZ301") if made.enabled(rule)] == ["PIN003", "XYZ201"]


def test_an_override_holds_for_its_paths_alone(tmp_path: Path) -> None:
    found = policy(tmp_path, "[[overrides]]\npaths = ['legacy/**', 'test']\nrequire = {image = 'tag'}\nignore = ['SRC']\n")
    assert found.at("legacy/a/Dockerfile").required("image", "x") == "tag"
    assert found.at("a/test/Dockerfile").required("image", "x") == "tag"
    assert not found.at("legacy/Dockerfile").enabled("SRC201")
    assert found.at("Dockerfile").required("image", "x") == "digest"
    assert found.at("contest/Dockerfile").required("image", "x") == "digest"


@given(
    st.dictionaries(st.text("ab*", min_size=1, max_size=5).map("npm:{}".format), st.sampled_from(["any", "tag"]), max_size=6),
    st.text("ab", max_size=5),
)
def test_of_many_patterns_the_one_with_the_longest_start_decides(patterns: dict[str, str], name: str) -> None:
    fitting = [(-len(one.partition("*")[0]), level) for one, level in patterns.items() if covers(one, f"npm:{name}")]
    expected = min(fitting, key=lambda one: one[0], default=(0, "digest"))[1]
    assert Policy(require={**DEFAULT_REQUIRE, **patterns}).required("npm", name) == expected


def test_the_last_of_several_overrides_decides(tmp_path: Path) -> None:
    parts = [f"[[overrides]]\npaths = ['{path}']\nrequire = {{image = '{level}'}}\nignore = ['{code}']\n"
             for path, level, code in (("a", "any", "SRC"), ("a/b", "tag", "LCK"), ("c", "version", "PIN"))]  # fmt: skip
    found = policy(tmp_path, "".join(parts))
    assert (found.at("a/b/x").required("image", "x"), found.at("a/b/x").ignore) == ("tag", ("SRC", "LCK"))
    assert (found.at("a/x").required("image", "x"), found.at("c/a/x").required("image", "x")) == ("any", "version")
    assert found.at("d/x") is found


def test_few_patterns_begin_alike(tmp_path: Path) -> None:
    """All of them are compared with whatever begins so."""
    text = "[require]\n" + "".join(f"'npm:*x{i}*y' = 'any'\n" for i in range(100))
    assert policy(tmp_path, text).required("npm", "x7y") == "any"
    with pytest.raises(PinlintError, match="more than 100 patterns begin as"):
        policy(tmp_path, f"{text}'npm:*z' = 'any'\n")


@pytest.mark.parametrize(
    "text",
    [
        "[require]\n" + "".join(f"'image:x{i}*' = 'any'\n" for i in range(1001)),
        f"extend-exclude = {[f'a{i}' for i in range(1001)]}",
        f"extend-exclude = ['{'a' * 100_001}']",
        "[[ignores]]\nrule = 'PIN003'\nreason = 'x'\n" * 1001,
        "[[overrides]]\npaths = ['a']\n" * 501,
        f"ignore = {['PIN003'] * 1001}",
    ],
    ids=["require", "exclude", "characters", "ignores", "overrides", "codes"],
)
def test_a_configuration_holds_no_more_patterns_than_people_write(tmp_path: Path, text: str) -> None:
    with pytest.raises(PinlintError, match=r"more than 1,000 patterns, codes and exceptions"):
        policy(tmp_path, text)


def test_a_date_may_be_written_as_a_toml_date(tmp_path: Path) -> None:
    assert policy(tmp_path, "[[ignores]]\nrule = 'PIN003'\npath = 'a'\nuntil = 2027-01-31\n").ignores[0].until == "2027-01-31"


def test_exclude_takes_the_place_of_the_defaults_and_extend_exclude_adds(tmp_path: Path) -> None:
    assert policy(tmp_path, "exclude = ['a']\nextend-exclude = ['b']").exclude == ("a", "b")
    assert "node_modules" in policy(tmp_path, "extend-exclude = ['b']").exclude


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("image:python", "docker.io/library/python"),
        ("image:py*", "docker.io/library/python"),
        ("image:bitnami*", "docker.io/bitnami/redis"),
        ("image:bitnami/*", "docker.io/bitnami/redis"),
        ("image:docker.io/python", "docker.io/library/python"),
        ("image:index.docker.io/library/node", "docker.io/library/node"),
        ("image:GHCR.io/Acme/*", "ghcr.io/acme/x"),
        ("image:ghcr*", "ghcr.io/acme/x"),
        ("image:*/busybox", "docker.io/library/busybox"),
        ("image:localhost:5000/*", "localhost:5000/a/b"),
        ("image:[::1]:5000/*", "[::1]:5000/z"),
        ("action:actions/*", "Actions/Checkout"),
        ("action:Actions/Checkout", "actions/checkout"),
        ("action:https://github.com/actions/*", "actions/checkout"),
        ("git:github.com/Acme/*", "github.com/acme/widget"),
        ("git:https://git.example/Team/x.git", "git.example/Team/x"),
        ("pypi:Zope_Interface", "zope-interface"),
        ("pypi:zope.*", "zope-interface"),
        ("pipe:Atlassian/*", "atlassian/deploy"),
        ("npm:@scope/*", "@scope/name"),
        ("maven:org.example:*", "org.example:lib"),
    ],
)
def test_a_pattern_means_what_its_spelling_means_to_the_tools(tmp_path: Path, pattern: str, name: str) -> None:
    kind = pattern.partition(":")[0]
    loose = "tag" if kind in ("pypi", "maven") else "any"
    assert policy(tmp_path, f"[require]\n'{pattern}' = '{loose}'\n").required(kind, name) == loose
    assert (
        policy(tmp_path, f"[[overrides]]\npaths = ['a']\nrequire = {{'{pattern}' = '{loose}'}}\n").at("a").required(kind, name)
        == loose
    )
    ignores = policy(tmp_path, f"[[ignores]]\nartifact = '{pattern}'\n").ignores
    assert any(covers(one.artifact, compared(f"{kind}:{name}")) for one in ignores)


@pytest.mark.parametrize(
    "pattern",
    ["image:python:3.12", "image:a@sha256:00", "image:", "action:a/b@v1", "git:acme/widget", "pypi:requests==1", "npm:a@1",
     "maven:lib", "maven:a:b:1", "url:files.example/*", "orb:node", "pipe:deploy:1"],
)  # fmt: skip
def test_a_pattern_that_can_never_match_is_refused(tmp_path: Path, pattern: str) -> None:
    for text in (f"[require]\n'{pattern}' = 'any'\n", f"[[ignores]]\nartifact = '{pattern}'\n"):
        with pytest.raises(PinlintError, match="names nothing of this kind"):
            policy(tmp_path, text)


def test_an_exception_names_a_kind(tmp_path: Path) -> None:
    with pytest.raises(PinlintError, match=r"ignores\.artifact is 'left-pad'"):
        policy(tmp_path, "[[ignores]]\nartifact = 'left-pad'\n")
    with pytest.raises(PinlintError, match="unknown kind 'node'"):
        policy(tmp_path, "[[ignores]]\nartifact = 'node:left-pad'\n")
    with pytest.raises(PinlintError, match=r"ignores\.until is '2027-02-30'"):
        policy(tmp_path, "[[ignores]]\nrule = 'PIN'\nuntil = '2027-02-30'\n")


#: Anything that TOML can say.
_VALUES = st.recursive(
    st.sampled_from(
        (
            "''",
            "'digest'",
            "'PIN003'",
            "'*'",
            "'image:*'",
            "'3d'",
            "1",
            "-1.5",
            "inf",
            "nan",
            "true",
            "2024-01-01",
            "23:59:59",
            "0x1F",
            "2024-01-01T00:00:00Z",
            "'\u202e\x7f'",
            "[]",
            "{}",
            "9" * 4000,
        )
    ),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda some: f"[{', '.join(some)}]")
        | st.dictionaries(
            st.sampled_from(("rule", "path", "paths", "until", "require", "image", "npm", "x")), inner, max_size=3
        ).map(lambda some: "{" + ", ".join(f"{key} = {value}" for key, value in some.items()) + "}")
    ),
    max_leaves=5,
)
_KEYS = ("require", "select", "extend-select", "ignore", "exclude", "extend-exclude", "hosts", "ignores", "overrides", "fail-on",
         "baseline", "min-age", "kubernetes", "kubernetes.image-paths", "lifecycle",
         "lifecycle.environments", "require.'image:*'", "hosts.image")  # fmt: skip


@settings(max_examples=600)
@given(
    st.dictionaries(st.sampled_from(_KEYS), _VALUES, min_size=1, max_size=2), st.sampled_from(("pinlint.toml", "pyproject.toml"))
)
def test_whatever_toml_says_is_a_policy_or_a_complaint(
    tmp_path_factory: pytest.TempPathFactory, said: dict[str, str], name: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    lines = "\n".join(f"{key} = {value}" for key, value in said.items())
    with contextlib.suppress(PinlintError):
        read = policy(folder, lines if name == "pinlint.toml" else f"[tool.pinlint]\n{lines}", name)
        assert hash((read.select, read.ignore, read.exclude, read.ignores, read.fail_on, read.baseline, read.cooldown)) is not None
        read.at("a/b").required("image", "docker.io/library/alpine")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[tool]\npinlint = 5 # tool.pinlint", "tool.pinlint is no table"),
        ('[tool]\npinlint = ["x"] # tool.pinlint', "tool.pinlint is no table"),
        ("[[tool.pinlint]]\nselect = []", "tool.pinlint is no table"),
        (f"[tool.pinlint]\nx = {'1' * 5000}", "it holds an integer of thousands of digits"),
        (f"[tool.pinlint]\nx = {'[' * 50000}", "nested too deeply"),
        ("[tool.pinlint]\n" + ".".join("abc" for _ in range(20000)) + " = 1", "a key has more than 16 parts"),
        ("[tool.pinlint]\n" + ".".join(("'a'", '"b"', "c") * 70) + " = 1", "a key has more than 16 parts"),
    ],
)
def test_a_table_of_another_shape_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(PinlintError, match=re.escape(complaint)):
        policy(tmp_path, text, "pyproject.toml")


@pytest.mark.parametrize(
    "text", ['tool = "tool.pinlint"', "# tool.pinlint\ntool = 5", "# tool.pinlint\n[tool.other]", "a.tool.pinlint = 1"]
)
def test_a_pyproject_that_merely_holds_the_words_says_nothing(tmp_path: Path, text: str) -> None:
    assert policy(tmp_path, text, "pyproject.toml") == Policy()


def test_a_long_word_in_a_configuration_takes_no_time(tmp_path: Path) -> None:
    """Looking for keys of many parts must not go back over what it has seen."""
    began = time.perf_counter()
    for word in ("a" * 3_000_000, "a." * 90 + "a" * 1_000_000, "'" * 1_000_000, '"a".' * 90 + "x" * 1_000_000):
        with pytest.raises(PinlintError):
            policy(tmp_path, f"{word} y")
    assert time.perf_counter() - began < 20
