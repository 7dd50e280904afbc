"""The tables agree with the files, and what the project says of itself is true.

`pytest tests/test_project.py --update-expected` writes anew what README.md, docs/ and .pre-commit-hooks.yaml derive from the code.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import subprocess
import textwrap
import tomllib
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from conftest import expected, need
from hypothesis import given
from hypothesis import strategies as st

from pinlint import cli
from pinlint.commands import COMMANDS
from pinlint.config import DEFAULT_REQUIRE, SETTINGS, Policy, load
from pinlint.discover import NAMED, format_of
from pinlint.ecosystems import ECOSYSTEMS, LEVELS
from pinlint.fleet.options import ACTIONS as FLEET
from pinlint.formats import BY_SHEBANG, FORMATS, SHOWN, Format
from pinlint.keys import KEYS
from pinlint.model import FACTS, VERDICTS
from pinlint.options import chosen, parse
from pinlint.proposed.ci import written
from pinlint.proposed.source import Source
from pinlint.rulebook import codes, page

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
HOOKS = ROOT / ".pre-commit-hooks.yaml"


def run(*arguments: str) -> tuple[int, str]:
    """(exit code, standard output) of the command line."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        try:
            code = cli.main(list(arguments))
        except SystemExit as error:
            code = int(error.code or 0)
    return code, out.getvalue()


# Tables and files


def test_the_table_tells_which_formats_include_others() -> None:
    """None that only its content shows: then it would matter which file is read first."""
    including = {one.name for one in FORMATS if hasattr(import_module(f"pinlint.formats.{one.name}"), "included")}
    assert including == {one.name for one in FORMATS if one.includes and not one.marks}


def test_every_command_is_a_word_and_a_module() -> None:
    modules = {path.stem for path in (ROOT / "pinlint/commands").glob("*.py")} - {"__init__"}
    assert (modules, len(modules)) == (set(COMMANDS), len(COMMANDS))


def test_every_format_is_a_line_a_module_and_a_folder_of_fixtures() -> None:
    names = [format_.name for format_ in FORMATS]
    modules = {path.stem for path in (ROOT / "pinlint/formats").iterdir() if path.name not in ("__init__.py", "__pycache__")}
    assert len(names) == len(set(names))
    assert modules == set(names)
    assert {path.name for path in (ROOT / "fixtures").iterdir() if path.is_dir()} == set(names)


def test_every_syntax_that_the_table_names_can_locate() -> None:
    for format_ in FORMATS:
        if format_.syntax:
            assert "def locate(" in (ROOT / f"pinlint/syntax/{format_.syntax}.py").read_text(encoding="utf-8"), format_.name


@pytest.mark.parametrize("format_", FORMATS, ids=lambda format_: format_.name)
def test_every_pattern_leads_to_its_own_format(format_: Format) -> None:
    read = {pattern: format_of(pattern.replace("*", "x")) for pattern in format_.patterns}
    stands = next(one for one in SHOWN if format_.patterns[0] in one.patterns) if format_.marks else format_
    assert read == dict.fromkeys(format_.patterns, stands)
    assert [pattern for pattern in format_.but_not if format_of(pattern.replace("*", "x")) == format_] == []
    assert [name for name in format_.partner if format_of(name.replace("*", "x")) is None] == []


def test_every_ecosystem_is_a_folder_with_names_that_make_purls() -> None:
    folders = [path for path in (ROOT / "pinlint/ecosystems").iterdir() if path.is_dir() and path.name != "__pycache__"]
    assert {one.folder for one in ECOSYSTEMS.values()} == {folder.name for folder in folders}
    for folder in folders:
        assert "def purl(" in (folder / "names.py").read_text(encoding="utf-8"), folder.name


