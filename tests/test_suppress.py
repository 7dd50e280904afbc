"""Exceptions in comments: what is a comment, what it covers, when it ends. What each format's own reader takes for text is none."""

# ruff: noqa: E501 - a case a line
from __future__ import annotations

from pathlib import Path

import pytest
from planning import read_in, run_in

from pinlint import schedule
from pinlint.config import Policy
from pinlint.discover import format_of
from pinlint.fix.version_comments import claims
from pinlint.formats import Format
from pinlint.schedule import new_tree
from pinlint.suppress import Exceptions
from pinlint.text import Document

POD = "apiVersion: v1\nkind: Pod\n"
COMMIT = "5f" * 20


def kind(path: str) -> Format:
    found = format_of(path)
    assert found is not None
    return found


def judged(folder: Path, path: str, text: str) -> list[str]:
    """The findings of a file: line, rule, and a star where an exception covers it."""
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8", newline="")
    checked = schedule.judged(new_tree(str(folder), {}, {}), [(path, kind(path))], Policy())
    return [f"{one.line} {one.rule}{'*' if one.suppressed else ''}" for each in checked for one in each.diagnostics]


VALUES = {
    "quoted YAML": ("compose.yml", 'services:\n  a: {image: "nginx:1", labels: {x: "# pinlint: ignore[PIN003]"}}\n', "2 PIN003"),
    "quoted YAML over lines": ("compose.yml", 'x-a: "\n  # pinlint: ignore-file[PIN]"\nservices:\n  a: {image: "nginx:1"}\n', "4 PIN003"),
    "block of YAML": ("pod.yaml", POD + "data: |\n  # pinlint: ignore-file[PIN]\nspec: {containers: [{image: 'a:1'}]}\n", "5 PIN003"),
    "plain YAML": ("compose.yml", "services:\n  a:\n    image: b:1#pinlint:ignore[PIN]\n", "3 PIN006"),
    "behind the error of YAML": ("compose.yml", "services:\n  a: {image: 'b:1'}\n  b: [\n# pinlint: ignore-file[PIN]\n", "2 PIN003 5 PIN901"),
    "heredoc of a Dockerfile": ("Dockerfile", "FROM a:1\nRUN <<E\n# pinlint: ignore-file[PIN]\nE\n", "1 PIN003"),
    "argument of FROM": ("Dockerfile", "FROM a:1\nRUN x # pinlint: ignore-file[PIN]\n", "1 PIN003"),
    "string of JSON": ("devcontainer.json", '{"image": "a:1", "x": "https://pinlint: ignore[PIN]"}\n', "1 PIN003"),
    "JSON has no comments": ("docker-bake.json", '{"target": {"a": {"contexts": {"b": "docker-image://a:1"},\n"x": "# pinlint: ignore-file[PIN]"}}}', "1 PIN003"),
    "CDATA": ("pom.xml", "<project><description><![CDATA[<!-- pinlint: ignore-file[PIN] -->]]></description><dependencies><dependency><groupId>a</groupId><artifactId>b</artifactId><version>[1,2)</version></dependency></dependencies></project>", "1 PIN002"),
    "Groovy": ("Jenkinsfile", "node { x = 'https://pinlint: ignore-file[PIN]'\n docker.image('a:1').inside {} }\n", "2 PIN003"),
    "slashy Groovy": ("Jenkinsfile", "x = /a\\/\\/ pinlint: ignore-file[PIN]/\ndocker.image('a:1').inside {}\n", "2 PIN003"),
    "HCL": ("docker-bake.hcl", 'target "a" {\n contexts = { b = "docker-image://a:1" }\n x = "# pinlint: ignore-file[PIN]"\n}\n', "2 PIN003"),
    "heredoc of HCL": ("docker-bake.hcl", 'target "a" {\n contexts = { b = "docker-image://a:1" }\n x = <<E\n# pinlint: ignore-file[PIN]\nE\n}\n', "2 PIN003"),
    "TOML": ("prek.toml", '[[repos]]\nrepo = "https://git.example/a"\nrev = "v1"\nx = """\n# pinlint: ignore-file[PIN]\n"""\n', "3 PIN003"),
    "fragment of a URL": ("requirements.txt", "a @ https://files.example/a.zip#pinlint:ignore[SRC]\n", "1 SRC205"),
    "value of properties": (".mvn/wrapper/maven-wrapper.properties", "distributionUrl=https://maven.example/apache-maven-3.9.9-bin.zip\nx=a\\\n# pinlint: ignore-file[SRC]\n", "1 SRC205"),
}  # fmt: skip


