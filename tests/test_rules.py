"""Every rule page under `rules/` is documentation and test: what it says must be true of the program that is here.

A fence whose first words are `LANGUAGE ROLE[:CASE] PATH` is a file of an example; the fences of one role and case are one small
repository. The PATH of `answers` is an address, and the fence what a registry answers there: pages of rules that need a network
show what `pinlint verify` then finds, or `--diff` on its way. `bad` must break the page's rule and no other that its `output` block
does not show, `output` is what `pinlint --output-format concise` prints, `good` must be silent. `pytest
tests/test_rules.py --update-expected` writes the output blocks anew: read every line of the change.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import expected
from fences import FENCE, Block, blocks
from servers.answers import Answers, user

from pinlint import cli, errors, rulebook
from pinlint.checks import FACT_RULES, ON_THE_WAY, ONLINE
from pinlint.config import OFF, load
from pinlint.rulebook import Page, codes, page
from pinlint.text import Document

RULES = Path(__file__).parent.parent / "rules"
PAGES = sorted(RULES.glob("*.md"))

_SECTIONS = ["What it finds", "Why it matters", "Examples", "How to fix", "Options"]
_FIELDS = ["id", "name", "severity", "fix", "precision", "security-severity", "tags"]
#: Flags of other programs that pages tell people to use, or that files hold. None of them may be taken for pinlint's.
_FOREIGN_FLAGS = {
    "--allow-insecure-registry", "--certificate-identity", "--certificate-identity-regexp", "--certificate-oidc-issuer",
    "--certificate-chain", "--check-claims", "--insecure-ignore-sct", "--insecure-ignore-tlog", "--trusted-root",
    "--use-signed-timestamps",
    "--digestfile", "--force-new-deployment", "--iidfile", "--image-ids", "--image-tag", "--kustomize-image", "--metadata-file",
    "--set", "--source", "--task-definition",
    "--checksum", "--extra-index-url", "--find-links", "--fix-lockfile", "--force-evaluate", "--from", "--frozen-lockfile",
    "--generate-hashes", "--hash", "--immutable", "--index-url", "--legacy-peer-deps", "--locked", "--mount",
    "--no-frozen-lockfile", "--no-immutable", "--no-index", "--no-install", "--no-package-lock", "--no-require-hashes",
    "--package-lock-only", "--repo", "--require-hashes", "--trusted-host", "--upgrade", "--versions",
}  # fmt: skip


class Example(NamedTuple):
    """Files by path, and the expected output (None where the page shows none)."""

    page: Path
    role: str
    case: str
    files: dict[str, str]
    output: Block | None
    answers: list[Block]


def examples(path: Path) -> list[Example]:
    found: dict[tuple[str, str], dict[str, str]] = {}
    outputs: dict[str, Block] = {}
    answers: dict[str, list[Block]] = {}
    for block in blocks(path.read_text(encoding="utf-8")):
        if block.role == "output":
            assert block.case not in outputs, f"{path.name}: two outputs of the same case"
            outputs[block.case] = block
        elif block.role == "answers":
            answers.setdefault(block.case, []).append(block)
        else:
            files = found.setdefault((block.role, block.case), {})
            assert block.path, f"{path.name}: a fence {block.role} without a path"
            assert block.path not in files, f"{path.name}: {block.path} twice in one example"
            files[block.path] = block.text
    shown = {case for role, case in found if role == "bad"}
    assert set(outputs) <= shown, f"{path.name}: output without a bad example"
    assert bool(answers) == path.name.startswith(ONLINE), f"{path.name}: answers belong to what needs a network"
    return [
        Example(path, role, case, files, outputs.get(case) if role == "bad" else None, answers.get(case, []))
        for (role, case), files in found.items()
    ]


EVERY = [example for path in PAGES for example in examples(path)]


def run(example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """(exit code, concise report) of pinlint in a repository that holds the example's files and nothing else."""
    folder, answers = tmp_path / "repository", Answers(example.answers)
    folder.mkdir()
    for name, text in example.files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="")
    monkeypatch.chdir(folder)
    audited = example.page.name.startswith(ONLINE) and not example.page.name.startswith(ON_THE_WAY)
    arguments = ["verify" if audited else "check", "--output-format", "concise", "--quiet"]
    if example.page.name.startswith(ONLINE):
        rule = example.page.name[:6]
        arguments += ["--deep"] if rule == "NET910" else [] if audited else ["--diff"]
        if audited and rule not in ("NET902", "NET906"):  # whose question about a commit other pages do not answer
            arguments += ["--ignore", "NET902,NET906"]
        user(tmp_path / "home", answers, monkeypatch)
    if example.page.name.startswith("PIN903") and example.role == "bad":
        monkeypatch.setattr(errors, "failure", errors.failure.__wrapped__)  # type: ignore[attr-defined]
        monkeypatch.setattr("pinlint.formats.dockerfile.references", _failing)
    if example.page.name[:6] in OFF:
        arguments += ["--extend-select", example.page.name[:6]]
    code = cli.main([*arguments, "--show-unknown"] if example.page.name.startswith("PIN006") else arguments)
    if example.role == "bad":  # a good example has nothing to ask about but in an audit
        assert (answers.unknown, answers.unused) == (set(), [])
    assert answers.unknown == set()
    return code, capsys.readouterr().out