def test_the_firmest_level_of_a_kind_is_the_one_that_its_files_reach() -> None:
    """More must not be required, less not be refused. Of charts only helmfile knows digests, of Maven's modules only what
    Gradle is to verify them by, so nobody is told to write one."""
    described = r".*?:\d+:\d+-\d+:\d+ (\w+) .*?'.*?' (tag|version|digest) "
    reached: dict[str, set[str]] = {}
    for path in (ROOT / "fixtures").glob("*/*/expected.txt"):
        if path.parent.parent.name not in ("helmfile", "gradle_verification"):
            for kind, level in re.findall(described, path.read_text(encoding="utf-8", errors="surrogateescape")):
                reached.setdefault(kind, set()).add(level)
    firmest = {kind: max(levels, key=LEVELS.index) for kind, levels in reached.items()}
    assert firmest == {kind: one.firmest for kind, one in ECOSYSTEMS.items()}


def test_every_rule_page_has_the_name_of_its_file() -> None:
    for code, path in codes().items():
        assert Path(path).name == f"{code}-{page(code).name}.md"
        assert page(code).id == code


def test_every_rule_that_the_code_names_has_a_page_and_every_page_a_rule() -> None:
    sources = [path for path in (ROOT / "pinlint").rglob("*.py") if "report" not in path.parts]
    named = {
        code
        for path in sources
        for code in re.findall(r"\b(?:PIN|LCK|SRC|NET|RET|PRO|SIG)\d{3}\b", path.read_text(encoding="utf-8"))
    }
    assert named == set(codes())


def test_every_fact_and_verdict_is_used() -> None:
    """A word of the model that no reader says is a word too many."""
    readers = [
        path for part in ("formats", "semantics", "ecosystems", "programs") for path in (ROOT / "pinlint" / part).rglob("*.py")
    ]
    sources = "\n".join(path.read_text(encoding="utf-8") for path in readers)
    assert [fact for fact in (*FACTS, *VERDICTS) if f'"{fact}"' not in sources] == []


# The pre-commit hook


def hook_files() -> str:
    """The hook's `files`: what the table takes in, less what it takes out again."""

    def segment(pattern: str) -> str:
        return re.escape(pattern).replace(r"\*", "[^/]*")

    def less(format_: Format) -> str:
        endings: dict[str, list[str]] = {}  # "Dockerfile*.go" by what follows the star
        for pattern in format_.but_not:
            start, _, end = pattern.partition("*")
            endings.setdefault(end, []).append(start)
        starts: dict[tuple[str, ...], list[str]] = {}
        for end, names in endings.items():
            starts.setdefault(tuple(names), []).append(end)
        either = {"|".join(map(segment, befores)): "|".join(map(segment, afters)) for befores, afters in starts.items()}
        return "".join(f"(?!(?:{befores})[^/]*(?:{afters})$)" for befores, afters in either.items())

    lines: list[str] = []
    for format_ in NAMED[:-1]:  # what SHOWN takes whatever it is called needs no names
        patterns = [one for one in format_.patterns if format_ in SHOWN or not one.endswith((".yaml", ".yml", ".py"))]
        if patterns:
            lines += ["|"] if lines else []
            lines += [f"{less(format_)}(?:"] if format_.but_not else []
            lines += [f"  {'' if pattern is patterns[0] else '|'}{segment(pattern)}" for pattern in patterns]
            lines += [")"] if format_.but_not else []
    lines += ["|", f"  (?:{'|'.join(segment(one.removesuffix('/*')) for one in BY_SHEBANG.patterns)})/[^./]+"]
    return "\n".join(["(?x)^(?:.*/)?(?:", *(f"  {line}" for line in lines), ")$"]) + "\n"


def test_hook_looks_at_the_files_of_the_format_table(pytestconfig: pytest.Config) -> None:
    text = HOOKS.read_text(encoding="utf-8")
    block = "".join(f"    {line}\n" for line in hook_files().splitlines())
    written = re.sub(r"^  files:.*\n(?:    .*\n)*", lambda _: f"  files: |\n{block}", text, flags=re.MULTILINE)
    assert written.encode() == expected(HOOKS, written.encode(), pytestconfig)
    check, fix = yaml.safe_load(written)
    assert check["files"] == hook_files()
    assert check["entry"] == fix["entry"] == check["id"] == "pinlint"
    assert (fix["args"], fix["stages"]) == (["--fix"], ["manual"])
    assert (fix["pass_filenames"], fix["always_run"], "files" in fix) == (False, True, False), "by hand it mends everything"
    same = ("language", "require_serial", "minimum_pre_commit_version")
    assert [check[key] for key in same] == [fix[key] for key in same]