@pytest.mark.parametrize("case", VALUES.values(), ids=VALUES)
def test_a_value_is_no_comment(tmp_path: Path, case: tuple[str, str, str]) -> None:
    path, text, expected = case
    assert " ".join(judged(tmp_path, path, text)) == expected


COMMENTS = {
    "YAML above": ("compose.yml", "services:\n  a:\n    # pinlint: ignore[PIN003]\n    image: b:1\n", "4 PIN003*"),
    "YAML behind": ("compose.yml", "services:\n  a:\n    image: 'b:1' # pinlint: ignore[PIN003]\n", "3 PIN003*"),
    "YAML behind a quoted #": ("compose.yml", "services:\n  a: {image: 'b:1', x: 'a # b'} # pinlint: ignore[PIN003]\n", "2 PIN003*"),
    "YAML in the header of a block": ("compose.yml", "services:\n  a:\n    image: >- # pinlint: ignore[PIN003]\n      b:1\n", "3 PIN003*"),
    "YAML above an element": (".github/workflows/a.yml", "on: push\njobs:\n  a:\n    steps:\n    # pinlint: ignore[PIN003]\n    - name: b\n      uses: a/b@v1\n    - uses: a/c@v1\n", "7 PIN003* 8 PIN003"),
    "YAML above an entry, not its neighbour": ("compose.yml", "services:\n  # pinlint: ignore[PIN003]\n  a:\n    command: x\n    image: b:1\n  c:\n    image: d:1\n", "5 PIN003* 7 PIN003"),
    "YAML above an entry, not what is nested deeper": ("compose.yml", "# pinlint: ignore[PIN003]\nservices:\n  a:\n    image: b:1\n", "1 PIN900 4 PIN003"),
    "YAML above the first key": ("compose.yml", "services:\n  a:\n    # pinlint: ignore[PIN003]\n    command: x\n    image: b:1\n", "3 PIN900 5 PIN003"),
    "YAML above a block": ("compose.yml", "services:\n  a:\n    build:\n      # pinlint: ignore[PIN003]\n      dockerfile_inline: |\n        FROM b:1\n        RUN c\n", "6 PIN003*"),
    "YAML of a template": ("pod.yaml", POD + "# pinlint: ignore-file[PIN003]\nmetadata:\n  {{- if .x }}\n  name: a\n  {{- end }}\nspec: {containers: [{image: 'a:1'}]}\n", "8 PIN003*"),
    "before the error of YAML": ("compose.yml", "# pinlint: ignore-file[PIN901]\nservices: [\n", "3 PIN901*"),
    "in a later document": ("pod.yaml", POD + "spec: [\n---\n" + POD + "# pinlint: ignore[PIN003]\nspec: {containers: [{image: 'a:1'}]}\n", "4 PIN901 8 PIN003*"),
    "behind a schema": ("pod.yaml", "# pinlint: ignore-file[PIN003]\nkind: CustomResourceDefinition\n---\n" + POD + "spec: {containers: [{image: 'a:1'}]}\n", "6 PIN003*"),
    "Dockerfile of several lines": ("Dockerfile", "FROM scratch\n# pinlint: ignore[PIN003]\nCOPY --chown=1 \\\n  --from=o:1 a b\nCOPY --from=p:1 a b\n", "4 PIN003* 5 PIN003"),
    "Dockerfile with backticks": ("Dockerfile", "# escape=`\nFROM scratch\n# pinlint: ignore[PIN003]\nCOPY `\n  --from=o:1 a b\n", "5 PIN003*"),
    "Dockerfile in a continuation": ("Dockerfile", "FROM scratch\nRUN --mount=type=bind,from=a:1 \\\n # pinlint: ignore[PIN003]\n --mount=type=bind,from=b:1 x\n", "2 PIN003 4 PIN003*"),
    "requirement of several lines": ("requirements.txt", "# pinlint: ignore[PIN]\na \\\n  ; python_version > '3' \\\n  --hash=md5:00\nb\n", "2 PIN005* 5 PIN001"),
    "behind a requirement": ("requirements.txt", "a # pinlint: ignore[PIN001]\nb\n", "1 PIN001* 2 PIN001"),
    "behind the last line of a requirement": ("requirements.txt", "a \\\n  ; python_version > '3' # pinlint: ignore[PIN001]\nb\n", "1 PIN001* 3 PIN001"),
    "XML element of several lines": ("pom.xml", "<project><dependencies>\n<!-- pinlint: ignore[PIN002] -->\n<dependency>\n<groupId>a</groupId>\n<artifactId>b</artifactId>\n<version>[1,2)</version>\n</dependency>\n<dependency><groupId>a</groupId><artifactId>c</artifactId>\n<version>[1,2)</version></dependency></dependencies></project>", "6 PIN002* 9 PIN002"),
    "XML comment of several lines": ("pom.xml", "<project><dependencies><dependency>\n<groupId>a</groupId><artifactId>b</artifactId>\n<!--\n pinlint: ignore[PIN002]\n-->\n<version>[1,2)</version></dependency></dependencies></project>", "6 PIN002*"),
    "JSON with comments": ("devcontainer.json", '{\n/* pinlint: ignore[PIN003] */\n"image":\n  "a:1"}\n', "4 PIN003*"),
    "Groovy of several lines": ("Jenkinsfile", "node {\n // pinlint: ignore[PIN003]\n dockerNode(x: 1,\n  image: 'a:1') {\n }\n docker.image('b:1').inside {}\n}\n", "4 PIN003* 6 PIN003"),
    "HCL block": ("docker-bake.hcl", 'target "a" {\n // pinlint: ignore[PIN003]\n contexts = {\n  b = "docker-image://a:1"\n }\n}\n', "4 PIN003*"),
    "TOML table": ("prek.toml", '# pinlint: ignore[PIN003]\n[[repos]]\nrepo = "https://git.example/a"\nrev = "v1"\n[[repos]]\nrepo = "https://git.example/b"\nrev = "v1"\n', "4 PIN003* 7 PIN003"),
    "properties": (".mvn/wrapper/maven-wrapper.properties", "! pinlint: ignore[SRC205]\ndistributionUrl=https://maven.example/apache-maven-3.9.9-bin.zip\n", "2 SRC205*"),
    "old line ends": ("Dockerfile", "# pinlint: ignore[PIN003]\r\nFROM a:1\r\n", "2 PIN003*"),
    "sixty comments between": ("Dockerfile", "# pinlint: ignore[PIN003]\n" + "# more\n" * 60 + "FROM a:1\n", "62 PIN003*"),
}  # fmt: skip


