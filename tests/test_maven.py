"""What Maven's files ask for: the corners that fixtures do not show."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinlint.ecosystems.maven.names import checked_http, purl, verdict
from pinlint.formats import maven_extensions, maven_wrapper, pom
from pinlint.model import FACTS, VERDICTS, Fact, Reference, Span
from pinlint.semantics.effective_poms import Model, model
from pinlint.semantics.poms import load
from pinlint.text import Document, Unread
from pinlint.tree import Tree

WRAPPER = ".mvn/wrapper/maven-wrapper.properties"


def tree(files: dict[str, str]) -> Tree:
    return Tree("/nowhere", lambda: files, {path: text.encode("utf-8", "surrogateescape") for path, text in files.items()})


def read(files: dict[str, str], path: str = "pom.xml") -> list[Reference | Fact]:
    where = tree(files)
    return list(pom.references(where.read(path, "xml"), where))


def found(files: dict[str, str], path: str = "pom.xml") -> dict[str, tuple[str, str]]:
    """Artifact → (version, verdict)."""
    return {one.artifact.name: (one.version, one.verdict) for one in read(files, path) if isinstance(one, Reference)}


def project(body: str, artifact: str = "a", version: str = "1") -> str:
    return f"<project><groupId>g</groupId><artifactId>{artifact}</artifactId><version>{version}</version>{body}</project>"


def dependency(artifact: str, version: str = "", more: str = "") -> str:
    text = f"<version>{version}</version>" if version else ""
    return f"<dependency><groupId>g</groupId><artifactId>{artifact}</artifactId>{text}{more}</dependency>"


def parent(artifact: str, version: str = "1", more: str = "") -> str:
    return f"<parent><groupId>g</groupId><artifactId>{artifact}</artifactId><version>{version}</version>{more}</parent>"


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        pytest.param("1.0", "version", id="soft"),
        pytest.param("[1.0]", "version", id="hard"),
        pytest.param("[1.0,1.0]", "version", id="equal bounds"),
        pytest.param("[1.0,2)", "range", id="range"),
        pytest.param("(,1.0],[1.2,)", "range", id="two ranges"),
        pytest.param("LATEST", "floating", id="latest"),
        pytest.param("latest", "version", id="only the upper-case word is special"),
        pytest.param("[LATEST]", "floating", id="latest in brackets"),
        pytest.param("1-SNAPSHOT", "floating", id="snapshot"),
        pytest.param("1.0-20110705.132520-2", "version", id="timestamped snapshot"),
        pytest.param("(1.0)", "unknown", id="open single"),
        pytest.param("[2,1]", "unknown", id="wrong order"),
        pytest.param("1.0)", "unknown", id="stray bracket"),
        pytest.param("1.+", "unknown", id="Gradle's notation"),
        pytest.param("1.0\u00a0", "unknown", id="no-break space"),
        pytest.param("", "unknown", id="nothing"),
        pytest.param("[]", "unknown", id="nothing in brackets"),
        pytest.param("[" + "1-" * 50_000 + ",2]", "unknown", id="endless"),
    ],
)
def test_verdict_of_a_version(version: str, expected: str) -> None:
    assert verdict(version)[0] == expected
    assert expected != "unknown" or verdict(version)[1]


def test_purl_quotes_what_it_must() -> None:
    assert purl("org.example:lib", "1.0+é") == "pkg:maven/org.example/lib@1.0%2B%C3%A9"
    assert purl("org.example:lib", "") == "pkg:maven/org.example/lib"


HERE = ["http://localhost/x", "http://127.0.0.1:8081", "http://[::1]:80/"]


@pytest.mark.parametrize("url", [*HERE, "https://a.example/", "file:///x", "${x}"])
def test_safe_transport_is_silent(url: str) -> None:
    assert checked_http(url) == ""


@pytest.mark.parametrize("url", ["http://a.example/", "HTTP://a.example", "http://localhost.example/", "http://127.0.0.1.example/"])
def test_plain_http_is_told(url: str) -> None:
    assert url in checked_http(url)


def test_parent_at_another_version_is_not_the_one_in_the_repository() -> None:
    files = {"pom.xml": project("", "p", "2"), "m/pom.xml": project(parent("p"), "m")}
    assert found(files, "m/pom.xml")["g:p"] == ("1", "version")
    files["m/pom.xml"] = project(parent("p", "[1,3)"), "m")
    assert found(files, "m/pom.xml")["g:p"] == ("[1,3)", "local")


def test_empty_relative_path_looks_among_the_modules_only() -> None:
    child = project(parent("p", "1", "<relativePath/>"), "m")
    files = {"pom.xml": project("", "other"), "m/pom.xml": child, "far/pom.xml": project("", "p")}
    assert found(files, "m/pom.xml")["g:p"] == ("1", "local")
    del files["far/pom.xml"]
    assert found(files, "m/pom.xml")["g:p"] == ("1", "version")


def test_parents_and_boms_in_a_circle_end() -> None:
    bom = "<dependencyManagement><dependencies>{}</dependencies></dependencyManagement>"
    importing = "<type>pom</type><scope>import</scope>"
    files = {
        "pom.xml": project(parent("b", "1", "<relativePath>b</relativePath>") + f"<dependencies>{dependency('x')}</dependencies>"),
        "b/pom.xml": project(parent("a") + bom.format(dependency("c", "1", importing)), "b"),
        "c/pom.xml": project(bom.format(dependency("d", "1", importing)), "c"),
        "d/pom.xml": project(bom.format(dependency("c", "1", importing)), "d"),
    }
    for path in files:
        for name, (_, level) in found(files, path).items():
            assert level == ("unknown" if name == "g:x" else "local")


def test_properties_that_double_end_soon() -> None:
    doubling = "".join(f"<p{n}>${{p{n + 1}}}${{p{n + 1}}}</p{n}>" for n in range(60))
    body = f"<properties>{doubling}<p60>1</p60></properties><dependencies>{dependency('x', '${p0}')}</dependencies>"
    assert found({"pom.xml": project(body)})["g:x"][1] == "unknown"


def test_own_module_is_local_and_its_older_snapshot_is_not() -> None:
    asked = (("m", "2-SNAPSHOT"), ("n", "1-SNAPSHOT"), ("o", "1-SNAPSHOT"))
    body = f"<dependencies>{''.join(dependency(*one) for one in asked)}</dependencies>"
    files = {"pom.xml": project(body), "m/pom.xml": project("", "m", "2-SNAPSHOT"), "n/pom.xml": project("", "n", "2-SNAPSHOT")}
    assert [level for _, level in found(files).values()] == ["local", "floating", "floating"]


def test_plugin_of_the_default_life_cycle_depends_on_the_packaging() -> None:
    plugins = "".join(f"<plugin><artifactId>maven-{name}-plugin</artifactId></plugin>" for name in ("jar", "war", "clean", "shade"))
    expected = {"jar": "ufuf", "war": "fuuf", "pom": "uuuf", "ear": "ffuf", "quarkus": "uuuu"}
    for packaging, letters in expected.items():
        files = {"pom.xml": project(f"<packaging>{packaging}</packaging><build><plugins>{plugins}</plugins></build>")}
        assert "".join(level[0] for _, level in found(files).values()) == letters


def test_managed_version_in_the_same_file_is_reported_where_it_stands() -> None:
    managed = f"<dependencyManagement><dependencies>{dependency('x', 'LATEST')}</dependencies></dependencyManagement>"
    files = {"pom.xml": project(f"{managed}<dependencies>{dependency('x')}</dependencies>")}
    at = files["pom.xml"].index("LATEST")
    assert [one.span for one in read(files)] == [Span(at, at + len("LATEST"))] * 2


def test_literal_version_can_be_written_anew_and_a_property_cannot() -> None:
    asked = dependency("x", " LATEST ") + dependency("y", "${v}")
    body = f"<properties><v>1</v></properties><dependencies>{asked}</dependencies>"
    one, other = (each for each in read({"pom.xml": project(body)}) if isinstance(each, Reference))
    assert isinstance(one.site, Span)
    assert project(body)[one.site.start : one.site.end] == "LATEST"
    assert other.site is None


@pytest.mark.parametrize(
    ("head", "version", "more", "other", "editable"),
    [
        ("<properties><v>LATEST</v></properties>", "${v}", "", "", True),
        ("<properties><a>1</a><v> [1,2) </v></properties>", "${v}", "", "", True),
        ("<properties><v>LATEST</v></properties>", "${v}", dependency("y", "${v}"), "", False),
        ("<properties><v>LATEST</v></properties>", "${v}", "", dependency("y", "${v}"), False),
        ("<properties><v>LATEST</v><w>${v}</w></properties>", "${w}", "", "", False),
        ("<properties><v>LATEST</v></properties>", "${v}", "<!-- ${v} -->", "", False),
        ("<properties><v>LAT</v></properties>", "${v}EST", "", "", False),
        ("<properties><v>1</v><v>LATEST</v></properties>", "${v}", "", "", False),
        ("<properties><v>LATEST</v></properties><profiles><profile><id>p</id><properties><v>1</v></properties></profile></profiles>",
         "${v}", "", "", False),
    ],
)  # fmt: skip
def test_a_property_that_serves_one_entry_is_where_its_version_is_written(
    head: str, version: str, more: str, other: str, editable: bool
) -> None:
    text = project(f"{head}<dependencies>{dependency('x', version)}{more}</dependencies>")
    files = {"pom.xml": text, "m/pom.xml": project(f"<dependencies>{other}</dependencies>", "m")}
    found = next(one for one in read(files) if isinstance(one, Reference))
    assert isinstance(found.span, Span)
    assert text[found.span.start : found.span.end] == version
    assert (isinstance(found.site, Span) and text[found.site.start : found.site.end] == found.version) is editable


def test_a_property_that_a_command_line_overrides_is_not_edited() -> None:
    text = project(f"<properties><v>[1,2)</v></properties><dependencies>{dependency('x', '${v}')}</dependencies>")
    for value, editable in (("[1,2)", True), ("LATEST", False)):
        found = next(one for one in read({"pom.xml": text, ".mvn/maven.config": f"-Dv={value}\n"}) if isinstance(one, Reference))
        assert (found.version, found.site is not None) == (value, editable)


def test_maven_4_parent_and_module_without_version_are_of_this_repository() -> None:
    body = "<parent><groupId>g</groupId><artifactId>p</artifactId></parent>" + f"<dependencies>{dependency('n')}</dependencies>"
    files = {"pom.xml": project("", "p"), "m/pom.xml": project(body, "m"), "n/pom.xml": project("", "n")}
    assert [level for _, level in found(files, "m/pom.xml").values()] == ["local", "local"]


def test_managed_entry_without_version_asks_for_nothing() -> None:
    managed = f"<dependencyManagement><dependencies>{dependency('x')}</dependencies></dependencyManagement>"
    files = {"pom.xml": project(f"{managed}<dependencies>{dependency('x')}</dependencies>")}
    assert [one.role for one in read(files) if isinstance(one, Reference)] == ["dependency"]
    assert found(files)["g:x"][1] == "unknown"


def test_module_with_a_version_that_cannot_be_told_is_local() -> None:
    files = {"pom.xml": project(f"<dependencies>{dependency('m', '${project.version}')}</dependencies>", "a", "${revision}")}
    assert found(files)["g:m"][1] == "unknown"
    files["m/pom.xml"] = project("", "m", "${revision}")
    assert found(files)["g:m"][1] == "local"


def test_what_outside_may_overrule_is_said() -> None:
    management = "<build><pluginManagement><plugins>{}</plugins></pluginManagement><plugins>{}</plugins></build>"
    plugin = "<plugin><groupId>g</groupId><artifactId>x</artifactId>{}</plugin>"
    build = management.format(plugin.format("<version>2</version>"), plugin.format(""))
    plain, under = {"pom.xml": project(build)}, {"pom.xml": project(parent("far") + build)}
    asked = [[one for one in read(files) if isinstance(one, Reference)] for files in (plain, under)]
    whys = [[one.why for one in each if one.role == "build plugin"] for each in asked]
    assert whys[0] == ["managed in pom.xml"]
    assert whys[1] == ["managed in pom.xml, unless its parent g:far:1 says otherwise, outside this repository"]


SUM = "0123456789abcdef" * 4
URL = "https://registry.example/apache-maven-3.9.9-bin.zip"


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        pytest.param(f"distributionUrl={URL}", ["version"], id="no sum"),
        pytest.param(f"distributionUrl = {URL}\ndistributionSha256Sum : {SUM}", ["digest"], id="a sum, other separators"),
        pytest.param(f"distributionUrl={URL}\r\ndistributionSha256Sum={SUM.upper()}\r\n", ["digest"], id="upper case, CRLF"),
        pytest.param(f"distributionUrl={URL}\ndistributionSha256Sum={SUM * 2}", ["floating"], id="sha512"),
        pytest.param(f"distributionUrl={URL}\ndistributionSha256Sum=", ["version"], id="an empty sum"),
        pytest.param(f"distributionUrl={URL}\n#distributionSha256Sum={SUM}", ["version"], id="a sum in a comment"),
        pytest.param("distributionUrl=maven-bin.zip", ["local"], id="a file"),
        pytest.param("distributionUrl=https://registry.example/maven-bin.zip", ["floating"], id="no version in the name"),
        pytest.param(f"distributionUrl={URL}\nwrapperUrl={URL}\ndistributionType=only-script", ["version"], id="no jar"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_wrapper(properties: str, expected: list[str]) -> None:
    where = tree({WRAPPER: properties})
    read_ = list(maven_wrapper.references(where.read(WRAPPER), where))
    assert [one.verdict for one in read_ if isinstance(one, Reference)] == expected
    assert all(one.why for one in read_ if isinstance(one, Reference) and one.verdict != "digest")


def whys(files: dict[str, str], path: str = "pom.xml") -> dict[str, str]:
    """Artifact → why."""
    return {one.artifact.name: one.why for one in read(files, path) if isinstance(one, Reference)}


def test_parent_without_coordinates_is_never_just_any_pom() -> None:
    nameless = "<project><parent><relativePath>../gone</relativePath></parent><artifactId>m</artifactId></project>"
    files = {"m/pom.xml": nameless, "other/pom.xml": "<project><artifactId></artifactId></project>"}
    assert found(files, "m/pom.xml") == {":": ("", "unknown")}
    assert "leads to no such pom" in whys(files, "m/pom.xml")[":"]


def test_what_a_parent_leaves_out_comes_from_the_pom_that_is_found() -> None:
    asked = f"<dependencies>{dependency('b', '${project.version}')}{dependency('c', '${project.parent.version}')}</dependencies>"
    files = {
        "pom.xml": project("", "p", "3-SNAPSHOT"),
        "b/pom.xml": "<project><groupId>g</groupId><artifactId>b</artifactId><parent/></project>",
        "m/pom.xml": f"<project><parent/><artifactId>m</artifactId>{asked}</project>",
    }
    assert found(files, "m/pom.xml") == {
        "g:p": ("", "local"),
        "g:b": ("3-SNAPSHOT", "local"),
        "g:c": ("3-SNAPSHOT", "floating"),
    }


def test_core_extension_may_be_of_this_repository() -> None:
    where = ".mvn/extensions.xml"
    extension = "<extension><groupId>g</groupId><artifactId>e</artifactId><version>{}</version></extension>"
    files = {"e/pom.xml": project("", "e", "1-SNAPSHOT"), where: f"<extensions>{extension.format('1-SNAPSHOT')}</extensions>"}
    repository = tree(files)
    (own,) = maven_extensions.references(repository.read(where, "xml"), repository)
    assert isinstance(own, Reference)
    assert (own.verdict, own.why) == ("local", "it is e/pom.xml of this repository")
    files[where] = files[where].replace("1-SNAPSHOT", "2-SNAPSHOT")
    repository = tree(files)
    (other,) = maven_extensions.references(repository.read(where, "xml"), repository)
    assert isinstance(other, Reference)
    assert other.verdict == "floating"


@pytest.mark.parametrize("tag", ["module", "subproject"])
def test_snapshot_may_come_from_a_module_that_a_build_fetches(tag: str) -> None:
    def listed(*names: str) -> str:
        return f"<{tag}s>" + "".join(f"<{tag}>{name}</{tag}>" for name in names) + f"</{tag}s>"

    asked = f"<dependencies>{dependency('x', '1-SNAPSHOT')}</dependencies>"
    files = {
        "pom.xml": project(listed("m", "deep", "fetched", "${some}") + asked, "root"),
        "m/pom.xml": project(asked, "m"),
        "deep/pom.xml": project(listed("m"), "deep"),
        "deep/m/pom.xml": project(asked, "n"),
    }
    for path, expected in {"pom.xml": "unknown", "m/pom.xml": "unknown", "deep/m/pom.xml": "floating"}.items():
        assert found(files, path)["g:x"] == ("1-SNAPSHOT", expected)
    assert "the module fetched of pom.xml" in whys(files, "m/pom.xml")["g:x"]
    files["fetched/pom.xml"] = project("", "y")
    assert found(files, "m/pom.xml")["g:x"] == ("1-SNAPSHOT", "floating")


def test_why_names_the_machine_only_where_it_decides() -> None:
    asked = "".join(dependency(name, f"${{{name}}}") for name in ("maven.home", "maven.failsafe.version", "env.V"))
    reasons = whys({"pom.xml": project(f"<dependencies>{asked}</dependencies>")})
    assert [name for name, why in reasons.items() if "machine" in why] == ["g:maven.home", "g:env.V"]
    assert "not set in this repository" in reasons["g:maven.failsafe.version"]


def test_a_thousand_boms_in_a_row_are_followed_to_the_end() -> None:
    """One imports the next; a BOM that is not in the repository could overrule what comes after it."""
    bom = "<dependencyManagement><dependencies>{}</dependencies></dependencyManagement>"
    importing = "<type>pom</type><scope>import</scope>"
    files = {f"b{at}/pom.xml": project(bom.format(dependency(f"b{at + 1}", "1", importing)), f"b{at}") for at in range(1000)}
    files["b1000/pom.xml"] = project(bom.format(dependency("far", "1", importing) + dependency("x", "9")), "b1000")
    asked = f"<dependencies>{dependency('x')}{dependency('y')}</dependencies>"
    files["pom.xml"] = project(bom.format(dependency("b0", "1", importing)) + asked, "root")
    assert found(files)["g:x"] == ("9", "version")
    assert whys(files)["g:x"] == "managed in b1000/pom.xml"
    assert whys(files)["g:y"] == "it is managed by the BOM g:far:1, outside this repository"


def test_an_endless_line_of_parents_is_cut() -> None:
    files = {
        f"m{at}/pom.xml": project(parent(f"m{at + 1}", "1", f"<relativePath>../m{at + 1}</relativePath>"), f"m{at}")
        for at in range(200)
    }
    asked = f"<dependencies>{dependency('x')}</dependencies>"
    files["pom.xml"] = project(parent("m0", "1", "<relativePath>m0</relativePath>") + asked, "root")
    where = tree(files)
    root = load(where, "pom.xml")
    assert root
    assert 10 < len(model(where, root).chain) < 100
    assert found(files)["g:x"][1] == "unknown"


@pytest.mark.parametrize("group", ["g{}", "${{p}}{}"], ids=["written out", "by a property"])
def test_one_name_in_many_groups_is_looked_up_not_searched(group: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every lookup among the managed entries of that name would make time quadratic."""
    count = 300
    one = "<dependency><groupId>{}</groupId><artifactId>same</artifactId>{}</dependency>"
    managed = "".join(one.format(group.format(at), f"<version>{at}</version>") for at in range(count))
    asked = "".join(one.format(f"g{at}", "") for at in range(count))
    files = {
        "pom.xml": project(
            "<properties><p>g</p></properties>"
            f"<dependencyManagement><dependencies>{managed}</dependencies></dependencyManagement>"
            f"<dependencies>{asked}</dependencies>"
        )
    }
    calls: list[str] = []
    key = Model.key
    monkeypatch.setattr(Model, "key", lambda self, entry: calls.append(entry.artifact) or key(self, entry))  # type: ignore[func-returns-value]
    assert found(files)["g7:same"] == ("7", "version")
    assert count <= len(calls) <= 5 * count