PATTERNS = [pattern for format_ in NAMED for pattern in (*format_.patterns, *format_.but_not)]
NAMES = sorted({part for pattern in PATTERNS for part in re.split(r"[/*]", pattern)})


@given(st.lists(st.one_of(st.sampled_from(["/", "x", *NAMES]), st.text("aD./-", max_size=2)), min_size=1, max_size=5).map("".join))
def test_hook_takes_a_path_where_discovery_does(path: str) -> None:
    path = "/".join(part for part in path.split("/") if part)
    assert bool(re.search(yaml.safe_load(HOOKS.read_text(encoding="utf-8"))[0]["files"], path)) == bool(format_of(path))


# README.md and docs/


def formats_table() -> str:
    notes = {
        "dockerfile": "`#` on the line above",
        "properties": "`#` on the line above",
        "requirements": "`#` on the line or above",
        "ini": "`#` or `;` on the line above",
        "python": "`#` on the line or above",
        "toml": "`#` on the line or above",
        "yaml": "`#` on the line or above",
        "hashes": "`#` on the line or above",
        "hcl": "`#` or `//` on the line or above",
        "jsonc": "`//` on the line or above",
        "go_mod": "`//` on the line or above",
        "ruby": "`#` on the line or above",
        "groovy": "`//` on the line or above",
        "swift": "`//` on the line or above",
        "elixir": "`#` on the line or above",
        "yarn": "`#` on the line or above",
        "xml": "`<!-- … -->` on the line or above",
        "": "in the configuration",
    }
    files = {
        format_.name: ", ".join(f"`{pattern}`" for pattern in format_.patterns)
        + (f" with {' and '.join(f'`{mark.decode()}`' for mark in format_.marks)} in it" if format_.marks else "")
        for format_ in FORMATS
    }
    rows = [f"| {format_.title} | {files[format_.name]} | {notes[format_.comments]} |" for format_ in FORMATS]
    return "\n".join(["| kind | files | exceptions |", "| --- | --- | --- |", *rows]) + "\n"


def rules_table() -> str:
    pages = [(page(code), Path(path).name) for code, path in codes().items()]
    off = {"on": "", "off": ", off by default"}
    rows = [f"| [{one.id}](../rules/{file}) | {one.name} | {one.severity}{off[one.default]} | {one.title} |" for one, file in pages]
    return "\n".join(["| rule | name | severity | what is wrong |", "| --- | --- | --- | --- |", *rows]) + "\n"


def commands_table() -> str:
    rows = []
    for command in COMMANDS:
        usage, about = re.findall(r"usage: (.*)\n\n((?:.+\n)+)", run(command, "--help")[1])[0]
        rows.append(f"| `{usage.replace('|', chr(92) + '|')}` | {' '.join(about.split())} |")
    return "\n".join(["| command | what it does |", "| --- | --- |", *rows]) + "\n"


def output(arguments: str) -> str:
    """A shell session in demo/, whose files are a repository of their own there."""
    here = os.getcwd()
    os.chdir(ROOT / "demo")
    try:
        code, text = run(*shlex.split(arguments)[1:], "--isolated")
    finally:
        os.chdir(here)
    assert code == 1
    return f"```console\n$ {arguments}\n{text}```\n"


def job(template: str) -> str:
    """A job of `pinlint init`, as it is proposed."""
    text = written(template, Source("https://git.example/tools/pinlint", "<full commit>"), "main")
    return f"```{'groovy' if template.endswith('groovy') else 'yaml'}\n{text}```\n"