@pytest.mark.parametrize("case", COMMENTS.values(), ids=COMMENTS)
def test_a_comment_covers_its_line_or_the_statement_below(tmp_path: Path, case: tuple[str, str, str]) -> None:
    path, text, expected = case
    assert " ".join(judged(tmp_path, path, text)) == expected


@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        ("until=2999-12-31 promised", "2 PIN003*"),
        ("promised, until=2999-12-31", "2 PIN003*"),
        ("until the vendor has one", "2 PIN003*"),
        ("until=2020-01-31", "1 PIN900 2 PIN003"),
        ("until=2999-02-30", "1 PIN900 2 PIN003"),
        ("until=someday", "1 PIN900 2 PIN003"),
        ("until=", "1 PIN900 2 PIN003"),
        ("until=31.12.2999", "1 PIN900 2 PIN003"),
        ("until=2999-1-1", "1 PIN900 2 PIN003"),
        ("until=２９９９-12-31", "1 PIN900 2 PIN003"),
        ("until: 2999-12-31", "1 PIN900 2 PIN003"),
        ("until 2999-12-31", "1 PIN900 2 PIN003"),
        ("UNTIL=2999-12-31T00:00", "1 PIN900 2 PIN003"),
        ("a reason until=soon", "1 PIN900 2 PIN003"),
        ("until=2999-12-31 until=2998-12-31", "1 PIN900 2 PIN003"),
    ],
)
def test_an_exception_ends_on_a_day_or_covers_nothing(tmp_path: Path, ending: str, expected: str) -> None:
    assert " ".join(judged(tmp_path, "Dockerfile", f"# pinlint: ignore[PIN003] {ending}\nFROM a:1\n")) == expected