@pytest.mark.parametrize("place", ["<plugins>{}</plugins>", "<pluginManagement><plugins>{}</plugins></pluginManagement>"])
def test_plugin_that_is_not_inherited_says_nothing_below(place: str) -> None:
    """Unless it has executions: then Maven hands its version down with them."""
    plugin = "<plugin><groupId>g</groupId><artifactId>{}</artifactId>{}</plugin>"
    execution = "<executions><execution/></executions>"
    kept = {"hidden": "", "run": execution, "plain": ""}
    above = "".join(
        plugin.format(name, "<version>1</version>" + more + ("" if name == "plain" else "<inherited>false</inherited>"))
        for name, more in kept.items()
    )
    below = "".join(plugin.format(name, "") for name in kept)
    files = {
        "pom.xml": project(f"<build>{place.format(above)}</build>", "p"),
        "m/pom.xml": project(parent("p") + f"<build><plugins>{below}</plugins></build>", "m"),
    }
    answers = found(files, "m/pom.xml")
    assert (answers["g:hidden"], answers["g:run"], answers["g:plain"]) == (("", "floating"), ("1", "version"), ("1", "version"))
    assert found(files)["g:hidden"] == ("1", "version")


def mutilated(seed: int) -> Iterator[str]:
    """A rich pom, cut, doubled and stirred."""
    draw = random.Random(seed)
    source = Path(__file__).parent.parent / "fixtures" / "pom"
    text = draw.choice(sorted(source.glob("*/pom.xml"))).read_bytes().decode("utf-8", "surrogateescape")
    yield text[: draw.randrange(len(text))]
    lines = text.splitlines(keepends=True)
    at, to = sorted(draw.randrange(len(lines)) for _ in range(2))
    yield "".join(lines[:at] + lines[to:])
    yield "".join(lines[:at] + lines[at:to] * 2 + lines[to:])
    yield text.replace(draw.choice(["version", "artifactId", "dependency", "plugin", "parent", "id"]), "properties")
    odd = draw.choice(["", "${x}", "\udcff", "]", "😀", "../.."])
    yield text.replace(draw.choice(["1", "}", "${", "org.example", "<", "pom"]), odd)
    yield text.replace("</", "<x/>text</")


@pytest.mark.parametrize("module", [pom, maven_extensions])
@pytest.mark.parametrize("seed", range(25))
def test_mutilated_files_give_references_or_facts(module: object, seed: int) -> None:
    for text in mutilated(seed):
        where = tree({"pom.xml": text, "a/pom.xml": text, ".mvn/maven.config": text[:200]})
        try:
            document: Document = where.read("pom.xml", "xml")
        except Unread:
            continue
        for one in (pom if module is pom else maven_extensions).references(document, where):
            assert isinstance(one.span, Span)
            assert 0 <= one.span.start <= one.span.end <= len(document.text)
            if isinstance(one, Fact):
                assert one.kind in FACTS
            else:
                assert one.verdict in VERDICTS
                assert one.why or one.verdict not in ("local", "unknown")


@given(st.text(alphabet="distributonUrlSha256Sm=:\\ \n\r#w\udcff\u2028", max_size=80))
def test_any_properties_are_read(text: str) -> None:
    where = tree({WRAPPER: text})
    for one in maven_wrapper.references(where.read(WRAPPER), where):
        assert isinstance(one.span, Span)