DERIVED: dict[str, tuple[str, Callable[[str], str]]] = {
    "output": ("README.md", output),
    "formats": ("docs/files.md", lambda _: formats_table()),
    "rules": ("docs/rules.md", lambda _: rules_table()),
    "commands": ("docs/commands.md", lambda _: commands_table()),
    "job": ("docs/ci.md", job),
}
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md")),
)


@pytest.mark.parametrize("name", DERIVED)
def test_a_page_says_what_is_so(name: str, pytestconfig: pytest.Config) -> None:
    path, derived = ROOT / DERIVED[name][0], DERIVED[name][1]
    text = path.read_text(encoding="utf-8")
    shown = 4 if name == "job" else 1
    pattern = rf"(<!-- {name}(?:: (.*))? -->\n)(?:.*\n)*?(<!-- end -->\n)"
    made, count = re.subn(pattern, lambda match: match[1] + derived(match[2]) + match[3], text)
    assert count == shown
    assert made.encode() == expected(path, made.encode(), pytestconfig)


def blocks(language: str, page_: str = "README.md") -> list[str]:
    text = (ROOT / page_).read_text(encoding="utf-8")
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(block) for _, block in found]


def test_the_configuration_page_shows_every_key(tmp_path: Path) -> None:
    (config,) = blocks("toml", "docs/configuration.md")
    (tmp_path / "pinlint.toml").write_text(config, encoding="utf-8")
    policy = load(str(tmp_path))
    assert {key: policy.require[key] for key in DEFAULT_REQUIRE} == DEFAULT_REQUIRE
    assert policy.fail_on == Policy().fail_on
    shown = set(tomllib.loads(config)) | {"exclude", "extend-select"}
    assert shown == set(KEYS)
    assert set(policy.settings) == {f"{table}.{key}" for table, keys in SETTINGS.items() for key in keys}


def test_the_configurations_of_the_readme_load(tmp_path: Path) -> None:
    (config,) = blocks("toml")
    (tmp_path / "pinlint.toml").write_text(config, encoding="utf-8")
    assert load(str(tmp_path)).require["pypi"] == "digest"
    (written,) = [block for block in blocks("sh") if "printf" in block]
    subprocess.run(["sh", "-c", written], cwd=tmp_path, check=True)
    assert load(str(tmp_path)).require["action:actions/*"] == "tag"


@pytest.mark.parametrize("page_", ["README.md", "docs/configuration.md"])
def test_an_exception_that_a_page_shows_covers_its_image(tmp_path: Path, page_: str) -> None:
    (comment, image) = re.findall(
        r"^    (# pinlint: .*)\n    (FROM .*)$", (ROOT / page_).read_text(encoding="utf-8"), re.MULTILINE
    )[0]
    (tmp_path / "Dockerfile").write_text(f"{comment}\n{image}\n", encoding="utf-8")
    assert run(str(tmp_path))[0] == 0
    (tmp_path / "Dockerfile").write_text(f"{image}\n", encoding="utf-8")
    assert run(str(tmp_path))[0] == 1


def test_the_yaml_of_the_readme_is_yaml_and_names_what_there_is() -> None:
    hook, github, gitlab = (yaml.safe_load(block) for block in blocks("yaml"))
    assert hook["repos"][0]["hooks"] == [{"id": yaml.safe_load(HOOKS.read_text(encoding="utf-8"))[0]["id"]}]
    inputs = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["inputs"]
    assert github["jobs"]["pinlint"]["steps"][-1]["with"].keys() <= inputs.keys()
    (component,) = gitlab["include"]
    spec = next(yaml.safe_load_all((ROOT / "templates/pinlint.yml").read_text(encoding="utf-8")))["spec"]["inputs"]
    assert component["inputs"].keys() == {name for name, one in spec.items() if "default" not in (one or {})}
    assert "/pinlint@" in component["component"]


