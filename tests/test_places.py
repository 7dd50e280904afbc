"""Scripts that files hold: found where they stand, with the shell that reads them, to the character."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from clock import seconds

from pinlint.discover import format_of
from pinlint.formats import kinds
from pinlint.model import Script
from pinlint.text import Document, Unparsable
from pinlint.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator

FIXTURES = Path(__file__).parent.parent / "fixtures"
CASES = sorted(path for name in ("scripts", "runs", "commands", "kept") for path in FIXTURES.glob(f"*/{name}"))


def scripts(path: str, text: str, **others: str) -> list[Script]:
    return list(_scripts(Document(path, text.encode()), others))


def _scripts(document: Document, others: dict[str, str]) -> Iterator[Script]:
    held = {document.path: document.data, **{path: text.encode() for path, text in others.items()}}
    tree = Tree("/nonexistent", lambda: held, held)
    format_ = format_of(document.path)
    assert format_ is not None
    for one in kinds(format_, document.data):
        found = import_module(f"pinlint.formats.{one.name}").references(document, tree)
        yield from (item for item in found if isinstance(item, Script))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_every_character_of_a_script_is_at_its_place(case: Path) -> None:
    """Or something stands there that a format fills in or escapes: then words are not said to stand there as they are."""
    found = 0
    for path in sorted(one for one in case.rglob("*") if one.is_file() and one.name != "expected.txt"):
        if format_of(str(path.relative_to(case))) is None:
            continue
        document = Document(str(path.relative_to(case)), path.read_bytes())
        for one in _scripts(document, {}):
            found += 1
            places = [one.offset(at) for at in range(len(one.text))]
            assert places == sorted(places), "in order"
            for at, place in zip(one.text, places, strict=True):
                assert document.text[place] == at or document.text[place] in "\\\r\n $({})'\"", (at, document.text[place])
            for text, start, end in one.words:
                assert document.text[start:end] == text or "\\" in document.text[start:end] or "/" in document.text[start:end]
    assert found, "the case holds scripts"


RUNNERS = [
    ("runs-on: ubuntu-24.04", "sh"),
    ("runs-on: windows-2022", "powershell"),
    ("runs-on: macos-latest", "sh"),
    ("runs-on: [self-hosted, windows, x64]", "powershell"),
    ("runs-on: [self-hosted, linux]", "sh"),
    ("runs-on: self-hosted", "sh"),
    ("runs-on: ${{ inputs.runner }}", "sh"),
    ("runs-on: ${{ matrix.os }}\n    strategy: {matrix: {os: [windows-2022, windows-2019]}}", "powershell"),
    ("runs-on: ${{ matrix.os }}\n    strategy: {matrix: {os: [windows-2022, ubuntu-24.04]}}", "sh"),
    ("runs-on: {group: big, labels: ubuntu-24.04-16core}", "sh"),
    ("runs-on: windows-2022\n    defaults: {run: {shell: bash}}", "sh"),
    ("runs-on: ${{ inputs.runner }}\n    container: debian:12", "sh"),
    ("runs-on: ubuntu-24.04\n    defaults: {run: {shell: python}}", ""),
]


@pytest.mark.parametrize(("machine", "shell"), RUNNERS, ids=[machine for machine, _ in RUNNERS])
def test_a_step_is_read_by_the_shell_of_its_machine(machine: str, shell: str) -> None:
    (found,) = scripts(".github/workflows/x.yml", f"jobs:\n  a:\n    {machine}\n    steps:\n      - run: pip install x\n")
    assert found.shell == shell


#: What the writing of a script says where its machine does not.
WRITTEN = {
    "pip install x && npm ci": "sh", "pip install `a`": "", "pip install .\\x": "", "echo %PATH%": "",
    "export X=1\npip install `a`": "sh", "X=1 pip install \\\n  a": "sh", "if [ `a` ]; then\n  b\nfi": "sh",
    "pip install $env:X": "powershell", "$x = 1\npip install x": "powershell", "Write-Output x": "powershell",
    "pip install `\n  x": "powershell",
}  # fmt: skip


@pytest.mark.parametrize(("text", "shell"), WRITTEN.items(), ids=WRITTEN)
def test_a_script_is_read_by_its_writing_where_nothing_tells_the_machine(text: str, shell: str) -> None:
    step = text.replace("\n", "\n          ")
    job = f"  a:\n    runs-on: x\n    steps:\n      - run: |\n          curl\n          {step}\n"
    (found,) = scripts(".github/workflows/x.yml", f"jobs:\n{job}")
    assert found.shell == shell
    step = text.replace("\n", "\n      ")
    azure = scripts("azure-pipelines.yml", f"pool: x\nsteps:\n  - script: |\n      curl\n      {step}\n")
    assert [one.shell for one in azure] == ["sh" if shell == "sh" else ""]


SHELLS = [
    ("bash", "sh"), ("sh", "sh"), ("bash -eo pipefail {0}", "sh"), ("pwsh", "powershell"), ("powershell", "powershell"),
    ("msys2 {0}", "sh"),
    ("cmd", ""), ("python", ""), ("node {0}", ""), ("/usr/bin/env bash -e {0}", "sh"), (r"C:\msys64\usr\bin\bash.exe {0}", "sh"),
]  # fmt: skip


CONDITIONS = [
    ("runner.os == 'Windows'", "powershell"), ("runner.os != 'Windows'", "sh"), ("runner.os == 'Linux'", "sh"),
    ("${{ startsWith(matrix.os, 'windows') && success() }}", "powershell"), ("!startsWith(matrix.os, 'windows')", "sh"),
    ("matrix.os == 'ubuntu-24.04'", "sh"),
    ("runner.os != 'Linux'", "powershell"), ("contains(matrix.os, 'macos')", "sh"), ("github.ref == 'refs/heads/windows'", "sh"),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "shell"), CONDITIONS, ids=[condition for condition, _ in CONDITIONS])
def test_a_step_may_be_for_machines_of_one_system(condition: str, shell: str) -> None:
    systems = "windows-2022" if condition == "runner.os != 'Linux'" else "windows-2022, ubuntu-24.04"
    job = f"  a:\n    runs-on: ${{{{ matrix.os }}}}\n    strategy: {{matrix: {{os: [{systems}]}}}}\n"
    text = f'jobs:\n{job}    steps:\n      - run: pip install x\n        if: "{condition}"\n'
    assert [one.shell for one in scripts(".github/workflows/x.yml", text)] == [shell]


@pytest.mark.parametrize(("said", "shell"), SHELLS, ids=[said for said, _ in SHELLS])
def test_a_step_may_name_its_shell(said: str, shell: str) -> None:
    text = f"jobs:\n  a:\n    runs-on: windows-2022\n    steps:\n      - run: pip install x\n        shell: '{said}'\n"
    assert [one.shell for one in scripts(".github/workflows/x.yml", text)] == [shell]


PERMISSIONS = [
    ("id-token: write", True), ("contents: write", True), ("packages: write", True), ("contents: read", False),
    ("pull-requests: write", False),
]  # fmt: skip


@pytest.mark.parametrize(("granted", "publishes"), PERMISSIONS, ids=[one for one, _ in PERMISSIONS])
def test_a_job_that_may_release_something_says_so(granted: str, publishes: bool) -> None:
    job = "jobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps: [{run: pip install x}]\n"
    outer = scripts(".github/workflows/x.yml", f"permissions: {{{granted}}}\n{job}")
    inner = scripts(".github/workflows/x.yml", f"{job}    permissions: {{{granted}}}\n")
    assert [one.publishes for one in (*outer, *inner)] == [publishes, publishes]


def test_values_of_the_nearest_env_count_and_expressions_hide_them() -> None:
    text = (
        "env: {A: outer, B: outer, C: outer}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    env: {B: job, C: job}\n    steps:\n"
        "      - run: pip install a==$A b==$B c==${C} d==$D\n        env: {C: '${{ secrets.C }}'}\n"
    )
    (found,) = scripts(".github/workflows/x.yml", text)
    assert found.variables == (("A", "outer"), ("B", "job"))


def test_a_job_that_never_runs_fetches_nothing() -> None:
    text = "jobs:\n  a:\n    if: ${{ false }}\n    runs-on: ubuntu-24.04\n    steps: [{run: pip install x}]\n"
    assert scripts(".github/workflows/x.yml", text) == []


def test_what_holds_no_command_word_is_not_looked_at() -> None:
    assert scripts("x.sh", "make all\n") == []
    assert scripts("Makefile", "all:\n\techo\n") == []


def test_recipes_of_make_have_the_values_of_their_file() -> None:
    text = "V = 1.2\nW = $(V)\nX := a\nX := b\nall:\n\tpip install a==$(V) b==${V} c==$(W) d==$(X) $$e $(shell pip list)\n"
    (found,) = scripts("Makefile", text)
    assert found.text == "pip install a==1.2 b==1.2 c==$(W) d==$(X) $$e $(shell pip list)\n"
    word = found.text.index("a==1.2")
    assert text[slice(*found.span(word, word + len("a==1.2")))] == "a==$(V)"


def test_heredocs_of_a_dockerfile_are_scripts_unless_another_program_reads_them() -> None:
    text = (
        "FROM a\nRUN <<X <<Y\npip install a\nX\npip install b\nY\nRUN <<-'E'\n\tpip install c\n\tE\n"
        "RUN <<E\n#!/usr/bin/perl\npip\nE\n"
    )
    found = scripts("Dockerfile", text)
    assert [(one.shell, one.text) for one in found] == [
        ("sh", "<<X <<Y\npip install a\nX\npip install b\nY\n"),
        ("sh", "\tpip install c\n"),
        ("", "#!/usr/bin/perl\npip\n"),
    ]


HOSTILE = [
    ("Makefile", "$(shell curl "), ("Makefile", "a:\n\tcurl \\\n"), ("Makefile", "A = $(A)$(A)curl\n"), ("Makefile", "define x\n"),
    ("Makefile", "\tcurl $(A) $(B)\n"), ("Makefile", "A = curl\n\t$(A)$(A)\n"), ("justfile", 'a "\n'),
    ("justfile", "a:\n  curl {{a}}\n"),
    ("justfile", "a '" + "x" * 50), ("x.sh", "curl \r\n"), ("Dockerfile", "RUN curl <<A\n"), ("Dockerfile", "RUN curl $A \\\n#\n"),
    ("Dockerfile", "ENV A=$A curl\nRUN curl $A\n"), ("Dockerfile", "FROM a AS a\nSHELL ['a']\nRUN ['curl']\n"),
    ("Dockerfile", 'RUN ["curl", "\\u0041"]\n'), ("tox.ini", "[testenv]\ncommands = curl \\\n"), ("Jenkinsfile", "sh 'curl \\\\' "),
    ("Jenkinsfile", "sh(curl: 1, "), ("package.json", '{"scripts": {"a": "curl \\"'),
    (".github/workflows/a.yml", "- &a {run: curl, env: &b {A: *b}}\n"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "unit"), HOSTILE, ids=[f"{path}-{unit[:20]!r}" for path, unit in HOSTILE])
def test_time_is_linear(path: str, unit: str) -> None:
    def read(size: int) -> None:
        with suppress(Unparsable):
            scripts(path, unit * (size // len(unit)))

    assert seconds(lambda: read(320_000), 2) < 24 * seconds(lambda: read(40_000)) + 0.1


def test_steps_that_share_their_environment_take_linear_time() -> None:
    values = "".join(f"    A{number}: x\n" for number in range(2_000))
    steps = "".join(f"      - run: pip install a==$A{number}\n        env: *e\n" for number in range(2_000))
    text = f"x:\n  env: &e\n{values}jobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n{steps}"
    assert len(scripts(".github/workflows/x.yml", text)) == 2_000
    assert seconds(lambda: scripts(".github/workflows/x.yml", text), 1) < 10