def _failing(*_: object) -> None:
    """What no page could show: the mistake that nobody has found yet."""
    raise RecursionError


def _named(example: Example) -> str:
    return f"{example.page.name[:6]}-{example.role}{'-' if example.case else ''}{example.case}"


@pytest.mark.parametrize("example", [one for one in EVERY if one.role == "bad"], ids=_named)
def test_bad_example_breaks_its_rule_and_prints_the_output_shown(
    example: Example,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    pytestconfig: pytest.Config,
) -> None:
    code, printed = run(example, tmp_path, monkeypatch, capsys)
    rule = example.page.name[:6]
    broken = {line.split(" ", 3)[2] for line in printed.splitlines()}
    assert rule in broken, printed
    assert code == int(any(line.split(" ", 2)[1] != "note:" for line in printed.splitlines()))
    assert example.output is not None, "a bad example shows its output"
    text = example.page.read_text(encoding="utf-8")  # anew, for offsets move with every update
    block = next(block for block in blocks(text) if (block.role, block.case) == ("output", example.case))
    wanted = (text[: block.start] + printed + text[block.end :]).encode()
    assert wanted == expected(example.page, wanted, pytestconfig)
    rulebook._PAGES.pop(rule, None)  # it may have been read before it was written


@pytest.mark.parametrize("example", [one for one in EVERY if one.role == "good"], ids=_named)
def test_good_example_is_silent(
    example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(example, tmp_path, monkeypatch, capsys) == (0, "")


@pytest.mark.parametrize("example", [one for one in EVERY if one.role == "good"], ids=_named)
def test_good_example_holds_something_to_judge(example: Example, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Else a file name that nobody reads would pass as a good example."""
    for name in example.files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(example.files[name], encoding="utf-8")
    assert cli.main(["check", "--show-files", str(tmp_path)]) == 0
    assert capsys.readouterr().out


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_page_has_a_bad_and_a_good_example(path: Path) -> None:
    roles = [(one.role, one.case) for one in examples(path)]
    assert {role for role, _ in roles} == {"bad", "good"}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_page_has_the_fixed_sections_in_order(path: Path) -> None:
    without_code = FENCE.sub("(code)", path.read_text(encoding="utf-8"))
    assert re.findall(r"^## (.*)$", without_code, re.MULTILINE) == _SECTIONS
    for section in re.split(r"^## .*$", without_code, flags=re.MULTILINE)[1:]:
        assert section.strip(), "a section without a word"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_front_matter_is_complete_and_legal(path: Path) -> None:
    front = path.read_text(encoding="utf-8").split("---\n")[1]
    fields = dict(line.split(": ", 1) for line in front.splitlines())
    assert (fields.pop("default", "on") == "off") == (fields["id"] in OFF), "OFF in config.py and the page say the same"
    assert list(fields) == _FIELDS
    assert path.name == f"{fields['id']}-{fields['name']}.md"
    assert re.fullmatch(r"[a-z]+(-[a-z]+)+", fields["name"])
    assert fields["severity"] in ("error", "warning", "note")
    assert fields["fix"] in ("safe", "unsafe", "none")
    assert fields["precision"] in ("very-high", "high", "medium", "low")
    assert re.fullmatch(r"\d\.\d|10\.0", fields["security-severity"])
    assert 0.1 <= float(fields["security-severity"]) <= 10.0
    tags = fields["tags"].split(", ")
    assert len(tags) == len(set(tags)) <= 9
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*(/[a-z0-9-]+)*", tag) for tag in tags)


@pytest.mark.parametrize("code", codes())
def test_rulebook_reads_what_the_page_says(code: str) -> None:
    text = Path(codes()[code]).read_text(encoding="utf-8")
    read = page(code)
    assert read.id == code
    assert f"\nseverity: {read.severity}\n" in text
    assert f"# {read.title}\n" in text
    assert text.endswith(read.body)
    assert read.body.startswith("# ")


@pytest.mark.parametrize("code", codes())
def test_title_and_summary_stand_alone_in_a_report(code: str) -> None:
    read: Page = page(code)
    assert 10 <= len(read.title) <= 80
    assert not read.title.endswith(".")
    assert 60 <= len(read.summary) <= 300
    assert read.summary.endswith(".")
    assert not re.search(r"[`*_\[\]\n]|  ", read.title + read.summary)


def test_every_rule_code_of_the_program_has_a_page_and_every_page_a_use() -> None:
    """Codes are written in quotes wherever a finding is made of them."""
    package = Path(cli.__file__).parent
    sources = [file.read_text(encoding="utf-8") for file in package.rglob("*.py") if "report" not in file.parts]
    assert set(codes()) == {code for source in sources for code in re.findall(r'"([A-Z]{3}\d{3})"', source)}
    assert {code for code in FACT_RULES.values() if code} <= set(codes())


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_configuration_shown_loads(path: Path, tmp_path: Path) -> None:
    """A block of TOML outside the examples is written as pyproject.toml holds it."""
    shown = [fence["body"] for fence in FENCE.finditer(path.read_text(encoding="utf-8")) if fence["words"].strip() == "toml"]
    assert shown, "the options of a rule are shown, not only told"
    for number, body in enumerate(shown):
        assert "tool.pinlint" in body
        root = tmp_path / str(number)
        root.mkdir()
        (root / "pyproject.toml").write_text(body, encoding="utf-8")
        assert load(str(root))._replace(source="") != load(str(tmp_path)), "the configuration changes nothing"


@pytest.fixture
def odd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repository that breaks PIN003 and PIN008, the second being off by default."""
    (tmp_path / "Dockerfile").write_text(f"FROM python@sha256:{'5f' * 32}\nFROM python:3.12\n")
    monkeypatch.setitem(OFF, "PIN008", ())
    monkeypatch.setitem(rulebook._PAGES, "PIN008", page("PIN008")._replace(default="off"))
    monkeypatch.chdir(tmp_path)


def _found(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    cli.main(["--output-format", "concise", "--quiet", *words])
    return [line.split()[2] for line in capsys.readouterr().out.splitlines()]


@pytest.mark.usefixtures("odd")
def test_a_rule_that_is_off_by_default_is_switched_on_by_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert _found(capsys) == ["PIN003"]
    assert _found(capsys, "--extend-select", "digest-without-tag") == ["PIN008", "PIN003"]
    assert _found(capsys, "--select", "PIN008") == ["PIN008"]
    assert _found(capsys, "--select", "PIN") == ["PIN008", "PIN003"]
    Path("pinlint.toml").write_text('extend-select = ["PIN008"]')
    assert _found(capsys) == ["PIN008", "PIN003"]
    assert _found(capsys, "--ignore", "PIN008") == ["PIN003"]
    assert _found(capsys, "--select", "PIN003") == ["PIN003"]


@pytest.mark.usefixtures("odd")
def test_every_list_of_rules_says_what_is_off_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    def told(*words: str) -> str:
        cli.main([*words])
        return capsys.readouterr().out

    assert re.search(r"^PIN008  note, off +- ", told("rules"), re.MULTILINE)
    assert {one["id"] for one in json.loads(told("rules", "--output-format", "json")) if one["default"] == "off"} >= {"PIN008"}
    assert "off by default" in told("explain", "PIN008").partition("\n")[0]
    assert "off by default" not in told("explain", "PIN003").partition("\n")[0]
    assert "PIN008" in json.loads(told("schema"))["definitions"]["rule"]["description"]
    [run] = json.loads(told("--output-format", "sarif"))["runs"]
    configured = {rule["id"]: rule["defaultConfiguration"].get("enabled", True) for rule in run["tool"]["driver"]["rules"]}
    assert not configured["PIN008"]
    assert configured["PIN003"]
    assert "ruleConfigurationOverrides" not in run["invocations"][0]
    [run] = json.loads(told("--output-format", "sarif", "--extend-select", "PIN008"))["runs"]
    [override] = run["invocations"][0]["ruleConfigurationOverrides"]
    assert run["tool"]["driver"]["rules"][override["descriptor"]["index"]]["id"] == override["descriptor"]["id"] == "PIN008"
    assert override["configuration"] == {"enabled": True, "level": "note"}


@pytest.mark.usefixtures("odd")
def test_a_severity_of_what_is_off_by_default_is_remarked_on(capsys: pytest.CaptureFixture[str]) -> None:
    Path("pinlint.toml").write_text('severity = {PIN008 = "error", PIN003 = "note"}')
    remark = "severity says how grave PIN008 is, which is off by default: extend-select switches it on"
    assert cli.main(["--output-format", "json"]) == 0
    assert remark in capsys.readouterr().out
    assert cli.main(["--output-format", "json", "--extend-select", "PIN008"]) == 1
    assert remark not in capsys.readouterr().out


@pytest.fixture(scope="module")
def helps() -> dict[str, str]:
    """What `pinlint COMMAND --help` prints, for each command that `pinlint --help` names."""
    found = {"check": _help()}
    listed = re.search(r"^commands: ([^;]*)", found["check"], re.MULTILINE)
    assert listed, "the help names the commands"
    for command in re.findall(r"[a-z]+(?=,|$| \()", listed[1]):
        found[command] = _help(command)
    return found


def _help(*words: str) -> str:
    text = io.StringIO()
    with contextlib.redirect_stdout(text), pytest.raises(SystemExit):
        cli.main([*words, "--help"])
    return text.getvalue()


def test_commands_are_those_of_the_help(helps: dict[str, str]) -> None:
    assert {"check", "inventory", "explain", "rules"} <= set(helps)
    assert "--show-unknown" in helps["check"]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_command_and_flag_is_one_that_the_help_knows(path: Path, helps: dict[str, str]) -> None:
    text = path.read_text(encoding="utf-8").split("---\n", 2)[2]
    prose = FENCE.sub("", text)
    known = _flags("".join(helps.values())) | _FOREIGN_FLAGS
    for command in re.findall(r"`([^`\n]+)`", prose):
        if command.split(" ")[0] == "pinlint":
            _understood(command, helps)
        elif command.startswith("--"):
            assert _flags(command) <= known, command
    for line in re.findall(r"^(?:\$ )?(pinlint(?: .*)?)$", "".join(fence["body"] for fence in FENCE.finditer(text)), re.MULTILINE):
        _understood(line, helps)
    assert not re.search(r"(?<!\S)--[a-z]", re.sub(r"`[^`\n]+`", "", prose)), "flags are set as code"


def _understood(command: str, helps: dict[str, str]) -> None:
    """Asserts that the command line names a command, or paths, and flags that exist."""
    words = shlex.split(command)[1:]
    name = words[0] if words and re.fullmatch("[a-z]+", words[0]) else "check"
    assert name in helps, f"{command}: no such command"
    assert _flags(command) <= _flags(helps[name]), command


def _flags(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_page_names_only_rules_that_exist(path: Path) -> None:
    named = set(re.findall(r"\b(?:PIN|LCK|SRC|NET|RET|PRO|SIG)\d{3}\b", path.read_text(encoding="utf-8")))
    assert named <= set(codes())


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_page_is_plain_text_that_wraps_well(path: Path) -> None:
    data = path.read_bytes()
    document = Document(path.name, data)
    assert b"\r" not in data
    assert b"\t" not in FENCE.sub("", document.text).encode()
    assert data.endswith(b"\n")
    assert not data.endswith(b"\n\n")
    prose = FENCE.sub("", document.text)
    assert [line for line in prose.splitlines() if len(line) > 132 and not line.startswith("|")] == []