def test_pinlint_and_zizmor_find_nothing_in_the_workflow_of_the_readme(tmp_path: Path) -> None:
    need("zizmor")
    _, github, gitlab = blocks("yaml")
    path = tmp_path / ".github/workflows/pinlint.yml"
    path.parent.mkdir(parents=True)
    path.write_text(github.replace("<full commit>", "0123456789abcdef0123456789abcdef01234567"), encoding="utf-8")
    (tmp_path / ".gitlab-ci.yml").write_text(gitlab.replace("<full commit>", "0123456789abcdef0123456789abcdef01234567"))
    assert run(str(tmp_path))[0] == 0
    done = subprocess.run(["zizmor", "--offline", "--no-progress", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_command_of_the_pages_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of those that need no network and nothing that is to be made first, the exit code too."""
    (tmp_path / "Dockerfile").write_text("FROM alpine:3.20\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    named = [line for page_ in PAGES for block in blocks("sh", page_) for line in block.splitlines() if line.startswith("pinlint")]
    named += [code for page_ in PAGES for code in re.findall(r"`(pinlint [^`]*)`", (ROOT / page_).read_text(encoding="utf-8"))]
    assert len(named) > 10
    for line in dict.fromkeys(named):
        command, words = chosen(shlex.split(line.partition("#")[0].replace("[", "").replace("]", ""))[1:])
        if (
            command in ("explain", "server")
            or (command == "fleet" and not words)
            or any(re.search(r"\b[A-Z]+\b", word) or word in ("...", "options", "*") or "|" in word for word in words)
        ):
            continue
        options = parse(command, words)
        if not (options.fix or options.diff or options.resolutions or options.since or command in ("baseline", "fleet", "verify")):
            assert run(command, *words)[0] in (0, 1), line


@pytest.mark.parametrize("page_", PAGES)
def test_every_option_and_target_that_a_page_names_exists(page_: str) -> None:
    text = (ROOT / page_).read_text(encoding="utf-8")
    helps = [run(command, "--help")[1] for command in COMMANDS] + [run("fleet", one, "--help")[1] for one in FLEET]
    known = set(re.findall(r"--[a-z][a-z-]+", "".join(helps)))
    foreign = {"--hash", "--from", "--mount", "--update-expected", "--checksum", "--require-hashes", "--strict", "--hook-stage"}
    foreign |= {"--all-files", "--depth", "--detach", "--input", "--set", "--frozen-lockfile"}
    assert set(re.findall(r"(?<![\w<!-])--[a-z][a-z-]+", text)) - known - foreign == set()
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(re.findall(r"\bmake ([a-z]+)\b(?=[` ]|$)", text, re.MULTILINE)) - set(targets) == set()
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    assert [link for link in links if not (ROOT / page_).parent.joinpath(link).exists()] == []


def test_make_without_a_target_names_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    told = subprocess.run(["make", "-C", str(ROOT)], capture_output=True, text=True, check=True).stdout
    assert targets - {"help"} == set(re.findall(r"^make ([a-z]+)", told, re.MULTILINE))
    assert targets == set(re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[0].split())


# The demonstration and the repository itself


def test_the_demo_shows_many_rules_and_every_kind_of_file() -> None:
    code, text = run("--isolated", "--output-format", "json", str(ROOT / "demo"))
    assert code == 1
    rules = set(re.findall(r"\b(?:PIN|LCK|SRC)\d{3}\b", json.dumps(json.loads(text)["findings"])))
    assert len(rules) >= 9
    assert len(re.findall("\t", run("--isolated", "--show-files", str(ROOT / "demo"))[1])) >= 6


def test_this_repository_is_clean() -> None:
    code, text = run(str(ROOT))
    assert (code, "all pinned as required" in text) == (0, True), text


def test_no_file_names_a_package_registry() -> None:
    """What people read and run here works with whatever index their own tools are set up for."""
    hosts = ("pypi" + ".org", "pythonhosted" + ".org", "registry.npm" + "js", "npmjs" + ".com", "debian" + ".org")
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in listed.stdout.splitlines():
        data = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b""
        assert [host for host in hosts if host.encode() in data] == [], name