MISSPELT = {
    "no rule": ("pinlint: ignore", "write ignore[PIN003]"),
    "a rule without brackets": ("pinlint: ignore SRC205", "write ignore[SRC205]"),
    "another word": ("pinlint: disable[PIN003]", "write `pinlint: ignore[PIN003]`"),
    "the word of another tool": ("pinlint: noqa", "write `pinlint: ignore[PIN003]`"),
    "another word for the next line": ("pinlint: disable-next-line=SRC205", "write `pinlint: ignore[SRC205]`"),
    "another word for the file": ("pinlint: file-ignore[missing-digest]", "write `pinlint: ignore-file[missing-digest]`"),
    "a slip": ("pinlint: ingore[PIN003]", "write `pinlint: ignore[PIN003]`"),
    "capitals": ("Pinlint: Ignore[PIN003]", "write `pinlint: ignore[PIN003]`"),
    "no colon": ("pinlint ignore[PIN003]", "write `pinlint: ignore[PIN003]`"),
    "a code that is too short": ("pinlint: ignore[PIN03]", "no rule is called 'PIN03', so nothing is ignored by that name; did you mean PIN003?"),
    "a name with a slip": ("pinlint: ignore[missing-digset]", "did you mean missing-digest?"),
    "one of two rules": ("pinlint: ignore[PIN003, PIN04]", "no rule is called 'PIN04'"),
}  # fmt: skip


@pytest.mark.parametrize(("comment", "said"), MISSPELT.values(), ids=MISSPELT)
def test_an_exception_that_is_misspelt_is_said(tmp_path: Path, comment: str, said: str) -> None:
    (tmp_path / "Dockerfile").write_text(f"# {comment}\nFROM a:1\n")
    checked = schedule.judged(new_tree(str(tmp_path), {}, {}), [("Dockerfile", kind("Dockerfile"))], Policy())
    [message] = [one.message for each in checked for one in each.diagnostics if one.rule == "PIN900"]
    assert said in message


@pytest.mark.parametrize(
    "prose",
    ["pinlint: see the docs", "what pinlint ignores [and why]", "pinlint: https://docs.example", "checked by pinlint: all of it"],
)
def test_prose_about_pinlint_is_no_exception(tmp_path: Path, prose: str) -> None:
    assert judged(tmp_path, "Dockerfile", f"# {prose}\nFROM a:1\n") == ["2 PIN003"]


def test_rules_have_names_in_comments_too(tmp_path: Path) -> None:
    assert judged(tmp_path, "Dockerfile", "# pinlint: ignore[missing-digest] why\nFROM a:1\n") == ["2 PIN003*"]


def test_a_version_in_a_value_is_no_comment(tmp_path: Path) -> None:
    lines = (
        f'- {{uses: a/b@{COMMIT}, name: "x # v4"}}',
        f'- {{uses: "a/c@{COMMIT}", name: "x # v4"}} # v5.1',
        f"- uses: a/d@{COMMIT} # v6.2",
    )
    text = "on: push\njobs:\n  a:\n    steps:\n" + "".join(f"    {line}\n" for line in lines)
    document = Document(".github/workflows/a.yml", text.encode())
    run = run_in(new_tree(str(tmp_path), {}, {}))
    found = claims(read_in(run, document, kind(document.path)), run)
    assert [(one.reference.artifact.name, one.reference.version) for one in found] == [("a/c", "v5.1"), ("a/d", "v6.2")]


def test_a_source_in_a_url_is_no_source_of_a_compiled_file(tmp_path: Path) -> None:
    """What pip-compile says stands in comments; an address may hold anything."""
    (tmp_path / "a.in").write_text("six\nflask\n")
    compiled = "# autogenerated by pip-compile\nsix==1.0\nx @ https://files.example/x.zip#a.in\n"
    (tmp_path / "locked.txt").write_text(compiled)
    from pinlint.formats.requirements.locks import lock_of

    assert lock_of("a.in", {"six", "flask"}, new_tree(str(tmp_path), {}, {})) is None
    (tmp_path / "locked.txt").write_text(compiled + "# from a.in\n")
    assert lock_of("a.in", {"six", "flask"}, new_tree(str(tmp_path), {}, {})) is not None


def test_what_covers_a_finding_is_looked_up_and_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many comments and many findings: nobody walks over their pairs."""
    count = 3000
    text = "".join(f"# pinlint: ignore[PIN003,SRC{number}]\nFROM a:{number}\n" for number in range(count))
    exceptions = Exceptions(Document("Dockerfile", text.encode()), kind("Dockerfile"), "2027-01-01")

    class Counted(dict):  # type: ignore[type-arg]
        asked = 0

        def get(self, *key: object) -> object:
            Counted.asked += 1
            return super().get(*key)

    exceptions._first = Counted(exceptions._first)
    assert [exceptions.covering("PIN003", 2 * number + 2) for number in range(count)] == list(range(count))
    assert Counted.asked <= 20 * count
